"""Whose a task is and by when it is wanted, from the words an author gives it."""

import re
from collections.abc import Container, Mapping
from typing import Final, Literal

from .calendar import add, add_days, start_of
from .duration import parse_duration
from .instant import parse_instant
from .plan_days import Calendar
from .plan_teams import Team
from .zone import Zone

__all__ = ["Priority", "freest", "later", "team_in", "wanted_at"]

Priority = Literal["low", "normal", "high", "urgent"]

_OF_A_TEAM: Final = re.compile(r"least loaded of\s+(\S.*)", re.IGNORECASE)


def team_in(assignee: str) -> str | None:
    """Return the team of whom somebody is asked for; None for a person.

    >>> team_in("least loaded of csm-team"), team_in("ann@example.com")
    ('csm-team', None)
    """
    found = _OF_A_TEAM.fullmatch(" ".join(assignee.split()))
    return found[1] if found else None


def freest(team: Team, loads: Mapping[str, int], away: Container[str]) -> str:
    """Return who has the fewest open tasks, is there and has room; empty where nobody is."""
    able = [
        one
        for one in team.members
        if one.name not in away and (one.at_most is None or loads.get(one.name, 0) < one.at_most)
    ]
    return min(able, key=lambda one: loads.get(one.name, 0)).name if able else ""


def wanted_at(due: str, since: int, place: Zone) -> int | None:
    """Return the instant that `2 business days`, a date or an instant means; None for no text.

    A date lasts until it is over. Raises ValueError, whose text says what to write.
    """
    text = due.strip()
    if not text:
        return None
    if parse_duration(text) is not None:
        return later(text, since, place)
    if len(text) == 10:
        parse_instant(text, place)  # For its sentence on what is no date.
        return add_days(start_of(text, place), 1, place)
    try:
        return parse_instant(text, place)
    except ValueError:
        raise ValueError(
            f"{due[:60]!r} is no length of time, date or instant: write `2 business days`, "
            "`2026-12-24` or `2026-12-24T12:00`"
        ) from None


def later(text: str, since: int, place: Zone) -> int:
    """Return the instant a length of time after another. Raises ValueError for another text."""
    length = parse_duration(text)
    if length is None:
        raise ValueError(
            f"{text[:60]!r} is no length of time: write `2 business days` or `4 hours`"
        )
    return add(since, length, place, place.calendar or Calendar())
