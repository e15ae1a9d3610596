"""Where a step can lead, and which steps a run can reach."""

from collections.abc import Iterator, Mapping

from ...engine.core.plan import (
    Ask,
    Body,
    Choose,
    Plan,
    Repeat,
    Split,
    Step,
    Stop,
    WaitFor,
    WaitUntil,
)

__all__ = ["reached", "steps_of", "targets"]


def steps_of(plan: Plan) -> Mapping[str, Step]:
    """Return the steps of a plan by their ids."""
    return {step.id: step for step in plan.steps}


def targets(step: Step) -> set[str | None]:
    """Return all steps that may follow a step; None is the end."""
    found = set(_of_body(step.body, step.next))
    return found | {step.next} if step.only_if is not None or step.unless is not None else found


def _of_body(body: Body, following: str | None) -> Iterator[str | None]:
    match body:
        case Stop():
            return
        case (
            WaitFor(then=then, up_to=up_to, otherwise=otherwise)
            | WaitUntil(then=then, up_to=up_to, otherwise=otherwise)
        ):
            yield then
            if up_to is not None:
                yield otherwise
        case Choose(branches, otherwise):
            yield from (branch.target for branch in branches)
            yield otherwise
        case Split(arms):
            yield from (arm.target for arm in arms)
        case Ask(arms=arms, up_to=up_to, otherwise=otherwise):
            yield from (arm.target for arm in arms)
            if up_to is not None:
                yield otherwise
        case Repeat(first=first):
            yield first
            yield following
        case _:
            yield following


def reached(plan: Plan) -> set[str]:
    """Return the ids of all steps that a run may come to."""
    steps, found = steps_of(plan), set[str]()
    waiting = [plan.first] if plan.first is not None else []
    while waiting:
        here = waiting.pop()
        if here not in found:
            found.add(here)
            waiting += [one for one in targets(steps[here]) if one is not None]
    return found
