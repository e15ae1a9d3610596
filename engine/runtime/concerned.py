"""Whom a program that takes over has anything for at once: found by one query, so that others sleep on.

A customer who sleeps on meets the program with whatever happens to it next, as of the deployment.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Final

from sqlalchemy import Connection

from ..core import plan as P
from ..core.codec import digest
from ..core.expr import Attribute, Compare, Expr, IsPresent, Or
from ..core.expressions import project_expressions
from ..core.history import HistoryPlan
from ..core.plan import Project
from ..core.reads import reads
from ..core.ready import version_of
from .database import Database
from .facts import layout_of
from .population import Population
from .programs import Deployment, Programs
from .who import who

__all__ = ["concerned", "differing", "entering"]


def concerned(
    database: Database,
    project: Project,
    now: int,
    connection: Connection,
    programs: Programs,
    latest: Deployment,
) -> list[str] | None:
    """Return who has to meet a project that takes over at `now`; None for everybody.

    Where all it does is to add playbooks, these are the customers for whom a condition that begins
    one of them holds already, or who have the date that one waits for.
    """
    before = programs.load(connection, latest.program)
    added = _added(before.project, project)
    if added is None or layout_of(digest(project), project).number != before.layout.number:
        return None
    asked = HistoryPlan(
        tuple(project_expressions(project)), before.program.calendar, before.program.matchers
    )
    if not before.program.history.covers(asked):
        return None
    conditions = list[Expr]()
    for trigger in (trigger for plan in added for trigger in plan.triggers):
        found = _begins(trigger)
        if found is None:
            return None
        conditions += found
    if not conditions:
        return []
    everybody = Population(database, connection, programs, latest, now)
    return list(who(everybody, _any(tuple(conditions))).customers)


def differing(everybody: Population, project: Project, until: int) -> list[str] | None:
    """Return to whom anything may happen until then, whether a project takes over or not.

    Those who have something due until then, or mail, and those whom the project concerns; all others
    sleep through both futures. None for everybody: where it does more than to add playbooks, or one of
    these was here before, and may have left something behind.
    """
    database, connection = everybody.database, everybody.connection
    names = concerned(
        database, project, everybody.now, connection, everybody.programs, everybody.latest
    )
    if names is None:
        return None
    before = everybody.programs.project(connection, everybody.latest.program)
    added = [plan.playbook for plan in _added(before, project) or ()]
    sql = f"SELECT 1 FROM cuebook_run WHERE {database.among('playbook')} LIMIT 1"
    if database.rows(connection, sql, database.values(added)):
        return None
    awake = database.rows(connection, _AWAKE, until)
    return sorted({*names, *(name for (name,) in awake)})


_AWAKE: Final = """SELECT customer FROM cuebook_wake WHERE due_at < ? OR trouble <> ''
    UNION SELECT customer FROM cuebook_inbox WHERE number IS NULL"""


def _added(before: Project, after: Project) -> Iterable[P.Plan] | None:
    """Return the playbooks that are new, if nothing else is otherwise."""
    if _apart(before) != _apart(after):
        return None
    old = {plan.playbook: version_of(plan) for plan in before.plans}
    new = {plan.playbook: version_of(plan) for plan in after.plans}
    if any(new.get(name) != version for name, version in old.items()):
        return None
    return [plan for plan in after.plans if plan.playbook not in old]


def _apart(project: Project) -> Project:
    """Return all of a project that may move a customer by itself, but for its playbooks."""
    return replace(project, plans=(), templates={}, channels=())


def _begins(trigger: P.Trigger) -> Iterable[Expr] | None:
    """Return the conditions under which a new trigger has anything to learn of a customer that sleeps.

    None where it sets a timer for everybody, or looks back at what has happened.
    """
    match trigger:
        case P.OnEvent() | P.OnManual() | P.OnStage() | P.OnChange() | P.OnRecord():
            return ()  # Nothing is known of these before they happen.
        case P.OnDate(attribute, path=path):
            return (IsPresent(Attribute(attribute, path)),)
        case P.OnCondition(condition):
            return None if reads(condition).time else (condition,)
        case P.OnCrossing(value, direction, level):
            compare = Compare("<" if direction == "drops below" else ">", value, level)
            return None if reads(compare).time else (compare,)
        case P.OnSchedule() | P.OnSequence():
            return None


def entering(everybody: Population, project: Project) -> dict[str, int]:
    """Return how many customers match new playbooks with `existing: enter` already, by playbook.

    Only of those that can be asked about now: where nothing but playbooks is otherwise.
    """
    before = everybody.programs.project(everybody.connection, everybody.latest.program)
    found = {}
    for plan in _added(before, project) or ():
        triggers = [one for one in plan.triggers if isinstance(one, P.OnCondition)]
        if plan.existing == "enter" and triggers and not any(one.hold for one in triggers):
            conditions = tuple(one.condition for one in triggers)
            found[plan.playbook] = who(everybody, _any(conditions), counting=True).number
    return found


def _any(conditions: tuple[Expr, ...]) -> Expr:
    return conditions[0] if len(conditions) == 1 else Or(conditions)
