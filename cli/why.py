"""`cuebook why`: why something happened to a customer, or did not."""

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from .databases import add_db, open_engine, usable
from .exits import Exit, Misuse
from .given import instant
from .terminal import Paint, colored, harmless

if TYPE_CHECKING:  # the engine is loaded when it is asked
    from ..engine.core.zone import Zone
    from ..engine.explaining import Decision, PlaybookWhy, Why
    from ..engine.outlook import Outlook

__all__ = ["configure", "run"]


def configure(parser: ArgumentParser) -> None:
    """Declare whom to ask about, and when."""
    add = parser.add_argument
    add("customer", metavar="CUSTOMER")
    add("--playbook", metavar="P", help="only this playbook")
    add("--at", metavar="T", help="look at the customer as it was then (default: now)")
    add_db(parser)
    add("--format", choices=("table", "json"), default="table")
    parser.epilog = (
        "For each playbook: its runs, what was decided and the conditions behind it with their\n"
        "values; then each trigger: how it stands, the first part that is not true, and when time\n"
        "alone will make it fire.\n"
        "Exit code: 0 told, 2 the customer or the playbook is not known.\n\n"
        "Examples\n"
        "  cuebook why acme\n"
        "  cuebook why acme --playbook go-live-check-in\n"
        "  cuebook why acme --at '2026-03-01 10:00'"
    )


@usable
def run(args: Namespace) -> Exit:
    """Ask, and tell it as a dry run with --why would."""
    engine = open_engine(args)
    try:
        at = None
        if args.at:
            at = instant(args.at, "--at", engine.zone(args.customer), "cuebook why --help")
        why = engine.why(args.customer, args.playbook, at=at)
    except KeyError as trouble:
        waiting = engine.pulse().customers
        more = "; something waits to be decided" if waiting else ""
        after = "cuebook run --until-idle" if waiting else "cuebook status"
        raise Misuse(f"{trouble.args[0]}{more}", after) from trouble
    if args.format == "json":
        sys.stdout.write(json.dumps(_plain(why), ensure_ascii=False, default=str) + "\n")
        return Exit.CLEAN
    paint = Paint(colored(sys.stdout, args.color))
    sys.stdout.writelines(f"{line}\n" for line in _lines(why, paint))
    return Exit.CLEAN


def _plain(why: "Why") -> dict[str, Any]:
    from ..engine.core.instant import iso  # noqa: PLC0415 - see above

    def told(value: Any) -> Any:
        if isinstance(value, dict):
            return {
                key: iso(inner) if _is_instant(key, inner) else told(inner)
                for key, inner in value.items()
            }
        return [told(one) for one in value] if isinstance(value, list | tuple) else value

    return {
        "customer": why.customer,
        "at": iso(why.at),
        "playbooks": [told(asdict(one)) for one in why.playbooks],
    }


def _is_instant(key: str, value: object) -> bool:
    return (key == "at" or key.endswith("_at")) and isinstance(value, int)


def _lines(why: "Why", paint: Paint) -> Iterator[str]:
    when = _when(why.at, why.zone)
    yield paint.bold(harmless(f"{why.customer} at {when}"))
    for one in why.playbooks:
        yield ""
        version = f"version {one.version}" if one.version else "not in the program any more"
        yield f"{paint.bold(harmless(one.playbook))}  {paint.dim(version)}"
        for line in _of_playbook(one, why.zone, paint):
            yield f"  {line}"


def _of_playbook(one: "PlaybookWhy", zone: "Zone", paint: Paint) -> Iterator[str]:
    for decision in one.decisions:
        yield from _of_decision(decision, zone, paint)
    for run in one.runs:
        if run.ended_at is None:
            due = f", due {_when(run.due_at, zone)}" if run.due_at is not None else ""
            yield paint.green(harmless(f"in flight: {run.id} at {run.step or '-'}{due}"))
    for held in one.held_back:
        until = _when(held.due_at, zone)
        yield paint.yellow(harmless(f"held back: {held.step} until {until}: {held.note}"))
    if not one.decisions:
        yield paint.dim("nothing was decided")
    for trigger in one.triggers:
        yield from _of_trigger(trigger, zone, paint)
    if one.refusal:
        yield paint.yellow(harmless(f"would not begin now: {one.refusal}"))


def _of_decision(decision: "Decision", zone: "Zone", paint: Paint) -> Iterator[str]:
    from .show_rehearsal import trace_lines  # noqa: PLC0415 - as a dry run tells it

    step = f" {decision.step}" if decision.step else ""
    due = f" (due {_when(decision.due_at, zone)})" if decision.due_at is not None else ""
    note = f": {decision.note}" if decision.note else ""
    yield harmless(f"{_when(decision.at, zone)}  {decision.kind}{step}{note}{due}")
    for trace in decision.why:
        yield from (paint.dim(f"    {line}") for line in trace_lines(trace))


def _of_trigger(trigger: "Outlook", zone: "Zone", paint: Paint) -> Iterator[str]:
    from .show_rehearsal import trace_lines  # noqa: PLC0415 - as a dry run tells it

    at = f" at {_when(trigger.event_at, zone)}" if trigger.event_at is not None else ""
    yield harmless(f"on {trigger.trigger}: {trigger.says}{at}")
    if trigger.failed is not None:
        first, *parts = trace_lines(trigger.failed)
        yield paint.yellow(f"    not true: {first}")
        yield from (paint.dim(f"    {line}") for line in parts)
    for trace in trigger.conditions:
        if trace != trigger.failed:
            yield from (paint.dim(f"    {line}") for line in trace_lines(trace))
    if trigger.due_at is not None:
        yield paint.cyan(f"    time alone: {_when(trigger.due_at, zone)}")


def _when(at: int | None, zone: "Zone") -> str:
    from ..engine.core.instant import iso  # noqa: PLC0415 - see above

    return "-" if at is None else iso(at, zone)
