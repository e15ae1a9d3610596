"""What an event has to be shown to, besides the runs: all that reads it, but for what it leaves as it is."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from . import plan as P
from .bearing import Bearing, bearing
from .compile import Condition
from .derivation import Derivation, Followers
from .ready import Reader, Spec
from .state import Customer

__all__ = ["Stirred", "Stirring"]

Bearings = Callable[[Condition], Bearing | None]


@dataclass(frozen=True, slots=True)
class Stirred:
    """What reads one event."""

    items: tuple[tuple[int, str, Bearing | None], ...] = ()
    """What is computed of it: its number, its attribute, and what the event can do to it."""
    names: tuple[str, ...] = ()
    """The inlined signals that are watched and may have another value."""
    specs: tuple[tuple[Spec, Bearing | None], ...] = ()
    """The triggers that are watched."""
    bearings: Mapping[str, Bearing] = field(default_factory=dict)
    """What it can do to those, by their keys."""

    @property
    def all(self) -> list[int]:
        """The numbers of all that is computed of it."""
        return [number for number, _, _ in self.items]

    def unsettled(self, customer: Customer, now: int) -> list[int]:
        """Return the numbers of what may have another value after the event, or another timer."""
        a, h, z = customer.attributes, customer.history, customer.zone
        return [
            number
            for number, attribute, found in self.items
            if found is None or not found.leaves(a.get(attribute), a, h, now, z)
        ]

    def is_quiet(self, customer: Customer, now: int) -> bool:
        """Whether the event leaves every watched trigger as it is."""
        a, h, z, watches = (
            customer.attributes, customer.history, customer.zone, customer.watches,
        )  # fmt: skip
        for spec, found in self.specs:
            watch = watches.get(spec.key)
            if watch is None or found is None or not found.leaves(watch.known, a, h, now, z):
                return False
        return True


_NOTHING: Final = Stirred()


class Stirring(dict[str, Stirred]):
    """By the event; found when it first happens. What nothing reads is not kept here."""

    def __init__(
        self,
        derivation: Derivation,
        events: Mapping[str, Reader],
        attributes: Mapping[str, Reader],
    ) -> None:
        super().__init__()
        self._derivation = derivation
        self._events = events
        self._attributes = attributes

    def __missing__(self, event: str) -> Stirred:
        followers = self._derivation.by_event.get(event)
        if followers is None and event not in self._events:
            return _NOTHING
        found = self[event] = self._found(event, followers or Followers())
        return found

    def _found(self, event: str, followers: Followers) -> Stirred:
        asked, derivation = self._bearings(event, followers), self._derivation
        items = [(number, derivation.items[number]) for number in followers.numbers]
        specs = {spec.key: (spec, _of_spec(spec, asked)) for spec in self._specs(event, followers)}
        return Stirred(
            tuple(
                (number, item.attribute, None if item.truth is None else asked(item.truth))
                for number, item in items
            ),
            tuple(dict.fromkeys(followers.names)),
            tuple(specs.values()),
            {key: found for key, (_, found) in specs.items() if found is not None},
        )

    def _specs(self, event: str, followers: Followers) -> Iterator[Spec]:
        if event in self._events:
            yield from self._events[event].specs
        for name in followers.names:
            yield from self._attributes[name].specs

    def _bearings(self, event: str, followers: Followers) -> Bearings:
        """Return what says what the event can do to a condition."""
        moved = self._derivation.moved_by(followers)
        compiler = self._derivation.compiler
        if not compiler.apart:  # Somebody looks on at each condition that is asked.
            return _anything
        return lambda condition: bearing(condition.inlined, event, moved, compiler)


def _anything(_: Condition) -> None:
    """Leave open what the event can do."""


def _of_spec(spec: Spec, asked: Bearings) -> Bearing | None:
    watched = isinstance(spec.trigger, P.OnCondition | P.OnCrossing)
    return asked(spec.condition) if watched and spec.condition is not None else None
