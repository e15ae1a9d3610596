"""`cuebook send`: tell the engine of one event, of attributes, or ask for a playbook."""

import json
import sys
from argparse import ArgumentParser, Namespace
from typing import TYPE_CHECKING, Any

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .given import instant
from .terminal import harmless

if TYPE_CHECKING:  # the engine is loaded when there is something to send
    from ..engine.runtime import Engine

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare what may be sent."""
    add = parser.add_argument
    add("customer", metavar="CUSTOMER")
    add("words", nargs="*", metavar="EVENT|KEY=VALUE", help="the event, then its properties")
    add("--set", action="store_true", help="set attributes: there is no event, only KEY=VALUE")
    add("--playbook", metavar="P", help="ask for this playbook, which has a `manual` trigger")
    add("--json", metavar="OBJECT", help="the values as JSON, where their kind matters")
    add("--at", metavar="T", help="when it happened (default: now); in the customer's zone")
    add("--id", metavar="ID", help="what the source calls it: the same id is taken once")
    add_db(parser)
    add("--format", choices=("text", "json"), default="text")
    parser.epilog = (
        "KEY=VALUE: values become what the project declares them to be; `KEY=` removes.\n"
        "Exit code: 0 taken, or taken before under the same id; 2 nothing was sent.\n\n"
        "Examples\n"
        "  cuebook send acme go-live region=eu --id evt-1\n"
        "  cuebook send acme purchase amount=120 --at '2026-03-01 10:00'\n"
        "  cuebook send acme --set plan=growth seats=12\n"
        "  cuebook send acme --playbook win-back reason='asked on the phone'"
    )


@usable
def run(args: Namespace) -> Exit:
    """Post one letter."""
    words: list[str] = args.words
    event = None if args.set or args.playbook else words.pop(0) if words else None
    if (args.set and args.playbook) or (event is None and not args.set and not args.playbook):
        raise Misuse("name an event, or --set, or --playbook P", "cuebook send --help")
    if event is not None and "=" in event:
        raise Misuse(
            f"an event stands before {event}", f"cuebook send {args.customer} EVENT {event}"
        )
    if args.playbook and (args.at or args.id):
        raise Misuse("a playbook is asked for now, without --at and --id", "cuebook send --help")
    engine = open_engine(args)
    values = _values(args, words)
    _note(engine, args, event, values)
    at = None
    if args.at:
        at = instant(args.at, "--at", engine.zone(args.customer), "cuebook send --help")
    try:
        if args.playbook:
            new = engine.request(args.customer, args.playbook, values)
        elif args.set:
            new = engine.identify(args.customer, values, at=at, id=args.id)
        else:
            new = engine.track(args.customer, event or "", values, at=at, id=args.id)
    except ValueError as trouble:
        raise Misuse(str(trouble), "cuebook send --help") from trouble
    what = event or args.playbook or "attributes"
    if args.format == "json":
        told = {"customer": args.customer, "what": what, "new": new}
        sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n")
    else:
        said = "taken" if new else "was there already, or is dated before an erasure"
        sys.stdout.write(harmless(f"{args.customer}: {what} {said}") + "\n")
    return Exit.CLEAN


def _note(engine: "Engine", args: Namespace, event: str | None, values: dict[str, Any]) -> None:
    """Say what the project that decides does not know; raises Misuse where nothing could begin."""
    from ..engine.core.door import Door  # noqa: PLC0415 - see above
    from ..engine.core.plan import OnManual  # noqa: PLC0415 - see above

    project, there = engine.project(), engine.zone(args.customer)
    if project is None:
        sys.stderr.write("nothing is deployed yet: this is history to whatever is deployed later\n")
        return
    if args.playbook:
        manual = [
            plan.playbook
            for plan in project.plans
            if any(isinstance(one, OnManual) for one in plan.triggers)
        ]
        if args.playbook not in manual:
            said = ", ".join(manual) or "none"
            what = (
                f"`{args.playbook}` cannot be asked for; with a `manual` trigger there are: {said}"
            )
            raise Misuse(what, "cuebook send --help")
        return
    door = Door(project.vocabulary)
    if event is None:
        problems = door.attributes(values, there)[1]
    else:
        problems = door.event(event, values, there)[2]
    sys.stderr.writelines(harmless(f"note: {problem.text}") + "\n" for problem in problems)


def _values(args: Namespace, words: list[str]) -> dict[str, Any]:
    """Return the values of the line: those of --json, then each KEY=VALUE."""
    values: dict[str, Any] = {}
    if args.json:
        try:
            values = json.loads(args.json)
        except (ValueError, RecursionError) as trouble:
            raise Misuse(f"--json is broken: {trouble}", "cuebook send --help") from trouble
        if not isinstance(values, dict):
            raise Misuse("--json takes an object", "cuebook send --help")
    for word in words:
        key, equals, value = word.partition("=")
        if not key or not equals:
            raise Misuse(f"`{word}` is no KEY=VALUE", "cuebook send --help")
        values[key] = value or None
    return values
