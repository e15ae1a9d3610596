"""What `set:` gives an attribute and `emit:` a property: written out, from a template, or computed."""

import re
from datetime import date, datetime
from typing import Final

from ..engine.core.expr import Constant, DayOf, Expr
from ..engine.core.vocabulary import Type
from ..engine.core.zone import is_zone
from . import conditions, templates
from .diagnostics import Report
from .document import Mapping, Node, Scalar, Sequence
from .scope import Scope
from .shapes import LATER, empty
from .spelling import nearest

__all__ = ["assigned"]

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{1,2}:\d{2}.*")


def assigned(node: Node, type_: Type, scope: Scope, report: Report) -> Expr | None:
    """Read the value for a name of a declared type; texts and dates may stand without quotes.

    Numbers, truth and durations are computed: `health_score < 50`. A template that is one value
    and nothing else, `"{{ customer.plan }}"`, is that value, whatever its type.
    """
    if type_.kind == "record":
        title = "a record cannot be set in this version yet"
        report.error(LATER, node.span, title, "a record", "set its fields from outside for now")
        return None
    if isinstance(node, Mapping) or (isinstance(node, Sequence) and type_.kind != "list"):
        report.error("T202", node.span, f"this is not a {type_.kind}", "a list or a mapping")
        return None
    if isinstance(node, Sequence):
        return _list(node, type_, scope, report)
    if empty(node):
        title = "a value cannot be removed in this version yet"
        report.error(LATER, node.span, title, "nothing is written here", "write a value")
        return None
    only = templates.only_value(node)
    if only is not None:
        return conditions.value(only, scope, report, type_)
    return _written(node, type_, scope, report)


def _written(text: Scalar, type_: Type, scope: Scope, report: Report) -> Expr | None:
    match type_.kind:
        case "text":
            return _text(text, report)
        case "one of" | "calendar":
            return _option(text, type_, report)
        case "timezone":
            return _zone(text, report)
        case "date" if _DAY.fullmatch(text.value):
            return _day(text, report)
        case "instant" if _INSTANT.fullmatch(text.value):
            return _instant(text, report)
        case _:
            return conditions.value(text, scope, report, type_)


def _text(text: Scalar, report: Report) -> Expr | None:
    if "{{" in text.value or "{%" in text.value:
        title = "a template beside other text is not supported here yet"
        hint = "a template that is one value may stand alone: `{{ customer.name }}`"
        report.error(LATER, text.span, title, "", hint)
        return None
    return Constant(text.value, span=text.span)


def _option(text: Scalar, type_: Type, report: Report) -> Expr | None:
    if text.value in type_.options:
        return Constant(text.value, span=text.span)
    close = nearest(text.value, type_.options)
    hints = [f"did you mean `{close}`?"] if close else []
    hints.append(f"the values are {', '.join(f'`{one}`' for one in type_.options)}")
    title = f"`{text.value}` is not one of the declared values"
    report.error("T104", text.span, title, "not declared", *hints)
    return None


def _zone(text: Scalar, report: Report) -> Expr | None:
    if is_zone(text.value):
        return Constant(text.value, span=text.span)
    hint = "write an IANA name such as `Europe/Berlin`"
    report.error("D201", text.span, f"unknown time zone `{text.value}`", "not in the list", hint)
    return None


def _day(text: Scalar, report: Report) -> Expr | None:
    try:
        return DayOf(date.fromisoformat(text.value).isoformat(), span=text.span)
    except ValueError:
        report.error("D101", text.span, f"`{text.value}` is not a date", "there is no such day")
        return None


def _instant(text: Scalar, report: Report) -> Expr | None:
    try:
        at = datetime.fromisoformat(text.value)
    except ValueError:
        report.error(
            "D101", text.span, f"`{text.value}` is not an instant", "there is no such time"
        )
        return None
    offset = at.utcoffset()
    if offset is None:
        hint = f"write the offset from UTC: `{text.value}+01:00`, or `Z` for UTC"
        report.error("D101", text.span, "this instant has no zone", "which clocks?", hint)
        return None
    passed = at.replace(tzinfo=None) - offset - datetime(1970, 1, 1)  # noqa: DTZ001 - both in UTC
    micros = (passed.days * 86_400 + passed.seconds) * 1_000_000 + passed.microseconds
    return Constant(micros, span=text.span)


def _list(node: Sequence, type_: Type, scope: Scope, report: Report) -> Expr | None:
    item = type_.item or Type("text")
    parts = [assigned(part, item, scope, report) for part in node.items]
    constants = tuple(part for part in parts if isinstance(part, Constant))
    if None in parts:
        return None
    if len(constants) < len(parts):
        title = "a list may only hold values written out in this version"
        report.error(LATER, node.span, title, "", "write texts, numbers, true or false")
        return None
    return Constant(constants, span=node.span)
