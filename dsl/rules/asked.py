"""Every condition that a playbook asks, and how it is told."""

from collections.abc import Callable, Iterator

from ...engine.core.expr import And, Constant, Expr, Happening, Or, Records
from ...engine.core.plan import (
    Choose,
    OnChange,
    OnCondition,
    OnSchedule,
    Plan,
    Project,
    Repeat,
    WaitUntil,
)
from ...engine.core.reads import nodes
from ...engine.core.say import say

__all__ = ["asked", "declared", "short", "smallest"]


def asked(plan: Plan) -> Iterator[Expr]:
    """Yield every condition of a playbook, and those inside its `where (…)`."""
    yield from _own(plan)
    yield from (one for step in plan.steps for one in _of_step(step.body))
    for step in plan.steps:
        yield from (one for one in (step.only_if, step.unless) if one is not None)
    for node in nodes(plan):
        if isinstance(node, Happening | OnChange | Records) and node.where is not None:
            yield node.where


def declared(project: Project) -> Iterator[Expr]:
    """Yield every condition that stands in the declarations: of signals, segments, moves, promises."""
    kinds = project.vocabulary.attributes
    for one in project.derived:
        if kinds[one.attribute].kind == "boolean":
            yield from one.parts
    for lifecycle in project.lifecycles:
        yield from (move.condition for move in lifecycle.moves or () if move.condition is not None)
    for never in project.never:
        yield from (one for one in (never.condition, never.unless) if one is not None)


def _own(plan: Plan) -> Iterator[Expr]:
    for trigger in plan.triggers:
        if isinstance(trigger, OnCondition | OnSchedule) and trigger.condition is not None:
            yield trigger.condition
    for one in (plan.condition, plan.stop_when, plan.goal):
        if one is not None:
            yield one


def _of_step(body: object) -> Iterator[Expr]:
    match body:
        case WaitUntil(condition):
            yield condition
        case Choose(branches):
            yield from (branch.condition for branch in branches)
        case Repeat(until=until) if until is not None:
            yield until
        case _:
            return


def smallest(expr: Expr, settled: Callable[[Expr], bool]) -> list[Expr]:
    """Return the smallest parts of a condition that are settled; a value written out is meant."""
    if isinstance(expr, Constant):
        return []
    if isinstance(expr, And | Or):
        inside = [found for item in expr.items for found in smallest(item, settled)]
        if inside:
            return inside
    return [expr] if settled(expr) else []


def short(expr: Expr) -> str:
    """Return a condition as it is told in a title."""
    text = say(expr, in_run=True)
    return text if len(text) <= 60 else f"{text[:57]}…"
