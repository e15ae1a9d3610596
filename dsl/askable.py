"""What a number of a report may ask: only what stands in the log of what came in."""

from collections.abc import Callable, Mapping
from typing import Final

from ..engine.core.duration import Duration
from ..engine.core.expr import (
    And,
    Arith,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    Default,
    Expr,
    FirstField,
    Happening,
    Has,
    In,
    IsMissing,
    IsPresent,
    ItemField,
    Negate,
    Not,
    Or,
    Sequence,
    Stat,
    ValueOf,
)
from ..engine.core.lifecycles import lifecycle_of
from ..engine.core.origin import Span
from ..engine.core.reads import parts_of
from ..engine.core.segments import segment_of
from ..engine.core.vocabulary import Type, Vocabulary
from .diagnostics import Report

__all__ = ["attribute_fits", "condition_fits", "filter_fits", "length_fits", "property_fits"]

_JOINING = (And, Or, Not, Compare, Between, In, IsMissing, IsPresent, Arith, Negate, Default)
_KINDS: Final = ("text", "number", "boolean", "one of", "timezone")
_EXACT: Final = ("minute", "hour", "day", "week")

Leaf = Callable[[Expr], bool]


def condition_fits(expr: Expr, words: Vocabulary, report: Report) -> bool:
    """Report what a condition on customers asks that the log cannot tell."""

    def leaf(one: Expr) -> bool:
        match one:
            case Attribute(name, path):
                return attribute_fits(name, path, words, one.span, report)
            case Has(what) | Count(what):
                return filter_fits(what, words, report)
            case Stat(_, what, path) | ValueOf(_, what, path):
                event = words.events.get(what.event, {})
                return filter_fits(what, words, report) and property_fits(
                    path, event, one.span, report
                )
            case Sequence(first, then, within):
                fine = length_fits(within, one.span, report)
                return (
                    filter_fits(first, words, report)
                    and filter_fits(then, words, report, first.event)
                    and fine
                )
            case _:
                return _not_told(one, report)

    return _all(expr, leaf, report)


def filter_fits(what: Happening, words: Vocabulary, report: Report, first: str = "") -> bool:
    """Report what the `where` of an event asks besides its own properties.

    `first` is the event that it follows.
    """

    def leaf(one: Expr) -> bool:
        match one:
            case ItemField(path):
                return property_fits(path, words.events[what.event], one.span, report)
            case FirstField(path):
                return property_fits(path, words.events[first], one.span, report)
            case Attribute():
                title = "events of a report are chosen by their own properties"
                hint = "ask the customer outside: `number of customers where (has … and …)`"
                report.error("T401", one.span, title, "the customer's", hint)
                return False
            case _:
                return _not_told(one, report)

    return what.where is None or _all(what.where, leaf, report)


def property_fits(
    path: tuple[str, ...], known: Mapping[str, Type], span: Span, report: Report
) -> bool:
    """Report a property of a kind that a database does not compare as we do."""
    kind = known[path[0]].kind
    if len(path) == 1 and kind in _KINDS:
        return True
    _of_kind("a field of a record" if len(path) > 1 else f"a {kind}", span, report)
    return False


def attribute_fits(
    name: str, path: tuple[str, ...], words: Vocabulary, span: Span, report: Report
) -> bool:
    """Report an attribute that nobody tells, or of a kind that a database does not compare as we do."""
    kind = words.attributes[name].kind
    if name in words.computed or lifecycle_of(name) or segment_of(name):
        title = f"`{name}` is decided, and the log holds what came in"
        hint = "ask for the events and attributes that it follows from"
        report.error("T401", span, title, "not in the log", hint)
        return False
    if path or kind not in _KINDS:
        _of_kind("a field of a record" if path else f"a {kind}", span, report)
        return False
    return True


def length_fits(length: Duration, span: Span, report: Report) -> bool:
    """Report a length of time that is not as long everywhere and always."""
    if length.unit in _EXACT:
        return True
    title = f"a report does not measure in {length.unit}s"
    hint = "write `30 days` for `1 month`: each is 24 hours long"
    report.error("T401", span, title, "not always as long", hint)
    return False


def _all(expr: Expr, leaf: Leaf, report: Report) -> bool:
    """Look at all that a condition is joined of; report every leaf that does not fit."""
    match expr:
        case Constant():
            return True
        case Compare(folded=True) | In(folded=True):
            title = "a report compares texts as they are"
            report.error("T401", expr.span, title, "", "leave out `ignoring case`")
            return False
        case _ if isinstance(expr, _JOINING):
            fine = [
                _all(part, leaf, report) for part in parts_of(expr)
            ]  # Each tells its own mistakes.
            return all(fine)
        case _:
            return leaf(expr)


def _of_kind(found: str, span: Span, report: Report) -> None:
    title = f"a report does not compare {found}"
    hint = f"it does with {', '.join(f'`{one}`' for one in _KINDS)}"
    report.error("T401", span, title, "not in a report", hint)


def _not_told(expr: Expr, report: Report) -> bool:
    title = "a report cannot ask this of the log"
    hint = "ask `has`, `no`, `count of`, `sum of … .x`, `last value of … .x`, or attributes"
    report.error("T401", expr.span, title, "not in a report", hint)
    return False
