"""Lengths of time as authors write them: a count and a unit, exact or by the calendar."""

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args

__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SECOND",
    "UNITS",
    "Duration",
    "Unit",
    "elapsed",
    "parse_duration",
]

SECOND: Final = 1_000_000
"""Microseconds in a second. Instants inside the core are whole microseconds since 1970 UTC."""
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
"""Microseconds in a day without a clock change; a calendar day may be longer or shorter."""

_BEYOND: Final = 10.0**15
"""A count that is no length of time any more."""

Unit = Literal["minute", "hour", "day", "business day", "week", "month", "quarter", "year"]
UNITS: Final[tuple[Unit, ...]] = get_args(Unit)


@dataclass(frozen=True, slots=True)
class Duration:
    """`7 days`: minutes and hours are exact, every longer unit is calendar time in a zone."""

    count: int | float
    unit: Unit

    @property
    def exact(self) -> bool:
        """Whether this is the same number of microseconds everywhere and always."""
        return self.unit in ("minute", "hour")

    @property
    def microseconds(self) -> int:
        """The exact length of minutes and hours; for calendar units their nominal length."""
        return round(self.count * _NOMINAL[self.unit])

    def __str__(self) -> str:
        """Spell it the way an author would: `7 days`, `1 business day`.

        >>> str(Duration(7, "day")), str(Duration(1, "business day"))
        ('7 days', '1 business day')
        """
        return f"{self.count:.15g} {self.unit}{'' if self.count == 1 else 's'}"


@lru_cache(maxsize=256)
def parse_duration(text: str) -> Duration | None:
    """Return a length of time that is written out; None for anything else, and for one below zero.

    >>> parse_duration("7 days"), parse_duration("soon")
    (Duration(count=7, unit='day'), None)
    """
    written, _space, unit = text.strip().partition(" ")
    wanted = unit.strip().casefold()
    found = next((one for one in UNITS if wanted in (one, f"{one}s")), None)
    try:
        count = float(written.replace("_", "?"))
    except ValueError:
        return None
    if found is None or not 0 <= count < _BEYOND:
        return None
    return Duration(int(count) if count.is_integer() else count, found)


def elapsed(microseconds: int) -> str:
    """Spell how much time has passed, in whole days, hours, minutes and seconds; nothing for none.

    >>> elapsed(3 * DAY + 4 * HOUR + 5 * SECOND), elapsed(MINUTE)
    ('3 days 4 hours 5 seconds', '1 minute')
    """
    words = []
    for length, unit in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute"), (SECOND, "second")):
        count, microseconds = divmod(microseconds, length)
        if count:
            words.append(f"{count} {unit}{'' if count == 1 else 's'}")
    return " ".join(words)


_NOMINAL: Final[dict[Unit, int]] = {
    "minute": MINUTE,
    "hour": HOUR,
    "day": DAY,
    "business day": DAY,
    "week": 7 * DAY,
    "month": 30 * DAY,
    "quarter": 91 * DAY,
    "year": 365 * DAY,
}
