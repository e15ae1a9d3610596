"""What one more event can do to a condition, and when nobody need look because of it."""

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from cuebook.engine.core.bearing import bearing
from cuebook.engine.core.channels import History
from cuebook.engine.core.compile import Compiler, compile_condition
from cuebook.engine.core.duration import DAY, HOUR, Duration
from cuebook.engine.core.evaluate import World, evaluate
from cuebook.engine.core.expr import (
    Absent,
    AllTime,
    And,
    Arith,
    Attribute,
    Between,
    Compare,
    Constant,
    Count,
    DaysSinceEvent,
    Default,
    DurationOf,
    Expr,
    Happening,
    Has,
    ItemField,
    LastWindow,
    Negate,
    Not,
    Or,
    SinceEvent,
    Stat,
    TimeSince,
)
from cuebook.engine.core.history import HistoryPlan
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.origins import NO_ORIGINS
from cuebook.engine.core.zone import Zone, zone

from ..properties.strategies import CALENDAR, START, Told, durations, told, zones

BERLIN = zone("Europe/Berlin")
LOGIN = Happening("login")
WEEK, MONTH = Duration(7, "day"), Duration(1, "month")
LATELY = Count(LOGIN, LastWindow(WEEK))
QUIET = DaysSinceEvent("last", LOGIN)
CHURNED = Attribute("churned")
COMPILER = Compiler(CALENDAR, {}, NO_ORIGINS)


def ways(expr: Expr, moved: frozenset[str] = frozenset()) -> str:
    """Tell what a login can do."""
    found = bearing(expr, "login", moved, COMPILER)
    if found is None:
        return "anything"
    said = {(True, True): "nothing", (True, False): "raise", (False, True): "lower"}
    return said.get((found.raises, found.lowers), "behind a gate")


@pytest.mark.parametrize(
    ("expr", "expected"),
    [
        (Absent(LOGIN, WEEK), "lower"),
        (And((Absent(LOGIN, WEEK), CHURNED)), "lower"),
        (Or((Absent(LOGIN, WEEK), CHURNED)), "lower"),
        (Not(Absent(LOGIN, WEEK)), "raise"),
        (Absent(LOGIN, MONTH), "anything"),
        (And((Absent(LOGIN, WEEK), Has(LOGIN, AllTime()))), "anything"),
        (Compare("<", LATELY, Constant(2)), "lower"),
        (Compare("<=", Constant(2), LATELY), "raise"),
        (Compare("==", LATELY, Constant(0)), "lower"),
        (Compare("!=", LATELY, Constant(0)), "raise"),
        (Compare("==", LATELY, Constant(1)), "anything"),
        (Between(LATELY, Constant(1), Constant(3)), "anything"),
        (Compare(">", Arith("-", Constant(9), Arith("*", LATELY, Constant(-2))), CHURNED), "raise"),
        (Compare(">", Arith("/", LATELY, Constant(-2)), Negate(QUIET)), "lower"),
        (Compare(">", Arith("*", LATELY, LATELY), Constant(4)), "anything"),
        (Compare("<", Default(QUIET, Constant(50)), Constant(9)), "raise"),
        (Compare("<", Default(Arith("*", QUIET, Constant(2)), QUIET), Constant(9)), "anything"),
        (Compare(">=", TimeSince("last", LOGIN), DurationOf(WEEK)), "lower"),
        (Compare(">=", TimeSince("first", LOGIN), DurationOf(WEEK)), "nothing"),
        (Compare(">=", TimeSince("last", LOGIN), DurationOf(MONTH)), "anything"),
        (Has(Happening("purchase"), AllTime()), "nothing"),
        (Has(Happening("purchase"), SinceEvent("login")), "anything"),
        (Has(Happening("login", Compare(">", ItemField(("amount",)), LATELY)), AllTime()), "anything"),
        (Compare(">", Stat("sum", LOGIN, ("amount",), AllTime()), Constant(9)), "anything"),
        (And((Compare("==", LATELY, Constant(1)), CHURNED)), "behind a gate"),
    ],
)  # fmt: skip
def test_what_an_event_can_do_is_known_for_each_kind_of_condition(
    expr: Expr, expected: str
) -> None:
    """It counts up, it puts off, and where it may do either the condition is looked at."""
    assert ways(expr) == expected


def test_what_reads_something_that_the_event_moves_is_looked_at() -> None:
    """A segment that the same login may change stands beside the count of logins."""
    expr = And((Compare("<", LATELY, Constant(2)), CHURNED))

    assert ways(expr) == "lower"
    assert ways(expr, frozenset({"churned"})) == "anything"


