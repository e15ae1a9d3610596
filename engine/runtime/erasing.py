"""A person is erased: what was said and known goes, that something was decided stays as evidence."""

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from ..core.shares import safe
from .database import Database
from .mail import hash_of, name_of

__all__ = ["Erased", "erase"]


@dataclass(frozen=True, slots=True)
class Erased:
    """What became of a customer's rows."""

    at: int
    """What is dated until then comes to nothing. Microseconds since 1970 UTC."""
    alias: str
    """What stands in place of the name in the rows that are kept."""
    decisions: int
    """Rows of the journal that stay as evidence."""
    unsent: int
    """Promised actions that will not be performed any more."""
    out: int
    """Actions that somebody was performing at that moment."""


def erase(database: Database, customer: str, now: int) -> Erased:
    """Erase a customer in one transaction; see `Engine.erase`."""
    name = name_of(customer)
    digest = hash_of(name)
    # With the instant, so that who comes back and is erased again meets none of the rows of before.
    alias = f"{digest}.{now}"
    with database.write() as connection:
        _overwrite(database, connection)
        _hold(database, connection, name, now)
        erased = _evidence(database, connection, name, alias, now)
        for table in ("asked", "fact", "notice", "refused", "wake"):
            database.run(connection, f"DELETE FROM cuebook_{table} WHERE customer = ?", name)
        database.run(connection, "DELETE FROM cuebook_customer WHERE id = ?", name)
        then = "ON CONFLICT (hash) DO UPDATE SET at = excluded.at"
        database.insert(connection, "cuebook_erased", ("hash", "at"), [(digest, now)], then)
    _shorten(database)
    return erased


def _evidence(
    database: Database, connection: Connection, name: str, alias: str, now: int
) -> Erased:
    """Empty the rows that stay, and put the alias in place of the name."""
    _inbox(database, connection, name, alias)
    decisions = _journal(database, connection, name, alias)
    database.run(
        connection,
        """UPDATE cuebook_run SET cause = '', waits = '', due_at = NULL,
        ending = CASE WHEN ended_at IS NULL THEN 'erased' ELSE '' END,
        ended_at = CASE WHEN ended_at IS NULL THEN ? ELSE ended_at END WHERE customer = ?""",
        now,
        name,
    )
    _rename(database, connection, "cuebook_run", "id", name, alias)
    unsent, out = database.rows(
        connection,
        """SELECT count(CASE WHEN status IN ('waiting', 'sending') THEN 1 END),
        count(CASE WHEN status = 'sending' THEN 1 END) FROM cuebook_outbox WHERE customer = ?""",
        name,
    )[0]
    database.run(
        connection,
        """UPDATE cuebook_outbox SET args = '{}', note = '', lane = kind, due_at = NULL,
        settled_at = CASE WHEN settled_at IS NULL THEN ? ELSE settled_at END,
        status = CASE status WHEN 'done' THEN 'done' ELSE 'erased' END WHERE customer = ?""",
        now,
        name,
    )
    _rename(database, connection, "cuebook_outbox", "key", name, alias)
    database.run(
        connection,
        """UPDATE cuebook_task SET title = '', assignee = '', due = '', answer = '', answered_by = '',
        closing = '', choices = '', body = '', checklist = '', comments = '', team = '',
        escalate_to = '',
        answered_at = CASE WHEN answered_at IS NULL THEN ? ELSE answered_at END
        WHERE customer = ?""",
        now,
        name,
    )
    _rename(database, connection, "cuebook_task", "key", name, alias)
    return Erased(now, alias, decisions, unsent, out)


def _hold(database: Database, connection: Connection, name: str, now: int) -> None:
    """Keep everybody away: first whoever decides about it or tells of it, then whoever settles."""
    then = "ON CONFLICT (customer) DO UPDATE SET due_at = excluded.due_at"
    database.insert(connection, "cuebook_wake", ("customer", "due_at"), [(name, now)], then)
    database.hold(connection, "cuebook_outbox", "key", "customer = ?", name)


def _inbox(database: Database, connection: Connection, name: str, alias: str) -> None:
    database.run(
        connection, "DELETE FROM cuebook_inbox WHERE customer = ? AND number IS NULL", name
    )
    database.run(
        connection,
        "UPDATE cuebook_inbox SET customer = ?, key = NULL, body = '{}' WHERE customer = ?",
        alias,
        name,
    )


def _journal(database: Database, connection: Connection, name: str, alias: str) -> int:
    """Leave of each line what was decided and when, without the words; return how many rows."""
    rows = database.rows(
        connection, "SELECT id, lines FROM cuebook_journal WHERE customer = ?", name
    )
    kept = [
        (alias, json.dumps([_bare(line, name, alias) for line in json.loads(lines)]), number)
        for number, lines in rows
    ]
    database.update(connection, "cuebook_journal", ("id",), ("customer", "lines"), kept)
    return len(kept)


def _bare(line: list[Any], name: str, alias: str) -> list[Any]:
    """Return a line of the journal without its note, its reasons and the name."""
    if line[0] == "entry":
        _, at, kind, playbook, run, step, _, due, _ = line
        return ["entry", at, kind, playbook, _aliased(run, name, alias), step, "", due, []]
    _, at, planned, playbook, run, step, kind, action, key, skipped, _ = line
    run, key = _aliased(run, name, alias), _aliased(key, name, alias)
    reason = "erased" if skipped else ""
    return ["action", at, planned, playbook, run, step, kind, action, key, reason, []]


def _rename(
    database: Database, connection: Connection, table: str, key: str, name: str, alias: str
) -> None:
    """Put the alias in place of the name: in the customer, the run, and the key."""
    runs = "" if key == "id" else ", run"
    rows = database.rows(connection, f"SELECT {key}{runs} FROM {table} WHERE customer = ?", name)
    columns = ("customer", key, *(["run"] if runs else []))
    changed = [(alias, *(_aliased(text, name, alias) for text in row), row[0]) for row in rows]
    database.update(connection, table, (key,), columns, changed)


def _aliased(text: str, name: str, alias: str) -> str:
    """Return a run's id or an action's key with the alias in it.

    A key that a handler made up may hold anything of the person, so of it only a hash is kept.
    """
    if not text:
        return text
    parts = text.split("/")
    if len(parts) > 2 and parts[1] == safe(name):
        parts[1] = alias
        return "/".join(parts)
    return f"{alias}/{hashlib.sha256(text.encode()).hexdigest()}"


def _overwrite(database: Database, connection: Connection) -> None:
    """Let SQLite put zeros where it deletes; what is deleted could be read from the file else."""
    if database.dialect == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete = ON")


def _shorten(database: Database) -> None:
    """Bring what stands in SQLite's log into the file, and empty the log: it holds old pages."""
    if database.dialect == "sqlite":
        with database.read() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
