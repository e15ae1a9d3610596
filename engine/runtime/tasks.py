"""Tasks for people: answered, spoken about, ticked off and handed on by whoever does them."""

import json
from collections.abc import Callable, Mapping
from typing import Any, Final

from sqlalchemy import Connection

from ..core.instant import iso
from ..core.occurrence import Ending
from ..core.vocabulary import fold
from .database import Database
from .mail import Letter, post
from .programs import Programs
from .reading import TaskView
from .teams import Teams

__all__ = ["answer", "comment", "delegate", "fill", "hand_on", "tick"]

_DONE: Final = "task-done"
"""The event that a playbook hears when a task is answered, where the project declares it."""
_OPEN: Final = " AND cuebook_task.answered_at IS NULL AND cuebook_task.closed_at IS NULL"
_LONGEST_COMMENT: Final = 10_000


def answer(database: Database, key: str, said: str, now: int, by: str = "") -> TaskView | None:
    """Answer a task, once; return it if it was open. See `Tending.answer` for what it raises."""
    with database.write() as connection:
        task = _held(database, connection, key)
        if task is None:
            return None
        if task.choices:
            said = _choice(task, said)
        if task.answered_at is None and _is_over(task, now):
            # Nobody waits for it any more; that somebody answered is worth a line of the journal.
            told = f"answered/{key}/late/{said}/{by}"
            post(database, connection, [_letter(task, "answered", said, now, told, by)])
            return None
        columns, row = ("answered_at", "answer", "answered_by"), (now, said, by, key)
        if not database.update(connection, "cuebook_task", ("key",), columns, [row], _OPEN):
            return None
        told = f"answered/{key}/{task.opened_at}"
        letters = [_letter(task, "answered", said, now, told, by)]
        if not task.choices:
            letters += _done(database, connection, task, said, now, by)
        post(database, connection, letters)
        return task


def delegate(teams: Teams, key: str, to: str, now: int, by: str = "") -> bool:
    """Hand a task to somebody else; it keeps its deadline. Return whether it was still open.

    Raises ValueError for a team that there is not.
    """
    database = teams.database
    with database.write() as connection:
        task = _held(database, connection, key)
        if task is None or task.answered_at is not None or _is_over(task, now):
            return False
        who, team = teams.holder(connection, to, now)
        row = (who, team, key)
        database.update(connection, "cuebook_task", ("key",), ("assignee", "team"), [row], _OPEN)
        letter = _handed(task, who or team, now, f"delegated/{key}/{now}", by)
        post(database, connection, [letter])
        return True


def hand_on(teams: Teams, connection: Connection, key: str, now: int) -> bool:
    """Hand a task that nobody has done in time to whom it was to go then."""
    database = teams.database
    try:
        task = _held(database, connection, key)
    except KeyError:
        return False  # Its customer was erased meanwhile.
    if task is None or task.answered_at is not None or _is_over(task, now) or task.escalated_at:
        return False
    who, team = teams.holder(connection, task.escalate_to, now)
    late = "in time" if task.wanted_at is None else f"by {iso(task.wanted_at)}"
    said = f"handed on to {who or team}: not done {late}"
    columns = ("assignee", "team", "escalated_at", "comments")
    row = (who, team, now, _with(task, said, "", now), key)
    database.update(connection, "cuebook_task", ("key",), columns, [row], _OPEN)
    post(database, connection, [_handed(task, who or team, now, f"escalated/{key}", "")])
    return True


def comment(database: Database, key: str, said: str, now: int, by: str = "") -> None:
    """Say something about a task, also when it is over. Raises KeyError when there is none."""
    if not said.strip() or len(said) > _LONGEST_COMMENT:
        raise ValueError(f"a comment has 1 to {_LONGEST_COMMENT} characters")
    _change(database, key, lambda task: {"comments": _with(task, said, by, now)})


def tick(database: Database, key: str, number: int, *, done: bool) -> None:
    """Tick a point of a checklist off, counted from 1, or on again. Raises KeyError, ValueError."""

    def ticked(task: TaskView) -> Mapping[str, str]:
        points: list[dict[str, Any]] = json.loads(task.checklist or "[]")
        if not 1 <= number <= len(points):
            has = f"{len(points)} points" if points else "no checklist"
            raise ValueError(f"{key} has {has}, and no point {number}")
        points[number - 1]["done"] = done
        return {"checklist": json.dumps(points, ensure_ascii=False)}

    _change(database, key, ticked)


