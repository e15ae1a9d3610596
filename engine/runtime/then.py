"""Whom a condition held for at an instant that is past: everybody decided again from the log, up to then."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy.exc import DBAPIError

from ..core.compile import compile_condition
from ..core.expr import Expr
from ..core.say import say
from ..core.state import Customer
from ..patterns import matchers
from .population import Population
from .replay import Log
from .who import Found, asking_too, told_of

__all__ = ["then"]

_NO_COLUMNS: Final[Sequence[str]] = ()


def then(
    population: Population,
    expr: Expr,
    at: int,
    *,
    limit: int | None = None,
    columns: Sequence[str] = _NO_COLUMNS,
    counting: bool = False,
    on_progress: Callable[[int, int], None] = lambda _, __: None,
) -> Found:
    """Return whom a condition held for at `at`, by what was known then. See `Engine.who`."""
    programs, connection = population.programs, population.connection
    loaded = programs.load(connection, population.latest.program)
    types = loaded.project.vocabulary.attributes
    for unknown in (name for name in columns if name not in types):
        raise KeyError(unknown)
    known = {**loaded.program.matchers, **matchers([expr])}
    condition = compile_condition(expr, loaded.program.calendar, known)
    sql = "SELECT id FROM cuebook_customer ORDER BY id"
    names = [name for (name,) in population.database.rows(connection, sql)]
    number, left_out, shown, rows = 0, 0, list[str](), list[Mapping[str, Any]]()
    for looked, customer in enumerate(_once(population, expr, names, at), 1):
        left_out += customer is None
        if customer is not None and customer.history.first_seen_at is not None:
            moment = max(at, customer.clock)
            values, history = customer.attributes, customer.history
            if condition.holds(values, history, moment, customer.zone, None):
                number += 1
                if not counting and (limit is None or len(shown) < limit):
                    shown.append(customer.id)
                    rows.append(told_of(values, columns, types, customer.zone))
        on_progress(looked, len(names))
    return Found(
        number, tuple(shown), tuple(rows) if columns else (), judged=say(expr), one_by_one=len(names),
        left_out=left_out,
    )  # fmt: skip


def _once(
    population: Population, expr: Expr, names: Sequence[str], at: int
) -> Iterator[Customer | None]:
    """Yield customers as they were; None for one about whom nothing can be decided."""
    programs, connection = population.programs, population.connection
    project = programs.project(connection, population.latest.program)
    asker = programs.know(asking_too(project, expr))
    log = Log(population.database, connection, programs)
    for name in names:
        try:
            turn = log.remembering(name, (asker,), None, until=at)
            while turn.settle(at):
                pass  # What was due by then may have been settled together with what came after it.
        except DBAPIError:
            raise
        except Exception:  # noqa: BLE001 - one customer must not hold up the answer
            yield None
        else:
            yield turn.customer
