"""`cuebook.yaml` read: what a customer is, what can happen to one, and which days are business days."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date
from typing import Final, get_args

from ..engine.core.plan import Calendar
from ..engine.core.vocabulary import Kind, Type, Vocabulary, fold
from ..engine.core.zone import is_zone
from . import conditions
from .diagnostics import Diagnostic, Label, Report
from .document import Mapping, Node, Scalar, Sequence
from .shapes import LATER, empty, known_keys, list_of, mapping_of, text_of
from .spelling import nearest

__all__ = ["Settings", "read_settings"]

_KEYS: Final = ("project", "timezone", "attributes", "events", "calendar", "kinds")
_LATER: Final = ("lifecycles", "signals", "segments", "limits", "never")
_SIMPLE: Final[tuple[Kind, ...]] = tuple(
    kind for kind in get_args(Kind) if kind not in ("one of", "list", "record")
)
_REGION: Final = re.compile(r"[A-Z]{2}(-[A-Z0-9]{1,3})?")
_HOURS: Final = re.compile(r"(?P<opens>\d{1,2}:\d{2})\s*-\s*(?P<closes>\d{1,2}:\d{2})")


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Settings:
    """What a project declares."""

    vocabulary: Vocabulary
    calendar: Calendar = field(default_factory=Calendar)
    kinds: tuple[str, ...] = ()
    """Kinds of action that the application around the engine performs."""


def read_settings(node: Node, fallback: str, report: Report) -> Settings:
    """Read the declarations of a project; `fallback` names one that does not name itself."""
    settings = mapping_of(node, "`cuebook.yaml`", report)
    if settings is None:
        return Settings(Vocabulary(fallback))
    known_keys(settings, "`cuebook.yaml`", _KEYS, report, later=_LATER)
    name = settings.get("project")
    title = text_of(name, "`project:`", report) if name is not None else None
    vocabulary = Vocabulary(
        project=title.value if title is not None else fallback,
        timezone=_timezone(settings, report),
        attributes=_attributes(settings, report),
        events=_events(settings, report),
    )
    return Settings(vocabulary, _calendar(settings, report), tuple(_kinds(settings, report)))


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


def _attributes(settings: Mapping, report: Report) -> dict[str, Type]:
    declared: dict[str, Type] = {}
    for key, value in _declarations(settings, "attributes", "attribute", report):
        found = _type(value, report)
        if found is not None:
            declared[key.value] = found
    return declared


def _events(settings: Mapping, report: Report) -> dict[str, dict[str, Type]]:
    declared: dict[str, dict[str, Type]] = {}
    for key, value in _declarations(settings, "events", "event", report):
        what = f"event `{key.value}`"
        mapping = None if empty(value) else mapping_of(value, what, report)
        declared[key.value] = dict(_fields(mapping, "property", report)) if mapping else {}
    return declared


def _declarations(
    settings: Mapping, key: str, what: str, report: Report
) -> Iterator[tuple[Scalar, Node]]:
    node = settings.get(key)
    mapping = None if node is None or empty(node) else mapping_of(node, f"`{key}:`", report)
    if mapping is not None:
        yield from _distinct(mapping, what, report)


def _distinct(mapping: Mapping, what: str, report: Report) -> Iterator[tuple[Scalar, Node]]:
    """Yield each declaration once; report names that fold together, or that cannot be written."""
    seen: dict[str, Scalar] = {}
    for key, value in mapping.entries:
        if not key.value.strip() or set(key.value) & set("\"'\n"):
            title = f"`{key.value}` cannot be the name of an {what}".replace("an p", "a p")
            report.error("N202", key.span, title, "", "use letters, digits, spaces, `-` and `_`")
            continue
        first = seen.setdefault(fold(key.value), key)
        if first is key:
            yield key, value
            continue
        report.add(
            Diagnostic(
                "N201",
                f"`{key.value}` and `{first.value}` are one name",
                key.span,
                "declared again",
                ("case, space, `-` and `_` do not count; keep one of them",),
                others=(Label(first.span, "declared here"),),
            )
        )


def _fields(mapping: Mapping, what: str, report: Report) -> Iterator[tuple[str, Type]]:
    for key, value in _distinct(mapping, what, report):
        found = _type(value, report)
        if found is not None:
            yield key.value, found


def _type(node: Node, report: Report) -> Type | None:
    """Read a declared type: `text`, `{one of: [free, pro]}`, `{list of: {name: text}}`."""
    match node:
        case Scalar():
            return _simple_type(node, report)
        case Mapping(entries=((Scalar(value="one of"), options),)):
            return _one_of(options, report)
        case Mapping(entries=((Scalar(value="list of"), item),)):
            inner = _type(item, report)
            return Type("list", item=inner) if inner is not None else None
        case Mapping(entries=((Scalar(value="record"), Mapping() as fields),)):
            return Type("record", fields=tuple(_fields(fields, "property", report)))
        case Mapping() if node.entries:
            return Type("record", fields=tuple(_fields(node, "property", report)))
        case _:
            hint = "as in `text`, `number`, `{one of: [free, pro]}` or `{list of: text}`"
            report.error("T201", node.span, "this is not a type", "", hint)
            return None


def _simple_type(text: Scalar, report: Report) -> Type | None:
    for kind in _SIMPLE:
        if kind == text.value:
            return Type(kind)
    close = nearest(text.value, _SIMPLE)
    hints = [f"did you mean `{close}`?"] if close else []
    hints.append(f"types are {', '.join(f'`{kind}`' for kind in _SIMPLE)}, `{{one of: […]}}`")
    shown = text.value or "nothing"
    report.error("T201", text.span, f"unknown type `{shown}`", "not a type", *hints)
    return None


def _one_of(node: Node, report: Report) -> Type | None:
    if not isinstance(node, Sequence) or not node.items:
        hint = "as in `{one of: [free, pro]}`"
        report.error("T201", node.span, "`one of` takes a list of texts", "", hint)
        return None
    options = [text_of(item, "each of `one of`", report) for item in node.items]
    return Type("one of", tuple(option.value for option in options if option is not None))


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
