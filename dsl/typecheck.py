"""Types of conditions: what a node comes to, and what may stand beside what."""

from collections.abc import Iterable
from typing import Final

from ..engine.core.expr import (
    Ago,
    AnswerField,
    Arith,
    Attribute,
    Compare,
    Constant,
    Count,
    DayOf,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Default,
    DurationOf,
    Expr,
    FirstField,
    ItemField,
    Negate,
    Now,
    NumberOf,
    RecordField,
    Stat,
    TimeInStage,
    TimeSince,
    Today,
    TriggerField,
    ValueOf,
)
from ..engine.core.lifecycles import stage_in
from ..engine.core.vocabulary import Kind, Type
from .answers import FIELDS
from .diagnostics import Diagnostic, Fix, Report
from .scope import Scope, declared
from .spelling import nearest

__all__ = [
    "check_assignable",
    "check_boolean",
    "check_compare",
    "check_equal",
    "check_kind",
    "check_order",
    "check_range",
    "check_spans",
    "type_at",
    "type_of",
]

_TEXTS: Final[frozenset[Kind]] = frozenset({"text", "one of", "timezone", "calendar"})
_TIMES: Final[frozenset[Kind]] = frozenset({"date", "instant"})
_ORDERED: Final[frozenset[Kind]] = frozenset({"number", "date", "instant", "duration"})
_LENGTHS = (TimeSince, TimeInStage, DurationOf)
_NUMBER, _BOOLEAN, _TEXT = Type("number"), Type("boolean"), Type("text")
_OWN: Final[dict[type[Expr], Type]] = {
    **dict.fromkeys((Arith, Negate, Count, NumberOf, Stat), _NUMBER),
    **dict.fromkeys((DaysSince, DaysUntil, DaysSinceEvent, DaysInStage), _NUMBER),
    **dict.fromkeys((DayOf, Today), Type("date")),
    **dict.fromkeys((DurationOf, TimeSince, TimeInStage), Type("duration")),
    Now: Type("instant"),
}
"""Nodes that have one type whatever they are made of; every other one is a condition."""


def type_of(expr: Expr, scope: Scope) -> Type | None:
    """Return the type of a node's value; None where it is not known."""
    match expr:
        case Constant(value):
            return _type_of_constant(value)
        case Attribute(name, path):
            return type_at(scope.vocabulary.attributes.get(name), path)
        case Ago(Attribute() as value):
            return type_of(value, scope)
        case TriggerField(path):
            return type_at(scope.trigger_properties.get(path[0]), path[1:])
        case AnswerField(path=(field, *rest)):
            return FIELDS[field] if not rest else None
        case ItemField(path):
            return type_at(scope.item_properties.get(path[0]), path[1:])
        case FirstField(path):
            properties = scope.vocabulary.events.get(scope.first or "", {})
            return type_at(properties.get(path[0]), path[1:])
        case RecordField(path):
            return type_at(scope.record, path)
        case ValueOf(what=what, path=path):
            properties = scope.vocabulary.events.get(what.event, {})
            return type_at(properties.get(path[0]), path[1:])
        case Default(value, otherwise):
            return type_of(value, scope) or type_of(otherwise, scope)
        case _:
            return _OWN.get(type(expr), _BOOLEAN)


def _type_of_constant(value: object) -> Type:
    match value:
        case bool():
            return _BOOLEAN
        case int() | float():
            return _NUMBER
        case tuple():
            items = {_type_of_constant(one.value) for one in value if isinstance(one, Constant)}
            return Type("list", item=items.pop() if len(items) == 1 else None)
        case _:
            return _TEXT


def type_at(type_: Type | None, path: tuple[str, ...]) -> Type | None:
    """Walk down the fields of a record."""
    for name in path:
        fields = dict(type_.fields) if type_ is not None else {}
        found = declared(name, fields)
        type_ = fields[found] if found is not None else None
    return type_


