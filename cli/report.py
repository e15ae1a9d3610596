"""`cuebook report`: what playbooks achieved, from the journal, or rehearsed over files."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from .databases import add_db, open_database, url_of, usable
from .exits import Exit, Misuse
from .given import add_files, asks_files, instant
from .terminal import colored, harmless

if TYPE_CHECKING:  # the engine is loaded when it is asked
    from ..engine.core.zone import Zone
    from ..engine.runtime.database import Database
    from ..engine.runtime.figures.report import Report

__all__ = ["configure", "run"]

_EXAMPLES: Final = """\
From a database it tells what was decided there. Where a project's folder is named, that project is
rehearsed first over its data, or the files that are named, with nothing sent, and that is told.
A period that is over is told the same whenever it is asked.
Exit code: 0 told, 1 the project has mistakes or, with --check, a KPI misses its target, 2 it cannot
be told.

Examples
  cuebook report --db sqlite:///plays.db --from 2026-01-01 --until 2026-04-01
  cuebook report --playbook welcome --per week
  cuebook report --format html --output report.html     a page to look at, print and pass on
  cuebook report --format csv > figures.csv             a line for each number
  cuebook report acme --events acme/data/events         without a database
  cuebook report --kpi adoption --check || cuebook send team figure-fell
"""


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add_files(parser)
    add_db(parser)
    add(
        "--from",
        dest="since",
        metavar="T",
        help="where the period begins (default: the first event)",
    )
    add("--until", metavar="T", help="just before when it ends (default: after what came last)")
    add("--per", choices=("day", "week", "month", "quarter"),
        help="into which parts it is cut (default: what its length makes readable)")  # fmt: skip
    add("--playbook", action="append", metavar="P", help="tell only of these (repeatable)")
    add("--stage", metavar="S", default="", help="of stages and channels, tell only of this stage")
    add(
        "--cohort", metavar="EVENT", default="", help="cohorts by the first of these (default: any)"
    )
    add("--kpi", action="append", metavar="K", help="of KPIs, tell only these (repeatable)")
    add("--active", metavar="EVENT", default="", help="what counts as coming back (default: any)")
    add("--check", action="store_true",
        help="exit with 1 when a KPI that is told misses its target, for what runs this regularly")  # fmt: skip
    add("--format", choices=("text", "csv", "json", "html"), default="text")
    add("--output", type=Path, metavar="FILE", help="write there instead of to standard output")


@usable
def run(args: Namespace) -> Exit:
    """Ask, and show."""
    from ..engine.runtime.figures.report import Asked, NothingToTell, report  # noqa: PLC0415

    with _database(args) as database:
        if database is None:
            return Exit.FOUND
        zone = _zone(database)
        asked = Asked(
            _instant(args.since, "--from", zone), _instant(args.until, "--until", zone), args.per,
            tuple(args.playbook or ()), args.stage, args.cohort, args.active, tuple(args.kpi or ()),
        )  # fmt: skip
        try:
            told = report(database, asked)
        except NothingToTell as trouble:
            raise Misuse(str(trouble), f"cuebook {trouble.hint}") from trouble
    _write(args, told)
    return _checked(told) if args.check else Exit.CLEAN


def _checked(told: "Report") -> Exit:
    """Say which KPIs miss their targets; what is still open may yet reach its own."""
    from ..engine.runtime.figures.sheets import misses  # noqa: PLC0415 - see above

    aimed = [one for one in told.kpis if one.target is not None]
    if not aimed:
        message = (
            "no KPI that is told has a `target:` in cuebook.yaml, so there is nothing to check"
        )
        raise Misuse(message, "cuebook report --help")
    missed = [
        f"{one.title} ({one.by}: {value.group or 'none'})" if one.by else one.title
        for one in aimed
        for value in one.whole
        if not value.open and misses(one, value.value)
    ]
    for name in missed:
        sys.stderr.write(f"target missed: {harmless(name)}\n")
    return Exit.FOUND if missed else Exit.CLEAN


@contextmanager
def _database(args: Namespace) -> "Iterator[Database | None]":
    """Yield the database that is meant, or one made of files; None for a project with mistakes."""
    if not asks_files(args, "report"):
        from ..engine.runtime.schema import ensure  # noqa: PLC0415 - see above

        database = open_database(args, url_of(args.db))
        ensure(database)
        yield database
        return
    from .rehearsed import rehearsed  # noqa: PLC0415 - see above

    with rehearsed(args) as played:
        yield played


def _zone(database: "Database") -> "Zone":
    """Return the zone of the project that decides, in which days begin."""
    from ..engine.core.zone import UTC, zone  # noqa: PLC0415 - see above
    from ..engine.runtime.programs import Programs  # noqa: PLC0415

    with database.read() as connection:
        programs = Programs(database)
        latest = programs.latest(connection)
        if latest is None:
            return UTC
        return zone(programs.project(connection, latest.program).vocabulary.timezone)


def _instant(text: str | None, option: str, zone: "Zone") -> int | None:
    after = f"cuebook report {option} 2026-03-01"
    return None if text is None else instant(text, option, zone, after)


def _write(args: Namespace, told: "Report") -> None:
    if args.output is None:
        sys.stdout.writelines(_shown(args, told))
        return
    if not args.output.parent.is_dir():
        raise Misuse(f"there is no folder {args.output.parent}", f"mkdir -p {args.output.parent}")
    with args.output.open("w", encoding="utf-8", newline="") as file:
        file.writelines(_shown(args, told))
    sys.stderr.write(f"{args.output} written\n")


def _shown(args: Namespace, told: "Report") -> Iterator[str]:
    from . import report_page, show_report  # noqa: PLC0415 - see above

    match args.format:
        case "json":
            yield json.dumps(asdict(told), ensure_ascii=False) + "\n"
        case "csv":
            yield from show_report.as_csv(told)
        case "html":
            yield from report_page.page(told)
        case _:
            plain = not show_report.shows_signs(sys.stdout if args.output is None else None)
            color = args.output is None and colored(sys.stdout, args.color)
            yield from show_report.as_text(told, color=color, plain=plain)
