"""When time alone could change a condition: the next instant worth a look, and never a later one."""

from collections.abc import Iterator

from . import expr as E
from .calendar import add, date_of, days_since, start_of
from .duration import DAY, Duration
from .evaluate import Look, evaluate
from .reads import nodes

__all__ = ["next_change", "postpones"]

_ONE_DAY = Duration(1, "day")


def next_change(expr: E.Expr, look: Look) -> int | None:
    """Return the earliest instant after now at which passing time could change the value.

    It may come too early, never too late; None means that time alone changes nothing.
    """
    found = (at for node in nodes(expr) for at in _edges(node, look) if at > look.now)
    return min(found, default=None)


def _edges(node: E.Expr | E.Happening, look: Look) -> Iterator[int]:  # noqa: C901 - one case a node
    match node:
        case E.Count(what, E.LastWindow(d)) | E.Has(what, E.LastWindow(d)):
            yield from _expiries(what, d, look)
        case E.Stat(_, what, _, E.LastWindow(d)) | E.ValueOf(_, what, _, E.LastWindow(d)):
            yield from _expiries(what, d, look)
        case E.Absent(what, duration):
            for at in (look.history.first_seen_at, *_instants(what, look)):
                if at is not None:
                    yield add(at, duration, look.zone, look.calendar)
        case E.Compare(_, E.TimeSince(_, what), E.DurationOf(duration)):
            for at in _instants(what, look):
                edge = add(at, duration, look.zone, look.calendar)
                yield from (edge, edge + 1)
        case E.Compare(_, left, right):
            for side in (left, right):
                if any(isinstance(part, E.Now) for part in nodes(side)):
                    yield from _around(right if side is left else left, look)
        case E.Between(value, low, high):
            for side in (value, low, high):
                yield from _around(side, look)
        case E.DaysSince(value) | E.DaysUntil(value):
            yield from _steps(_instant(value, look), look)
        case E.DaysSinceEvent(_, what):
            for at in _instants(what, look):
                yield from _steps(at, look)
        case E.WithinNext(value, duration):
            anchor = _instant(value, look)
            if anchor is not None:
                yield from (anchor, add(anchor, duration, look.zone, look.calendar, -1))
        case E.WithinLast(value, duration):
            anchor = _instant(value, look)
            if anchor is not None:
                yield from (anchor, add(anchor, duration, look.zone, look.calendar))
        case E.Today():
            yield start_of(date_of(look.now + DAY, look.zone), look.zone)
            yield start_of(date_of(look.now + 2 * DAY, look.zone), look.zone)
        case _:
            pass


def _instants(what: E.Happening, look: Look) -> list[int]:
    channel = look.history.channels.get(what.event)
    return list(channel.at) if channel else []


def _expiries(what: E.Happening, duration: Duration, look: Look) -> Iterator[int]:
    for at in _instants(what, look):
        yield add(at, duration, look.zone, look.calendar)


def _around(value: E.Expr, look: Look) -> Iterator[int]:
    at = _instant(value, look)
    if at is not None:
        yield from (at, at + 1)


def _instant(value: E.Expr, look: Look) -> int | None:
    found = evaluate(value, look)
    if isinstance(found, str):
        try:
            return start_of(found, look.zone)
        except ValueError:
            return None
    return found if isinstance(found, int) and not isinstance(found, bool) else None


def _steps(anchor: int | None, look: Look) -> Iterator[int]:
    if anchor is not None:
        done = days_since(anchor, look.now, look.zone)
        for count in (done, done + 1, done + 2):
            yield add(anchor, Duration(count, "day"), look.zone, look.calendar)


def postpones(expr: E.Expr) -> frozenset[str]:
    """Return the events that can only put off the next change while the condition is not true."""
    absent = {node.what.event for node in nodes(expr) if isinstance(node, E.Absent)}
    others = {node.event for node in nodes(expr) if isinstance(node, E.Happening)}
    counted = [node.event for node in nodes(expr) if isinstance(node, E.Happening)]
    return frozenset(event for event in absent & others if counted.count(event) == 1)
