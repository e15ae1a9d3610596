"""Bad days of customers: one that cannot be decided about is parked, shown, and blocks nobody."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cuebook.engine.contract import Context
from cuebook.engine.core.duration import SECOND
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.worker import MOST_FAILURES

from .disorder import allow, forbid
from .playing import Clock, rows

ORDERS = """
playbook: thanks
on: purchase
per: event.order
steps: [{do: greet}]
"""


@pytest.fixture
def greeted(engine: Engine, deploy: Callable[..., Path]) -> list[str]:
    """Return who is greeted, once for each purchase, as they will be."""
    found: list[str] = []

    @engine.action("greet")
    def greet(_args: object, context: Context) -> None:
        found.append(context.customer)

    deploy(ORDERS)
    return found


def test_a_state_that_cannot_be_read_is_parked_and_blocks_nobody(
    engine: Engine, clock: Clock, database: Database, greeted: list[str]
) -> None:
    """It is tried so often, shown with its trouble, and goes on where it was once it is mended."""
    _buy(engine, "ada", "bob")
    engine.tick()
    [(state,)] = rows(database, "SELECT state FROM cuebook_customer WHERE id = 'ada'")
    _keep(database, '{"clock": ')

    _buy(engine, "ada", "bob")
    for _ in range(MOST_FAILURES):
        assert engine.status().parked == []
        engine.tick()
        clock.now += SECOND
    assert sorted(greeted) == ["ada", "bob", "bob"]
    [(name, trouble)] = engine.status().parked
    assert (name, trouble[:16]) == ("ada", "JSONDecodeError:")
    assert engine.status().inbox == 1  # What could not be decided is still there.
    engine.tick()
    assert rows(database, "SELECT failures FROM cuebook_wake WHERE customer = 'ada'") == [
        (MOST_FAILURES,)
    ]

    _keep(database, state)
    _buy(engine, "ada")
    engine.tick()
    assert sorted(greeted) == ["ada", "ada", "ada", "bob", "bob"]
    assert engine.status().parked == []


def test_rows_that_the_database_refuses_hold_up_nobody(
    engine: Engine, clock: Clock, database: Database, greeted: list[str]
) -> None:
    """A pass writes for many at once; one refusal must not take the others along."""
    names = [f"c{n:03}" for n in range(30)]
    forbid(database, "cuebook_journal", "customer = 'c007'")
    _buy(engine, *names)

    for _ in range(MOST_FAILURES):
        engine.tick()
        clock.now += SECOND

    assert sorted(greeted) == [name for name in names if name != "c007"]
    [(name, trouble)] = engine.status().parked
    assert name == "c007"
    assert "forbidden" in trouble
    assert rows(database, "SELECT count(*) FROM cuebook_outbox WHERE customer = 'c007'") == [(0,)]

    allow(database, "cuebook_journal")
    _buy(engine, "c007")
    engine.tick()
    assert greeted.count("c007") == 2


def test_a_program_that_cannot_be_read_is_the_fault_of_no_customer(
    engine: Engine, another: Callable[..., Engine], clock: Clock, database: Database,
    greeted: list[str],
) -> None:  # fmt: skip
    """Else an old worker, among new ones, would park everybody within seconds."""
    _buy(engine, "ada")
    old = another()
    [(body,)] = rows(database, "SELECT body FROM cuebook_program")
    with database.write() as connection:
        database.run(connection, "UPDATE cuebook_program SET body = '{}'")

    for _ in range(MOST_FAILURES + 1):
        with pytest.raises((KeyError, TypeError, ValueError)):
            old.tick()
        clock.now += SECOND
    assert (engine.status().parked, engine.status().inbox) == ([], 1)

    with database.write() as connection:
        database.run(connection, "UPDATE cuebook_program SET body = ?", body)
    engine.tick()
    assert greeted == ["ada"]


@pytest.mark.parametrize(
    "properties",
    [
        {"order": "a\0b"},
        {"order": "\ud800"},
        {"order": "x" * 100_000},
        {"\ud800\0": 1, "order": "1"},
        {"amount": "\udfff\0", "order": "1"},
        {"amount": 10**400, "order": "1"},
        {"amount": "1" * 4_000, "order": 10**400},
        {"amount": 10**300, "order": 1e308},
        {"amount": float("nan"), "order": "1"},
        {"order": {"a": ["\0"]}},
    ],
)
def test_values_that_no_database_takes_harm_nobody_else(
    engine: Engine, clock: Clock, greeted: list[str], properties: dict[str, object]
) -> None:
    """Whatever stands in an event, the next customer is greeted in the same pass."""
    engine.track("ada", "purchase", properties)
    _buy(engine, "bob")

    for _ in range(MOST_FAILURES + 1):
        engine.tick()
        clock.now += SECOND

    assert greeted.count("bob") == 1
    assert engine.status().parked == []
    assert engine.status().inbox == 0


def _buy(engine: Engine, *names: str) -> None:
    for name in names:
        engine.track(name, "purchase", {"order": "A"})


def _keep(database: Database, state: str) -> None:
    with database.write() as connection:
        database.run(connection, "UPDATE cuebook_customer SET state = ? WHERE id = 'ada'", state)
