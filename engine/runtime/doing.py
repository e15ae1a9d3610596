"""How the engine is doing: what waits and for how long, what stands still, and who works."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from .database import Database
from .reading import STRANGER

__all__ = ["Pulse", "Status", "pulse", "status"]


@dataclass(frozen=True, slots=True)
class Pulse:
    """What is due, and when more will be; instants in microseconds UTC."""

    customers: int
    """Customers who are due to be decided about."""
    actions: int
    """Actions that are due to be performed."""
    out: int
    """Actions that somebody is performing."""
    next_at: int | None
    """When the next customer or action is due; None when none is."""

    @property
    def idle(self) -> bool:
        """Whether nothing is due and nothing is out."""
        return not (self.customers or self.actions or self.out)


@dataclass(frozen=True, slots=True)
class Status:
    """How the engine is doing; ages in microseconds, None where nothing waits."""

    program: str | None
    deployed_at: int | None
    customers: int
    running: int
    """Runs in flight."""
    inbox: int
    """Letters that wait to be decided, those dated ahead apart."""
    inbox_age: int | None
    overdue: int
    """Customers whose timer or mail is due."""
    timer_age: int | None
    """For how long the oldest of them has been due."""
    outbox: dict[str, int]
    """Actions by status."""
    outbox_age: int | None
    held: list[tuple[str, str, int]]
    """What waits although it was taken up before: the kind of action, why, and how many."""
    parked: list[tuple[str, str]]
    """Customers that cannot be decided about, and why."""
    refused: int
    """What came in by a door and could not be taken."""
    strangers: int
    """Calls that are kept of visitors of whom nobody knows who they are."""
    notices: list[str]
    workers: list[dict[str, Any]]


def status(database: Database, connection: Connection, now: int) -> Status:
    """Return how the engine is doing at `now`."""

    def one(sql: str, *values: Any) -> Any:
        return database.rows(connection, sql, *values)[0]

    deployed = database.rows(
        connection, "SELECT program, at FROM cuebook_deployment ORDER BY id DESC LIMIT 1"
    )
    inbox, oldest = one(
        "SELECT count(*), min(at) FROM cuebook_inbox WHERE number IS NULL AND at <= ?", now
    )
    overdue, due = one("SELECT count(*), min(due_at) FROM cuebook_wake WHERE due_at <= ?", now)
    by_status = database.rows(connection, "SELECT status, count(*) FROM cuebook_outbox GROUP BY 1")
    unsent = one("SELECT min(due_at) FROM cuebook_outbox WHERE due_at <= ?", now)[0]
    held = database.rows(
        connection,
        """SELECT kind, note, count(*) FROM cuebook_outbox WHERE status = 'waiting' AND attempt > 0
        GROUP BY kind, note ORDER BY 3 DESC, 1, 2 LIMIT 100""",
    )
    parked = database.rows(
        connection,
        "SELECT customer, trouble FROM cuebook_wake WHERE trouble <> '' AND due_at IS NULL LIMIT 100",
    )
    notices = database.rows(connection, "SELECT text FROM cuebook_notice ORDER BY at LIMIT 100")
    names = ("id", "host", "pid", "started_at", "seen_at", "stands_by")
    workers = database.rows(connection, f"SELECT {', '.join(names)} FROM cuebook_worker ORDER BY 4")
    return Status(
        deployed[0][0] if deployed else None,
        deployed[0][1] if deployed else None,
        one("SELECT count(*) FROM cuebook_customer")[0],
        one("SELECT count(*) FROM cuebook_run WHERE ended_at IS NULL")[0],
        inbox,
        None if oldest is None else now - oldest,
        overdue,
        None if due is None else now - due,
        dict(by_status),
        None if unsent is None else now - unsent,
        held,
        parked,
        one("SELECT count(*) FROM cuebook_refused WHERE reason <> ?", STRANGER)[0],
        one("SELECT count(*) FROM cuebook_refused WHERE reason = ?", STRANGER)[0],
        [text for (text,) in notices],
        [dict(zip(names, row, strict=True)) for row in workers],
    )


def pulse(database: Database, connection: Connection, now: int) -> Pulse:
    """Return what is due at `now`, read from the indexes of what is due."""
    # In one statement: between two, a call could come back and its customer be missed.
    customers, next_look, actions, out, next_action = database.rows(
        connection,
        """SELECT * FROM
        (SELECT count(CASE WHEN due_at <= ? THEN 1 END), min(CASE WHEN due_at > ? THEN due_at END)
        FROM cuebook_wake WHERE due_at IS NOT NULL) AS wake,
        (SELECT count(CASE WHEN status <> 'sending' AND due_at <= ? THEN 1 END),
        count(CASE WHEN status = 'sending' THEN 1 END), min(CASE WHEN due_at > ? THEN due_at END)
        FROM cuebook_outbox WHERE due_at IS NOT NULL) AS outbox""",
        now,
        now,
        now,
        now,
    )[0]
    ahead = [at for at in (next_look, next_action) if at is not None]
    return Pulse(customers, actions, out, min(ahead, default=None))
