"""Where a step leads, and steps inside steps again, as authors nest them."""

from collections.abc import Iterator

from . import plan as P
from .expr import Expr
from .fixed import fixed
from .say import say

__all__ = ["Nested", "nested", "targets", "ways"]

_Way = str | Expr
"""What a way is called; for a branch its condition, as nobody may want to read it."""


def ways(step: P.Step) -> Iterator[tuple[str, str | None]]:
    """Yield each way on from a step: what it is called, and the step it leads to."""
    return ((_said(way), target) for way, target in _ways(step))


def targets(step: P.Step) -> set[str | None]:
    """Return the steps that its ways lead to; None is the end."""
    return {target for _, target in _ways(step)}


def _said(way: _Way) -> str:
    return way if isinstance(way, str) else f"if {say(way)}"


def _ways(step: P.Step) -> Iterator[tuple[_Way, str | None]]:
    match step.body:
        case P.Choose(branches, otherwise):
            yield from ((one.condition, one.target) for one in branches)
            yield "otherwise", otherwise
        case P.WaitFor(_, up_to, then, otherwise) | P.WaitUntil(_, up_to, then, otherwise):
            yield ("in time" if up_to else ""), then
            if up_to:
                yield f"not within {up_to}", otherwise
        case P.Split(arms):
            yield from ((f"{arm.name} {arm.share / 100:g} %", arm.target) for arm in arms)
        case P.Ask(_, _, up_to, arms, otherwise):
            yield from ((arm.name, arm.target) for arm in arms)
            if up_to:
                yield f"no answer within {up_to}", otherwise
        case P.Repeat(first=first):
            if first is not None:
                yield "each time", first
            yield "then", step.next
        case P.Stop(reason):
            yield reason, None
            if not _surely(step):
                yield "otherwise", step.next
        case _:
            yield "", step.next


@fixed
class Nested:
    """A step with the steps inside it, way by way: what the way is called, and its steps."""

    step: P.Step
    arms: tuple[tuple[_Way, tuple["Nested", ...]], ...] = ()

    def named(self) -> Iterator[tuple[str, tuple["Nested", ...]]]:
        """Yield each way as it is called, and its steps."""
        return ((_said(way), arm) for way, arm in self.arms)


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
        arms = [(way, target) for way, target in _ways(step) if _inside(step, way)]
        yield Nested(step, tuple([(way, tuple(_from(t, join, steps))) for way, t in arms]))
        here = None if isinstance(step.body, P.Stop) and _surely(step) else step.next


def _surely(step: P.Step) -> bool:
    """Whether a step is done whatever holds."""
    return step.only_if is None and step.unless is None


def _inside(step: P.Step, way: _Way) -> bool:
    """Whether a way leads through steps of its own before it goes on with what follows."""
    match step.body:
        case P.Choose() | P.WaitFor() | P.WaitUntil() | P.Split() | P.Ask():
            return True
        case P.Repeat():
            return way != "then"
        case _:
            return False
