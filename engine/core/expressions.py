"""Every condition and value of a project with the place where it stands, from one walk."""

from collections.abc import Iterable, Iterator
from typing import Literal

from . import plan as P
from .derived import Derived, Segment, Signal
from .expr import Expr, Happening, Pairs, Records
from .fixed import fixed

__all__ = ["Placed", "expressions", "placed", "project_expressions"]

Sort = Literal["condition", "end", "value"]


@fixed
class Placed:
    """One condition or value of a project."""

    part: str
    """A playbook by its name; else `signal x`, `segment y`, `lifecycle z` or `never 1`."""
    place: str
    """`if`, `trigger 1 where`, `nudge unless`, `choose-1 branch 2`, `lead -> qualified when`, …"""
    expr: Expr | Pairs
    sort: Sort = "condition"
    """An `end` is a condition that a run in flight waits for; a `value` is none."""


def project_expressions(project: P.Project) -> Iterator[Expr | Pairs]:
    """Walk through every condition and value of a project, what it computes included."""
    return (one.expr for one in placed(project))


def expressions(plans: Iterable[P.Plan]) -> Iterator[Expr | Pairs]:
    """Walk through every condition and value of the plans: all that may read history."""
    return (one.expr for plan in plans for one in _of_plan(plan))


def placed(project: P.Project) -> Iterator[Placed]:
    """Walk through every condition and value of a project, and tell where each stands."""
    kinds = project.vocabulary.attributes
    for derived in project.derived:
        kind = kinds.get(derived.attribute)
        yield from _of_derived(derived, is_boolean=kind is not None and kind.kind == "boolean")
    for number, never in enumerate(project.never, start=1):
        yield from _given(f"never {number}", ("if", never.condition), ("unless", never.unless))
    for lifecycle in project.lifecycles:
        for move in lifecycle.moves or ():
            place = f"{move.old or 'any'} -> {move.new or 'any'} when"
            yield from _given(f"lifecycle {lifecycle.name}", (place, move.condition))
    for plan in project.plans:
        yield from _of_plan(plan)


def _of_derived(derived: Derived, *, is_boolean: bool) -> Iterator[Placed]:
    match derived:
        case Signal(name, value):
            yield Placed(f"signal {name}", "is", value, "condition" if is_boolean else "value")
        case Segment(name, enter, leave):
            yield from _given(f"segment {name}", ("enter", enter), ("leave", leave))


def _of_plan(plan: P.Plan) -> Iterator[Placed]:
    name = plan.playbook
    for number, trigger in enumerate(plan.triggers, start=1):
        yield from _of_trigger(name, f"trigger {number}", trigger)
    yield from _given(name, ("if", plan.condition))
    yield from _given(name, ("stop when", plan.stop_when), ("goal", plan.goal), sort="end")
    yield from _given(name, ("per", plan.per), sort="value")
    for step in plan.steps:
        yield from _given(name, (f"{step.id} if", step.only_if), (f"{step.id} unless", step.unless))
        yield from _of_body(name, step.id, step.body)


def _of_trigger(part: str, here: str, trigger: P.Trigger) -> Iterator[Placed]:
    match trigger:
        case P.OnEvent(Happening(where=where)) | P.OnRecord(Records(where=where)):
            yield from _given(part, (f"{here} where", where))
        case P.OnCondition(condition) | P.OnSchedule(_, condition):
            yield from _given(part, (here, condition))
        case P.OnCrossing(value, _, level):
            yield from _given(part, (here, value), (f"{here} level", level), sort="value")
        case P.OnChange(_, old, new, _, where):
            yield from _given(part, (f"{here} from", old), (f"{here} to", new), sort="value")
            yield from _given(part, (f"{here} where", where))
        case P.OnSequence(pairs):
            # Whole as well: which events are remembered, and for how long, only the pair knows.
            yield Placed(part, here, pairs, "value")
            first, second = pairs.first.where, pairs.then.where
            yield from _given(
                part, (f"{here} first where", first), (f"{here} second where", second)
            )
        case P.OnDate() | P.OnStage() | P.OnManual():
            pass  # No condition stands in these.


def _of_body(part: str, step: str, body: P.Body) -> Iterator[Placed]:
    match body:
        case P.Choose(branches):
            for number, branch in enumerate(branches, start=1):
                yield Placed(part, f"{step} branch {number}", branch.condition)
        case P.WaitUntil(condition) | P.Repeat(until=condition):
            yield from _given(part, (f"{step} until", condition), sort="end")
        case P.WaitFor(what):
            yield from _given(part, (f"{step} where", what.where))
        case P.SetAttributes(values) | P.Emit(_, values) | P.Start(_, values):
            for name, value in values:
                yield Placed(part, f"{step} {name}", value, "value")
        case P.Do(each=Records(of, where)):
            yield Placed(part, f"{step} list", of, "value")
            yield from _given(part, (f"{step} for each", where))
        case P.Wait() | P.Do() | P.Split() | P.Ask() | P.Cancel() | P.Stop():
            pass  # No condition stands in these.


def _given(
    part: str, *found: tuple[str, Expr | None], sort: Sort = "condition"
) -> Iterator[Placed]:
    """Yield those that the author wrote."""
    for place, expr in found:
        if expr is not None:
            yield Placed(part, place, expr, sort)