def check_boolean(expr: Expr, scope: Scope, report: Report) -> bool:
    """Report what is neither true nor false where a condition stands."""
    type_ = type_of(expr, scope)
    if type_ is None or type_.kind == "boolean":
        return True
    hint = "compare it with something: `… > 10`"
    if type_.kind in _TEXTS:
        hint = 'compare it with something: `… == "…"`'
    elif type_.kind in ("date", "instant"):
        hint = "compare it with something: `today >= …`, or ask `… in last 30 days`"
    report.error("T105", expr.span, f"{_a(type_)} is not a condition", "not true or false", hint)
    return False


def check_assignable(expr: Expr, wanted: Type, scope: Scope, report: Report) -> bool:
    """Report a value that cannot become a value of the wanted type."""
    if not _check_literal(wanted, expr, report, folded=False):
        return False
    found = type_of(expr, scope)
    if found is None or _group(found.kind) == _group(wanted.kind):
        return True
    title = f"{_a(found)} where {_a(wanted)} is needed"
    report.error("T112", expr.span, title, f"not {_a(wanted)}")
    return False


def check_kind(expr: Expr, kinds: str, code: str, scope: Scope, report: Report) -> bool:
    """Report a value that is not of one of these kinds: `number`, `date|instant`, `text`, `list`."""
    type_ = type_of(expr, scope)
    wanted = kinds.split("|")
    if type_ is None or _group(type_.kind) in wanted or type_.kind in wanted:
        return True
    names = " or ".join(wanted)
    report.error(code, expr.span, f"{_a(type_)} where a {names} is needed", f"not a {names}")
    return False


def check_compare(node: Compare, scope: Scope, report: Report) -> bool:
    """Report a comparison whose sides do not go together."""
    match node.op:
        case "==" | "!=":
            return check_equal(
                node.left, node.right, scope, report, folded=node.folded
            ) and not _lonely_duration(node, scope, report)
        case "contains":
            return _check_contains(node, scope, report)
        case "starts with" | "ends with":
            left = check_kind(node.left, "text", "T109", scope, report)
            return check_kind(node.right, "text", "T109", scope, report) and left
        case _:
            fine = check_order(node.left, node.right, scope, report)
            return fine and not _lonely_duration(node, scope, report)


def _lonely_duration(node: Compare, scope: Scope, report: Report) -> bool:
    """Report a comparison of lengths of time of which not exactly one is written out."""
    sides = (node.left, node.right)
    written = [isinstance(side, DurationOf) for side in sides]
    if not any(_is_length(side, scope) for side in sides) or written.count(True) == 1:
        return False
    _tell_duration(node, report)
    return True


def _is_length(expr: Expr, scope: Scope) -> bool:
    kind = type_of(expr, scope)
    return kind is not None and kind.kind == "duration"


def check_range(value: Expr, ends: tuple[Expr, Expr], scope: Scope, report: Report) -> bool:
    """Report lengths of time that cannot be the ends of a range, or lie in one."""
    written = all(isinstance(end, DurationOf) for end in ends)
    if written and not isinstance(value, _LENGTHS) and _is_length(value, scope):
        return True
    return check_spans((value, *ends), report)


def check_spans(exprs: Iterable[Expr], report: Report) -> bool:
    """Report lengths of time where only values may stand."""
    lengths = [one for one in exprs if isinstance(one, _LENGTHS)]
    for one in lengths:
        _tell_duration(one, report)
    return not lengths


def _tell_duration(node: Expr, report: Report) -> None:
    title = "lengths of time are only compared with one that is written out"
    hint = "write `time since last … > 14 days`, or count days with `days since last …`"
    report.error("T107", node.span, title, "", hint)


def _check_contains(node: Compare, scope: Scope, report: Report) -> bool:
    left = type_of(node.left, scope)
    if left is None or left.kind == "list":
        item = left.item if left is not None else None
        right = type_of(node.right, scope)
        if item is None or right is None or _group(item.kind) == _group(right.kind):
            return item is None or _check_option(item, node.right, report, folded=node.folded)
        title = f"this list holds {_plural(item)}, never {_a(right)}"
        report.error("T109", node.right.span, title, f"{_a(right)}")
        return False
    known = check_kind(node.left, "text|list", "T109", scope, report)
    return known and check_kind(node.right, "text", "T109", scope, report)


