"""Calendar time in a zone: lengths of time added to instants, dates, and the days steps may fall on.

Local times are kept across clock changes; one that does not exist becomes the first instant after
the gap. Every function is total: what would leave the years 1900 to 9999 stops at their ends.
"""

from bisect import bisect_right
from calendar import monthrange
from datetime import date
from functools import lru_cache
from typing import Final, Literal

from .duration import DAY, HOUR, MINUTE, Duration, Unit
from .instant import EARLIEST, LATEST
from .plan import Calendar
from .tzif import EPOCH_DAY
from .zone import Zone

__all__ = [
    "BusinessDays",
    "Days",
    "add",
    "add_days",
    "business_days",
    "date_at",
    "date_of",
    "day_in_month",
    "days_since",
    "next_allowed",
    "place",
    "start_of",
    "weekday_of",
]

Days = tuple[int, ...] | Literal["business days"] | None
"""What `on:` allows: weekdays (Monday 0 to Sunday 6), business days, or any day."""

_EXACT: Final[dict[Unit, int]] = {"minute": MINUTE, "hour": HOUR}
_DAYS: Final[dict[Unit, int]] = {"day": DAY, "week": 7 * DAY}
_MONTHS: Final[dict[Unit, int]] = {"month": 1, "quarter": 3, "year": 12}
_THURSDAY: Final = 3
"""1970-01-01 was one: (day + 3) % 7 is the weekday, Monday 0."""


def add(at: int, duration: Duration, zone: Zone, calendar: Calendar, times: int = 1) -> int:
    """Return the instant `times` durations after `at` (before it, when negative).

    Minutes and hours are exact. Longer units keep the local time; the count is multiplied before a
    month's end clamps the day, so twice a month after January 31 is March 31. A fraction of a
    longer unit adds its nominal length to the local time. Business days are those of `zone`, or
    those of `calendar` where it keeps none.
    """
    total = duration.count * times
    if total == 0:
        return at
    if abs(total) >= LATEST:  # No unit is that short, and an infinite count has no whole part.
        return LATEST if total > 0 else EARLIEST
    unit = duration.unit
    length = _EXACT.get(unit) or (_DAYS.get(unit) if zone.fixed is not None else None)
    if length is not None:
        return _bounded(at + round(total * length))
    length = _DAYS.get(unit)
    local = zone.local(at)
    if length is not None:
        return _bounded(zone.utc(local + round(total * length)))
    return _bounded(zone.utc(_moved(local, total, unit, zone.calendar or calendar)))


def add_days(at: int, days: int, zone: Zone) -> int:
    """Return the instant so many days after another (before it, when negative), as `add` has it."""
    if not days:
        return at
    if zone.fixed is not None:
        return _bounded(at + days * DAY)
    return _bounded(zone.utc(zone.local(at) + days * DAY))


def start_of(iso_date: str, zone: Zone) -> int:
    """Return the first instant of an ISO date; ValueError when it is none."""
    return _bounded(zone.utc(_day(iso_date) * DAY))


