"""`cuebook refused`: what came in over HTTP and was not taken, for a person to look at."""

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .terminal import Paint, colored, harmless, painted_table, plural

if TYPE_CHECKING:  # the engine is loaded when it is asked
    from ..engine.runtime import Engine
    from ..engine.runtime.reading import RefusedView

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare what to list, or what to forget."""
    add = parser.add_argument
    add("number", nargs="?", type=int, metavar="NUMBER", help="one of them, with all that came")
    add("--source", metavar="S", help="only what this source sent")
    add("--strangers", action="store_true", help="calls of visitors: nobody knows who they are")
    add("--all", action="store_true", help="with --forget: every one of them")
    add("--forget", action="store_true", help="delete what has been looked at")
    add_db(parser)
    add("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "What is refused is kept once, however often it is sent again; of calls of strangers the last\n"
        "thousand of each source are. Mend the sender, or tell the\n"
        "engine yourself with `cuebook send`, then let it be forgotten.\n"
        "Exit code: 0 nothing is there, or it is forgotten, 1 something is listed, 2 there is no such\n"
        "number.\n\n"
        "Examples\n"
        "  cuebook refused                            what was not taken, and why\n"
        "  cuebook refused 17                         one of them as it came\n"
        "  cuebook refused --source website --forget"
    )


@usable
def run(args: Namespace) -> Exit:
    """List, show one, or forget."""
    engine = open_engine(args)
    if args.forget:
        return _forget(engine, args)
    found = engine.refused(args.number, source=args.source, strangers=args.strangers)
    if args.number is not None and not found:
        raise Misuse(f"nothing that was refused has the number {args.number}", "cuebook refused")
    if args.format == "json":
        told = json.dumps([asdict(one) for one in found], ensure_ascii=False)
        sys.stdout.write(f"{told}\n")
    else:
        _show(args, found)
    return Exit.FOUND if found and not args.strangers else Exit.CLEAN


def _show(args: Namespace, found: "list[RefusedView]") -> None:
    from ..engine.core.instant import iso  # noqa: PLC0415 - only a table shows instants as text

    if not found:
        sys.stdout.write("nothing was refused\n")
        return
    if args.number is not None:
        sys.stdout.write(f"{harmless(found[0].reason)}\n{harmless(found[0].body)}\n")
        return
    rows = [
        (one.id, one.source, one.customer, f"{iso(one.received_at)[:19]}Z", one.reason)
        for one in found
    ]
    headers = ("number", "source", "customer", "came", "why")
    paint = Paint(colored(sys.stdout, args.color))
    sys.stdout.write(painted_table(rows, headers, paint) + "\n")


def _forget(engine: "Engine", args: Namespace) -> Exit:
    """Delete what is meant, and say how many that were."""
    if args.number is None and not args.source and not args.all:
        raise Misuse("--forget needs NUMBER, --source or --all", "cuebook refused --forget --all")
    try:
        count = engine.forget_refused(args.number, source=args.source)
    except KeyError as trouble:
        raise Misuse(str(trouble.args[0]), "cuebook refused") from trouble
    said = json.dumps({"forgotten": count}) if args.format == "json" else None
    sys.stdout.write(f"{said or plural(count, 'refusal') + ' forgotten'}\n")
    return Exit.CLEAN
