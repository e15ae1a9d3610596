"""Steps inside steps again, as authors nest them, from the flat list of a plan."""

from collections.abc import Iterator
from dataclasses import dataclass

from .core import plan as P
from .graphs import ways

__all__ = ["Nested", "nested"]


@dataclass(frozen=True, slots=True)
class Nested:
    """A step with the steps inside it, way by way: what the way is called, and its steps."""

    step: P.Step
    arms: tuple[tuple[str, tuple["Nested", ...]], ...] = ()


def nested(plan: P.Plan) -> tuple[Nested, ...]:
    """Return the steps of a playbook, those of its ways inside them; ways join at what follows."""
    steps = {step.id: step for step in plan.steps}
    return tuple(_from(plan.first, None, steps))


def _from(first: str | None, until: str | None, steps: dict[str, P.Step]) -> Iterator[Nested]:
    """Yield the steps from one on, until the step at which they join what is outside."""
    here = first
    while here is not None and here != until:
        step = steps[here]
        join = step.id if isinstance(step.body, P.Repeat) else step.next
        arms = [(name, target) for name, target in ways(step) if _inside(step, name)]
        yield Nested(step, tuple((n, tuple(_from(t, join, steps))) for n, t in arms))
        here = None if isinstance(step.body, P.Stop) else step.next


def _inside(step: P.Step, name: str) -> bool:
    """Whether a way leads through steps of its own before it goes on with what follows."""
    match step.body:
        case P.Choose() | P.WaitFor() | P.WaitUntil() | P.Split() | P.Ask():
            return True
        case P.Repeat():
            return name != "then"
        case _:
            return False
