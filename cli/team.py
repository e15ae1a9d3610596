"""`cuebook team`: who takes tasks, how many each has, and who is away."""

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .given import instant
from .terminal import Paint, colored, harmless, painted_table

if TYPE_CHECKING:
    from ..engine.runtime.engine import Engine

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare who is away, or back."""
    add = parser.add_argument
    one = parser.add_mutually_exclusive_group()
    one.add_argument("--away", metavar="WHO", help="gets no tasks of a team until --until")
    one.add_argument("--back", metavar="WHO", help="takes tasks again; ends every absence")
    add("--since", metavar="T", help="when the absence begins (default: now)")
    add("--until", metavar="T", help="when it ends; in the project's zone")
    add(
        "--instead",
        metavar="WHOM",
        default="",
        help="who has meanwhile what is meant for them alone",
    )
    add_db(parser)
    add("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "What somebody has already stays theirs: `cuebook tasks --delegate` hands it on.\n"
        "Exit code: 0 listed or kept, 2 nothing was kept.\n\n"
        "Examples\n"
        "  cuebook team\n"
        "  cuebook team --away ann@example.com --until 2026-08-24 --instead bo@example.com\n"
        "  cuebook team --back ann@example.com"
    )


@usable
def run(args: Namespace) -> Exit:
    """List teams, or keep who is away."""
    engine = open_engine(args)
    if args.away:
        return _away(engine, args)
    if args.since or args.until or args.instead:
        raise Misuse("say who is away", "cuebook team --away WHO --until T")
    if args.back:
        ended = engine.back(args.back)
        return _said(args, {"who": args.back, "ended": ended}, f"{args.back} takes tasks again")
    return _list(engine, args)


def _away(engine: "Engine", args: Namespace) -> Exit:
    if not args.until:
        raise Misuse("say until when", f"cuebook team --away {args.away} --until 2026-08-24")
    zone, after = engine.zone(), "cuebook team --help"
    until = instant(args.until, "--until", zone, after)
    since = instant(args.since, "--since", zone, after) if args.since else None
    try:
        engine.away(args.away, until, since=since, instead=args.instead)
    except ValueError as trouble:
        raise Misuse(str(trouble), after) from trouble
    told = {"who": args.away, "since": args.since, "until": args.until, "instead": args.instead}
    return _said(args, told, f"{args.away} gets no tasks until {args.until}")


def _list(engine: "Engine", args: Namespace) -> Exit:
    from ..engine.core.instant import iso  # noqa: PLC0415 - only people need instants as text

    members, gone = engine.teams(), engine.absences()
    if args.format == "json":
        told = {
            "members": [asdict(one) for one in members],
            "absences": [asdict(one) for one in gone],
        }
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return Exit.CLEAN
    if not members:
        sys.stdout.write("the project that decides declares no teams\n")
    else:
        rows = [
            (
                one.team, one.who, str(one.open), "" if one.at_most is None else str(one.at_most),
                "" if one.away_until is None else iso(one.away_until)[:16],
            )
            for one in members
        ]  # fmt: skip
        headers = ("team", "who", "open", "at most", "away until")
        paint = Paint(colored(sys.stdout, args.color))
        sys.stdout.write(painted_table(rows, headers, paint) + "\n")
    for one in gone:
        instead = f", {one.instead} instead" if one.instead else ""
        said = (
            f"{one.who} is away from {iso(one.from_at)[:16]} to {iso(one.until_at)[:16]}{instead}"
        )
        sys.stdout.write(harmless(said) + "\n")
    return Exit.CLEAN


def _said(args: Namespace, told: object, text: str) -> Exit:
    said = json.dumps(told, ensure_ascii=False) if args.format == "json" else harmless(text)
    sys.stdout.write(said + "\n")
    return Exit.CLEAN
