"""What `set:` gives an attribute and `emit:` a property: written out, from a template, or computed."""

import re
from datetime import date, datetime
from typing import Final

from ..engine.core.expr import (
    Attribute,
    Constant,
    DayOf,
    Default,
    Expr,
    Joined,
    ListOf,
    Missing,
    RecordOf,
    TextOf,
    TimeSince,
)
from ..engine.core.lifecycles import lifecycle_of
from ..engine.core.vocabulary import Type, Vocabulary
from ..engine.core.zone import is_zone
from . import conditions, templates
from .diagnostics import Report, Word
from .document import Mapping, Node, Scalar, Sequence
from .scope import Scope
from .shapes import empty, known_keys
from .templates import Piece
from .typecheck import check_assignable, check_equal, check_spans, type_of

__all__ = ["assigned", "fitting", "settable"]

_DAY: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT: Final = re.compile(r"\d{4}-\d{2}-\d{2}[Tt ]\d{1,2}:\d{2}.*")


def assigned(node: Node, type_: Type, scope: Scope, report: Report) -> Expr | None:
    """Read the value for a name of a declared type; texts and dates may stand without quotes.

    Numbers, truth and durations are computed: `health_score < 50`. A template that is one value
    and nothing else, `"{{ customer.plan }}"`, is that value, whatever its type. With nothing
    written the value is taken away.
    """
    if isinstance(node, Scalar) and empty(node):
        return Missing(span=node.span)
    if isinstance(node, Scalar):
        return _from_text(node, type_, scope, report)
    if isinstance(node, Mapping) and type_.kind == "record":
        return _record(node, type_, scope, report)
    if isinstance(node, Sequence) and type_.kind == "list":
        return _list(node, type_, scope, report)
    title = f"this is not a {type_.kind}"
    what = "a list" if isinstance(node, Sequence) else "a mapping"
    report.error("T202", node.span, title, what, *_written_as(type_))
    return None


def fitting(made: Expr | None, type_: Type, scope: Scope, report: Report) -> Expr | None:
    """Return a value if it can become one of a declared type; report it, and None, if not."""
    if made is None or (isinstance(made, TimeSince) and not check_spans((made,), report)):
        return None
    return made if check_assignable(made, type_, scope, report) else None


def settable(found: Attribute, words: Vocabulary, report: Report) -> bool:
    """Report an attribute that nobody can set: a stage, and what is computed."""
    if lifecycle_of(found.name) is not None:
        hint = "write a step `move to stage: …`"
        title = "a stage is not set, but moved to"
        report.error("P304", found.span, title, "the stage of a lifecycle", hint)
        return False
    if found.name not in words.computed:
        return True
    title = f"`{found.name}` is computed, and cannot be set"
    hint = "set what it reads, or declare an attribute of another name"
    report.error("N204", found.span, title, "a signal or a segment", hint)
    return False


def _from_text(text: Scalar, type_: Type, scope: Scope, report: Report) -> Expr | None:
    pieces = templates.pieces(text)
    if pieces is not None:
        return _from_template(text, pieces, type_, scope, report)
    match type_.kind:
        case "text":
            return Constant(text.value, span=text.span)
        case "one of" | "calendar":
            return _option(text, type_, report)
        case "timezone":
            return _zone(text, report)
        case "date" if _DAY.fullmatch(text.value):
            return _day(text, report)
        case "instant" if _INSTANT.fullmatch(text.value):
            return _instant(text, report)
        case "list" | "record":
            report.error("T202", text.span, f"this is not a {type_.kind}", "", *_written_as(type_))
            return None
        case _:
            return conditions.value(text, scope, report, type_)


def _from_template(
    text: Scalar, pieces: tuple[Piece, ...], type_: Type, scope: Scope, report: Report
) -> Expr | None:
    puzzling = next((one for one in pieces if one.path is None and not one.plain), None)
    if puzzling is not None:
        hint = 'write `{{ customer.name }}`, or `{{ customer.name | default("nobody") }}`'
        title = "a value that is set is put together of names and texts only"
        report.error("A109", puzzling.text.span, title, "more than a name", hint)
        return None
    if len(pieces) == 1:
        return fitting(_value(pieces[0], scope, report), type_, scope, report)
    if type_.kind != "text":
        title = f"a template beside other text is a text, and no {type_.kind}"
        hint = "a template that is one value may stand alone: `{{ event.plan }}`"
        report.error("T112", text.span, title, "", hint)
        return None
    parts = [_as_text(piece, scope, report) for piece in pieces]
    found = tuple(part for part in parts if part is not None)
    return Joined(found, span=text.span) if len(found) == len(parts) else None


def _value(piece: Piece, scope: Scope, report: Report) -> Expr | None:
    """Read one value of a template, with what stands in for it where it is missing."""
    assert piece.path is not None  # noqa: S101 - anything else was reported
    made = conditions.value(piece.path, scope, report)
    if made is None or piece.otherwise is None:
        return made
    otherwise = conditions.value(piece.otherwise, scope, report)
    if otherwise is None or not check_equal(made, otherwise, scope, report):
        return None
    return Default(made, otherwise, span=piece.text.span)


def _as_text(piece: Piece, scope: Scope, report: Report) -> Expr | None:
    if piece.plain:
        return Constant(piece.text.value, span=piece.text.span)
    made = _value(piece, scope, report)
    if made is None:
        return None
    kind = type_of(made, scope)
    if kind is not None and kind.kind in ("list", "record"):
        title = f"a {kind.kind} is no text"
        report.error("T112", piece.text.span, title, "which part of it?", "name one of its parts")
        return None
    instant = kind is not None and kind.kind == "instant"
    return TextOf(made, instant, span=piece.text.span)


def _written_as(type_: Type) -> tuple[str, ...]:
    match type_.kind:
        case "list":
            return ("a list stands in brackets: `[beta, reference]`",)
        case "record" if type_.fields:
            name = type_.fields[0][0]
            return (f"a record stands in braces: `{{{name}: …}}`",)
        case _:
            return ()


def _option(text: Scalar, type_: Type, report: Report) -> Expr | None:
    if text.value in type_.options:
        return Constant(text.value, span=text.span)
    hint = f"the values are {', '.join(f'`{one}`' for one in type_.options)}"
    title = f"`{text.value}` is not one of the declared values"
    word = Word(text.value, text.span, type_.options, safe=False)
    report.unknown("T104", word, title, "not declared", hint)
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
    parts = [_item(part, item, scope, report) for part in node.items]
    found = tuple(part for part in parts if part is not None)
    if len(found) < len(parts):
        return None
    constants = tuple(part for part in found if isinstance(part, Constant))
    if len(constants) == len(found):
        return Constant(constants, span=node.span)
    return ListOf(found, span=node.span)


def _item(node: Node, type_: Type, scope: Scope, report: Report) -> Expr | None:
    if isinstance(node, Scalar) and empty(node):
        report.error("P103", node.span, "an item of a list is a value", "nothing is written here")
        return None
    return assigned(node, type_, scope, report)


def _record(node: Mapping, type_: Type, scope: Scope, report: Report) -> Expr | None:
    types = dict(type_.fields)
    known_keys(node, "the record", types, report)
    parts = {
        name.value: assigned(value, types[name.value], scope, report)
        for name, value in node.entries
        if name.value in types
    }
    found = {name: part for name, part in parts.items() if part is not None}
    if len(found) < len(node.entries):
        return None
    return RecordOf(tuple(found), tuple(found.values()), span=node.span)
