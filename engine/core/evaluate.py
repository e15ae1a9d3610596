"""The meaning of a condition, node by node: the oracle compiled conditions are held against."""

from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from . import expr as E
from .calendar import add, date_of, days_since, start_of
from .history import History
from .plan import Calendar
from .say import say
from .trace import Trace
from .zone import Zone

__all__ = ["Look", "Origin", "evaluate", "explain"]


class Origin(Protocol):
    """What started a run, as conditions see it."""

    at: int
    seq: int
    event: Mapping[str, object] | None


@dataclass(frozen=True, slots=True)
class Look:
    """Everything a condition may look at, at one instant."""

    attributes: Mapping[str, object]
    history: History
    now: int
    zone: Zone
    origin: Origin | None
    calendar: Calendar
    matchers: Mapping[tuple[str, bool], Any]
    item: Mapping[str, object] | None = None


def explain(
    expr: E.Expr,
    attributes: Mapping[str, object],
    history: History,
    now: int,
    zone: Zone,
    origin: Origin | None,
    *,
    calendar: Calendar,
    matchers: Mapping[tuple[str, bool], Any] | None = None,
) -> Trace:
    """Return a condition as it stands, each part in words with its value."""
    return _trace(expr, Look(attributes, history, now, zone, origin, calendar, matchers or {}))


def _trace(expr: E.Expr, look: Look) -> Trace:
    value = evaluate(expr, look)
    match expr:
        case E.And(items) | E.Or(items):
            return Trace(say(expr), value, tuple(_trace(item, look) for item in items))
        case E.Not(inner):
            return Trace(say(expr), value, (_trace(inner, look),))
        case E.Compare(_, left, right):
            sides = [s for s in (left, right) if not isinstance(s, _PLAIN)]
            return Trace(say(expr), value, tuple(_trace(side, look) for side in sides))
        case E.Between(inner) | E.In(inner) | E.Like(inner) | E.Matches(inner):
            return Trace(say(expr), value, (_trace(inner, look),))
        case E.IsMissing(inner) | E.IsPresent(inner) | E.Default(inner):
            return Trace(say(expr), value, (_trace(inner, look),))
        case E.WithinNext(inner) | E.WithinLast(inner):
            return Trace(say(expr), value, (_trace(inner, look),))
        case E.DaysSince(inner) | E.DaysUntil(inner):
            return Trace(say(expr), value, (_trace(inner, look),))
        case E.Arith(_, left, right):
            return Trace(say(expr), value, (_trace(left, look), _trace(right, look)))
        case E.Has(what) | E.Count(what) | E.Absent(what) | E.Stat(_, what):
            return Trace(say(expr), value, note=_last(what, look))
        case _:
            return Trace(say(expr), value)


_PLAIN = (E.Constant, E.DayOf, E.DurationOf)


def _last(what: E.Happening, look: Look) -> str:
    rows = list(_rows(what, E.AllTime(), look))
    return f"the last {what.event} on {date_of(rows[-1][0], look.zone)}" if rows else "none so far"


def evaluate(expr: E.Expr, look: Look) -> object:  # noqa: C901, PLR0911, PLR0912 - one case a node
    """Return the value of a node: None where it is missing, or unknown."""
    match expr:
        case E.Constant(value):
            return [item.value for item in value] if isinstance(value, tuple) else value
        case E.DayOf(iso):
            return iso
        case E.DurationOf(duration):
            return duration
        case E.Now():
            return look.now
        case E.Today():
            return date_of(look.now, look.zone)
        case E.Attribute(name, path):
            return _dig(look.attributes.get(name), path)
        case E.TriggerField(path):
            return _dig(look.origin.event if look.origin else None, path)
        case E.ItemField(path):
            return _dig(look.item, path)
        case E.Arith() | E.Negate() | E.Default():
            return _arithmetic(expr, look)
        case E.Not(inner):
            value = evaluate(inner, look)
            return None if value is None else not value
        case E.And(items):
            return _kleene(items, look, decisive=False)
        case E.Or(items):
            return _kleene(items, look, decisive=True)
        case E.Compare():
            return _compare(expr, look)
        case E.Between(value, low, high):
            both = (E.Compare(">=", value, low), E.Compare("<=", value, high))
            return _kleene(both, look, decisive=False)
        case E.In(value, items, folded):
            return _kleene(
                tuple(E.Compare("==", value, item, folded) for item in items), look, decisive=True
            )
        case E.Like(value, pattern, folded):
            text = evaluate(value, look)
            return _like(text, pattern, folded=folded) if isinstance(text, str) else None
        case E.Matches(value, pattern, folded):
            text = evaluate(value, look)
            found = look.matchers[pattern, folded].search(text) if isinstance(text, str) else None
            return found is not None if isinstance(text, str) else None
        case E.IsMissing(value):
            return evaluate(value, look) is None
        case E.IsPresent(value):
            return evaluate(value, look) is not None
        case _:
            return _past(expr, look)