def check_order(left: Expr, right: Expr, scope: Scope, report: Report) -> bool:
    """Report two sides of which one cannot be more than the other."""
    if not check_equal(left, right, scope, report):
        return False
    for side in (left, right):
        type_ = type_of(side, scope)
        if type_ is not None and type_.kind not in _ORDERED:
            title = f"{_plural(type_)} have no order"
            hint = "compare with `==`, `!=` or `in`"
            if stage_in(left) is not None:
                title, hint = "stages are in order, not more or less", "write `stage is at least …`"
            report.error("T102", side.span, title, _a(type_), hint)
            return False
    return True


def check_equal(
    left: Expr, right: Expr, scope: Scope, report: Report, *, folded: bool = False
) -> bool:
    """Report two sides that can never be equal."""
    types = type_of(left, scope), type_of(right, scope)
    for (type_, other), side in zip((types, types[::-1]), (right, left), strict=True):
        if type_ is not None and not _check_literal(type_, side, report, folded=folded):
            return False
        if type_ is not None and other is not None and type_.kind in ("list", "record"):
            title = f"{_a(type_)} cannot be compared"
            report.error("T101", left.span.to(right.span), title, "", "ask what it `contains`")
            return False
    first, second = types
    if first is None or second is None or _group(first.kind) == _group(second.kind):
        return True
    span, title = left.span.to(right.span), f"cannot compare {_a(first)} with {_a(second)}"
    of_time = {first.kind, second.kind} == {"duration", "number"}
    hints = ["a length of time has a unit: `180 days`"] if of_time else []
    report.error("T101", span, title, "these are never equal", *hints)
    return False


def _check_literal(type_: Type, side: Expr, report: Report, *, folded: bool) -> bool:
    """Look at a text written beside a value of this type."""
    if not isinstance(side, Constant) or not isinstance(side.value, str):
        return True
    text = side.value
    if type_.kind == "number" and text.replace(".", "", 1).lstrip("-").isdecimal():
        _fixable(side, report, "T103", f'"{text}" is a text, not a number', text)
        return False
    if type_.kind in _TIMES:
        _fixable(side, report, "D102", f'"{text}" is a text, not a date', f'date "{text}"')
        return False
    if type_.kind == "boolean" and text.lower() in ("true", "false"):
        _fixable(side, report, "T101", f'"{text}" is a text, not a boolean', text.lower())
        return False
    return _check_option(type_, side, report, folded=folded)


def _fixable(side: Expr, report: Report, code: str, title: str, text: str) -> None:
    fix = Fix(side.span, text)
    report.add(Diagnostic(code, title, side.span, "a text", (f"write `{text}`",), fix=fix))


def _check_option(type_: Type, side: Expr, report: Report, *, folded: bool) -> bool:
    """Report a text that is not among the declared values."""
    if not type_.options or not isinstance(side, Constant) or not isinstance(side.value, str):
        return True
    text = side.value
    if text in type_.options or (folded and text.casefold() in map(str.casefold, type_.options)):
        return True
    meant = nearest(text, type_.options)
    values = ", ".join(type_.options)
    hints = (f'did you mean "{meant}"? ({values})',) if meant else (f"the values are: {values}",)
    fix = Fix(side.span, f'"{meant}"', safe=False) if meant else None
    title = f'"{text}" is not one of the declared values'
    report.add(Diagnostic("T104", title, side.span, "can never match", hints, fix=fix))
    return False


def _group(kind: Kind) -> str:
    return "text" if kind in _TEXTS else "time" if kind in _TIMES else kind


def _a(type_: Type) -> str:
    name = "text" if type_.kind in _TEXTS else type_.kind
    return f"an {name}" if name[0] in "ai" else f"a {name}"


def _plural(type_: Type) -> str:
    return f"{'text' if type_.kind in _TEXTS else type_.kind}s"
