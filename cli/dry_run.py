"""`cuebook dry-run`: what playbooks would have done to real customers, before anything is sent."""

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Sequence
from contextlib import closing
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TextIO

from ..engine.core.compile import Inlining
from ..engine.core.program import Program
from ..engine.patterns import program
from ..engine.rehearsal.journeys import Journeys
from ..engine.rehearsal.material import Material
from ..engine.rehearsal.parts import Parted, open_material
from ..engine.rehearsal.rehearse import Action, Part, Rehearsal, rehearse_parts
from .exits import Exit, Misuse
from .given import add_data, data_files, instant
from .projects import compiled_project
from .show_rehearsal import (
    action_json,
    json_line,
    show_bad,
    summary,
    summary_json,
    totals,
    written,
)
from .terminal import Paint, Progress, colored

__all__ = ["configure", "run"]

_EXAMPLES: Final = """\
Customers: a column `id`, the rest attributes. Events: `at`, `customer`, `event`, the rest properties;
a line with `set` changes attributes. CSV, JSON Lines, Segment's shape, or a folder of these.

Examples
  cuebook dry-run acme                                   over acme/data, as a table
  cuebook dry-run acme --events log.csv --until 2026-07-01
  cuebook dry-run acme --format jsonl --playbook win-back > actions.jsonl
  cuebook dry-run acme --format html > rehearsal.html    a page to look at and pass on
  cuebook dry-run acme --customer c17 --all --why        what did and did not happen, and why
"""


def configure(parser: ArgumentParser) -> None:
    """Declare the options."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add("project", nargs="?", default=".", type=Path, help="the project's folder (default: here)")
    add_data(parser)
    add("--from", dest="start", metavar="T", help="when to deploy (default: the first event)")
    add("--until", metavar="T", help="just before when to stop (default: after the last event)")
    add("--playbook", action="append", metavar="P", help="tell only what these do (repeatable)")
    add("--customer", action="append", metavar="C", help="rehearse only these (repeatable)")
    add("--format", choices=("table", "json", "jsonl", "html"), default="table",
        help="table: for people; jsonl: a line for each action; json: these as a list, with the"
        " summary; html: one page to look at (default: table)")  # fmt: skip
    add("--all", action="store_true", help="also tell what did not happen, and the reason")
    add("--why", action="store_true", help="the condition values that led to each action")
    add("--strict", action="store_true", help="stop at bad data instead of reporting it")


def run(args: Namespace) -> Exit:
    """Read the project and the data, rehearse, print."""
    project = compiled_project(args, "rehearsed")
    if project is None:
        return Exit.FOUND
    ready = program(project, reasons=args.why, compiler=Inlining)
    _know(args.playbook or (), ready)
    with closing(_read(args, ready)) as material:
        return _rehearsed(args, ready, material)


def _rehearsed(args: Namespace, ready: Program, material: Material | Parted) -> Exit:
    show_bad(material.bad, sys.stderr)
    lost = [bad for bad in material.bad if not bad.note]
    if args.strict and lost:
        sys.stderr.write("nothing was rehearsed: with --strict all data must be right\n")
        return Exit.FOUND
    journeys = Journeys(ready.project) if args.format == "html" else None
    rehearsal = _rehearse(args, ready, material, journeys)
    shown = [
        action
        for action in rehearsal.actions
        if (args.all or not action.skipped)
        and (not args.playbook or action.playbook in args.playbook)
    ]
    _print(args, rehearsal, shown, ready, material, journeys)
    sys.stdout.flush()
    sys.stderr.write(summary(rehearsal, material, ready.zone))
    return Exit.CLEAN


def _know(playbooks: Sequence[str], ready: Program) -> None:
    for name in playbooks:
        if name not in ready.plans:
            near = get_close_matches(name, ready.plans, n=1) or list(ready.plans)[:1]
            raise Misuse(
                f"there is no playbook `{name}` in this project",
                f"cuebook dry-run --playbook {near[0]}" if near else "cuebook init",
            )


def _read(args: Namespace, ready: Program) -> Material | Parted:
    return open_material(ready, *data_files(args, "dry-run"))


def _rehearse(
    args: Namespace, ready: Program, material: Material | Parted, journeys: Journeys | None
) -> Rehearsal:
    first, last = material.first_at, material.last_at
    start = _instant(args.start, "--from", ready)
    until = _instant(args.until, "--until", ready)
    if start is None:
        start = first if first is not None else time.time_ns() // 1_000
        if until is not None:
            start = min(start, until - 1)
    if until is None:
        until = max(start, start if last is None else last) + 1
    if until <= start:
        raise Misuse("--until lies before --from", "cuebook dry-run --help")
    with Progress(material.lines, "events") as bar:
        parts = _chosen(material, frozenset(args.customer or ()))
        return rehearse_parts(
            ready, parts, start=start, until=until, on_progress=bar.to,
            listen=None if journeys is None else journeys.listen,
        )  # fmt: skip


def _chosen(material: Material | Parted, only: frozenset[str]) -> Iterator[Part]:
    """Yield the customers to rehearse; the time that is played is that of all of them."""
    if not only:
        yield from material.parts()
        return
    unknown = set(only)
    for customers, histories in material.parts():
        unknown -= customers.keys() | histories.keys()
        yield (
            {name: customers[name] for name in only & customers.keys()},
            {name: histories[name] for name in only & histories.keys()},
        )
        del customers, histories  # Before the next part is read.
    for name in sorted(unknown):
        sys.stderr.write(f"nothing is known of a customer {name!r} in this data\n")


def _instant(text: str | None, option: str, ready: Program) -> int | None:
    after = f"cuebook dry-run {option} 2026-03-01"
    return None if text is None else instant(text, option, ready.zone, after)


def _print(
    args: Namespace,
    rehearsal: Rehearsal,
    shown: list[Action],
    ready: Program,
    material: Material | Parted,
    journeys: Journeys | None,
) -> None:
    out: TextIO = sys.stdout
    match args.format:
        case "jsonl":
            out.writelines(json_line(action, why=args.why) for action in shown)
        case "json":
            actions = [action_json(action, why=args.why) for action in shown]
            told = {"actions": actions, "summary": summary_json(rehearsal, material)}
            out.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
        case "html" if journeys is not None:
            from .show_page import page  # noqa: PLC0415 - people at a terminal need no page
            from .show_silence import silences  # noqa: PLC0415 - as the page

            said = summary(rehearsal, material, ready.zone)
            silent = silences(
                program(ready.project), material.parts() if args.why else (), rehearsal,
                customers=args.customer or (), playbooks=args.playbook or (),
            )  # fmt: skip
            out.writelines(
                page(ready, rehearsal, shown, said, journeys, why=args.why, silent=silent)
            )
        case _:
            paint = Paint(colored(out, args.color))
            out.writelines(written(shown, ready.zone, paint, why=args.why))
            out.write(totals(rehearsal, shown, paint))
