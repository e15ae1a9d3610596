"""What a condition depends on, found by walking it: attributes, events, time, the trigger."""

from collections.abc import Iterator
from dataclasses import dataclass, fields, is_dataclass
from typing import Final, Literal, get_origin

from .expr import (
    Absent,
    Ago,
    AnswerField,
    Attribute,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Expr,
    Happening,
    ItemField,
    LastWindow,
    MovedBy,
    Now,
    Sequence,
    SinceEvent,
    SinceTrigger,
    TimeInStage,
    TimeSince,
    Today,
    TriggerField,
    WasIn,
    WithinLast,
    WithinNext,
)
from .node import Node

__all__ = ["Reads", "fields_of", "nodes", "parts_of", "reads"]

_PAST = (Ago, DaysInStage, MovedBy, TimeInStage, WasIn)
_TIMED = (
    Absent,
    Ago,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    LastWindow,
    MovedBy,
    Now,
    TimeInStage,
    TimeSince,
    Today,
    WithinLast,
    WithinNext,
)


@dataclass(frozen=True, slots=True)
class Reads:
    """What can change a condition's value."""

    attributes: frozenset[str] = frozenset()
    """Declared names of attributes."""
    events: frozenset[str] = frozenset()
    """Declared names of events whose history is asked for."""
    time: bool = False
    """Whether passing time alone can change it."""
    trigger: bool = False
    """Whether it looks at what started the run."""
    past: bool = False
    """Whether it looks at what attributes were before, or since when."""
    item: bool = False
    """Whether it looks at the event that a `where (…)` is about."""


def reads(node: Node) -> Reads:
    """Return everything a condition or a trigger depends on, the insides of its `where (…)` included."""
    attributes: set[str] = set()
    events: set[str] = set()
    time = trigger = past = item = False
    for part in nodes(node):
        match part:
            case Attribute(name):
                attributes.add(name)
            case Happening(event) | SinceEvent(event):
                events.add(event)
            case TriggerField() | AnswerField() | SinceTrigger():
                trigger = True
            case ItemField():
                item = True
            case Sequence(without=True):
                time = True  # That nothing has followed is known when the time is over.
            case _:
                time = time or isinstance(part, _TIMED)
                past = past or isinstance(part, _PAST)
    return Reads(frozenset(attributes), frozenset(events), time, trigger, past, item)


def nodes(node: object) -> Iterator[object]:
    """Yield `node` and everything below it: expressions, happenings and windows alike."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        parts = _parts(here)
        parts.reverse()
        waiting += parts


def parts_of(expr: Expr) -> Iterator[Expr]:
    """Yield the expressions directly below one, without those inside a `where (…)`."""
    return (part for part in _parts(expr) if isinstance(part, Expr))


def _parts(node: object) -> list[object]:
    found = list[object]()
    for name in _HOLDING[type(node)]:
        value = getattr(node, name)
        if type(value) is tuple:
            found += [item for item in value if _IS_PART[type(item)]]
        elif _IS_PART[type(value)]:
            found.append(value)
    return found


class _IsPart(dict[type, bool]):
    """Whether a class is one of nodes, or something else that they are made of."""

    def __missing__(self, kind: type) -> bool:
        found = self[kind] = is_dataclass(kind)
        return found


class _Holding(dict[type, tuple[str, ...]]):
    """By each class of nodes the fields that may hold others: texts, numbers and words never do."""

    def __missing__(self, kind: type) -> tuple[str, ...]:
        each = fields(kind) if is_dataclass(kind) else ()
        found = self[kind] = tuple(
            field.name
            for field in each
            if field.name != "span"
            and field.type not in _PLAIN
            and get_origin(field.type) is not Literal
        )
        return found


_PLAIN: Final = (str, bool, int, int | float, int | None, str | None, tuple[str, ...])
_IS_PART: Final = _IsPart()
_HOLDING: Final = _Holding()


def fields_of(kind: type) -> tuple[str, ...]:
    """Return the fields of a class of nodes in order, but for its place; looked up once for each class."""
    found = _FIELDS.get(kind)
    if found is None:
        found = tuple(field.name for field in fields(kind) if field.name != "span")
        _FIELDS[kind] = found
    return found


_FIELDS: dict[type, tuple[str, ...]] = {}
