"""What a rule is: a code, and a function from a compiled project with its places to diagnostics."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import PurePosixPath
from typing import Any

from ...engine.core.expr import Expr, ItemField
from ...engine.core.origin import Span
from ...engine.core.plan import Do, Emit, Plan, Project, Start, Step
from ...engine.core.reads import nodes, reads
from ..diagnostics import Diagnostic, Label, Severity
from ..document import Scalar
from ..messages import parts_of
from ..sources import Source, Sources
from ..template_uses import Use, uses
from .asked import asked, declared
from .possible import Goal, outcomes, possible
from .setting import Values, set_by
from .signals import definitions, spelt_out

__all__ = ["Place", "Rule", "Subject"]


@dataclass(frozen=True, slots=True)
class Place:
    """Where a playbook was written, which its plan does not say: digests know no layout."""

    name: Span
    steps: Mapping[str, Span]
    """By the id of each step."""
    texts: Mapping[str, tuple[tuple[str, Scalar], ...]] = field(default_factory=dict)
    """The templates that each action is given, as written, with their words, by the id of its step."""
    late: bool = True
    """Whether `late:` is written out, rather than left to what it is by default."""


@dataclass(frozen=True, eq=False)
class Subject:
    """What rules are about: a project without mistakes, and where it was written."""

    project: Project
    places: Mapping[str, Place]
    """By the id of each playbook."""
    sources: Sources = field(default_factory=dict, repr=False)
    channels: tuple[tuple[str, str], ...] = ()
    """By the name of an action or a kind, the channel by which it reaches the customer."""
    messages: Mapping[PurePosixPath, Source] = field(default_factory=dict, repr=False)
    """The files of templates/."""

    @cached_property
    def letters(self) -> Mapping[str, list[tuple[str, Scalar]]]:
        """By the name of each template what its files say, as it was written, with its word."""
        found: dict[str, list[tuple[str, Scalar]]] = {}
        for path, source in self.messages.items():
            headers, text = parts_of(source)
            letter = found.setdefault(str(path.with_suffix("")), [])
            letter += [*headers, ("body", text)]
        return found

    def texts(self, plan: Plan, step: Step) -> Iterator[tuple[str, Scalar]]:
        """Yield the templates that an action is given, each with its word, and those of its letter."""
        yield from self.places[plan.playbook].texts.get(step.id, ())
        given = step.body.args if isinstance(step.body, Do) else {}
        name = given.get("template")
        letter = self.letters.get(name, []) if isinstance(name, str) else []
        yield from (one for one in letter if one[0] not in given)

    def uses(self, text: Scalar) -> tuple[Use, ...]:
        """Return what a template reads."""
        found = self._uses.get(id(text))
        if found is None:
            found = self._uses[id(text)] = (text, uses(text))
        return found[1]

    @cached_property
    def _uses(self) -> dict[int, tuple[Scalar, tuple[Use, ...]]]:
        return {}

    @cached_property
    def signals(self) -> Mapping[str, Expr]:
        """What computed attributes stand for."""
        return definitions(self.project)

    @cached_property
    def moved(self) -> Mapping[str, Values]:
        """What the project itself sets attributes to."""
        return set_by(self.project)

    @cached_property
    def started(self) -> frozenset[str]:
        """The playbooks that a `start:` names, which begin without their triggers."""
        steps = (step for plan in self.project.plans for step in plan.steps)
        return frozenset(step.body.playbook for step in steps if isinstance(step.body, Start))

    @cached_property
    def answers(self) -> frozenset[str]:
        """The names of all answers of the project; a template may be sent by any playbook."""
        steps = (step for plan in self.project.plans for step in plan.steps)
        return frozenset(step.body.answer for step in steps if isinstance(step.body, Do))

    @cached_property
    def emitted(self) -> frozenset[str]:
        """The events that the project itself emits."""
        steps = (step for plan in self.project.plans for step in plan.steps)
        return frozenset(step.body.event for step in steps if isinstance(step.body, Emit))

    def stable(self, expr: Expr) -> bool:
        """Tell whether nothing in the project can change a condition between two looks at one instant."""
        return self.moved.keys().isdisjoint(self._look(expr).attributes)

    @cached_property
    def asked(self) -> Mapping[str, tuple[Expr, ...]]:
        """Every condition of each playbook."""
        return {plan.playbook: tuple(asked(plan)) for plan in self.project.plans}

    @cached_property
    def declared(self) -> tuple[Expr, ...]:
        """Every condition of the declarations."""
        return tuple(declared(self.project))

    @cached_property
    def remembered(self) -> dict[int, tuple[object, tuple[Any, ...]]]:
        """By the identity of a trigger or a plan: itself, and what was found out about it."""
        return {}

    @cached_property
    def _seen(self) -> dict[int, "_Seen"]:
        return {}

    def _look(self, expr: Expr) -> "_Seen":
        seen = self._seen.get(id(expr))
        if seen is None:
            seen = self._seen[id(expr)] = _Seen(expr, spelt_out(expr, self.signals))
        return seen

    def outcomes(self, expr: Expr) -> int:
        """Return all that a condition may come to."""
        seen = self._look(expr)
        if not seen.outcomes:
            # The same condition stands in many playbooks: `churned`, `plan in ["growth"]`.
            known = self._outcomes.get(expr, 0)
            if not known:
                known = self._outcomes[expr] = self._may(expr, seen.meant)
            seen.outcomes = known
        return seen.outcomes

    @cached_property
    def _outcomes(self) -> dict[Expr, int]:
        return {}

    def _may(self, expr: Expr, meant: Expr) -> int:
        found = outcomes(expr, self.project.vocabulary)
        return found if meant is expr else found & outcomes(meant, self.project.vocabulary)

    def allows(self, known: Sequence[Goal], wanted: Goal) -> bool:
        """Return whether something may be, where other things are known; false only if proven."""
        if not self.outcomes(wanted[0]) & wanted[1]:
            return False
        near = self._near(known, wanted)
        return not near or self.together([*near, wanted])

    def together(self, goals: Sequence[Goal]) -> bool:
        """Return whether all goals may be met at once; false only where it is proven they cannot."""
        meant = [(self._look(expr).meant, wanted) for expr, wanted in goals]
        return possible(meant, self.project.vocabulary)

    def _near(self, known: Sequence[Goal], wanted: Goal) -> list[Goal]:
        """Return what is known of what a condition reads, or of what that is known beside."""
        names, left, found = set(self._look(wanted[0]).names), list(known), list[Goal]()
        while True:
            near = [goal for goal in left if not names.isdisjoint(self._look(goal[0]).names)]
            if not near:
                return found
            found += near
            left = [goal for goal in left if names.isdisjoint(self._look(goal[0]).names)]
            names.update(*(self._look(goal[0]).names for goal in near))

    def line(self, span: Span) -> str:
        """Return a place as `file:line`."""
        source = self.sources.get(span.file)
        return span.file if source is None else f"{span.file}:{source.position(span.start)[0]}"


class _Seen:
    """A condition that was looked at: what it stands for, and all that it reads."""

    __slots__ = ("_read", "expr", "meant", "outcomes")

    def __init__(self, expr: Expr, meant: Expr) -> None:
        self.expr, self.meant = expr, meant
        self._read: tuple[frozenset[str], frozenset[str]] | None = None
        self.outcomes = 0
        """What it may come to; nothing before it was asked."""

    @property
    def attributes(self) -> frozenset[str]:
        """The attributes that it reads."""
        return self._reads()[0]

    @property
    def names(self) -> frozenset[str]:
        """All that it reads: attributes, events, the trigger, what a `where (…)` is about."""
        return self._reads()[1]

    def _reads(self) -> tuple[frozenset[str], frozenset[str]]:
        """Look for them when they are asked for: of most parts of conditions nobody does."""
        if self._read is None:
            found = reads(self.meant)
            items = any(isinstance(node, ItemField) for node in nodes(self.meant))
            more = [name for name, there in (("trigger", found.trigger), ("item", items)) if there]
            self._read = found.attributes, frozenset((*found.attributes, *found.events, *more))
        return self._read


@dataclass(frozen=True, slots=True)
class Rule:
    """A doubt that can be proven. It never changes its code, and is silent where it cannot tell."""

    code: str
    check: Callable[["Rule", Subject], Iterator[Diagnostic]] = field(repr=False)
    severity: Severity = "warning"

    def at(
        self, span: Span, title: str, label: str = "", *hints: str, others: tuple[Label, ...] = ()
    ) -> Diagnostic:
        """Return a diagnostic at a place."""
        return Diagnostic(
            self.code, title, span, label, hints, severity=self.severity, others=others
        )
