"""`cuebook tasks`: what people are asked to do, and their answers."""

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .terminal import Paint, colored, harmless, table

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare whose tasks, or which answer."""
    add = parser.add_argument
    add("--customer", metavar="C", help="only this customer's")
    add("--all", action="store_true", help="the answered ones too")
    add("--answer", nargs=2, metavar=("KEY", "TEXT"), help="answer one, once")
    add_db(parser)
    add("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "Exit code: 0 listed or answered, 1 it was answered before, 2 there is no such task.\n\n"
        "Examples\n"
        "  cuebook tasks\n"
        "  cuebook tasks --customer acme --all\n"
        "  cuebook tasks --answer go-live-check-in/acme/1/check-in 'all is well'"
    )


@usable
def run(args: Namespace) -> Exit:
    """List tasks, or answer one."""
    engine = open_engine(args)
    if args.answer:
        key, text = args.answer
        try:
            was_open = engine.answer(key, text)
        except KeyError as trouble:
            raise Misuse(str(trouble.args[0]), "cuebook tasks") from trouble
        said = "answered" if was_open else "was answered before; that answer stays"
        if args.format == "json":
            sys.stdout.write(json.dumps({"key": key, "answered": was_open}) + "\n")
        else:
            sys.stdout.write(harmless(f"{key}: {said}") + "\n")
        return Exit.CLEAN if was_open else Exit.FOUND
    found = engine.tasks(args.customer, answered=args.all)
    if args.format == "json":
        sys.stdout.write(json.dumps([asdict(one) for one in found], ensure_ascii=False) + "\n")
        return Exit.CLEAN
    if not found:
        sys.stdout.write("nobody is asked to do anything\n")
        return Exit.CLEAN
    from ..engine.core.instant import iso  # noqa: PLC0415 - only a table shows instants as text

    rows = [
        (
            one.title,
            one.customer,
            one.assignee,
            one.due,
            iso(one.opened_at)[:16],
            one.answer,
            one.key,
        )
        for one in found
    ]
    headers = ("title", "customer", "assignee", "due", "opened", "answer", "key")
    head, rule, *rest = table(rows, headers).split("\n")
    paint = Paint(colored(sys.stdout, args.color))
    sys.stdout.write("\n".join((paint.bold(head), paint.dim(rule), *rest)) + "\n")
    return Exit.CLEAN