def test_nothing_is_taken_for_granted_when_clocks_have_just_been_put_back() -> None:
    """A login at the second 02:05 completes its days before one at the first 02:15 does."""
    expr = Compare("<", QUIET, Constant(3))
    found, condition = (
        bearing(expr, "login", frozenset(), COMPILER),
        compile_condition(expr, CALENDAR),
    )
    plan, h = HistoryPlan([expr], CALENDAR), History(first_seen_at=START)
    first = parse_instant("2026-10-25T02:15:00+02:00", BERLIN)
    second = parse_instant("2026-10-25T02:05:00+01:00", BERLIN)
    plan.record(h, "login", first, 1, {}, BERLIN)
    known = condition.holds({}, h, first, BERLIN, None)
    timer = condition.next_change({}, h, first, BERLIN, None)

    plan.record(h, "login", second, 2, {}, BERLIN)

    assert found is not None
    assert timer is not None
    assert not condition.holds({}, h, timer - 1, BERLIN, None)
    assert not found.leaves(known, {}, h, second, BERLIN)
    assert found.leaves(known, {}, h, second + 4 * HOUR, BERLIN)


NUMBERS = st.one_of(st.integers(-3, 6), st.sampled_from((0.5, 2.5, 1e99))).map(Constant)
COUNTED = st.one_of(
    st.builds(Count, st.just(LOGIN), st.one_of(st.just(AllTime()), durations.map(LastWindow))),
    st.builds(DaysSinceEvent, st.sampled_from(("first", "last")), st.just(LOGIN)),
    st.just(Attribute("seats")),
)
VALUES: st.SearchStrategy[Expr] = st.recursive(
    COUNTED,
    lambda inner: st.one_of(
        st.builds(Arith, st.sampled_from(("+", "-", "*")), NUMBERS, inner),
        st.builds(Arith, st.sampled_from(("+", "-", "*", "/")), inner, NUMBERS),
        st.builds(Default, COUNTED, NUMBERS),
        st.builds(Negate, inner),
    ),
    max_leaves=3,
)
LEAVES = st.one_of(
    st.builds(Compare, st.sampled_from(("<", "<=", ">", ">=", "==")), VALUES, NUMBERS),
    st.builds(Absent, st.just(LOGIN), durations),
    st.builds(Has, st.just(LOGIN), durations.map(LastWindow)),
    st.builds(Absent, st.just(Happening("purchase")), durations),
    st.builds(
        Compare,
        st.sampled_from(("<", ">=")),
        st.builds(TimeSince, st.sampled_from(("first", "last")), st.just(LOGIN)),
        durations.map(DurationOf),
    ),
    st.just(Compare(">", Attribute("seats"), Constant(1))),
)
CONDITIONS: st.SearchStrategy[Expr] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda legs: And(tuple(legs))),
        st.lists(inner, min_size=2, max_size=3).map(lambda legs: Or(tuple(legs))),
        st.builds(Not, inner),
    ),
    max_leaves=4,
)


@settings(max_examples=400, deadline=None)
@given(
    CONDITIONS,
    told,
    zones,
    st.one_of(st.none(), st.integers(-2, 3)),
    st.integers(0, 20 * DAY),
    st.integers(0, 3 * DAY),
)
def test_an_event_that_is_said_to_leave_a_condition_does(
    expr: Expr, events: list[Told], z: Zone, seats: int | None, later: int, sooner: int
) -> None:
    """Until the timer that was set before it rings, the condition stays what it was known to be."""
    found = bearing(expr, "login", frozenset(), COMPILER)
    assume(found is not None)
    assert found is not None
    plan, a, h = HistoryPlan([expr], CALENDAR), {"seats": seats}, History(first_seen_at=START)
    for seq, event in enumerate(events):
        plan.record(h, event.event, event.at, seq, event.properties, z)
    condition = compile_condition(expr, CALENDAR)
    looked = max((event.at for event in events), default=START) + later
    known = condition.holds(a, h, looked, z, None)
    timer = condition.next_change(a, h, looked, z, None)
    end = looked + 60 * DAY if timer is None else timer
    at = min(looked + sooner, end - 1)

    plan.record(h, "login", at, len(events), {}, z)
    assume(found.leaves(known, a, h, at, z))

    for step in range(80):
        moment = at + (end - 1 - at) * step // 79
        assert (evaluate(expr, World(a, h, moment, z, None, CALENDAR, {})) is True) is known
