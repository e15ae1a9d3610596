"""Conditions as SQL: of one event by its properties, and of customers by what was told of them.

Truth is Kleene's in both languages: a comparison with something missing is NULL, and so is unknown.
"""

from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Double,
    FromClause,
    Select,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    not_,
    or_,
    select,
)

from ...core.expr import (
    AllTime,
    And,
    Arith,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    Default,
    Expr,
    FirstField,
    Happening,
    Has,
    In,
    IsMissing,
    IsPresent,
    ItemField,
    Negate,
    Not,
    Or,
    Sequence,
    Stat,
    ValueOf,
)
from ...core.kpis import InPeriod
from ...core.relations import COMPARE
from ...core.vocabulary import Vocabulary
from .kpis_columns import Columns, sort_of
from .kpis_windows import Windows

__all__ = ["Asked", "Column", "Leaf", "of_event", "sql", "within"]

Column = ColumnElement[Any]


class Leaf:
    """What stands for the parts of a condition that are no logic and no arithmetic."""

    def column(self, expr: Expr) -> Column:
        """Return the value, or the truth, of such a part."""
        raise NotImplementedError


def sql(expr: Expr, leaf: Leaf) -> Column:
    """Return a condition or a value as SQL."""
    match expr:
        case And(items):
            return and_(*(sql(item, leaf) for item in items))
        case Or(items):
            return or_(*(sql(item, leaf) for item in items))
        case Not(value):
            return not_(sql(value, leaf))
        case IsMissing(value):
            return sql(value, leaf).is_(None)
        case IsPresent(value):
            return sql(value, leaf).is_not(None)
        case Compare(op, left, right):
            return _compared(op, sql(left, leaf), sql(right, leaf))
        case Between(value, low, high):
            return sql(value, leaf).between(sql(low, leaf), sql(high, leaf))
        case In(value, items):
            return or_(*(sql(value, leaf) == sql(item, leaf) for item in items))
        case Arith(op, left, right):
            return calculated(op, sql(left, leaf), sql(right, leaf))
        case Negate(value):
            return -sql(value, leaf)
        case Default(value, otherwise):
            return func.coalesce(sql(value, leaf), sql(otherwise, leaf))
        case Constant(value) if not isinstance(value, tuple):
            number = isinstance(value, int | float) and not isinstance(value, bool)
            return literal(float(value), Double) if number else literal(value)
        case _:
            return leaf.column(expr)


def calculated(op: str, left: Column, right: Column) -> Column:
    """Return arithmetic on doubles; division by zero is missing."""
    match op:
        case "+":
            return left + right
        case "-":
            return left - right
        case "*":
            return left * right
        case _:
            return left / func.nullif(right, literal(0.0, Double))


def _compared(op: str, left: Column, right: Column) -> Column:
    match op:
        case "contains":
            return or_(func.length(right) == 0, func.replace(left, right, "") != left)
        case "starts with":
            return func.substr(left, 1, func.length(right)) == right
        case "ends with":
            at = func.length(left) - func.length(right) + 1
            return case((at > 0, func.substr(left, at) == right), else_=at > 0)
        case _:
            compared: Column = COMPARE[op](left, right)
            return compared


# --- of one event -------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Event(Leaf):
    """The properties of an event, and of the one that it follows."""

    columns: Columns
    event: str
    told: FromClause
    first: tuple[str, FromClause] | None = None

    def column(self, expr: Expr) -> Column:
        """Return a property."""
        match expr:
            case ItemField((name,)):
                return self.told.c[self.columns.properties[self.event, name]]
            case FirstField((name,)) if self.first is not None:
                event, told = self.first
                return told.c[self.columns.properties[event, name]]
            case _:
                raise TypeError(f"{expr!r} is not of an event")


def of_event(
    what: Happening, columns: Columns, told: FromClause, first: tuple[str, FromClause] | None = None
) -> Column:
    """Return which rows are of an event that counts."""
    tests = [told.c.event == columns.events[what.event]]
    if what.where is not None:
        tests.append(sql(what.where, _Event(columns, what.event, told, first)))
    return and_(*tests)


def within(at: Column, window: FromClause) -> Column:
    """Return whether an instant lies in a window."""
    return and_(at >= window.c.low, at < window.c.high)


# --- of customers -------------------------------------------------------------------------------


