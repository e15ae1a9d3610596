"""What a condition comes to, found by walking it: the plain meaning, and the explanation of it.

Compiled conditions promise the same answers; this is what they are held against.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Protocol

from .calendar import add, date_of
from .channels import History, dig
from .earlier import PastReader
from .expr import (
    Absent,
    Ago,
    AllTime,
    And,
    AnswerField,
    Arith,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    DayOf,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Default,
    DurationOf,
    Expr,
    FirstField,
    Happening,
    Has,
    In,
    IsMissing,
    IsPresent,
    ItemField,
    Joined,
    Like,
    ListOf,
    Matches,
    MovedBy,
    Negate,
    Not,
    Now,
    NumberOf,
    Or,
    Quantified,
    RecordField,
    RecordOf,
    Records,
    Sequence,
    Stat,
    TextOf,
    TimeInStage,
    TimeSince,
    Today,
    TriggerField,
    ValueOf,
    WasIn,
    Window,
    WithinLast,
    WithinNext,
)
from .follows import Belongs, FollowReader
from .instant import iso
from .made import joined, listed, recorded, text_of
from .origins import NO_ORIGINS, Origins, origins_in
from .plan import Calendar
from .readers import Filter, Reader, Trigger
from .reads import nodes
from .records import items
from .relations import (
    MIRRORED,
    all_of,
    any_of,
    arith,
    days_between,
    instant_of,
    is_like,
    moved_by,
    negated,
    one_of,
    related,
)
from .say import say
from .trace import Trace
from .zone import Zone

__all__ = [
    "Matcher",
    "Matchers",
    "Spelt",
    "World",
    "belongs",
    "entered",
    "evaluate",
    "explain",
    "explained",
    "note_of",
    "spelt",
    "walked",
]

_ALL_TIME = AllTime()
_NOTED = (Has, Count, Stat, ValueOf, Absent, TimeSince, DaysSinceEvent, Quantified, NumberOf)


class Matcher(Protocol):
    """Something that looks for its pattern in a text, in time linear in the text."""

    def search(self, text: str, /) -> object:
        """Return None when the pattern is nowhere in `text`."""


Value = Callable[["World"], object]
Matchers = Mapping[tuple[str, bool], Matcher]
"""A matcher for every `matches`, by its pattern and whether it ignores case."""


@dataclass(slots=True)
class World:
    """Everything a condition may look at; like effects not frozen for speed, and never changed."""

    a: Mapping[str, object]
    """The customer's attributes."""
    h: History
    now: int
    """Microseconds since 1970 UTC."""
    z: Zone
    """The customer's zone."""
    t: Trigger | None
    """What started the run, in a run."""
    calendar: Calendar
    matchers: Matchers
    item: Mapping[str, object] | None = None
    """The properties of the event being looked at, inside a `where (…)`."""
    record: object = None
    """The item being looked at, inside `contacts where (…)`."""
    first: Mapping[str, object] | None = None
    """The event that it follows, inside the second `where (…)` of `has A then B …`."""


def explain(
    expr: Expr,
    a: Mapping[str, object],
    h: History,
    now: int,
    z: Zone,
    t: Trigger | None,
    *,
    calendar: Calendar,
    matchers: Matchers,
) -> Trace:
    """Return what `expr` came to and why: each part with its value, histories with their dates."""
    return walked(expr, World(a, h, now, z, t, calendar, matchers), NO_ORIGINS)


@dataclass(frozen=True, slots=True)
class Spelt:
    """An expression in words, with the parts that explain it: the same for every customer.

    Spelling costs more than judging, so a condition that is asked often is spelt once.
    """

    expr: Expr
    text: str
    parts: tuple["Spelt", ...]
    value: Value
    noted: bool
    """Whether there is more to tell than a value: how many events, and when the last one was."""


def spelt(expr: Expr, value: Callable[[Expr], Value], origins: Origins = NO_ORIGINS) -> Spelt:
    """Return `expr` in words, part by part; `value` makes what finds the value of each.

    The first mention of what is computed has what it is computed from below it.
    """
    return _spelt(expr, value, origins_in(expr, origins))


