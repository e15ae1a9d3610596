"""A host with a driver and nothing else posts within its own transaction."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest

from cuebook.engine.runtime import Engine, change, happening, post_with
from cuebook.engine.runtime.cursors import INBOX, WAKE, Paramstyle
from cuebook.engine.runtime.database import Database

from .hosts import NOON, Desk, write_host
from .playing import rows

MANUAL = Path(__file__).parents[2] / "docs" / "embedding.md"


@pytest.fixture
def desk(database: Database, tmp_path: Path) -> Desk:
    """Return what greets, with the project deployed."""
    engine = Engine(database.pool)
    engine.deploy(write_host(tmp_path / "project"), at=NOON)
    return Desk(engine)


def driver(database: Database) -> tuple[Any, Paramstyle]:
    """Return a connection as the driver itself makes it, and how it marks parameters."""
    if database.dialect == "sqlite":
        return sqlite3.connect(str(database.file)), "qmark"
    url = database.pool.url.set(drivername="postgresql")
    return psycopg.connect(url.render_as_string(hide_password=False)), "pyformat"


@pytest.mark.parametrize("commits", [True, False])
def test_a_letter_is_there_with_the_hosts_commit_only(
    database: Database, desk: Desk, commits: bool
) -> None:
    """Rolled back it was never there."""
    connection, style = driver(database)
    with closing(connection):
        letters = [
            change("acme", {"plan": "free"}, at=NOON),
            happening("acme", "go-live", at=NOON, id="1"),
            happening("acme", "go-live", at=NOON, id="1"),
        ]
        assert post_with(connection.cursor(), *letters, paramstyle=style) == 2
        (connection.commit if commits else connection.rollback)()

    desk.engine.tick(NOON)

    assert desk.greeted == (["hello acme"] if commits else [])


def test_what_is_dated_before_an_erasure_comes_to_nothing(database: Database, desk: Desk) -> None:
    """By whatever door it comes."""
    desk.engine.track("acme", "go-live", at=NOON)
    desk.engine.erase("acme")
    connection, style = driver(database)
    with closing(connection):
        late = happening("acme", "go-live", at=NOON)
        assert post_with(connection.cursor(), late, paramstyle=style) == 0
        connection.commit()

    assert rows(database, "SELECT customer FROM cuebook_wake") == []


def test_a_customer_without_a_name_is_refused_before_anything_is_written(
    database: Database,
) -> None:
    """The host's transaction is still good for whatever it does about it."""
    connection, style = driver(database)
    with closing(connection):
        letters = [happening("acme", "go-live"), happening(" ", "go-live")]
        with pytest.raises(ValueError, match="named by a text"):
            post_with(connection.cursor(), *letters, paramstyle=style)
        connection.commit()

    assert rows(database, "SELECT customer FROM cuebook_inbox") == []


def test_the_manual_shows_the_two_statements_as_they_are() -> None:
    """Who copies them must get what the engine itself writes."""
    manual = MANUAL.read_text(encoding="utf-8").split()

    for statement in (WAKE, INBOX):
        assert " ".join(statement.split()) in " ".join(manual)
