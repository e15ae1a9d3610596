"""`A then B within D` as a trigger: which As and Bs belong together, by their own instants.

As and Bs are remembered in channels of their own, the newest few hundred, with all they carry. So
an event that comes late finds the others as if it had come in time.
"""

from bisect import bisect_left
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from .calendar import add
from .channels import Channel, History
from .compile import Compiler
from .expr import Happening, Pairs
from .readers import Attributes, channel_of
from .zone import Zone

__all__ = ["MOST_KEPT", "WHOLE", "PairReader", "Told", "channel_of_recent"]

MOST_KEPT: Final = 500
"""How many As, and how many Bs, of one kind are remembered of a customer: the newest."""
WHOLE: Final = ""
"""The column that holds all properties of an event; no property has this name."""

_EMPTY: Final = Channel()
Passes = Callable[..., bool]


@dataclass(frozen=True, slots=True)
class Told:
    """One event with its place in the order of things; conditions see it as their trigger."""

    at: int
    seq: int
    event: Mapping[str, object]

    @property
    def place(self) -> tuple[int, int]:
        """When it happened, and the number of its arrival."""
        return self.at, self.seq


def channel_of_recent(what: Happening) -> str:
    """Return the key of the channel that remembers the newest events of a kind."""
    return f"recent {channel_of(what)}"


class PairReader:
    """The pairs of one trigger, ready to be asked about any customer."""

    __slots__ = ("_calendar", "_firsts", "_thens", "_within", "first", "then", "what")

    def __init__(self, what: Pairs, compiler: Compiler) -> None:
        self.what = what
        self.first = _filter(what.first, compiler)
        """Whether properties are those of a first, as `f(properties, a, h, now, z, t)`."""
        self.then = _filter(what.then, compiler)
        """The same of a second; `t` is the first that it may belong to."""
        self._firsts = channel_of_recent(what.first)
        self._thens = channel_of_recent(what.then)
        self._within = what.within
        self._calendar = compiler.calendar

    def due(self, first: Told, z: Zone) -> int:
        """Return until just before when a second belongs to a first."""
        return add(first.at, self._within, z, self._calendar)

    def opens(self, told: Told, a: Attributes, h: History, now: int, z: Zone) -> bool:
        """Whether an event of the first's kind opens a pair."""
        return self.first is None or self.first(told.event, a, h, now, z, None)

    def firsts(self, a: Attributes, h: History, now: int, z: Zone) -> Iterator[Told]:
        """Walk through the remembered firsts, in order."""
        channel = h.channels.get(self._firsts, _EMPTY)
        for index in range(len(channel.ats)):
            told = _told(channel, index)
            if self.opens(told, a, h, now, z):
                yield told

    def first_of(self, h: History, seq: int) -> Told | None:
        """Return the first with this number of arrival, None when it was forgotten."""
        channel = h.channels.get(self._firsts, _EMPTY)
        return _told(channel, channel.seqs.index(seq)) if seq in channel.seqs else None

    def belongs(
        self, then: Told, first: Told, a: Attributes, h: History, now: int, z: Zone
    ) -> bool:
        """Whether a second comes after a first, in time, and is its own."""
        in_time = first.place < then.place and then.at < self.due(first, z)
        return in_time and (self.then is None or self.then(then.event, a, h, now, z, first))

    def answers(self, first: Told, a: Attributes, h: History, now: int, z: Zone) -> Iterator[Told]:
        """Walk through the remembered seconds of a first, in order."""
        channel = h.channels.get(self._thens, _EMPTY)
        for index in range(bisect_left(channel.ats, first.at), len(channel.ats)):
            told = _told(channel, index)
            if self.belongs(told, first, a, h, now, z):
                yield told
            elif told.at >= self.due(first, z):
                return


def _told(channel: Channel, index: int) -> Told:
    whole = channel.columns.get(WHOLE)
    event = whole[index] if whole else None
    known = event if isinstance(event, Mapping) else {}
    return Told(channel.ats[index], channel.seqs[index], known)


def _filter(what: Happening, compiler: Compiler) -> Passes | None:
    return None if what.where is None else compiler.filter(what.where)
