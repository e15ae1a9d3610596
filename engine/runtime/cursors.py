"""For hosts without SQLAlchemy: the inbox by any DB-API cursor, within the host's own transaction.

Two statements for each letter, the wake first: it takes the customer's lock on PostgreSQL, so that
nobody looks between the two.
"""

from typing import Any, Final, Literal, Protocol

from .mail import COLUMNS, FORGET, ON_WAKE, Letter, hash_of, row_of, wakes

__all__ = ["INBOX", "WAKE", "Cursor", "Paramstyle", "post_with"]

Paramstyle = Literal["format", "pyformat", "qmark"]
"""How the driver marks parameters: `%s` (psycopg, Django) or `?` (sqlite3)."""

WAKE: Final = f"INSERT INTO cuebook_wake (customer, due_at) VALUES (?, ?) {ON_WAKE}"
"""Look at this customer at an instant, or earlier if it is looked at earlier anyway."""
INBOX: Final = f"""INSERT INTO cuebook_inbox ({", ".join(COLUMNS)})
VALUES ({", ".join("?" * len(COLUMNS))}) ON CONFLICT (key) DO NOTHING"""
"""Put in a letter; one whose key is there already is left out."""
_ERASED: Final = "SELECT at FROM cuebook_erased WHERE hash = ?"


class Cursor(Protocol):
    """What the DB-API promises of a cursor, as far as it is needed here."""

    @property
    def rowcount(self) -> int:
        """How many rows the last statement touched."""

    def execute(self, sql: str, parameters: Any, /) -> Any:
        """Run a statement."""

    def fetchone(self) -> Any:
        """Return the next row that was found, or None."""


def post_with(cursor: Cursor, *letters: Letter, paramstyle: Paramstyle = "format") -> int:
    """Post letters, made by `happening` and `change`, by a cursor; return how many were new.

    They are decided once the host's transaction is committed, within half a second; rolled back
    they were never there. Raises ValueError for a customer without a usable name.
    """

    def run(sql: str, *parameters: Any) -> None:
        cursor.execute(sql if paramstyle == "qmark" else sql.replace("?", "%s"), parameters)

    def late(row: tuple[Any, ...]) -> bool:
        run(_ERASED, hash_of(row[1]))
        erased = cursor.fetchone()
        return erased is not None and row[5] <= erased[0]

    rows = [row for row in map(row_of, letters) if not late(row)]
    for customer, due_at in wakes(rows):
        run(WAKE, customer, due_at)
    new, gone = 0, set()
    for row in rows:
        if late(row):  # The wake has waited for an erase that was under way.
            gone.add(row[1])
            continue
        run(INBOX, *row[:-1], bool(row[-1]))  # Whichever database stands behind the cursor.
        new += cursor.rowcount
    for customer in gone:
        run(FORGET, customer)
    return new
