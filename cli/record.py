"""`cuebook record`: a real history as a test that passes, with stand-ins for personal data."""

import json
import os
import shlex
import sys
from argparse import ArgumentParser, Namespace
from collections import Counter
from itertools import chain, count
from pathlib import Path
from typing import TYPE_CHECKING, cast

from .databases import add_db, usable
from .exits import Exit, Misuse
from .given import add_data
from .projects import open_project, whole
from .terminal import harmless, plural

if TYPE_CHECKING:  # what plays is loaded when there is something to play
    from ..dsl.project import Compiled
    from ..engine.core.plan import Project
    from ..engine.rehearsal.recording import Recorded
    from ..engine.rehearsal.script import Trial
    from ..engine.runtime.recounting import Deed

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare whose history, where it is, and what to make of it."""
    add = parser.add_argument
    add("customer", metavar="CUSTOMER")
    add("project", nargs="?", default=".", type=Path, help="the project's folder (default: here)")
    add_db(parser)
    add_data(parser)
    add(
        "--from",
        dest="start",
        metavar="T",
        help="of files: when to deploy (default: the first event)",
    )
    add("--until", metavar="T", help="of files: just before when to stop (default: after the last)")
    add(
        "-o",
        "--output",
        type=Path,
        metavar="FILE",
        help="a file below the project's tests/ to write",
    )
    add("--force", action="store_true", help="replace that file if it is there")
    add("--all", action="store_true", help="keep also what no playbook reads")
    add("--keep", action="append", default=[], metavar="NAME",
        help="an attribute or a property whose values stay as they are (repeatable)")  # fmt: skip
    add("--format", choices=("text", "json"), default="text")
    parser.epilog = (
        "The history is that of the database, or of files that a dry run reads; without --db,\n"
        "--customers and --events that of the project's own data/. Addresses, names and other texts\n"
        "get stand-ins, the same for the same text; numbers, dates, declared values and the words of\n"
        "playbooks stay. The test is played before it is written: it passes.\n"
        "Exit code: 0 recorded, 1 the project has mistakes, 2 nothing could be recorded.\n\n"
        "Examples\n"
        "  cuebook record c1 acme                            to look at, from acme/data\n"
        "  cuebook record c1 acme -o acme/tests/c1.yaml      to keep\n"
        "  cuebook record acme-inc acme --db sqlite:///plays.db"
    )


@usable
def run(args: Namespace) -> Exit:
    """Find the history, make a test of it, play that, and write it."""
    compiled = open_project(args.project)
    project = whole(compiled, args, "recorded")
    if project is None:
        return Exit.FOUND
    target = None if args.output is None else _target(args)
    recorded, deeds = _recorded(args, project)
    name = _free(_name(recorded.trial), _names(compiled, target))
    text = _written(name, recorded.trial, project)
    if deeds is not None:
        _tell_otherwise(deeds, recorded)
    if target is not None:
        _write(target, text, force=args.force)
    _tell(args, name, recorded, text)
    return Exit.CLEAN


def _recorded(args: Namespace, project: "Project") -> "tuple[Recorded, list[Deed] | None]":
    from ..engine.rehearsal.pseudonyms import NoStandIn  # noqa: PLC0415 - see above
    from ..engine.rehearsal.recording import NotAlike, record  # noqa: PLC0415 - see above
    from .read_history import history  # noqa: PLC0415 - see above

    tape, deeds = history(args, project)
    try:
        return record(project, tape, whole=args.all, keep=args.keep), deeds
    except NoStandIn as trouble:
        raise Misuse(
            str(trouble), f"{_typed(args)} --keep {shlex.quote(trouble.name)}"
        ) from trouble
    except NotAlike as trouble:
        raise Misuse(str(trouble), f"{_typed(args)} --all") from trouble


def _typed(args: Namespace) -> str:
    return shlex.join(["cuebook", "record", args.customer, str(args.project)])


def _name(trial: "Trial") -> str:
    from ..engine.core.instant import iso  # noqa: PLC0415 - see above

    return f"{trial.customer} as recorded, {iso(trial.start)[:10]} to {iso(trial.until)[:10]}"


def _names(compiled: "Compiled", target: Path | None) -> set[str]:
    """Return what the tests of a project are called, those apart that are written over."""
    from ..dsl.diagnostics import Report  # noqa: PLC0415 - see above
    from ..dsl.trials.read_tests import written_in  # noqa: PLC0415 - see above

    there = None if target is None else target.resolve()
    tests = written_in(compiled, Report())
    return {one.name for one in tests if Path(one.span.file).resolve() != there}


def _free(name: str, taken: set[str]) -> str:
    """Return a name, with a number where another test bears it: stand-ins make customers alike."""
    numbered = (f"{name} ({number})" for number in count(2))
    return next(one for one in chain([name], numbered) if one not in taken)


def _written(name: str, trial: "Trial", project: "Project") -> str:
    """Return the test as text. Raises RuntimeError where that does not say what was meant."""
    from ..dsl.diagnostics import Report  # noqa: PLC0415 - see above
    from ..dsl.document import Mapping, read  # noqa: PLC0415 - see above
    from ..dsl.trials.read_tests import read_tests  # noqa: PLC0415 - see above
    from ..engine.rehearsal.trial import attempt  # noqa: PLC0415 - see above
    from .write_tests import as_test  # noqa: PLC0415 - see above

    text, report = as_test(name, trial, project), Report()
    nodes = [node.get("tests") for node in read(name, text, report) if isinstance(node, Mapping)]
    (test,) = read_tests(filter(None, nodes), project, report) or (None,)
    if test is None or report.failed or not attempt(project, cast("Trial", test.body)).passed:
        raise RuntimeError(f"a recorded test does not pass: {[one.title for one in report]}")
    return text


def _tell_otherwise(deeds: "list[Deed]", recorded: "Recorded") -> None:
    """Say where the project decides otherwise than was decided then."""
    now = Counter(
        (one.at, one.playbook, one.step, one.do, bool(one.skipped)) for one in recorded.was.done
    )
    fewer, more = Counter(deeds) - now, now - Counter(deeds)
    if fewer or more:
        said = f"{plural(fewer.total(), 'action')} fewer, {plural(more.total(), 'action')} more"
        sys.stderr.write(f"this project decides otherwise than was decided then: {said}\n")


# --- where it goes --------------------------------------------------------------------------------


def _target(args: Namespace) -> Path:
    """Return where to write, all links followed. Raises Misuse outside of the project's tests."""
    folder = args.project if args.project.is_dir() else args.project.parent
    tests = folder.resolve() / "tests"
    target: Path = args.output.parent.resolve() / args.output.name
    proposed = folder / "tests" / f"recorded-{len(list(folder.glob('tests/recorded-*'))) + 1}.yaml"
    again = f"{_typed(args)} -o {shlex.quote(str(proposed))}"
    shown = harmless(str(args.output))
    if tests not in target.parents or tests.resolve() != tests:
        raise Misuse(f"{shown} does not lie in the tests of the project", again)
    if target.suffix not in (".yaml", ".yml"):
        raise Misuse(f"{shown} is no YAML file: no test would be found in it", again)
    if target.is_symlink() or target.is_dir():
        raise Misuse(f"{shown} is a link or a folder, not a file of tests", again)
    if target.exists() and not args.force:
        after = f"{_typed(args)} -o {shlex.quote(str(args.output))} --force"
        raise Misuse(f"{shown} is there already; nothing was written", after)
    return target


