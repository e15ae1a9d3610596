"""Compiled conditions: what they do with surprises, and that nothing an author writes is code."""

from types import SimpleNamespace

import pytest

from cuebook.engine.core import generating
from cuebook.engine.core.channels import History
from cuebook.engine.core.compile import compile_condition, compile_filter, compile_value
from cuebook.engine.core.duration import DAY, Duration
from cuebook.engine.core.expr import (
    And,
    Arith,
    Attribute,
    Compare,
    Constant,
    Count,
    DaysSince,
    Expr,
    Happening,
    In,
    IsMissing,
    ItemField,
    LastWindow,
    Matches,
    Not,
    Now,
    TriggerField,
)
from cuebook.engine.core.plan import Calendar
from cuebook.engine.core.zone import zone

CALENDAR, BERLIN, NOW = Calendar(), zone("Europe/Berlin"), 1_800_000_000_000_000
SEATS, PLAN = Attribute("seats"), Attribute("plan")


def judge(expr: Expr, **a: object) -> bool | None:
    condition = compile_condition(expr, CALENDAR)
    asked = (a, History(), NOW, BERLIN, None)
    holds, fails = condition.holds(*asked), condition.fails(*asked)
    assert not (holds and fails)
    return True if holds else False if fails else None


@pytest.mark.parametrize(
    "expr",
    [
        Compare("<", SEATS, Constant(50)),
        Compare("==", SEATS, Constant("a")),
        Compare("!=", SEATS, Constant(50)),
        In(SEATS, (Constant("a"), Constant("b"))),
        Not(In(SEATS, (Constant(1),))),
        Compare(">=", DaysSince(SEATS), Constant(14)),
        Compare(">", Arith("/", SEATS, Constant(0)), Constant(1)),
        Compare(">", SEATS, PLAN),
        SEATS,
    ],
)
@pytest.mark.parametrize("junk", [None, "", "junk", [1], {"x": 1}, float("inf"), 10**400])
def test_no_value_makes_a_condition_raise(expr: Expr, junk: object) -> None:
    """One strange row must not stop the evaluation of all the others."""
    assert judge(expr, seats=junk, plan=3) in (True, False, None)


def test_a_text_is_never_compared_with_a_number() -> None:
    """Neither true nor false: a step under `unless` must not run either."""
    assert judge(Compare("<", SEATS, Constant(50)), seats="7") is None
    assert judge(Compare("==", SEATS, Constant(50)), seats="50") is None
    assert judge(Compare("!=", PLAN, Constant("pro")), plan=5) is None


def test_an_attribute_that_is_no_key_is_missing() -> None:
    """A row that was not filled on loading is judged like one that was."""
    assert judge(Compare("<", SEATS, Constant(50))) is None
    assert judge(IsMissing(SEATS)) is True


@pytest.mark.parametrize("text", ["'", '"', "#0", "'#0'", "\\", "\n", "__import__('os')", "{}"])
def test_what_an_author_writes_is_never_code(text: str) -> None:
    """Names and texts are bound to the code, never written into it."""
    named = Compare("==", Attribute(text), Constant(text))
    nested = Compare("==", Attribute("x", (text,)), Constant(text))

    assert judge(And((named, nested)), **{text: text, "x": {text: text}}) is True
    assert judge(In(Attribute(text), (Constant(text),)), **{text: "other"}) is False


def test_conditions_that_differ_in_constants_share_their_code() -> None:
    """Ten thousand playbooks of one shape are compiled by Python once."""
    judge(Compare("<", Attribute("a"), Constant(1)), a=0)
    before = generating._code.cache_info().misses

    assert judge(Compare("<", Attribute("b"), Constant(2)), b=3) is False

    assert generating._code.cache_info().misses == before


def test_a_condition_nested_beyond_pythons_limits_is_still_judged() -> None:
    """Where Python refuses the source, the walker answers."""
    expr: Expr = SEATS
    for _ in range(120):
        expr = Arith("+", expr, Constant(1))

    assert judge(Compare(">", expr, Constant(120)), seats=1) is True


def test_a_pattern_is_searched_by_the_matcher_it_was_given() -> None:
    """The core knows no regular expressions; without a matcher the answer is unknown."""
    expr = Matches(PLAN, "^p", folded=True)
    matcher = SimpleNamespace(search=lambda text: text.startswith("p") or None)
    condition = compile_condition(expr, CALENDAR, {("^p", True): matcher})

    assert condition.holds({"plan": "pro"}, History(), NOW, BERLIN, None)
    assert condition.fails({"plan": "free"}, History(), NOW, BERLIN, None)
    assert judge(expr, plan="pro") is None


def test_a_filter_compares_an_event_with_the_one_that_began_the_run() -> None:
    """`wait for: payment where (order_id == trigger.order_id)`."""
    expr = Compare("==", ItemField(("order",)), TriggerField(("order",)))
    run = SimpleNamespace(at=0, seq=1, event={"order": 7})
    passes = compile_filter(expr, CALENDAR)

    assert passes({"order": 7}, {}, History(), NOW, BERLIN, run)
    assert not passes({"order": 8}, {}, History(), NOW, BERLIN, run)
    assert not passes({}, {}, History(), NOW, BERLIN, run)
    assert not passes({"order": 7}, {}, History(), NOW, BERLIN, None)


def test_a_truth_can_be_a_value() -> None:
    """`set: {risk: health_score < 50}` sets true, false or nothing."""
    value = compile_value(Compare("<", SEATS, Constant(50)), CALENDAR)

    values = [value({"seats": seats}, History(), NOW, BERLIN, None) for seats in (7, 70, None)]

    assert values == [True, False, None]


def test_judging_at_once_refuses_what_needs_a_history() -> None:
    """A wrong answer for a whole population would look like a right one."""
    window = LastWindow(Duration(1, "day"))
    counted = compile_condition(
        Compare(">", Count(Happening("login"), window), Constant(1)), CALENDAR
    )

    with pytest.raises(ValueError, match="call `holds`"):
        counted.at(NOW, BERLIN)


def test_days_are_counted_to_the_microsecond() -> None:
    """`days since X >= 14` turns true exactly 14 days after X, at once as one by one."""
    condition = compile_condition(Compare(">=", DaysSince(SEATS), Constant(14)), CALENDAR)
    for name in ("UTC", "Europe/Berlin", "Asia/Kolkata"):
        z = zone(name)
        at_once = condition.at(NOW, z)
        for seats, expected in ((NOW - 14 * DAY, True), (NOW - 14 * DAY + 1, False)):
            assert condition.holds({"seats": seats}, History(), NOW, z, None) is expected
            assert at_once({"seats": seats}) is expected


def test_now_is_compared_and_never_hoisted_wrongly() -> None:
    """The instant is an argument: the same compiled condition serves all of time."""
    condition = compile_condition(Compare("<", SEATS, Now()), CALENDAR)

    assert condition.at(NOW, BERLIN)({"seats": NOW - 1})
    assert not condition.at(NOW - 1, BERLIN)({"seats": NOW - 1})
