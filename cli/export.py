"""`cuebook export`: all that is kept about a customer, as one JSON object."""

import json
import sys
from argparse import ArgumentParser, Namespace

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare whose."""
    parser.add_argument("customer", metavar="CUSTOMER")
    add_db(parser)
    parser.add_argument("--format", choices=("json",), default="json")
    parser.epilog = (
        "One object with attributes, events, runs, decisions, actions and tasks; instants in UTC.\n"
        "Exit code: 0 told, 2 nothing is kept.\n\n"
        "Examples\n"
        "  cuebook export acme > acme.json"
    )


@usable
def run(args: Namespace) -> Exit:
    """Ask, and print."""
    engine = open_engine(args)
    try:
        told = engine.export(args.customer)
    except KeyError as trouble:
        raise Misuse(str(trouble.args[0]), "cuebook status") from trouble
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")
    return Exit.CLEAN
