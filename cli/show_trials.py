"""What came of tests, on paper: what differs, why a step did or did not run, and JUnit's XML."""

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from xml.sax.saxutils import escape, quoteattr

from ..engine.core.expr import Attribute
from ..engine.core.instant import iso
from ..engine.core.plan import Json
from ..engine.core.say import say
from ..engine.core.spell import say_stage
from ..engine.core.zone import Zone
from ..engine.rehearsal.script import Expected, InStage, Never
from ..engine.rehearsal.trial import Done, Verdict
from .show_rehearsal import trace_lines
from .terminal import harmless

__all__ = ["Outcome", "differences", "junit", "trials_json"]

_KINDS = (
    *(
        "started",
        "not started",
        "holdout",
        "moved",
        "refused",
        "waiting",
        "branch",
        "repeat",
        "asked",
        "answered",
    ),
    *("held", "withdrawn", "skipped", "goal", "ended", "settled", "cut"),
)
_MOST_NOTES = 12
_NOT_XML = re.compile(r"[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


@dataclass(frozen=True, slots=True)
class Outcome:
    """One test as it ended."""

    name: str
    place: str
    """`tests/onboarding.yaml:3`"""
    verdict: Verdict

    @property
    def passed(self) -> bool:
        """Whether all was as expected."""
        return self.verdict.passed


def differences(verdict: Verdict, zone: Zone) -> Iterator[str]:
    """Yield what differs, `-` for what was expected and `+` for what was done, and then why."""
    if verdict.answer is not None:
        if not verdict.passed:
            yield f"- {_truth(verdict.expected)}"
            yield f"+ {_truth(verdict.answer.value)}"
            yield from (f"    {line}" for line in trace_lines(verdict.answer))
        return
    for wanted, done in verdict.pairs:
        yield from _pair(wanted, done, zone, extra=verdict.extra)
    for never, done in verdict.broken:
        yield f"- {_never(never, zone)}"
        yield f"+ {_done(done, None, zone)}"
    yield from verdict.unclear
    for skipped in verdict.unskipped:
        at = "any time" if skipped.at is None else iso(skipped.at, zone)
        yield f"- {at}  {skipped.do} is skipped: {skipped.because or 'for any reason'}"
    for wanted_in, found_in in verdict.elsewhere:
        yield from _elsewhere(wanted_in, found_in, zone)
    if not verdict.passed:
        yield from _reasons(verdict, zone)


def trials_json(outcomes: Sequence[Outcome], zone: Zone) -> list[dict[str, Json]]:
    """Return all outcomes as JSON: name, place, whether it passed, and what differs."""
    return [
        {
            "test": one.name,
            "at": one.place,
            "passed": one.passed,
            "differences": [] if one.passed else list(differences(one.verdict, zone)),
        }
        for one in outcomes
    ]


def junit(outcomes: Sequence[Outcome], zone: Zone) -> str:
    """Return all outcomes as JUnit XML, which most build servers read."""
    failed = sum(not one.passed for one in outcomes)
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        f'<testsuite name="cuebook" tests="{len(outcomes)}" failures="{failed}" errors="0">',
    ]
    for one in outcomes:
        file = quoteattr(_xml(one.place.rpartition(":")[0]))
        case = f"  <testcase name={quoteattr(_xml(one.name))} classname={file}"
        if one.passed:
            lines.append(f"{case}/>")
        else:
            text = escape(_xml("\n".join(differences(one.verdict, zone))))
            lines.append(f'{case}><failure message="not as expected">{text}</failure></testcase>')
    return "\n".join([*lines, "</testsuite>", ""])


def _pair(wanted: Expected | None, done: Done | None, zone: Zone, *, extra: bool) -> Iterator[str]:
    if wanted is None and done is not None:
        if not extra:
            yield f"+ {_done(done, None, zone)}"
    elif wanted is not None and done is None:
        yield f"- {_expected(wanted, zone)}"
    elif wanted is not None and done is not None:
        said, found = _expected(wanted, zone), _done(done, wanted, zone)
        if said == found:
            yield f"  {said}"
        else:
            yield f"- {said}"
            yield f"+ {found}"


