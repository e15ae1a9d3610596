"""What is found of everybody of whom nothing is known: looked up once for a program, not once for each.

An answer that depends on no instant is the same for all whose history is empty, and who lack each
attribute it reads. Most questions of a large project are such when a customer is new.
"""

from collections.abc import Iterable, Mapping
from typing import Final, NamedTuple

from . import plan as P
from .compile import Condition
from .derivation import Computed, Derivation
from .expr import (
    Absent,
    Ago,
    DaysInStage,
    DaysSince,
    DaysUntil,
    MovedBy,
    Now,
    TimeInStage,
    Today,
    WasIn,
    WithinLast,
    WithinNext,
)
from .history import History
from .reads import nodes
from .ready import Spec
from .zone import UTC

__all__ = ["Answer", "Firsts", "Standing"]

_OF_NOW: Final = (
    *(Absent, Ago, DaysInStage, DaysSince, DaysUntil, MovedBy, Now, TimeInStage, Today, WasIn),
    *(WithinLast, WithinNext),
)
"""What asks for more than events and attributes even where there are none."""


class Answer(NamedTuple):
    """The value that whoever has none of some attributes has of another one."""

    value: object
    lacks: frozenset[str]


class Standing(NamedTuple):
    """How a trigger stands with whoever has none of some attributes: what it watches is true, or not."""

    known: bool | None
    lacks: frozenset[str]


class Firsts:
    """The answers of one program."""

    __slots__ = ("_blank", "values", "watches")

    values: dict[int, Answer]
    """Of what is computed, by number."""
    watches: dict[str, Standing]
    """Of triggers that are watched and begin nothing, by their keys."""

    def __init__(
        self, derivation: Derivation, specs: Iterable[Spec], blank: Mapping[str, object]
    ) -> None:
        self.values = {}
        self.watches = {}
        self._blank = dict(blank)
        if derivation.compiler.apart:  # Else somebody looks on at each condition that is asked.
            lacked = {name: frozenset((name,)) for name in blank}
            for number, item in enumerate(derivation.items):
                self._compute(number, item, lacked)
            for spec in specs:
                self._look(spec, lacked)

    def _compute(self, number: int, item: Computed, lacked: dict[str, frozenset[str]]) -> None:
        needs = _needs(item.reads(), lacked)
        lacked.pop(item.attribute, None)
        if needs is not None:
            value = item.value(self._blank, History(), 0, UTC, None)
            self.values[number] = Answer(value, needs)
            self._blank[item.attribute] = value
            lacked[item.attribute] = needs

    def _look(self, spec: Spec, lacked: Mapping[str, frozenset[str]]) -> None:
        condition = spec.condition
        if condition is None or not isinstance(spec.trigger, P.OnCondition | P.OnCrossing):
            return
        needs = _needs((condition,), lacked)
        if needs is None:
            return
        holds, fails = (
            ask(self._blank, History(), 0, UTC, None) for ask in (condition.holds, condition.fails)
        )
        if isinstance(spec.trigger, P.OnCrossing):
            self.watches[spec.key] = Standing(holds if holds or fails else None, needs)
        elif not holds:
            self.watches[spec.key] = Standing(holds, needs)


def _needs(
    conditions: Iterable[Condition], lacked: Mapping[str, frozenset[str]]
) -> frozenset[str] | None:
    """Return the attributes that somebody must lack for an answer to hold; None for no such answer."""
    found: set[str] = set()
    for condition in conditions:
        if condition.reads.trigger or any(isinstance(n, _OF_NOW) for n in nodes(condition.inlined)):
            return None
        for name in condition.reads.attributes:
            if name not in lacked:
                return None
            found |= lacked[name]
    return frozenset(found)
