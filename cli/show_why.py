"""Why, on paper: decisions, triggers and conditions as trees for people, all of it for programs."""

import json
import shutil
import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import Any, Final

from ..engine.core.instant import iso
from ..engine.core.supposed import Supposed
from ..engine.core.trace import Source, Trace, say_source
from ..engine.core.witnessing import Attempt
from ..engine.core.zone import Zone
from ..engine.explaining import Decision, PlaybookWhy, RunWhy, Standing, Why
from ..engine.forecast import Change, Future
from ..engine.outlook import Outlook
from ..engine.supposing import Verdict, WhatIf
from .terminal import Paint, harmless, plural

__all__ = ["as_json", "as_text", "playbook_lines"]

_MOST_DECISIONS: Final = 20
"""How many decisions of a playbook are shown; the latest say most."""
_NARROWEST: Final = 40
"""No terminal is taken to be narrower: below it trees cannot be read."""
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June", "July"),
    *("August", "September", "October", "November", "December"),
)


_NOTHING: Final[Mapping[str, str]] = {}


def as_json(answer: Why | WhatIf) -> dict[str, Any]:
    """Return the answer as plain values; instants as ISO 8601 in UTC."""
    if isinstance(answer, Why):
        return {
            "customer": answer.customer,
            "at": iso(answer.at),
            "zone": answer.zone.name,
            "playbooks": _plain(answer.playbooks),
            "foreseen_until": _plain_instant(answer.foreseen_until),
        }
    return as_json(answer.before) | {
        "what_if": {
            "supposed": _plain(answer.supposed),
            "problems": list(answer.problems),
            "until": iso(answer.until),
            "playbooks": _plain(answer.after.playbooks),
            "met": _plain(answer.met),
            "conditions": _plain(answer.verdicts),
            "actions": _plain(answer.actions),
        }
    }


def _plain(value: object) -> Any:
    """Return dataclasses as objects; their own instants are spelt, what authors wrote stays."""
    if is_dataclass(value):
        found = {one.name: getattr(value, one.name) for one in fields(value)}
        return {
            name: _plain_instant(inner) if name == "at" or name.endswith("_at") else _plain(inner)
            for name, inner in found.items()
        }
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _plain_instant(at: int | None) -> str | None:
    return None if at is None else iso(at)


