"""Customers as they are at an instant of their history, with what is known to happen afterwards."""

from collections.abc import Iterable, Iterator

from ..core.advance import apply
from ..core.occurrence import Occurrence, Passed
from ..core.program import Program
from ..core.state import Customer
from .quiet import undisturbed
from .rehearse import Part, Role

__all__ = ["standing"]


def standing(
    program: Program, parts: Iterable[Part], *, start: int, at: int, until: int
) -> Iterator[tuple[Customer, list[Occurrence]]]:
    """Yield each customer after all that lies before `at`, and what lies from there to `until`.

    The program is deployed at `start`, as in a rehearsal; instants in microseconds since 1970 UTC.
    """
    with undisturbed():
        for customers, histories in parts:
            for name in sorted({*customers, *histories}):
                told = histories.get(name, ())
                role = Role(program, name, customers.get(name), told, start, until)
                if role.customer is not None:
                    yield _played(role, program, at)


def _played(role: Role, program: Program, at: int) -> tuple[Customer, list[Occurrence]]:
    customer, ahead = role.customer, list[Occurrence]()
    assert customer is not None  # noqa: S101 - whoever calls has looked
    for occurrence in role.occurrences():
        if occurrence.at < at:
            apply(customer, occurrence, program)
        elif not isinstance(occurrence, Passed):
            ahead.append(occurrence)
    return customer, ahead
