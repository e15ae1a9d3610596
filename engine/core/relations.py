"""How values relate: comparison, arithmetic and texts, where missing or unlike values are unknown."""

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from operator import add, eq, ge, gt, le, lt, mul, ne, sub
from typing import Any, Final, Literal

from .calendar import days_since, start_of
from .channels import is_number
from .duration import Duration, parse_duration
from .totals import divided
from .zone import Zone

__all__ = [
    "COMPARE",
    "MIRRORED",
    "all_of",
    "any_of",
    "arith",
    "days_between",
    "instant_of",
    "is_like",
    "moved_by",
    "negated",
    "one_of",
    "related",
]

Ordering = Literal["==", "!=", "<", "<=", ">", ">="]

MIRRORED: Final[Mapping[str, Ordering]] = {
    "==": "==",
    "!=": "!=",
    "<": ">",
    "<=": ">=",
    ">": "<",
    ">=": "<=",
}
"""The same comparison with its sides exchanged."""

COMPARE: Final[Mapping[str, Callable[[Any, Any], Any]]] = {
    "==": eq,
    "!=": ne,
    "<": lt,
    "<=": le,
    ">": gt,
    ">=": ge,
}
"""Each comparison as Python makes it; of columns it makes SQL."""
_ARITH: Final[Mapping[str, Callable[[Any, Any], Any]]] = {"+": add, "-": sub, "*": mul}


def related(
    op: str, left: object, right: object, zone: Zone, *, folded: bool = False
) -> bool | None:
    """Return whether two values relate as `op` says; None when one is missing or they are unlike."""
    if left is None or right is None:
        return None
    if folded:
        left, right = _folded(left), _folded(right)
    if op == "contains" and isinstance(left, list):
        return right in left
    if op in COMPARE:
        return _compared(op, left, right, zone)
    if not (isinstance(left, str) and isinstance(right, str)):
        return None
    if op == "contains":
        return right in left
    return left.startswith(right) if op == "starts with" else left.endswith(right)


def _compared(op: str, left: object, right: object, zone: Zone) -> bool | None:
    if isinstance(left, Duration) or isinstance(right, Duration):
        left, right = _length(left), _length(right)
    if type(left) is not type(right) and not (is_number(left) and is_number(right)):
        left, right = instant_of(left, zone), instant_of(right, zone)
        if left is None or right is None:
            return None
    try:
        return bool(COMPARE[op](left, right))
    except TypeError:
        return None  # Records have no order.


def _length(value: object) -> int | None:
    """Return how long a length of time is: a day has 24 hours, a month 30 days, a year 365."""
    found = value if isinstance(value, Duration) else parse_duration(str(value))
    return found.microseconds if found is not None else None


def one_of(value: object, items: Iterable[object], zone: Zone, *, folded: bool) -> bool | None:
    """Return whether a value equals one of the items: unknown when one that might be is missing."""
    return any_of(related("==", value, item, zone, folded=folded) for item in items)


def all_of(truths: Iterable[object]) -> bool | None:
    """Return Kleene's `and`: false when one is false, true when all are true, else unknown."""
    result: bool | None = True
    for truth in truths:
        if truth is False:
            return False
        if truth is not True:
            result = None
    return result


def any_of(truths: Iterable[object]) -> bool | None:
    """Return Kleene's `or`: true when one is true, false when all are false, else unknown."""
    result: bool | None = False
    for truth in truths:
        if truth is True:
            return True
        if truth is not False:
            result = None
    return result


def arith(op: str, left: object, right: object) -> int | float | None:
    """Calculate; missing in, division by zero, or a result beyond all numbers gives missing."""
    if left.__class__ is int and right.__class__ is int and op in _ARITH:
        whole: int = _ARITH[op](left, right)
        return whole  # Whole numbers know no bounds, and are most of what is calculated with.
    if not (is_number(left) and is_number(right)):
        return None
    if op == "/":
        return divided(left, right)
    try:
        result = _ARITH[op](left, right)
    except OverflowError:
        return None
    return result if is_number(result) else None


def moved_by(
    direction: str, value: object, before: object, amount: float, *, percent: bool
) -> bool | None:
    """Return whether a number has moved so far from what it was; no number is a percentage of 0."""
    if not (is_number(value) and is_number(before)):
        return None
    moved = arith("-", before, value) if direction == "drops by" else arith("-", value, before)
    if percent and before == 0:
        return None
    level = amount * abs(before) if percent else amount
    return None if moved is None else (moved * 100 if percent else moved) >= level


def negated(value: object) -> int | float | None:
    """Return `-x`, missing for what is no number."""
    return -value if is_number(value) else None


def instant_of(value: object, zone: Zone) -> int | None:
    """Return the instant a value stands for: a date's is its first one in the zone."""
    if isinstance(value, str):
        try:
            return start_of(value, zone)
        except ValueError:
            return None
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def days_between(value: object, now: int, zone: Zone) -> int | None:
    """Return the completed calendar days since a date or an instant."""
    anchor = instant_of(value, zone)
    return None if anchor is None else days_since(anchor, now, zone)


def is_like(value: object, pattern: str, *, folded: bool) -> bool | None:
    """Return whether a text fits a pattern in which `*` stands for any characters."""
    if not isinstance(value, str):
        return None
    return _fits(value.casefold(), pattern.casefold()) if folded else _fits(value, pattern)


def _fits(text: str, pattern: str) -> bool:
    """Find the pieces between stars one after the other, each as early as it can be."""
    head, *rest = _pieces(pattern)
    if not rest:
        return text == head
    *middle, tail = rest
    if len(text) < len(head) + len(tail) or not (text.startswith(head) and text.endswith(tail)):
        return False
    at, end = len(head), len(text) - len(tail)
    for piece in middle:
        at = text.find(piece, at, end)
        if at < 0:
            return False
        at += len(piece)
    return True


@lru_cache(maxsize=1024)
def _pieces(pattern: str) -> tuple[str, ...]:
    return tuple(pattern.split("*"))


def _folded(value: object) -> object:
    if isinstance(value, list):
        return [_folded(item) for item in value]
    return value.casefold() if isinstance(value, str) else value
