"""`cuebook import`: bring in customers and events from files, in bulk."""

import json
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from typing import TYPE_CHECKING

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .given import check_files
from .terminal import Progress, plural

if TYPE_CHECKING:  # the engine is loaded when there is something to bring in
    from ..engine.runtime.importing import Imported

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare what to read."""
    add = parser.add_argument
    add("--customers", action="append", type=Path, metavar="FILE", help="who they are (repeatable)")
    add("--events", action="append", type=Path, metavar="FILE", help="what happened (repeatable)")
    add("--at", metavar="T", help="since when the customers' attributes hold (default: now)")
    add("--timezone", metavar="Z", help="the zone of times without an offset, where none is known")
    add("--strict", action="store_true", help="bring in nothing when a line is bad")
    add_db(parser)
    add("--format", choices=("text", "json"), default="text")
    parser.epilog = (
        "The files are those of `cuebook dry-run`. What is dated before the first deployment is\n"
        "history only. A file brought in twice is taken once.\n"
        "Exit code: 0 done (bad lines are told), 1 nothing was taken (--strict), 2 no file.\n\n"
        "Examples\n"
        "  cuebook import --customers customers.csv --events events/\n"
        "  cuebook import --customers crm.csv --at 2020-01-01   they were there from the start\n"
        "  cuebook import --events march.jsonl --strict"
    )


@usable
def run(args: Namespace) -> Exit:
    """Read, post, and tell what was taken."""
    customers, events = args.customers or [], args.events or []
    if not customers and not events:
        raise Misuse("name what to bring in", "cuebook import --customers FILE --events FILE")
    check_files((*customers, *events), "import")
    from ..engine.lines import files_in  # noqa: PLC0415 - see above
    from .show_rehearsal import show_bad  # noqa: PLC0415 - see above

    engine = open_engine(args)
    total = sum(_lines_of(path) for path in files_in((*customers, *events)))
    try:
        with Progress(total, "lines") as bar:
            done = engine.import_files(
                customers, events, at=args.at, timezone=args.timezone, strict=args.strict,
                on_progress=bar.to,
            )  # fmt: skip
    except ValueError as trouble:
        raise Misuse(str(trouble), "cuebook import --help") from trouble
    show_bad(done.bad, sys.stderr)
    _tell(args, done)
    return Exit.CLEAN if done.done else Exit.FOUND


def _lines_of(path: Path) -> int:
    """Return about how many lines a file has: for the progress bar."""
    with path.open("rb") as file:
        return sum(block.count(b"\n") for block in iter(lambda: file.read(1 << 20), b""))


def _tell(args: Namespace, done: "Imported") -> None:
    if args.format == "json":
        told = {
            "done": done.done, "customers": done.customers, "events": done.events,
            "known": done.known, "bad": done.bad_lines,
        }  # fmt: skip
        sys.stdout.write(json.dumps(told) + "\n")
        return
    if not done.done:
        sys.stdout.write("nothing was taken: with --strict all lines must be right\n")
        return
    said = f"{plural(done.customers, 'customer')}, {plural(done.events, 'event')} taken"
    said += f"; {plural(done.known, 'line')} known already" if done.known else ""
    said += f"; {plural(done.bad_lines, 'bad line')}" if done.bad_lines else ""
    sys.stdout.write(f"{said}\n")
