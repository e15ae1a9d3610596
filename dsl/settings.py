"""`cuebook.yaml` read: what a customer is, what can happen to one, and which days are business days."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, get_args

from ..engine.core.vocabulary import Kind, Type, Vocabulary
from ..engine.core.zone import is_zone
from .calendars import Calendars, read_calendars
from .declarations import distinct
from .diagnostics import Report
from .document import Mapping, Node, Scalar, Sequence
from .shapes import empty, known_keys, list_of, mapping_of, text_of
from .spelling import nearest

__all__ = ["Settings", "read_settings"]

_KEYS: Final = ("project", "timezone", "attributes", "events", "calendar", "calendars", "kinds")
_LATER: Final = ("lifecycles", "signals", "segments", "limits", "never")
_SIMPLE: Final[tuple[Kind, ...]] = tuple(
    kind for kind in get_args(Kind) if kind not in ("one of", "list", "record")
)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Settings:
    """What a project declares."""

    vocabulary: Vocabulary
    calendars: Calendars = field(default_factory=Calendars)
    kinds: tuple[str, ...] = ()
    """Kinds of action that the application around the engine performs."""


def read_settings(node: Node, fallback: str, report: Report, *, year: int) -> Settings:
    """Read the declarations of a project; `fallback` names one that does not name itself.

    The holidays of regions are looked up for the years around `year`.
    """
    settings = mapping_of(node, "`cuebook.yaml`", report)
    if settings is None:
        return Settings(Vocabulary(fallback))
    known_keys(settings, "`cuebook.yaml`", _KEYS, report, later=_LATER)
    name = settings.get("project")
    title = text_of(name, "`project:`", report) if name is not None else None
    calendars = read_calendars(settings, year, report)
    vocabulary = Vocabulary(
        project=title.value if title is not None else fallback,
        timezone=_timezone(settings, report),
        attributes=_attributes(settings, calendars, report),
        events=_events(settings, report),
    )
    return Settings(vocabulary, calendars, tuple(_kinds(settings, report)))


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


def _attributes(settings: Mapping, calendars: Calendars, report: Report) -> dict[str, Type]:
    declared: dict[str, Type] = {}
    for key, value in _declarations(settings, "attributes", "attribute", report):
        found = _type(value, report)
        if found is not None and found.kind == "calendar":
            found = _one_calendar(value, calendars, report)
        if found is not None:
            declared[key.value] = found
    return declared


def _one_calendar(node: Node, calendars: Calendars, report: Report) -> Type | None:
    """Return the type of an attribute that names one of the project's calendars."""
    if calendars.named:
        return Type("calendar", tuple(calendars.named))
    hint = "declare them: `calendars: {us: {holidays: [US]}}`"
    report.error("T201", node.span, "there are no calendars to choose from", "", hint)
    return None


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
        yield from distinct(mapping, what, report)


def _fields(mapping: Mapping, what: str, report: Report) -> Iterator[tuple[str, Type]]:
    for key, value in distinct(mapping, what, report):
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
