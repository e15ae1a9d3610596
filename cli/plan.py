"""`cuebook plan`: what a change of playbooks would do, and to whom, before it is deployed."""

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ..engine.comparing import changes, settings
from ..engine.core.duration import DAY
from ..engine.core.plan import Project
from ..engine.core.zone import zone
from ..engine.forecast import Forecast
from ..engine.rehearsal.parts import open_material
from ..engine.rehearsal.standing import standing
from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .given import add_data, data_files, instant
from .projects import open_project, tell
from .show_plan import Plan, as_json, as_markdown, as_text
from .show_rehearsal import show_bad
from .terminal import Paint, Progress, colored, harmless
from .versions import deployed, is_deployed, version

if TYPE_CHECKING:  # SQLAlchemy is loaded when a database is asked
    from ..engine.runtime import Engine

__all__ = ["configure", "run"]

_EXAMPLES: Final = """\
A version is a folder, a git revision, `deployed` (what decides now) or `deployed~1` (what did before
the last deployment, `deployed~2` before that). With a database, named by --db or as a version, the
customers are those of it as they are now, unless files are given; else those of the data, and the
future begins at --at. Events after --at are taken to happen under both versions.
Exit code: 0 nothing changes, 1 something does, 2 could not start (a version that does not compile).

Examples
  cuebook plan acme --db sqlite:///plays.db           against what is deployed, over live customers
  cuebook plan acme --from main                       against a branch, over acme/data
  cuebook plan acme --to feature --db sqlite:///plays.db    of a branch, over live customers
  cuebook plan --to deployed~1                        what going back would do, and to whom
  cuebook plan acme --from old-acme --events log.csv --at 2026-03-01 --days 90
  cuebook plan acme --from origin/main --format markdown > comment.md
"""


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add("project", nargs="?", default=".", type=Path, help="the project's folder (default: here)")
    add("--from", dest="before", default="deployed", metavar="VERSION",
        help="what would go on otherwise (default: deployed)")  # fmt: skip
    add("--to", dest="after", metavar="VERSION",
        help="what would take over (default: the project as it lies there)")  # fmt: skip
    add_db(parser)
    add_data(parser)
    add("--at", metavar="T", help="when to deploy, with data (default: after the last event)")
    add("--days", type=int, default=30, metavar="N", help="how far to look ahead (default: 30)")
    add("--format", choices=("text", "json", "markdown"), default="text",
        help="text for people, markdown for a pull request, json for programs")  # fmt: skip


def run(args: Namespace) -> Exit:
    """Find both versions, live the customers on under both, print what differs."""
    if not 1 <= args.days <= 3_660:
        raise Misuse(f"--days {args.days}: from 1 day to ten years", "cuebook plan --days 30")
    if args.db is not None or any(map(is_deployed, (args.before, args.after or ""))):
        return _with_database(args)
    before, after = _versions(args, None)
    return _told(args, _over_files(args, before, after), {})


def _told(args: Namespace, forecast: Forecast, entering: Mapping[str, int]) -> Exit:
    before, after = forecast.before, forecast.after
    there = zone(after.vocabulary.timezone)
    said, declared = changes(before, after), settings(before, after)
    plan = Plan(
        args.before, args.after or str(args.project), said, declared, forecast, there, entering
    )
    _print(args, plan)
    return Exit.CLEAN if plan.empty else Exit.FOUND


def _compiled(args: Namespace, folder: Path, name: str) -> Project:
    """Compile one version; raises Misuse for one with mistakes, having told them."""
    compiled = open_project(folder)
    if compiled.project is None:
        revision = not Path(name).is_dir()
        tell(compiled, compiled.report, args.color, {f"{folder}/": f"{name}:"} if revision else {})
        said = f"{harmless(name)} does not compile, so there is nothing to compare"
        raise Misuse(said, f"git show {name}" if revision else f"cuebook check {folder}")
    return compiled.project


@usable
def _with_database(args: Namespace) -> Exit:
    engine: Engine = open_engine(args)
    before, after = _versions(args, engine)
    if args.customers or args.events:
        return _told(args, _over_files(args, before, after), {})
    if args.at is not None:
        said = "--at needs data: the customers of a database are taken as they are now"
        raise Misuse(said, "cuebook plan --events FILE --at T")
    until = time.time_ns() // 1_000 + args.days * DAY
    with Progress(engine.status().customers, "customers") as bar:
        try:
            forecast = engine.forecast(after, until, bar.to, before=before)
        except LookupError:
            said = "nothing is deployed there yet, so there are no customers to look at"
            raise Misuse(said, f"cuebook deploy {args.project}") from None
    return _told(args, forecast, engine.entering(after) if is_deployed(args.before) else {})


def _versions(args: Namespace, engine: "Engine | None") -> tuple[Project, Project]:
    before = _version(args, args.before, engine)
    if args.after is not None:
        return before, _version(args, args.after, engine)
    return before, _compiled(args, args.project, str(args.project))


def _version(args: Namespace, name: str, engine: "Engine | None") -> Project:
    if engine is not None and is_deployed(name):
        return deployed(engine, name)
    with version(args.project, name) as folder:
        return _compiled(args, folder, name)


def _over_files(args: Namespace, before: Project, after: Project) -> Forecast:
    customers, events = data_files(args, "plan")
    forecast = Forecast(before, after)
    with closing(open_material(forecast.program, customers, events)) as material:
        show_bad(material.bad, sys.stderr)
        first, last = material.first_at, material.last_at
        now = time.time_ns() // 1_000
        at = now if last is None else last + 1
        if args.at is not None:
            at = instant(args.at, "--at", forecast.program.zone, "cuebook plan --at 2026-03-01")
        start = at - 1 if first is None else min(at - 1, first)
        forecast.at, forecast.until = at, at + args.days * DAY
        with Progress(len(material.customers), "customers") as bar:
            for customer, ahead in standing(
                forecast.program, material.parts(), start=start, at=at, until=forecast.until
            ):
                forecast.take(customer, ahead)
                bar.to(forecast.customers)
    return forecast


def _print(args: Namespace, plan: Plan) -> None:
    match args.format:
        case "json":
            sys.stdout.write(json.dumps(as_json(plan), ensure_ascii=False, indent=2) + "\n")
        case "markdown":
            sys.stdout.writelines(f"{line}\n" for line in as_markdown(plan))
        case _:
            paint = Paint(colored(sys.stdout, args.color))
            sys.stdout.writelines(f"{line}\n" for line in as_text(plan, paint))
