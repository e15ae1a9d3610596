"""`cuebook who`: list or count the customers for whom a condition is true."""

import sys
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import TYPE_CHECKING, Final

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .given import add_files, asks_files, data_files, instant
from .projects import compiled_project
from .show_rehearsal import show_bad
from .show_who import Answer, show
from .terminal import Progress, colored

if TYPE_CHECKING:  # loaded when there is somebody to ask about
    from ..engine.core.expr import Expr
    from ..engine.core.plan import Project
    from ..engine.core.program import Program
    from ..engine.rehearsal.material import Material
    from ..engine.rehearsal.parts import Parted
    from ..engine.runtime import Engine

__all__ = ["configure", "run"]

_EXAMPLES: Final = """\
The condition is one as in an `if:`, over what the deployed project declares. What columns can tell is
one query; the rest is judged one by one over whom that leaves, and a line on standard error says
which part that was. Where a project's folder is named, its data is asked in place of a database, or the
files that are named. With --at all are looked at as they were then: from a database's log, some
thousands a second.
Exit code: 0 answered, though with nobody, 1 the project has mistakes, 2 could not start (a condition
that has a mistake, no database).

Examples
  cuebook who 'plan == "growth" and no login in last 14 days'
  cuebook who 'seats >= 10' --count --db postgresql://me@host/plays
  cuebook who 'in segment at-risk' --columns name,csm,health_score --format csv > at-risk.csv
  cuebook who 'renewal_date in next 90 days' --limit 20 --explain
  cuebook who 'in segment at-risk' --count --at 2026-03-01
  cuebook who 'no login for 30 days' acme --events log.csv --at 2026-03-01
"""


def configure(parser: ArgumentParser) -> None:
    """Declare what to ask, of whom, and how to tell."""
    parser.epilog = _EXAMPLES
    add = parser.add_argument
    add("condition", metavar="CONDITION", help="what has to be true of them")
    add_files(parser)
    add_db(parser)
    add("--at", metavar="T", help="when to look: with files after the last event by default; "
        "a database is read from its log, customer by customer (default: now)")  # fmt: skip
    add("--count", action="store_true", help="tell only how many there are")
    add("--limit", type=int, metavar="N", help="tell of N customers at most, in the order of ids")
    add("--columns", metavar="A,B", help="attributes to tell of each, separated by commas")
    index = parser.add_mutually_exclusive_group()
    index.add_argument("--index", action="store_true",
        help="first make an index for this question, because it is asked often")  # fmt: skip
    index.add_argument("--drop-index", action="store_true", help="first take that index away")
    add("--explain", action="store_true", help="also tell the query, on standard error")
    add("--format", choices=("table", "csv", "json", "jsonl"), default="table")


def run(args: Namespace) -> Exit:
    """Ask, and print the answer."""
    if args.limit is not None and args.limit < 1:
        raise Misuse(f"--limit {args.limit}: at least one", "cuebook who CONDITION --limit 20")
    if asks_files(args, "who"):
        return _of_files(args)
    if args.at is not None and (args.index or args.drop_index):
        raise Misuse("no index helps with --at: then is read from the log", "cuebook who CONDITION")
    return _of_database(args)


@usable
def _of_database(args: Namespace) -> Exit:
    engine = open_engine(args)
    project = engine.project()
    if project is None:
        said = "nothing is deployed there yet, so there are no customers to ask about"
        raise Misuse(said, "cuebook deploy PROJECT")
    expr, columns = _condition(args, project), _columns(args, project)
    _indexed(args, engine, expr)
    at = _past(args, project)
    with Progress(0, "customers judged one by one") as bar:
        found = engine.who(
            expr, limit=args.limit, columns=columns, counting=args.count, at=at, on_progress=bar.of
        )
    rows = found.rows or ({},) * len(found.customers)
    show(args, columns, Answer(found.number, zip(found.customers, rows, strict=True), found))
    return Exit.CLEAN


