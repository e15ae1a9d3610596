"""What the engine knows, for people to read: runs, tasks, dead letters, and how it is doing."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection

from .database import Database

__all__ = [
    "InFlight",
    "Letterbox",
    "Point",
    "Pulse",
    "RefusedView",
    "Remark",
    "RunView",
    "Status",
    "TaskView",
    "in_flight",
    "pulse",
    "refused",
    "runs",
    "sent",
    "status",
    "tasks",
    "zone",
]


STRANGER: Final = "it has an anonymous id alone: nobody knows who that is"
"""Why a call of a visitor is set aside; it is no fault of whoever sent it."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run; instants in microseconds UTC."""

    id: str
    customer: str
    playbook: str
    version: str
    started_at: int
    cause: str
    step: str
    waits: str
    due_at: int | None
    ended_at: int | None
    ending: str


@dataclass(frozen=True, slots=True)
class Point:
    """One line of a checklist."""

    text: str
    done: bool


@dataclass(frozen=True, slots=True)
class Remark:
    """What somebody said about a task; an instant in microseconds UTC."""

    at: int
    by: str
    """Empty for the engine itself."""
    text: str


@dataclass(frozen=True, slots=True)
class TaskView:
    """Something a person is asked to do, or was."""

    key: str
    customer: str
    playbook: str
    run: str
    step: str
    title: str
    assignee: str
    due: str
    opened_at: int
    answered_at: int | None
    answer: str
    choices: str
    """Of a question whose run waits for it: the answers there are, as JSON; else empty."""
    due_at: int | None
    """Until when it may be answered."""
    closed_at: int | None
    """When its run went on without an answer."""
    closing: str
    """Why."""
    answered_by: str
    body: str
    priority: str
    checklist: str
    """What belongs to it, as JSON: `points` reads it."""
    comments: str
    """What was said about it, as JSON: `remarks` reads it."""
    team: str
    """Of whom somebody was asked for; with no assignee it waits until one of them has room."""
    wanted_at: int | None
    """By when it should be done."""
    escalate_to: str
    escalates_at: int | None
    """When it is handed on unless it is done."""
    escalated_at: int | None

    @property
    def answers(self) -> tuple[str, ...]:
        """Return the answers there are; none where any text will do."""
        return tuple(json.loads(self.choices)) if self.choices else ()

    @property
    def points(self) -> tuple[Point, ...]:
        """Return the checklist."""
        return tuple(Point(**one) for one in json.loads(self.checklist or "[]"))

    @property
    def remarks(self) -> tuple[Remark, ...]:
        """Return the comments, the oldest first."""
        return tuple(Remark(**one) for one in json.loads(self.comments or "[]"))

    def plain(self) -> dict[str, Any]:
        """Return it as JSON values, checklist, comments and answers spelt out."""
        told = asdict(self) | {"choices": list(self.answers)}
        told["checklist"] = [asdict(one) for one in self.points]
        return told | {"comments": [asdict(one) for one in self.remarks]}


@dataclass(frozen=True, slots=True)
class Letterbox:
    """A promised action and where it is."""

    key: str
    customer: str
    playbook: str
    run: str
    step: str
    kind: str
    args: str
    """What it is given, as JSON."""
    decided_at: int
    status: str
    due_at: int | None
    attempt: int
    note: str
    settled_at: int | None


@dataclass(frozen=True, slots=True)
class InFlight:
    """How many runs of a version of a playbook are in flight."""

    playbook: str
    version: str
    runs: int


@dataclass(frozen=True, slots=True)
class RefusedView:
    """Something that came in by a door and could not be taken; the instant in microseconds UTC."""

    id: int
    source: str
    customer: str
    """Whom it is about, where that could be read; else empty."""
    reason: str
    body: str
    """What came, cut after 32 K characters."""
    received_at: int


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


