"""`cuebook deploy`: let a project decide from now on, when it compiles and its tests pass."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from .databases import add_db, open_engine, usable
from .exits import Exit
from .terminal import Paint, colored, painted_table, plural

if TYPE_CHECKING:  # the compiler and the database are loaded when there is something to deploy
    from ..dsl.project import Compiled
    from ..engine.core.plan import Project
    from ..engine.runtime import Engine

__all__ = ["configure", "run"]


@dataclass(frozen=True, slots=True)
class _Row:
    """A version of a playbook: what it is to the program in force, and the runs it has."""

    playbook: str
    version: str
    is_now: str
    """`new`, `changed`, `same`, `gone`, or `before` for a version that only runs in flight have."""
    runs: int
    in_flight: str
    """What becomes of runs of an older version: `follow`, `finish old` or `stop`."""


def configure(parser: ArgumentParser) -> None:
    """Declare what to deploy, and where."""
    add = parser.add_argument
    add("project", nargs="?", default=".", type=Path, help="the project's folder (default: here)")
    add_db(parser)
    add("--without-tests", action="store_true", help="deploy although nobody looks at the tests")
    add("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "Runs in flight do as their playbook says under `in flight:`.\n"
        "Exit code: 0 deployed, 1 not deployed (mistakes, a test that fails), 2 no database.\n\n"
        "Examples\n"
        "  cuebook deploy acme                       into cuebook.db, or what CUEBOOK_DB names\n"
        "  cuebook deploy acme --db postgresql://me@host/plays\n"
        "  cuebook deploy acme --without-tests       in an emergency"
    )


@usable
def run(args: Namespace) -> Exit:
    """Compile, test, swap, and say what has changed."""
    from .projects import open_project, tell  # noqa: PLC0415 - see above

    compiled = open_project(args.project)
    if compiled.project is None:
        tell(compiled, compiled.report, args.color)
        return _refused(f"cuebook check {args.project}")
    if not args.without_tests and not _passes(compiled, args):
        return _refused(f"cuebook test {args.project}")
    engine = open_engine(args)
    before = engine.project()
    known = engine.deployment()
    deployment = engine.deploy(compiled.project)
    rows = list(_rows(engine, before, compiled.project))
    _tell(args, rows, again=known is not None and known.number == deployment.number)
    return Exit.CLEAN


def _refused(after: str) -> Exit:
    sys.stderr.write(f"nothing was deployed; what decided before still does\n next: {after}\n")
    return Exit.FOUND


def _passes(compiled: "Compiled", args: Namespace) -> bool:
    """Run the project's tests; tell about those that fail."""
    from ..dsl.diagnostics import Report  # noqa: PLC0415 - see above
    from ..dsl.trials.read_tests import written_in  # noqa: PLC0415 - see above
    from ..engine.core.zone import zone  # noqa: PLC0415 - see above
    from .projects import tell  # noqa: PLC0415 - see above
    from .run_tests import Runner, show  # noqa: PLC0415 - see above

    report = Report()
    tests = written_in(compiled, report)
    if report.failed:
        tell(compiled, report, args.color)
        return False
    runner = Runner(compiled)
    outcomes = [runner.outcome(test) for test in tests]
    failed = [one for one in outcomes if not one.passed]
    if failed and compiled.project is not None:
        there = zone(compiled.project.vocabulary.timezone)
        show(failed, there, sys.stderr, Paint(colored(sys.stderr, args.color)))
    else:
        said = f"{plural(len(outcomes), 'test')} passed" if outcomes else "it has no tests"
        sys.stderr.write(f"{said}\n")
    return not failed


def _rows(engine: "Engine", before: "Project | None", now: "Project") -> Iterator[_Row]:
    """Yield each playbook, the older versions that still have runs below it."""
    from ..engine.core.ready import version_of  # noqa: PLC0415 - see above

    old = {plan.playbook: version_of(plan) for plan in before.plans} if before else {}
    new = {plan.playbook: (version_of(plan), plan.in_flight) for plan in now.plans}
    flying = {(one.playbook, one.version): one.runs for one in engine.in_flight()}
    for playbook in sorted({*new, *old, *(name for name, _ in flying)}):
        version, rule = new.get(playbook, (old.get(playbook, ""), "stop"))
        if playbook in new:
            is_now = (
                "new" if playbook not in old else "same" if old[playbook] == version else "changed"
            )
        else:
            is_now = "gone"
        yield _Row(playbook, version, is_now, flying.pop((playbook, version), 0), "")
        for (name, older), runs in flying.items():
            if name == playbook:
                yield _Row(playbook, older, "before", runs, rule)


def _tell(args: Namespace, rows: list[_Row], *, again: bool) -> None:
    if args.format == "json":
        told = {"deployed": not again, "playbooks": [asdict(row) for row in rows]}
        sys.stdout.write(json.dumps(told) + "\n")
        return
    paint = Paint(colored(sys.stdout, args.color))
    lines = [(row.playbook, row.version, row.is_now, row.runs, row.in_flight) for row in rows]
    headers = ("playbook", "version", "is", "runs in flight", "will")
    sys.stdout.write(painted_table(lines, headers, paint) + "\n\n")
    number = len({row.playbook for row in rows if row.is_now != "gone"})
    said = f"{plural(number, 'playbook')} {'decides' if number == 1 else 'decide'} from now on"
    if again:
        said = "this was deployed already: nothing has changed"
    sys.stdout.write(f"{paint.green(said)}\n")
