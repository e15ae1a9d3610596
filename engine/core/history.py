"""What a customer's past must be remembered of, so that conditions about it can be answered."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from . import expr as E
from .duration import DAY
from .plan import Calendar
from .reads import nodes
from .zone import Zone

__all__ = ["Channel", "History", "HistoryPlan"]


@dataclass(slots=True)
class Channel:
    """The remembered events of one name, in order of (instant, arrival)."""

    at: list[int] = field(default_factory=list)
    seq: list[int] = field(default_factory=list)
    properties: list[Mapping[str, object]] = field(default_factory=list)
    total: int = 0
    """How many there ever were, forgotten ones included."""
    first_at: int | None = None
    last_at: int | None = None
    last_seq: int = 0

    def copy(self) -> "Channel":
        """Return a channel that can be changed without this one changing."""
        return Channel(
            list(self.at), list(self.seq), list(self.properties),
            self.total, self.first_at, self.last_at, self.last_seq,
        )  # fmt: skip


@dataclass(slots=True)
class History:
    """One customer's past, as far as the program reads it."""

    first_seen_at: int | None = None
    floor: int | None = None
    """The oldest trigger among the runs in flight, which may ask about all since then."""
    channels: dict[str, Channel] = field(default_factory=dict)

    def copy(self) -> "History":
        """Return a history that can be changed without this one changing."""
        channels = {name: channel.copy() for name, channel in self.channels.items()}
        return History(self.first_seen_at, self.floor, channels)

    def to_json(self) -> dict[str, object]:
        """Return it as plain JSON values."""
        return {
            "first_seen_at": self.first_seen_at,
            "floor": self.floor,
            "channels": {
                name: {slot: getattr(channel, slot) for slot in channel.__slots__}
                for name, channel in self.channels.items()
            },
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> "History":
        """Read back what `to_json` gave."""
        channels = {name: Channel(**fields) for name, fields in data["channels"].items()}  # type: ignore[attr-defined]
        return cls(data["first_seen_at"], data["floor"], channels)  # type: ignore[arg-type]


@dataclass(slots=True)
class _Keep:
    """How much of one event is remembered."""

    window: int | None = 0
    """Microseconds; None is for ever."""
    trigger: bool = False
    properties: set[str] = field(default_factory=set)


class HistoryPlan:
    """What a program's conditions ask of history, and so what is recorded."""

    def __init__(self, expressions: Iterable[E.Expr], calendar: Calendar) -> None:
        self.calendar = calendar
        self._keep: dict[str, _Keep] = {}
        for expression in expressions:
            for node in nodes(expression):
                self._need(node)
        self.events = frozenset(self._keep)

    def record(
        self,
        history: History,
        event: str,
        at: int,
        seq: int,
        properties: Mapping[str, object],
        zone: Zone,
    ) -> None:
        """Remember an event, and forget what nothing can ask about any more."""
        keep = self._keep.get(event)
        if keep is None:
            return
        channel = history.channels.get(event)
        if channel is None:
            channel = history.channels[event] = Channel()
        kept = {n: properties[n] for n in keep.properties if n in properties}
        place = len(channel.at)
        if channel.at and at < channel.at[-1]:
            place = bisect_right(channel.at, at)
        channel.at.insert(place, at)
        channel.seq.insert(place, seq)
        channel.properties.insert(place, kept)
        channel.total += 1
        if channel.first_at is None or at < channel.first_at:
            channel.first_at = at
        if channel.last_at is None or at >= channel.last_at:
            channel.last_at, channel.last_seq = at, seq
        if keep.window is not None and len(channel.at) > 8:
            self._forget(history, channel, keep, channel.at[-1])

    def _forget(self, history: History, channel: Channel, keep: _Keep, now: int) -> None:
        oldest = now - (keep.window or 0)
        if keep.trigger and history.floor is not None:
            oldest = min(oldest, history.floor)
        gone = bisect_left(channel.at, oldest)
        if gone > len(channel.at) // 2:
            del channel.at[:gone], channel.seq[:gone], channel.properties[:gone]

    def _need(self, node: E.Expr | E.Happening) -> None:
        match node:
            case E.Count(what, window) | E.Has(what, window):
                self._window(what, window, plain=True)
            case E.Stat(_, what, path, window) | E.ValueOf(_, what, path, window):
                self._window(what, window, plain=False).properties.add(path[0])
            case E.Absent(what) | E.TimeSince(_, what) | E.DaysSinceEvent(_, what):
                self._window(what, E.AllTime(), plain=True)
            case E.Sequence(first, then, within):
                for what in (first, then):
                    self._window(what, E.LastWindow(within), plain=False).window = None
            case _:
                pass

    def _window(self, what: E.Happening, window: E.Window, *, plain: bool) -> _Keep:
        keep = self._keep.setdefault(what.event, _Keep())
        if what.where is not None:
            plain = False
            for node in nodes(what.where):
                if isinstance(node, E.ItemField):
                    keep.properties.add(node.path[0])
        match window:
            case E.LastWindow(duration):
                length = duration.microseconds + duration.microseconds // 5 + 4 * DAY
                keep.window = None if keep.window is None else max(keep.window, length)
            case E.SinceTrigger():
                keep.trigger = True
            case E.SinceEvent(event):
                self._keep.setdefault(event, _Keep())
                keep.window = None
            case E.AllTime():
                if not plain:
                    keep.window = None
        return keep
