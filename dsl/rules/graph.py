"""Where a step can lead, and which steps a run can reach."""

from collections.abc import Mapping

from ...engine.core import ways
from ...engine.core.plan import Plan, Step

__all__ = ["reached", "steps_of", "targets"]


def steps_of(plan: Plan) -> Mapping[str, Step]:
    """Return the steps of a plan by their ids."""
    return {step.id: step for step in plan.steps}


def targets(step: Step) -> set[str | None]:
    """Return all steps that may follow a step; None is the end."""
    found = ways.targets(step)
    return found | {step.next} if step.only_if is not None or step.unless is not None else found


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
