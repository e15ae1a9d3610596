"""Names to what they stand for: attributes, properties, events, by their declared spelling."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace

from ..engine.core.expr import (
    Attribute,
    Expr,
    FirstField,
    GivenField,
    ItemField,
    RecordField,
    TriggerField,
)
from ..engine.core.lifecycles import lifecycle_of, named, stages
from ..engine.core.origin import Span
from ..engine.core.segments import segment_attribute, segment_of
from ..engine.core.vocabulary import Type
from .answers import FIELDS, answer_field
from .diagnostics import Diagnostic, Fix, Report, Word
from .misplaced import written_as
from .scope import Scope, declared
from .spelling import guess, nearest
from .stages import is_stage, only_lifecycle

__all__ = ["attribute", "event", "property_path", "record_field", "resolve", "unquoted"]


def unquoted(text: str) -> str:
    """Return the name in a name token: without its quotes, or its leading dot."""
    text = text.removeprefix(".")
    return text[1:-1] if text[:1] in ("'", '"') else text


def resolve(
    names: tuple[str, ...], span: Span, scope: Scope, report: Report, beside: Type | None = None
) -> Expr | None:
    """Find what a path such as `plan`, `customer.plan` or `event.amount` stands for.

    `beside` is the type of what it is compared with, to tell a value without quotes from a name.
    """
    root, rest = names[0], names[1:]
    if root == "customer" and rest:
        return attribute(rest, span, scope, report)
    if root in ("event", "trigger") and rest:
        return _trigger_field(root, rest, span, scope, report)
    if root == "each" and rest and scope.each is not None:
        inner = replace(scope, record=scope.each, record_of="each")
        return record_field(("it", *rest), span, inner, report)
    if scope.words and root == "with" and rest:
        return GivenField(rest, span=span)
    if scope.answers and declared(root, scope.answers) is not None:
        return answer_field(names, span, scope, report)
    if root == "first" and rest and scope.first is not None:
        return _first_field(scope.first, rest, span, scope, report)
    if scope.record is not None:
        return record_field(names, span, scope, report)
    if scope.change is not None:
        return _side(names, span, scope.change, report)
    if scope.item_event is not None:
        path = property_path(names, scope.item_event, span, scope, report)
        return ItemField(path, span=span) if path is not None else None
    return attribute(names, span, scope, report, beside)


def attribute(
    names: tuple[str, ...], span: Span, scope: Scope, report: Report, beside: Type | None = None
) -> Attribute | None:
    """Find a declared attribute, and the fields below it."""
    known = scope.vocabulary.attributes
    name = declared(names[0], known)
    if name is None and is_stage(names[0], known) and len(names) == 1:
        name = only_lifecycle(span, known, report)
        return Attribute(name, span=span) if name is not None else None
    if name is None:
        _unknown_attribute(names, span, scope, report, beside)
        return None
    _mention_attribute(name, span, report)
    path = _fields(known[name], names[1:], span, report)
    return Attribute(name, path, span=span) if path is not None else None


def _mention_attribute(name: str, span: Span, report: Report) -> None:
    """Note an attribute, or what stands among the attributes under a name of its own."""
    if segment := segment_of(name):
        report.mention("segment", segment, span)
    elif lifecycle := lifecycle_of(name):
        report.mention("lifecycle", lifecycle, span)
    else:
        report.mention("attribute", name, span)


def _unknown_attribute(
    names: tuple[str, ...], span: Span, scope: Scope, report: Report, beside: Type | None
) -> None:
    name, known = names[0], scope.vocabulary.attributes
    hints, fix = list[str](), None
    literal = _literal(name, beside)
    meant, instead = guess(name, known), written_as(names, scope)
    answer = guess(name, scope.answers) if len(names) > 1 and names[1] in FIELDS else None
    if name.lower() in ("true", "false"):
        hints.append(f"did you mean `{name.lower()}`?")
    elif name.lower() in ("null", "none", "nil", "undefined"):
        hints.append("write `is missing` or `is present`")
    elif literal is not None:
        hints.append(f'did you mean "{literal}"? Texts stand in quotes')
        fix = Fix(span, f'"{literal}"', safe=False)
    elif answer is not None:
        hints.append(f"did you mean `{answer.text}`?")
        fix = Fix(_last(span, names), answer.text, answer.sure, name)
    elif instead is not None:
        hints.append(instead)
    elif meant is not None:
        options = ", ".join(known[meant.text].options)
        hints.append(f"did you mean `{meant.text}`?" + (f" ({options})" if options else ""))
        fix = Fix(_last(span, names), meant.text, meant.sure, name)
    title, label = f"unknown attribute `{name}`", "not an attribute of a customer"
    report.add(Diagnostic("N103", title, span, label, tuple(hints), fix=fix))


def _last(span: Span, names: tuple[str, ...]) -> Span:
    """Return the place of the first of the names that a path ends with."""
    start = span.end - len(".".join(names))
    return Span(span.file, start, start + len(names[0]))


def _literal(name: str, beside: Type | None) -> str | None:
    """Return the text that a name beside a value of this type was probably meant to be."""
    if beside is None or beside.kind not in ("text", "one of", "timezone", "calendar"):
        return None
    return nearest(name, beside.options) if beside.options else name


def _trigger_field(
    root: str, names: tuple[str, ...], span: Span, scope: Scope, report: Report
) -> TriggerField | None:
    if not scope.trigger_events and not scope.given:
        title = f"`{root}.{names[0]}`: no event starts this"
        hint = (
            "only an event, a change or a record as trigger has one; history has `last value of …`"
        )
        report.error("N106", span, title, "there is no such event", hint)
        return None
    owner = " or ".join(scope.trigger_events) or "what starts this"
    path = _property(names, scope.trigger_properties, owner, span, report)
    if path is None:
        return None
    for event_name in scope.trigger_events:
        _mention_property(path, event_name, span, scope, report)
    return TriggerField(path, span=span)


def _first_field(
    event_name: str, names: tuple[str, ...], span: Span, scope: Scope, report: Report
) -> Expr | None:
    """Find a property of the event that what is looked at follows."""
    properties = scope.vocabulary.events.get(event_name, {})
    path = _property(names, properties, event_name, span, report)
    if path is None:
        return None
    _mention_property(path, event_name, span, scope, report)
    return (TriggerField if scope.first_starts else FirstField)(path, span=span)


def _side(names: tuple[str, ...], span: Span, type_: Type, report: Report) -> ItemField | None:
    """Find the value before or after a change, and the fields below it."""
    if names[0] not in ("old", "new"):
        hint = "`old` is the value before, `new` the one after; the customer's is `customer.…`"
        title = f"unknown name `{names[0]}`"
        report.error("N105", span, title, "neither `old` nor `new`", hint)
        return None
    path = _fields(type_, names[1:], span, report)
    return ItemField((names[0], *path), span=span) if path is not None else None


def record_field(
    names: tuple[str, ...], span: Span, scope: Scope, report: Report
) -> RecordField | None:
    """Find a field of the record being looked at; `it` is the whole of it."""
    item = scope.record or Type("record")
    fields = dict(item.fields)
    if names[0] == "it" and (len(names) > 1 or declared("it", fields) is None):
        names = names[1:]
    elif declared(names[0], fields) is None:
        _unknown_field(names[0], item, span, scope, report)
        return None
    path = _fields(item, names, span, report)
    return RecordField(path, span=span) if path is not None else None


def _unknown_field(name: str, item: Type, span: Span, scope: Scope, report: Report) -> None:
    customers = declared(name, scope.vocabulary.attributes)
    fields = dict(item.fields)
    otherwise = _listed(fields, "its fields are")
    if not fields:
        otherwise = [f"`{scope.record_of}` holds {item.kind}s: each of them is called `it`"]
    hints = [f"for the customer's, write `customer.{customers}`"] if customers else []
    title, label = f"unknown field `{name}`", f"not a field of `{scope.record_of}`"
    report.unknown("N105", Word(name, span, fields), title, label, *hints, otherwise=otherwise)


def property_path(
    names: tuple[str, ...], event_name: str, span: Span, scope: Scope, report: Report
) -> tuple[str, ...] | None:
    """Find a property of a declared event, and the fields below it."""
    properties = scope.vocabulary.events.get(event_name, {})
    customers = declared(names[0], scope.vocabulary.attributes)
    hint = f"for the customer's, write `customer.{customers}`" if customers else ""
    path = _property(names, properties, event_name, span, report, hint)
    if path is not None:
        _mention_property(path, event_name, span, scope, report)
    return path


def _mention_property(
    path: tuple[str, ...], event_name: str, span: Span, scope: Scope, report: Report
) -> None:
    """Note a property of an event, if the event has it."""
    if path[0] in scope.vocabulary.events.get(event_name, {}):
        report.mention("property", path[0], span, event_name)


def _property(
    names: tuple[str, ...],
    properties: Mapping[str, Type],
    owner: str,
    span: Span,
    report: Report,
    hint: str = "",
) -> tuple[str, ...] | None:
    name = declared(names[0], properties)
    if name is None:
        title, label = f"unknown property `{names[0]}`", f"not a property of `{owner}`"
        if hint:
            report.error("N105", span, title, label, hint)
            return None
        word = Word(names[0], _last(span, names), properties, span)
        listed = _listed(properties, "it has the properties")
        report.unknown("N105", word, title, label, otherwise=listed)
        return None
    path = _fields(properties[name], names[1:], span, report)
    return (name, *path) if path is not None else None


def _fields(
    type_: Type, names: tuple[str, ...], span: Span, report: Report
) -> tuple[str, ...] | None:
    """Walk down a record by declared names."""
    path = list[str]()
    for at, name in enumerate(names):
        fields = dict(type_.fields)
        found = declared(name, fields)
        if found is None and type_.kind == "list":
            hint = f"look into it: `any of … where ({name} == …)`, `number of … where (…)`"
            title = f"a list has no field `{name}`, its records do"
            report.error("N105", _last(span, names[at:]), title, "of which of them?", hint)
            return None
        if found is None:
            word = Word(name, _last(span, names[at:]), fields, span)
            title, label = f"unknown field `{name}`", f"not in {type_.kind}"
            report.unknown("N105", word, title, label, otherwise=_listed(fields, "its fields are"))
            return None
        path.append(found)
        type_ = fields[found]
    return tuple(path)


def event(name: str, span: Span, scope: Scope, report: Report) -> str | None:
    """Find a declared event."""
    known = scope.vocabulary.events
    found = declared(name, known)
    if found is not None:
        report.mention("event", found, span)
        return found
    title, label = f"unknown event `{name}`", "not a declared event"
    if other := declared(name, scope.vocabulary.attributes):
        hint = f"`{other}` is an attribute: write `{other} changes`, or a condition"
        report.error("N104", span, title, label, hint)
    else:
        listed = [*_no_event(name, scope)] or _listed(known, "the events are")
        report.unknown("N104", Word(name, span, known), title, label, otherwise=listed)
    return None


def _no_event(name: str, scope: Scope) -> Iterator[str]:
    """Yield what to write for a segment or a stage that stands where an event should."""
    attributes = scope.vocabulary.attributes
    if declared(segment_attribute(name), attributes) is not None:
        yield f"`{name}` is a segment: write `enters segment {name}`"
    if any(named(name, kind) for kind in stages(attributes).values()):
        yield f"`{name}` is a stage: write `stage changes to {name}`"


def _listed(known: Iterable[str], otherwise: str) -> list[str]:
    listed = ", ".join(f"`{one}`" for one in list(known)[:8])
    return [f"{otherwise}: {listed}"] if listed else []
