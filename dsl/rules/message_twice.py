"""Two playbooks that send the same customer a message by the same way at the same instant."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
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
    crowds: dict[object, list[_Sent]] = {}
    for plan in subject.project.plans:
        mine = [(message, _settled(message, subject)) for message in messages(plan, subject)]
        others = set[str]()
        for trigger in plan.triggers:
            for message, settled in mine:
                crowd = crowds.setdefault((_about(trigger), message.channel, message.delay), [])
                here = _Sent(trigger, message, settled)
                other = _first(crowd, here, subject)
                if other is not None and other.plan.playbook not in others:
                    others.add(other.plan.playbook)
                    yield _told(rule, trigger, message, other, subject)
                crowd.append(here)


RULE = Rule("P408", _check)


@dataclass(frozen=True, slots=True)
class _Sent:
    """A message that a trigger leads to."""

    trigger: P.Trigger
    message: Message
    settled: frozenset[int]
    """The limits that let only one of several such messages through."""


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


def _first(crowd: Sequence[_Sent], here: _Sent, subject: Subject) -> Message | None:
    """Return the first message of another playbook that may go out together with one."""
    for there in crowd[:_MOST]:
        other = there.message
        if other.plan is not here.message.plan and _clash(here, there):
            goals = (*at_trigger(there.trigger, subject), *at_trigger(here.trigger, subject))
            if subject.together([*goals, *other.asked, *here.message.asked]):
                return other
    return None


def _clash(one: _Sent, other: _Sent) -> bool:
    """Tell whether both go to the same, and nothing keeps one of them back."""
    if not one.settled.isdisjoint(other.settled):
        return False
    to, same = (sent.message.body.args.get("to") for sent in (one, other))
    return (to is None or same is None or to == same) and _SERVICE not in (
        sent.message.body.args.get("purpose", "") for sent in (one, other)
    )


def _settled(one: Message, subject: Subject) -> frozenset[int]:
    """Return the limits that let only one of several such messages through, or make one of them."""
    names = {fold(one.body.kind), fold(one.body.action)}
    purpose = one.body.args.get("purpose", "")
    return frozenset(
        number
        for number, limit in enumerate(subject.project.limits)
        if _single(limit)
        and meets(limit.target, names, one.channel)
        and purpose not in limit.exempt
    )


def _single(limit: Limit) -> bool:
    once = any(cap.most == 1 for cap in limit.caps) and limit.per != "playbook"
    return once or limit.digest is not None


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