def _spelt(expr: Expr, value: Callable[[Expr], Value], left: dict[str, tuple[Expr, ...]]) -> Spelt:
    if isinstance(expr, Attribute) and expr.name in left:
        parts = tuple(_spelt(part, value, {}) for part in left.pop(expr.name))
    else:
        parts = tuple(_spelt(part, value, left) for part in _shown(expr))
    return Spelt(expr, say(expr), parts, value(expr), isinstance(expr, _NOTED))


def explained(what: Spelt, w: World) -> Trace:
    """Return the trace of an expression in a world."""
    parts = tuple([explained(part, w) for part in what.parts]) if what.parts else ()
    note = note_of(what.expr, w) if what.noted else ""
    return Trace(what.text, what.value(w), parts, note)


def walked(expr: Expr, w: World, origins: Origins) -> Trace:
    """Return the trace of an expression that is asked once: each part found by walking the tree."""
    return explained(spelt(expr, _walker, origins), w)


def _walker(expr: Expr) -> Value:
    return lambda w: evaluate(expr, w)


def evaluate(expr: Expr, w: World) -> object:
    """Return the value of `expr`: None when it is missing or unknown. Never raises."""
    match expr:
        case Not(value):
            truth = evaluate(value, w)
            return not truth if isinstance(truth, bool) else None
        case And(items):
            return all_of(evaluate(item, w) for item in items)
        case Or(items):
            return any_of(evaluate(item, w) for item in items)
        case Compare() | Between() | In() | Like() | Matches() | IsMissing() | IsPresent():
            return _tested(expr, w)
        case Count() | Has() | Absent() | Stat() | ValueOf() | Sequence():
            return _remembered(expr, w)
        case Quantified() | NumberOf():
            return _related(expr, w)
        case TimeSince() | DaysSinceEvent() | DaysSince() | DaysUntil():
            return _passed(expr, w)
        case WithinNext() | WithinLast():
            return _within(expr, w)
        case Ago() | MovedBy() | DaysInStage() | WasIn():
            return _before(expr, w)
        case Arith() | Negate() | Default():
            return _calculated(expr, w)
        case TextOf() | Joined() | ListOf() | RecordOf():
            return _made(expr, w)
        case _:
            return _named(expr, w)


def _named(expr: Expr, w: World) -> object:
    """Return what a literal or a name stands for."""
    match expr:
        case Constant(tuple() as items):
            return [item.value for item in items]
        case Constant(value) | DayOf(value):
            return value
        case Now():
            return w.now
        case Today():
            return date_of(w.now, w.z)
        case Attribute(name, path):
            return dig(w.a.get(name), path)
        case TriggerField(path):
            return dig(w.t.event, path) if w.t is not None else None
        case AnswerField(name, path):
            return dig(w.t.answers, (name, *path)) if w.t is not None else None
        case ItemField(path):
            return dig(w.item, path)
        case RecordField(path):
            return dig(w.record, path)
        case FirstField(path):
            return dig(w.first, path)
        case DurationOf(duration):
            return duration
        case _:
            return None  # Nothing, or how long ago, which is only ever compared.


def _made(expr: TextOf | Joined | ListOf | RecordOf, w: World) -> object:
    match expr:
        case TextOf(value, instant):
            return text_of(evaluate(value, w), w.z, instant=instant)
        case Joined(items):
            return joined(text_of(evaluate(item, w), w.z) for item in items)
        case ListOf(items):
            return listed(evaluate(item, w) for item in items)
        case RecordOf(names, items):
            return recorded(names, (evaluate(item, w) for item in items))


def _calculated(expr: Arith | Negate | Default, w: World) -> object:
    match expr:
        case Arith(op, left, right):
            return arith(op, evaluate(left, w), evaluate(right, w))
        case Negate(value):
            return negated(evaluate(value, w))
        case Default(value, otherwise):
            found = evaluate(value, w)
            return evaluate(otherwise, w) if found is None else found


def _tested(
    expr: Compare | Between | In | Like | Matches | IsMissing | IsPresent, w: World
) -> bool | None:
    match expr:
        case Compare():
            return _compared(expr, w)
        case Between(value, low, high):
            ends = Compare(">=", value, low), Compare("<=", value, high)
            return all_of(_compared(end, w) for end in ends)
        case In(value, items, folded):
            found = evaluate(value, w)
            if found is None:
                return None
            return one_of(found, [evaluate(item, w) for item in items], w.z, folded=folded)
        case Like(value, pattern, folded):
            return is_like(evaluate(value, w), pattern, folded=folded)
        case Matches(value, pattern, folded):
            text = evaluate(value, w)
            matcher = w.matchers.get((pattern, folded))
            if matcher is None or not isinstance(text, str):
                return None
            return matcher.search(text) is not None
        case IsMissing(value):
            return evaluate(value, w) is None
        case IsPresent(value):
            return evaluate(value, w) is not None


