"""Whether conditions can hold at once: a small decision procedure that never claims too much.

A condition is made of atoms, each about one term (`seats`, `renewal_date`, what has happened of
`login`). Terms that stand in several atoms are tried out, value by value; what is not understood may
come to anything.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from ...engine.core.expr import And, Default, Expr, Not, Or
from ...engine.core.vocabulary import Vocabulary
from .atoms import atoms, plain
from .outcomes import FALSE, TRUE, UNKNOWN, both, either, negated
from .terms import terms

__all__ = ["FALSE", "TRUE", "UNKNOWN", "Goal", "outcomes", "possible"]

_MOST: Final = 400
"""How many cases are tried before a condition is left alone."""

Goal = tuple[Expr, int]
"""A condition, and what it may come to: some of `TRUE`, `FALSE` and `UNKNOWN`, added up."""
World = Mapping[int, object]
"""The values of terms, by their identity."""


def possible(goals: Sequence[Goal], words: Vocabulary) -> bool:
    """Return whether all goals may be met at once; false only where it is proven that they cannot."""
    search = _Search([condition for condition, _ in goals], words)
    return search.meets([wanted for _, wanted in goals])


def outcomes(condition: Expr, words: Vocabulary) -> int:
    """Return all that a condition may come to: what is not among it, it never is."""
    search = _Search([condition], words)
    if not search.shared:
        return search.reached(search.conditions[0], {})
    return sum(one for one in (TRUE, FALSE, UNKNOWN) if search.meets([one]))


class _Search:
    """Tries the terms that stand in more than one atom; all others are independent."""

    def __init__(self, conditions: Sequence[Expr], words: Vocabulary) -> None:
        self.conditions = [plain(condition) for condition in conditions]
        within = [list(atoms(condition)) for condition in self.conditions]
        each = [atom for several in within for atom in several]
        self.terms = terms(each, words)
        self.judged: dict[tuple[int, int], int] = {}
        """What atoms come to, by the identities of atom and value."""
        self.free: dict[int, int] = {}
        """What atoms may come to, whatever their terms are."""
        counts = Counter(id(self.terms[id(atom)]) for atom in each)
        by_identity = {id(term): term for term in self.terms.values()}
        shared = [by_identity[term] for term, count in counts.items() if count > 1]
        self.shared = sorted(shared, key=lambda term: len(term.values))
        self.reading = {
            id(term): [
                number
                for number, several in enumerate(within)
                if any(self.terms[id(atom)] is term for atom in several)
            ]
            for term in self.shared
        }
        """By the identity of each shared term, the conditions that read it."""

    def meets(self, wanted: Sequence[int]) -> bool:
        """Return whether each condition may come to what is wanted of it, all of them at once."""
        self.tried = 0
        if not self._may(range(len(self.conditions)), wanted, {}):
            return False
        return self._found(wanted, {}, 0)

    def _found(self, wanted: Sequence[int], world: dict[int, object], depth: int) -> bool:
        """Try the terms from one on, in a world in which all may still be as wanted."""
        if depth == len(self.shared):
            return True
        term = self.shared[depth]
        for value in term.values:
            self.tried += 1
            if self.tried > _MOST:
                return True
            world[id(term)] = value
            near = self._may(self.reading[id(term)], wanted, world)
            if near and self._found(wanted, world, depth + 1):
                return True
        del world[id(term)]
        return False

    def _may(self, numbers: Iterable[int], wanted: Sequence[int], world: World) -> bool:
        return all(
            self.reached(self.conditions[number], world) & wanted[number] for number in numbers
        )

    def reached(self, expr: Expr, world: World) -> int:
        """Return all that a condition may come to in a world where not every term is known."""
        match expr:
            case Not(value):
                return negated(self.reached(value, world))
            case And(items):
                return both([self.reached(item, world) for item in items])
            case Or(items):
                return either([self.reached(item, world) for item in items])
            case Default(value, otherwise):
                found = self.reached(value, world)
                if not found & UNKNOWN:
                    return found
                return found & ~UNKNOWN | self.reached(otherwise, world)
            case _:
                return self._of_atom(expr, world)

    def _of_atom(self, atom: Expr, world: World) -> int:
        term = self.terms[id(atom)]
        if id(term) in world:
            value = world[id(term)]
            key = (id(atom), id(value))
            found = self.judged.get(key, 0)
            if not found:
                found = self.judged[key] = term.judged(atom, value)
            return found
        found = self.free.get(id(atom), 0)
        if not found:
            for value in term.values:
                found |= term.judged(atom, value)
            self.free[id(atom)] = found
        return found
