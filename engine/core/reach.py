"""How far a length of time can reach, whatever the zone, the date and the clock changes."""

from bisect import bisect_left
from datetime import date
from functools import lru_cache
from typing import Final

from .duration import DAY, HOUR, Duration
from .plan import Calendar
from .tzif import EPOCH_DAY

__all__ = ["LATEST", "SLACK", "reach"]

LATEST: Final = 31 * DAY
"""What comes later than this after its instant pairs with nothing."""
SLACK: Final = 25 * HOUR
"""More than any change of a zone's offset: one zone has left out a whole day."""


def reach(duration: Duration, calendar: Calendar) -> tuple[int, int]:
    """Return the least and the most microseconds that adding `duration` once can add.

    >>> reach(Duration(2, "hour"), Calendar())
    (7200000000, 7200000000)
    """
    if duration.exact:
        return duration.microseconds, duration.microseconds
    least, most = _days(duration, calendar)
    return int(least * DAY) - SLACK, int(most * DAY) + SLACK


def _days(duration: Duration, calendar: Calendar) -> tuple[float, float]:
    count = duration.count
    match duration.unit:
        case "day":
            return count, count
        case "week":
            return 7 * count, 7 * count
        case "business day":
            return min(count, 0), _business(count, calendar)
        case "month":
            return 28 * count, 31 * count + 1
        case "quarter":
            return 89 * count, 92 * count + 1
        case _:
            return 365 * count, 366 * count + 1


@lru_cache(maxsize=256)
def _business(count: float, calendar: Calendar) -> float:
    """Return the most days that so many business days can take.

    Holidays lie close to each other or far apart: what counts is how many any such stretch holds.
    """
    per_week = len(set(calendar.weekdays)) or 7
    days = sorted(date.fromisoformat(day).toordinal() - EPOCH_DAY for day in calendar.holidays)
    crowded = 0
    while True:
        length = 7 * ((count + crowded) // per_week + 2)
        most = max((bisect_left(days, day + length) - i for i, day in enumerate(days)), default=0)
        if most <= crowded:
            return length
        crowded = most
