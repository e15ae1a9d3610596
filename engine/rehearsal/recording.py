"""What really happened to a customer, turned into a test: as little as decides the same, disguised.

The test plays the same as the history did. That is not hoped for but played: as it was, with what
no playbook reads left out, and with stand-ins for all that is personal.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import count, islice, zip_longest
from typing import cast

from ..core.drawn import arm_of, holds_out
from ..core.effects import ASK
from ..core.occurrence import Changed, Happened, Requested, Settled
from ..core.plan import Json, OnManual, Project, Split
from ..core.shares import safe
from ..core.vocabulary import Type, fold
from ..patterns import program
from .pseudonyms import Pseudonyms
from .reading import Reading, reading
from .script import Answer, Ended, Expected, Late, Moment, Skipped, Trial
from .trial import Attempts, Done, Verdict

__all__ = ["NotAlike", "Recorded", "record"]

_MOST_NAMES = 100_000
"""How many names are tried for one that falls to the same arms of a `split:`."""
_UNTOLD = frozenset(["body", "messages"])
"""What an action is given that a test does not compare: texts of which the subject tells enough."""

_NOTES = frozenset(["not started", "settled"])
"""What the journal notes of requests and outcomes that lead to nothing."""

Shape = tuple[tuple[object, ...], ...]


class NotAlike(ValueError):  # noqa: N818 - it says what is the matter
    """The test would not play as the history did; the text says where it first differs."""


@dataclass(frozen=True, slots=True)
class Recorded:
    """A history as a test."""

    trial: Trial
    replaced: Mapping[str, str]
    """Each personal text with its stand-in, the customer's own name among them."""
    left_out: int
    """How many events and changes no playbook reads."""
    was: Verdict
    """What the project decides of the history as it was."""


def record(
    project: Project, tape: Trial, *, whole: bool = False, keep: Sequence[str] = ()
) -> Recorded:
    """Return a history as a test that passes. `tape` expects nothing; its values are personal.

    With `whole` all that is declared is kept, whoever reads it. The values of attributes and
    properties named in `keep` stay. Raises NotAlike, or NoStandIn for a text that cannot be replaced.
    """
    attempts = Attempts(project)
    was = attempts.attempt(tape)
    tape = _as_written(tape, project, was)
    told = attempts.attempt(tape)
    _compare(was, told, apart=_NOTES)
    known = reading(program(project))
    kept = _kept(tape, project, None if whole else known)
    people = Pseudonyms(known, frozenset(keep))
    _meet(kept, project, people)
    people.settle()
    name = _another_name(project, tape.customer, was, people.replaced)
    disguised = _disguised(kept, project, people, name)
    verdict = attempts.attempt(disguised)
    _compare(told, verdict)
    left_out = len(tape.timeline) - len(kept.timeline)
    replaced = {tape.customer: name, **people.replaced}
    return Recorded(_expecting(disguised, verdict), replaced, left_out, was)


# --- outcomes and answers, by the number of their action ------------------------------------------


def _as_written(tape: Trial, project: Project, was: Verdict) -> Trial:
    """Return the history with requests and outcomes told as authors would, where they mean anything."""
    numbers: dict[str, int] = {}
    counts: dict[tuple[str, str, bool], int] = {}
    for done in was.promised:
        slot = done.playbook, done.step, done.kind == ASK
        counts[slot] = numbers[done.key] = counts.get(slot, 0) + 1
    by_hand = {
        plan.playbook
        for plan in project.plans
        if any(isinstance(trigger, OnManual) for trigger in plan.triggers)
    }
    told = [
        _as_told(what, numbers)
        for what in tape.timeline
        if not isinstance(what, Requested) or what.playbook in by_hand
    ]
    return replace(tape, timeline=tuple(what for what in told if what is not None))


def _as_told(what: Moment, numbers: Mapping[str, int]) -> Moment | None:
    if not isinstance(what, Settled):
        return what
    number = numbers.get(what.key)
    if number is None:
        return None  # What it is about is not promised by this project.
    about = (what.playbook, what.step, number)
    match what.ending:
        case "answered":
            return Answer(what.at, what.note, what.by, "", *about)
        case "delegated":
            return Answer(what.at, "", what.by, what.note.removeprefix("to "), *about)
        case ending:
            # What the other side said of it in words may name anybody, and decides nothing.
            return Ended(what.at, ending, what.step, what.playbook, "", what.answer, number)


# --- what is kept ---------------------------------------------------------------------------------


def _kept(tape: Trial, project: Project, known: Reading | None) -> Trial:
    """Return the history without what nobody declared, and what no playbook reads."""
    words = project.vocabulary
    attributes = words.attributes.keys() if known is None else known.attributes

    def named(values: Mapping[str, object]) -> dict[str, object]:
        return {key: value for key, value in values.items() if key in attributes}

    def one(what: Moment) -> Moment | None:
        match what:
            case Late(at, inner):
                found = one(inner)
                return Late(at, found) if isinstance(found, Happened | Changed) else None
            case Changed(at, values):
                left = named(values)
                return Changed(at, left) if left else None
            case Happened(at, event, properties):
                if event not in words.events or (known is not None and event not in known.events):
                    return None
                declared = words.events[event]
                left = {key: value for key, value in properties.items() if key in declared}
                return Happened(at, event, left if known is None else _read(left, known))
            case Requested(at, playbook, properties):
                left = dict(properties) if known is None else _read(properties, known)
                return Requested(at, playbook, left)
            case Ended() if known is not None:
                return replace(what, answer=_looked_for(what.answer, known))
            case _:
                return what

    timeline = tuple(found for what in tape.timeline if (found := one(what)) is not None)
    return replace(tape, attributes=named(tape.attributes), timeline=timeline)


