"""What a condition may come to, as a set of bits; and Kleene's logic on such sets."""

from collections.abc import Sequence
from typing import Final

from ...engine.core.relations import related
from ...engine.core.zone import UTC

__all__ = ["ANY", "FALSE", "OPEN", "TRUE", "UNKNOWN", "compared", "either", "negated", "truth"]

TRUE: Final = 1
FALSE: Final = 2
UNKNOWN: Final = 4
ANY: Final = TRUE | FALSE | UNKNOWN
OPEN: Final = object()
"""The value of what is present without being understood."""
_NEGATED: Final = {FALSE: TRUE, TRUE: FALSE, UNKNOWN: UNKNOWN}


def negated(mask: int) -> int:
    """Return what the negation of something may come to."""
    return sum(_NEGATED[one] for one in (TRUE, FALSE, UNKNOWN) if mask & one)


def either(parts: Sequence[int]) -> int:
    """Return what Kleene's `or` may come to."""
    found = TRUE if any(part & TRUE for part in parts) else 0
    if all(part & FALSE for part in parts):
        found |= FALSE
    if any(part & UNKNOWN for part in parts) and all(part & (FALSE | UNKNOWN) for part in parts):
        found |= UNKNOWN
    return found


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
