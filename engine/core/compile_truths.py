"""Writes truths as Python expressions: one for when a condition is true, one for when it is false.

Negation is pushed down to the comparisons, so that unknown needs no value of its own. Missing
values are tested in place, which measured nearly as fast as not testing them at all.
"""

from collections.abc import Callable, Mapping
from functools import partial
from math import ceil, floor, isfinite
from typing import Final

from .calendar import add
from .channels import History
from .compile_values import WORLD, ValueWriter
from .cut_offs import cut_off, cut_off_dates
from .duration import DAY, Duration
from .evaluate import World, belongs, evaluate
from .expr import (
    Absent,
    Ago,
    AllTime,
    And,
    AnswerField,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    DaysInStage,
    DaysSince,
    DaysSinceEvent,
    DaysUntil,
    DurationOf,
    Expr,
    Has,
    In,
    IsMissing,
    IsPresent,
    ItemField,
    Like,
    Matches,
    MovedBy,
    Not,
    NumberOf,
    Or,
    Quantified,
    RecordField,
    Records,
    Sequence,
    Stat,
    TimeInStage,
    TimeSince,
    TriggerField,
    ValueOf,
    WasIn,
    WithinLast,
    WithinNext,
)
from .follows import FollowReader
from .plan import Calendar
from .reach import SLACK, reach
from .readers import Trigger
from .reads import nodes
from .relations import MIRRORED, Ordering, related
from .zone import UTC, Zone

__all__ = ["TruthWriter"]

_OPPOSITE: Final[dict[str, Ordering]] = {
    "==": "!=",
    "!=": "==",
    "<": ">=",
    "<=": ">",
    ">": "<=",
    ">=": "<",
}
_MOST_DAYS: Final = 1_000_000


