"""The text of a trigger: how an author would write what begins a run."""

from typing import Final

from . import plan as P
from .expr import Attribute
from .say import say, say_happening, say_name, say_stage

__all__ = ["say_trigger"]

_DAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS: Final = {12: "month", 4: "quarter", 1: "year"}
"""How often, by how many months a monthly recurrence names."""


def say_trigger(trigger: P.Trigger) -> str:
    """Spell a trigger as an author would write it.

    >>> say_trigger(P.OnChange("plan"))
    'plan changes'
    """
    match trigger:
        case P.OnEvent(what):
            return say_happening(what)
        case P.OnChange(attribute, old, new):
            before = "" if old is None else f" from {say(old)}"
            after = "" if new is None else f" to {say(new)}"
            return f"{say_name(attribute)} changes{before}{after}"
        case P.OnStage(attribute, how, old, new):
            before = "" if old is None else f" from {say_stage(old)}"
            after = "" if new is None else f"{'' if how == 'skips' else ' to'} {say_stage(new)}"
            return f"{say(Attribute(attribute))} {how}{before}{after}"
        case P.OnCrossing(value, direction, level):
            return f"{say(value)} {direction} {say(level)}"
        case P.OnCondition(condition, hold):
            return f"when {say(condition)}" + ("" if hold is None else f" for {hold}")
        case P.OnDate(attribute, None):
            return say_name(attribute)
        case P.OnDate(attribute, offset, side):
            return f"{offset} {side} {say_name(attribute)}"
        case P.OnSchedule(recurrence, condition):
            return _recurrence(recurrence) + (
                "" if condition is None else f" while {say(condition)}"
            )
        case P.OnManual():
            return "manual"


def _recurrence(recurrence: P.Recurrence) -> str:
    match recurrence:
        case P.Every(duration):
            return f"every {duration}"
        case P.Weekly(days, at, business):
            named = "business day" if business else "day"
            if not business and len(days) < len(_DAYS):
                named = ", ".join(_DAYS[day] for day in days)
            return f"every {named} at {_clock(at)}"
        case P.Monthly(day, at, months):
            return f"every {_MONTHS.get(len(months), 'month')} on day {day} at {_clock(at)}"
        case P.Cron(minutes, hours, days, months, weekdays):
            fields = (
                minutes,
                hours,
                days,
                months,
                tuple(sorted((day + 1) % 7 for day in weekdays)),
            )
            wholes = (60, 24, 31, 12, 7)
            text = " ".join(map(_field, fields, wholes))
            return f'cron "{text}"'


def _field(values: tuple[int, ...], whole: int) -> str:
    return "*" if len(values) == whole else ",".join(map(str, values))


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02}:{minutes % 60:02}"