def _read(values: Mapping[str, object], known: Reading) -> dict[str, object]:
    return {key: value for key, value in values.items() if fold(key) in known.properties}


def _looked_for(answer: Json, known: Reading) -> Json:
    """Return of an answer what somebody looks for in it, at whatever depth."""
    match answer:
        case dict():
            inner = {key: _looked_for(one, known) for key, one in answer.items()}
            return {key: one for key, one in inner.items() if fold(key) in known.answers}
        case list():
            return [_looked_for(one, known) for one in answer]
        case _:
            return answer


# --- disguise -------------------------------------------------------------------------------------


def _values(
    tape: Trial, project: Project
) -> Iterator[tuple[Mapping[str, object], Mapping[str, Type]]]:
    """Yield all values of a history, with the types that are declared for them."""
    words = project.vocabulary
    yield tape.attributes, words.attributes
    for moment in tape.timeline:
        what = moment.what if isinstance(moment, Late) else moment
        match what:
            case Changed(_, values):
                yield values, words.attributes
            case Happened(_, event, properties):
                yield properties, words.events.get(event, {})
            case Requested(_, _, properties):
                yield properties, {}
            case Answer():
                yield {"by": what.by, "to": what.to}, {}
            case Ended():
                yield {"answer": what.answer}, {}
            case _:
                pass  # A restart has none.


def _meet(tape: Trial, project: Project, people: Pseudonyms) -> None:
    for values, kinds in _values(tape, project):
        for name, value in values.items():
            people.meet(value, kinds.get(name), name)


def _disguised(tape: Trial, project: Project, people: Pseudonyms, name: str) -> Trial:
    words = project.vocabulary

    def dressed(values: Mapping[str, object], kinds: Mapping[str, Type]) -> dict[str, object]:
        return {key: people.of(value, kinds.get(key), key) for key, value in values.items()}

    def one(what: Moment) -> Moment:
        match what:
            case Late(at, inner):
                found = one(inner)
                return Late(at, found) if isinstance(found, Happened | Changed) else what
            case Changed(at, values):
                return Changed(at, dressed(values, words.attributes))
            case Happened(at, event, properties):
                return Happened(at, event, dressed(properties, words.events[event]))
            case Requested(at, playbook, properties):
                return Requested(at, playbook, dressed(properties, {}))
            case Answer():
                told = dressed({"by": what.by, "to": what.to}, {})
                return replace(what, by=str(told["by"]), to=str(told["to"]))
            case Ended():
                return replace(what, answer=cast("Json", people.of(what.answer, None, "answer")))
            case _:
                return what

    return replace(
        tape,
        customer=name,
        attributes=dressed(tape.attributes, words.attributes),
        timeline=tuple(map(one, tape.timeline)),
    )


def _another_name(project: Project, own: str, was: Verdict, replaced: Mapping[str, str]) -> str:
    """Return a name that no value is, and that falls to the same arms wherever the customer did."""
    entered = {entry.playbook for entry in was.journal if entry.run}

    def drawn(name: str) -> tuple[object, ...]:
        words = project.vocabulary.project
        return tuple(
            lot
            for plan in project.plans
            if plan.playbook in entered
            for lot in (
                holds_out(words, plan, name),
                *(
                    arm_of(words, f"{safe(plan.playbook)}/{safe(step.id)}", step.body, name)
                    for step in plan.steps
                    if isinstance(step.body, Split)
                ),
            )
        )

    wanted, taken = drawn(own), {own, *replaced}
    for number in islice(count(1), _MOST_NAMES):
        name = f"customer-{number}"
        if name not in taken and drawn(name) == wanted:
            return name
    raise NotAlike(f"of {_MOST_NAMES:,} names none falls to the same arms of all splits")


# --- the same again -------------------------------------------------------------------------------


def _compare(was: Verdict, now: Verdict, apart: Collection[str] = ()) -> None:
    """Raise NotAlike where something else is decided, some kinds of notes apart."""
    before, after = _shape(was, apart), _shape(now, apart)
    for one, other in zip_longest(before, after, fillvalue=()):
        if one != other:
            said = " ".join(str(part) for part in one or other if part)
            raise NotAlike(f"told as a test, something else is decided: {said}")


def _shape(verdict: Verdict, apart: Collection[str]) -> Shape:
    """Return what was decided, without what may name anybody."""
    entries = [
        ("decided", one.playbook, one.step, one.kind, one.at, one.due_at)
        for one in verdict.journal
        if one.kind not in apart
    ]
    actions = [
        ("done", one.playbook, one.step, one.do, one.at, bool(one.skipped)) for one in verdict.done
    ]
    return (*entries, *actions)


def _expecting(tape: Trial, verdict: Verdict) -> Trial:
    """Return a history with all that was done expected, and all that was skipped."""
    return replace(
        tape,
        expected=tuple(_expected(one) for one in verdict.done if not one.skipped),
        skipped=tuple(
            Skipped(one.action, one.skipped, one.at) for one in verdict.done if one.skipped
        ),
    )


def _expected(done: Done) -> Expected:
    args = {key: value for key, value in done.args.items() if key not in _UNTOLD}
    return Expected(done.at, done.action, done.step, None, args or None)
