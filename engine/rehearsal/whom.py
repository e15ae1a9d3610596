"""Whom a condition holds for, in files of customers and events: each lived up to an instant, then judged."""

from collections.abc import Iterable, Iterator

from ..core.advance import apply
from ..core.compile import compile_condition
from ..core.expr import Expr
from ..core.occurrence import Passed
from ..core.program import Program
from ..core.state import Customer
from .rehearse import Part
from .standing import standing

__all__ = ["whom"]


def whom(
    program: Program, expr: Expr, parts: Iterable[Part], *, start: int, at: int
) -> Iterator[tuple[Customer, bool]]:
    """Yield each customer as it is at an instant, and whether a condition is true of it then.

    The program is deployed at `start`, as in a rehearsal, and has to remember what the condition
    asks for; instants in microseconds since 1970 UTC.
    """
    condition = compile_condition(expr, program.calendar, program.matchers)
    for customer, _ in standing(program, parts, start=start, at=at, until=at):
        if customer.history.first_seen_at is not None:
            apply(customer, Passed(at), program)
            yield (
                customer,
                condition.holds(customer.attributes, customer.history, at, customer.zone, None),
            )
