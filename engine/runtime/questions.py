"""A condition as SQL over the facts: exactly where that can be, else true of too many, never too few.

Each part of a condition becomes two: when it may be true, and when it may be false. Where both are
exact the database has the last word; else whoever it finds is judged one by one.
"""

from collections.abc import Callable, Mapping, Sequence
from math import ceil, floor
from typing import Any, Final

from sqlalchemy import and_, false, literal, not_, or_, true

from ..core import expr as E
from ..core.anchors import Intervals, Passed, completed, over, past, true_days, true_instants
from ..core.calendar import date_of, start_of
from ..core.duration import DAY, Duration
from ..core.expr import Expr
from ..core.plan import Calendar
from ..core.readers import channel_of, is_fixed
from ..core.relations import MIRRORED
from ..core.zone import Zone
from .columns import Columns, Sql, Valued, day_of, literal_of, texts
from .facts import BETWEEN
from .reckoning import reckoned
from .truths import ANYBODY, OPS, Part, all_of, any_of, counted, inside, known, later, of_order

__all__ = ["Question"]

_FAR: Final = 100_000
"""So many days, and what lasts longer, are left to be judged one by one."""


class Question:
    """Turns conditions into SQL for one instant; `places` are all that customers are in."""

    def __init__(
        self, columns: Columns, places: Mapping[str, Zone], calendar: Calendar, now: int
    ) -> None:
        self._columns = columns
        self._places = places
        self._calendar = calendar
        self._now = now
        self._doubts = list[Sql]()
        """Of whom what was calculated for a leaf is in doubt."""

    def part(self, expr: Expr) -> Part:
        """Return a condition as SQL."""
        match expr:
            case E.Not(value):
                return self.part(value).turned()
            case E.And(items):
                return all_of([self.part(item) for item in items])
            case E.Or(items):
                return any_of([self.part(item) for item in items])
            case _:
                outer, self._doubts = self._doubts, []
                found = self._leaf(expr) or ANYBODY
                found, self._doubts = found.but(self._doubts) if self._doubts else found, outer
                return found

    def _leaf(self, expr: Expr) -> Part | None:
        match expr:
            case E.Attribute():
                found = self._columns.value(expr)
                return None if found is None or found.kind != "boolean" else known(found.sql == 1)
            case E.IsMissing(value):
                return self._missing(value)
            case E.IsPresent(value):
                missing = self._missing(value)
                return None if missing is None else missing.turned()
            case E.Compare():
                return self._compared(expr)
            case E.Between(value, low, high):
                ends = E.Compare(">=", value, low), E.Compare("<=", value, high)
                return self.part(E.And(ends))
            case E.In(value, items, folded):
                return self._among(value, items, folded=folded)
            case E.Like(value, pattern, folded):
                found = self._columns.value(value)
                if found is None or found.kind != "text" or folded or not texts(pattern):
                    return None
                return known(self._columns.like(found.sql, pattern))
            case E.Matches(value, pattern, False):
                op, words = literal_of(pattern)
                return self._compared(E.Compare(op, value, E.Constant(words))) if op else None
            case E.Quantified(which, E.Records(of, where)) if which != "all" and where is not None:
                return self._any(of, where, none=which == "none")
            case E.WithinLast(value, duration):
                return self._within(value, duration, 1)
            case E.WithinNext(value, duration):
                return self._within(value, duration, -1)
            case _:
                return self._happened(expr)

    # --- values -----------------------------------------------------------------------------------

    def _compared(self, expr: E.Compare) -> Part | None:
        op, left, right = expr.op, expr.left, expr.right
        if (
            isinstance(left, E.Constant | E.DurationOf | E.Now | E.Today | E.DayOf)
            and op in MIRRORED
        ):
            op, left, right = MIRRORED[op], right, left
        if expr.folded:
            return None
        match left, right:
            case ((E.TimeSince() | E.TimeInStage()), E.DurationOf(duration)):
                anchor = self._anchor(left)
                return None if anchor is None else self._lasted(anchor, duration, op)
            case (
                (E.DaysSince() | E.DaysUntil() | E.DaysSinceEvent() | E.DaysInStage()),
                E.Constant(int() | float() as number),
            ) if not isinstance(number, bool):
                return self._days(left, op, number)
            case (E.Count(_, E.LastWindow()), E.Constant(int() | float() as number)) if op in OPS:
                return self._often(left, op, number)
            case _:
                return self._related(op, left, right)

    def _related(self, op: str, left: Expr, right: Expr) -> Part | None:
        """Compare two values that stand in columns, or are written out."""
        mine = self._value(left)
        if mine is None:
            return None
        if mine.kind in ("date", "instant") and isinstance(right, E.Now | E.Today | E.DayOf):
            return self._dated(mine, op, right)
        if mine.kind == "list":
            return self._contains(mine, op, right)
        other = self._value(right)
        if other is None or other.kind != mine.kind:
            return None
        if mine.kind == "boolean" and op not in ("==", "!="):
            return None
        if op in OPS:
            return known(OPS[op](mine.sql, other.sql))
        if mine.kind != "text":
            return None
        return known(self._columns.inside(op, mine.sql, other.sql))

    def _missing(self, value: Expr) -> Part | None:
        found = self._value(value)
        return None if found is None else Part(found.sql.is_(None), found.sql.is_not(None))

    def _value(self, expr: Expr) -> Valued | None:
        """Return a value that stands in a column, is written out, or is calculated from such."""
        if not isinstance(expr, E.Arith | E.Negate):
            return self._columns.value(expr)
        found = reckoned(self._columns, expr)
        if found is None:
            return None
        self._doubts += found[1]
        return found[0]

    def _contains(self, items: Valued, op: str, item: Expr) -> Part | None:
        match item:
            case E.Constant(str() as words) if op == "contains" and _may_be_item(words):
                return known(self._columns.holds(items.sql, words))
            case _:
                return None

    def _any(self, of: Expr, where: Expr, *, none: bool) -> Part | None:
        """Ask whether a list has one of some texts; one that is missing has none."""
        items, wanted = self._columns.value(of), _wanted(where)
        if items is None or items.kind != "list" or wanted is None:
            return None
        has = or_(false(), *(self._columns.holds(items.sql, one) for one in wanted))
        found = Part(and_(items.sql.is_not(None), has), or_(items.sql.is_(None), not_(has)))
        return found.turned() if none else found

    def _among(self, value: Expr, items: tuple[Expr, ...], *, folded: bool) -> Part | None:
        mine = self._value(value)
        if mine is None or folded or mine.kind == "list":
            return None
        if not items:
            return Part(false(), mine.sql.is_not(None))
        others = [self._value(item) for item in items]
        if any(one is None or one.kind != mine.kind for one in others):
            return None
        if all(isinstance(item, E.Constant | E.DayOf) for item in items):
            return known(mine.sql.in_([one.plain for one in others if one is not None]))
        return self.part(E.Or(tuple(E.Compare("==", value, item) for item in items)))

    def _dated(self, mine: Valued, op: str, right: E.Now | E.Today | E.DayOf) -> Part | None:
        """Compare a date or an instant with now, today, or a date that is written out."""
        if op not in OPS:
            return None
        if mine.kind == "date" and not isinstance(right, E.Now):
            return known(OPS[op](mine.sql, self._day(right)))
        if mine.kind == "instant" and isinstance(right, E.Now):
            return known(OPS[op](mine.sql, literal(self._now)))
        # The one is as early as the other begins: what is a day has its first instant.
        if mine.kind == "date":
            reached, before = past(self._now), past(self._now - 1)
            return self._ordered(mine, op, reached, before)
        starts = {place: self._start(right, zone) for place, zone in self._places.items()}
        return known(OPS[op](mine.sql, self._by_place(starts)))

    def _ordered(self, mine: Valued, op: str, reached: Passed, before: Passed) -> Part:
        """Compare by two truths: of what is not later, and of what is earlier."""
        upto, earlier = self._passed(mine, lambda _: reached), self._passed(mine, lambda _: before)
        return of_order(op, upto, earlier)

    def _day(self, what: E.Today | E.DayOf) -> Sql:
        if isinstance(what, E.DayOf):
            return literal(float(day_of(what.iso)))
        return self._by_place({p: z.local(self._now) // DAY for p, z in self._places.items()})

    def _start(self, what: Expr, zone: Zone) -> int:
        day = what.iso if isinstance(what, E.DayOf) else date_of(self._now, zone)
        return start_of(day, zone)

    # --- time -------------------------------------------------------------------------------------

    def _within(self, value: Expr, duration: Duration, times: int) -> Part | None:
        mine = self._columns.value(value)
        if mine is None or mine.kind not in ("date", "instant") or _is_far(duration):
            return None
        ended = self._passed(
            mine, lambda zone: over(duration, self._now, zone, self._calendar, times)
        )
        if times == 1:
            begun = self._passed(mine, lambda _: past(self._now))
            return Part(and_(begun.yes, ended.no), or_(begun.no, ended.yes))
        gone = self._passed(mine, lambda _: past(self._now - 1))
        return Part(and_(ended.yes, gone.no), or_(ended.no, gone.yes))

    def _anchor(self, expr: Expr) -> Valued | None:
        """Return the column of the instant that something is counted from."""
        match expr:
            case E.TimeSince(which, what) | E.DaysSinceEvent(which, what):
                return self._edge(which, what)
            case E.TimeInStage(stage) | E.DaysInStage(stage):
                return self._columns.fact("stay", stage.name)
            case E.DaysSince(value) | E.DaysUntil(value):
                found = self._columns.value(value)
                return found if found is not None and found.kind in ("date", "instant") else None
            case _:
                return None

    def _edge(self, which: str, what: E.Happening) -> Valued | None:
        return self._columns.fact(which, channel_of(what)) if is_fixed(what.where) else None

    def _lasted(self, anchor: Valued, duration: Duration, op: str) -> Part | None:
        """Compare now with an anchor and a duration: `now > anchor + D` says of it that it is earlier."""
        if _is_far(duration) or op not in OPS:
            return None
        reached = self._passed(anchor, lambda z: over(duration, self._now, z, self._calendar))
        earlier = self._passed(anchor, lambda z: over(duration, self._now - 1, z, self._calendar))
        return of_order(MIRRORED[op], reached, earlier)

    def _days(self, expr: Expr, op: str, number: float) -> Part | None:
        """Compare the days completed since an anchor, or until it, with a number."""
        anchor = self._anchor(expr)
        if isinstance(expr, E.DaysUntil) and op in OPS:
            op, number = MIRRORED[op], -number
        if anchor is None or op not in OPS or abs(number) > _FAR:
            return None
        at_least = ceil(number) if op in (">=", "<", "==", "!=") else floor(number) + 1
        reached = self._completed(anchor, at_least)
        if op in (">=", ">"):
            return reached
        if op in ("<", "<="):
            return Part(reached.no, reached.yes)
        if number != at_least:  # Days are whole.
            never = Part(false(), anchor.sql.is_not(None))
            return never if op == "==" else Part(never.no, never.yes)
        more = self._completed(anchor, at_least + 1)
        same = Part(and_(reached.yes, more.no), or_(reached.no, more.yes))
        return same if op == "==" else Part(same.no, same.yes)

    def _completed(self, anchor: Valued, days: int) -> Part:
        return self._passed(anchor, lambda zone: completed(days, self._now, zone))

    # --- history ----------------------------------------------------------------------------------

    def _happened(self, expr: Expr) -> Part | None:
        match expr:
            case E.Has(what, window) if is_fixed(what.where):
                last = self._edge("last", what)
                return None if last is None else self._has(last, window)
            case E.Absent(what, duration) if is_fixed(what.where) and not _is_far(duration):
                last, seen = self._edge("last", what), self._columns.fact("seen")
                if last is None or seen is None:
                    return None
                later = Valued(self._columns.later(last.sql, seen.sql), "instant")
                return self._passed(
                    later, lambda zone: over(duration, self._now, zone, self._calendar)
                )
            case _:
                return None

    def _has(self, last: Valued, window: E.Window) -> Part | None:
        match window:
            case E.AllTime():
                return Part(last.sql.is_not(None), last.sql.is_(None))
            case E.LastWindow(duration) if not _is_far(duration):
                return self._lately(last, duration)
            case E.SinceEvent(event):
                since = self._columns.fact("last", channel_of(E.Happening(event)))
                return None if since is None else later(last.sql, since.sql)
            case _:
                return None

    def _lately(self, last: Valued, duration: Duration) -> Part:
        """Ask whether the last event is in a window: or one before it, where the calendar clamps."""
        cuts = self._cuts(duration)
        left = self._at(last, cuts)
        if all(len(cut) <= 1 for cut in cuts.values()):
            return Part(left.no, or_(last.sql.is_(None), left.yes))
        sure = {place: cut[:1] for place, cut in cuts.items()}
        return Part(self._at(last, sure).no, or_(last.sql.is_(None), left.yes), exact=False)

    def _cuts(self, duration: Duration) -> Mapping[str, Intervals]:
        """Return for each place which instants have left a window."""
        return {
            place: true_instants(over(duration, self._now, zone, self._calendar), zone)
            for place, zone in self._places.items()
        }

    def _often(self, count: E.Count, op: str, number: float) -> Part | None:
        """So many in a window: none if the last has left it, all if the first has not, else vague."""
        if op in ("==", "!="):
            ends = [self._often(count, one, number) for one in (">=", "<=")]
            known_ = [end for end in ends if end is not None]
            same = all_of(known_) if len(known_) == len(ends) else None
            return same.turned() if same is not None and op == "!=" else same
        window, edges = count.window, [self._edge(which, count.what) for which in ("last", "first")]
        last, first = edges
        if last is None or first is None or not isinstance(window, E.LastWindow):
            return None
        total = self._columns.fact("total", channel_of(count.what))
        if total is None or _is_far(window.duration):
            return None
        lately = self._lately(last, window.duration)
        if not lately.exact:
            return (
                Part(and_(lately.yes, total.sql >= 1), true(), exact=False)
                if not OPS[op](0, number)
                else None
            )
        since = self._lately(first, window.duration)
        return counted(lately, since, total.sql, lambda many: OPS[op](many, number))

    # --- places -----------------------------------------------------------------------------------

    def _passed(self, anchor: Valued, asked: Callable[[Zone], Passed]) -> Part:
        """Ask something of an anchor, wherever its customer is."""
        true_of = true_days if anchor.kind == "date" else true_instants
        found = {place: true_of(asked(zone), zone) for place, zone in self._places.items()}
        return self._at(anchor, found)

    def _at(self, anchor: Valued, found: Mapping[str, Intervals]) -> Part:
        """Ask whether an anchor is inside the intervals of its customer's place."""
        alike: dict[Intervals, list[str]] = {}
        for place, intervals in found.items():
            alike.setdefault(intervals, []).append(place)
        if len(alike) == 1:
            return inside(anchor.sql, next(iter(alike)))
        if all(len(one) == 1 and one[0][0] is None and one[0][1] is not None for one in alike):
            until = self._by_place({place: one[0][1] for place, one in found.items()})
            return known(anchor.sql <= until)
        parts = [
            (self._columns.place.in_(places), inside(anchor.sql, intervals))
            for intervals, places in alike.items()
        ]
        return Part(
            or_(*(and_(here, part.yes) for here, part in parts)),
            or_(*(and_(here, part.no) for here, part in parts)),
        )

    def _by_place(self, values: Mapping[str, Any]) -> Sql:
        """Return a number that depends on where a customer is."""
        alike: dict[Any, list[str]] = {}
        for place, value in values.items():
            alike.setdefault(value, []).append(place)
        return self._columns.chosen(alike)


def _wanted(where: Expr) -> Sequence[str] | None:
    """Return the texts of which an item has to be one; None for any other condition."""
    match where:
        case E.Compare("==", E.RecordField(()), E.Constant() as item, False):
            items: tuple[Expr, ...] = (item,)
        case E.Compare("==", E.Constant() as item, E.RecordField(()), False):
            items = (item,)
        case E.In(E.RecordField(()), items, False):
            pass
        case _:
            return None
    found = [item.value for item in items if isinstance(item, E.Constant)]
    texts_ = [one for one in found if isinstance(one, str) and _may_be_item(one)]
    return texts_ if len(texts_) == len(items) else None


def _may_be_item(words: str) -> bool:
    return texts(words) and BETWEEN not in words


def _is_far(duration: Duration) -> bool:
    return duration.microseconds > _FAR * DAY
