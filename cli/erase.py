"""`cuebook erase`: delete a person's data, and keep that something was decided."""

import json
import shlex
import sys
from argparse import ArgumentParser, Namespace

from .databases import add_db, ask, open_engine, usable
from .exits import Exit, Misuse
from .terminal import harmless, plural

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare whom."""
    add = parser.add_argument
    add("customer", metavar="CUSTOMER")
    add("--yes", action="store_true", help="without asking")
    add_db(parser)
    add("--format", choices=("text", "json"), default="text")
    parser.epilog = (
        "Deleted: attributes, history, events, texts, tasks, reasons. Kept: numbers, kinds, instants,\n"
        "playbooks and steps, under a hash in place of the name. Backups are yours to erase.\n"
        "Exit code: 0 erased, 1 left alone (the answer was no), 2 nobody was there to ask.\n\n"
        "Examples\n"
        "  cuebook export acme > acme.json\n"
        "  cuebook erase acme\n"
        "  cuebook erase acme --yes"
    )


@usable
def run(args: Namespace) -> Exit:
    """Ask, then erase."""
    engine = open_engine(args)
    command = shlex.join(["cuebook", "erase", args.customer])
    question = harmless(f"Erase {args.customer} for good?")
    if not ask(question, yes=args.yes, command=command):
        sys.stderr.write("left alone\n")
        return Exit.FOUND
    try:
        done = engine.erase(args.customer)
    except ValueError as trouble:
        raise Misuse(str(trouble), "cuebook erase --help") from trouble
    if args.format == "json":
        told = {
            "alias": done.alias, "decisions": done.decisions, "unsent": done.unsent, "out": done.out,
        }  # fmt: skip
        sys.stdout.write(json.dumps(told) + "\n")
        return Exit.CLEAN
    said = f"erased; {plural(done.decisions, 'decision')} stay as evidence, under a hash"
    said += f"; {plural(done.unsent, 'action')} will not be performed" if done.unsent else ""
    sys.stdout.write(f"{said}\n")
    if done.out:
        sys.stdout.write(f"{plural(done.out, 'action')} was out at that moment\n")
    return Exit.CLEAN
