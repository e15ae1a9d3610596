"""`cuebook status`: how the engine is doing, and what needs a person."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Final

from .databases import add_db, open_engine, usable
from .exits import Exit
from .terminal import Paint, colored, count, harmless, plural, table

if TYPE_CHECKING:  # the engine is loaded when it is asked
    from ..engine.core.plan import Project
    from ..engine.runtime.doing import Status

__all__ = ["configure", "run"]

_SILENT: Final = 60_000_000
"""A process that was not seen for so long, in microseconds, does not run any more."""
_FEW: Final = 10
_SOON: Final = timedelta(days=366)
"""How long before the holidays of a region end a person is told: waits reach ahead."""


def configure(parser: ArgumentParser) -> None:
    """Declare which database."""
    add_db(parser)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "Exit code: 0 all is well, 1 something needs a person, 2 it cannot be asked.\n\n"
        "Examples\n"
        "  cuebook status\n"
        "  cuebook status --format json --db postgresql://me@host/plays"
    )


@usable
def run(args: Namespace) -> Exit:
    """Ask, print, and say whether somebody is needed."""
    from time import time_ns  # noqa: PLC0415 - as the engine reads it

    engine = open_engine(args)
    status, tasks = engine.status(), len(engine.tasks())
    needs = list(_needs(status, time_ns() // 1_000))
    project = engine.project() if status.program is not None else None
    if project is not None:
        needs += _ending(project, datetime.now(UTC).date())
    if args.format == "json":
        told = asdict(status) | {"tasks": tasks, "needs": [said for said, _ in needs]}
        sys.stdout.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
        return Exit.FOUND if needs else Exit.CLEAN
    paint = Paint(colored(sys.stdout, args.color))
    sys.stdout.write(table(list(_rows(status, tasks)), ("what", "how many", "oldest")) + "\n")
    for notice in status.notices[:_FEW]:
        sys.stdout.write(paint.dim(harmless(f"notice: {notice}")) + "\n")
    if len(status.notices) > _FEW:
        sys.stdout.write(paint.dim("… and more notices; --format json tells them") + "\n")
    sys.stdout.write("\n")
    for said, after in needs:
        sys.stdout.write(f"{paint.red(harmless(said))}\n next: {paint.cyan(after)}\n")
    for kind, why, many in status.held[:_FEW]:
        said = f"{count(many)} {kind} to be tried again: {why}"
        sys.stdout.write(f"{paint.yellow(harmless(said))}\n")
    if not needs and not status.held:
        sys.stdout.write(f"{paint.green('all is well')}\n")
    return Exit.FOUND if needs else Exit.CLEAN


def _rows(status: "Status", tasks: int) -> Iterator[tuple[str, str, str]]:
    box = status.outbox
    yield "customers", count(status.customers), ""
    yield "runs in flight", count(status.running), ""
    yield "customers due", count(status.overdue), _age(status.timer_age)
    yield "inbox", count(status.inbox), _age(status.inbox_age)
    waiting = box.get("waiting", 0) + box.get("sending", 0)
    yield "outbox", count(waiting), _age(status.outbox_age)
    yield "performed", count(box.get("done", 0)), ""
    yield "dead letters", count(box.get("dead", 0)), ""
    yield "in doubt", count(box.get("in doubt", 0)), ""
    yield "dismissed", count(box.get("dismissed", 0)), ""
    yield "parked customers", count(len(status.parked)), ""
    yield "refused at the doors", count(status.refused), ""
    if status.strangers:
        yield "calls of strangers", count(status.strangers), ""
    yield "open tasks", count(tasks), ""
    standing = sum(bool(worker["stands_by"]) for worker in status.workers)
    by = f"{count(standing)} standing by" if standing else ""
    yield "workers", count(len(status.workers)), by


def _needs(status: "Status", now: int) -> Iterator[tuple[str, str]]:
    """Yield what a person has to do, and the command to begin with."""
    dead, doubt = status.outbox.get("dead", 0), status.outbox.get("in doubt", 0)
    if status.program is None:
        yield "nothing is deployed", "cuebook deploy PROJECT"
    if dead:
        yield f"{plural(dead, 'dead letter')}: given up", "cuebook retry"
    if doubt:
        yield f"{plural(doubt, 'action')} in doubt: perhaps performed", "cuebook retry"
    if status.refused:
        yield f"{count(status.refused)} refused at the doors: what came in", "cuebook refused"
    for customer, trouble in status.parked[:_FEW]:
        yield f"{customer} is parked: {trouble}", f"cuebook retry --customer {customer}"
    alive = [worker for worker in status.workers if now - worker["seen_at"] < _SILENT]
    late = max(status.timer_age or 0, status.outbox_age or 0)
    if late > _SILENT and not alive:
        yield "something is due and no worker runs", "cuebook run"


def _ending(project: "Project", today: date) -> Iterator[tuple[str, str]]:
    """Yield which calendars will soon know no holidays of their regions any more."""
    named = {f"the calendar `{name}`": one for name, one in project.calendars.items()}
    for what, calendar in ({"the calendar": project.calendar} | named).items():
        soon = (today + _SOON).isoformat()
        if calendar.known_until and calendar.known_until < soon:
            said = f"{what} knows the holidays of its regions until {calendar.known_until}"
            yield said, "cuebook deploy PROJECT"


def _age(age: int | None) -> str:
    """Return how long something has waited, in one unit."""
    if age is None:
        return ""
    seconds = age // 1_000_000
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            return plural(seconds // size, unit)
    return plural(max(seconds, 0), "second")
