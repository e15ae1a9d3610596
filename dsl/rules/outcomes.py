"""What a condition may come to, as a set of bits; and Kleene's logic on such sets."""

from collections.abc import Iterable
from typing import Final

from ...engine.core.relations import related
from ...engine.core.zone import UTC

__all__ = [
    "ANY",
    "FALSE",
    "OPEN",
    "TRUE",
    "UNKNOWN",
    "both",
    "compared",
    "either",
    "negated",
    "truth",
]

TRUE: Final = 1
FALSE: Final = 2
UNKNOWN: Final = 4
ANY: Final = TRUE | FALSE | UNKNOWN
OPEN: Final = object()
"""The value of what is present without being understood."""
_NEGATED: Final = tuple(
    sum(other for one, other in ((TRUE, FALSE), (FALSE, TRUE), (UNKNOWN, UNKNOWN)) if mask & one)
    for mask in range(ANY + 1)
)


def negated(mask: int) -> int:
    """Return what the negation of something may come to."""
    return _NEGATED[mask]


def either(parts: Iterable[int]) -> int:
    """Return what Kleene's `or` may come to."""
    some, every, open_ = 0, FALSE, True
    for part in parts:
        some |= part
        every &= part
        open_ = open_ and bool(part & (FALSE | UNKNOWN))
    return some & TRUE | every | (some & UNKNOWN if open_ else 0)


def both(parts: Iterable[int]) -> int:
    """Return what Kleene's `and` may come to."""
    some, every, open_ = 0, TRUE, True
    for part in parts:
        some |= part
        every &= part
        open_ = open_ and bool(part & (TRUE | UNKNOWN))
    return some & FALSE | every | (some & UNKNOWN if open_ else 0)


def truth(value: object) -> int:
    """Return what a value comes to as a condition."""
    if value is OPEN:
        return ANY
    return TRUE if value is True else FALSE if value is False else UNKNOWN


def compared(op: str, left: object, right: object) -> int:
    """Return what the comparison of two values may come to."""
    if left is None or right is None:
        return UNKNOWN
    if left is OPEN or right is OPEN:
        return ANY
    return truth(related(op, left, right, UTC))