def _related(expr: Quantified | NumberOf, w: World) -> bool | int | None:
    """Look at each item of a list."""
    truths = _truths(expr.records, w)
    match expr:
        case NumberOf():
            return sum(truth is True for truth in truths)
        case Quantified("all"):
            return all_of(truths)
        case Quantified(which):
            found = any_of(truths)
            return found if which == "any" or found is None else not found


def _truths(records: Records, w: World) -> list[object]:
    """Return what the filter of a list comes to for each of its items."""
    found = items(evaluate(records.of, w))
    where = records.where
    if where is None:
        return [True] * len(found)
    return [evaluate(where, replace(w, record=item)) for item in found]


def _compared(expr: Compare, w: World) -> bool | None:
    match expr.left, expr.right:
        case TimeSince(which, what), DurationOf(duration):
            at = _reader(what, _ALL_TIME, w).edge(which, w.a, w.h, w.now, w.z, w.t)
            due = None if at is None else add(at, duration, w.z, w.calendar)
            return related(expr.op, w.now, due, w.z)
        case TimeInStage(stage), DurationOf(duration):
            since = entered(stage, w)
            due = None if since is None else add(since, duration, w.z, w.calendar)
            return related(expr.op, w.now, due, w.z)
        case DurationOf(), TimeSince() | TimeInStage():
            mirrored = replace(expr, op=MIRRORED[expr.op], left=expr.right, right=expr.left)
            return _compared(mirrored, w)
        case left, right:
            sides = evaluate(left, w), evaluate(right, w)
            return related(expr.op, *sides, w.z, folded=expr.folded)


def _remembered(expr: Count | Has | Absent | Stat | ValueOf | Sequence, w: World) -> object:
    match expr:
        case Count(what, window):
            return _reader(what, window, w).count(w.a, w.h, w.now, w.z, w.t)
        case Has(what, window):
            return _reader(what, window, w).has(w.a, w.h, w.now, w.z, w.t)
        case Absent():
            due = _absent_from(expr, w)
            return None if due is None else w.now >= due
        case Stat(fn, what, path, window):
            return _reader(what, window, w).stat(fn, path, w.a, w.h, w.now, w.z, w.t)
        case ValueOf(which, what, path, window):
            return _reader(what, window, w).value(which, path, w.a, w.h, w.now, w.z, w.t)
        case Sequence(first, then):
            follows = _filter(first, w), _filter(then, w), belongs(then, w.calendar, w.matchers)
            return FollowReader(expr, w.calendar, *follows).has(w.a, w.h, w.now, w.z, w.t)


def _absent_from(expr: Absent, w: World) -> int | None:
    """Return when an absence is complete: D after the last event, or after first sight."""
    last = _reader(expr.what, _ALL_TIME, w).edge("last", w.a, w.h, w.now, w.z, w.t)
    known = [at for at in (last, w.h.first_seen_at) if at is not None]
    return add(max(known), expr.duration, w.z, w.calendar) if known else None


def _passed(expr: TimeSince | DaysSinceEvent | DaysSince | DaysUntil, w: World) -> object:
    match expr:
        case DaysSinceEvent(which, what):
            at = _reader(what, _ALL_TIME, w).edge(which, w.a, w.h, w.now, w.z, w.t)
            return days_between(at, w.now, w.z)
        case DaysSince(value):
            return days_between(evaluate(value, w), w.now, w.z)
        case DaysUntil(value):
            return negated(days_between(evaluate(value, w), w.now, w.z))
        case TimeSince():
            return None  # It stands beside a duration, where it is compared.


