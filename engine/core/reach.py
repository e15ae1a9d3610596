"""How far a length of time can reach, whatever the zone, the date and the clock changes."""

from typing import Final

from .duration import DAY, HOUR, Duration
from .plan import Calendar

__all__ = ["SLACK", "reach"]

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
            per_week = len(set(calendar.weekdays)) or 7
            weeks = (count + len(calendar.holidays)) // per_week + 2
            return min(count, 0), 7 * weeks
        case "month":
            return 28 * count, 31 * count + 1
        case "quarter":
            return 89 * count, 92 * count + 1
        case _:
            return 365 * count, 366 * count + 1
