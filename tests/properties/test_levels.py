"""Crossings found by their level begin exactly what looking at each of them begins."""

import json
from itertools import product

from hypothesis import given, settings

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import apply
from cuebook.engine.core.occurrence import Occurrence
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer

from ..core.playing import VOCABULARY, World, book, days, do
from .test_advance_laws import STREAMS

HEALTH = E.Attribute("health")


def program(*, one_by_one: bool) -> Program:
    """Return crossings among other triggers that read the same; sums are looked at one by one."""
    plans = []
    for number, (level, sign) in enumerate(
        product((50, 10, 49, 49.5, 90, 50), ("drops below", "rises above"))
    ):
        constant = E.Constant(level)
        value = E.Arith("+", constant, E.Constant(0)) if one_by_one else constant
        steps = (
            do("mail", "set"),
            P.Step("set", P.SetAttributes((("plan", E.Constant("free")),)), None),
        )
        crossing = P.OnCrossing(HEALTH, sign, value)
        plans.append(book(crossing, *steps, name=f"crossing {number}"))
        if number % 3 == 0:
            held = E.Compare("<", HEALTH, E.Constant(level))
            plans.append(book(P.OnCondition(held), do(), name=f"condition {number}"))
    plans.append(book(P.OnChange("plan"), do(), name="plan", again=P.Again("after", days(2))))
    return Program(P.Project(VOCABULARY, P.Calendar(), tuple(plans)), reasons=False)


BY_LEVEL, ONE_BY_ONE = program(one_by_one=False), program(one_by_one=True)


@settings(max_examples=150, deadline=None)
@given(STREAMS)
def test_levels_begin_what_looking_at_each_begins(stream: list[Occurrence]) -> None:
    """The same journal in the same order, also when the state goes through JSON each time."""
    found, expected = BY_LEVEL.customer("ada"), ONE_BY_ONE.customer("ada")

    for occurrence in stream:
        told = apply(found, occurrence, BY_LEVEL)
        assert told == apply(expected, occurrence, ONE_BY_ONE)
        text = json.dumps(found.to_json())
        found = Customer.from_json(json.loads(text), BY_LEVEL.blank)


def test_a_thousand_crossings_of_one_attribute_share_one_watch() -> None:
    """What is remembered is where the attribute last stood, not a side for each level."""
    plans = [
        book(P.OnCrossing(HEALTH, "rises above", E.Constant(level)), do(), name=f"above {level}")
        for level in range(1000)
    ]

    world = World(*plans).arrive("2026-03-01", health=7).set("2026-03-02", health=9)

    assert len(world.customer.watches) == 1
    assert world.actions() == [("2026-03-02T00:00", "mail")] * 2


def test_a_value_that_a_run_sets_is_a_change_of_its_own() -> None:
    """Every crossing sees each change whole, and sees it once."""
    sink = P.Step("sink", P.SetAttributes((("health", E.Constant(10)),)), "mail")
    first = P.OnCrossing(HEALTH, "drops below", E.Constant(50))
    plans = (
        book(first, sink, do(), name="first"),
        book(P.OnCrossing(HEALTH, "drops below", E.Constant(45)), do("near"), name="near"),
        book(P.OnCrossing(HEALTH, "drops below", E.Constant(20)), do("far"), name="far"),
    )

    world = World(*plans).arrive("2026-03-01", health=60).set("2026-03-02", health=40)

    assert [step for _, step in world.actions()] == ["mail", "near", "far"]
