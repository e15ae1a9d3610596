"""When `every …` and `cron` come round: the first tick after an instant, in the customer's zone.

Each local time ticks once: at the first of two equal ones, and at the first instant after a gap
when the clocks skip it.
"""

from bisect import bisect_right
from collections.abc import Iterator
from typing import Final

from .calendar import add, date_at, day_in_month, next_allowed, weekday_of
from .duration import DAY, HOUR, MINUTE, Duration, Unit
from .instant import LATEST
from .plan import Calendar, Cron, Every, Monthly, Recurrence, Weekly
from .zone import Zone

__all__ = ["next_tick"]

_MONTHS_AHEAD: Final = 40 * 12 + 1
"""February 29 falls on every weekday within 40 years; what does not come by then never comes."""
_SLACK: Final = 5 * DAY
"""What clamped days and clock changes can add to, or take from, any number of calendar units."""
_LENGTHS: Final[dict[Unit, tuple[int, int]]] = {
    "minute": (MINUTE, MINUTE),
    "hour": (HOUR, HOUR),
    "day": (DAY, DAY),
    "week": (7 * DAY, 7 * DAY),
    "month": (28 * DAY, 31 * DAY),
    "quarter": (89 * DAY, 92 * DAY),
    "year": (365 * DAY, 366 * DAY),
}
"""The shortest and the longest a unit can be; holidays in a row leave business days no longest."""


def next_tick(
    recurrence: Recurrence,
    after: int,
    zone: Zone,
    calendar: Calendar,
    *,
    anchor: int | None = None,
) -> int | None:
    """Return the first tick strictly after an instant, or None when there is none any more.

    `Every` ticks at `anchor` + n durations for n >= 1, counted from the anchor each time; without
    an anchor it does not tick. The others stand on the calendar and need none.
    """
    match recurrence:
        case Every(duration):
            return None if anchor is None else _every(duration, after, zone, calendar, anchor)
        case Weekly():
            times = _weekly(recurrence, zone.local(after) // DAY, zone.calendar or calendar)
        case Monthly():
            times = _monthly(recurrence, zone.local(after) // DAY)
        case Cron():
            times = _cron(recurrence, zone.local(after))
    # Local times up to the one shown at `after` have ticked: the same clock face, shown again,
    # does not tick again.
    at = next((at for at in map(zone.utc, times) if at > after), None)
    return at if at is not None and at <= LATEST else None


def _every(
    duration: Duration, after: int, zone: Zone, calendar: Calendar, anchor: int
) -> int | None:
    """Find n by halving the range in which the lengths of the unit allow it."""
    if duration.count <= 0:
        return None
    elapsed = max(after - anchor, 0)
    slack = 0 if duration.exact else _SLACK
    shortest, longest = _LENGTHS.get(duration.unit, (DAY, 0))
    most = int((elapsed + slack) // max(shortest * duration.count, 1)) + 2
    least = int((elapsed - slack) // (longest * duration.count)) if longest else 1
    counts = range(max(least, 1), most)
    index = bisect_right(
        counts, after, key=lambda times: add(anchor, duration, zone, calendar, times)
    )
    at = add(anchor, duration, zone, calendar, counts.start + index)
    return at if after < at < LATEST else None


def _weekly(rule: Weekly, day: int, calendar: Calendar) -> Iterator[int]:
    """Yield the local times from `day` on."""
    while rule.days or rule.business:
        day = next_allowed(day, "business days" if rule.business else rule.days, calendar)
        yield day * DAY + rule.at * MINUTE
        day += 1


def _monthly(rule: Monthly, day: int) -> Iterator[int]:
    """Yield the local times from the month of `day` on."""
    for months in _months(day, rule.months):
        there = day_in_month(months, rule.day)
        if there is not None:
            yield there * DAY + rule.at * MINUTE


def _cron(rule: Cron, local: int) -> Iterator[int]:
    """Yield the local times from the minute of `local` on."""
    today, clock = divmod(local, DAY)
    for day in _cron_days(rule, today):
        for hour in sorted(rule.hours):
            if day == today and hour < clock // (HOUR):
                continue
            for minute in sorted(rule.minutes):
                yield day * DAY + (hour * 60 + minute) * MINUTE


def _cron_days(rule: Cron, today: int) -> Iterator[int]:
    """Yield the days on which a cron line ticks, from `today` on."""
    for months in _months(today, rule.months):
        first = day_in_month(months, 1)
        last = day_in_month(months, 31)
        if first is None or last is None:
            return
        for day in range(max(first, today), last + 1):
            by_date = day - first + 1 in rule.days
            by_weekday = weekday_of(day) in rule.weekdays
            if (by_date or by_weekday) if rule.either else (by_date and by_weekday):
                yield day


def _months(day: int, allowed: tuple[int, ...]) -> Iterator[int]:
    """Yield the allowed months, counted from year 0, from the month of `day` on."""
    here = date_at(day)
    start = here.year * 12 + here.month - 1
    return (months for months in range(start, start + _MONTHS_AHEAD) if months % 12 + 1 in allowed)
