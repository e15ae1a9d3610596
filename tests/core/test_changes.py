"""When time alone changes a condition."""

import pytest

from cuebook.engine.core.calendar import add, start_of
from cuebook.engine.core.channels import History
from cuebook.engine.core.compile import compile_condition
from cuebook.engine.core.duration import DAY, Duration
from cuebook.engine.core.expr import (
    Absent,
    And,
    Arith,
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
    ItemField,
    LastWindow,
    Negate,
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
from cuebook.engine.core.zone import zone

from ..properties.strategies import CALENDAR, START

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
        (Compare(">", Arith("*", Count(LOGIN, LastWindow(WEEK)), Constant(3)), Constant(5)), after(WEEK)),
        (Compare(">", Negate(Count(LOGIN, LastWindow(WEEK))), Constant(-2)), after(WEEK)),
        (Compare(">", Negate(Count(LOGIN, LastWindow(WEEK))), Constant(-9)), None),
    ],
)  # fmt: skip
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


def test_a_window_counts_what_passes_its_filter_alone() -> None:
    """Of three logins in the window two pass: one of them leaves it, and a third stays behind."""
    passing = Happening("login", Compare(">", ItemField(("seats",)), Attribute("limit")))
    two = Compare(">=", Count(passing, LastWindow(WEEK)), Constant(2))
    plan, h = HistoryPlan([two], CALENDAR), History(first_seen_at=START)
    for seq, seats in enumerate((9, 9, 1)):
        plan.record(h, "login", START + seq * DAY, seq, {"seats": seats}, BERLIN)

    due = compile_condition(two, CALENDAR).next_change(
        {"limit": 5}, h, START + 3 * DAY, BERLIN, None
    )

    assert due == after(WEEK)


def test_what_is_settled_by_an_attribute_sets_no_timer() -> None:
    """A customer on another plan needs no waking, however long ago the login was."""
    pro = Compare("==", Attribute("plan"), Constant("pro"))
    free = Compare("==", Attribute("plan"), Constant("free"))

    assert due(And((Absent(LOGIN, WEEK), pro)), START + 2 * DAY) is None
    assert due(Or((Absent(LOGIN, WEEK), free)), START + 2 * DAY) is None
    assert due(And((Absent(LOGIN, WEEK), free)), START + 2 * DAY) is not None
