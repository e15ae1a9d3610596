"""Warns where a missing attribute makes a negation unknown, so that nothing would happen."""

from collections.abc import Collection, Iterator
from dataclasses import fields, is_dataclass

from ..engine.core.expr import (
    Absent,
    And,
    Attribute,
    Compare,
    Count,
    DaysSinceEvent,
    Default,
    Expr,
    Has,
    IsMissing,
    IsPresent,
    Not,
    NumberOf,
    Or,
    Quantified,
    Sequence,
    Stat,
    TimeInStage,
    TimeSince,
    ValueOf,
    WasIn,
)
from ..engine.core.say import say
from .diagnostics import Report

__all__ = ["known_by", "warn_missing"]

_KNOWN = (Absent, Count, DaysSinceEvent, Default, Has, IsMissing, IsPresent, Sequence, Stat)
_SKIPPED = (*_KNOWN, NumberOf, Quantified, TimeInStage, TimeSince, ValueOf, WasIn)


def known_by(*conditions: Expr | None) -> frozenset[str]:
    """Return the attributes of which something is known wherever all conditions are true."""
    found: set[str] = set()
    for expr in conditions:
        for item in expr.items if isinstance(expr, And) else (expr,):
            if item is not None:
                found |= {one.name for one in _guards(item, together=True, denied=False)}
    return frozenset(found)


def warn_missing(
    expr: Expr,
    report: Report,
    certain: Collection[str] = (),
    *,
    denied: bool = False,
    what: str = "nothing happens",
) -> None:
    """Report each attribute under `not`, `!=` or `not in` that nothing beside it guards.

    `certain` are the attributes that are never missing. `denied` is what has to be false, as in
    `unless:`; `what` is what comes of it where the attribute is missing.
    """
    what = "the step is not done" if denied else what
    _Look(report, certain, what).look(expr, frozenset(), denied=denied)


class _Look:
    """Where to report what, and what is never missing."""

    def __init__(self, report: Report, certain: Collection[str], what: str) -> None:
        self.report, self.certain, self.what = report, certain, what
        self.told = set[Attribute]()

    def look(self, expr: Expr, guarded: frozenset[Attribute], *, denied: bool) -> None:
        match expr:
            case And(items) | Or(items):
                both = isinstance(expr, And)
                guarded |= {
                    one for item in items for one in _guards(item, together=both, denied=denied)
                }
                for item in items:
                    self.look(item, guarded, denied=denied)
            case Not(value):
                self.look(value, guarded, denied=not denied)
            case Compare(op="!="):
                self.warn(expr, guarded)
            case _ if denied:
                self.warn(expr, guarded)
            case _:
                return  # Only negations turn what is missing into a surprise.

    def warn(self, expr: Expr, guarded: frozenset[Attribute]) -> None:
        for one in _attributes(expr):
            if one not in guarded | self.told and one.name not in self.certain:
                self.told.add(one)
                name = say(one)
                self.report.warn(
                    "M201",
                    one.span,
                    f"`{name}` may be missing, and then this is unknown",
                    f"{self.what} where it is missing",
                    f"add `or {name} is missing`, or `and {name} is present`",
                    f"or give it a value: `{name} default …`",
                )


def _guards(item: Expr, *, together: bool, denied: bool) -> Iterator[Attribute]:
    """Yield the attributes that may be missing beside `item`, without anybody being surprised."""
    match item:
        case IsPresent(Attribute() as one) | Not(IsMissing(Attribute() as one)) if together:
            yield one
        case IsMissing(Attribute() as one) | Not(IsPresent(Attribute() as one)) if not together:
            yield one
        case Not() | And() | Or() | Compare(op="!="):
            return
        case _ if together and not denied:
            yield from _attributes(item)  # Whoever asks for more than 5 seats knows of seats.
        case _:
            return


def _attributes(expr: object) -> Iterator[Attribute]:
    if isinstance(expr, Attribute):
        yield expr
    elif isinstance(expr, tuple):
        for item in expr:
            yield from _attributes(item)
    elif is_dataclass(expr) and not isinstance(expr, _SKIPPED):
        for field in fields(expr):
            yield from _attributes(getattr(expr, field.name))
