"""What if: a customer lives on twice, as it is and as it would be if something were otherwise."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain

from .core.door import Door
from .core.duration import DAY
from .core.occurrence import Changed, Happened, Occurrence, Passed
from .core.supposed import Supposed
from .core.trace import Trace
from .core.witnessing import Attempt, Book, witness
from .explaining import Life, PlaybookWhy, Why, explain
from .forecast import Change, Future, Side, pairs

__all__ = ["Verdict", "WhatIf", "what_if"]


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition that comes to something else, or for other values."""

    playbook: str
    where: str
    """`if`, `when no login for 14 days`, `stop when`."""
    before: Trace
    after: Trace


@dataclass(frozen=True, slots=True)
class WhatIf:
    """What would be otherwise; instants in microseconds UTC."""

    supposed: tuple[Supposed, ...]
    problems: tuple[str, ...]
    """What could not be supposed as it was told: a value that is not of the declared type."""
    until: int
    """Just before when the two futures end."""
    before: Why
    """How things stand."""
    after: Why
    """How they would."""
    met: tuple[Attempt, ...]
    """The triggers that it would meet at once, and what would come of them."""
    verdicts: tuple[Verdict, ...]
    actions: tuple[Change, ...]
    """All that would be done in either future, those of the playbook that was asked about."""


def what_if(
    life: Life, supposed: Sequence[Supposed], playbook: str | None = None, *, days: int = 30
) -> WhatIf:
    """Return what would be otherwise if this happened at the life's instant, after all else then.

    What is known to happen afterwards happens in both futures. Raises KeyError as `explain` does.
    """
    told, problems = _told(life, supposed)
    until = life.at + days * DAY
    met: list[Attempt] = []
    now = _at_once(life, told, Book(met.append, dict(life.sources), closely=True, plan=playbook))
    after, before = explain(now, playbook), explain(life, playbook)
    futures = [_future(life, extra, until) for extra in ((), told)]
    mine = [
        [one for one in future if playbook is None or one.playbook == playbook]
        for future in futures
    ]
    changes = sorted(pairs(*mine), key=lambda one: (one.shown.at, one.shown.playbook))
    return WhatIf(
        tuple(supposed),
        problems,
        until,
        before,
        after,
        tuple(met),
        tuple(_verdicts(before, after)),
        tuple(changes),
    )


def _told(life: Life, supposed: Iterable[Supposed]) -> tuple[list[Occurrence], tuple[str, ...]]:
    """Return what is supposed as occurrences, with what is wrong with it."""
    door, there = Door(life.program.vocabulary), life.customer.zone
    found: list[Occurrence] = []
    problems: list[str] = []
    for one in supposed:
        if one.event:
            name, values, trouble = door.event(one.event, one.values, there)
            found.append(Happened(life.at, name, values))
        else:
            values, trouble = door.attributes(one.values, there)
            found.append(Changed(life.at, values))
        problems += [problem.text for problem in trouble]
    return found, tuple(problems)


def _at_once(life: Life, told: Iterable[Occurrence], book: Book) -> Life:
    """Return the life as it would be a moment after what is supposed; `book` sees it happen."""
    customer, past = life.customer.copy(), dict(life.past)
    for occurrence in told:
        witness(customer, occurrence, life.program, book)
        if isinstance(occurrence, Happened):
            past[occurrence.event] = occurrence.at
    return replace(life, customer=customer, sources=book.sources, past=past)


def _future(life: Life, told: Iterable[Occurrence], until: int) -> list[Future]:
    """Live on until an instant; return what would be done."""
    ahead = (one for one in life.ahead if one.at < until)
    occurrences = chain(told, ahead, (Passed(until - 1),))
    return Side(life.program, life.answers).live(life.customer.copy(), occurrences)


def _verdicts(before: Why, after: Why) -> Iterator[Verdict]:
    """Yield the conditions that are not found as they were before."""
    for old, new in zip(before.playbooks, after.playbooks, strict=True):
        asked = dict(_conditions(old))
        for where, trace in _conditions(new):
            was = asked.get(where)
            if was is not None and _found(was) != _found(trace):
                yield Verdict(new.playbook, where, was, trace)


def _conditions(one: PlaybookWhy) -> Iterator[tuple[str, Trace]]:
    """Yield each condition under where it stands."""
    if one.condition is not None:
        yield one.condition.where, one.condition.trace
    for trigger in one.triggers:
        own = trigger.conditions[: len(trigger.conditions) - (one.condition is not None)]
        for trace in own if trigger.event_at is None else ():
            yield f"on {trigger.trigger}", trace
    for run in one.runs:
        for standing in run.conditions:
            yield f"{standing.where} of {run.id}", standing.trace


def _found(trace: Trace) -> tuple[object, ...]:
    """Return what a condition and its parts came to, whatever it was made of."""
    return trace.value, trace.note, tuple(map(_found, trace.parts))
