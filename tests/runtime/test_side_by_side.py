"""Transactions that meet: whoever comes second waits, nobody waits in a ring, nobody comes back.

A row that a host holds stops each of them where the other may come between.
"""

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection

from cuebook.engine.contract import Done, Outcome, Rejected
from cuebook.engine.runtime import Engine, happening, post_with
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.outbox import Outbox, Promise, Room

from .patience import until
from .playing import START, Clock, rows

GREET = """\
playbook: welcome
on: go-live
steps:
  - do: greet
  - do: greet
"""
ASK = """\
playbook: ask
on: go-live
steps:
  - do: create-task
    with: {title: "Call"}
"""
ON_POSTGRESQL = pytest.mark.parametrize("dialect", ["postgresql"])
"""SQLite has one writer at a time: there is nothing to come between."""

Beside = Callable[..., "Future[Any]"]


@pytest.fixture
def beside() -> Iterator[Beside]:
    """Yield what does something on a thread of its own."""
    with ThreadPoolExecutor(4) as threads:
        yield threads.submit


@contextmanager
def holding(database: Database, sql: str) -> Iterator[Connection]:
    """Hold the rows that a query finds until the block is left."""
    with database.write() as connection:
        assert database.rows(connection, f"{sql} FOR UPDATE")
        yield connection


def waits(database: Database, table: str) -> int:
    """Return how many transactions wait for a lock in a statement about a table."""
    sql = """SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()
        AND wait_event_type = 'Lock' AND query LIKE ?"""
    return int(rows(database, sql, f"%{table}%")[0][0])


def out(engine: Engine, clock: Clock, who: str = "ada") -> tuple[Outbox, list[Promise]]:
    """Let two actions of somebody be promised and taken up, and return who has them."""
    engine.track(who, "go-live")
    clock.forward(1)
    engine.tick(perform=False)
    outbox = Outbox(engine.database, "somebody")
    with engine.database.write() as connection:
        taken = outbox.take(connection, clock.now, 9, lease=lambda _: 60_000_000, room=Room(9))
    return outbox, taken


def settle(outbox: Outbox, ended: list[tuple[Promise, Outcome]], now: int) -> None:
    """Write down how actions ended."""
    with outbox.database.write() as connection:
        outbox.settle(connection, ended, now, lambda _: 8)


@ON_POSTGRESQL
def test_two_who_tell_of_the_same_ids_in_opposite_order_do_not_wait_in_a_ring(
    engine: Engine, database: Database, beside: Beside
) -> None:
    """Each would have the other's first id, and want the other's last."""
    engine.ready()

    def told(who: str, *ids: str) -> list[Any]:
        return [happening(f"{who}{one}", "login", at=START, id=one) for one in ids]

    with database.pool.connect() as host:
        in_between = database.spell(
            """INSERT INTO cuebook_inbox (key, customer, kind, name, body, at, stamped)
            VALUES ('/m', 'zoe', 'event', 'login', '{}', ?, false)"""
        )
        host.exec_driver_sql(in_between, (START,))
        first = beside(engine.track_many, told("a", "1", "m", "2"))
        until(lambda: waits(database, "cuebook_inbox") == 1)
        second = beside(engine.track_many, told("b", "2", "m", "1"))
        until(lambda: waits(database, "cuebook_inbox") == 2)
        host.rollback()

    assert (first.result(30), second.result(30)) == (3, 0)


def test_what_is_told_in_bulk_keeps_its_order_whatever_its_ids(
    engine: Engine, deploy: Callable[..., Path], database: Database
) -> None:
    """At one instant, what came first is decided first."""
    deploy("welcome: on go-live -> greet")
    names = ["login", "go-live", "purchase"]

    engine.track_many(
        happening("ada", name, at=START, id=one) for name, one in zip(names, "321", strict=True)
    )
    engine.tick(perform=False)

    decided = rows(database, "SELECT name, key FROM cuebook_inbox ORDER BY number")
    assert decided == [("login", "/3"), ("go-live", "/2"), ("purchase", "/1")]


@ON_POSTGRESQL
def test_erasing_and_settling_do_not_wait_in_a_ring_for_actions(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database, beside: Beside
) -> None:
    """Both want all the actions of a customer, and take them in one order."""
    deploy(GREET)
    outbox, taken = out(engine, clock)
    backwards = sorted(taken, reverse=True)

    first = "SELECT 1 FROM cuebook_outbox WHERE key = 'welcome/ada/1/greet-1'"
    with holding(database, first):
        erased = beside(engine.erase, "ada")
        until(lambda: waits(database, "cuebook_outbox") == 1)
        settled = beside(settle, outbox, [(one, Done()) for one in backwards], clock.now)
        until(lambda: waits(database, "cuebook_outbox") == 2)

    assert erased.result(30).out == 2
    settled.result(30)
    assert [one.status for one in engine.sent()] == ["erased", "erased"]


