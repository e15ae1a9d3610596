"""`cuebook why`: why something happened to a customer, or did not, and what if things were otherwise."""

import json
import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Mapping
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .given import add_files, asks_files, data_files, instant
from .terminal import Paint, colored

if TYPE_CHECKING:  # what answers is loaded when it is asked
    from ..engine.core.plan import Project
    from ..engine.core.supposed import Supposed
    from ..engine.explaining import Life, Why
    from ..engine.supposing import WhatIf

    Answer = Why | WhatIf

__all__ = ["configure", "life_in", "run"]

_EXAMPLES: Final = """\
For each playbook: its runs, what was decided and the conditions behind it with their values and
where those came from; then each trigger: how it stands, the first part that is not true, and when
time alone will make it fire. Where a project's folder is named, its data is asked in place of a
database, or the files that are named, as `dry-run` reads them.
A supposition is an attribute and its value (`plan = "enterprise"`, `plan is missing`), a stage
(`stage = retention`) or an event (`purchase where (amount = 120)`); several happen one after the
other. It is told which conditions would be otherwise, and what would be done in the days after.
Exit code: 0 told, 2 the customer or the playbook is not known.

Examples
  cuebook why acme
  cuebook why acme --playbook go-live-check-in
  cuebook why acme --at '2026-03-01 10:00' --tree failed
  cuebook why c1 acme --at 2026-03-01
  cuebook why acme --if 'plan = "enterprise"' --if go-live
"""


def configure(parser: ArgumentParser) -> None:
    """Declare whom to ask about, and when."""
    add = parser.add_argument
    add("customer", metavar="CUSTOMER")
    add("--playbook", metavar="P", help="only this playbook")
    add("--at", metavar="T", help="look at the customer as it was then (default: now)")
    add_files(parser)
    add_db(parser)
    add("--from", dest="start", metavar="T",
        help="of files: when it is deployed (default: at the first event)")  # fmt: skip
    add("--if", dest="suppose", action="append", metavar="WHAT",
        help="what would be otherwise if this were so now (repeatable)")  # fmt: skip
    add("--days", type=int, default=30, metavar="N",
        help="with --if: how far to look ahead (default: 30)")  # fmt: skip
    add("--tree", choices=("all", "failed"), default="all",
        help="draw all conditions as trees, or only those that are not true (default: all)")  # fmt: skip
    add("--all", action="store_true", help="all decisions, not only the latest")
    add("--format", choices=("table", "json"), default="table")
    parser.epilog = _EXAMPLES


def run(args: Namespace) -> Exit:
    """Ask, and tell it as a dry run with --why would."""
    if not 1 <= args.days <= 3_660:
        raise Misuse(f"--days {args.days}: from 1 day to ten years", "cuebook why --days 30")
    return _told(args, _from_data(args)) if asks_files(args, "why") else _from_database(args)


def _told(args: Namespace, answer: "Answer", came: Mapping[str, str] | None = None) -> Exit:
    """Print an answer, with what came of actions where that is known: in a database."""
    from .show_why import as_json, as_text  # noqa: PLC0415 - see above

    if args.format == "json":
        told = as_json(answer) | ({} if came is None else {"undone": came})
        sys.stdout.write(json.dumps(told, ensure_ascii=False, default=str) + "\n")
        return Exit.CLEAN
    paint = Paint(colored(sys.stdout, args.color))
    lines = as_text(answer, paint, came or {}, whole=args.tree == "all", every=args.all)
    sys.stdout.writelines(f"{line}\n" for line in lines)
    return Exit.CLEAN


# --- a database -----------------------------------------------------------------------------------


@usable
def _from_database(args: Namespace) -> Exit:
    from ..engine.runtime.reading import outcomes  # noqa: PLC0415 - see above

    engine = open_engine(args)
    at = None
    if args.at:
        at = instant(args.at, "--at", engine.zone(args.customer), "cuebook why --help")
    project = engine.project()
    supposed = [] if project is None else _supposed(args, project)
    answer: Answer
    try:
        if supposed:
            answer = engine.what_if(args.customer, supposed, args.playbook, at=at, days=args.days)
        else:
            answer = engine.why(args.customer, args.playbook, at=at)
    except KeyError as trouble:
        waiting = engine.pulse().customers
        more = "; something waits to be decided" if waiting else ""
        after = "cuebook run --until-idle" if waiting else "cuebook status"
        raise Misuse(f"{trouble.args[0]}{more}", after) from trouble
    return _told(args, answer, outcomes(engine.sent(args.customer)))


