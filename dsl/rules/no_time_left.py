"""Actions whose limits, taken together, are never all open."""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Final

from ...engine.core.plan import Calendar, Do, Project, limits_of
from ...engine.core.plan_limits import Limit
from ...engine.core.spell import say_clock, say_days
from ..diagnostics import Diagnostic
from .rule import Rule, Subject

__all__ = ["RULE", "closing"]

_DAY: Final = 24 * 60
"""Minutes of a day."""
_Named = tuple[str, Limit]


def _check(rule: Rule, subject: Subject) -> Iterator[Diagnostic]:
    """Report the first step of each kind whose quiet hours, or whose days, leave nothing open."""
    project = subject.project
    if not any(limit.quiet or limit.on for limit in limits_of(project)):
        return
    # Only projects that close times of day, or days, pay for what makes limits ready.
    from ...engine.core.compile import Compiler  # noqa: PLC0415
    from ...engine.core.limits import Rules  # noqa: PLC0415
    from ...engine.core.origins import NO_ORIGINS  # noqa: PLC0415

    # Only limits are asked about, so no promise need be made ready.
    compiler = Compiler(project.calendar, {}, NO_ORIGINS)
    rules = Rules(replace(project, never=()), compiler)
    told = set[tuple[str, ...]]()
    for plan in project.plans:
        for step in plan.steps:
            if not isinstance(step.body, Do):
                continue
            why = closing(rules.of(plan.playbook, step.body).limits, project)
            if why and why not in told:
                told.add(why)
                title = f"`{step.body.action}` is never done: its limits leave no time"
                span = subject.places[plan.playbook].steps[step.id]
                yield rule.at(span, title, "waits for ever", *why)


def closing(limits: Iterable[_Named], project: Project) -> tuple[str, ...]:
    """Return in words what closes all hours, or all days of one of the calendars; nothing if none."""
    limits = tuple(limits)
    quiet = [(name, limit) for name, limit in limits if limit.quiet is not None]
    if quiet and _no_minute(limit.quiet for _, limit in quiet if limit.quiet is not None):
        return tuple(f"limit {name}: quiet hours {_say(limit)}" for name, limit in quiet)
    days = [(name, limit) for name, limit in limits if limit.on is not None]
    for called, calendar in _calendars(project):
        if days and _no_day((limit for _, limit in days), calendar):
            where = (
                [f"business days of `calendars: {called}` are {say_days(calendar.weekdays)}"]
                if called
                else []
            )
            return (
                *(f"limit {name}: on {say_days(limit.on or ())}" for name, limit in days),
                *where,
            )
    return ()


def _calendars(project: Project) -> Iterator[tuple[str, Calendar]]:
    yield "", project.calendar
    yield from project.calendars.items()


def _no_minute(quiet: Iterable[tuple[int, int]]) -> bool:
    open_minutes = set(range(_DAY))
    for begin, end in quiet:
        length = (end - begin) % _DAY
        open_minutes -= {(begin + minute) % _DAY for minute in range(length)}
    return not open_minutes


def _no_day(limits: Iterable[Limit], calendar: Calendar) -> bool:
    open_days = set(range(7))
    for limit in limits:
        open_days &= set(calendar.weekdays if limit.on == "business days" else limit.on or ())
    return not open_days


def _say(limit: Limit) -> str:
    begin, end = limit.quiet or (0, 0)
    return f"{say_clock(begin)}-{say_clock(end)}"


RULE = Rule("A124", _check)
