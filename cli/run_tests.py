"""`cuebook test`: run the tests that stand beside playbooks, on a virtual clock."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final, TextIO

from ..dsl.diagnostics import Report
from ..dsl.project import Compiled
from ..dsl.trials.read_tests import Written, written_in
from ..engine.core.zone import Zone, zone
from ..engine.rehearsal.script import Question, Trial
from ..engine.rehearsal.trial import Attempts, Verdict, ask
from .exits import Exit, Misuse
from .projects import open_project, tell
from .show_coverage import Coverage, coverage_json, coverage_table, too_little
from .show_trials import Outcome, differences, junit, trials_json
from .terminal import Paint, Progress, colored, harmless, plural

__all__ = ["Runner", "configure", "percentage", "run", "show"]

_EXAMPLES: Final = """\
Examples
  cuebook test acme                        all tests of a project
  cuebook test acme --run "growth customer"   those whose name holds these words
  cuebook test acme --coverage             and what no test has seen
  cuebook test acme --min 90               and fail when less of it is covered
  cuebook test acme --format junit > tests.xml
"""


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add("project", nargs="?", default=".", type=Path, help="the project's folder (default: here)")
    add("--run", metavar="PATTERN", default="", help="only tests whose name holds this text")
    add("--format", choices=("text", "json", "junit"), default="text")
    add(
        "--coverage",
        action="store_true",
        help="also tell which steps are reached, and what conditions were seen to be (text, json)",
    )
    add("--min", type=percentage, metavar="PERCENT",
        help="fail when less of the steps, or of what conditions can be, is covered")  # fmt: skip
    add("--junit", type=Path, metavar="FILE", help="also write JUnit's XML to a file")


def run(args: Namespace) -> Exit:
    """Compile the project, run its tests, tell what differs."""
    compiled = open_project(args.project)
    report = Report()
    tests = written_in(compiled, report)
    if compiled.project is None or report.failed:
        tell(compiled, compiled.report if compiled.project is None else report, args.color)
        sys.stderr.write(f"no test was run\n next: cuebook check {args.project}\n")
        return Exit.FOUND
    wanted = args.run.casefold()
    chosen = [test for test in tests if wanted in test.name.casefold()]
    if wanted and not chosen:
        raise Misuse(f"no test's name holds {args.run!r}", f"cuebook test {args.project}")
    runner = Runner(compiled, watch=args.coverage or args.min is not None)
    outcomes = []
    with Progress(len(chosen), "tests") as bar:
        for test in chosen:
            outcomes.append(runner.outcome(test))
            bar.to(len(outcomes))
    coverage = Coverage.of(one.verdict for one in outcomes)
    _print(args, compiled, outcomes, coverage)
    if args.junit is not None:
        there = zone(compiled.project.vocabulary.timezone)
        args.junit.write_text(junit(outcomes, there), encoding="utf-8")
    short = "" if args.min is None else too_little(coverage, compiled.project, args.min)
    sys.stderr.write(f"{short}\n" if short else "")
    return Exit.CLEAN if not short and all(one.passed for one in outcomes) else Exit.FOUND


def percentage(text: str) -> int:
    """Return a whole number from 0 to 100; ValueError for anything else."""
    found = int(text)
    if not 0 <= found <= 100:
        raise ValueError(text)
    return found


class Runner:
    """Runs the tests of a project that compiled.

    With `watch` each outcome tells what the legs of conditions were seen to be.
    """

    def __init__(self, compiled: Compiled, *, watch: bool = False) -> None:
        if compiled.project is None:
            raise ValueError("a project with mistakes cannot be played: compile it first")
        self._compiled = compiled
        self._project = compiled.project
        self._attempts = Attempts(compiled.project, watch=watch)

    def outcome(self, test: Written) -> Outcome:
        """Run one test."""
        line, _ = self._compiled.sources[test.span.file].position(test.span.start)
        verdict: Verdict
        match test.body:
            case Trial():
                verdict = self._attempts.attempt(test.body)
            case Question():
                verdict = ask(self._project, test.body)
        return Outcome(test.name, f"{test.span.file}:{line}", verdict)


def _print(
    args: Namespace, compiled: Compiled, outcomes: list[Outcome], coverage: Coverage
) -> None:
    if compiled.project is None:
        return
    there = zone(compiled.project.vocabulary.timezone)
    match args.format:
        case "json":
            told: dict[str, object] = {"tests": trials_json(outcomes, there)}
            if args.coverage:
                told["coverage"] = coverage_json(coverage, compiled.project, compiled.sources)
            sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        case "junit":
            sys.stdout.write(junit(outcomes, there))
        case _:
            paint = Paint(colored(sys.stdout, args.color))
            show(outcomes, there, sys.stdout, paint)
            sys.stdout.write(_total(outcomes, paint))
            if args.coverage:
                sys.stdout.write(
                    "\n" + coverage_table(coverage, compiled.project, compiled.sources)
                )


def show(outcomes: Iterable[Outcome], there: Zone, out: TextIO, paint: Paint) -> None:
    """Write each test with how it ended, and where it differs from what was expected."""
    for one in outcomes:
        out.writelines(_told(one, list(differences(one.verdict, there)), paint))


def _told(one: Outcome, lines: list[str], paint: Paint) -> Iterator[str]:
    name = harmless(one.name)
    if one.passed:
        yield f"{paint.green('ok')}    {name}\n"
        return
    yield f"{paint.red('FAIL')}  {paint.bold(name)}  {paint.dim(one.place)}\n"
    for line in lines:
        ink = {"-": paint.red, "+": paint.green}.get(line[:1], str)
        yield f"      {ink(line)}\n"


def _total(outcomes: list[Outcome], paint: Paint) -> str:
    failed = sum(not one.passed for one in outcomes)
    if not outcomes:
        return "no tests: write some under `tests:` in tests/*.yaml\n"
    passed = plural(len(outcomes) - failed, "test") + " passed"
    return f"{paint.red(f'{failed} failed')}, {passed}\n" if failed else f"{passed}\n"
