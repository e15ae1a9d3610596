"""What pages are made from: a screenful at a time, the same from both databases."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cuebook.engine.contract import Context, InDoubt, Outcome, Rejected
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database

from .playing import START, Clock

WELCOME = """\
playbook: welcome
on: go-live
steps:
  - do: greet
  - do: create-task
    id: call
    with: {title: "Call {{ customer.id }}"}
  - wait: 7 days
"""


@pytest.fixture
def house(engine: Engine, deploy: Callable[..., Path], clock: Clock) -> Engine:
    """Return an engine with three customers, one action in doubt and two given up."""

    @engine.action("greet")
    def greet(_args: object, context: Context) -> Outcome:
        return InDoubt("the line broke") if context.customer == "bo" else Rejected("no address")

    deploy(WELCOME)
    for name in ("ada", "bo", "cy"):
        engine.identify(name, name=name.title(), seats=3)
        engine.track(name, "go-live", id=name)
    clock.forward(1)
    engine.tick()
    return engine


def test_customers_are_listed_from_an_id_on(house: Engine) -> None:
    """As a dictionary opens at a word, whether it holds it or not."""
    assert [one.id for one in house.customers()] == ["ada", "bo", "cy"]
    assert [one.id for one in house.customers("b", most=1)] == ["bo"]
    assert house.customers("d") == []


def test_one_customer_is_told_with_what_was_heard(house: Engine) -> None:
    """The latest first, and what is still to be decided among it."""
    house.track("ada", "login", at=START + 10**12)

    assert house.attributes("ada") == {"name": "Ada", "seats": 3}
    heard = [(one.kind, one.name) for one in house.heard("ada")]
    assert heard[0] == ("event", "login")
    assert heard[-2:] == [("event", "go-live"), ("change", "")]
    assert [one.decided for one in house.heard("ada", most=1)] == [False]
    assert house.heard("ada", before=START) == []
    with pytest.raises(KeyError, match="nothing was decided about nobody"):
        house.attributes("nobody")


def test_who_is_inside_and_where(house: Engine) -> None:
    """Of a playbook: some of its runs, and how many stand at each step."""
    assert {run.customer for run in house.inside("welcome")} == {"ada", "bo", "cy"}
    assert len(house.inside("welcome", most=2)) == 2
    assert house.whereabouts("welcome") == {"wait-1": 3}
    assert house.whereabouts("nothing") == {}


def test_what_was_given_up_by_how(house: Engine) -> None:
    """What may have been done is another question than what was not."""
    assert {one.customer for one in house.given_up("dead")} == {"ada", "cy"}
    assert [one.note for one in house.given_up("in doubt")] == ["the line broke"]
    assert len(house.given_up("dead", most=1)) == 1


def test_parked_customers_and_one_task(house: Engine, database: Database) -> None:
    """Each found by itself, without reading the others."""
    with database.write() as connection:
        database.run(
            connection,
            "UPDATE cuebook_wake SET due_at = NULL, trouble = 'broken' WHERE customer = 'cy'",
        )

    assert [(one.id, one.trouble) for one in house.parked()] == [("cy", "broken")]
    assert house.task("welcome/ada/1/call").title == "Call ada"
    with pytest.raises(KeyError, match="there is no task nope"):
        house.task("nope")


def test_programs_that_took_over(house: Engine, deploy: Callable[..., Path]) -> None:
    """The latest first, each with what it held."""
    deploy(WELCOME.replace("7 days", "8 days"))

    latest, first = house.deployments()
    assert (latest.number, first.number) == (2, 1)
    assert house.program(first.program).plans[0].playbook == "welcome"
    with pytest.raises(KeyError, match="no program nope was ever deployed here"):
        house.program("nope")


def test_the_journal_is_read_on(house: Engine) -> None:
    """Whoever has read up to a number reads what came after it."""
    last = house.last_decided()
    rows = house.decided(0, most=2)

    assert [number for number, _ in rows] == [1, 2]
    assert house.decided(last) == []
    assert {line[0] for _, lines in house.decided(0) for line in lines} == {"entry", "action"}