def fill(teams: Teams, team: str, now: int) -> int:
    """Hand out what waits until somebody of a team has room, the oldest first; return how much."""
    database, handed = teams.database, 0
    # Whoever writes such a task at this moment shares it out too: waiting for them could make a ring.
    skip = "" if database.dialect == "sqlite" else " FOR UPDATE SKIP LOCKED"
    sql = f"""SELECT key FROM cuebook_task WHERE team = ? AND assignee = ''{_OPEN}
        ORDER BY opened_at, key LIMIT 1{skip}"""
    wanted = f"least loaded of {team}"
    while True:
        with database.write() as connection:
            teams.hold(connection)
            waiting = database.rows(connection, sql, team)
            who = teams.holder(connection, wanted, now)[0] if waiting else ""
            if not who:
                return handed
            then = f"{_OPEN} AND cuebook_task.assignee = ''"
            row = (who, waiting[0][0])
            database.update(connection, "cuebook_task", ("key",), ("assignee",), [row], then)
        handed += 1


def _held(database: Database, connection: Connection, key: str) -> TaskView | None:
    """Return a task, its customer held; KeyError when there is none, None when it is erased now."""
    columns = ", ".join(TaskView.__slots__)
    sql = f"SELECT {columns} FROM cuebook_task WHERE key = ?"
    found = database.rows(connection, sql, key)
    if not found:
        raise KeyError(f"there is no task {key}")
    customer = TaskView(*found[0]).customer
    database.hold(connection, "cuebook_wake", "customer", "customer = ?", customer)
    # Whoever held the customer until now may have decided about it.
    found = database.rows(connection, sql, key)
    return TaskView(*found[0]) if found else None


def _change(database: Database, key: str, change: Callable[[TaskView], Mapping[str, str]]) -> None:
    """Write what changes in a task, while nobody else changes it."""
    with database.write() as connection:
        task = _held(database, connection, key)
        if task is None:
            raise KeyError(f"there is no task {key}")
        columns = change(task)
        row = (*columns.values(), key)
        database.update(connection, "cuebook_task", ("key",), tuple(columns), [row])


def _with(task: TaskView, said: str, by: str, now: int) -> str:
    """Return the comments of a task with one more."""
    every = [*json.loads(task.comments or "[]"), {"at": now, "by": by, "text": said}]
    return json.dumps(every, ensure_ascii=False)


def _is_over(task: TaskView, now: int) -> bool:
    return task.closed_at is not None or (task.due_at is not None and task.due_at <= now)


def _choice(task: TaskView, said: str) -> str:
    found = next((one for one in task.answers if fold(one) == fold(said)), None)
    if found is None:
        raise ValueError(f"{said!r} is no answer to {task.key}: {', '.join(task.answers)}")
    return found


def _letter(task: TaskView, ending: Ending, note: str, now: int, told: str, by: str) -> Letter:
    body = {
        "playbook": task.playbook, "run": task.run, "step": task.step, "ending": ending,
        "note": note, "key": task.key if task.choices else "", "by": by,
    }  # fmt: skip
    return Letter(task.customer, "settled", "", body, now, told, stamped=True)


def _handed(task: TaskView, to: str, now: int, told: str, by: str) -> Letter:
    note = f"from {task.assignee} to {to}" if task.assignee else f"to {to}"
    return _letter(task, "delegated", note, now, told, by)


def _done(
    database: Database, connection: Connection, task: TaskView, said: str, now: int, by: str
) -> list[Letter]:
    """Return the event that a task is done, for a project that declares it; else nobody hears it."""
    programs = Programs(database)
    latest = programs.latest(connection)
    if latest is None:
        return []
    events = programs.project(connection, latest.program).vocabulary.events
    name = next((event for event in events if fold(event) == _DONE), None)
    if name is None:
        return []
    body = {
        "task": task.key, "playbook": task.playbook, "run": task.run, "step": task.step,
        "title": task.title, "assignee": task.assignee, "answer": said, "by": by,
        "late": task.wanted_at is not None and task.wanted_at < now,
    }  # fmt: skip
    declared = {fold(given) for given in events[name]}
    told = {key: value for key, value in body.items() if key in declared}
    return [Letter(task.customer, "event", name, told, now, f"{_DONE}/{task.key}", stamped=True)]
