"""The instants at which a zone's clocks change, read from one file of the tz database (RFC 9636).

Read here rather than asked of `zoneinfo`, whose objects answer for one `datetime` at a time: a
table of whole numbers answers several times as fast, and knows the gaps and the doubled hours.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from struct import unpack, unpack_from
from typing import Final

from .duration import DAY, SECOND

__all__ = ["CYCLE", "EPOCH_DAY", "Changes", "read_changes"]

EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
"""The proleptic Gregorian ordinal of 1970-01-01."""
CYCLE: Final = 146_097 * DAY
"""400 years: the Gregorian calendar, weekdays included, repeats, and with it every yearly rule."""

_HEADER: Final = 44
_RULES_FROM: Final = 1900
"""Where a yearly rule begins in a file that lists no change at all."""
_NAME: Final = r"(?:<[^>]+>|[A-Za-z]+)"
_TIME: Final = r"([+-]?\d+(?::\d+)*)"
_DATE: Final = rf",M(\d+)\.(\d)\.(\d)(?:/{_TIME})?"
_FOOTER: Final = rf"{_NAME}{_TIME}(?:{_NAME}{_TIME}?{_DATE}{_DATE})?"
"""`CET-1CEST,M3.5.0,M10.5.0/3`: the offset, and how it changes every year, as POSIX writes it."""

_Change = tuple[int, int]
"""An instant in seconds, and the offset in seconds that holds from then on."""


@dataclass(frozen=True, slots=True)
class Changes:
    """A zone's offsets from UTC, in microseconds like the instants between which they hold."""

    starts: tuple[int, ...]
    """The instants at which the offset changes, ascending."""
    offsets: tuple[int, ...]
    """`offsets[i]` holds until just before `starts[i]`; there is one more of them."""
    horizon: int | None
    """From here on all is as it was one `CYCLE` before; None when nothing changes any more."""


def read_changes(data: bytes) -> Changes:
    """Read a compiled tz database file; ValueError when it is not one, or older than version 2."""
    if data[:4] != b"TZif" or data[4:5] < b"2":
        raise ValueError("not a tz database file of version 2 or later: reinstall tzdata")
    block = data[_HEADER + _length(data, width=4) :]  # What comes first is the past in 32 bits.
    *_, count, types, _ = unpack_from(">6l", block, 20)
    times = unpack_from(f">{count}q", block, _HEADER)
    kinds = block[_HEADER + 8 * count : _HEADER + 9 * count]
    table = _HEADER + 9 * count
    offsets = [unpack_from(">l", block, table + 6 * kind)[0] for kind in range(types)]
    listed = [(time, offsets[kind]) for time, kind in zip(times, kinds, strict=True)]
    footer = block[_HEADER + _length(block, width=8) :].strip(b"\n").decode("ascii")
    return _changes(offsets[0], listed, footer)


def _length(block: bytes, *, width: int) -> int:
    """Return how many bytes follow the header, where an instant takes `width` of them."""
    ut, standard, leaps, times, types, letters = unpack(">6l", block[20:_HEADER])
    return int(times * (width + 1) + types * 6 + letters + leaps * (width + 4) + standard + ut)


def _changes(first: int, listed: list[_Change], footer: str) -> Changes:
    """Join what the file lists with what its footer says of all years after."""
    rule = re.fullmatch(_FOOTER, footer)
    if rule is None:
        raise ValueError(f"a tz database file ends in {footer!r}: reinstall tzdata")
    horizon = None
    if rule[3]:
        year = _date(listed[-1][0]).year if listed else _RULES_FROM
        last = listed[-1][0] if listed else -(1 << 62)
        listed = listed + [change for change in _yearly(rule, year) if change[0] > last]
        horizon = (date(year + 401, 1, 1).toordinal() - EPOCH_DAY) * DAY
    starts, offsets = [], [first]
    for start, offset in listed:
        if offset != offsets[-1]:  # Some changes are of the name alone.
            starts.append(start * SECOND)
            offsets.append(offset)
    return Changes(tuple(starts), tuple(offset * SECOND for offset in offsets), horizon)


def _yearly(rule: re.Match[str], year: int) -> Iterator[_Change]:
    """Yield a whole cycle of changes from `year` on, and a year more so that none is cut off."""
    standard = -_seconds(rule[1])
    summer = -_seconds(rule[2]) if rule[2] else standard + 3600
    for each in range(year, year + 402):
        begin = _moment(rule.group(3, 4, 5, 6), each) - standard, summer
        end = _moment(rule.group(7, 8, 9, 10), each) - summer, standard
        yield from sorted((begin, end))


def _moment(parts: tuple[str | None, ...], year: int) -> int:
    """Return the local second of `M3.5.0/2`: in March the last (fifth) Sunday, at two."""
    month, week, weekday = (int(part or 0) for part in parts[:3])
    first = date(year, month, 1).toordinal()
    day = first + (weekday - first) % 7 + (week - 1) * 7  # Ordinal 7 was a Sunday.
    if week == 5 and (day - first >= 31 or date.fromordinal(day).month != month):
        day -= 7
    return (day - EPOCH_DAY) * 86_400 + _seconds(parts[3] or "2")


def _seconds(text: str) -> int:
    """Return the seconds of `-3:30`: hours, minutes and seconds, with one sign for all."""
    sign = -1 if text.startswith("-") else 1
    parts = [int(part) for part in text.lstrip("+-").split(":")]
    return sign * sum(part * unit for part, unit in zip(parts, (3600, 60, 1), strict=False))


def _date(second: int) -> date:
    """Return the UTC date of an instant in seconds."""
    return date.fromordinal(EPOCH_DAY + second // 86_400)
