"""Instants at the door: from texts and datetimes to whole microseconds since 1970 UTC, and back."""

from datetime import UTC as DATETIME_UTC
from datetime import date, datetime, timedelta
from typing import Final

from .duration import DAY, HOUR, MINUTE, SECOND
from .tzif import EPOCH_DAY
from .zone import Zone

__all__ = ["EARLIEST", "LATEST", "instant", "iso", "microseconds", "parse_instant", "to_datetime"]

EARLIEST: Final = (date(1900, 1, 1).toordinal() - EPOCH_DAY) * DAY
"""1900-01-01T00:00:00Z: nothing is dated before it, and calendar arithmetic stops there."""
LATEST: Final = (date(9999, 12, 31).toordinal() - EPOCH_DAY + 1) * DAY - 1
"""The last microsecond of the year 9999 UTC: nothing is dated after it."""

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=DATETIME_UTC)
_EPOCH_LOCAL: Final = datetime(1970, 1, 1)  # noqa: DTZ001 - what clocks show, in no zone
_LAST_DAY: Final = date.max.toordinal() - EPOCH_DAY
_EXPECTED: Final = "write it like 2026-03-01, 2026-03-01 10:00 or 2026-03-01T10:00:00+01:00"


def instant(moment: datetime) -> int:
    """Return the instant of a datetime that knows its zone; ValueError when it does not."""
    if moment.utcoffset() is None:
        raise ValueError("a datetime without a zone is no instant: give it a tzinfo")
    return microseconds(moment - _EPOCH)


def to_datetime(at: int) -> datetime:
    """Return an instant as a datetime in UTC."""
    return _EPOCH + timedelta(microseconds=at)


def iso(at: int, zone: Zone | None = None) -> str:
    """Write an instant as ISO 8601 with the offset of `zone` (UTC without one).

    >>> iso(1_775_199_600_000_000)
    '2026-04-03T07:00:00+00:00'
    """
    local = at if zone is None else zone.local(at)
    day, rest = divmod(local, DAY)
    if day > _LAST_DAY:  # East of Greenwich the year 9999 is over before it is in UTC.
        return iso(at)
    seconds, micro = divmod(rest, SECOND)
    clock = f"{seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    fraction = f".{micro:06}" if micro else ""
    return f"{date.fromordinal(EPOCH_DAY + day)}T{clock}{fraction}{_offset(local - at)}"


def parse_instant(text: str, zone: Zone) -> int:
    """Read ISO 8601: `2026-03-01T10:00:00+01:00`, `2026-03-01 10:00`, `2026-03-01`.

    Without an offset it is local time in `zone`, and a date alone is its first instant there.
    Raises ValueError, whose text says what is wrong and what to write, also for instants before
    1900 and after 9999.
    """
    trimmed = text.strip()
    try:
        moment = datetime.fromisoformat(trimmed)
    except ValueError as error:
        # Of a day or an hour that there is not, Python says which; of all else how it reads texts.
        which = f" ({error})" if " in " in str(error) or "out of range" in str(error) else ""
        raise ValueError(f"{text[:60]!r} is no date or time{which}: {_EXPECTED}") from None
    # Python also reads 20260301, week dates and any separator; these are more often mistakes.
    if trimmed[4] != "-" or trimmed[7] != "-" or trimmed[10:11] not in {"", "T", "t", " "}:
        raise ValueError(f"{text[:60]!r} is no date or time: {_EXPECTED}")
    if moment.tzinfo is None:
        at = zone.utc(microseconds(moment - _EPOCH_LOCAL))
    else:
        at = microseconds(moment - _EPOCH)
    if not EARLIEST <= at <= LATEST:
        raise ValueError(f"{text[:60]!r} is out of range: write a year from 1900 to 9999")
    return at


def microseconds(span: timedelta) -> int:
    """Return a span in whole microseconds, without the floats of `total_seconds`."""
    return (span.days * 86_400 + span.seconds) * SECOND + span.microseconds


def _offset(offset: int) -> str:
    """Write `+01:00`, and the seconds where a zone had them."""
    sign = "-" if offset < 0 else "+"
    hours, rest = divmod(abs(offset), HOUR)
    minutes, rest = divmod(rest, MINUTE)
    return f"{sign}{hours:02}:{minutes:02}" + (f":{rest // SECOND:02}" if rest else "")