def _expected(wanted: Expected, zone: Zone) -> str:
    at = "any time" if wanted.at is None else iso(wanted.at, zone)
    return _line(at, wanted.do or "anything", wanted.step, wanted.customer, wanted.args)


def _done(done: Done, beside: Expected | None, zone: Zone) -> str:
    """Return an action told as far as the expectation beside it goes, so that equal looks equal."""
    at = iso(done.at, zone)
    if beside is None:
        # Of a message its subject tells enough.
        told = {key: value for key, value in done.args.items() if key != "body"}
        return _line(at, done.do, done.step, None, told)
    do = done.do if beside.do is None or beside.do != done.action else done.action
    args = None
    if beside.args is not None:
        args = {key: done.args[key] for key in beside.args if key in done.args}
    return _line(
        "any time" if beside.at is None else at,
        "anything" if beside.do is None else do,
        None if beside.step is None else done.step,
        None if beside.customer is None else done.customer,
        _as_written(args, beside.args),
    )


def _as_written(found: Mapping[str, Json] | None, wanted: Mapping[str, Json] | None) -> Json:
    """Show only what differs in kind where the texts are the same: `12` and `"12"` are equal."""
    if found is None or wanted is None:
        return None
    return {
        key: wanted[key] if str(value) == str(wanted[key]) else value
        for key, value in found.items()
    }


def _line(at: str, do: str, step: str | None, customer: str | None, args: object) -> str:
    parts = [at, do]
    parts += [f"step {step}"] if step else []
    parts += [f"customer {customer}"] if customer else []
    parts += [json.dumps(args, ensure_ascii=False)] if args else []
    return harmless("  ".join(parts))


def _never(never: Never, zone: Zone) -> str:
    after = f" after {iso(never.after, zone)}" if never.after is not None else ""
    before = f" before {iso(never.before, zone)}" if never.before is not None else ""
    return f"never {never.do}{after}{before}"


def _elsewhere(wanted: InStage, found: str | None, zone: Zone) -> Iterator[str]:
    stage, which = say(Attribute(wanted.attribute)), say_stage(wanted.stage)
    at = wanted.at if wanted.by is None else wanted.by
    when = "at the end" if at is None else iso(at, zone)
    yield f"- {'by ' if wanted.by is not None else ''}{when}  {stage} is {which}"
    yield f"+ {when}  {stage} is {say_stage(found) if found is not None else 'missing'}"


def _reasons(verdict: Verdict, zone: Zone) -> Iterator[str]:
    """Yield why: actions that were skipped with their conditions, then what else led to what differs."""
    for done in verdict.held_up:
        yield f"  {iso(done.at, zone)}  {done.do} ({done.step}) was skipped: {harmless(done.skipped)}"
        for trace in done.why:
            yield from (f"      {line}" for line in trace_lines(trace))
    notes = [entry for entry in verdict.on_the_way if entry.kind in _KINDS]
    for tried in verdict.refused[:_MOST_NOTES]:
        at, name = iso(tried.at, zone), harmless(tried.playbook)
        yield f"  {at}  {name}: {harmless(tried.cause)}, and a condition was not true"
        for trace in tried.conditions:
            yield from (f"      {line}" for line in trace_lines(trace))
    if not notes and not verdict.refused:
        yield "  nothing was decided: no trigger fired"
    for entry in notes[:_MOST_NOTES]:
        step = f" {entry.step}" if entry.step else ""
        note = harmless(f"{entry.playbook}{step}: {entry.kind} {entry.note}".rstrip())
        due = entry.due_at if entry.kind == "held" else None
        until = f", until {iso(due, zone)}" if due is not None else ""
        yield f"  {iso(entry.at, zone)}  {note}{until}"
        if entry.kind in ("not started", "skipped"):
            for trace in entry.why:
                yield from (f"      {line}" for line in trace_lines(trace))


def _truth(value: object) -> str:
    return {True: "true", False: "false", None: "unknown"}[
        value is True if value is not None else None
    ]


def _xml(text: str) -> str:
    """Drop what XML cannot hold."""
    return _NOT_XML.sub("", text)
