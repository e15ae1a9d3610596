"""A `last D` window across clock changes: what is inside, and what leaves it next, hour by hour."""

import pytest

from cuebook.engine.core.calendar import add
from cuebook.engine.core.compile import compile_condition, compile_value
from cuebook.engine.core.duration import HOUR, Duration
from cuebook.engine.core.expr import Compare, Constant, Count, Happening, LastWindow
from cuebook.engine.core.history import History, HistoryPlan
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.zone import zone

CALENDAR = Calendar()


@pytest.mark.parametrize("where", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"])
@pytest.mark.parametrize("begin", ["2026-03-20T00:30", "2026-10-18T00:30", "2011-12-20T00:30"])
@pytest.mark.parametrize("days", [1, 3, 7, 30])
def test_a_window_is_what_its_definition_says(where: str, begin: str, days: int) -> None:
    """An event at e is inside from e until just before e + D, D added in the customer's zone."""
    there, length = zone(where), Duration(days, "day")
    count = Count(Happening("login"), LastWindow(length))
    plan = HistoryPlan([count], CALENDAR)
    start, history = parse_instant(begin, there), History()
    ats = [start + hours * HOUR for hours in range(0, 20 * 24, 5)]
    ends = [add(at, length, there, CALENDAR) for at in ats]
    condition = compile_condition(Compare(">", count, Constant(-1)), CALENDAR)
    value = compile_value(count, CALENDAR)
    for seq, at in enumerate(ats):
        plan.record(history, "login", at, seq, {}, there)

    for hours in range(20 * 24, (20 + days + 2) * 24):
        now = start + hours * HOUR
        inside = [end for at, end in zip(ats, ends, strict=True) if at <= now < end]

        assert value({}, history, now, there, None) == len(inside)
        due = condition.next_change({}, history, now, there, None)
        assert due == min(inside, default=None)
