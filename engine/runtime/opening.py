"""Tasks opened by actions, and handed on when nobody has done them in time."""

import json
import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Connection

from ..contract import PLAIN, Details, Opened
from ..core.instant import to_datetime
from ..core.places import Places
from ..core.plan import Project, Team
from ..core.tasking import later, team_in, wanted_at
from ..core.zone import UTC, Zone
from .database import Database
from .outbox import Promise
from .programs import Programs
from .spelling import read
from .tasks import hand_on
from .teams import Teams

__all__ = ["Desk", "TaskBook"]

_TASK: Final = (
    "key", "customer", "playbook", "run", "step", "title", "assignee", "due", "opened_at", "answer",
    "body", "priority", "checklist", "team", "wanted_at", "escalate_to", "escalates_at",
)  # fmt: skip
_ESCALATION: Final = (
    "key", "customer", "playbook", "run", "step", "kind", "lane", "args", "decided_at", "status",
    "due_at", "attempt", "owner", "note", "awaited",
)  # fmt: skip
_ONCE: Final = "ON CONFLICT (key) DO NOTHING"
_KIND: Final = "escalate-task"


@dataclass(slots=True)
class Desk:
    """What opening a task needs to know of the deployed program; for many threads at once."""

    database: Database
    _programs: Programs = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _known: tuple[str, Project, Places] | None = None

    def __post_init__(self) -> None:
        self._programs = Programs(self.database)

    def teams(self, connection: Connection) -> Mapping[str, Team]:
        """Return the teams there are."""
        known = self._deployed(connection)
        return {} if known is None else known[0].teams

    def place(self, connection: Connection, customer: str) -> Zone:
        """Return the zone of a customer, with the calendar that counts there."""
        known = self._deployed(connection)
        if known is None:
            return UTC
        sql = "SELECT state FROM cuebook_customer WHERE id = ?"
        found = self.database.rows(connection, sql, customer)
        return known[1].of(read(found[0][0])["attributes"] if found else {})

    def _deployed(self, connection: Connection) -> tuple[Project, Places] | None:
        with self._lock:
            latest = self._programs.latest(connection)
            if latest is None:
                return None
            if self._known is None or self._known[0] != latest.program:
                project = self._programs.project(connection, latest.program)
                self._known = latest.program, project, Places(project)
            return self._known[1:]


@dataclass(frozen=True, slots=True)
class TaskBook:
    """Opens the tasks of one promised action."""

    desk: Desk
    promise: Promise
    now: int

    def open(self, key: str, title: str, details: Details = PLAIN) -> Opened | None:
        """Open a task; see `Tasks.open`."""
        database = self.desk.database
        lock = "" if database.dialect == "sqlite" else " FOR SHARE"
        still = f"SELECT 1 FROM cuebook_outbox WHERE key = ?{lock}"
        with database.write() as connection:
            if not database.rows(connection, still, self.promise.key):
                return None
            known = self._opened(connection, key)
            return known or self._open(connection, key, title, details)

    def escalate(self, key: str) -> bool:
        """Hand a task on as it was opened to be; see `Tasks.escalate`."""
        with self.desk.database.write() as connection:
            teams = Teams(self.desk.database, self.desk.teams(connection))
            return hand_on(teams, connection, key, self.now)

    def _opened(self, connection: Connection, key: str) -> Opened | None:
        sql = "SELECT assignee, wanted_at FROM cuebook_task WHERE key = ?"
        found = self.desk.database.rows(connection, sql, key)
        return _told(key, *found[0]) if found else None

    def _open(self, connection: Connection, key: str, title: str, details: Details) -> Opened:
        database, promise, since = self.desk.database, self.promise, self.promise.decided_at
        timed = details.due or details.escalate_to
        place = self.desk.place(connection, promise.customer) if timed else UTC
        wanted = wanted_at(details.due, since, place)
        escalates = _escalates_at(details, wanted, since, place)
        shared = team_in(details.assignee) or details.escalate_to
        teams = Teams(database, self.desk.teams(connection) if shared else {})
        if details.escalate_to:
            teams.check(details.escalate_to)
        who, team = teams.holder(connection, details.assignee, self.now)
        of = (key, promise.customer, promise.playbook, promise.run, promise.step)
        row = (
            *of, title, who, details.due, self.now, "", details.body, details.priority,
            _checklist(details), team, wanted, details.escalate_to, escalates,
        )  # fmt: skip
        database.insert(connection, "cuebook_task", _TASK, [row], _ONCE)
        if escalates is not None:
            self._promise(connection, of, escalates)
        return _told(key, who, wanted)

    def _promise(self, connection: Connection, of: tuple[str, ...], at: int) -> None:
        """Promise to hand a task on: an action like any other, due at its deadline."""
        key, *rest = of
        row: tuple[Any, ...] = (
            f"{key}/{_KIND}", *rest, _KIND, _KIND, json.dumps({"task": key}), self.now, "waiting",
            at, 0, "", "", False,
        )  # fmt: skip
        self.desk.database.insert(connection, "cuebook_outbox", _ESCALATION, [row], _ONCE)


def _escalates_at(details: Details, wanted: int | None, since: int, place: Zone) -> int | None:
    """Return when a task is handed on, None for never. Raises ValueError where nothing says when."""
    if not details.escalate_to.strip():
        return None
    start = since if wanted is None else wanted
    if details.escalate_after.strip():
        return later(details.escalate_after, start, place)
    if wanted is None:
        raise ValueError("`escalate to:` needs `due:` or `escalate after:` to say when")
    return wanted


def _checklist(details: Details) -> str:
    points = [{"text": text, "done": False} for text in details.checklist]
    return json.dumps(points, ensure_ascii=False) if points else ""


def _told(key: str, assignee: str, wanted: int | None) -> Opened:
    return Opened(key, assignee, None if wanted is None else to_datetime(wanted))
