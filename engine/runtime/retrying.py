"""What becomes of what was given up: a person has it tried again, or dismisses it."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from .database import Database

__all__ = ["Retried", "dismiss", "retry"]


@dataclass(frozen=True, slots=True)
class Retried:
    """What will be tried again, and what was left alone."""

    actions: int
    customers: int
    """That were parked."""
    in_doubt: int
    """Actions left alone since they may have been performed."""
    unwritten: int
    """Actions left alone since their text could not be made: trying again would send half of it."""


def retry(
    database: Database,
    connection: Connection,
    now: int,
    key: str | None,
    customer: str | None,
    *,
    in_doubt: bool,
) -> Retried:
    """Make given-up actions due again, and parked customers; see `Engine.retry`."""
    where, values = _named(database, connection, key, customer)
    customers = 0 if key is not None else _unpark(database, connection, now, customer)
    wanted = "status IN ('dead', 'in doubt')" if in_doubt else "status = 'dead'"
    wanted = f"{wanted} AND attempt > 0 AND {where}"
    database.hold(connection, "cuebook_outbox", "key", wanted, *values)
    actions = database.run(
        connection,
        f"""UPDATE cuebook_outbox SET status = 'waiting', due_at = ?, spent = attempt,
        settled_at = NULL WHERE {wanted}""",
        now,
        *values,
    )
    left, unwritten = database.rows(
        connection,
        f"""SELECT count(CASE WHEN status = 'in doubt' THEN 1 END),
        count(CASE WHEN status = 'dead' AND attempt = 0 THEN 1 END)
        FROM cuebook_outbox WHERE status IN ('dead', 'in doubt') AND {where}""",
        *values,
    )[0]
    return Retried(actions, customers, left, unwritten)


def dismiss(
    database: Database,
    connection: Connection,
    now: int,
    key: str | None,
    customer: str | None,
    note: str,
) -> int:
    """Settle given-up actions for good; see `Engine.dismiss`."""
    where, values = _named(database, connection, key, customer)
    wanted = f"status IN ('dead', 'in doubt') AND {where}"
    database.hold(connection, "cuebook_outbox", "key", wanted, *values)
    sql = f"""UPDATE cuebook_outbox SET status = 'dismissed', settled_at = ?,
        note = CASE note WHEN '' THEN '' ELSE note || '; ' END || ? WHERE {wanted}"""
    return database.run(connection, sql, now, note, *values)


def _named(
    database: Database, connection: Connection, key: str | None, customer: str | None
) -> tuple[str, list[Any]]:
    """Return the condition for what is meant; KeyError when there is no such action."""
    where, values = _where(key=key, customer=customer)
    there = f"SELECT 1 FROM cuebook_outbox WHERE {where} LIMIT 1"
    if key is not None and not database.rows(connection, there, *values):
        raise KeyError(f"there is no action {key}")
    return where, values


def _unpark(database: Database, connection: Connection, now: int, customer: str | None) -> int:
    where, values = _where(customer=customer)
    parked = f"due_at IS NULL AND trouble <> '' AND {where}"
    database.hold(connection, "cuebook_wake", "customer", parked, *values)
    unpark = f"UPDATE cuebook_wake SET due_at = ?, failures = 0 WHERE {parked}"
    return database.run(connection, unpark, now, *values)


def _where(**given: str | None) -> tuple[str, list[Any]]:
    told = {column: value for column, value in given.items() if value is not None}
    return " AND ".join(["1 = 1", *(f"{column} = ?" for column in told)]), list(told.values())
