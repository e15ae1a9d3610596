"""The best hour of a customer: when most of what is learnt from happened, by the customer's clocks."""

from collections.abc import Sequence

from .duration import DAY, HOUR
from .zone import Zone

__all__ = ["count_hour", "learnt"]


def count_hour(counts: Sequence[int], at: int, zone: Zone) -> list[int]:
    """Return how many events fell into each hour of the day, with one more at an instant.

    >>> from .zone import UTC
    >>> count_hour((), 3 * HOUR, UTC)[:5]
    [0, 0, 0, 1, 0]
    """
    counted = list(counts) or [0] * 24
    counted[zone.local(at) % DAY // HOUR] += 1
    return counted


def learnt(
    counts: Sequence[int], hours: tuple[int, int] | None, at_least: int
) -> tuple[int, int, int] | None:
    """Return the best hour in minutes after midnight, its events and all within the allowed hours.

    Only hours that begin within `hours` are allowed; of equal ones the earliest is best. None while
    fewer than `at_least` events fell into them.
    """
    opens, closes = hours or (0, 24 * 60)
    allowed = [hour for hour in range(len(counts)) if opens <= hour * 60 < closes]
    total = sum(counts[hour] for hour in allowed)
    if not allowed or total < max(at_least, 1):
        return None
    best = max(allowed, key=lambda hour: counts[hour])
    return best * 60, counts[best], total
