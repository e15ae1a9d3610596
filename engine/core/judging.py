"""A condition judged for somebody who asks: each part with its value and where that came from."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from .evaluate import Spelt, World, evaluate, explained, spelt
from .expr import (
    Ago,
    And,
    AnswerField,
    Attribute,
    DaysInStage,
    Default,
    Expr,
    ItemField,
    TimeInStage,
    TriggerField,
    WasIn,
)
from .instant import iso
from .program import Program
from .readers import Trigger
from .state import Customer
from .trace import Source, Trace
from .vocabulary import Type

__all__ = ["Judged", "Sources", "judge", "world_of"]

Sources = Mapping[str, Source]
"""Where the value of each attribute came from."""
_NOWHERE: Final = Source("nowhere")


@dataclass(frozen=True, slots=True)
class Judged:
    """What a condition came to."""

    trace: Trace
    failed: Trace | None
    """The first part that is not true, of those that all have to be; None for a condition that is true."""


def judge(expr: Expr, w: World, program: Program, sources: Sources) -> Judged:
    """Return what a condition comes to and why, part by part."""
    what = spelt(expr, lambda part: partial(evaluate, part), program.compiler.origins)
    trace = _sourced(what, explained(what, w), w, sources, program.vocabulary.attributes)
    return Judged(trace, _failed(what, trace))


def world_of(
    customer: Customer,
    program: Program,
    now: int,
    t: Trigger | None,
    item: Mapping[str, object] | None = None,
) -> World:
    """Return all that a condition may look at; `item` are the properties inside a `where (…)`."""
    c = customer
    seen = program.seen(c, now)
    return World(seen, c.history, now, c.zone, t, program.calendar, program.matchers, item)


def _failed(what: Spelt, trace: Trace) -> Trace | None:
    if trace.value is True:
        return None
    if isinstance(what.expr, And):
        inner = (_failed(part, told) for part, told in zip(what.parts, trace.parts, strict=True))
        return next((one for one in inner if one is not None), trace)
    return trace


def _sourced(
    what: Spelt, trace: Trace, w: World, sources: Sources, types: Mapping[str, Type]
) -> Trace:
    """Say of a value where it came from, and of those it was made of."""
    parts = tuple(
        _sourced(part, told, w, sources, types)
        for part, told in zip(what.parts, trace.parts, strict=True)
    )
    shown = ""
    match what.expr:
        case Attribute(name, ()) if name in types and types[name].kind == "instant":
            shown = iso(trace.value, w.z) if isinstance(trace.value, int) else ""
        case _:
            pass  # Only an instant is a number that nobody reads.
    source = _source(what.expr, parts, w, sources)
    return replace(trace, parts=parts, shown=shown, source=source)


def _source(expr: Expr, parts: tuple[Trace, ...], w: World, sources: Sources) -> Source | None:
    match expr:
        case Attribute(name):
            return sources.get(name) or (_NOWHERE if w.a.get(name) is None else None)
        case Ago(Attribute(name)) | TimeInStage(Attribute(name)) | DaysInStage(Attribute(name)):
            return sources.get(name)
        case WasIn(Attribute(name)):
            return sources.get(name)
        case TriggerField() if w.t is not None and w.t.event is not None:
            return Source("event", w.t.at)
        case ItemField():
            return Source("event", w.now if w.t is None else w.t.at)
        case AnswerField():
            return Source("answer")
        case Default() if parts and parts[0].value is None:
            return Source("default")
        case _:
            return None
