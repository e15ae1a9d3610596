"""Whether conditions can hold at once: a small decision procedure that never claims too much.

A condition is made of atoms, each about one term (`seats`, `count of login`). Of each term only
finitely many values differ to its atoms: those written beside it, one between any two, one beyond
each end, and missing. Atoms that are not understood may come to anything.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from itertools import pairwise
from typing import Final

from ...engine.core.expr import (
    And,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    Default,
    Expr,
    Has,
    In,
    IsMissing,
    IsPresent,
    Not,
    NumberOf,
    Or,
)
from ...engine.core.lifecycles import leaves_of
from ...engine.core.reads import parts_of
from ...engine.core.relations import related
from ...engine.core.vocabulary import Type, Vocabulary
from ...engine.core.zone import UTC

__all__ = ["FALSE", "TRUE", "UNKNOWN", "Goal", "possible"]

TRUE: Final = 1
FALSE: Final = 2
UNKNOWN: Final = 4
_ANY: Final = TRUE | FALSE | UNKNOWN
_NEGATED: Final = {FALSE: TRUE, TRUE: FALSE, UNKNOWN: UNKNOWN}
_MOST: Final = 400
"""How many cases are tried before a condition is left alone."""
_OPEN: Final = object()
"""The value of a term nobody has looked at yet, and of what is present without being understood."""
_COUNTED = (Count, NumberOf)
_PLAIN = ("==", "!=", "<", "<=", ">", ">=")

Goal = tuple[Expr, int]
"""A condition, and what it may come to: some of `TRUE`, `FALSE` and `UNKNOWN`, added up."""
World = Mapping[Expr, object]


def possible(goals: Sequence[Goal], words: Vocabulary) -> bool:
    """Return whether all goals may be met at once; false only where it is proven that they cannot."""
    uses: dict[Expr, set[object]] = {}
    counts: dict[Expr, int] = {}
    for condition, _ in goals:
        for atom in _atoms(condition):
            term = _term(atom)
            counts[term] = counts.get(term, 0) + 1
            uses.setdefault(term, set()).update(_written(atom))
    domains = {term: _domain(term, seen, words) for term, seen in uses.items()}
    shared = [term for term, count in counts.items() if count > 1]
    return _Search(goals, domains, shared).found({}, 0)


class _Search:
    """Tries the terms that stand in more than one atom; all others are independent."""

    def __init__(
        self, goals: Sequence[Goal], domains: Mapping[Expr, list[object]], shared: list[Expr]
    ) -> None:
        self.goals, self.domains, self.shared = goals, domains, shared
        self.tried = 0

    def found(self, world: dict[Expr, object], depth: int) -> bool:
        self.tried += 1
        if self.tried > _MOST:
            return True
        reached = [self.outcomes(goal, world) & wanted for goal, wanted in self.goals]
        if not all(reached):
            return False
        if depth == len(self.shared):
            return True
        term = self.shared[depth]
        return any(self.found({**world, term: value}, depth + 1) for value in self.domains[term])

    def outcomes(self, expr: Expr, world: World) -> int:
        """Return all that a condition may come to in a world where not every term is known."""
        match expr:
            case Not(value):
                return _not(self.outcomes(value, world))
            case And(items):
                return _not(self.either([_not(self.outcomes(item, world)) for item in items]))
            case Or(items):
                return self.either([self.outcomes(item, world) for item in items])
            case _:
                return self.of_atom(expr, world)

    def either(self, parts: list[int]) -> int:
        """Return what Kleene's `or` may come to."""
        found = TRUE if any(part & TRUE for part in parts) else 0
        if all(part & FALSE for part in parts):
            found |= FALSE
        if any(part & UNKNOWN for part in parts) and all(
            part & (FALSE | UNKNOWN) for part in parts
        ):
            found |= UNKNOWN
        return found

    def of_atom(self, atom: Expr, world: World) -> int:
        term = _term(atom)
        if term in world:
            return _judged(atom, term, world[term])
        found = 0
        for value in self.domains[term]:
            found |= _judged(atom, term, value)
        return found


def _not(mask: int) -> int:
    return sum(_NEGATED[one] for one in (TRUE, FALSE, UNKNOWN) if mask & one)


def _atoms(expr: Expr) -> Iterator[Expr]:
    if isinstance(expr, Not | And | Or):
        for part in parts_of(expr):
            yield from _atoms(part)
    else:
        yield expr


