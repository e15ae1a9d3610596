"""Periods, and the days, weeks, months and quarters they are cut into on the clocks of a zone."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, Literal

from ...core.duration import DAY
from ...core.instant import iso
from ...core.zone import Zone

__all__ = ["MOST", "PERS", "Per", "Span", "part", "spans"]

Per = Literal["day", "week", "month", "quarter"]
PERS: Final[tuple[Per, ...]] = ("day", "week", "month", "quarter")
MOST: Final = 5_000
"""Parts a period may have: more can neither be read nor drawn."""


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a period; instants in microseconds UTC."""

    name: str
    """`2026-03-01`, `2026-03` or `2026-Q1`; a week by its Monday."""
    since: int
    until: int
    """Exclusive."""


def spans(since: int, until: int, per: Per, zone: Zone) -> list[Span]:
    """Cut a period by the calendar of a zone; the first and the last part may be incomplete.

    Raises ValueError for a period of more parts than `MOST`, or of none.
    """
    if until <= since:
        raise ValueError("the period ends before it begins")
    if (until - since) // DAY > MOST * _DAYS[per]:
        raise ValueError(f"the period has more than {MOST:,} of a {per}: choose a longer part")
    found = []
    for name, first, last in _grid(since, until, per, zone):
        found.append(Span(name, max(first, since), min(last, until)))
    return found


def part(at: int, by: int, per: Per, zone: Zone) -> Span:
    """Return the whole part so many after the one that an instant lies in; before it, when negative."""
    next_, name = _STEPS[per]
    day = _first(zone.local(at) // DAY, per)
    for _ in range(by):
        day = next_(day)
    for _ in range(-by):
        day = _first(day - 1, per)
    return Span(name(day), zone.utc(day * DAY), zone.utc(next_(day) * DAY))


_DAYS: Final[dict[Per, int]] = {"day": 1, "week": 7, "month": 28, "quarter": 90}
"""The least days of each."""


def _grid(since: int, until: int, per: Per, zone: Zone) -> Iterator[tuple[str, int, int]]:
    """Yield each part that a period touches, whole, with its name."""
    next_, name = _STEPS[per]
    day = _first(zone.local(since) // DAY, per)
    begins = zone.utc(day * DAY)
    while begins < until:
        after = next_(day)
        ends = zone.utc(after * DAY)
        if ends > since:
            yield name(day), begins, ends
        day, begins = after, ends


def _first(day: int, per: Per) -> int:
    """Return the first day of the part that a day, counted from 1970, lies in."""
    match per:
        case "day":
            return day
        case "week":
            return day - (day + 3) % 7  # The first day of 1970 was a Thursday.
        case "month":
            return day - int(_date(day)[8:]) + 1
        case "quarter":
            first = _first(day, "month")
            while int(_date(first)[5:7]) % 3 != 1:
                first = _first(first - 1, "month")
            return first


def _month_after(day: int) -> int:
    return _first(day + 31, "month")


def _quarter_after(day: int) -> int:
    return _first(day + 93, "month")


def _date(day: int) -> str:
    return iso(day * DAY)[:10]


def _quarter(day: int) -> str:
    date = _date(day)
    return f"{date[:4]}-Q{(int(date[5:7]) + 2) // 3}"


_STEPS: Final[dict[Per, tuple[Callable[[int], int], Callable[[int], str]]]] = {
    "day": (lambda day: day + 1, _date),
    "week": (lambda day: day + 7, _date),
    "month": (_month_after, lambda day: _date(day)[:7]),
    "quarter": (_quarter_after, _quarter),
}