@dataclass(slots=True)
class Asked(Leaf):
    """Conditions on customers: each part a query of its own, a row for each customer and period."""

    columns: Columns
    words: Vocabulary
    windows: Windows
    joined: dict[object, FromClause] = field(default_factory=dict)
    """By what is asked, the rows; customers without one have done nothing of it."""

    def column(self, expr: Expr) -> Column:
        """Return what is known of each customer."""
        match expr:
            case Has():
                return self._row(expr, self._counted(expr)).c.customer.is_not(None)
            case Sequence():
                return self._row(expr, self._followed(expr)).c.customer.is_not(None)
            case Count():
                counted = Has(expr.what, expr.window)
                rows = self._row(counted, self._counted(counted))
                return func.coalesce(cast(rows.c.n, Double), literal(0.0, Double))
            case Stat(fn):
                value = self._row(expr, self._measured(expr)).c.value
                return func.coalesce(value, literal(0.0, Double)) if fn == "sum" else value
            case ValueOf():
                return self._row(expr, self._at_one_end(expr)).c.value
            case Attribute(name):
                return self.attribute(name)
            case _:
                raise TypeError(f"{expr!r} is not of a customer")

    def attribute(self, name: str) -> Column:
        """Return an attribute as it was at the end of the period."""
        rows = self._row(("attribute", name), self._as_of(name))
        return rows.c[sort_of(self.words.attributes[name]).value]

    def _row(self, asked: object, query: Select[Any]) -> FromClause:
        if asked not in self.joined:
            self.joined[asked] = query.subquery(f"part{len(self.joined)}")
        return self.joined[asked]

    def _counted(self, has: Has) -> Select[Any]:
        told, window = self.columns.told, self.windows.rows(has.window)
        test = of_event(has.what, self.columns, told)
        one = (window.c.place, told.c.customer)
        rows = select(*one, func.count().label("n")).join_from(
            window, told, within(told.c.at, window)
        )
        return rows.where(test).group_by(*one)

    def _measured(self, stat: Stat) -> Select[Any]:
        told, window = self.columns.told, self.windows.rows(stat.window)
        test = of_event(stat.what, self.columns, told)
        value = told.c[self.columns.properties[stat.what.event, stat.path[0]]]
        one = (window.c.place, told.c.customer)
        found = getattr(func, stat.fn)(value).label("value")
        rows = select(*one, found).join_from(window, told, within(told.c.at, window))
        return rows.where(test).group_by(*one)

    def _at_one_end(self, asked: ValueOf) -> Select[Any]:
        told, window = self.columns.told, self.windows.rows(asked.window)
        test = of_event(asked.what, self.columns, told)
        value = told.c[self.columns.properties[asked.what.event, asked.path[0]]]
        way = (told.c.at, told.c.id)
        order = way if asked.which == "first" else tuple(one.desc() for one in way)
        one = (window.c.place, told.c.customer)
        rank = func.row_number().over(partition_by=one, order_by=order)
        rows = select(*one, value.label("value"), rank.label("rank"))
        rows = rows.join_from(window, told, within(told.c.at, window)).where(test)
        ranked = rows.subquery()
        return select(ranked.c.place, ranked.c.customer, ranked.c.value).where(ranked.c.rank == 1)

    def _followed(self, asked: Sequence) -> Select[Any]:
        told, then = self.columns.told, self.columns.told.alias("then")
        window, length = self.windows.rows(InPeriod()), asked.within.microseconds
        after = or_(then.c.at > told.c.at, and_(then.c.at == told.c.at, then.c.id > told.c.id))
        second = of_event(asked.then, self.columns, then, first=(asked.first.event, told))
        found = exists().where(
            then.c.customer == told.c.customer, after, then.c.at < told.c.at + length,
            then.c.at >= told.c.at, second,
        )  # fmt: skip
        rows = select(window.c.place, told.c.customer)
        rows = rows.join_from(window, told, within(told.c.at, window))
        rows = rows.where(of_event(asked.first, self.columns, told))
        if asked.without:
            rows = rows.where(told.c.at + length <= self.windows.known)
        return rows.where(not_(found) if asked.without else found).distinct()

    def _as_of(self, name: str) -> Select[Any]:
        worth, window = self.columns.worth, self.windows.rows(AllTime())
        one = (window.c.place, worth.c.customer)
        rank = func.row_number().over(
            partition_by=one, order_by=(worth.c.at.desc(), worth.c.id.desc())
        )
        sort = worth.c[sort_of(self.words.attributes[name]).value]
        rows = select(*one, sort, rank.label("rank"))
        rows = rows.join_from(window, worth, within(worth.c.at, window))
        ranked = rows.where(worth.c.attribute == self.columns.attributes[name]).subquery()
        found = select(ranked.c.place, ranked.c.customer, ranked.c[sort.name])
        return found.where(ranked.c.rank == 1)
