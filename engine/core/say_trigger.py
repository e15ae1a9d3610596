"""The text of a trigger: how an author would write what begins a run."""

from collections.abc import Iterator
from itertools import groupby
from typing import Final

from . import plan as P
from .expr import Attribute, Pairs, Records
from .say import say, say_happening, say_name, say_stage, say_where
from .segments import segment_of
from .spell import WEEKDAYS, say_clock

__all__ = ["say_trigger"]

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
        case P.OnChange(attribute) if (left := segment_of(attribute)) is not None:
            return f"leaves segment {say_name(left)}"
        case P.OnCondition(Attribute(name, ()), None) if (entered := segment_of(name)) is not None:
            return f"enters segment {say_name(entered)}"
        case P.OnChange(attribute, old, new, path, where):
            before = "" if old is None else f" from {say(old)}"
            after = "" if new is None else f" to {say(new)}"
            return f"{_named(attribute, path)} changes{before}{after}{say_where(where)}"
        case P.OnRecord(Records(of, where), side):
            return f"{say(of)} {side} one{say_where(where)}"
        case P.OnSequence(Pairs(first, then, within), without):
            word = "without" if without else "then"
            return f"{say_happening(first)} {word} {say_happening(then)} within {within}"
        case P.OnStage(attribute, how, old, new):
            before = "" if old is None else f" from {say_stage(old)}"
            after = "" if new is None else f"{'' if how == 'skips' else ' to'} {say_stage(new)}"
            return f"{say(Attribute(attribute))} {how}{before}{after}"
        case P.OnCrossing(value, direction, level):
            return f"{say(value)} {direction} {say(level)}"
        case P.OnCondition(condition, hold):
            return f"when {say(condition)}" + ("" if hold is None else f" for {hold}")
        case P.OnDate(attribute, None, path=path):
            return _named(attribute, path)
        case P.OnDate(attribute, offset, side, path):
            return f"{offset} {side} {_named(attribute, path)}"
        case P.OnSchedule(recurrence, condition):
            return _recurrence(recurrence) + (
                "" if condition is None else f" while {say(condition)}"
            )
        case P.OnManual():
            return "manual"


def _named(attribute: str, path: tuple[str, ...]) -> str:
    return ".".join(say_name(name) for name in (attribute, *path))


def _recurrence(recurrence: P.Recurrence) -> str:
    match recurrence:
        case P.Every(duration):
            return f"every {duration}"
        case P.Weekly(days, at, business):
            named = "business day" if business else "day"
            if not business and len(days) < len(WEEKDAYS):
                named = ", ".join(WEEKDAYS[day] for day in days)
            return f"every {named} at {say_clock(at)}"
        case P.Monthly(day, at, months):
            return f"every {_MONTHS.get(len(months), 'month')} on day {day} at {say_clock(at)}"
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
    """Spell a field of `cron`.

    >>> _field((0, 20, 40), 60), _field((9, 10, 11), 24)
    ('*/20', '9-11')
    """
    if len(values) == whole:
        return "*"
    step = values[1] - values[0] if len(values) > 2 else 0
    if step > 1 and values == tuple(range(0, whole, step)):
        return f"*/{step}"
    return ",".join(_ranges(values))


def _ranges(values: tuple[int, ...]) -> Iterator[str]:
    """Yield numbers, three and more that follow each other as a range.

    >>> ",".join(_ranges((0, 1, 5, 6, 7)))
    '0,1,5-7'
    """
    for _, group in groupby(enumerate(values), lambda one: one[1] - one[0]):
        run = [value for _, value in group]
        yield from [f"{run[0]}-{run[-1]}"] if len(run) > 2 else map(str, run)
