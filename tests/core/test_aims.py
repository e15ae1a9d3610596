"""Goals: measured once for each run, from anywhere, to the instant."""

import json

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.effects import Entry
from cuebook.engine.core.state import Customer

from .playing import World, at, book, days, do, event

ANSWERED = E.Has(E.Happening("paid"), E.SinceTrigger())
LONG = P.Step("wait", P.Wait(days(10)), "mail")


def aiming(*steps: P.Step, **more: object) -> World:
    """Return a world with a playbook that wants something paid within 30 days."""
    told = {"goal": ANSWERED, "goal_within": days(30)} | more
    return World(book(event("go-live"), *(steps or (LONG, do())), **told))


def goals(world: World) -> list[tuple[int, str]]:
    """Return when what was written down about goals."""
    return [(e.at, e.note) for e in world.effects if isinstance(e, Entry) and e.kind == "goal"]


def test_a_goal_is_reached_while_the_run_waits_and_does_not_stop_it() -> None:
    """It measures; what was to be done is done."""
    world = aiming().event("2026-03-02T10:00", "go-live").event("2026-03-03T12:30", "paid")
    world.until("2026-05-01")

    assert goals(world) == [(at("2026-03-03T12:30"), "reached after 1 day 2 hours 30 minutes")]
    assert world.actions() == [("2026-03-12T10:00", "mail")]


def test_a_goal_is_reached_after_the_run_has_ended() -> None:
    """A customer who answers in the last minute of the 30 days has answered."""
    world = aiming().event("2026-03-02T10:00", "go-live").until("2026-03-20")
    assert world.notes("ended") == ["finished"]

    world.event("2026-04-01T09:59", "paid")

    assert world.notes("goal") == ["reached after 29 days 22 hours 59 minutes"]
    assert world.customer.aims == {}
    assert world.customer.armed == {}


def test_a_goal_that_is_not_reached_in_time_is_missed_to_the_instant() -> None:
    """30 days in the customer's zone, clock change included; what comes then is too late."""
    world = aiming().event("2026-03-02T10:00", "go-live").event("2026-04-01T10:00", "paid")

    assert goals(world) == [(at("2026-04-01T10:00"), "not reached within 30 days")]


def test_a_goal_without_a_time_ends_with_the_run() -> None:
    """What the last step emits still counts."""
    emit = P.Step("emit", P.Emit("paid", ()), None)
    reached = aiming(LONG, do("mail", "emit"), emit, goal_within=None)
    missed = aiming(LONG, do("mail"), goal_within=None)

    for world in (reached, missed):
        world.event("2026-03-02T10:00", "go-live").until("2026-04-20").event("2026-04-21", "paid")

    assert reached.notes("goal") == ["reached after 10 days"]
    assert missed.notes("goal") == ["not reached before the run ended"]


def test_a_goal_that_holds_from_the_start_is_reached_at_once() -> None:
    """And is measured once only."""
    world = aiming(goal=E.Compare("==", E.Attribute("plan"), E.Constant("growth")))
    world.arrive("2026-03-01", plan="growth").event("2026-03-02", "go-live").until("2026-06-01")

    assert world.notes("goal") == ["reached at once"]


def test_time_alone_reaches_a_goal() -> None:
    """Five days without a refund: nothing happens, and it is reached."""
    world = aiming(do(), goal=E.Absent(E.Happening("refund"), days(5)))
    world.event("2026-03-02T10:00", "go-live").until("2026-06-01")

    assert world.notes("goal") == ["reached after 5 days"]


def test_an_attribute_reaches_a_goal_and_stops_the_run_at_the_same_instant() -> None:
    """The goal is looked at before the run ends."""
    world = aiming(
        goal=E.Attribute("onboarded"), goal_within=None, stop_when=E.Attribute("onboarded")
    )
    world.event("2026-03-02", "go-live").set("2026-03-03", onboarded=True)

    assert [e.kind for e in world.effects[-2:]] == ["goal", "ended"]
    assert world.notes("goal") == ["reached after 1 day"]


def test_each_run_has_a_goal_of_its_own_and_its_state_survives_json() -> None:
    """Two orders, one paid: the other is missed."""
    same = E.Compare("==", E.ItemField(("order",)), E.TriggerField(("order",)))
    plan = book(
        event("purchase"),
        do(),
        goal=E.Has(E.Happening("paid", same), E.SinceTrigger()),
        goal_within=days(3),
        per=E.TriggerField(("order",)),
    )
    world = World(plan).event("2026-03-02", "purchase", order="a")
    world.event("2026-03-02", "purchase", order="b")
    state = json.loads(json.dumps(world.customer.to_json()))
    world.customer = Customer.from_json(state, world.program.blank)

    world.event("2026-03-04", "paid", order="b").until("2026-03-10")

    told = [(e.run, e.note) for e in world.effects if isinstance(e, Entry) and e.kind == "goal"]
    assert told == [
        ("book/ada/2", "reached after 2 days"),
        ("book/ada/1", "not reached within 3 days"),
    ]


def test_a_customer_who_moves_takes_the_end_of_a_goal_along() -> None:
    """30 days are counted on the clocks of where the customer is."""
    world = aiming().event("2026-03-02T10:00", "go-live")
    world.set("2026-03-05", timezone="Asia/Kolkata").until("2026-05-01")

    assert goals(world) == [(at("2026-04-01T11:00"), "not reached within 30 days")]
