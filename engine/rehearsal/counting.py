"""Of how many customers in a file of data a condition is true, after all that the file tells."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from ..core.evaluate import World, walked
from ..core.expr import Expr
from ..core.plan import OnManual, Plan, Project
from ..patterns import program
from .parts import open_material
from .standing import standing

__all__ = ["count", "names"]


def names(project: Project, customers: Iterable[Path], events: Iterable[Path]) -> Iterator[str]:
    """Yield each customer of whom the files tell. Raises OSError for one that cannot be read."""
    material = open_material(program(project), customers, events)
    try:
        for known, histories in material.parts():
            yield from dict.fromkeys((*known, *histories))
    finally:
        material.close()


def count(
    project: Project, conditions: Sequence[Expr], customers: Iterable[Path], events: Iterable[Path]
) -> tuple[list[int], int]:
    """Return for each condition the number of customers of whom it is true, and that of all.

    A condition is looked at for a customer, without an event that would start a run. Raises
    OSError for a file that cannot be read.
    """
    # The history keeps what some condition reads, so each joins as a playbook that never starts.
    asking = tuple(
        Plan(f"?{number}", (OnManual(),), (), None, condition=condition)
        for number, condition in enumerate(conditions)
    )
    ready = program(replace(project, plans=asking))
    material = open_material(ready, customers, events)
    try:
        last = material.last_at if material.last_at is not None else 0
        first = material.first_at if material.first_at is not None else last
        found, everybody = [0] * len(conditions), 0
        end = last + 1
        for customer, _ in standing(ready, material.parts(), start=first, at=end, until=end):
            world = World(
                customer.attributes, customer.history, last, customer.zone, None, ready.calendar,
                ready.matchers,
            )  # fmt: skip
            everybody += 1
            for number, condition in enumerate(conditions):
                found[number] += walked(condition, world, ready.compiler.origins).value is True
        return found, everybody
    finally:
        material.close()
