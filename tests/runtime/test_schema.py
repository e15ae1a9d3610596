"""The tables' versions: made, checked, refused with a text that says what to do next."""

import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from cuebook.engine.runtime.database import Database, Unusable
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.schema import ensure, sql, standing, upgrade
from cuebook.engine.runtime.tables import METADATA

from .playing import rows


@pytest.fixture
def bare(bare_url: str) -> Iterator[Database]:
    """Yield an empty database."""
    database = Database(bare_url)
    yield database
    database.pool.dispose()


def test_what_migrations_make_is_what_the_tables_say(bare: Database) -> None:
    """Two descriptions of one thing, compared by a third party."""
    assert standing(bare).found is None

    before = upgrade(bare)
    now = standing(bare, compare=True)

    assert before.found is None
    assert (now.current, now.known, now.differences) == (True, True, ())


def test_upgrading_twice_changes_nothing(bare: Database) -> None:
    """It is run at every deployment of a host."""
    upgrade(bare)
    before = upgrade(bare)

    assert before.current
    ensure(bare)


def test_an_engine_without_tables_says_how_to_make_them(bare: Database) -> None:
    """The first thing that everybody meets."""
    engine = Engine(bare.pool)

    with pytest.raises(Unusable) as told:
        engine.track("ada", "login")

    assert "has no tables of ours" in str(told.value)
    assert " next: cuebook db upgrade " in str(told.value)


def test_tables_of_an_older_release_name_the_command(bare: Database) -> None:
    """Whoever has installed a new release has one step to go."""
    upgrade(bare)
    _say_version(bare, None)

    with pytest.raises(Unusable, match="cuebook db upgrade"):
        ensure(bare)


def test_tables_of_a_newer_release_are_refused_and_left_alone(bare: Database) -> None:
    """An old process beside a new one must not guess."""
    upgrade(bare)
    _say_version(bare, "9999")
    refusal = (
        r"the tables are of version 9999, which a newer release of cuebook has made; this one "
        r"knows \w+\n next: pip install --upgrade cuebook"
    )

    assert not standing(bare).known
    with pytest.raises(Unusable, match=refusal):
        ensure(bare)
    with pytest.raises(Unusable, match=refusal):
        upgrade(bare)
    assert rows(bare, "SELECT version_num FROM cuebook_version") == [("9999",)]


def test_a_difference_in_the_tables_is_found(bare: Database) -> None:
    """What somebody has changed by hand is told by name."""
    upgrade(bare)
    with bare.write() as connection:
        bare.run(connection, "ALTER TABLE cuebook_task DROP COLUMN title")

    [difference] = standing(bare, compare=True).differences

    assert "add_column" in difference
    assert "title" in difference


def test_a_hosts_own_tables_are_none_of_our_business(bare: Database) -> None:
    """Neither for comparing nor for upgrading."""
    with bare.write() as connection:
        bare.run(connection, "CREATE TABLE customer (id INTEGER PRIMARY KEY)")

    upgrade(bare)

    assert standing(bare, compare=True).differences == ()


def test_the_sql_it_prints_makes_the_same_tables(tmp_path: Path) -> None:
    """For those whose databases only an administrator may change."""
    path = tmp_path / "by-hand.db"
    by_hand = sqlite3.connect(path)
    by_hand.executescript(sql("sqlite"))
    by_hand.close()

    database = Database(f"sqlite:///{path}")
    found = standing(database, compare=True)
    database.pool.dispose()

    assert (found.current, found.differences) == (True, ())
    for table in METADATA.tables:
        assert f"CREATE TABLE {table} " in sql("postgresql")


def test_a_file_that_cannot_be_opened_is_told_with_its_reason(tmp_path: Path) -> None:
    """A folder that does not exist, a file that is no database."""
    missing = Database(f"sqlite:///{tmp_path}/nowhere/plays.db")
    with pytest.raises(Unusable, match="cannot be used: unable to open database file"):
        ensure(missing)
    missing.pool.dispose()

    (tmp_path / "letter.db").write_text("Dear customer, " * 100)
    letter = Database(f"sqlite:///{tmp_path}/letter.db")
    with pytest.raises(
        Unusable, match=r"cannot be used: file is not a database\n next: name another file"
    ):
        ensure(letter)
    letter.pool.dispose()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("plays.db", "is no database URL"),
        ("mysql+nothing://here/plays", "is no database URL"),
    ],
)
def test_a_url_that_is_none_is_told_what_one_looks_like(url: str, said: str) -> None:
    """Most often the three slashes are missing."""
    with pytest.raises(Unusable, match=said) as told:
        Database(url)

    assert "sqlite:///plays.db" in str(told.value)


def _say_version(database: Database, version: str | None) -> None:
    with database.write() as connection:
        database.run(connection, "DELETE FROM cuebook_version")
        if version is not None:
            database.run(connection, "INSERT INTO cuebook_version VALUES (?)", version)
