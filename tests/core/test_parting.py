"""Customers parted: arms that stick, and those who are held out and yet measured."""

import json
from collections import Counter

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.effects import Perform
from cuebook.engine.core.program import Program
from cuebook.engine.core.shares import WHOLE, share
from cuebook.engine.core.state import Customer

from .playing import VOCABULARY, World, book, days, do, event


def halves(short: int = 5000) -> P.Plan:
    """Return a playbook that splits its customers, so many of them to the short mail."""
    arms = (P.Arm("short", "short", short), P.Arm("long", "long", WHOLE - short))
    return book(event("go-live"), P.Step("ways", P.Split(arms), None), do("short"), do("long"))


def arm(world: World) -> str:
    """Return which mail the last run sent."""
    return world.actions()[-1][1]


def test_shares_are_spread_evenly() -> None:
    """Ten thousand customers, and each tenth of the whole gets about a tenth of them."""
    tenths = Counter(share("acme", "welcome", f"c{number}") // 1000 for number in range(10_000))

    assert sorted(tenths) == list(range(10))
    assert all(900 < count < 1100 for count in tenths.values())


def test_an_arm_sticks_even_when_the_shares_change() -> None:
    """Who has had the short mail gets it in every run, also under a program that gives it to nobody."""
    world = World(halves(WHOLE)).event("2026-03-02", "go-live")
    state = json.loads(json.dumps(world.customer.to_json()))

    world.program = Program(P.Project(VOCABULARY, P.Calendar(), (halves(0),)))
    world.customer = Customer.from_json(state, world.program.blank)
    world.event("2026-03-03", "go-live")

    assert [step for _, step in world.actions()] == ["short", "short"]
    assert world.notes("branch") == ["arm short", "arm short"]


def test_a_new_customer_follows_the_new_shares() -> None:
    """Nothing is remembered of somebody who has not been there."""
    assert arm(World(halves(WHOLE)).event("2026-03-02", "go-live")) == "short"
    assert arm(World(halves(0)).event("2026-03-02", "go-live")) == "long"


def test_an_arm_that_is_gone_is_drawn_anew() -> None:
    """A customer whose arm was taken out of the playbook belongs to another one from then on."""
    world = World(halves(WHOLE)).event("2026-03-02", "go-live")
    arms = (P.Arm("long", "long", WHOLE),)
    plan = book(event("go-live"), P.Step("ways", P.Split(arms), None), do("long"))
    world.program = Program(P.Project(VOCABULARY, P.Calendar(), (plan,)))

    assert arm(world.event("2026-03-03", "go-live")) == "long"


def test_a_held_out_customer_gets_nothing_and_is_measured() -> None:
    """The run goes its way, every deed of it is left out, and its goal counts."""
    login = E.Has(E.Happening("login"), E.SinceTrigger())
    plan = book(
        event("go-live"),
        do("mail", "set"),
        P.Step("set", P.SetAttributes((("onboarded", E.Constant(True)),)), "emit"),  # noqa: FBT003
        P.Step("emit", P.Emit("paid", ()), "ask"),
        P.Step("ask", P.Ask("Ready?", "", None, (), None), "start"),
        P.Step("start", P.Start("other"), "wait"),
        P.Step("wait", P.Wait(days(7)), "late"),
        do("late"),
        holdout=WHOLE,
        goal=login,
        goal_within=days(30),
    )
    other = book(event("refund"), do("other"), name="other")

    world = World(plan, other).event("2026-03-02", "go-live").event("2026-03-04", "login")
    world.until("2026-04-30")

    assert world.actions() == []
    assert world.skipped() == [("mail", "holdout"), ("ask", "holdout"), ("late", "holdout")]
    assert world.notes("skipped") == ["holdout"] * 6
    assert world.customer.attributes["onboarded"] is None
    assert world.notes("holdout") == ["this customer is held out: nothing will be done"]
    assert world.notes("goal") == ["reached after 2 days"]


def test_who_is_held_out_stays_so() -> None:
    """Drawn once and remembered, whatever becomes of the share; without a holdout all are treated."""
    world = World(book(event("go-live"), do(), holdout=WHOLE)).event("2026-03-02", "go-live")

    for holdout in (1, WHOLE - 1):
        plan = book(event("go-live"), do(), holdout=holdout)
        world.program = Program(P.Project(VOCABULARY, P.Calendar(), (plan,)))
        world.event("2026-03-03", "go-live")
    assert world.actions() == []

    world.program = Program(P.Project(VOCABULARY, P.Calendar(), (book(event("go-live"), do()),)))
    assert world.event("2026-03-04", "go-live").actions() == [("2026-03-04T00:00", "mail")]


def test_one_in_ten_is_held_out() -> None:
    """The share holds over many customers."""
    program = World(book(event("go-live"), do(), holdout=1000)).program
    held = 0
    for number in range(1000):
        world = World()
        world.program, world.customer = program, program.customer(f"c{number}")
        world.event("2026-03-02", "go-live")
        held += any(isinstance(e, Perform) and e.skipped == "holdout" for e in world.effects)

    assert 70 < held < 130
