"""Times of day and days of the week, as authors write them."""

import re
from typing import Final, Literal

from ..engine.core.origin import Span
from ..engine.core.spell import WEEKDAYS
from .diagnostics import Report, Word
from .document import Scalar

__all__ = ["cron_of", "days_of", "hours_of", "minutes_of"]

_MONTHS: Final = [
    *("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
]
_GROUPS: Final[dict[str, tuple[int, ...]]] = {
    "weekdays": (0, 1, 2, 3, 4),
    "weekends": (5, 6),
    "weekend": (5, 6),
}


def minutes_of(text: str, span: Span, report: Report) -> int | None:
    """Read `09:00` as minutes after midnight."""
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})", text)
    if match is not None and int(match[1]) < 24 and int(match[2]) < 60:
        return int(match[1]) * 60 + int(match[2])
    hint = "write hours and minutes, from `00:00` to `23:59`"
    report.error("S113", span, f"`{text}` is not a time of day", "", hint)
    return None


def hours_of(text: Scalar, report: Report, *, overnight: bool = False) -> tuple[int, int] | None:
    """Read `09:00-17:00` as minutes after midnight; None, and reported, for anything else.

    With `overnight` they may end on the next day, as in `20:00-08:00`.
    """
    found = re.fullmatch(r"\s*(\S+?)\s*-\s*(\S+)\s*", text.value)
    if found is None:
        hint = f"as in `{'20:00-08:00' if overnight else '09:00-17:00'}`"
        report.error("S120", text.span, "hours are two times of day", "", hint)
        return None
    ends = (text.part(*found.span(number)) for number in (1, 2))
    first, last = (minutes_of(end.value, end.span, report) for end in ends)
    if first is None or last is None:
        return None
    if first == last:
        title = "these hours begin when they end"
        report.error("S120", text.span, title, "none, or all of them?", "write two different times")
        return None
    if first > last and not overnight:
        hint = "hours lie within one day, the earlier time first"
        report.error("S120", text.span, "these hours end before they begin", "", hint)
        return None
    return first, last


def days_of(
    words: list[tuple[str, Span]], report: Report
) -> tuple[int, ...] | Literal["business days"] | None:
    """Read day words, each with its place, as weekdays in order, Monday 0."""
    found = set[int]()
    for word, span in words:
        if " ".join(word.lower().split()) in ("business days", "business day"):
            if len(words) == 1:
                return "business days"
            report.error("S114", span, "`business days` stands alone", "not in a list of days")
            return None
        days = _days(word.lower())
        if days is None:
            unknown = Word(word, span, [*WEEKDAYS, *_GROUPS, "business days"])
            otherwise = ["write `monday`, `mon-fri` or the like"]
            title, label = f"`{word}` is not a day", "not a day of the week"
            report.unknown("S114", unknown, title, label, otherwise=otherwise)
            return None
        found.update(days)
    return tuple(sorted(found))


def _days(word: str) -> tuple[int, ...] | None:
    if word in _GROUPS:
        return _GROUPS[word]
    first, _, last = word.replace(" ", "").partition("-")
    start, end = _day(first), _day(last or first)
    if start is None or end is None:
        return None
    return tuple((start + i) % 7 for i in range((end - start) % 7 + 1))


def _day(word: str) -> int | None:
    """Find a weekday by its name, or its first three letters or more: `mon`, `thurs`, `mondays`."""
    name = word.removesuffix("s") if word.endswith("days") else word
    return next(
        (i for i, day in enumerate(WEEKDAYS) if len(name) >= 3 and day.startswith(name)), None
    )


def cron_of(
    text: str, span: Span, report: Report
) -> (
    tuple[tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...], tuple[int, ...]]
    | None
):
    """Read the five fields of a cron text, spelt out; weekdays come back Monday 0 to Sunday 6."""
    fields = text.split()
    if len(fields) != 5:
        title = f"a cron text has five fields, this has {len(fields)}"
        report.error("S115", span, title, "", 'minute hour day month weekday: `cron "0 9 * * 1"`')
        return None
    bounds: tuple[tuple[int, int, list[str]], ...] = (
        (0, 59, []),
        (0, 23, []),
        (1, 31, []),
        (1, 12, _MONTHS),
        (0, 7, _SUNDAY_FIRST),
    )
    read = [
        _cron_field(field, low, high, names)
        for field, (low, high, names) in zip(fields, bounds, strict=True)
    ]
    for field, found in zip(fields, read, strict=True):
        if found is None:
            hint = "use `*`, numbers, ranges `1-5`, lists `1,3` and steps `*/15`"
            report.error("S115", span, f"`{field}` is not understood in a cron text", "", hint)
            return None
    minutes, hours, days, months, weekdays = (found or () for found in read)
    return minutes, hours, days, months, tuple(sorted({(day - 1) % 7 for day in weekdays}))


_SUNDAY_FIRST: Final = [day[:3] for day in (WEEKDAYS[6], *WEEKDAYS[:6])]


def _cron_field(field: str, low: int, high: int, names: list[str]) -> tuple[int, ...] | None:
    found = set[int]()
    for part in field.lower().split(","):
        range_, slash, step = part.partition("/")
        first, dash, last = range_.partition("-")
        if range_ == "*":
            start, end = low, min(high, 6) if names == _SUNDAY_FIRST else high
        else:
            start, end = _cron_number(first, low, names), _cron_number(last or first, low, names)
            end = high if slash and not dash else end
        by = int(step) if step.isascii() and step.isdecimal() and len(step) < 4 else 0
        if (slash and by < 1) or not low <= start <= end <= high:
            return None
        found.update(range(start, end + 1, by or 1))
    return tuple(sorted(found))


def _cron_number(text: str, low: int, names: list[str]) -> int:
    if text in names:
        return names.index(text) + low
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 4 else -1