class _Writer:
    """Writes lines for one customer on one terminal."""

    def __init__(
        self,
        zone: Zone,
        paint: Paint,
        came: Mapping[str, str] = _NOTHING,
        *,
        whole: bool,
        every: bool,
    ) -> None:
        self.zone = zone
        self.came = came
        self.paint = paint
        self.whole = whole
        self.every = every
        self.width = max(shutil.get_terminal_size((80, 24)).columns, _NARROWEST)

    # --- words ------------------------------------------------------------------------------------

    def when(self, at: int) -> str:
        """Spell an instant where the customer is, exactly."""
        return iso(at, self.zone)

    def day(self, at: int) -> str:
        """Spell an instant as people say it: `14 March 2026 09:00 Berlin`."""
        local = iso(at, self.zone)
        year, month, day = local[:10].split("-")
        clock = local[11:16] if local[16:19] == ":00" else local[11:19]
        place = self.zone.name.rpartition("/")[2].replace("_", " ")
        return f"{int(day)} {_MONTHS[int(month) - 1]} {year} {clock} {place}"

    def source(self, source: Source) -> str:
        """Spell where a value came from."""
        return say_source(source, "" if source.at is None else self.when(source.at))

    def wrapped(self, text: str, first: str = "", rest: str = "") -> Iterator[str]:
        """Yield a text in lines that fit, with what stands before the first and the others."""
        yield from textwrap.wrap(
            harmless(text), self.width, initial_indent=first, subsequent_indent=rest,
            break_on_hyphens=False,
        ) or [first]  # fmt: skip

    # --- conditions -------------------------------------------------------------------------------

    def tree(self, trace: Trace, first: str = "", rest: str = "") -> Iterator[str]:
        """Yield a condition as a tree; one that is true is a line where only others are drawn."""
        notes = [trace.note] if trace.note else []
        notes += [self.source(trace.source)] if trace.source is not None else []
        note = f" ({', '.join(notes)})" if notes else ""
        yield from self.wrapped(
            f"{trace.text}: {trace.shown or _value(trace.value)}{note}", first, rest
        )
        if trace.value is True and not self.whole:
            return
        for number, part in enumerate(trace.parts, 1):
            last = number == len(trace.parts)
            yield from self.tree(
                part, rest + ("└─ " if last else "├─ "), rest + ("   " if last else "│  ")
            )

    def shown(self, trace: Trace, failed: Trace | None, indent: str) -> Iterator[str]:
        """Yield a condition, and before it the part because of which it is not true."""
        told = failed if failed is not None and not self.whole else trace
        if failed is not None and failed != told:
            text = f"not true: {failed.text}: {_value(failed.value)}"
            yield from map(self.paint.yellow, self.wrapped(text, indent, f"{indent}  "))
        first = f"{indent}not true: " if failed == told else indent
        paint = self.paint.yellow if failed == told else self.paint.dim
        yield from map(paint, self.tree(told, first, indent))

    # --- a playbook -------------------------------------------------------------------------------

    def playbook(self, one: PlaybookWhy) -> Iterator[str]:
        """Yield what there is to say of a playbook."""
        gone = "lifecycle" if one.lifecycle else "not in the program any more"
        version = f"version {one.version}" if one.version else gone
        yield f"{self.paint.bold(harmless(one.playbook))}  {self.paint.dim(version)}"
        shown = one.decisions if self.every else one.decisions[-_MOST_DECISIONS:]
        if len(shown) < len(one.decisions):
            earlier = plural(len(one.decisions) - len(shown), "earlier decision")
            yield self.paint.dim(f"  … {earlier}; --all tells them")
        for decision in shown:
            yield from self.decision(decision)
        if not one.decisions:
            yield self.paint.dim("  nothing was decided")
        for run in one.runs:
            if run.ended_at is None:
                yield from self.run(run)
        for held in one.held_back:
            text = f"held back: {held.step} until {self.when(held.due_at)}: {held.note}"
            yield from map(self.paint.yellow, self.wrapped(text, "  ", "    "))
        yield from self.whether(one)

    def whether(self, one: PlaybookWhy) -> Iterator[str]:
        """Yield how things stand for a run that would begin now."""
        for trigger in one.triggers:
            yield from self.trigger(trigger, one.condition)
        if one.condition is not None:
            yield from self.standing(one.condition)
        if one.held_out:
            yield self.paint.yellow("  held out: this customer gets no action of it")
        if one.refusal:
            text = f"would not begin now: {one.refusal}"
            yield from map(self.paint.yellow, self.wrapped(text, "  ", "    "))

    def decision(self, decision: Decision) -> Iterator[str]:
        """Yield a line of the journal with its reasons."""
        step = f" {decision.step}" if decision.step else ""
        due = f" (due {self.when(decision.due_at)})" if decision.due_at is not None else ""
        note = f": {decision.note}" if decision.note else ""
        text = f"{self.when(decision.at)}  {decision.kind}{step}{note}{due}"
        yield from self.wrapped(text, "  ", "      ")
        came = self.came.get(decision.note, "") if decision.kind == "performed" else ""
        if came:
            yield from map(self.paint.yellow, self.wrapped(came, "      → ", "        "))
        for trace in decision.why:
            yield from map(self.paint.dim, self.tree(trace, " " * 6, " " * 6))

    def run(self, run: RunWhy) -> Iterator[str]:
        """Yield how a run in flight stands."""
        due = f", due {self.when(run.due_at)}" if run.due_at is not None else ""
        held = ", held out" if run.held_out else ""
        text = f"in flight: {run.id} at {run.step or '-'}{due}{held}"
        yield from map(self.paint.green, self.wrapped(text, "  ", "      "))
        for standing in run.conditions:
            yield from self.standing(standing, "      ")
        if run.next_at is not None and run.next_at != run.due_at:
            text = f"goes on {self.day(run.next_at)} if nothing else happens: {run.next}"
            yield from map(self.paint.cyan, self.wrapped(text, " " * 6, " " * 8))

    def standing(self, one: Standing, indent: str = "  ") -> Iterator[str]:
        """Yield a condition as it stands, and when time alone makes it true."""
        yield f"{indent}{one.where}:"
        yield from self.shown(one.trace, one.failed, f"{indent}    ")
        if one.true_at is not None:
            text = f"would become true on {self.day(one.true_at)} if nothing else happens"
            yield from map(self.paint.cyan, self.wrapped(text, f"{indent}    ", f"{indent}      "))

    def trigger(self, trigger: Outlook, condition: Standing | None) -> Iterator[str]:
        """Yield how a trigger stands: as it was met last, or its own condition as it is now."""
        at = f" at {self.when(trigger.event_at)}" if trigger.event_at is not None else ""
        yield from self.wrapped(f"on {trigger.trigger}: {trigger.says}{at}", "  ", "      ")
        tried = trigger.tried
        if tried is not None:
            yield from self.tried(trigger)
        own = trigger.conditions[: len(trigger.conditions) - (condition is not None)]
        if own and tried is not None and trigger.event_at is None:
            yield "      now:"
        for trace in own if tried is None or trigger.event_at is None else ():
            failed = trigger.failed if trace.value is not True else None
            yield from self.shown(trace, failed, " " * (6 if tried is None else 10))
        yield from self.ahead(trigger)

    def tried(self, trigger: Outlook) -> Iterator[str]:
        """Yield what became of the last time that a trigger was met."""
        tried = trigger.tried
        assert tried is not None  # noqa: S101 - whoever calls has looked
        if trigger.event_at is None:
            text = f"last met {self.when(tried.at)} by {tried.cause}: {_came(tried)}"
            yield from self.wrapped(text, " " * 6, " " * 8)
        if tried.edited:
            yield "      (the playbook was edited since; its conditions are those of then)"
        if tried.came == "not true":
            for trace in tried.conditions:
                failed = tried.failed if trace.value is not True else None
                yield from self.shown(trace, failed, " " * 6)

    def ahead(self, trigger: Outlook) -> Iterator[str]:
        """Yield when time alone makes a trigger fire, and what would come of it."""
        if trigger.true_at is not None:
            text = f"would become true on {self.day(trigger.true_at)} if nothing else happens"
            yield from map(self.paint.cyan, self.wrapped(text, " " * 6, " " * 8))
        if trigger.due_at is None:
            return
        text = f"would fire on {self.day(trigger.due_at)} if nothing else happens"
        first = trigger.ahead
        if first is not None and first.came != "began":
            failed = "" if first.failed is None else f" ({first.failed.text})"
            why = first.note or f"its conditions are not true then{failed}"
            text = f"{text}, and nothing would begin: {why}"
            if trigger.begins_at is not None:
                text = f"{text}; a run would on {self.day(trigger.begins_at)}"
        yield from map(self.paint.cyan, self.wrapped(text, " " * 6, " " * 8))

    # --- what if ----------------------------------------------------------------------------------

    def what_if(self, answer: WhatIf) -> Iterator[str]:
        """Yield what would be otherwise."""
        said = "; then ".join(_supposition(one) for one in answer.supposed)
        yield from map(self.paint.bold, self.wrapped(f"if {said}", "", "  "))
        for problem in answer.problems:
            yield from map(self.paint.yellow, self.wrapped(problem, "  ", "    "))
        for attempt in answer.met:
            text = f"{attempt.playbook}, {attempt.cause}: {_came(attempt)}"
            yield from self.wrapped(text, "  ", "      ")
            for trace in attempt.conditions if attempt.came == "not true" else ():
                yield from self.shown(trace, attempt.failed, " " * 6)
        for verdict in answer.verdicts:
            yield from self.verdict(verdict)
        if not answer.verdicts:
            yield "  every condition stands as it does"
        yield f"  until {self.day(answer.until)}"
        changed = [one for one in answer.actions if one.kind != "same"]
        for one in changed:
            yield from self.change(one)
        if not changed:
            yield "    the same is done"

    def verdict(self, one: Verdict) -> Iterator[str]:
        """Yield a condition that comes to something else."""
        turn = f"{_value(one.before.value)} -> {_value(one.after.value)}"
        yield from self.wrapped(f"{one.playbook}, {one.where}: {turn}", "  ", "      ")
        yield from map(self.paint.dim, self.tree(one.after, " " * 6, " " * 6))

    def change(self, change: Change) -> Iterator[str]:
        """Yield an action that would come, go, move or be given something else."""
        shown = change.shown
        at = self.when(shown.at)
        if change.before is not None and change.before.at != shown.at:
            at = f"{self.when(change.before.at)} -> {at}"
        text = f"{change.kind:<7}  {at}  {shown.playbook} {shown.step} ({shown.do}){_given(change)}"
        yield from self.wrapped(text, "    ", "        ")