def runs(
    database: Database,
    connection: Connection,
    customer: str | None = None,
    playbook: str | None = None,
    *,
    ended: bool = True,
    most: int = 1_000,
) -> list[RunView]:
    """Return runs, the latest first."""
    given = {"customer": customer, "playbook": playbook}
    still = "" if ended else " AND ended_at IS NULL"
    then = f"{still} ORDER BY started_at DESC, id"
    return [RunView(*row) for row in _rows(database, connection, RunView, given, then, most)]


def tasks(
    database: Database,
    connection: Connection,
    customer: str | None = None,
    *,
    assignee: str | None = None,
    answered: bool = False,
    most: int = 1_000,
) -> list[TaskView]:
    """Return tasks, the oldest first; those that are over too if asked for."""
    still = "" if answered else " AND answered_at IS NULL AND closed_at IS NULL"
    given = {"customer": customer, "assignee": assignee}
    then = f"{still} ORDER BY opened_at, key"
    return [TaskView(*row) for row in _rows(database, connection, TaskView, given, then, most)]


def sent(
    database: Database,
    connection: Connection,
    customer: str | None = None,
    *,
    status: str | None = None,
    most: int = 1_000,
) -> list[Letterbox]:
    """Return promised actions, the latest first."""
    given = {"customer": customer, "status": status}
    then = " ORDER BY decided_at DESC, key"
    return [Letterbox(*row) for row in _rows(database, connection, Letterbox, given, then, most)]


def refused(
    database: Database,
    connection: Connection,
    *,
    number: int | None = None,
    source: str | None = None,
    customer: str | None = None,
    strangers: bool | None = None,
    most: int = 1_000,
) -> list[RefusedView]:
    """Return what was refused at the doors, the latest first: calls of strangers, all others, or both."""
    given = {"id": number, "source": source, "customer": customer}
    which = "" if strangers is None else f" AND reason {'=' if strangers else '<>'} '{STRANGER}'"
    then = f"{which} ORDER BY id DESC"
    return [
        RefusedView(*row) for row in _rows(database, connection, RefusedView, given, then, most)
    ]


def outcomes(letters: Iterable[Letterbox]) -> dict[str, str]:
    """Return what came of actions that are not done, by the note of their line in the journal.

    That line says that an action was decided upon; whether it left is known here.
    """
    said = {"dead": "given up"}
    return {
        f"{one.kind} {one.key}": f"{said.get(one.status, one.status)}{f': {one.note}' if one.note else ''}"
        for one in letters
        if one.status != "done"
    }


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


def in_flight(database: Database, connection: Connection) -> list[InFlight]:
    """Return how many runs are in flight, by playbook and version."""
    rows = database.rows(
        connection,
        """SELECT playbook, version, count(*) FROM cuebook_run WHERE ended_at IS NULL
        GROUP BY playbook, version ORDER BY playbook, version""",
    )
    return [InFlight(*row) for row in rows]


def zone(database: Database, connection: Connection, customer: str) -> str | None:
    """Return the name of a customer's zone as it was last decided, or None when nothing was."""
    rows = database.rows(connection, "SELECT state FROM cuebook_customer WHERE id = ?", customer)
    return str(json.loads(rows[0][0])["zone"]) if rows else None


def _rows(
    database: Database,
    connection: Connection,
    view: type,
    given: Mapping[str, str | None] | Mapping[str, str | int | None],
    then: str,
    most: int,
) -> list[Any]:
    """Return a view's rows in which columns are as given; `then` goes on with the condition."""
    told = {column: value for column, value in given.items() if value is not None}
    where = " AND ".join(["1 = 1", *(f"{column} = ?" for column in told)])
    columns = ", ".join(view.__slots__)  # type: ignore[attr-defined]
    sql = f"SELECT {columns} FROM {_TABLES[view]} WHERE {where}{then} LIMIT ?"
    return database.rows(connection, sql, *told.values(), most)


_TABLES: Final[Mapping[type, str]] = {
    RunView: "cuebook_run",
    TaskView: "cuebook_task",
    Letterbox: "cuebook_outbox",
    RefusedView: "cuebook_refused",
}
