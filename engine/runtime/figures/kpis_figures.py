"""The parts of a number, each one query over all periods, told apart by an attribute where that is asked."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import (
    Connection,
    Double,
    FromClause,
    Select,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
)

from ...core.duration import DAY
from ...core.expr import AllTime, And, Compare, Constant, Count, Expr, Happening, Has, Sequence
from ...core.kpis import (
    Calculated,
    Customers,
    CustomerStat,
    Figure,
    InPeriod,
    Kpi,
    Number,
    Other,
    Statistic,
    TimeBetween,
    TimeFrom,
    Total,
)
from ...core.plan import Project
from .kpis_asking import Asked, Column, of_event, sql, within
from .kpis_columns import Columns
from .kpis_windows import Windows

__all__ = ["Found", "Reckoner", "anchor"]

Found = Mapping[tuple[int, object], float | None]
"""Numbers by the place of the period and the value of the attribute that customers are told apart
by; by None without one."""
_EXACT_DAY: Final = float(DAY)


@dataclass(slots=True)
class Reckoner:
    """Tells numbers of some periods; what several of them share is asked once."""

    connection: Connection
    columns: Columns
    project: Project
    windows: Windows
    _kept: dict[object, Found] = field(default_factory=dict)

    def kpi(self, kpi: Kpi) -> Found:
        """Return a number of each period, for each group that customers fall into."""
        return self.figure(kpi.figure, kpi.by)

    def groups(self, by: str) -> list[object]:
        """Return the groups there are: those that are declared, and who is in none of them."""
        if not by:
            return [None]
        return [*(self.project.vocabulary.attributes[by].options or (True, False)), None]

    def figure(self, figure: Figure, by: str) -> Found:
        """Return what a figure comes to, asked once for each way to tell customers apart."""
        key = (figure, by)
        if key not in self._kept:
            self._kept[key] = self._asked(figure, by)
        return self._kept[key]

    def _asked(self, figure: Figure, by: str) -> Found:
        match figure:
            case Number(value):
                return dict.fromkeys(self._places(by), float(value))
            case Other(name):
                named = next(kpi for kpi in self.project.kpis if kpi.name == name)
                return self.figure(named.figure, by)
            case Calculated(op, left, right):
                return _calculated(op, self.figure(left, by), self.figure(right, by))
            case Customers(where):
                return self._whole(by, 0.0, _COUNT(self._chosen(where, by)))
            case CustomerStat(fn, attribute, where):
                rows = self._chosen(where, by, attribute)
                return self._whole(by, _nothing(fn), _STATISTICS[fn](rows))
            case Count(what, window):
                return self._told(self._events(what, window), _COUNT, by, 0.0)
            case Total(fn, what, path, window):
                return self._stated(fn, self._events(what, window, path[0]), by)
            case TimeFrom(fn):
                return self._stated(fn, self._times_from(figure), by)
            case TimeBetween(fn, what):
                return self._stated(fn, self._times_between(what), by)

    def _places(self, by: str) -> list[tuple[int, object]]:
        places, groups = range(len(self.windows.periods)), self.groups(by)
        return [(place, group) for place in places for group in groups]

    def _whole(self, by: str, nothing: float | None, rows: Select[Any]) -> Found:
        """Run a query of periods, groups and values; where it has no row is what nothing comes to."""
        found = {(place, group): value for place, group, value in self.connection.execute(rows)}
        return {key: _float(found.get(key), nothing) for key in self._places(by)}

    # --- customers --------------------------------------------------------------------------------

    def _ask(self) -> Asked:
        return Asked(self.columns, self.project.vocabulary, self.windows)

    def _chosen(self, where: Expr | None, by: str, attribute: str = "") -> FromClause:
        """Return the customers of each period who are chosen, with a group and a value of each."""
        asked = self._ask()
        test = sql(where, asked) if where is not None else literal(value=True)
        value = asked.attribute(attribute) if attribute else literal(1.0, Double)
        group = asked.attribute(by) if by else _NO_GROUP
        done = anchor(where)
        base = asked.joined[done] if done is not None else self._everybody()
        rows = select(base.c.place, group.label("grouped"), value.label("value"))
        return rows.select_from(_joined(base, asked)).where(test).subquery("chosen")

    def _everybody(self) -> FromClause:
        people, window = self.columns.people, self.windows.rows(AllTime())
        rows = select(window.c.place, people.c.customer)
        return rows.join_from(window, people, within(people.c.first_at, window)).subquery("seen")

    # --- events -----------------------------------------------------------------------------------

    def _events(self, what: Happening, window: object, name: str = "") -> Select[Any]:
        told, rows = self.columns.told, self.windows.rows(window)
        value = told.c[self.columns.properties[what.event, name]] if name else literal(1.0, Double)
        found = select(rows.c.place, told.c.customer, value.label("value"))
        found = found.join_from(rows, told, within(told.c.at, rows))
        return found.where(of_event(what, self.columns, told))

    def _times_from(self, asked: TimeFrom) -> Select[Any]:
        """Return the days from each customer's first A in the period to the first B after it."""
        told, then = self.columns.told, self.columns.told.alias("then")
        window = self.windows.rows(InPeriod())
        one = (window.c.place, told.c.customer)
        rank = func.row_number().over(partition_by=one, order_by=(told.c.at, told.c.id))
        ranked = select(*one, told.c.at, told.c.id, rank.label("rank"))
        ranked = ranked.join_from(window, told, within(told.c.at, window))
        first = ranked.where(of_event(asked.first, self.columns, told)).subquery("ranked")
        after = or_(then.c.at > first.c.at, and_(then.c.at == first.c.at, then.c.id > first.c.id))
        tests = [
            first.c.rank == 1, then.c.customer == first.c.customer, after,
            then.c.at >= first.c.at, of_event(asked.then, self.columns, then),
        ]  # fmt: skip
        if asked.within is not None:
            tests.append(then.c.at < first.c.at + asked.within.microseconds)
        days = cast(func.min(then.c.at) - first.c.at, Double) / _EXACT_DAY
        rows = select(first.c.place, first.c.customer, days.label("value")).where(*tests)
        return rows.group_by(first.c.place, first.c.customer, first.c.at)

    def _times_between(self, what: Happening) -> Select[Any]:
        """Return the days from each event of the period back to the customer's last one before."""
        told, window = self.columns.told, self.windows.rows(InPeriod())
        last = func.lag(told.c.at).over(
            partition_by=told.c.customer, order_by=(told.c.at, told.c.id)
        )
        rows = select(told.c.customer, told.c.at, last.label("before"))
        found = rows.where(of_event(what, self.columns, told)).subquery("found")
        days = cast(found.c.at - found.c.before, Double) / _EXACT_DAY
        gaps = select(window.c.place, found.c.customer, days.label("value"))
        gaps = gaps.join_from(window, found, within(found.c.at, window))
        return gaps.where(found.c.before.is_not(None))

    def _stated(self, fn: Statistic, rows: Select[Any], by: str) -> Found:
        return self._told(rows, _STATISTICS[fn], by, _nothing(fn))

    def _told(
        self, rows: Select[Any], statistic: "_Statistic", by: str, nothing: float | None
    ) -> Found:
        """Return a statistic of rows of periods, customers and values, for each group."""
        found = rows.subquery("told")
        asked = self._ask()
        group = asked.attribute(by) if by else _NO_GROUP
        apart = select(found.c.place, group.label("grouped"), found.c.value)
        source = apart.select_from(_joined(found, asked)).subquery("apart")
        return self._whole(by, nothing, statistic(source))