class TruthWriter(ValueWriter):
    """Writes a whole condition; what is rare is left to the walker."""

    def truth(self, expr: Expr, *, want: bool) -> str:
        """Return source that is true exactly when `expr` is known to be `want`."""
        match expr:
            case Not(value):
                return self.truth(value, want=not want)
            case And(items):
                return self._joined(items, "and" if want else "or", want=want)
            case Or(items):
                return self._joined(items, "or" if want else "and", want=want)
            case Compare():
                return self._compare(expr, want=want)
            case Between(value, low, high):
                ends = (Compare(">=", value, low), Compare("<=", value, high))
                return self.truth(And(ends), want=want)
            case In():
                return self._in(expr, want=want)
            case (
                Attribute()
                | TriggerField()
                | AnswerField()
                | ItemField()
                | RecordField()
                | Constant()
            ):
                return f"{self.value(expr)} is {want}"
            case _:
                return self._question(expr, want=want)

    def _question(self, expr: Expr, *, want: bool) -> str:
        match expr:
            case IsMissing(value):
                return f"{self.value(value)} is {'' if want else 'not '}None"
            case IsPresent(value):
                return f"{self.value(value)} is {'not ' if want else ''}None"
            case Has(what, window):
                has = f"{self.bind(self.reader(what, window).has)}{WORLD}"
                return has if want else f"not {has}"
            case Absent():
                return f"{self.bind(self._absent(expr))}{WORLD} is {want}"
            case Quantified(which, records):
                return self._quantified(which, records, want=want)
            case Sequence(first, then):
                pairs = belongs(then, self.calendar, self.matchers)
                follow = FollowReader(
                    expr, self.calendar, self.filter(first), self.filter(then), pairs
                )
                return f"{self.bind(follow.has)}{WORLD} is {want}"
            case MovedBy(value, direction, amount, percent, duration):
                sides = f"{self.value(value)}, {self.value(Ago(value, duration))}"
                asked = f"{self.constant(direction)}, {sides}, {self.constant(amount)}"
                return f"moved_by({asked}, percent={percent}) is {want}"
            case WasIn(stage, _, stages):
                was = f"was_in(h, {self.constant(stage.name)}, {self.constant(stages)})"
                return f"{was} is {want}"
            case _:
                return f"{self._walked(expr)} is {want}"

    def _quantified(self, which: str, records: Records, *, want: bool) -> str:
        """Look for one item that settles the matter, or make sure of all."""
        where, wanted = records.where, want is (which != "none")
        test = "lambda r: True" if where is None else self.each(where, want=wanted)
        found = "some" if wanted is (which != "all") else "every"
        return f"{found}({self.value(records.of)}, {test})"

    def _joined(self, items: tuple[Expr, ...], word: str, *, want: bool) -> str:
        """Join the legs, cheapest first: nothing raises and unknown has no order."""
        legs = [self.truth(item, want=want) for item in sorted(items, key=_cost)]
        return "(" + f" {word} ".join(f"({leg})" for leg in legs) + ")"

    def _walked(self, expr: Expr) -> str:
        calendar, matchers = self.calendar, self.matchers

        def walk(
            a: Mapping[str, object],
            h: History,
            now: int,
            z: Zone,
            t: Trigger | None,
            i: Mapping[str, object] | None,
            r: object,
        ) -> object:
            return evaluate(expr, World(a, h, now, z, t, calendar, matchers, i, r))

        return f"{self.bind(walk)}(a, h, now, z, t, i, r)"

    # --- comparisons ------------------------------------------------------------------------------

    def _compare(self, expr: Compare, *, want: bool) -> str:
        match expr:
            case Compare(op, Constant() | DurationOf() as left, right, folded) if (
                op in MIRRORED and not isinstance(right, Constant | DurationOf)
            ):
                return self._compare(Compare(MIRRORED[op], right, left, folded), want=want)
            case Compare(op, TimeSince() as since, DurationOf(duration)):
                return f"{self.bind(self._elapsed(op, since, duration))}{WORLD} is {want}"
            case Compare(op, TimeInStage(stage), DurationOf(duration)):
                ripe = self.bind(partial(_ripe, op, duration, self.calendar))
                return f"{ripe}({self.entered(stage)}, now, z) is {want}"
            case Compare(op, left, Constant(bool() as level)) if op in {"==", "!="}:
                wanted = level is ((op == "==") is want)
                return self.truth(left, want=wanted)
            case Compare(op, left, Constant(int() | float() as number)) if op in MIRRORED:
                return self._with_number(op, left, number, want=want)
            case Compare(op, left, Constant(str() as text), False) if op in MIRRORED:
                return self._with_text(op, left, text, want=want)
            case Compare(op, left, right, folded):
                sides = f"{self.constant(op)}, {self.value(left)}, {self.value(right)}"
                return f"related({sides}, z, folded={folded}) is {want}"

    def _with_number(self, op: str, left: Expr, number: float, *, want: bool) -> str:
        op = op if want else _OPPOSITE[op]
        match left:
            case DaysSince() | DaysSinceEvent() if _is_days(op, number):
                return self._days(left, op, number)
            case DaysUntil() if _is_days(op, number):
                return self._days(left, MIRRORED[op], -number)
            case Count() | NumberOf():
                return f"{self.value(left)} {op} {self.constant(number)}"
            case _:
                return self._with_unknown(op, left, number)

    def _with_unknown(self, op: str, left: Expr, number: float) -> str:
        """Compare what may be missing with a number."""
        temp, level = self.temp(), self.constant(number)
        found = f"({temp} := {self.value(left)})"
        if op == "==":
            # True equals 1 in Python, and nowhere else.
            flag = f" and {temp}.__class__ is not bool" if number in {0, 1} else ""
            return f"{found} == {level}{flag}"
        if op == "!=":
            kind = f"({temp}.__class__ is int or {temp}.__class__ is float)"
            return f"{found} != {level} and {kind}"
        return f"{found} is not None and {temp} {op} {level}"

    def _with_text(self, op: str, left: Expr, text: str, *, want: bool) -> str:
        op = op if want else _OPPOSITE[op]
        level, temp = self.constant(text), self.temp()
        if op == "==":
            return f"{self.value(left)} == {level}"
        found = f"({temp} := {self.value(left)})"
        if op == "!=":
            return f"{found} != {level} and {temp}.__class__ is str"
        return f"{found} is not None and {temp} {op} {level}"

    def _in(self, expr: In, *, want: bool) -> str:
        levels = [item.value for item in expr.items if isinstance(item, Constant)]
        kinds = {type(level) for level in levels}
        if expr.folded or not kinds or len(levels) != len(expr.items):
            return f"{self._walked(expr)} is {want}"
        temp, members = self.temp(), self.constant(frozenset(levels))
        found = f"({temp} := {self.value(expr.value)})"
        if kinds == {str}:
            return (
                f"{self.value(expr.value)} in {members}"
                if want
                else f"{found}.__class__ is str and {temp} not in {members}"
            )
        if kinds <= {int, float}:
            number = f"({found}.__class__ is int or {temp}.__class__ is float)"
            return f"{number} and {temp} {'in' if want else 'not in'} {members}"
        return f"{self._walked(expr)} is {want}"

    def _days(self, left: DaysSince | DaysUntil | DaysSinceEvent, op: str, number: float) -> str:
        """Compare an anchor with cut-offs; only close to them is the calendar asked."""
        days = ceil(number) if op in {">=", "<"} else floor(number) + 1
        reached = op in {">=", ">"}
        temp, count = self.temp(), self.constant(days)
        exact = f"days_since({temp}, now, z) {'>=' if reached else '<'} {count}"
        date = f"reached({temp}, {count}, now, z) is {reached}"
        if self.at_once is None:
            early, late = self.constant(days * DAY + SLACK), self.constant(days * DAY - SLACK)
            instant = _banded(temp, f"now - {early}", f"now - {late}", exact, reached=reached)
        else:
            instant = self._days_at_once(temp, days, exact, reached=reached)
            surely, perhaps = map(self.constant, cut_off_dates(*self.at_once, days))
            banded = _banded(temp, surely, perhaps, date, reached=reached)
            date = f"{temp} is not None and {banded}"
        return f"{instant} if ({temp} := {self.anchor(left)}).__class__ is int else {date}"

    def _days_at_once(self, temp: str, days: int, exact: str, *, reached: bool) -> str:
        """Compare with the one cut-off there is, unless clocks change close to it."""
        now, zone = self.at_once or (0, UTC)
        cut = cut_off(now, zone, days)
        if cut is not None:
            return f"{temp} {'<=' if reached else '>'} {self.constant(cut)}"
        early, late = now - days * DAY - SLACK, now - days * DAY + SLACK
        return _banded(temp, self.constant(early), self.constant(late), exact, reached=reached)

    # --- history ----------------------------------------------------------------------------------

    def _absent(self, expr: Absent) -> Callable[..., bool | None]:
        last = self.reader(expr.what, AllTime()).edge
        duration, calendar = expr.duration, self.calendar
        least, most = reach(duration, calendar)

        def absent(
            a: Mapping[str, object], h: History, now: int, z: Zone, t: Trigger | None
        ) -> bool | None:
            since = last("last", a, h, now, z, t)
            seen = h.first_seen_at
            if since is None or (seen is not None and seen > since):
                since = seen
            if since is None:
                return None
            if since > now - least:
                return False
            return since <= now - most or now >= add(since, duration, z, calendar)

        return absent

    def _elapsed(self, op: str, left: TimeSince, duration: Duration) -> Callable[..., bool | None]:
        edge = self.reader(left.what, AllTime()).edge
        which, calendar = left.which, self.calendar

        def elapsed(
            a: Mapping[str, object], h: History, now: int, z: Zone, t: Trigger | None
        ) -> bool | None:
            return _ripe(op, duration, calendar, edge(which, a, h, now, z, t), now, z)

        return elapsed