def _write(target: Path, text: str, *, force: bool) -> None:
    """Write a file that was not there, or with `force` in the place of one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}.{os.getpid()}")
    new = os.open(
        part if force else target,
        os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_NOFOLLOW", 0),
    )
    with os.fdopen(new, "w", encoding="utf-8", newline="\n") as file:
        file.write(text)
    if force:
        part.replace(target)


def _tell(args: Namespace, name: str, recorded: "Recorded", text: str) -> None:
    """Print the test, or what was written and what became of the data."""
    trial = recorded.trial
    told = {
        "file": None if args.output is None else str(args.output),
        "test": name,
        "customer": trial.customer,
        "moments": len(trial.timeline),
        "left_out": recorded.left_out,
        "expected": len(trial.expected) + len(trial.skipped),
        "replaced": len(recorded.replaced),
    }
    if args.format == "json":
        told["text"] = text
        sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        return
    if args.output is None:
        sys.stdout.write(text)
    kept = f"{plural(len(trial.timeline), 'line')} of history, {recorded.left_out} left out"
    said = f"{kept}; {plural(len(recorded.replaced), 'text')} replaced; the test passes\n"
    where = "" if args.output is None else f"wrote {harmless(str(args.output))}: "
    sys.stderr.write(f"{where}{said}")
