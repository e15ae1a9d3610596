"""What a condition depends on, found by walking it: attributes, events, time, the trigger."""

from collections.abc import Iterable, Iterator
from dataclasses import fields, is_dataclass
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
    GivenField,
    Happening,
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
from .fixed import fixed
from .node import Node

__all__ = ["Reads", "fields_of", "nodes", "parts_of", "reads"]

_PAST: Final[frozenset[type]] = frozenset({Ago, DaysInStage, MovedBy, TimeInStage, WasIn})
_TIMED: Final[frozenset[type]] = frozenset(
    {
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
    }
)
_OF_TRIGGER: Final[frozenset[type]] = frozenset(
    {TriggerField, GivenField, AnswerField, SinceTrigger}
)


@fixed
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
    kinds: frozenset[type] = frozenset()
    """The classes of all nodes that it is made of."""


def reads(node: Node) -> Reads:
    """Return everything a condition or a trigger depends on, the insides of its `where (…)` included."""
    attributes, events, kinds = set[str](), set[str](), set[type]()
    late = False
    for part in nodes(node):
        kind = type(part)
        kinds.add(kind)
        match part:
            case Attribute(name):
                attributes.add(name)
            case Happening(event) | SinceEvent(event):
                events.add(event)
            case Sequence(without=True):
                late = True  # That nothing has followed is known when the time is over.
            case _:
                pass  # Its kind tells enough.
    return Reads(
        frozenset(attributes),
        frozenset(events),
        time=late or not _TIMED.isdisjoint(kinds),
        trigger=not _OF_TRIGGER.isdisjoint(kinds),
        past=not _PAST.isdisjoint(kinds),
        kinds=frozenset(kinds),
    )


def nodes(node: object) -> Iterator[object]:
    """Yield `node` and everything below it: expressions, happenings and windows alike."""
    waiting = [node]
    while waiting:
        here = waiting.pop()
        yield here
        names = _HOLDING[type(here)]
        if names:
            parts = _parts(here, names)
            parts.reverse()
            waiting += parts


def parts_of(expr: Expr) -> Iterator[Expr]:
    """Yield the expressions directly below one, without those inside a `where (…)`."""
    return (part for part in _parts(expr, _HOLDING[type(expr)]) if isinstance(part, Expr))


def _parts(node: object, names: Iterable[str]) -> list[object]:
    found = list[object]()
    for name in names:
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