_NO_GROUP: Final[Column] = literal(None)
_Statistic = Callable[[FromClause], Select[Any]]
"""Makes of rows of `place`, `grouped` and `value` a query of one value for each place and group."""


def _plain(name: str) -> _Statistic:
    def statistic(source: FromClause) -> Select[Any]:
        of = (source.c.place, source.c.grouped)
        return select(*of, getattr(func, name)(source.c.value)).group_by(*of)

    return statistic


def _median(source: FromClause) -> Select[Any]:
    """Return the middle value, or the mean of the two in the middle."""
    of = (source.c.place, source.c.grouped)
    rank = func.row_number().over(partition_by=of, order_by=source.c.value)
    size = func.count().over(partition_by=of)
    rows = select(*of, source.c.value, rank.label("rank"), size.label("size"))
    ranked = rows.where(source.c.value.is_not(None)).subquery("ordered")
    middle = (ranked.c.rank * 2).between(ranked.c.size, ranked.c.size + 2)
    found = select(ranked.c.place, ranked.c.grouped, func.avg(ranked.c.value)).where(middle)
    return found.group_by(ranked.c.place, ranked.c.grouped)


_COUNT: Final = _plain("count")
_STATISTICS: Final[Mapping[Statistic, _Statistic]] = {
    "sum": _plain("sum"),
    "avg": _plain("avg"),
    "min": _plain("min"),
    "max": _plain("max"),
    "median": _median,
}


def _nothing(fn: Statistic) -> float | None:
    """Return what a statistic of nothing comes to."""
    return 0.0 if fn == "sum" else None


def _float(value: Any, nothing: float | None) -> float | None:
    return nothing if value is None else float(value)


def _calculated(op: str, left: Found, right: Found) -> Found:
    return {key: _reckoned(op, value, right[key]) for key, value in left.items()}


def _reckoned(op: str, left: float | None, right: float | None) -> float | None:
    """Reckon with two numbers; missing in, or division by zero, gives missing."""
    if left is None or right is None:
        return None
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / right if right else None


def _joined(start: FromClause, asked: Asked) -> FromClause:
    """Join all that is asked of customers to rows that have one, and a period."""
    source = start
    for rows in asked.joined.values():
        if rows is not start:
            same = and_(rows.c.customer == start.c.customer, rows.c.place == start.c.place)
            source = source.outerjoin(rows, same)
    return source


def anchor(where: Expr | None) -> Has | Sequence | None:
    """Return what everybody has done of whom a condition may be true.

    None where it may be true of somebody who has done nothing; then all customers are looked at.
    """
    match where:
        case Has() | Sequence():
            return where
        case Compare(">=" | ">" as op, Count(what, window), Constant(least)) if _is_some(op, least):
            return Has(what, window)
        case And(items):
            return next((found for item in items if (found := anchor(item)) is not None), None)
        case _:
            return None


def _is_some(op: str, least: object) -> bool:
    """Whether more than nothing is asked for: `>= 1`, `> 0`."""
    return isinstance(least, int | float) and (least > 0 if op == ">=" else least >= 0)
