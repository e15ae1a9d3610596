"""When time alone changes a condition, and which events only put that off."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cuebook.engine.core.calendar import add, start_of
from cuebook.engine.core.changes import postpones
from cuebook.engine.core.channels import History
from cuebook.engine.core.compile import compile_condition
from cuebook.engine.core.duration import DAY, Duration
from cuebook.engine.core.evaluate import World, evaluate
from cuebook.engine.core.expr import (
    Absent,
    And,
    Attribute,
    Compare,
    Constant,
    Count,
    DayOf,
    DaysSince,
    DaysUntil,
    Default,
    DurationOf,
    Expr,
    Happening,
    Has,
    LastWindow,
    Now,
    Or,
    SinceEvent,
    TimeSince,
    Today,
    WithinLast,
    WithinNext,
)
from cuebook.engine.core.history import HistoryPlan
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.zone import Zone, zone

from ..properties.strategies import CALENDAR, START, Told, durations, told, zones

BERLIN = zone("Europe/Berlin")
LOGIN = Happening("login")
WEEK, MONTH = Duration(7, "day"), Duration(1, "month")
SIGNED = Attribute("signed_at")


def due(expr: Expr, now: int, signed: object = START) -> int | None:
    a = {"signed_at": signed, "plan": "free"}
    return compile_condition(expr, CALENDAR).next_change(a, history(), now, BERLIN, None)


def history() -> History:
    plan = HistoryPlan([Count(LOGIN, LastWindow(WEEK))], CALENDAR)
    h = History(first_seen_at=START - DAY)
    for seq, at in enumerate((START, START + DAY)):
        plan.record(h, "login", at, seq, {}, BERLIN)
    return h


def after(duration: Duration, at: int = START, times: int = 1) -> int:
    return add(at, duration, BERLIN, CALENDAR, times)


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (Absent(LOGIN, WEEK), after(WEEK, START + DAY)),
        (Compare(">=", Count(LOGIN, LastWindow(WEEK)), Constant(2)), after(WEEK)),
        (Has(LOGIN, LastWindow(WEEK)), after(WEEK, START + DAY)),
        (WithinNext(Now(), WEEK), None),
        (WithinLast(Default(Attribute("ended_at"), Now()), WEEK), None),
        (Compare(">=", DaysSince(SIGNED), Constant(14)), after(Duration(14, "day"))),
        (Compare(">", DaysSince(SIGNED), Constant(14)), after(Duration(15, "day"))),
        (Compare("<=", DaysUntil(SIGNED), Constant(-14)), after(Duration(14, "day"))),
        (Compare("==", Constant(14), DaysSince(SIGNED)), after(Duration(14, "day"))),
        (Compare(">=", TimeSince("first", LOGIN), DurationOf(MONTH)), after(MONTH)),
        (Compare("<", DurationOf(MONTH), TimeSince("first", LOGIN)), after(MONTH) + 1),
        (WithinLast(SIGNED, WEEK), after(WEEK)),
        (Compare(">=", Now(), DayOf("2026-12-01")), start_of("2026-12-01", BERLIN)),
        (Compare(">", Now(), DayOf("2026-12-01")), start_of("2026-12-01", BERLIN) + 1),
        (Compare("==", Today(), DayOf("2026-12-01")), start_of("2026-10-26", BERLIN)),
        (Compare("==", Attribute("plan"), Constant("pro")), None),
        (Has(LOGIN, SinceEvent("login")), None),
    ],
)
def test_each_kind_of_condition_knows_its_instant(expr: Expr, expected: int | None) -> None:
    """To the microsecond: a timer may neither miss the change nor come a day early."""
    assert due(expr, START + 2 * DAY) == expected


def test_just_before_clocks_are_put_back_an_absence_is_looked_at_early() -> None:
    """A login at the second 02:05 is over before one at the first 02:15, which came earlier."""
    z, first = BERLIN, parse_instant("2026-10-25T02:15:00+02:00", BERLIN)
    second = parse_instant("2026-10-25T02:05:00+01:00", BERLIN)
    plan, h = HistoryPlan([Absent(LOGIN, WEEK)], CALENDAR), History(first_seen_at=START)
    condition = compile_condition(Absent(LOGIN, WEEK), CALENDAR)

    plan.record(h, "login", first, 1, {}, z)
    timer = condition.next_change({}, h, first, z, None)
    plan.record(h, "login", second, 2, {}, z)
    over = condition.next_change({}, h, second, z, None)

    assert timer is not None
    assert over is not None
    assert timer <= over < after(WEEK, first)


def test_a_date_that_comes_near_changes_twice() -> None:
    """`in next 7 days` begins 7 days before and ends just after."""
    signed = START + 30 * DAY
    expr = WithinNext(SIGNED, WEEK)

    begins = after(WEEK, signed, -1)

    assert due(expr, START, signed) == begins
    assert due(expr, begins, signed) == signed + 1
    assert due(expr, signed + 1, signed) is None


def test_what_is_settled_by_an_attribute_sets_no_timer() -> None:
    """A customer on another plan needs no waking, however long ago the login was."""
    pro = Compare("==", Attribute("plan"), Constant("pro"))
    free = Compare("==", Attribute("plan"), Constant("free"))

    assert due(And((Absent(LOGIN, WEEK), pro)), START + 2 * DAY) is None
    assert due(Or((Absent(LOGIN, WEEK), free)), START + 2 * DAY) is None
    assert due(And((Absent(LOGIN, WEEK), free)), START + 2 * DAY) is not None


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (Absent(LOGIN, WEEK), {"login"}),
        (And((Absent(LOGIN, WEEK), Attribute("churned"))), {"login"}),
        (And((Absent(LOGIN, WEEK), Absent(LOGIN, Duration(1, "hour")))), {"login"}),
        (Or((Absent(LOGIN, WEEK), Attribute("churned"))), set()),
        (Compare("<", Count(LOGIN, LastWindow(MONTH)), Constant(2)), set()),
        (Absent(LOGIN, MONTH), set()),
        (And((Absent(LOGIN, WEEK), Has(LOGIN, LastWindow(MONTH)))), set()),
        (Compare(">=", TimeSince("last", LOGIN), DurationOf(WEEK)), set()),
        (Has(Happening("purchase"), SinceEvent("login")), set()),
    ],
)
def test_events_that_only_put_a_change_off_are_known(expr: Expr, expected: set[str]) -> None:
    """An old timer may stay where the event cannot make the condition true any earlier."""
    assert postpones(expr) == expected


lately = durations.filter(lambda d: d.unit in {"minute", "hour", "day", "week"})
absences = st.builds(Absent, st.just(LOGIN), lately)


@settings(max_examples=200, deadline=None)
@given(absences, told, zones, st.integers(0, 30 * DAY), st.integers(0, DAY))
def test_an_old_timer_is_never_too_late(
    one: Expr, events: list[Told], z: Zone, later: int, sooner: int
) -> None:
    """The engine keeps a timer when such an event arrives, and looks again when it rings."""
    away = Absent(Happening("purchase"), WEEK)
    expr = And((one, away)) if later % 2 else one
    assume("login" in postpones(expr))
    events = [event for event in events if event.event != "Order Completed"]
    plan = HistoryPlan([expr], CALENDAR)
    h = History(first_seen_at=START)
    for seq, event in enumerate(events):
        plan.record(h, event.event, event.at, seq, event.properties, z)
    now = max((event.at for event in events), default=START) + later
    a: dict[str, object] = {}
    condition = compile_condition(expr, CALENDAR)
    timer = condition.next_change(a, h, now, z, None)
    assume(timer is not None and not condition.holds(a, h, now, z, None))
    at = min(now + sooner, timer - 1)

    plan.record(h, "login", at, len(events), {}, z)
    assume(not condition.holds(a, h, at, z, None))

    for step in range(60):
        moment = at + (timer - 1 - at) * step // 59
        assert evaluate(expr, World(a, h, moment, z, None, CALENDAR, {})) is not True