def as_text(
    answer: Why | WhatIf,
    paint: Paint,
    came: Mapping[str, str] = _NOTHING,
    *,
    whole: bool,
    every: bool,
) -> Iterator[str]:
    """Yield the lines for a terminal: `whole` trees, `every` decision; `came` is what came of actions."""
    why = answer if isinstance(answer, Why) else answer.before
    writer = _Writer(why.zone, paint, came, whole=whole, every=every)
    yield paint.bold(harmless(f"{why.customer} at {writer.when(why.at)}"))
    for one in why.playbooks:
        yield ""
        yield from writer.playbook(one)
    if isinstance(answer, WhatIf):
        yield ""
        yield from writer.what_if(answer)


def playbook_lines(why: Why, one: PlaybookWhy) -> Iterator[str]:
    """Yield the lines about one playbook, for a page: without colours, drawing only what is not true."""
    yield from _Writer(why.zone, Paint(on=False), whole=False, every=False).playbook(one)


def _came(attempt: Attempt) -> str:
    match attempt.came:
        case "began":
            return f"began {attempt.note}"
        case "refused":
            return f"nothing began: {attempt.note}"
        case "not true":
            return "nothing began, for its conditions were not true"


def _value(value: object) -> str:
    return "unknown" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _supposition(one: Supposed) -> str:
    if not one.event:
        return " and ".join(f"{name} = {_supposed(value)}" for name, value in one.values.items())
    given = ", ".join(f"{name} = {_supposed(value)}" for name, value in one.values.items())
    return f"{one.event} ({given})" if given else one.event


def _supposed(value: object) -> str:
    return "missing" if value is None else json.dumps(value, ensure_ascii=False, default=str)


def _given(change: Change) -> str:
    if change.kind != "changed" or change.before is None or change.after is None:
        return ""
    return f": {_args(change.before)} -> {_args(change.after)}"


def _args(future: Future) -> str:
    return ", ".join(f"{key} {value}" for key, value in sorted(future.args.items()))[:120]
