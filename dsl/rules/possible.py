"""Whether conditions can hold at once: a small decision procedure that never claims too much.

A condition is made of atoms, each about one term (`seats`, `renewal_date`, what has happened of
`login`). Terms that stand in several atoms are tried out, value by value; what is not understood may
come to anything.
"""

from collections.abc import Mapping, Sequence
from typing import Final

from ...engine.core.expr import And, Between, Default, Expr, Not, Or, Quantified
from ...engine.core.vocabulary import Vocabulary
from .atoms import atoms, parted
from .outcomes import FALSE, TRUE, UNKNOWN, either, negated
from .terms import Term, terms

__all__ = ["FALSE", "TRUE", "UNKNOWN", "Goal", "possible"]

_MOST: Final = 1000
"""How many cases are tried before a condition is left alone."""

Goal = tuple[Expr, int]
"""A condition, and what it may come to: some of `TRUE`, `FALSE` and `UNKNOWN`, added up."""
World = Mapping[Term, object]


def possible(goals: Sequence[Goal], words: Vocabulary) -> bool:
    """Return whether all goals may be met at once; false only where it is proven that they cannot."""
    each = [atom for condition, _ in goals for atom in atoms(condition)]
    found = terms(each, words)
    counts: dict[Term, int] = {}
    for atom in each:
        counts[found[atom]] = counts.get(found[atom], 0) + 1
    shared = [term for term, count in counts.items() if count > 1]
    return _Search(goals, found, sorted(shared, key=lambda term: len(term.values))).found({}, 0)


class _Search:
    """Tries the terms that stand in more than one atom; all others are independent."""

    def __init__(
        self, goals: Sequence[Goal], found: Mapping[Expr, Term], shared: Sequence[Term]
    ) -> None:
        self.goals, self.terms, self.shared = goals, found, shared
        self.tried = 0

    def found(self, world: dict[Term, object], depth: int) -> bool:
        self.tried += 1
        if self.tried > _MOST:
            return True
        reached = [self.outcomes(goal, world) & wanted for goal, wanted in self.goals]
        if not all(reached):
            return False
        if depth == len(self.shared):
            return True
        term = self.shared[depth]
        return any(self.found({**world, term: value}, depth + 1) for value in term.values)

    def outcomes(self, expr: Expr, world: World) -> int:
        """Return all that a condition may come to in a world where not every term is known."""
        match expr:
            case Not(value):
                return negated(self.outcomes(value, world))
            case And(items):
                return negated(either([negated(self.outcomes(item, world)) for item in items]))
            case Or(items):
                return either([self.outcomes(item, world) for item in items])
            case Default(value, otherwise):
                found = self.outcomes(value, world)
                if not found & UNKNOWN:
                    return found
                return found & ~UNKNOWN | self.outcomes(otherwise, world)
            case Between() | Quantified("none"):
                return self.outcomes(parted(expr), world)
            case _:
                return self.of_atom(expr, world)

    def of_atom(self, atom: Expr, world: World) -> int:
        term = self.terms[atom]
        if term in world:
            return term.judged(atom, world[term])
        found = 0
        for value in term.values:
            found |= term.judged(atom, value)
        return found