def _past(args: Namespace, project: "Project") -> int | None:
    """Return the instant to look at, None for now."""
    from ..engine.core.zone import zone  # noqa: PLC0415 - see above

    if args.at is None:
        return None
    example = "cuebook who CONDITION --at 2026-03-01"
    at = instant(args.at, "--at", zone(project.vocabulary.timezone), example)
    if at > time.time_ns() // 1_000:
        raise Misuse(
            f"--at {args.at} is still to come: nobody knows how customers will be", example
        )
    return at


def _indexed(args: Namespace, engine: "Engine", expr: "Expr") -> None:
    """Make the index for a question, or take it away, where that is wanted."""
    if not (args.index or args.drop_index):
        return
    try:
        name = engine.index(expr) if args.index else engine.drop_index(expr)
    except ValueError as trouble:
        raise Misuse(str(trouble), "cuebook who CONDITION --explain") from None
    sys.stderr.write(f"index {name} {'is there' if args.index else 'is gone'}\n")


def _of_files(args: Namespace) -> Exit:
    from ..engine.patterns import program  # noqa: PLC0415 - see above
    from ..engine.rehearsal.parts import open_material  # noqa: PLC0415 - see above

    project = compiled_project(args, "asked")
    if project is None:
        return Exit.FOUND
    expr, columns = _condition(args, project), _columns(args, project)
    customers, events = data_files(args, "who")
    ready = program(project, reasons=False, remember=[expr])
    with closing(open_material(ready, customers, events)) as material:
        show_bad(material.bad, sys.stderr)
        found = list(_judged(args, ready, expr, material, columns))
    shown = found[: args.limit]
    show(args, columns, Answer(len(found), iter(() if args.count else shown)))
    return Exit.CLEAN


def _judged(
    args: Namespace,
    program: "Program",
    expr: "Expr",
    material: "Material | Parted",
    columns: tuple[str, ...],
) -> Iterator[tuple[str, Mapping[str, object]]]:
    """Yield those of whom it is true, each with what is to be told of it."""
    from ..engine.core.instant import iso  # noqa: PLC0415 - see above
    from ..engine.rehearsal.whom import whom  # noqa: PLC0415 - see above

    first, last = material.first_at, material.last_at
    at = time.time_ns() // 1_000 if last is None else last + 1
    if args.at is not None:
        at = instant(args.at, "--at", program.zone, "cuebook who CONDITION --at 2026-03-01")
    start = at - 1 if first is None else min(at - 1, first)
    types = program.vocabulary.attributes
    with Progress(len(material.customers), "customers") as bar:
        for number, (customer, holds) in enumerate(
            whom(program, expr, material.parts(), start=start, at=at), 1
        ):
            bar.to(number)
            if holds:
                told = {name: customer.attributes.get(name) for name in columns}
                for name, value in told.items():
                    if types[name].kind == "instant" and isinstance(value, int):
                        told[name] = iso(value, customer.zone)
                yield customer.id, told


def _condition(args: Namespace, project: "Project") -> "Expr":
    """Read the condition; raises Misuse for one with a mistake, having told what and where."""
    from ..dsl.load import Mistaken, condition  # noqa: PLC0415 - see above

    try:
        return condition(args.condition, project)
    except Mistaken as mistakes:
        sys.stderr.write(mistakes.told(color=colored(sys.stderr, args.color)))
        raise Misuse("this condition cannot be asked", "cuebook who --help") from None


def _columns(args: Namespace, project: "Project") -> tuple[str, ...]:
    """Return the attributes to tell of, as they are declared."""
    from ..dsl.scope import declared  # noqa: PLC0415 - see above
    from ..dsl.spelling import nearest  # noqa: PLC0415 - see above
    from ..engine.core.lifecycles import the_stage  # noqa: PLC0415 - see above

    types, found = project.vocabulary.attributes, list[str]()
    for given in filter(None, (one.strip() for one in (args.columns or "").split(","))):
        name = the_stage(types) if given == "stage" else None
        name = declared(given, types) or name
        if name is None:
            meant = nearest(given, types)
            hint = f"--columns {meant}" if meant else "--columns A,B"
            raise Misuse(f"`{given}` is not an attribute of a customer", f"cuebook who … {hint}")
        found.append(name)
    return tuple(dict.fromkeys(found))
