"""Conditions of a project, each looked at once: what it stands for, what it reads, what it may come to."""

from collections.abc import Mapping, Sequence

from ...engine.core.expr import And, Expr, ItemField, Not, Or
from ...engine.core.reads import reads
from ...engine.core.vocabulary import Vocabulary
from .possible import Goal, Judge
from .signals import spelt_out

__all__ = ["Looker", "Seen"]


class Seen:
    """A condition that was looked at."""

    __slots__ = ("attributes", "kinds", "meant", "names", "outcomes")

    def __init__(
        self,
        meant: Expr,
        attributes: frozenset[str],
        names: frozenset[str],
        kinds: frozenset[type],
    ) -> None:
        self.meant = meant
        """The condition with its signals written out."""
        self.attributes = attributes
        """The attributes that it then reads."""
        self.names = names
        """All that it reads: attributes, events, the trigger, what a `where (…)` is about."""
        self.kinds = kinds
        """The classes of all nodes that it is made of, as it was written."""
        self.outcomes = 0
        """What it may come to; nothing before it was asked."""


class Looker:
    """Looks at conditions: the same one stands in many playbooks, and is looked at once."""

    def __init__(self, words: Vocabulary, signals: Mapping[str, Expr]) -> None:
        self._signals = signals
        self._judge = Judge(words)
        self._known: dict[int, tuple[Expr, Seen]] = {}
        self._alike: dict[Expr, Seen] = {}

    def look(self, expr: Expr) -> Seen:
        """Return what is known of a condition."""
        known = self._known.get(id(expr))
        if known is None:
            seen = self._alike.get(expr)
            if seen is None:
                seen = self._alike[expr] = self._first_look(expr)
            known = self._known[id(expr)] = (expr, seen)
        return known[1]

    def _first_look(self, expr: Expr) -> Seen:
        match expr:
            case And(items) | Or(items):
                return self._joint(expr, items)
            case Not(value):
                inner = self.look(value)
                meant = expr if inner.meant is value else Not(inner.meant, span=expr.span)
                return Seen(meant, inner.attributes, inner.names, inner.kinds | {Not})
            case _:
                return self._alone(expr)

    def _joint(self, expr: And | Or, items: Sequence[Expr]) -> Seen:
        parts = [self.look(item) for item in items]
        meant = tuple([part.meant for part in parts])
        same = all(one is other for one, other in zip(meant, items, strict=True))
        return Seen(
            expr if same else type(expr)(meant, span=expr.span),
            frozenset().union(*[part.attributes for part in parts]),
            frozenset().union(*[part.names for part in parts]),
            frozenset({type(expr)}).union(*[part.kinds for part in parts]),
        )

    def _alone(self, expr: Expr) -> Seen:
        found = reads(expr)
        kinds = found.kinds
        if not self._signals.keys().isdisjoint(found.attributes):
            expr = spelt_out(expr, self._signals)
            found = reads(expr)
        item = ItemField in found.kinds
        more = [name for name, there in (("trigger", found.trigger), ("item", item)) if there]
        names = found.attributes.union(found.events, more)
        return Seen(expr, found.attributes, names, kinds)

    def outcomes(self, expr: Expr) -> int:
        """Return all that a condition may come to."""
        seen = self.look(expr)
        if not seen.outcomes:
            found = self._judge.outcomes(seen.meant)
            seen.outcomes = found if seen.meant is expr else found & self._judge.outcomes(expr)
        return seen.outcomes

    def together(self, goals: Sequence[Goal]) -> bool:
        """Return whether all goals may be met at once; false only where it is proven they cannot."""
        return self._judge.possible([(self.look(expr).meant, wanted) for expr, wanted in goals])

    def near(self, known: Sequence[Goal], wanted: Goal) -> list[Goal]:
        """Return what is known of what a condition reads, or of what that is known beside."""
        left = [(self.look(goal[0]).names, goal) for goal in known]
        names, found = set(self.look(wanted[0]).names), list[Goal]()
        while True:
            near = [one for one in left if not names.isdisjoint(one[0])]
            if not near:
                return found
            found += [goal for _, goal in near]
            left = [one for one in left if names.isdisjoint(one[0])]
            names.update(*[one[0] for one in near])