# --- files ----------------------------------------------------------------------------------------


def _from_data(args: Namespace) -> "Answer":
    from ..engine.explaining import explain  # noqa: PLC0415 - see above
    from ..engine.supposing import what_if  # noqa: PLC0415 - see above
    from .projects import compiled_project  # noqa: PLC0415 - see above

    project = compiled_project(args, "asked")
    if project is None:
        raise Misuse(f"{args.project} does not compile", f"cuebook check {args.project}")
    supposed = _supposed(args, project)
    try:
        life = _life(args, project)
        if supposed:
            return what_if(life, supposed, args.playbook, days=args.days)
        return explain(life, args.playbook)
    except KeyError as trouble:
        raise Misuse(str(trouble.args[0]), f"cuebook dry-run {args.project}") from trouble


def _life(args: Namespace, project: "Project") -> "Life":
    asked = {"playbook": args.playbook, "at": args.at, "start": args.start}
    return life_in(project, data_files(args, "why"), args.customer, bad=sys.stderr, **asked)


def life_in(
    project: "Project",
    files: tuple[Iterable[Path], Iterable[Path]],
    customer: str,
    *,
    playbook: str | None = None,
    at: str | None = None,
    start: str | None = None,
    bad: TextIO | None = None,
) -> "Life":
    """Return the customer's life as a dry run of files of customers and of events leads it.

    `at` and `start` are as `--at` and `--from` say; lines that cannot be read are told in `bad`.
    Raises KeyError for a customer or a playbook that nobody knows, Misuse for no time.
    """
    from ..engine.patterns import program  # noqa: PLC0415 - see above
    from ..engine.rehearsal.living import life  # noqa: PLC0415 - see above
    from ..engine.rehearsal.parts import open_material  # noqa: PLC0415 - see above
    from .show_rehearsal import show_bad  # noqa: PLC0415 - see above

    ready = program(project)
    with closing(open_material(ready, *files)) as material:
        if bad is not None:
            show_bad(material.bad, bad)
        first, last = material.first_at, material.last_at
        end = time.time_ns() // 1_000 if last is None else last + 1
        for customers, histories in material.parts():
            if customer not in customers and customer not in histories:
                continue
            attributes, told = customers.get(customer), histories.get(customer, ())
            there = ready.zone_of(attributes or {})
            if at:
                end = instant(at, "--at", there, "cuebook why --help")
            begin = end if first is None else min(end, first)
            if start:
                begin = min(end, instant(start, "--from", ready.zone, "cuebook why --help"))
            return life(ready, customer, attributes, told, start=begin, at=end, playbook=playbook)
    raise KeyError(f"nothing is known of {customer} in this data")


# --- what is supposed -----------------------------------------------------------------------------


def _supposed(args: Namespace, project: "Project") -> "list[Supposed]":
    """Read what --if says; raises Misuse for what cannot be supposed, having told why and where."""
    from ..dsl.diagnostics import Report  # noqa: PLC0415 - see above
    from ..dsl.document import Scalar  # noqa: PLC0415 - see above
    from ..dsl.render import full  # noqa: PLC0415 - see above
    from ..dsl.sources import Source  # noqa: PLC0415 - see above
    from ..dsl.suppositions import supposition  # noqa: PLC0415 - see above
    from ..engine.core.origin import Span  # noqa: PLC0415 - see above

    found: list[Supposed] = []
    for text in args.suppose or ():
        report = Report()
        made = supposition(Scalar(text, Span("--if", 0, len(text))), project, report)
        if made is None:
            # There is no file that `check --fix` could mend.
            report = Report([replace(note, fix=None) for note in report])
            told = full(
                report, {"--if": Source("--if", text)}, color=colored(sys.stderr, args.color)
            )
            sys.stderr.write(told)
            raise Misuse("this cannot be supposed", "cuebook why --help")
        found.append(made)
    return found
