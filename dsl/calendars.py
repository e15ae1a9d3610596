"""`calendar:` and `calendars:` read: business days, hours and holidays, of a project and by name."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ..engine.core.plan import Calendar
from . import conditions
from .days import hours_of
from .declarations import distinct
from .diagnostics import Report
from .document import Mapping, Scalar
from .keys import INSIDE
from .regions import dates_of
from .shapes import empty, known_keys, list_of, mapping_of, text_of

__all__ = ["Calendars", "read_calendars"]

_KEYS: Final = INSIDE["calendar"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Calendars:
    """The calendars of a project."""

    own: Calendar = field(default_factory=Calendar)
    named: dict[str, Calendar] = field(default_factory=dict)
    """Those that a customer's attribute of type `calendar` may name."""


def read_calendars(settings: Mapping, year: int, report: Report) -> Calendars:
    """Read both keys; the holidays of regions are looked up for the years around `year`.

    What a named calendar leaves out is as in the project's own.
    """
    node = settings.get("calendar")
    mapping = mapping_of(node, "`calendar:`", report) if node is not None else None
    own = Calendar()
    if mapping is not None:
        own = _calendar(mapping, "`calendar:`", own, year, report)
    named: dict[str, Calendar] = {}
    for name, inner in _named(settings, report):
        named[name.value] = _calendar(inner, f"calendar `{name.value}`", own, year, report)
    return Calendars(own, named)


def _named(settings: Mapping, report: Report) -> Iterator[tuple[Scalar, Mapping]]:
    node = settings.get("calendars")
    every = None if node is None or empty(node) else mapping_of(node, "`calendars:`", report)
    for name, value in distinct(every, "calendar", report) if every is not None else ():
        inner = mapping_of(value, f"calendar `{name.value}`", report)
        if inner is not None:
            yield name, inner


def _calendar(
    mapping: Mapping, what: str, otherwise: Calendar, year: int, report: Report
) -> Calendar:
    known_keys(mapping, what, _KEYS, report)
    weekdays = _weekdays(mapping, otherwise, report)
    hours = mapping.get("hours")
    open_ = otherwise.hours
    if hours is not None:
        text = text_of(hours, "`hours:`", report)
        open_ = hours_of(text, report) if text is not None else None
    if mapping.get("holidays") is None:
        return Calendar(weekdays, otherwise.holidays, open_, otherwise.known_until)
    holidays, until = _holidays(mapping, year, report)
    return Calendar(weekdays, holidays, open_, until)


def _weekdays(mapping: Mapping, otherwise: Calendar, report: Report) -> tuple[int, ...]:
    node = mapping.get("business days")
    text = text_of(node, "`business days:`", report) if node is not None else None
    days = conditions.days(text, report) if text is not None else None
    if text is not None and days == "business days":
        report.error("D202", text.span, "business days are weekdays", "", "as in `mon-fri`")
    return days if isinstance(days, tuple) else otherwise.weekdays


def _holidays(mapping: Mapping, year: int, report: Report) -> tuple[tuple[str, ...], str]:
    """Return the dates of a list of holidays, and the last day its regions are known for."""
    node = mapping.get("holidays")
    found: set[str] = set()
    ends: list[str] = []
    for item in list_of(node, "`holidays:`", report) if node is not None else ():
        text = text_of(item, "a holiday", report)
        if text is None:
            continue
        if text.value[:1].isalpha():
            region = dates_of(text, year, report)
            if region is not None:
                found |= region[0]
                ends.append(region[1])
            continue
        try:
            found.add(date.fromisoformat(text.value).isoformat())
        except ValueError:
            title = f"`{text.value}` is not a date"
            hint = "write year-month-day, 2026-12-24, or a region: `DE-BE`"
            report.error("D202", text.span, title, "", hint)
    if node is not None and found and not ends and max(found) < f"{year}-01-01":
        title = f"the last of these holidays was on {max(found)}"
        hint = f"add those of {year} and the years to come, or name a region: `DE-BE`"
        report.warn("D205", node.span, title, "none is ahead", hint)
    return tuple(sorted(found)), min(ends, default="")
