"""Every condition and value that stands in plans: all that may read history or hold a pattern."""

from collections.abc import Iterable, Iterator

from . import plan as P
from .expr import Expr, Pairs, Records

__all__ = ["expressions", "project_expressions"]


def project_expressions(project: P.Project) -> Iterator[Expr | Pairs]:
    """Walk through every condition and value of a project, what it computes included."""
    for derived in project.derived:
        yield from derived.parts
    for never in project.never:
        yield from (expr for expr in (never.condition, never.unless) if expr is not None)
    for lifecycle in project.lifecycles:
        yield from (move.condition for move in lifecycle.moves or () if move.condition is not None)
    yield from expressions(project.plans)


def expressions(plans: Iterable[P.Plan]) -> Iterator[Expr | Pairs]:
    """Walk through every condition and value of the plans: all that may read history."""
    for plan in plans:
        for expr in (plan.condition, plan.stop_when, plan.per, plan.goal):
            if expr is not None:
                yield expr
        for trigger in plan.triggers:
            yield from _of_trigger(trigger)
        for step in plan.steps:
            yield from _of_step(step)


def _of_trigger(trigger: P.Trigger) -> Iterator[Expr | Pairs]:
    match trigger:
        case P.OnEvent(what):
            if what.where is not None:
                yield what.where
        case P.OnCondition(condition):
            yield condition
        case P.OnCrossing(value, _, level):
            yield from (value, level)
        case P.OnSchedule(_, condition) if condition is not None:
            yield condition
        case P.OnChange(_, old, new, _, where):
            yield from (expr for expr in (old, new, where) if expr is not None)
        case P.OnRecord(records):
            if records.where is not None:
                yield records.where
        case P.OnSequence(pairs):
            yield pairs
        case P.OnSchedule() | P.OnDate() | P.OnStage() | P.OnManual():
            pass  # No condition stands in these.


def _of_step(step: P.Step) -> Iterator[Expr]:
    for expr in (step.only_if, step.unless):
        if expr is not None:
            yield expr
    match step.body:
        case P.Choose(branches):
            yield from (branch.condition for branch in branches)
        case P.WaitUntil(condition):
            yield condition
        case P.WaitFor(what):
            if what.where is not None:
                yield what.where
        case P.Repeat(until=condition) if condition is not None:
            yield condition
        case P.SetAttributes(values) | P.Emit(_, values) | P.Start(_, values):
            yield from (value for _, value in values)
        case P.Do(each=Records(of, where)):
            yield from (of,) if where is None else (of, where)
        case P.Wait() | P.Do() | P.Split() | P.Ask() | P.Repeat() | P.Cancel() | P.Stop():
            pass  # No condition stands in these.
