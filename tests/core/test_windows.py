"""A `last D` window across clock changes: what is inside, and what leaves it next, hour by hour."""

import pytest

from cuebook.engine.core.calendar import add
from cuebook.engine.core.compile import compile_condition, compile_value
from cuebook.engine.core.duration import HOUR, Duration
from cuebook.engine.core.expr import Attribute, Compare, Constant, Count, Happening, LastWindow
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
    condition = compile_condition(Compare(">", count, Attribute("none")), CALENDAR)
    value = compile_value(count, CALENDAR)
    for seq, at in enumerate(ats):
        plan.record(history, "login", at, seq, {}, there)

    for hours in range(20 * 24, (20 + days + 2) * 24):
        now = start + hours * HOUR
        inside = [end for at, end in zip(ats, ends, strict=True) if at <= now < end]

        assert value({}, history, now, there, None) == len(inside)
        due = condition.next_change({"none": None}, history, now, there, None)
        assert due == min(inside, default=None)


@pytest.mark.parametrize("where", ["UTC", "Europe/Berlin", "America/New_York", "Pacific/Apia"])
@pytest.mark.parametrize("begin", ["2026-03-20T00:30", "2026-10-18T00:30", "2011-12-20T00:30"])
@pytest.mark.parametrize("length", [Duration(7, "day"), Duration(1, "month"), Duration(30, "hour")])
def test_a_count_passes_a_level_at_the_event_that_makes_the_difference(
    where: str, begin: str, length: Duration
) -> None:
    """Never later than it does; as a rule at that very instant, however many leave before."""
    there = zone(where)
    count = Count(Happening("login"), LastWindow(length))
    plan = HistoryPlan([count], CALENDAR)
    start, history = parse_instant(begin, there), History()
    ats = [start + hours * HOUR for hours in range(0, 12 * 24, 7)]
    ends = [add(at, length, there, CALENDAR) for at in ats]
    for seq, at in enumerate(ats):
        plan.record(history, "login", at, seq, {}, there)
    now, exact = ats[-1], 0
    instants = sorted({end for end in ends if end > now})

    def inside(at: int) -> int:
        return sum(end > at for end in ends)

    for level in range(1, inside(now) + 1):
        for op, truth in ((">=", int.__ge__), ("<", int.__lt__), ("==", int.__eq__)):
            condition = compile_condition(Compare(op, count, Constant(level)), CALENDAR)
            held = truth(inside(now), level)
            turns = next((at for at in instants if truth(inside(at), level) is not held), None)

            due = condition.next_change({}, history, now, there, None)

            assert turns is None or (due is not None and due <= turns)
            exact += due == turns

    # Months may let events go in another order than they came: then each of them is a look.
    assert exact > inside(now) or length.unit == "month"