@ON_POSTGRESQL
def test_erasing_and_settling_do_not_wait_in_a_ring_for_a_customer(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database, beside: Beside
) -> None:
    """Whoever has to tell the customer of a failure takes the customer first, as erasing does."""
    deploy(GREET)
    outbox, taken = out(engine, clock)

    with holding(database, "SELECT 1 FROM cuebook_inbox"):
        with holding(database, "SELECT 1 FROM cuebook_wake") as deciding:
            database.run(deciding, "UPDATE cuebook_outbox SET key = key || '-new'")
            erased = beside(engine.erase, "ada")
            until(lambda: waits(database, "cuebook_wake") == 1)
        until(lambda: waits(database, "cuebook_inbox") == 1)
        failed = [(one._replace(key=f"{one.key}-new"), Rejected("no")) for one in taken]
        settled = beside(settle, outbox, failed, clock.now)
        until(lambda: waits(database, "cuebook_wake") == 1)

    assert erased.result(30).out == 2
    settled.result(30)
    assert rows(database, "SELECT customer FROM cuebook_wake") == []
    assert [one.status for one in engine.sent()] == ["erased", "erased"]


@ON_POSTGRESQL
def test_erasing_and_answering_do_not_wait_in_a_ring(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database, beside: Beside
) -> None:
    """A task that is erased meanwhile was not open any more."""
    deploy(ASK)
    engine.track("ada", "go-live")
    clock.forward(1)
    engine.tick()
    [task] = engine.tasks()

    with holding(database, "SELECT 1 FROM cuebook_inbox"):
        erased = beside(engine.erase, "ada")
        until(lambda: waits(database, "cuebook_inbox") == 1)
        answered = beside(engine.answer, task.key, "done")
        until(lambda: waits(database, "cuebook_wake") == 1)

    assert erased.result(30).decisions > 0
    assert answered.result(30) is False
    assert rows(database, "SELECT customer FROM cuebook_wake") == []


# --- erasing beside a host's own transaction ------------------------------------------------------


def left(database: Database) -> list[Any]:
    """Return who waits to be decided about, or is known."""
    return rows(
        database,
        """SELECT customer FROM cuebook_wake UNION ALL SELECT customer FROM cuebook_inbox
        WHERE number IS NULL UNION ALL SELECT id FROM cuebook_customer""",
    )


@pytest.mark.parametrize("known", [False, True], ids=["new", "known"])
def test_erasing_waits_for_a_host_that_has_told_of_the_customer(
    engine: Engine, deploy: Callable[..., Path], database: Database, beside: Beside, *, known: bool
) -> None:
    """What it commits first is erased with the rest."""
    deploy(GREET)
    if known:
        engine.track("ada", "login")
        engine.tick(perform=False)
    began = threading.Event()

    def erase() -> None:
        began.set()
        engine.erase("ada")

    with database.write() as host:
        assert engine.track("ada", "go-live", session=host)
        erased = beside(erase)
        assert began.wait(30)
    erased.result(30)
    engine.tick(perform=False)

    assert left(database) == []
    assert engine.sent() == []


@ON_POSTGRESQL
@pytest.mark.parametrize("way", ["session", "cursor"])
def test_a_host_that_tells_while_somebody_is_erased_does_not_bring_them_back(
    engine: Engine, deploy: Callable[..., Path], database: Database, beside: Beside, way: str
) -> None:
    """It waits for the erasure, and what it tells is dated before it."""
    deploy(GREET)
    engine.track("ada", "login")
    engine.tick(perform=False)

    def tell() -> int:
        with database.write() as host:
            if way == "session":
                return engine.track("ada", "go-live", session=host)
            cursor = host.connection.cursor()
            return post_with(cursor, happening("ada", "go-live", at=START))

    with holding(database, "SELECT 1 FROM cuebook_inbox"):
        erased = beside(engine.erase, "ada")
        until(lambda: waits(database, "cuebook_inbox") == 1)
        told = beside(tell)
        until(lambda: waits(database, "cuebook_wake") == 1)
    erased.result(30)

    assert not told.result(30)
    assert left(database) == []


def test_somebody_who_came_back_is_still_woken_after_a_late_letter(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """What is dated before the erasure is left out, and takes nothing else along."""
    deploy(GREET)
    engine.track("ada", "login")
    engine.tick(perform=False)
    engine.erase("ada")
    clock.forward(1)

    assert engine.track("ada", "go-live")
    assert not engine.track("ada", "go-live", at=START)
    engine.tick(perform=False)

    assert len(engine.runs("ada")) == 1
