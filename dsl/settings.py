"""`cuebook.yaml` read: what a customer is, what can happen to one, and which days are business days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from ..engine.core.derived import Derived
from ..engine.core.lifecycles import Lifecycle, lifecycle_of
from ..engine.core.plan import Calendar
from ..engine.core.segments import segment_of
from ..engine.core.vocabulary import Type, Vocabulary
from ..engine.core.zone import is_zone
from . import conditions
from .declarations import Names, declarations, fields_of, type_of_node
from .diagnostics import Report
from .document import Mapping, Node, Scalar
from .lifecycles import declare, read_lifecycles
from .shapes import LATER, empty, known_keys, list_of, mapping_of, text_of
from .signals import read_derived

__all__ = ["Settings", "read_settings"]

_KEYS: Final = (
    *("project", "timezone", "attributes", "events", "lifecycles", "signals", "segments"),
    *("calendar", "kinds"),
)
_LATER: Final = ("limits", "never")
_REGION: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_HOURS: Final = re.compile(r"(?P<opens>\d{1,2}:\d{2})\s*-\s*(?P<closes>\d{1,2}:\d{2})")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Settings:
    """What a project declares."""

    vocabulary: Vocabulary
    calendar: Calendar = field(default_factory=Calendar)
    kinds: tuple[str, ...] = ()
    """Kinds of action that the application around the engine performs."""
    derived: tuple[Derived, ...] = ()
    """Signals and segments, each after those it reads."""
    supplied: tuple[str, ...] = ()
    """Signals that the application around the engine supplies."""
    lifecycles: tuple[Lifecycle, ...] = ()


def read_settings(node: Node, fallback: str, report: Report) -> Settings:
    """Read the declarations of a project; `fallback` names one that does not name itself."""
    settings = mapping_of(node, "`cuebook.yaml`", report)
    if settings is None:
        return Settings(Vocabulary(fallback))
    known_keys(settings, "`cuebook.yaml`", _KEYS, report, later=_LATER)
    name = settings.get("project")
    title = text_of(name, "`project:`", report) if name is not None else None
    taken: Names = {}
    plain = Vocabulary(
        project=title.value if title is not None else fallback,
        timezone=_timezone(settings, report),
        attributes=_attributes(settings, report, taken),
        events=_events(settings, report),
    )
    words, lifecycles = declare(settings, plain, taken, report)
    found = read_derived(settings, words, taken, report)
    return Settings(
        found.vocabulary, _calendar(settings, report), tuple(_kinds(settings, report)),
        found.derived, found.supplied,
        read_lifecycles(lifecycles, found.vocabulary, report),
    )  # fmt: skip


def _kinds(settings: Mapping, report: Report) -> Iterator[str]:
    node = settings.get("kinds")
    for item in list_of(node, "`kinds:`", report) if node is not None else ():
        text = text_of(item, "a kind of action", report)
        if text is not None:
            yield text.value


def _timezone(settings: Mapping, report: Report) -> str:
    node = settings.get("timezone")
    text = text_of(node, "`timezone:`", report) if node is not None else None
    if text is None:
        return "UTC"
    if is_zone(text.value):
        return text.value
    hint = "write an IANA name such as `Europe/Berlin`"
    report.error("D201", text.span, f"unknown time zone `{text.value}`", "not in the list", hint)
    return "UTC"


def _attributes(settings: Mapping, report: Report, taken: Names) -> dict[str, Type]:
    declared: dict[str, Type] = {}
    for key, value in declarations(settings, "attributes", "attribute", report, taken):
        if segment_of(key.value) is not None:
            title = f"`{key.value}` is what a segment is called among attributes"
            report.error("N202", key.span, title, "reserved", "write `_` or `-` for the space")
            continue
        if lifecycle_of(key.value) is not None:
            title = f"`{key.value}` is what the stage of a lifecycle is called among attributes"
            report.error("N202", key.span, title, "reserved", "write `_` or `-` for the space")
            continue
        found = type_of_node(value, report)
        if found is not None:
            declared[key.value] = found
    return declared


def _events(settings: Mapping, report: Report) -> dict[str, dict[str, Type]]:
    declared: dict[str, dict[str, Type]] = {}
    for key, value in declarations(settings, "events", "event", report, {}):
        what = f"event `{key.value}`"
        mapping = None if empty(value) else mapping_of(value, what, report)
        declared[key.value] = dict(fields_of(mapping, "property", report)) if mapping else {}
    return declared


def _calendar(settings: Mapping, report: Report) -> Calendar:
    node = settings.get("calendar")
    calendar = mapping_of(node, "`calendar:`", report) if node is not None else None
    if calendar is None:
        return Calendar()
    known_keys(calendar, "`calendar:`", ("business days", "hours", "holidays"), report)
    _check_hours(calendar, report)
    return Calendar(_weekdays(calendar, report), _holidays(calendar, report))


def _weekdays(calendar: Mapping, report: Report) -> tuple[int, ...]:
    node = calendar.get("business days")
    text = text_of(node, "`business days:`", report) if node is not None else None
    days = conditions.days(text, report) if text is not None else None
    if text is not None and days == "business days":
        report.error("D202", text.span, "business days are weekdays", "", "as in `mon-fri`")
    return days if isinstance(days, tuple) else Calendar().weekdays


def _check_hours(calendar: Mapping, report: Report) -> None:
    node = calendar.get("hours")
    text = text_of(node, "`hours:`", report) if node is not None else None
    if text is None:
        return
    found = _HOURS.fullmatch(text.value.strip())
    if found is None:
        hint = 'as in `hours: "09:00-17:00"`'
        report.error("D202", text.span, "hours are two times of day", "", hint)
        return
    for part in ("opens", "closes"):
        conditions.clock(Scalar(found[part], text.span), report)


def _holidays(calendar: Mapping, report: Report) -> tuple[str, ...]:
    node = calendar.get("holidays")
    found: set[str] = set()
    for item in list_of(node, "`holidays:`", report) if node is not None else ():
        text = text_of(item, "a holiday", report)
        if text is None:
            continue
        if _REGION.fullmatch(text.value):
            title = f"the holidays of `{text.value}` are not supported in this version yet"
            report.error(LATER, text.span, title, "a region", "list its dates for now")
            continue
        try:
            found.add(date.fromisoformat(text.value).isoformat())
        except ValueError:
            title = f"`{text.value}` is not a date"
            report.error("D202", text.span, title, "", "write year-month-day: 2026-12-24")
    return tuple(sorted(found))
