"""Telling within the host's own transaction: rolled back it leaves nothing, committed it is decided."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy import Engine as Pool
from sqlalchemy.orm import Session

from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .playing import rows

Open = Callable[[Pool], Session | Connection]
WAYS = pytest.mark.parametrize("begin", [Session, Pool.connect], ids=["session", "connection"])


@pytest.fixture(autouse=True)
def _host(database: Database, deploy: Callable[..., Path]) -> None:
    """Give the host a table of its own beside ours."""
    deploy("welcome: on purchase -> greet")
    with database.pool.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE orders (number INTEGER PRIMARY KEY)")


def order(opened: Session | Connection, number: int) -> None:
    """Do what the host does."""
    connection = opened if isinstance(opened, Connection) else opened.connection()
    connection.execute(text("INSERT INTO orders VALUES (:number)"), {"number": number})


@WAYS
def test_what_the_host_rolls_back_was_never_told(
    begin: Open, engine: Engine, database: Database
) -> None:
    """Neither a letter nor a wake stays behind."""
    with begin(database.pool) as opened:
        order(opened, 1)
        assert engine.track("ada", "purchase", session=opened)
        assert engine.identify("ada", {"name": "Ada"}, session=opened)
        opened.rollback()

    assert engine.tick(perform=False).occurrences == 0
    left = """SELECT count(*) FROM orders UNION ALL SELECT count(*) FROM cuebook_inbox
        UNION ALL SELECT count(*) FROM cuebook_wake"""
    assert rows(database, left) == [(0,)] * 3


@WAYS
def test_what_the_host_commits_is_decided(begin: Open, engine: Engine, database: Database) -> None:
    """The order and what follows from it are there together, or not at all."""
    with begin(database.pool) as opened:
        order(opened, 1)
        assert engine.track("ada", "purchase", id="1", source="shop", session=opened)
        assert not engine.track("ada", "purchase", id="1", source="shop", session=opened)
        opened.commit()

    engine.tick(perform=False)

    assert [one.customer for one in engine.sent()] == ["ada"]
    assert rows(database, "SELECT number FROM orders") == [(1,)]


@WAYS
def test_an_id_that_was_rolled_back_may_be_told_again(
    begin: Open, engine: Engine, database: Database
) -> None:
    """A host that tries its transaction again is not taken for one that repeats itself."""
    for attempt in (1, 2):
        with begin(database.pool) as opened:
            order(opened, 1)
            assert engine.track("ada", "purchase", id="1", session=opened)
            if attempt == 1:
                opened.rollback()
            else:
                opened.commit()

    engine.tick(perform=False)

    assert [one.customer for one in engine.sent()] == ["ada"]


@WAYS
def test_nothing_is_decided_before_the_host_commits(
    begin: Open, engine: Engine, database: Database
) -> None:
    """Others do not see what is not yet so."""
    with begin(database.pool) as opened:
        engine.track("ada", "purchase", session=opened)
        assert rows(database, "SELECT count(*) FROM cuebook_inbox") == [(0,)]
        opened.commit()

    assert engine.tick(perform=False).occurrences == 1