def _ripe(
    op: str, duration: Duration, calendar: Calendar, since: int | None, now: int, z: Zone
) -> bool | None:
    """Return how the time since an instant relates to a length of time."""
    return None if since is None else related(op, now, add(since, duration, z, calendar), z)


def _banded(temp: str, early: str, late: str, exact: str, *, reached: bool) -> str:
    """Write a test that is exact only between two cut-offs, and plain outside them."""
    if reached:
        return f"{temp} <= {late} and ({temp} <= {early} or {exact})"
    return f"{temp} > {early} and ({temp} > {late} or {exact})"


def _is_days(op: str, number: float) -> bool:
    """Tell whether a comparison with a number of days is one with a cut-off."""
    return op in {"<", "<=", ">", ">="} and isfinite(number) and abs(number) < _MOST_DAYS


def _cost(expr: Expr) -> int:
    """Estimate what a leg costs beside one look at an attribute."""
    return sum(_COSTS.get(type(node), 0) for node in nodes(expr))


_COSTS: Final[dict[type, int]] = {
    Absent: 6,
    Ago: 6,
    AnswerField: 3,
    Attribute: 1,
    Compare: 1,
    Count: 8,
    DaysInStage: 3,
    DaysSince: 2,
    DaysUntil: 2,
    DaysSinceEvent: 6,
    Has: 5,
    ItemField: 1,
    Matches: 8,
    Like: 6,
    MovedBy: 8,
    Records: 8,
    Sequence: 5,
    Stat: 12,
    TimeInStage: 4,
    TimeSince: 8,
    TriggerField: 3,
    ValueOf: 8,
    WasIn: 3,
    WithinLast: 10,
    WithinNext: 10,
}
