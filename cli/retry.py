"""`cuebook retry`: list what was given up, and try it again or dismiss it."""

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from getpass import getuser
from typing import TYPE_CHECKING

from .databases import add_db, ask, open_engine, usable
from .exits import Exit, Misuse
from .terminal import Paint, colored, harmless, painted_table, plural

if TYPE_CHECKING:  # the engine is loaded when it is asked
    from ..engine.runtime import Engine
    from ..engine.runtime.retrying import Retried

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare what to try again."""
    add = parser.add_argument
    add("key", nargs="?", metavar="KEY", help="one action")
    add("--all", action="store_true", help="all dead letters, and all parked customers")
    add("--customer", metavar="C", help="those of one customer")
    add("--yes", action="store_true", help="those in doubt too, without asking")
    add("--dismiss", metavar="WHY", help="do not try again: nobody has to look at it any more")
    add("--by", metavar="NAME", help="who dismisses it (default: this user)")
    add_db(parser)
    add("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "Without KEY, --all or --customer it only lists. What is in doubt may have been performed:\n"
        "it is tried again after a question, or with --yes. The key stays the same. With --dismiss\n"
        "nothing is tried: the actions rest for good, with who, when and why in their note.\n"
        "Exit code: 0 nothing is left, 1 something is (or is listed), 2 there is no such action.\n\n"
        "Examples\n"
        "  cuebook retry                                     what was given up, and why\n"
        "  cuebook retry go-live-check-in/acme/1/check-in    one action\n"
        "  cuebook retry --customer acme --yes\n"
        "  cuebook retry --all\n"
        "  cuebook retry --customer acme --dismiss 'has left, told us so'"
    )


@usable
def run(args: Namespace) -> Exit:
    """List, or try again."""
    engine = open_engine(args)
    if not (args.key or args.all or args.customer):
        if args.dismiss is not None:
            raise Misuse("--dismiss needs KEY, --customer or --all", "cuebook retry")
        return _list(engine, args)
    if args.dismiss is not None:
        return _dismiss(engine, args)
    try:
        done = engine.retry(args.key, customer=args.customer, in_doubt=args.yes)
        if done.in_doubt and sys.stdin.isatty():
            question = f"{plural(done.in_doubt, 'action')} may have been performed. Again?"
            if ask(question, yes=False, command="cuebook retry"):
                again = engine.retry(args.key, customer=args.customer, in_doubt=True)
                done = type(done)(
                    done.actions + again.actions, done.customers, again.in_doubt, again.unwritten
                )
    except KeyError as trouble:
        raise Misuse(str(trouble.args[0]), "cuebook retry") from trouble
    _tell(args, done)
    return Exit.FOUND if done.in_doubt or done.unwritten else Exit.CLEAN


def _dismiss(engine: "Engine", args: Namespace) -> Exit:
    """Let it rest, and say how much that was."""
    by = args.by or getuser()
    try:
        count = engine.dismiss(args.key, customer=args.customer, by=by, why=args.dismiss)
    except KeyError as trouble:
        raise Misuse(str(trouble.args[0]), "cuebook retry") from trouble
    said = json.dumps({"dismissed": count}) if args.format == "json" else None
    sys.stdout.write(f"{said or plural(count, 'action') + ' dismissed'}\n")
    return Exit.CLEAN


def _tell(args: Namespace, done: "Retried") -> None:
    if args.format == "json":
        sys.stdout.write(json.dumps(asdict(done)) + "\n")
        return
    said = f"{plural(done.actions, 'action')} due again"
    said += f", {plural(done.customers, 'customer')} looked at again" if done.customers else ""
    sys.stdout.write(f"{said}\n")
    if done.in_doubt:
        sys.stdout.write(
            f"{plural(done.in_doubt, 'action')} in doubt left alone: perhaps performed\n"
            " next: cuebook retry with --yes\n"
        )
    if done.unwritten:
        sys.stdout.write(
            f"{plural(done.unwritten, 'action')} left alone: the text could not be made\n"
        )


def _list(engine: "Engine", args: Namespace) -> Exit:
    found = [*engine.sent(status="dead"), *engine.sent(status="in doubt")]
    parked = engine.status().parked
    if args.format == "json":
        told = {"actions": [asdict(one) for one in found], "parked": parked}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
        return Exit.FOUND if found or parked else Exit.CLEAN
    if not found and not parked:
        sys.stdout.write("nothing was given up\n")
        return Exit.CLEAN
    paint = Paint(colored(sys.stdout, args.color))
    rows = [(one.key, one.kind, one.status, one.attempt, one.note) for one in found]
    rows += [(customer, "", "parked", 0, trouble) for customer, trouble in parked]
    headers = ("key or customer", "do", "is", "attempts", "why")
    sys.stdout.write(painted_table(rows, headers, paint) + "\n")
    sys.stdout.write(harmless("next: cuebook retry KEY, or --customer C, or --all") + "\n")
    return Exit.FOUND
