"""`cuebook.yaml` read: what a customer is, what can happen to one, and which days are business days."""

import re
from dataclasses import dataclass, field
from typing import Final

from ..engine.core.derived import Derived
from ..engine.core.kpis import Kpi
from ..engine.core.lifecycles import Lifecycle, lifecycle_of
from ..engine.core.origin import NOWHERE
from ..engine.core.plan import Learning, Team
from ..engine.core.segments import segment_of
from ..engine.core.takes import Takes
from ..engine.core.vocabulary import Type, Vocabulary
from ..engine.core.zone import is_zone
from .calendars import Calendars, read_calendars
from .declarations import Names, declarations, fields_of, type_of_node
from .diagnostics import Report
from .document import Mapping, Node, Scalar
from .hours import read_learning
from .inputs import Input, read_inputs
from .keys import INSIDE
from .kpis import read_kpis
from .lifecycles import declare, read_lifecycles
from .own_kinds import read_kinds
from .shapes import empty, known_keys, mapping_of, text_of
from .signals import read_derived
from .tasks import read_teams

__all__ = ["Settings", "read_settings"]

_KEYS: Final = INSIDE["cuebook.yaml"]
_LOCALE: Final = re.compile(r"[A-Za-z]{2,3}(?:[-_][A-Za-z0-9]{2,8})*")
_NOTHING: Final = Mapping((), NOWHERE)


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Settings:
    """What a project declares."""

    vocabulary: Vocabulary
    calendars: Calendars = field(default_factory=Calendars)
    kinds: dict[str, Takes | None] = field(default_factory=dict)
    """Kinds of action that the application around the engine performs, with what each takes."""
    derived: tuple[Derived, ...] = ()
    """Signals and segments, each after those it reads."""
    supplied: tuple[str, ...] = ()
    """Signals that the application around the engine supplies."""
    best_hour: Learning | None = None
    """What best hours are learnt from."""
    lifecycles: tuple[Lifecycle, ...] = ()
    teams: dict[str, Team] = field(default_factory=dict)
    """Among whom tasks are shared out."""
    written: Mapping = _NOTHING
    """All of it, for what can be read only when the actions are known."""
    inputs: dict[str, Input] = field(default_factory=dict)
    """What whoever copies the project may fill in."""
    kpis: tuple[Kpi, ...] = ()
    """The numbers a report tells."""


def read_settings(node: Node, fallback: str, report: Report, *, year: int) -> Settings:
    """Read the declarations of a project; `fallback` names one that does not name itself.

    The holidays of regions are looked up for the years around `year`.
    """
    settings = mapping_of(node, "`cuebook.yaml`", report)
    if settings is None:
        return Settings(Vocabulary(fallback))
    known_keys(settings, "`cuebook.yaml`", _KEYS, report)
    name = settings.get("project")
    title = text_of(name, "`project:`", report) if name is not None else None
    calendars = read_calendars(settings, year, report)
    taken: Names = {}
    plain = Vocabulary(
        project=title.value if title is not None else fallback,
        timezone=_timezone(settings, report),
        attributes=_attributes(settings, calendars, taken, report),
        events=_events(settings, report),
        locale=_locale(settings, report),
    )
    words, lifecycles = declare(settings, plain, taken, report)
    found = read_derived(settings, words, taken, report)
    return Settings(
        found.vocabulary,
        calendars,
        read_kinds(settings, report),
        found.derived,
        found.supplied,
        read_learning(settings, plain, report),
        read_lifecycles(lifecycles, found.vocabulary, report),
        read_teams(settings, report),
        settings,
        read_inputs(settings, report),
        read_kpis(settings, found.vocabulary, report),
    )


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


def _locale(settings: Mapping, report: Report) -> str:
    node = settings.get("locale")
    text = text_of(node, "`locale:`", report) if node is not None else None
    if text is None or _LOCALE.fullmatch(text.value):
        return text.value if text is not None else ""
    hint = "write a language, and a country where it matters: `de`, `pt-BR`"
    report.error("P105", text.span, f"`{text.value}` is no locale", "", hint)
    return ""


def _attributes(
    settings: Mapping, calendars: Calendars, taken: Names, report: Report
) -> dict[str, Type]:
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
        if found is not None and found.kind == "calendar":
            found = _one_calendar(value, calendars, report)
        if found is not None:
            _one_of_its_kind(key, found, declared, report)
            declared[key.value] = found
    return declared


def _one_of_its_kind(name: Scalar, type_: Type, before: dict[str, Type], report: Report) -> None:
    """Warn of a second attribute that would say by which clocks or days a customer lives."""
    if type_.kind not in ("timezone", "calendar"):
        return
    first = next((one for one, kind in before.items() if kind.kind == type_.kind), None)
    if first is not None:
        title = f"`{first}` is already the {type_.kind} of a customer"
        hint = "the first one counts; declare the other one as `text`"
        report.warn("N302", name.span, title, "a second one", hint)


def _one_calendar(node: Node, calendars: Calendars, report: Report) -> Type | None:
    """Return the type of an attribute that names one of the project's calendars."""
    if calendars.named:
        return Type("calendar", tuple(calendars.named))
    hint = "declare them: `calendars: {us: {holidays: [US]}}`"
    report.error("T201", node.span, "there are no calendars to choose from", "", hint)
    return None


def _events(settings: Mapping, report: Report) -> dict[str, dict[str, Type]]:
    declared: dict[str, dict[str, Type]] = {}
    for key, value in declarations(settings, "events", "event", report, {}):
        what = f"event `{key.value}`"
        mapping = None if empty(value) else mapping_of(value, what, report)
        declared[key.value] = dict(fields_of(mapping, "property", report)) if mapping else {}
    return declared