def _before(expr: Ago | MovedBy | DaysInStage | WasIn, w: World) -> object:
    """Return what an attribute was, or how the customer stood in a lifecycle."""
    match expr:
        case Ago(Attribute(name, path), duration):
            return dig(PastReader(name, duration, w.calendar).value(w.h, w.now, w.z), path)
        case MovedBy(value, direction, amount, percent, duration):
            sides = evaluate(value, w), _before(Ago(value, duration), w)
            return moved_by(direction, *sides, amount, percent=percent)
        case DaysInStage(stage):
            return days_between(entered(stage, w), w.now, w.z)
        case WasIn(stage, _, stages):
            stay = w.h.stays.get(stage.name)
            return stay is not None and any(one in stay.ever for one in stages)


def entered(stage: Attribute, w: World) -> int | None:
    """Return when the stage the customer is in was entered."""
    stay = w.h.stays.get(stage.name)
    return None if stay is None or w.a.get(stage.name) is None else stay.since


def _within(expr: WithinNext | WithinLast, w: World) -> bool | None:
    at = instant_of(evaluate(expr.value, w), w.z)
    if at is None:
        return None
    if isinstance(expr, WithinLast):
        return at <= w.now < add(at, expr.duration, w.z, w.calendar)
    return add(at, expr.duration, w.z, w.calendar, -1) <= w.now <= at


def _reader(what: Happening, window: Window, w: World) -> Reader:
    return Reader(what, window, w.calendar, _filter(what, w))


def _filter(what: Happening, w: World) -> Filter | None:
    """Return the filter of a `where (…)`, walked for each event."""
    where = what.where
    if where is None:
        return None
    calendar, matchers = w.calendar, w.matchers
    return lambda item, a, h, now, z, t: (
        evaluate(where, World(a, h, now, z, t, calendar, matchers, item)) is True
    )


def belongs(then: Happening, calendar: Calendar, matchers: Matchers) -> Belongs | None:
    """Return whether a second is that of a first, walked; None where its filter does not ask."""
    where = then.where
    if where is None or not any(isinstance(node, FirstField) for node in nodes(where)):
        return None
    return lambda first, item, a, h, now, z, t: (
        evaluate(where, World(a, h, now, z, t, calendar, matchers, item, first=first)) is True
    )


# --- in words -----------------------------------------------------------------------------------


def _shown(expr: Expr) -> tuple[Expr, ...]:
    """Return the parts whose values explain the whole: not those that were written out."""
    match expr:
        case And(items) | Or(items):
            return items
        case Compare(_, left, right) | Arith(_, left, right):
            parts: tuple[Expr, ...] = (left, right)
        case Between(value, low, high):
            parts = (value, low, high)
        case In(value, items):
            parts = (value, *items)
        case Default(value, otherwise):
            parts = (value, otherwise)
        case Not(value) | Negate(value) | Like(value) | Matches(value) | IsMissing(value):
            parts = (value,)
        case IsPresent(value) | DaysSince(value) | DaysUntil(value):
            parts = (value,)
        case WithinNext(value) | WithinLast(value):
            parts = (value,)
        case MovedBy(value, _, _, _, duration):
            parts = (value, Ago(value, duration))
        case _:
            parts = ()
    return tuple(part for part in parts if not isinstance(part, Constant | DayOf | DurationOf))


def note_of(expr: Expr, w: World) -> str:
    """Return how many events were counted and when the last one was."""
    match expr:
        case Has(what, window):
            # Only the last event need be remembered, so there is no number to tell.
            last = _reader(what, window, w).latest(w.a, w.h, w.now, w.z, w.t)
            return "no event" if last is None else f"the last at {iso(last, w.z)}"
        case Count(what, window) | Stat(_, what, _, window) | ValueOf(_, what, _, window):
            reader = _reader(what, window, w)
        case Absent(what) | TimeSince(_, what) | DaysSinceEvent(_, what):
            reader = _reader(what, _ALL_TIME, w)
        case Quantified(_, records) | NumberOf(records):
            return _share(_truths(records, w))
        case _:
            return ""
    last = reader.edge("last", w.a, w.h, w.now, w.z, w.t)
    if last is None:
        return "no event"
    count = reader.count(w.a, w.h, w.now, w.z, w.t)
    return f"{count} event{'' if count == 1 else 's'}, the last at {iso(last, w.z)}"


def _share(truths: list[object]) -> str:
    """Return of how many items something is true, and of how many nobody knows."""
    unknown = sum(not isinstance(truth, bool) for truth in truths)
    told = f"true of {sum(truth is True for truth in truths)} of {len(truths)}"
    return f"{told}, unknown of {unknown}" if unknown else told
