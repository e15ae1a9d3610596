"""All that is kept about one customer, as one JSON object for whoever has a right to it."""

import json
from dataclasses import asdict
from typing import Any

from sqlalchemy import Connection

from ..core.instant import iso
from ..core.plan import Project
from .database import Database
from .programs import Programs
from .reading import TaskView, refused, runs, sent, tasks

__all__ = ["export"]

_ALL = 2**31 - 1


def export(database: Database, connection: Connection, customer: str) -> dict[str, Any]:
    """Return everything kept about a customer; KeyError when nothing is. See `Engine.export`."""
    events = database.rows(
        connection,
        """SELECT at, kind, name, body, key, number FROM cuebook_inbox WHERE customer = ?
        ORDER BY at, id""",
        customer,
    )
    kept = database.rows(
        connection, "SELECT program, state FROM cuebook_customer WHERE id = ?", customer
    )
    if not events and not kept:
        raise KeyError(f"nothing is kept about {customer}")
    decisions = database.rows(
        connection,
        "SELECT at, kind, lines FROM cuebook_journal WHERE customer = ? ORDER BY number",
        customer,
    )
    return {
        "customer": customer,
        "attributes": _attributes(database, connection, *kept[0]) if kept else {},
        "events": [
            {
                "at": iso(at), "kind": kind, "name": name, "values": json.loads(body), "key": key,
                "decided": number is not None,
            }
            for at, kind, name, body, key, number in events
        ],
        "runs": [_plain(run) for run in runs(database, connection, customer, most=_ALL)],
        "decisions": [
            {"at": iso(at), "kind": kind, "lines": json.loads(lines)}
            for at, kind, lines in decisions
        ],
        "actions": [
            _plain(one) | {"args": json.loads(one.args)}
            for one in sent(database, connection, customer, most=_ALL)
        ],
        "refused": [
            _plain(one) for one in refused(database, connection, customer=customer, most=_ALL)
        ],
        "tasks": [
            _plain(task)
            for task in tasks(database, connection, customer, answered=True, most=_ALL)
        ],
    }  # fmt: skip


def _attributes(
    database: Database, connection: Connection, program: str, state: str
) -> dict[str, Any]:
    project: Project = Programs(database).project(connection, program)
    kinds = project.vocabulary.attributes
    values: dict[str, Any] = json.loads(state)["attributes"]
    return {
        name: iso(value)
        if isinstance(value, int) and name in kinds and kinds[name].kind == "instant"
        else value
        for name, value in values.items()
    }


def _plain(view: Any) -> dict[str, Any]:
    """Return a row that people read as JSON values: its instants as text, without the customer."""
    told = view.plain() if isinstance(view, TaskView) else asdict(view)
    told.pop("customer")
    return {
        name: iso(value) if name.endswith("_at") and value is not None else value
        for name, value in told.items()
    }