def _past(expr: E.Expr, look: Look) -> object:  # noqa: C901, PLR0911 - one case a node
    match expr:
        case E.Count(what, window):
            return sum(1 for _ in _rows(what, window, look))
        case E.Has(what, window):
            return next(_rows(what, window, look), None) is not None
        case E.Absent(what, duration):
            last = max((row[0] for row in _rows(what, E.AllTime(), look)), default=None)
            known = [x for x in (last, look.history.first_seen_at) if x is not None]
            if not known:
                return None
            return look.now >= add(max(known), duration, look.zone, look.calendar)
        case E.Stat(fn, what, path, window):
            values = [_dig(row[2], path) for row in _rows(what, window, look)]
            numbers = [v for v in values if isinstance(v, int | float)]
            return _stat(fn, numbers)
        case E.ValueOf(which, what, path, window):
            rows = list(_rows(what, window, look))
            return _dig(rows[0 if which == "first" else -1][2], path) if rows else None
        case E.Sequence(first, then, within):
            return _sequence(first, then, within, look)
        case E.DaysSinceEvent(which, what):
            anchor = _anchor(which, what, look)
            return None if anchor is None else days_since(anchor, look.now, look.zone)
        case E.DaysSince(value) | E.DaysUntil(value):
            anchor = _instant(evaluate(value, look), look)
            if anchor is None:
                return None
            days = days_since(anchor, look.now, look.zone)
            return days if isinstance(expr, E.DaysSince) else -days
        case E.WithinNext(value, duration):
            anchor = _instant(evaluate(value, look), look)
            if anchor is None:
                return None
            return add(anchor, duration, look.zone, look.calendar, -1) <= look.now < anchor
        case E.WithinLast(value, duration):
            anchor = _instant(evaluate(value, look), look)
            if anchor is None:
                return None
            return anchor <= look.now < add(anchor, duration, look.zone, look.calendar)
        case _:
            return None  # `time since` alone has no value; it stands in comparisons.


Row = tuple[int, int, Mapping[str, object]]


def _rows(what: E.Happening, window: E.Window, look: Look) -> Iterator[Row]:
    channel = look.history.channels.get(what.event)
    if channel is None:
        return
    for row in zip(channel.at, channel.seq, channel.properties, strict=True):
        if row[0] <= look.now and _inside(row, window, look) and _passes(what, row, look):
            yield row


def _passes(what: E.Happening, row: Row, look: Look) -> bool:
    return what.where is None or evaluate(what.where, replace(look, item=row[2])) is True


def _inside(row: Row, window: E.Window, look: Look) -> bool:
    match window:
        case E.AllTime():
            return True
        case E.LastWindow(duration):
            return look.now < add(row[0], duration, look.zone, look.calendar)
        case E.SinceTrigger():
            return look.origin is not None and row[:2] > (look.origin.at, look.origin.seq)
        case E.SinceEvent(event):
            other = look.history.channels.get(event)
            if other is None or other.last_at is None:
                return False
            return row[:2] > (other.last_at, other.last_seq)


