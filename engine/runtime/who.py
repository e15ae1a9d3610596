"""Whom a condition holds for: one query over the facts, and a look at those it cannot tell about.

Everything is read in one snapshot, so a customer is counted once however busy the engine is.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from sqlalchemy import Connection, and_, or_, true
from sqlalchemy.exc import DBAPIError

from ..core import expr as E
from ..core import plan as P
from ..core.compile import Condition, compile_condition
from ..core.expr import Expr
from ..core.history import HistoryPlan
from ..core.instant import iso
from ..core.say import say
from ..core.state import Customer
from ..core.triggers import OnCondition
from ..core.vocabulary import Type
from ..core.zone import Zone
from ..patterns import matchers
from .columns import Columns
from .database import Database
from .deciding import Kept
from .facts import Layout
from .forecasting import Present
from .population import Population
from .query import Query, Run, names
from .questions import Question
from .spelling import read

__all__ = ["Found", "asking_too", "places_of", "told_of", "who"]

_MOST: Final = 500
"""How many states are read at once."""
_NO_COLUMNS: Final[Sequence[str]] = ()
_ASIDE: Final = """SELECT customer FROM cuebook_wake WHERE due_at <= ?
    UNION SELECT customer FROM cuebook_fact WHERE layout < ? OR layout > ?
    UNION SELECT customer FROM cuebook_fact WHERE odd <> 0 AND odd & ? <> 0"""
"""In one statement, each part of it by an index that holds nobody else."""


@dataclass(frozen=True, slots=True)
class Found:
    """Whom a condition holds for, and how that was found out."""

    number: int
    """How many there are."""
    customers: tuple[str, ...] = ()
    """Who they are, in the order of their ids: as many as were asked for, none when counting."""
    rows: tuple[Mapping[str, Any], ...] = ()
    """Of each of these the columns that were asked for, as JSON values; instants as ISO 8601."""
    asked: str = ""
    """The part of the condition that the database answered, in words; empty for none of it."""
    judged: str = ""
    """The part that was judged one by one, of some or of all; empty for none of it."""
    one_by_one: int = 0
    """How many customers were judged one by one."""
    waiting: int = 0
    """How many of these because something of theirs is due, or because columns could not tell."""
    left_out: int = 0
    """How many could not be judged, because nothing can be decided about them."""
    sql: str = ""
    """The query, values left out."""


def who(
    population: Population,
    expr: Expr,
    *,
    limit: int | None = None,
    columns: Sequence[str] = _NO_COLUMNS,
    counting: bool = False,
    on_progress: Callable[[int, int], None] = lambda _, __: None,
) -> Found:
    """Return whom a condition holds for now. See `Engine.who` for what it raises."""
    asking = _Asking(population, expr)
    query = asking.query()
    aside = asking.aside(query)
    vague: Sequence[str] = ()
    if query.vague is not None:
        query, unsure = query.parted()
        vague = asking.names(unsure, aside)
    if query.rest is None:
        judged: Sequence[str] = ()
        number, found = asking.sure(query, aside, 0 if counting else limit)
    else:
        judged, number, found = asking.names(query, aside), 0, []
    total, left_out = len(judged) + len(vague) + len(aside), 0
    for looked, (name, holds) in enumerate(asking.judge(query.rest, judged, vague, aside), 1):
        if holds:
            number += 1
            found.append(name)
        left_out += holds is None
        on_progress(looked, total)
    found.sort()
    shown = () if counting else tuple(found[:limit])
    rows = tuple(asking.shown(shown, columns)) if columns else ()
    told = Found(number, shown, rows, one_by_one=total, waiting=len(aside), left_out=left_out)
    return asking.told(query, told, unclear=query.unclear if vague else ())


def places_of(database: Database, connection: Connection, layout: Layout) -> Mapping[str, Zone]:
    """Return where customers are: read from an index, one step for each place."""
    if not layout.places.attributes:
        return {"": layout.places.home}
    sql = """WITH RECURSIVE place(name) AS (SELECT min(place) FROM cuebook_fact UNION ALL
        SELECT (SELECT min(place) FROM cuebook_fact WHERE place > name) FROM place
        WHERE name IS NOT NULL) SELECT name FROM place WHERE name IS NOT NULL"""
    names = [name for (name,) in database.rows(connection, sql)]
    zones = {name: layout.places.of(layout.located(name)) for name in names}
    return zones or {"": layout.places.home}


class _Asking:
    """One question to one database."""

    def __init__(self, population: Population, expr: Expr) -> None:
        self._database = population.database
        self._connection = population.connection
        self._programs = population.programs
        self._latest = population.latest
        self._now = population.now
        self._expr = expr
        self.run = Run(self._connection)
        self._loaded = self._programs.load(self._connection, self._latest.program)
        program = self._loaded.program
        self._matchers = {**program.matchers, **matchers([expr])}

    # --- the query --------------------------------------------------------------------------------

    def query(self) -> Query:
        """Split the condition into what the database answers and what is judged."""
        layout = self._loaded.layout
        columns = Columns(layout, self._database.dialect)
        places = places_of(self._database, self._connection, layout)
        question = Question(columns, places, self._loaded.program.calendar, self._now)
        items = self._expr.items if isinstance(self._expr, E.And) else (self._expr,)
        parts = [(item, question.part(item)) for item in items]
        # Rows of another layout are set aside, and need no condition here.
        where = and_(true(), *(part.yes for _, part in parts))
        exact = tuple(item for item, part in parts if part.exact)
        rest = tuple(item for item, part in parts if not part.exact)
        vague = {item: part.vague for item, part in parts if part.exact and part.is_vague}
        return Query(
            where, columns.used, exact, _joined(rest), or_(*vague.values()) if vague else None,
            tuple(vague),
        )  # fmt: skip

    def sure(self, query: Query, aside: Sequence[str], most: int | None) -> tuple[int, list[str]]:
        """Return how many an exact query finds, and who they are: the first `most`, None for all."""
        if most is None or len(aside) > _MOST:
            found = self.names(query, aside)
            return len(found), found
        query = query.without(aside) if aside else query
        number = int(self.run(query.count())[0][0])
        return number, [name for (name,) in self.run(query.first(most))] if most else []

    def names(self, query: Query, aside: Sequence[str]) -> list[str]:
        """Return all whom the query finds, but for those aside."""
        found, left = names(query, self._database.dialect, self.run), frozenset(aside)
        return [name for name in found if name not in left] if left else found

    # --- whom it cannot tell about ----------------------------------------------------------------

    def aside(self, query: Query) -> list[str]:
        """Return whom columns cannot tell about: something is due, or they do not hold what is asked."""
        layout = self._loaded.layout.number
        rows = self._database.rows(self._connection, _ASIDE, self._now, layout, layout, query.used)
        return sorted(name for (name,) in rows)

    # --- one by one -------------------------------------------------------------------------------

    def judge(
        self, rest: Expr | None, names: Sequence[str], vague: Sequence[str], aside: Sequence[str]
    ) -> Iterator[tuple[str, bool | None]]:
        """Yield each customer with whether the rest, or for the others all of it, is true.

        None for one about whom nothing can be decided, whatever the reason.
        """
        for expr, some in ((rest, names), (self._expr, vague)):
            if expr is not None and some:
                judge = self._from_states if self._keeps(expr) else self._one_by_one
                yield from judge(expr, some)
        if aside:
            yield from self._one_by_one(self._expr, aside)

    def _keeps(self, expr: Expr) -> bool:
        """Whether states hold all the history that is asked for."""
        program = self._loaded.program
        asked = HistoryPlan([expr], program.calendar, self._matchers)
        return program.history.covers(asked)

    def _condition(self, expr: Expr) -> Condition:
        return compile_condition(expr, self._loaded.program.calendar, self._matchers)

    def _from_states(self, expr: Expr, names: Sequence[str]) -> Iterator[tuple[str, bool | None]]:
        """Judge by states that are up to date."""
        program, condition = self._loaded.program, self._condition(expr)
        for name, _, _, state in self._states(names):
            try:
                customer = program.restored(read(state))
            except Exception:  # noqa: BLE001 - one customer must not hold up the answer
                yield name, None
            else:
                yield name, self._holds(condition, customer)

    def _holds(self, condition: Condition, customer: Customer) -> bool:
        if customer.history.first_seen_at is None:
            return False
        now = max(self._now, customer.clock)
        return condition.holds(customer.attributes, customer.history, now, customer.zone, None)

    def _one_by_one(self, expr: Expr, names: Sequence[str]) -> Iterator[tuple[str, bool | None]]:
        """Judge customers with all decided that is due, and with history out of the log."""
        following = (
            ()
            if self._keeps(expr)
            else (self._programs.know(asking_too(self._loaded.project, expr)),)
        )
        condition = self._condition(expr)
        present = Present(self._database, self._connection, self._programs, self._latest, following)
        for start in range(0, len(names), _MOST):
            some = names[start : start + _MOST]
            known = {one[0]: Kept(*one[1:]) for one in self._states(some)}
            for name in some:
                try:
                    customer = present.settled(name, known.get(name), self._now)
                except DBAPIError:
                    raise
                except Exception:  # noqa: BLE001 - as above
                    yield name, None
                else:
                    yield name, self._holds(condition, customer)

    def _states(self, names: Sequence[str]) -> Iterator[tuple[str, int, str, str]]:
        database = self._database
        sql = (
            f"SELECT id, decided, program, state FROM cuebook_customer WHERE {database.among('id')}"
        )
        for start in range(0, len(names), _MOST):
            some = database.values(names[start : start + _MOST])
            yield from database.rows(self._connection, sql, some)

    # --- what is told -----------------------------------------------------------------------------

    def shown(self, names: Sequence[str], columns: Sequence[str]) -> Iterator[Mapping[str, Any]]:
        """Yield what was asked for of each customer, as it was last decided."""
        types = self._loaded.project.vocabulary.attributes
        unknown = [name for name in columns if name not in types]
        if unknown:
            raise KeyError(unknown[0])
        states = {name: read(state) for name, _, _, state in self._states(names)}
        for name in names:
            values = states[name]["attributes"] if name in states else {}
            here = self._loaded.program.zone_of(values)
            yield told_of(values, columns, types, here)

    def told(self, query: Query, found: Found, unclear: Sequence[Expr]) -> Found:
        """Say how it was found out."""
        asked = _joined(query.exact)
        judged = _joined((*unclear, *(() if query.rest is None else (query.rest,))))
        return replace(
            found,
            asked="" if asked is None else say(asked),
            judged="" if judged is None else say(judged),
            sql=self.run.sql,
        )


def _joined(items: Iterable[Expr]) -> Expr | None:
    """Return conditions as one, None for none."""
    found = tuple(items)
    return found[0] if len(found) == 1 else E.And(found) if found else None


def asking_too(project: P.Project, expr: Expr) -> P.Project:
    """Return a project as if it asked this as well, so that history is there for it."""
    plan = P.Plan("who", (OnCondition(expr),), (), None)
    return replace(project, plans=(*project.plans, plan))


def told_of(
    values: Mapping[str, object], columns: Sequence[str], types: Mapping[str, Type], here: Zone
) -> Mapping[str, Any]:
    """Return some of the attributes of a customer as JSON values."""
    return {one: _plain(values.get(one), types[one], here) for one in columns}


def _plain(value: object, kind: Type, here: Zone) -> Any:
    """Return a value as JSON has it, an instant on the customer's clocks."""
    if kind.kind == "instant" and isinstance(value, int):
        return iso(value, here)
    return value
