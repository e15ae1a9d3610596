"""Trees to the nodes that look at what happened: counts, absences, statistics, dates in windows."""

from dataclasses import replace
from typing import Final, Literal, cast

from ..engine.core.expr import (
    Absent,
    AllTime,
    Count,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    Expr,
    Happening,
    Has,
    LastWindow,
    Not,
    Sequence,
    SinceEvent,
    SinceTrigger,
    Stat,
    TimeSince,
    ValueOf,
    Window,
    WithinLast,
    WithinNext,
)
from .build import Builder, Rule, names_of, stretch_of, token_of, trees_of
from .names import event as find_event
from .names import property_path, resolve
from .parser import Token, Tree
from .periods import in_period, no_period
from .scope import declared
from .typecheck import check_kind

__all__ = ["HISTORY", "filtered", "happening", "measured", "window"]

_WINDOWS = ("last_window", "since_window", "ever_window", "period_window")


def happening(b: Builder, tree: Tree) -> Happening | None:
    """Make `purchase where (amount > 100)` of an event and its filter."""
    name, *filters = trees_of(tree)
    event = find_event(names_of(name)[0], b.place(name), b.scope, b.report)
    return filtered(b, event, filters[0] if filters else None, tree)


def filtered(b: Builder, event: str | None, filter_: Tree | None, whole: Tree) -> Happening | None:
    """Put what stands in `where (…)` to a declared event."""
    if event is None:
        return None
    if filter_ is None:
        return Happening(event, span=b.place(whole))
    where = b.inside(event).condition(filter_.parts[1])
    return Happening(event, where, span=b.place(whole)) if where is not None else None


def window(b: Builder, tree: Tree, *, narrowed: bool = False) -> Window | None:
    """Read the window below a tree; None where it is wrong."""
    found = next((part for part in trees_of(tree) if part.rule in _WINDOWS), None)
    if b.scope.window == "period":
        return in_period(b, found)
    if found is None:
        return SinceTrigger() if narrowed and b.scope.window == "since trigger" else AllTime()
    if found.rule == "ever_window":
        return AllTime()
    if found.rule == "period_window":
        no_period(b, found)
        return None
    if found.rule == "last_window":
        length = stretch_of(b, cast("Token", found.parts[1]))
        return LastWindow(length) if length is not None else None
    name = cast("Tree", found.parts[1])
    if names_of(name) == ("trigger",):
        if b.scope.has_trigger or b.scope.window == "since trigger" or b.scope.trigger_events:
            return SinceTrigger()
        b.error("N108", name, "`since trigger`: nothing was triggered here", "no run to look at")
        return None
    event = find_event(names_of(name)[0], b.place(name), b.scope, b.report)
    return SinceEvent(event) if event is not None else None


def _counted(b: Builder, tree: Tree) -> Expr | None:
    """`count of E …`, `has E …`, `no E …`."""
    what = happening(b, cast("Tree", tree.parts[1]))
    within = window(b, tree, narrowed=True)
    if what is None or within is None:
        return None
    span = b.place(tree)
    if tree.rule == "count":
        return Count(what, within, span=span)
    has = Has(what, within, span=span)
    return has if tree.rule == "has" else Not(has, span=span)


def _held(b: Builder, tree: Tree) -> Expr | None:
    """`no E for D`; any other `for` belongs to the end of a `when`."""
    test, _, token = tree.parts
    length = stretch_of(b, cast("Token", token))
    if isinstance(test, Tree) and test.rule == "no" and len(test.parts) == 2:
        what = happening(b, cast("Tree", test.parts[1]))
        if what is None or length is None:
            return None
        return Absent(what, length, span=b.place(tree))
    if tree is b.tail:
        b.hold = length
        return b.build(test)
    hint = "ask `no login for 14 days`, or make it a trigger: `when seats > 10 for 3 days`"
    b.error("S116", token_of(tree, "FOR") or tree, "`for` does not fit here", "", hint)
    return None


