"""What the atoms of conditions are about: a value, a date, or what has happened of one event."""

from collections.abc import Iterator

from ...engine.core.expr import (
    Absent,
    AllTime,
    And,
    Between,
    Compare,
    Constant,
    Count,
    DayOf,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Default,
    DurationOf,
    Expr,
    Has,
    In,
    IsMissing,
    IsPresent,
    LastWindow,
    Not,
    Now,
    Or,
    Quantified,
    TimeInStage,
    TimeSince,
    Today,
    WithinLast,
    WithinNext,
)
from ...engine.core.fixed import fixed
from ...engine.core.node import Node
from ...engine.core.relations import MIRRORED

__all__ = ["Sides", "about", "atoms", "plain", "sides"]

_FIXED = (Constant, DayOf, DurationOf, Now, Today)
"""What stands beside a term without being one."""


@fixed
class Sides:
    """A comparison with its term on the left: `seats default 0 > 5`."""

    term: Expr
    op: str
    other: Expr
    otherwise: Constant | None = None
    """What the term is taken for where it is missing."""


def plain(condition: Expr) -> Expr:
    """Return a condition with ranges as the two comparisons they stand for, `none of` as `any of`.

    Where there is nothing of the kind, it is the same object.
    """
    match condition:
        case Between(value, low, high):
            return And((Compare(">=", value, low), Compare("<=", value, high)))
        case Quantified("none", records):
            return Not(Quantified("any", records))
        case Not(value):
            inner = plain(value)
            return condition if inner is value else Not(inner)
        case And(items) | Or(items):
            made = tuple([plain(item) for item in items])
            same = all(one is other for one, other in zip(made, items, strict=True))
            return condition if same else type(condition)(made)
        case Default(value, otherwise):
            sides = plain(value), plain(otherwise)
            return condition if sides == (value, otherwise) else Default(*sides)
        case _:
            return condition


def atoms(condition: Expr) -> Iterator[Expr]:
    """Yield the smallest parts of a plain condition that are true, false or unknown by themselves."""
    match condition:
        case Not(value):
            yield from atoms(value)
        case And(items) | Or(items):
            for item in items:
                yield from atoms(item)
        case Default(value, otherwise):
            yield from atoms(value)
            yield from atoms(otherwise)
        case _:
            yield condition


def about(atom: Expr) -> Node:
    """Return the term of an atom; one that is not understood is about itself."""
    match atom:
        case Has(what, AllTime() | LastWindow()) | Absent(what):
            return what
        case Has(what, window):
            return Count(what, window)
        case Compare():
            found = sides(atom)
            return atom if found is None else _under(found.term)
        case In(value, items, folded=False) if all(isinstance(one, _FIXED) for one in items):
            return _under(_bare(value))
        case WithinNext(value) | WithinLast(value) if not isinstance(value, Default):
            return value
        case IsMissing(value) | IsPresent(value):
            return _under(_bare(value))
        case _:
            return atom


def sides(atom: Compare) -> Sides | None:
    """Return a comparison of a term with something fixed, None for any other."""
    op = MIRRORED.get(atom.op)
    if atom.folded or op is None:
        return None
    term, other = atom.left, atom.right
    if isinstance(term, _FIXED):
        term, other = other, term
    else:
        op = MIRRORED[op]
    if isinstance(term, _FIXED) or not isinstance(other, _FIXED):
        return None
    if isinstance(other, DurationOf) and not isinstance(term, TimeSince | TimeInStage):
        return None  # Attributes hold lengths of time as they were told: `7 days` is `1 week`.
    match term:
        case Default(value, Constant() as otherwise):
            return Sides(value, op, other, otherwise)
        case _:
            return Sides(term, op, other)


def _bare(value: Expr) -> Expr:
    return value.value if isinstance(value, Default) and _constant(value.otherwise) else value


def _constant(value: Expr) -> bool:
    return isinstance(value, Constant)


def _under(value: Expr) -> Node:
    """Return the date or the event that a length of time is counted from, or the value itself."""
    match value:
        case DaysSince(anchor) | DaysUntil(anchor):
            return anchor
        case TimeSince("last", what) | DaysSinceEvent("last", what):
            return what
        case Count(what, AllTime() | LastWindow()):
            return what
        case DaysInStage(stage):
            return TimeInStage(stage)
        case _:
            return value
