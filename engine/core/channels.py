"""What is remembered of the events of one customer: a few numbers for each kind that is asked for.

A channel is the events of one kind (`purchase where (amount > 100)`). All-time questions are
answered by running totals; single events are kept only as far back as a window can still ask.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from math import inf, isfinite
from typing import Any, Final, TypeGuard

from .past import Past, Stay, pasts_from_json, stays_from_json

__all__ = ["Channel", "History", "Tally", "dig", "is_number", "plus"]


@dataclass(slots=True)
class Tally:
    """Running totals of one property over all events of a channel."""

    known: int = 0
    """How many events had a number there."""
    total: int | float = 0
    least: int | float | None = None
    most: int | float | None = None
    first: object = None
    """The value in the first event, None when it had none."""
    last: object = None

    def take(self, value: object, *, first: bool, last: bool) -> None:
        """Count one more value, which may be that of the first or the last event so far."""
        if first:
            self.first = value
        if last:
            self.last = value
        if is_number(value):
            self.known += 1
            self.total = plus(self.total, value)
            if self.least is None or value < self.least:
                self.least = value
            if self.most is None or value > self.most:
                self.most = value

    def copy(self) -> "Tally":
        """Return a tally that can be changed without this one changing."""
        return Tally(self.known, self.total, self.least, self.most, self.first, self.last)


@dataclass(slots=True)
class Channel:
    """The events of one kind, in the order things happened: by instant, then by arrival."""

    total: int = 0
    first_at: int = 0
    """When the first one happened, in microseconds since 1970 UTC; 0 while there is none."""
    last_at: int = 0
    first_seq: int = 0
    """The number of its arrival, which orders events of one instant."""
    last_seq: int = 0
    ats: list[int] = field(default_factory=list)
    """The instants of the events that a window may still ask for."""
    seqs: list[int] = field(default_factory=list)
    columns: dict[str, list[object]] = field(default_factory=dict)
    """The properties of those events that are asked for, by name."""
    tallies: dict[str, Tally] = field(default_factory=dict)
    """Running totals, by the property's path as JSON text."""

    def drop_before(self, at: int) -> None:
        """Forget single events before an instant; running totals stay."""
        self.drop(bisect_right(self.ats, at - 1))

    def drop(self, count: int) -> None:
        """Forget the oldest `count` single events."""
        if count:
            del self.ats[:count]
            del self.seqs[:count]
            for column in self.columns.values():
                del column[:count]

    def after(self, at: int, seq: int) -> int:
        """Return how many kept events come at or before a place in the order of things."""
        ats, seqs = self.ats, self.seqs
        index = bisect_right(ats, at)
        while index and ats[index - 1] == at and seqs[index - 1] > seq:
            index -= 1
        return index

    def copy(self) -> "Channel":
        """Return a channel that can be changed without this one changing."""
        return Channel(
            self.total, self.first_at, self.last_at, self.first_seq, self.last_seq,
            self.ats.copy(), self.seqs.copy(),
            {name: column.copy() for name, column in self.columns.items()},
            {path: tally.copy() for path, tally in self.tallies.items()},
        )  # fmt: skip


@dataclass(slots=True)
class History:
    """What is remembered of one customer's events, and nothing that no condition asks for."""

    first_seen_at: int | None = None
    """When the customer was first seen: what an absence counts from without an event."""
    floor: int | None = None
    """The oldest instant from which a run in flight may ask; None when none is in flight."""
    channels: dict[str, Channel] = field(default_factory=dict)
    """By the channel's text: `purchase where (amount > 100)`."""
    sequences: set[str] = field(default_factory=set)
    """The sequences that have been seen to happen: `has A then B within 7 days`."""
    pasts: dict[str, Past] = field(default_factory=dict)
    """What attributes were before, where something asks: by the attribute."""
    stays: dict[str, Stay] = field(default_factory=dict)
    """How the customer stands in each lifecycle, by the attribute that holds its stage."""
    settled: dict[str, int] = field(default_factory=dict)
    """Before which instant it has been decided of every A whether a B was missing: `has A without
    B within 7 days`."""

    def copy(self) -> "History":
        """Return a history that can be changed without this one changing."""
        channels = {key: channel.copy() for key, channel in self.channels.items()}
        pasts = {name: past.copy() for name, past in self.pasts.items()}
        stays = {name: stay.copy() for name, stay in self.stays.items()}
        return History(
            self.first_seen_at, self.floor, channels, set(self.sequences), pasts, stays,
            dict(self.settled),
        )  # fmt: skip

    def to_json(self) -> dict[str, object]:
        """Return the history as plain JSON values."""
        out: dict[str, object] = {"first_seen_at": self.first_seen_at}
        if self.floor is not None:
            out["floor"] = self.floor
        if self.channels:
            out["channels"] = {key: _to_json(channel) for key, channel in self.channels.items()}
        if self.sequences:
            out["sequences"] = sorted(self.sequences)
        if self.settled:
            out["settled"] = self.settled
        if self.pasts:
            out["pasts"] = {name: past.to_json() for name, past in self.pasts.items()}
        if self.stays:
            out["stays"] = {name: stay.to_json() for name, stay in self.stays.items()}
        return out

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> "History":
        """Read back what `to_json` wrote."""
        history = cls(data["first_seen_at"], data.get("floor"))
        for name, read in _KEPT:
            kept = data.get(name)
            if kept:
                setattr(history, name, read(kept))
        return history


def is_number(value: object) -> TypeGuard[int | float]:
    """Tell whether a value is a number one can count with: neither a boolean nor beyond all size."""
    kind = value.__class__
    if kind is int:
        return True
    if isinstance(value, float):
        return isfinite(value)
    return isinstance(value, int) and kind is not bool


def plus(left: float, right: float) -> int | float:
    """Add two numbers; what is too large for a number becomes infinite instead of an error."""
    try:
        return left + right
    except OverflowError:
        return inf if left > 0 or right > 0 else -inf


def dig(value: object, path: Iterable[str]) -> object:
    """Return what lies at a path of names inside records; None, missing, where there is none."""
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _to_json(channel: Channel) -> dict[str, object]:
    out = {name: getattr(channel, name) for name in Channel.__slots__}
    out["tallies"] = {
        path: [getattr(tally, name) for name in Tally.__slots__]
        for path, tally in channel.tallies.items()
    }
    out["ats"], out["seqs"] = list(channel.ats), list(channel.seqs)
    out["columns"] = {name: list(column) for name, column in channel.columns.items()}
    return out


def _channels(data: Mapping[str, Mapping[str, object]]) -> dict[str, Channel]:
    return {key: _from_json(channel) for key, channel in data.items()}


def _from_json(data: Mapping[str, object]) -> Channel:
    tallies: Mapping[str, list[object]] = data["tallies"]  # type: ignore[assignment]
    columns: Mapping[str, list[object]] = data["columns"]  # type: ignore[assignment]
    values = dict(data)
    values["ats"], values["seqs"] = list(data["ats"]), list(data["seqs"])  # type: ignore[call-overload]
    values["columns"] = {name: list(column) for name, column in columns.items()}
    values["tallies"] = {path: Tally(*tally) for path, tally in tallies.items()}  # type: ignore[arg-type]
    return Channel(**values)  # type: ignore[arg-type]


_KEPT: Final[tuple[tuple[str, Callable[[Any], object]], ...]] = (
    ("channels", _channels), ("sequences", set), ("pasts", pasts_from_json), ("stays", stays_from_json),
    ("settled", dict),
)  # fmt: skip
"""What a history may hold, with what reads it back."""
