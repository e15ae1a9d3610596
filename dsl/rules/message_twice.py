"""Two playbooks that send the same customer a message by the same way at the same instant."""

from collections.abc import Iterator, Sequence
from typing import Final

from ...engine.core import plan as P
from ...engine.core.plan_limits import Limit, meets
from ...engine.core.say_trigger import say_trigger
from ...engine.core.vocabulary import fold
from ..diagnostics import Diagnostic, Label
from .given import at_trigger
from .messages_at_once import Message, messages
from .rule import Rule, Subject

__all__ = ["RULE"]

_MOST: Final = 50
"""With how many other messages of one trigger each is compared; in crowds not all are."""
_SERVICE: Final = "service"
"""The purpose of what answers the customer, and may come beside anything else."""


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report each message that may go out together with one of another playbook."""
    crowds: dict[object, list[tuple[P.Trigger, Message]]] = {}
    for plan in subject.project.plans:
        mine = list(messages(plan, subject))
        others = set[str]()
        for trigger in plan.triggers:
            for message in mine:
                crowd = crowds.setdefault((_about(trigger), message.channel, message.delay), [])
                other = _first(crowd, trigger, message, subject)
                if other is not None and other.plan.playbook not in others:
                    others.add(other.plan.playbook)
                    yield _told(rule, trigger, message, other, subject)
                crowd.append((trigger, message))


RULE = Rule("P408", _check)


def _about(trigger: P.Trigger) -> object:
    """Return what two triggers have in common that may fire at one instant."""
    match trigger:
        case P.OnEvent(what):
            return what.event
        case P.OnChange(attribute, path=path):
            return (attribute, path)
        case P.OnSchedule(recurrence) if not isinstance(recurrence, P.Every):
            return recurrence
        case _:
            return trigger


def _first(
    crowd: Sequence[tuple[P.Trigger, Message]],
    trigger: P.Trigger,
    message: Message,
    subject: Subject,
) -> Message | None:
    """Return the first message of another playbook that may go out together with one."""
    for cause, other in crowd[:_MOST]:
        if other.plan is not message.plan and _clash(message, other, subject):
            goals = (*at_trigger(cause, subject), *at_trigger(trigger, subject))
            if subject.together([*goals, *other.asked, *message.asked]):
                return other
    return None


def _clash(one: Message, other: Message, subject: Subject) -> bool:
    """Tell whether both go to the same, and nothing keeps one of them back."""
    to = [message.body.args.get("to") for message in (one, other)]
    purposes = [message.body.args.get("purpose", "") for message in (one, other)]
    if _SERVICE in purposes or (None not in to and to[0] != to[1]):
        return False
    return not any(_settles(limit, (one, other)) for limit in subject.project.limits)


def _settles(limit: Limit, both: Sequence[Message]) -> bool:
    """Tell whether a limit lets only one of two messages through, or makes one of them."""
    single = any(cap.most == 1 for cap in limit.caps) and limit.per != "playbook"
    return (single or limit.digest is not None) and all(
        meets(limit.target, {fold(one.body.kind), fold(one.body.action)}, one.channel)
        and one.body.args.get("purpose", "") not in limit.exempt
        for one in both
    )


def _told(
    rule: Rule, trigger: P.Trigger, message: Message, other: Message, subject: Subject
) -> Diagnostic:
    name, first = message.plan.playbook, other.plan.playbook
    span = subject.places[name].steps[message.step.id]
    there = subject.places[first].steps[other.step.id]
    title = f"`{name}` and `{first}` message the same customer at one instant"
    label = f"by {message.channel}, on `{say_trigger(trigger)}`"
    hint = (
        f"let the conditions exclude each other, or say `{message.channel}: {{at most: 1 per day}}`"
    )
    return rule.at(span, title, label, hint, others=(Label(there, f"`{first}` sends this one"),))