def _term(atom: Expr) -> Expr:
    """Return what an atom is about; an atom that is not understood is about itself."""
    match atom:
        case Compare(op, left, right, folded=False) if op in _PLAIN:
            sides = [side for side in (left, right) if not isinstance(side, Constant)]
            return _under(sides[0]) if len(sides) == 1 else atom
        case In(value, items, folded=False) if _constant(items):
            return _under(value)
        case Between(value, low, high) if _constant((low, high)):
            return _under(value)
        case IsMissing(value) | IsPresent(value):
            return _under(value)
        case _:
            return atom


def _under(value: Expr) -> Expr:
    return value.value if isinstance(value, Default) and _constant((value.otherwise,)) else value


def _constant(items: Collection[Expr]) -> bool:
    return all(isinstance(item, Constant) for item in items)


def _written(atom: Expr) -> set[object]:
    """Return the values that an atom tells apart."""
    constants = [part for part in parts_of(atom) if isinstance(part, Constant)]
    for part in parts_of(atom):
        if isinstance(part, Default):
            constants += [one for one in (part.otherwise,) if isinstance(one, Constant)]
    return {one.value for one in constants}


def _domain(term: Expr, seen: set[object], words: Vocabulary) -> list[object]:
    """Return a value of a term for every way in which its atoms can come out."""
    if isinstance(term, _COUNTED):
        return list(_whole(seen))
    certain = isinstance(term, Attribute) and term.name in words.certain and not term.path
    missing: list[object] = [] if certain or isinstance(term, Has) else [None]
    kind = words.attributes.get(term.name) if isinstance(term, Attribute) else None
    if kind is None or (isinstance(term, Attribute) and term.path):
        return [*missing, *_guessed(term, seen)]
    return [*missing, *_declared(kind, seen)]


def _declared(kind: Type, seen: set[object]) -> list[object]:
    match kind.kind:
        case "boolean":
            return [True, False]
        case "one of":
            return list(leaves_of(kind))
        case "number":
            return _numbers(seen)
        case "text":
            return _texts(seen)
        case _:
            return [_OPEN]


def _guessed(term: Expr, seen: set[object]) -> list[object]:
    """Return values for a term whose type is not at hand."""
    if isinstance(term, Has):
        return [True, False]
    numbers = bool(seen) and all(type(one) in (int, float) for one in seen)
    return _numbers(seen) if numbers else [_OPEN]


def _numbers(seen: set[object]) -> list[object]:
    levels = sorted({one for one in seen if isinstance(one, int | float)})
    if not levels:
        return [_OPEN]
    between = [(low + high) / 2 for low, high in pairwise(levels)]
    return [levels[0] - 1, *levels, *between, levels[-1] + 1]


def _whole(seen: set[object]) -> Iterator[object]:
    levels = {int(one) for one in seen if isinstance(one, int | float)} or {0}
    near = {level + step for level in levels for step in (-1, 0, 1)}
    yield from sorted({0, *(one for one in near if one >= 0)})


def _texts(seen: set[object]) -> list[object]:
    texts = sorted(one for one in seen if isinstance(one, str))
    return [*texts, "".join(texts) + "\x00"]


def _judged(atom: Expr, term: Expr, value: object) -> int:
    """Return what an atom may come to when its term has this value."""
    match atom:
        case Compare(op, left, right) if atom is not term:
            return _compared(op, _read(left, value), _read(right, value))
        case In(of, items) if atom is not term:
            at = _read(of, value)
            # One that is equal is enough; the values written out are never missing.
            each = [_compared("==", at, _read(item, value)) for item in items]
            return _merged(each)
        case Between(of, low, high) if atom is not term:
            at = _read(of, value)
            ends = (_compared(">=", at, _read(low, value)), _compared("<=", at, _read(high, value)))
            return _not(_merged([_not(end) for end in ends]))
        case IsMissing(of):
            return TRUE if _read(of, value) is None else FALSE
        case IsPresent(of):
            return FALSE if _read(of, value) is None else TRUE
        case _:
            return _truth(value)


def _merged(parts: list[int]) -> int:
    if _ANY in parts:
        return _ANY
    return TRUE if TRUE in parts else UNKNOWN if UNKNOWN in parts else FALSE


def _read(side: Expr, value: object) -> object:
    if isinstance(side, Constant):
        return side.value
    if isinstance(side, Default) and value is None and isinstance(side.otherwise, Constant):
        return side.otherwise.value
    return value


def _compared(op: str, left: object, right: object) -> int:
    if left is None or right is None:
        return UNKNOWN
    if left is _OPEN or right is _OPEN:
        return _ANY
    return _truth(related(op, left, right, UTC))


def _truth(value: object) -> int:
    if value is _OPEN:
        return _ANY
    return TRUE if value is True else FALSE if value is False else UNKNOWN