def date_of(at: int, zone: Zone) -> str:
    """Return the ISO date that calendars show at an instant."""
    return date_at(zone.local(at) // DAY).isoformat()


def days_since(anchor: int, now: int, zone: Zone) -> int:
    """Return the completed calendar days: n with anchor + n days <= now < anchor + (n+1) days."""
    if zone.fixed is not None:
        return (now - anchor) // DAY
    began = zone.local(anchor)
    count = (zone.local(now) - began) // DAY
    # In an hour that happens twice, what the clocks show can be one day off either way.
    if _after(anchor, began, count, zone) > now:
        return count - 1
    return count + (_after(anchor, began, count + 1, zone) <= now)


def place(
    at: int, *, time: int | None, on: Days, not_before: int, zone: Zone, calendar: Calendar
) -> int:
    """Return when a step planned for `at` may happen: `at: "09:00"`, `on: business days`.

    `time` (minutes after midnight) is taken on the local date of `at`, or on the first later date
    where that is not before `not_before`. Then `on` moves it to the next allowed day, at the same
    local time.
    """
    if time is None and on is None:
        return at
    day, clock = divmod(zone.local(at), DAY)
    if time is not None:
        clock = time * MINUTE
        if zone.utc(day * DAY + clock) < not_before:
            day = max(day, zone.local(not_before) // DAY)
            day += zone.utc(day * DAY + clock) < not_before
    calendar = zone.calendar or calendar
    allowed = next_allowed(day, on, calendar)
    if time is None and allowed == day:
        return at  # Unmoved, it may be the second of two equal local times.
    placed = zone.utc(allowed * DAY + clock)
    shown = zone.local(placed) // DAY
    if shown != allowed:  # A zone that crossed the date line skipped that whole day.
        placed = zone.utc(next_allowed(shown, on, calendar) * DAY + clock)
    return _bounded(placed)


def next_allowed(day: int, on: Days, calendar: Calendar) -> int:
    """Return the first allowed day from `day` on, in days since 1970; no weekday allows them all."""
    if not on:
        return day
    if on == "business days":
        return business_days(calendar).after(day - 1, 1)
    return day + min((weekday - weekday_of(day)) % 7 for weekday in on)


def weekday_of(day: int) -> int:
    """Return the weekday of a day counted from 1970, Monday 0 to Sunday 6."""
    return (day + _THURSDAY) % 7


def day_in_month(months: int, day: int) -> int | None:
    """Return day `day` of a month counted from year 0, clamped to its length, in days since 1970.

    None when the month lies outside the calendar.
    """
    year, month = divmod(months, 12)
    if not 1 <= year <= 9999:
        return None
    return date(year, month + 1, min(day, monthrange(year, month + 1)[1])).toordinal() - EPOCH_DAY


class BusinessDays:
    """A calendar's business days, countable without walking over them. Days are since 1970."""

    __slots__ = ("_holidays", "_upto", "_weekdays")

    def __init__(self, calendar: Calendar) -> None:
        # A week without business days would leave no day to move to; it counts as none declared.
        self._weekdays = tuple(sorted(set(calendar.weekdays))) or tuple(range(7))
        self._upto = tuple(bisect_right(self._weekdays, weekday) for weekday in range(7))
        days = {_day(holiday) for holiday in calendar.holidays}
        self._holidays = tuple(sorted(day for day in days if weekday_of(day) in self._weekdays))

    def after(self, day: int, count: int) -> int:
        """Return the `count`-th business day after `day`, or before it when negative."""
        if count == 0:
            return day
        return self._nth(self._rank(day) + count if count > 0 else self._rank(day - 1) + count + 1)

    def _rank(self, day: int) -> int:
        """Return how many business days there were up to and with `day`, from a fixed start."""
        weeks, weekday = divmod(day + _THURSDAY, 7)
        return weeks * len(self._weekdays) + self._upto[weekday] - bisect_right(self._holidays, day)

    def _nth(self, rank: int) -> int:
        """Return the business day of a rank: where as many holidays are skipped as lie before."""
        skipped = 0
        while True:
            weeks, index = divmod(rank + skipped - 1, len(self._weekdays))
            day = weeks * 7 + self._weekdays[index] - _THURSDAY
            holidays = bisect_right(self._holidays, day)
            if holidays == skipped:
                return day
            skipped = holidays


@lru_cache(maxsize=64)
def business_days(calendar: Calendar) -> BusinessDays:
    """Return the business days of a calendar, counted once."""
    return BusinessDays(calendar)


def _moved(local: int, total: float, unit: Unit, calendar: Calendar) -> int:
    """Return a local time moved by months or business days, its time of day kept."""
    whole = int(total)
    day, clock = divmod(local, DAY)
    if unit == "business day":
        day = business_days(calendar).after(day, whole)
    else:
        here = date_at(day)
        months = here.year * 12 + here.month - 1 + whole * _MONTHS[unit]
        there = day_in_month(months, here.day)
        day = there if there is not None else (LATEST if whole > 0 else -LATEST)
    rest = 0 if total == whole else Duration(total - whole, unit).microseconds
    return day * DAY + clock + rest


def _after(anchor: int, began: int, days: int, zone: Zone) -> int:
    """Return `anchor` plus days; `began` is what the clocks showed then."""
    return zone.utc(began + days * DAY) if days else anchor


def _day(iso_date: str) -> int:
    """Return the days from 1970-01-01 to an ISO date."""
    return date.fromisoformat(iso_date).toordinal() - EPOCH_DAY


def date_at(day: int) -> date:
    """Return a day, counted from 1970, as a date; the last one where zones are already in the year 10000."""
    return date.fromordinal(min(day + EPOCH_DAY, date.max.toordinal()))


def _bounded(at: int) -> int:
    """Return an instant of the years 1900 to 9999."""
    return min(max(at, EARLIEST), LATEST)
