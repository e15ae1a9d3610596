"""What attributes were: kept where something asks, as far back as asked, told late or in order."""

import json

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import apply, recall
from cuebook.engine.core.occurrence import Changed, Deployed
from cuebook.engine.core.past import Past
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer

from .playing import World, at, book, days, do

HEALTH = E.Attribute("health")
AGO = E.Ago(HEALTH, days(30))
WAS_LOW = book(P.OnCrossing(AGO, "drops below", E.Constant(50)), do())
FELL = book(P.OnCondition(E.MovedBy(HEALTH, "drops by", 20, True, days(14))), do())  # noqa: FBT003 - percent


def test_a_value_counts_as_long_ago_from_its_own_instant_on() -> None:
    """Thirty days are added to when a value began, across a change of clocks, and to nothing else."""
    world = World(WAS_LOW).arrive("2026-03-10T12:00", health=80).set("2026-03-12T12:00", health=40)

    world.until("2026-05-30T12:00")

    assert world.actions() == [("2026-04-11T12:00", "mail")]


def test_a_fall_is_known_when_its_other_end_is_old_enough() -> None:
    """Before two weeks have passed nobody knows what the value was two weeks ago."""
    world = World(FELL).arrive("2026-05-01T12:00", health=100).set("2026-05-03T12:00", health=70)

    world.until("2026-06-30T12:00")

    assert world.actions() == [("2026-05-15T12:00", "mail")]


def test_a_percentage_of_nothing_is_unknown() -> None:
    """From 0 no fall of a fifth can be told; less than nothing falls by a part of its size."""
    none = World(FELL).arrive("2026-05-01T12:00", health=0).set("2026-05-20T12:00", health=-5)
    below = World(FELL).arrive("2026-05-01T12:00", health=-10).set("2026-05-20T12:00", health=-12)

    assert none.until("2026-07-01T12:00").actions() == []
    assert below.until("2026-05-21T12:00").actions() == [("2026-05-20T12:00", "mail")]


def test_a_late_change_rewrites_the_past_and_is_looked_at() -> None:
    """It was 40 from the 12th on, told on the 20th: thirty days later that crosses the level."""
    world = World(WAS_LOW).arrive("2026-03-10T12:00", health=80).event("2026-03-20T12:00", "login")

    world.set("2026-03-12T12:00", health=40).until("2026-05-30T12:00")

    assert world.actions() == [("2026-04-11T12:00", "mail")]


def test_a_late_change_between_others_is_seen_by_who_asks_about_then() -> None:
    """It was 40 from the 12th to the 15th, and is again since it was told on the 18th."""
    world = World(WAS_LOW).arrive("2026-03-10T12:00", health=80).set("2026-03-15T12:00", health=90)
    world.event("2026-03-18T12:00", "login").set("2026-03-12T12:00", health=40)

    world.set("2026-03-20T12:00", health=90).until("2026-05-30T12:00")

    assert world.actions() == [("2026-04-11T12:00", "mail"), ("2026-04-17T12:00", "mail")]


def test_a_late_change_that_changes_nothing_now_is_looked_at_all_the_same() -> None:
    """Told late, and equal to what is now: still it was 40 thirty days ago."""
    world = World(WAS_LOW).arrive("2026-03-10T12:00", health=80).set("2026-03-15T12:00", health=40)
    world.until("2026-04-12T12:00").set("2026-03-12T12:00", health=40)

    assert world.actions() == [("2026-04-12T12:00", "mail")]


def test_only_what_is_asked_for_is_kept_and_no_longer() -> None:
    """A year of changes leaves what thirty days can ask, with a day for odd clocks, and that edge."""
    world = World(WAS_LOW).arrive("2026-01-01T12:00", health=0, plan="free")

    for month in range(1, 13):
        world.set(f"2026-{month:02}-15T12:00", health=month, plan="growth")

    past = world.customer.history.pasts["health"]
    assert list(world.customer.history.pasts) == ["health"]
    assert past.values == [10, 11, 12]


def test_a_project_that_asks_for_no_past_keeps_none() -> None:
    """Its states are what they were before there was such a thing."""
    world = World(book(P.OnChange("health"), do())).arrive("2026-01-01T12:00", health=1)

    world.set("2026-02-01T12:00", health=2)

    assert world.customer.history.pasts == {}
    assert "pasts" not in world.customer.history.to_json()
    assert "stays" not in world.customer.history.to_json()


def test_a_past_survives_json_and_copies() -> None:
    """A state read back goes on as the one that was written."""
    world = World(WAS_LOW).arrive("2026-03-10T12:00", health=80).set("2026-03-12T12:00", health=40)
    copied = world.customer.copy()
    read = Customer.from_json(json.loads(json.dumps(world.customer.to_json())), world.program.blank)

    world.set("2026-03-13T12:00", health=30)

    assert read.history == copied.history != world.customer.history


def test_what_was_told_before_the_deployment_is_remembered() -> None:
    """Changes of the time before are history, and cross nothing when they were crossed before."""
    program = Program(World(WAS_LOW).program.project)
    ada = program.customer("ada", {"health": 80})
    for when, health in (("2026-03-01T12:00", 80), ("2026-03-12T12:00", 40)):
        recall(ada, Changed(at(when), {"health": health}), program)

    effects = apply(ada, Deployed(at("2026-04-01T12:00")), program)

    assert effects == []
    assert ada.history.pasts["health"].values == [80, 40]
    assert min(ada.armed.values()) == at("2026-04-11T12:00")


def test_a_new_question_is_answered_from_its_deployment_on() -> None:
    """A program that asks for more than the one before knows what is now, and nothing older."""
    plain = World(book(P.OnChange("health"), do())).arrive("2026-03-10T12:00", health=80)
    asking = World(WAS_LOW)

    apply(plain.customer, Deployed(at("2026-04-01T12:00"), "before"), asking.program)

    assert plain.customer.history.pasts["health"] == Past([at("2026-04-01T12:00")], [80])


def test_of_one_instant_the_last_value_counts() -> None:
    """What came and went within an instant never was."""
    past = Past()

    for value in (1, 2, 3):
        past.note(10, value, 10)
    late = past.note(5, 7, 20)

    assert past == Past([5, 10, 20], [7, 3, 7])
    assert late
