"""Repetitions: the first at once, the others on their grid, never without end."""

import json

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.effects import Perform
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer

from .playing import VOCABULARY, World, book, days, do, event

LOGGED_IN = E.Has(E.Happening("login"), E.SinceTrigger())


def repeating(
    *steps: P.Step, most: int = 3, until: E.Expr | None = LOGGED_IN, **more: object
) -> P.Plan:
    """Return a playbook that reminds every week, and then says goodbye."""
    inside = steps or (do("mail", "again", within=("again",)),)
    again = P.Step("again", P.Repeat(days(7), most, until, inside[0].id), "bye")
    return book(event("go-live"), again, *inside, do("bye"), **more)


def keys(world: World) -> list[str]:
    """Return the keys of what was done."""
    return [e.key for e in world.effects if isinstance(e, Perform) and not e.skipped]


def test_three_times_every_week_and_then_on() -> None:
    """Local time is kept across the clock change; each repetition has a key of its own."""
    world = World(repeating()).event("2026-03-20T10:00", "go-live").until("2026-06-01")

    assert world.actions() == [
        ("2026-03-20T10:00", "mail"),
        ("2026-03-27T10:00", "mail"),
        ("2026-04-03T10:00", "mail"),
        ("2026-04-03T10:00", "bye"),
    ]
    assert keys(world) == [
        "book/ada/1/mail/1",
        "book/ada/1/mail/2",
        "book/ada/1/mail/3",
        "book/ada/1/bye",
    ]
    assert world.notes("repeat") == ["1 of 3", "2 of 3", "3 of 3"]


def test_until_ends_it_at_once_between_two_repetitions() -> None:
    """Nobody is kept waiting for a week to hear that all is well."""
    world = World(repeating()).event("2026-03-02T10:00", "go-live")
    world.event("2026-03-10T12:00", "login").until("2026-06-01")

    assert world.actions()[2:] == [("2026-03-10T12:00", "bye")]
    assert world.notes("repeat")[-1] == "over: until"


def test_what_holds_already_is_not_begun() -> None:
    """Then there is nothing to repeat."""
    world = World(repeating(until=E.Attribute("onboarded"))).arrive("2026-03-01", onboarded=True)
    world.event("2026-03-02T10:00", "go-live")

    assert world.actions() == [("2026-03-02T10:00", "bye")]


def test_a_repetition_that_takes_longer_than_its_time_is_followed_by_the_next_at_once() -> None:
    """The next one begins when the one before has ended, never beside it."""
    slow = (
        do("mail", "wait", within=("again",)),
        P.Step("wait", P.Wait(days(10)), "again", within=("again",)),
    )
    world = World(repeating(*slow, most=2)).event("2026-03-02T10:00", "go-live")
    world.until("2026-06-01")

    assert world.actions() == [
        ("2026-03-02T10:00", "mail"),
        ("2026-03-12T10:00", "mail"),
        ("2026-03-22T10:00", "bye"),
    ]


def test_stop_when_ends_it_in_the_middle_of_a_gap() -> None:
    """A week of waiting is no shelter from `stop when`."""
    plan = repeating(stop_when=E.Attribute("churned"))
    world = World(plan).event("2026-03-02T10:00", "go-live").set("2026-03-04", churned=True)

    assert world.notes("ended") == ["stop when"]
    assert world.customer.armed == {}


def test_one_repeat_inside_another_counts_from_one_each_time() -> None:
    """The keys carry both numbers."""
    outer = P.Step("weeks", P.Repeat(days(7), 2, None, "days"), None)
    inner = P.Step("days", P.Repeat(days(1), 2, None, "mail"), "weeks", within=("weeks",))
    mail = do("mail", "days", within=("weeks", "days"))

    world = World(book(event("go-live"), outer, inner, mail)).event("2026-03-02", "go-live")
    world.until("2026-04-01")

    assert keys(world) == [f"book/ada/1/mail/{week}/{day}" for week in (1, 2) for day in (1, 2)]
    assert [at[:10] for at, _ in world.actions()] == [
        "2026-03-02", "2026-03-03", "2026-03-09", "2026-03-10",
    ]  # fmt: skip
    assert world.notes("ended") == ["finished"]


def test_a_repetition_survives_json_and_an_edit() -> None:
    """A run between two repetitions follows the new grid, and counts on."""
    world = World(repeating()).event("2026-03-02T10:00", "go-live").until("2026-03-04")
    edited = repeating(most=2)
    again = P.Step("again", P.Repeat(days(3), 2, None, "mail"), "bye")
    edited = book(event("go-live"), again, *edited.steps[1:])
    before = world.program
    world.program = Program(
        P.Project(VOCABULARY, P.Calendar(), (edited,)), older=before.project.plans
    )
    state = json.loads(json.dumps(world.customer.to_json()))
    world.customer = Customer.from_json(state, world.program.blank)

    world.deploy("2026-03-04", "before").until("2026-06-01")

    assert world.actions()[1:] == [("2026-03-05T10:00", "mail"), ("2026-03-05T10:00", "bye")]
    assert keys(world)[1] == "book/ada/1/mail/2"
