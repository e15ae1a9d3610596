"""What the engine knows, for people to read: runs, tasks, what was sent, and what was refused."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from sqlalchemy import Connection

from .database import Database

__all__ = [
    "STRANGER",
    "InFlight",
    "Letterbox",
    "Point",
    "RefusedView",
    "Remark",
    "RunView",
    "TaskView",
    "in_flight",
    "outcomes",
    "refused",
    "runs",
    "sent",
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
