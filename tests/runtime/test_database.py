"""What both databases do alike: many rows in one statement, whatever the values."""

import pytest

from cuebook.engine.runtime.database import Database

from .playing import rows, wipe

COLUMNS = ("customer", "due_at", "trouble")


def test_many_rows_come_back_as_they_went_in(database: Database) -> None:
    """PostgreSQL is handed whole columns as binary arrays, and nothing may get lost on the way."""
    given = [
        ("ada", None, 'quotes " and \\ and {braces, commas}'),
        ("bo", 1, ""),
        ("cy", 2**40, "NULL"),
        ("dé", -1, "line\nbreak ✓"),
    ]

    with database.write() as connection:
        assert database.insert(connection, "cuebook_wake", COLUMNS, given) == 4

    found = rows(database, "SELECT customer, due_at, trouble FROM cuebook_wake ORDER BY customer")
    assert found == given


def test_a_column_of_nothing_but_null_is_written(database: Database) -> None:
    """An array that holds no value tells nothing of its type; the statement does."""
    with database.write() as connection:
        database.insert(connection, "cuebook_wake", ("customer", "due_at"), [("ada", 7), ("bo", 8)])
        asleep = [(None, "ada"), (None, "bo")]
        assert database.update(connection, "cuebook_wake", ("customer",), ("due_at",), asleep) == 2

    assert rows(database, "SELECT DISTINCT due_at FROM cuebook_wake") == [(None,)]


@pytest.mark.parametrize("many", [*range(19), 127, 129, 999, 1_000, 1_001, 2_600])
def test_however_many_rows_are_poured_they_are_all_that_is_there(
    many: int, database: Database
) -> None:
    """What a statement is too large by on SQLite is filled up, and none of that may arrive."""
    wipe(database)
    given = [(f"c{number:04}", number if number % 3 else None, "") for number in range(many)]

    with database.write() as connection:
        assert database.pour(connection, "cuebook_wake", COLUMNS, given) == many
        again = "ON CONFLICT (customer) DO NOTHING"
        assert database.pour(connection, "cuebook_wake", COLUMNS, given, again) == 0

    found = rows(database, "SELECT customer, due_at, trouble FROM cuebook_wake ORDER BY customer")
    assert found == given
