"""What a playbook does at an instant that its trigger alone decides: its actions, and the messages among them."""

from collections.abc import Iterator, Sequence

from ...engine.core import plan as P
from ...engine.core.fixed import fixed
from ...engine.core.ways import Nested
from .possible import FALSE, TRUE, UNKNOWN, Goal
from .rule import Subject

__all__ = ["Delay", "Message", "messages", "planned"]

Delay = tuple[tuple[object, ...], ...]
"""How long after the trigger: each wait and each time of day on the way; nothing for at once."""


@fixed
class Message:
    """A step that does something, perhaps one that reaches the customer."""

    plan: P.Plan
    step: P.Step
    body: P.Do
    channel: str
    """By which it reaches the customer; empty for what does not."""
    delay: Delay
    asked: tuple[Goal, ...]
    """What was asked on the way to it, with what it came to."""


def messages(plan: P.Plan, subject: Subject) -> Iterator[Message]:
    """Yield the messages of a playbook up to where it waits for anything but time."""
    return (one for one in planned(plan, subject) if one.channel and one.body.each is None)


def planned(plan: P.Plan, subject: Subject) -> Iterator[Message]:
    """Yield the actions of a playbook up to where it waits for anything but time."""
    asked: tuple[Goal, ...] = () if plan.condition is None else ((plan.condition, TRUE),)
    if plan.stop_when is not None:
        asked = (*asked, (plan.stop_when, FALSE | UNKNOWN))
    yield from _Walker(plan, subject).walk(subject.nested(plan), (), asked)


class _Walker:
    """Goes through nested steps for as long as only time has to pass."""

    def __init__(self, plan: P.Plan, subject: Subject) -> None:
        self.plan, self.subject = plan, subject

    def walk(
        self, items: Sequence[Nested], delay: Delay, asked: tuple[Goal, ...]
    ) -> Iterator[Message]:
        for item in items:
            step, body = item.step, item.step.body
            delay = _later(step, delay)
            inside = (*asked, *_guards(step))
            match body:
                case P.Do(answer=answer):
                    channel = self.subject.channel(body)
                    yield Message(self.plan, step, body, channel, delay, inside)
                    if answer:
                        return
                case P.Choose():
                    yield from self._branches(item, body, delay, inside)
                    asked = (*asked, *_left(item, body))
                case P.Stop():
                    if step.only_if is None and step.unless is None:
                        return
                    asked = (*asked, *_passed_over(step))
                case P.WaitFor() | P.WaitUntil() | P.Ask() | P.Repeat() | P.Split():
                    return
                case _:
                    pass  # It neither reaches the customer nor takes another time than it says.

    def _branches(
        self, item: Nested, body: P.Choose, delay: Delay, asked: tuple[Goal, ...]
    ) -> Iterator[Message]:
        for branch, (_, arm) in zip(body.branches, item.arms, strict=False):
            yield from self.walk(arm, delay, (*asked, (branch.condition, TRUE)))
            asked = (*asked, (branch.condition, FALSE | UNKNOWN))
        yield from self.walk(item.arms[-1][1], delay, asked)


def _later(step: P.Step, delay: Delay) -> Delay:
    """Return the delay of a step: what counts from the trigger begins anew."""
    timing = step.timing
    rest = (timing.at, timing.on, timing.zone)
    if timing.after is not None:
        return ((timing.after, *rest),)
    if isinstance(step.body, P.Wait):
        return (*delay, (step.body.duration, *rest))
    return delay if rest == (None, None, None) else (*delay, (None, *rest))


def _guards(step: P.Step) -> Iterator[Goal]:
    if step.only_if is not None:
        yield step.only_if, TRUE
    if step.unless is not None:
        yield step.unless, FALSE


def _passed_over(step: P.Step) -> Iterator[Goal]:
    """Yield what is known behind a `stop:` that was not done, where one condition kept it back."""
    if step.unless is None and step.only_if is not None:
        yield step.only_if, FALSE | UNKNOWN
    elif step.only_if is None and step.unless is not None:
        yield step.unless, TRUE | UNKNOWN


def _left(item: Nested, body: P.Choose) -> Iterator[Goal]:
    """Yield that the branches which end the run were not taken."""
    for branch, (_, arm) in zip(body.branches, item.arms, strict=False):
        if any(isinstance(one.step.body, P.Stop) and not [*_guards(one.step)] for one in arm):
            yield branch.condition, FALSE | UNKNOWN
