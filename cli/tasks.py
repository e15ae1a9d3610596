"""`cuebook tasks`: what people are asked to do, and their answers."""

import json
import sys
from argparse import ArgumentParser, Namespace
from dataclasses import asdict
from typing import TYPE_CHECKING

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .terminal import Paint, colored, harmless, table

if TYPE_CHECKING:
    from ..engine.runtime.engine import Engine

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare whose tasks, or which answer."""
    add = parser.add_argument
    add("--customer", metavar="C", help="only this customer's")
    add("--all", action="store_true", help="the answered ones too")
    add("--answer", nargs=2, metavar=("KEY", "TEXT"), help="answer one, once")
    add("--delegate", nargs=2, metavar=("KEY", "WHOM"), help="hand one on; it keeps its deadline")
    add("--by", metavar="WHO", default="", help="who answers or hands on")
    add_db(parser)
    add("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "Exit code: 0 listed or answered, 1 it was over before, 2 there is no such task or answer.\n\n"
        "Examples\n"
        "  cuebook tasks\n"
        "  cuebook tasks --customer acme --all\n"
        "  cuebook tasks --delegate reference-call/acme/1/ready bo@example.com --by ann\n"
        "  cuebook tasks --answer go-live-check-in/acme/1/check-in 'all is well'"
    )


@usable
def run(args: Namespace) -> Exit:
    """List tasks, or answer one."""
    engine = open_engine(args)
    if args.answer or args.delegate:
        return _tell(engine, args)
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


def _tell(engine: "Engine", args: Namespace) -> Exit:
    """Answer a task or hand it on, and say what became of that."""
    key, text = args.answer or args.delegate
    deed = engine.answer if args.answer else engine.delegate
    try:
        was_open = deed(key, text, by=args.by)
    except (KeyError, ValueError) as trouble:
        raise Misuse(str(trouble.args[0]), "cuebook tasks") from trouble
    done = "answered" if args.answer else f"handed on to {text}"
    said = done if was_open else _why_not(engine, key)
    if args.format == "json":
        sys.stdout.write(json.dumps({"key": key, "answered": was_open}) + "\n")
    else:
        sys.stdout.write(harmless(f"{key}: {said}") + "\n")
    return Exit.CLEAN if was_open else Exit.FOUND


def _why_not(engine: "Engine", key: str) -> str:
    """Say why a task is over: answered before, withdrawn, or past its time."""
    task = next((one for one in engine.tasks(answered=True) if one.key == key), None)
    if task is None or task.answered_at is not None:
        return "was answered before; that answer stays"
    return f"is over: {task.closing or 'its time is up'}; this is only written down"