def _sequence(b: Builder, tree: Tree) -> Expr | None:
    one, other = trees_of(tree)
    first = happening(b, one)
    after = b.under(replace(b.scope, first=first.event)) if first is not None else b
    then = happening(after, other)
    length = stretch_of(b, cast("Token", tree.parts[-1]))
    if first is None or then is None or length is None:
        return None
    without = token_of(tree, "WITHOUT") is not None
    return Sequence(first, then, length, without, span=b.place(tree))


def _field(b: Builder, tree: Tree) -> tuple[Happening, tuple[str, ...], Window] | None:
    """Read `purchase.amount [where (…)] [window]` after its keyword."""
    field, *rest = trees_of(tree)
    names = names_of(field)
    event = find_event(names[0], b.place(field.parts[0]), b.scope, b.report)
    path = property_path(names[1:], event, b.place(field), b.scope, b.report) if event else None
    filter_ = next((part for part in rest if part.rule == "filter"), None)
    what = filtered(b, event, filter_, field)
    within = window(b, tree)
    return None if what is None or path is None or within is None else (what, path, within)


def _stat(b: Builder, tree: Tree) -> Expr | None:
    read = measured(b, tree)
    if read is None:
        return None
    span = b.place(tree)
    fn = cast("Literal['sum', 'avg', 'min', 'max']", cast("Token", tree.parts[0]).text.split()[0])
    return Stat(fn, *read, span=span)


def measured(b: Builder, tree: Tree) -> tuple[Happening, tuple[str, ...], Window] | None:
    """Read `purchase.amount [where (…)] [window]`, which has to be a number."""
    read = _field(b, tree)
    if read is None:
        return None
    value = ValueOf("last", *read, span=b.place(trees_of(tree)[0]))
    if not check_kind(value, "number", "T106", b.scope, b.report):
        return None
    return read


def _value_of(b: Builder, tree: Tree) -> Expr | None:
    read = _field(b, tree)
    if read is None:
        return None
    return ValueOf(_which(tree), *read, span=b.place(tree))


def _which(tree: Tree) -> Literal["first", "last"]:
    words = cast("Token", tree.parts[0]).text.split()
    return "first" if "first" in words else "last"


def _since_event(b: Builder, tree: Tree) -> Expr | None:
    what = happening(b, cast("Tree", tree.parts[1]))
    if what is None:
        return None
    node = TimeSince if tree.rule == "time_since" else DaysSinceEvent
    return node(_which(tree), what, span=b.place(tree))


def _days(b: Builder, tree: Tree) -> Expr | None:
    path = cast("Tree", tree.parts[1])
    names = names_of(path)
    known = b.scope.vocabulary
    happened = declared(names[0], known.events)
    if len(names) == 1 and happened and declared(names[0], known.attributes) is None:
        hint = f"write `days since last {happened}`"
        b.error("T108", path, f"`{happened}` is an event, not a date", "an event", hint)
        return None
    value = _moment(b, path)
    if value is None:
        return None
    node = DaysSince if tree.rule == "days_since" else DaysUntil
    return node(value, span=b.place(tree))


def _moment(b: Builder, path: Tree) -> Expr | None:
    value = resolve(names_of(path), b.place(path), b.scope, b.report)
    if value is None or not check_kind(value, "date|instant", "T108", b.scope, b.report):
        return None
    return value


def _within(b: Builder, tree: Tree) -> Expr | None:
    value = _moment(b, cast("Tree", tree.parts[0]))
    length = stretch_of(b, cast("Token", tree.parts[2]))
    if value is None or length is None:
        return None
    node = WithinNext if tree.rule == "in_next" else WithinLast
    return node(value, length, span=b.place(tree))


HISTORY: Final[dict[str, Rule]] = {
    "count": _counted,
    "has": _counted,
    "no": _counted,
    "held": _held,
    "sequence": _sequence,
    "stat": _stat,
    "value_of": _value_of,
    "time_since": _since_event,
    "days_since_event": _since_event,
    "days_since": _days,
    "days_until": _days,
    "in_last": _within,
    "in_next": _within,
}
"""What builds each alternative of the grammar that this file knows."""
