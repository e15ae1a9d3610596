"""Playbooks that count back from a date, and do not say what becomes of who joins too late for that."""

from collections.abc import Iterator

from ...engine.core.plan import OnDate, Plan
from ...engine.core.say_trigger import say_trigger
from ..diagnostics import Diagnostic
from .messages_at_once import planned
from .rule import Rule, Subject

__all__ = ["RULE"]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report the first action of each playbook that latecomers miss without anybody having said so."""
    for plan in subject.project.plans:
        place = subject.places[plan.playbook]
        trigger = _counts_back(plan)
        first = next(planned(plan, subject), None) if trigger and not place.late else None
        if trigger is None or first is None:
            continue
        date = ".".join((trigger.attribute, *trigger.path))
        title = f"a `{date}` that is known too late for `{say_trigger(trigger)}` leaves this out"
        label = f"nothing says what is done less than {trigger.offset} before"
        hint = "`late: run` does it at once; if it is then too late, say `late: skip`"
        yield rule.at(place.steps[first.step.id], title, label, hint)


RULE = Rule("P417", _check)


def _counts_back(plan: Plan) -> OnDate | None:
    """Return the trigger of a playbook that nothing but an instant before a date begins."""
    match plan.triggers:
        case (OnDate(side="before") as trigger,) if trigger.offset is not None:
            return trigger
        case _:
            return None
