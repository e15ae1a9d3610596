"""Numbers taken together: sums, averages, the least and the most. Total: no number is an error."""

from collections.abc import Sequence
from functools import reduce

from .channels import is_number, plus

__all__ = ["divided", "stat_of", "sum_of"]


def stat_of(
    fn: str, known: int, total: float, least: float | None, most: float | None
) -> int | float | None:
    """Return the sum, average, least or most of so many known numbers."""
    match fn:
        case "sum":
            return total if is_number(total) else None
        case "avg":
            return divided(total, known)
        case "min":
            return least
        case _:
            return most


def divided(left: float, right: float) -> float | None:
    """Divide; missing where there is no such number."""
    try:
        result = left / right
    except (OverflowError, ZeroDivisionError):
        return None
    return result if is_number(result) else None


def sum_of(numbers: Sequence[float]) -> int | float:
    """Add numbers; what is too large for a number is infinite."""
    total: int | float = 0
    try:
        for number in numbers:  # `sum` rounds otherwise from Python 3.12 on.
            total += number
    except OverflowError:
        none: int | float = 0
        return reduce(plus, numbers, none)
    return total
