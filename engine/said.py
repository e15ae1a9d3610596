"""A part of a plan in the words in which an author would write it, as far as it has any."""

import dataclasses
from collections.abc import Mapping
from typing import Final, get_args

from .core.bodies import Arm
from .core.duration import Duration
from .core.expr import Expr
from .core.lifecycles import Move
from .core.limits import say_cap, say_never
from .core.plan import Again, Step, Trigger
from .core.plan_limits import Cap, Consent, Never, Target
from .core.plan_teams import Member
from .core.say import say
from .core.say_trigger import say_trigger
from .core.spell import say_clock, say_days

__all__ = ["NODES", "TRIGGERS", "said"]

NODES: Final = get_args(Expr)
TRIGGERS: Final = get_args(Trigger)
_CLOCKS: Final = ("at", "otherwise", "hours", "quiet", "within")
"""Fields that hold a time of day, or from when until when, in minutes after midnight."""
_DAYS: Final = ("on", "weekdays")
_SHARES: Final = ("holdout", "share")


def said(value: object, name: str = "") -> str:
    """Spell a value; of a number `name`, the field that holds it, tells what it counts.

    >>> said(540, "at"), said((1260, 480), "quiet"), said(1000, "holdout"), said(3, "priority")
    ('09:00', '21:00-08:00', '10%', '3')
    """
    match value:
        case None:
            return ""
        case bool():
            return str(value).lower()
        case int() if name in _CLOCKS:
            return say_clock(value)
        case int() if name in _SHARES:
            return f"{value / 100:g}%"
        case str() | int() | float() | Duration():
            return str(value)
        case (int(begin), int(end)) if name in _CLOCKS:
            return f"{say_clock(begin)}-{say_clock(end)}"
        case (int(), *_) if name in _DAYS and isinstance(value, tuple):
            return say_days(value)
        case tuple() | list():
            return ", ".join(said(item) for item in value)
        case Mapping():
            return ", ".join(f"{key}: {said(item)}" for key, item in value.items())
        case _ if isinstance(value, NODES):
            return say(value)
        case _ if isinstance(value, TRIGGERS):
            return say_trigger(value)
        case _:
            return _part(value)


def _part(value: object) -> str:
    """Spell a part that has a form of its own in the language."""
    match value:
        case Again(rule, duration):
            return f"{rule} {said(duration)}".strip()
        case Step(id=name, body=body):
            return f"{name}: {said(body)}"
        case Arm(name, target, share):
            shown = f"{name} {said(share, 'share')}" if share else name
            return f"{shown} to {target}" if target else shown
        case Move(old, new, condition, hold):
            when = "" if condition is None else f" when {say(condition)}"
            return f"{old or 'any'} -> {new or 'any'}{when}" + (f" for {hold}" if hold else "")
        case Cap():
            return say_cap(value)
        case Never():
            return say_never(value)
        case Target(_, name):
            return name
        case Consent(attribute, purpose):
            return f"{attribute} for {purpose}" if purpose else attribute
        case Member(name, most):
            return name if most is None else f"{name} at most {most}"
        case _ if dataclasses.is_dataclass(value):
            fields = dataclasses.fields(value)
            parts = (said(getattr(value, field.name), field.name) for field in fields)
            return " ".join((type(value).__name__.lower(), *(part for part in parts if part)))
        case _:
            return str(value)
