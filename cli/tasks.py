"""`cuebook tasks`: what people are asked to do, their answers, and what they say about it."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .terminal import Paint, colored, harmless, painted_table

if TYPE_CHECKING:
    from ..engine.runtime.engine import Engine
    from ..engine.runtime.reading import TaskView

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare whose tasks, or what is done with one."""
    add = parser.add_argument
    add("--customer", metavar="C", help="only this customer's")
    add("--assignee", metavar="WHO", help="only those of this person")
    add("--all", action="store_true", help="the answered ones too")
    one = parser.add_mutually_exclusive_group()
    one.add_argument(
        "--show", metavar="KEY", help="all there is to one: its checklist, its comments"
    )
    one.add_argument("--answer", nargs=2, metavar=("KEY", "TEXT"), help="answer one, once")
    one.add_argument("--done", metavar="KEY", help="answer one with `done`")
    one.add_argument(
        "--delegate", nargs=2, metavar=("KEY", "WHOM"),
        help="hand one on, also to the `least loaded of` a team; it keeps its deadline",
    )  # fmt: skip
    one.add_argument("--comment", nargs=2, metavar=("KEY", "TEXT"), help="say something about one")
    one.add_argument("--tick", nargs=2, metavar=("KEY", "N"), help="tick a point of its list off")
    one.add_argument("--untick", nargs=2, metavar=("KEY", "N"), help="put a point on again")
    add("--by", metavar="WHO", default="", help="who answers, hands on or comments")
    add_db(parser)
    add("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "Exit code: 0 listed or done, 1 it was over before, 2 there is no such task, answer, point "
        "or team.\n\n"
        "Examples\n"
        "  cuebook tasks --assignee ann@example.com\n"
        "  cuebook tasks --customer acme --all\n"
        "  cuebook tasks --show go-live-check-in/acme/1/check-in\n"
        "  cuebook tasks --tick go-live-check-in/acme/1/check-in 2\n"
        "  cuebook tasks --delegate reference-call/acme/1/ready bo@example.com --by ann\n"
        "  cuebook tasks --done go-live-check-in/acme/1/check-in --by ann"
    )


@usable
def run(args: Namespace) -> Exit:
    """List tasks, show one, or do something with one."""
    engine = open_engine(args)
    if args.answer or args.done or args.delegate:
        return _tell(engine, args)
    if args.comment or args.tick or args.untick:
        return _note(engine, args)
    if args.show:
        return _show(engine, args)
    found = engine.tasks(args.customer, assignee=args.assignee, answered=args.all)
    if args.format == "json":
        _print([one.plain() for one in found])
    elif not found:
        sys.stdout.write("nobody is asked to do anything\n")
    else:
        paint = Paint(colored(sys.stdout, args.color))
        rows = [_row(one) for one in found]
        told = [
            index
            for index, header in enumerate(_HEADERS)
            if header in _ALWAYS or any(row[index] for row in rows)
        ]
        headers = [_HEADERS[index] for index in told]
        cells = [[row[index] for index in told] for row in rows]
        sys.stdout.write(painted_table(cells, headers, paint) + "\n")
    return Exit.CLEAN


_HEADERS = ("title", "customer", "assignee", "due", "priority", "opened", "answer", "key")
_ALWAYS = ("title", "customer", "assignee", "key")
"""Columns that stand there though nothing stands in them."""


def _row(one: "TaskView") -> tuple[str, ...]:
    from ..engine.core.instant import iso  # noqa: PLC0415 - only people need instants as text

    by = one.due_at if one.wanted_at is None else one.wanted_at
    due = "" if by is None else iso(by)[:16]
    priority = "" if one.priority == "normal" else one.priority
    who = one.assignee or (f"({one.team})" if one.team else "")
    return (
        one.title,
        one.customer,
        who,
        due,
        priority,
        iso(one.opened_at)[:16],
        one.answer,
        one.key,
    )


def _show(engine: "Engine", args: Namespace) -> Exit:
    """Show all there is to one task."""
    task = _found(engine, args.show)
    if args.format == "json":
        _print(task.plain())
    else:
        lines = [harmless(line) for text in _lines(task) for line in text.split("\n")]
        sys.stdout.write("\n".join(lines) + "\n")
    return Exit.CLEAN


def _lines(task: "TaskView") -> Iterator[str]:
    from ..engine.core.instant import iso  # noqa: PLC0415 - see above

    names = _HEADERS[1:]
    yield task.title
    yield from (
        f"{name:9} {value}" for name, value in zip(names, _row(task)[1:], strict=True) if value
    )
    if task.escalates_at is not None and task.escalated_at is None:
        yield f"{'then':9} {task.escalate_to}, at {iso(task.escalates_at)[:16]}"
    if task.body:
        yield f"\n{task.body}"
    if task.points:
        yield ""
        yield from (
            f"{number}. [{'x' if one.done else ' '}] {one.text}"
            for number, one in enumerate(task.points, 1)
        )
    for one in task.remarks:
        yield f"\n{iso(one.at)[:16]} {one.by or 'cuebook'}: {one.text}"


def _note(engine: "Engine", args: Namespace) -> Exit:
    """Say something about a task, or tick a point of its list."""
    key, text = args.comment or args.tick or args.untick
    try:
        if args.comment:
            engine.comment(key, text, by=args.by)
        else:
            engine.tick_off(key, _number(text), done=bool(args.tick))
    except (KeyError, ValueError) as trouble:
        raise Misuse(str(trouble.args[0]), f"cuebook tasks --show {key}") from trouble
    said = "noted" if args.comment else f"point {text} is {'done' if args.tick else 'open again'}"
    if args.format == "json":
        _print(_found(engine, key).plain())
    else:
        sys.stdout.write(harmless(f"{key}: {said}") + "\n")
    return Exit.CLEAN


def _number(text: str) -> int:
    if not (text.isascii() and text.isdigit()):
        raise ValueError(f"{text!r} is no number of a point")
    return int(text)


def _tell(engine: "Engine", args: Namespace) -> Exit:
    """Answer a task or hand it on, and say what became of that."""
    key, text = args.answer or args.delegate or (args.done, "done")
    deed = engine.delegate if args.delegate else engine.answer
    try:
        was_open = deed(key, text, by=args.by)
    except (KeyError, ValueError) as trouble:
        raise Misuse(str(trouble.args[0]), "cuebook tasks") from trouble
    done = f"handed on to {_found(engine, key).assignee or text}" if args.delegate else "answered"
    said = done if was_open else _why_not(engine, key)
    if args.format == "json":
        _print({"key": key, "answered": was_open})
    else:
        sys.stdout.write(harmless(f"{key}: {said}") + "\n")
    return Exit.CLEAN if was_open else Exit.FOUND


def _found(engine: "Engine", key: str) -> "TaskView":
    try:
        return engine.task(key)
    except KeyError as trouble:
        raise Misuse(str(trouble.args[0]), "cuebook tasks --all") from trouble


def _why_not(engine: "Engine", key: str) -> str:
    """Say why a task is over: answered before, withdrawn, or past its time."""
    task = _found(engine, key)
    if task.answered_at is not None:
        return "was answered before; that answer stays"
    return f"is over: {task.closing or 'its time is up'}; this is only written down"


def _print(told: object) -> None:
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
