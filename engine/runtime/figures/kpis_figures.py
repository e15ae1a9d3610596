"""The parts of a number, each one query over one period, told apart by an attribute where that is asked."""

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

from ...core.calendar import add
from ...core.duration import DAY
from ...core.expr import (
    AllTime,
    And,
    Compare,
    Constant,
    Count,
    Expr,
    Happening,
    Has,
    LastWindow,
    Sequence,
)
from ...core.kpis import (
    BeforePeriod,
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
from ...core.zone import Zone
from .kpis_asking import Asked, Column, Stretch, Windows, of_event, sql
from .kpis_columns import Columns
from .spans import Per, Span, part, spans

__all__ = ["Found", "Grid", "Reckoner", "anchor"]

Found = Mapping[object, float | None]
"""Numbers by the value of the attribute that customers are told apart by; by None without one."""
_EXACT_DAY: Final = float(DAY)


@dataclass(frozen=True, slots=True)
class Grid:
    """The periods of a report; without a length of their own, the whole time as one."""

    since: int
    until: int
    per: Per | None
    zone: Zone

    def periods(self) -> list[Span]:
        """Return the periods in their order. Raises ValueError like `spans`."""
        if self.per is not None:
            return spans(self.since, self.until, self.per, self.zone)
        if self.until <= self.since:
            raise ValueError("the period ends before it begins")
        return [Span("", self.since, self.until)]

    def moved(self, period: Span, by: int) -> Span:
        """Return the whole period so many later; earlier where `by` is negative."""
        if by == 0:
            return period
        if self.per is not None:
            return part(period.since, by, self.per, self.zone)
        length = by * (self.until - self.since)
        return Span("", self.since + length, self.until + length)


@dataclass(frozen=True, slots=True)
class _Windows(Windows):
    """The windows of one period, in the project's zone."""

    grid: Grid
    period: Span
    known: int
    project: Project

    @property
    def until(self) -> int:
        """The end of the period: attributes are those of then."""
        return self.period.until

    def span(self, window: object) -> Stretch:
        """Return the stretch of time that a window is."""
        match window:
            case InPeriod(after):
                moved = self.grid.moved(self.period, after)
                return moved.since, moved.until
            case BeforePeriod():
                return None, self.period.since
            case LastWindow(duration):
                start = add(self.until, duration, self.grid.zone, self.project.calendar, -1)
                return start, self.until
            case AllTime():
                return None, self.until
            case _:
                raise TypeError(f"a report has no window {window!r}")

    def within(self, sequence: Sequence) -> tuple[int, int]:
        """Return how long a sequence may take, and by when that has to be over to be known."""
        return sequence.within.microseconds, self.known


@dataclass(slots=True)
class Reckoner:
    """Tells the numbers of one period; what several of them share is asked once."""

    connection: Connection
    columns: Columns
    project: Project
    windows: _Windows
    _kept: dict[object, Found] = field(default_factory=dict)

    @classmethod
    def of(
        cls, connection: Connection, columns: Columns, project: Project,
        grid: Grid, period: Span, known: int,
    ) -> "Reckoner":  # fmt: skip
        """Make one for a period; what lies before `known` has been told."""
        windows = _Windows(grid, period, known, project)
        return cls(connection, columns, project, windows)

    def kpi(self, kpi: Kpi) -> Found:
        """Return a number, for each group that customers fall into."""
        return self.figure(kpi.figure, kpi.by)

    def figure(self, figure: Figure, by: str) -> Found:
        """Return what a figure comes to, asked once for each way to tell customers apart."""
        key = (figure, by)
        if key not in self._kept:
            self._kept[key] = self._asked(figure, by)
        return self._kept[key]

    def _asked(self, figure: Figure, by: str) -> Found:
        match figure:
            case Number(value):
                return dict.fromkeys(self._groups(by), float(value))
            case Other(name):
                named = next(kpi for kpi in self.project.kpis if kpi.name == name)
                return self.figure(named.figure, by)
            case Calculated(op, left, right):
                return _calculated(op, self.figure(left, by), self.figure(right, by))
            case Customers(where):
                return self._whole(by, 0.0, self._customers(where, by))
            case CustomerStat():
                return self._whole(by, _nothing(figure.fn), self._of_customers(figure, by))
            case Count(what, window):
                rows = self._events(what, window)
                return self._whole(by, 0.0, self._told(rows, _COUNT, by))
            case Total(fn, what, path, window):
                rows = self._events(what, window, path[0])
                return self._whole(by, _nothing(fn), self._told(rows, _STATISTICS[fn], by))
            case TimeFrom(fn):
                rows = self._times_from(figure)
                return self._whole(by, _nothing(fn), self._told(rows, _STATISTICS[fn], by))
            case TimeBetween(fn, what):
                rows = self._times_between(what)
                return self._whole(by, _nothing(fn), self._told(rows, _STATISTICS[fn], by))

    # --- groups -----------------------------------------------------------------------------------

    def _groups(self, by: str) -> list[object]:
        """Return the groups there are: those that are declared, and who is in none of them."""
        if not by:
            return [None]
        return [*(self.project.vocabulary.attributes[by].options or (True, False)), None]

    def _whole(self, by: str, nothing: float | None, rows: Select[Any]) -> Found:
        """Run a query of groups and values; groups without a row have what nothing comes to."""
        found: dict[object, Any] = {row[0]: row[1] for row in self.connection.execute(rows)}
        if not by:
            found = {None: next(iter(found.values()), nothing)}
        return {group: _float(found.get(group, nothing), nothing) for group in self._groups(by)}

    def _apart(self, rows: FromClause, by: str) -> tuple[Column, FromClause]:
        """Return the group of each row of customers, and what it is read from."""
        if not by:
            return literal(None).label("grouped"), rows
        asked = self._ask()
        group = asked.attribute(by).label("grouped")
        return group, _joined(rows, asked)

    def _ask(self) -> Asked:
        return Asked(self.columns, self.project.vocabulary, self.windows)

    # --- customers --------------------------------------------------------------------------------

    def _customers(self, where: Expr | None, by: str) -> Select[Any]:
        return self._grouped(*self._chosen(where, by), _COUNT)

    def _of_customers(self, figure: CustomerStat, by: str) -> Select[Any]:
        rows = self._chosen(figure.where, by, figure.attribute)
        return self._grouped(*rows, _STATISTICS[figure.fn])

    def _chosen(
        self, where: Expr | None, by: str, attribute: str = ""
    ) -> tuple[Column, Column, Any]:
        """Return the group of customers, a value of each, and a query of those that are chosen."""
        asked = self._ask()
        test = sql(where, asked) if where is not None else literal(value=True)
        value = asked.attribute(attribute) if attribute else literal(1.0, Double)
        group = asked.attribute(by) if by else literal(None)
        done = anchor(where)
        base = asked.joined[done] if done is not None else None
        people = self.columns.people
        start = people if base is None else base
        rows = select(group.label("grouped"), value.label("value"))
        rows = rows.select_from(_joined(start, asked, base)).where(test)
        if base is None:
            rows = rows.where(people.c.first_at < self.windows.until)
        found = rows.subquery("chosen")
        return found.c.grouped, found.c.value, found

    # --- events -----------------------------------------------------------------------------------

    def _events(self, what: Happening, window: object, name: str = "") -> Select[Any]:
        told = self.columns.told
        value = told.c[self.columns.properties[what.event, name]] if name else literal(1.0, Double)
        test = of_event(what, self.columns, told, self.windows.span(window))
        return select(told.c.customer, value.label("value")).where(test)

    def _times_from(self, asked: TimeFrom) -> Select[Any]:
        """Return the days from each customer's first A in the period to the first B after it."""
        told, then = self.columns.told, self.columns.told.alias("then")
        rank = func.row_number().over(partition_by=told.c.customer, order_by=(told.c.at, told.c.id))
        test = of_event(asked.first, self.columns, told, self.windows.span(InPeriod()))
        ranked = select(told.c.customer, told.c.at, told.c.id, rank.label("rank")).where(test)
        first = ranked.subquery("ranked")
        after = or_(then.c.at > first.c.at, and_(then.c.at == first.c.at, then.c.id > first.c.id))
        tests = [
            first.c.rank == 1, then.c.customer == first.c.customer, after,
            then.c.at >= first.c.at, of_event(asked.then, self.columns, then),
        ]  # fmt: skip
        if asked.within is not None:
            tests.append(then.c.at < first.c.at + asked.within.microseconds)
        days = cast(func.min(then.c.at) - first.c.at, Double) / _EXACT_DAY
        rows = select(first.c.customer, days.label("value")).where(*tests)
        return rows.group_by(first.c.customer, first.c.at)

    def _times_between(self, what: Happening) -> Select[Any]:
        """Return the days from each event of the period back to the customer's last one before."""
        told, last = self.columns.told, self.columns.told.alias("last")
        earlier = or_(last.c.at < told.c.at, last.c.id < told.c.id)
        before = select(last.c.at).where(
            last.c.customer == told.c.customer, last.c.at <= told.c.at, earlier,
            of_event(what, self.columns, last),
        ).order_by(last.c.at.desc(), last.c.id.desc()).limit(1)  # fmt: skip
        test = of_event(what, self.columns, told, self.windows.span(InPeriod()))
        rows = select(told.c.customer, told.c.at, before.scalar_subquery().label("before"))
        found = rows.where(test).offset(0).subquery("found")  # Else each is looked for twice.
        days = cast(found.c.at - found.c.before, Double) / _EXACT_DAY
        return select(found.c.customer, days.label("value")).where(found.c.before.is_not(None))

    def _told(self, rows: Select[Any], statistic: "_Statistic", by: str) -> Select[Any]:
        """Return a statistic of rows of customers and values, for each group."""
        found = rows.subquery("told")
        group, source = self._apart(found, by)
        if not by:
            return self._grouped(group, found.c.value, found, statistic)
        apart = select(group, found.c.value).select_from(source).subquery("apart")
        return self._grouped(apart.c.grouped, apart.c.value, apart, statistic)

    def _grouped(
        self, group: Column, value: Column, source: FromClause, statistic: "_Statistic"
    ) -> Select[Any]:
        return statistic(group, value, source)


_Statistic = Callable[[Column, Column, FromClause], Select[Any]]


def _plain(name: str) -> _Statistic:
    def statistic(group: Column, value: Column, source: FromClause) -> Select[Any]:
        found = getattr(func, name)(value)
        return select(group, found).select_from(source).group_by(group)

    return statistic


def _median(group: Column, value: Column, source: FromClause) -> Select[Any]:
    """Return the middle value, or the mean of the two in the middle."""
    rank = func.row_number().over(partition_by=group, order_by=value)
    size = func.count().over(partition_by=group)
    rows = select(group.label("grouped"), value.label("value"), rank.label("rank"),
                  size.label("size")).select_from(source).where(value.is_not(None))  # fmt: skip
    ranked = rows.subquery("ordered")
    middle = (ranked.c.rank * 2).between(ranked.c.size, ranked.c.size + 2)
    found = select(ranked.c.grouped, func.avg(ranked.c.value)).where(middle)
    return found.group_by(ranked.c.grouped)


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
    return {group: _reckoned(op, value, right[group]) for group, value in left.items()}


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


def _joined(start: FromClause, asked: Asked, besides: FromClause | None = None) -> FromClause:
    """Join all that is asked of customers to rows that have one."""
    source = start
    for rows in asked.joined.values():
        if rows is not besides:
            source = source.outerjoin(rows, rows.c.customer == start.c.customer)
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