def _anchor(which: str, what: E.Happening, look: Look) -> int | None:
    rows = list(_rows(what, E.AllTime(), look))
    return rows[0 if which == "first" else -1][0] if rows else None


def _sequence(first: E.Happening, then: E.Happening, within: E.Duration, look: Look) -> bool:
    later = list(_rows(then, E.AllTime(), look))
    keys = [row[:2] for row in later]
    for row in _rows(first, E.AllTime(), look):
        at = bisect_left(keys, (row[0], row[1] + 1))
        if at < len(later) and later[at][0] < add(row[0], within, look.zone, look.calendar):
            return True
    return False


def _stat(fn: str, numbers: Sequence[float]) -> object:
    if fn == "sum":
        return sum(numbers)
    if not numbers:
        return None
    if fn == "avg":
        return sum(numbers) / len(numbers)
    return min(numbers) if fn == "min" else max(numbers)


def _kleene(items: Sequence[E.Expr], look: Look, *, decisive: bool) -> bool | None:
    unknown = False
    for item in items:
        value = evaluate(item, look)
        if value is None:
            unknown = True
        elif bool(value) is decisive:
            return decisive
    return None if unknown else not decisive


def _arithmetic(expr: E.Arith | E.Negate | E.Default, look: Look) -> object:
    if isinstance(expr, E.Default):
        value = evaluate(expr.value, look)
        return evaluate(expr.otherwise, look) if value is None else value
    if isinstance(expr, E.Negate):
        number = evaluate(expr.value, look)
        return -number if isinstance(number, int | float) else None
    left, right = evaluate(expr.left, look), evaluate(expr.right, look)
    if not isinstance(left, int | float) or not isinstance(right, int | float):
        return None
    match expr.op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case "/":
            return left / right if right else None


def _compare(expr: E.Compare, look: Look) -> bool | None:
    if isinstance(expr.left, E.TimeSince) and isinstance(expr.right, E.DurationOf):
        anchor = _anchor(expr.left.which, expr.left.what, look)
        if anchor is None:
            return None
        then = add(anchor, expr.right.duration, look.zone, look.calendar)
        return _relate(expr.op, look.now, then)
    left, right = evaluate(expr.left, look), evaluate(expr.right, look)
    if left is None or right is None:
        return None
    if isinstance(left, int) != isinstance(right, int) and _dated(left, right):
        left, right = _instant(left, look), _instant(right, look)
    if expr.folded:
        left, right = _fold(left), _fold(right)
    return _relate(expr.op, left, right)


def _dated(left: object, right: object) -> bool:
    return isinstance(left, str | int) and isinstance(right, str | int)


def _fold(value: object) -> object:
    if isinstance(value, list):
        return [_fold(item) for item in value]
    return value.casefold() if isinstance(value, str) else value


def _relate(op: str, left: Any, right: Any) -> bool | None:
    try:
        match op:
            case "==":
                return bool(left == right)
            case "!=":
                return bool(left != right)
            case "<":
                return bool(left < right)
            case "<=":
                return bool(left <= right)
            case ">":
                return bool(left > right)
            case ">=":
                return bool(left >= right)
            case "contains":
                return right in left
            case "starts with":
                return bool(left.startswith(right))
            case _:
                return bool(left.endswith(right))
    except (TypeError, AttributeError):
        return None  # Values of types that were never declared do not compare: unknown.


def _instant(value: object, look: Look) -> int | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int):
        return value
    if not isinstance(value, str):
        return None
    try:
        return start_of(value, look.zone)
    except ValueError:
        return None


def _dig(value: object, path: tuple[str, ...]) -> object:
    for name in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(name)
    return value


def _like(text: str, pattern: str, *, folded: bool) -> bool:
    if folded:
        text, pattern = text.casefold(), pattern.casefold()
    first, *rest = pattern.split("*")
    if not rest:
        return text == pattern
    if not text.startswith(first):
        return False
    at = len(first)
    for part in rest[:-1]:
        found = text.find(part, at)
        if found < 0:
            return False
        at = found + len(part)
    return len(text) - at >= len(rest[-1]) and text.endswith(rest[-1])
