"""What can never be missing or unknown, so that nobody need be warned of it."""

from collections.abc import Collection
from typing import Final

from . import expr as E

__all__ = ["never_missing"]

_ALWAYS: Final = (
    E.Constant, E.DayOf, E.DurationOf, E.Now, E.Today, E.IsMissing, E.IsPresent, E.Count, E.Has,
    E.Absent, E.Sequence, E.NumberOf, E.WasIn,
)  # fmt: skip


def never_missing(
    expr: E.Expr, certain: Collection[str] = (), given: Collection[tuple[str, ...]] = ()
) -> bool:
    """Return whether a value is never missing, a condition never unknown.

    `certain` are the attributes that are never missing, `given` the paths below `event.` that what
    begins a run is sure to carry.

    >>> never_missing(E.Attribute("segment x"), {"segment x"}), never_missing(E.Attribute("plan"))
    (True, False)
    """
    match expr:
        case E.Attribute(name, ()):
            return name in certain
        case E.TriggerField(path):
            return path in given
        case E.And(items) | E.Or(items):
            return all(never_missing(item, certain, given) for item in items)
        case E.Not(value) | E.Negate(value) | E.Default(_, value):
            return never_missing(value, certain, given)
        case E.Compare(_, left, right) | E.Arith("+" | "-" | "*", left, right):
            return never_missing(left, certain, given) and never_missing(right, certain, given)
        case E.Between(value, low, high):
            return all(never_missing(one, certain, given) for one in (value, low, high))
        case E.In(value, items):
            return all(never_missing(one, certain, given) for one in (value, *items))
        case E.Stat(kind):
            return kind == "sum"
        case _:
            return isinstance(expr, _ALWAYS)
