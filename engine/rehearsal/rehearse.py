"""A rehearsal: the production core with a clock moved by hand, one customer after the other.

Customers are independent, so there is no queue of all that happens anywhere: each customer's
timers are settled when its next occurrence comes, or the end; only the actions are put in order.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from typing import Final

from ..core.advance import recall
from ..core.effects import Effect, Entry, Perform
from ..core.occurrence import (
    Arrived,
    Changed,
    Deployed,
    Happened,
    Occurrence,
    Passed,
    Requested,
    Settled,
)
from ..core.plan import Json
from ..core.program import Program
from ..core.state import Customer
from ..core.trace import Trace
from ..render import Renderer
from ..standing_in import player
from .quiet import undisturbed

__all__ = [
    "Action",
    "Part",
    "Rehearsal",
    "Role",
    "Seen",
    "rehearse",
    "rehearse_parts",
]

Seen = Happened | Changed | Requested | Settled
"""What may happen to a customer in a rehearsal; time passes by itself."""
Part = tuple[Mapping[str, Mapping[str, object]], Mapping[str, Sequence[Seen]]]
"""Some customers with their attributes, and what happened to each: a part of them all."""


_NONE: Final[Mapping[str, Json]] = {}


@dataclass(slots=True)
class Action:
    """An action that would be performed, or would not and why; `at` in microseconds UTC."""

    at: int
    customer: str
    playbook: str
    step: str
    do: str
    """The kind of action: `create-task`."""
    args: Mapping[str, Json]
    """What it was given, templates rendered."""
    run: str
    key: str
    skipped: str = ""
    why: tuple[Trace, ...] = ()
    """The conditions that let the run begin, then the step's own, if the program keeps reasons."""
    cause: str = ""
    """What began the run: `event go-live`."""


@dataclass(slots=True)
class Rehearsal:
    """What came of a rehearsal."""

    start: int
    until: int
    actions: list[Action] = field(default_factory=list)
    """In order of time, then customer, then playbook; the skipped ones among them."""
    journal: list[Effect] = field(default_factory=list)
    """All that was decided and why, customer after customer; empty unless asked for."""
    customers: int = 0
    events: int = 0
    """Events and changes that were decided about, history before the start apart."""
    recalled: int = 0
    """Events before the start, which are history only."""
    beyond: int = 0
    """Events at or after the end, which were left alone."""
    runs: Counter[str] = field(default_factory=Counter)
    """Runs begun, by playbook."""
    goals: Counter[tuple[str, bool, bool]] = field(default_factory=Counter)
    """Goals by playbook, whether its customer is held out, and whether it was reached."""
    held_out: set[str] = field(default_factory=set)
    """The runs in which nothing was done, because their customers are held out."""
    held: Counter[str] = field(default_factory=Counter)
    """How often limits have held an action back, by what they said."""
    holding: int = 0
    """Actions that they still hold back at the end."""
    waiting: int = 0
    """Runs that still wait at the end."""
    next_due: int | None = None
    """When the first of them is due; None when all wait for something to happen."""

    @property
    def performed(self) -> Iterator[Action]:
        """Walk through the actions that would be performed."""
        return (action for action in self.actions if not action.skipped)


def rehearse(
    program: Program,
    customers: Mapping[str, Mapping[str, object]],
    histories: Mapping[str, Sequence[Seen]],
    *,
    start: int,
    until: int,
    journal: bool = False,
    on_progress: Callable[[int], None] | None = None,
    answers: Mapping[str, Json] | None = _NONE,
) -> Rehearsal:
    """Deploy the program at `start`, let everything happen, and stop just before `until`.

    `customers` are there from the start, with these attributes; the others are first seen when
    something first happens to them. Each history is in order of time; what lies before `start` is
    remembered and decides nothing. `on_progress` is told how many events were taken so far.
    `answers` are what actions answer at once, by the name given with `as:` (missing by default);
    with None nobody answers but what stands in the histories.
    """
    return rehearse_parts(
        program, [(customers, histories)],
        start=start, until=until, journal=journal, on_progress=on_progress, answers=answers,
    )  # fmt: skip


def rehearse_parts(
    program: Program,
    parts: Iterable[Part],
    *,
    start: int,
    until: int,
    journal: bool = False,
    on_progress: Callable[[int], None] | None = None,
    answers: Mapping[str, Json] | None = _NONE,
    listen: Callable[[Effect], None] | None = None,
) -> Rehearsal:
    """Rehearse one part of the customers after another; the result is that of all at once.

    Each part is customers and histories as for `rehearse`, and is let go of when it is done. Only
    the journal follows the order of the parts. `listen` is told all that is decided, in that order.
    """
    result = Rehearsal(start, until)
    heard = [result.journal.append] if journal else []
    heard += [] if listen is None else [listen]
    one_by_one = _OneByOne(program, result, answers, heard)
    with undisturbed():
        for customers, histories in parts:
            for name in sorted({*customers, *histories}):
                one_by_one.take(name, customers.get(name), histories.get(name, ()))
                if on_progress is not None:
                    on_progress(result.recalled + result.events + result.beyond)
            del customers, histories  # Before the next part is read.
    result.actions.sort(key=_order)
    return result


class _OneByOne:
    """Lets customers play, one after the other, and writes down what comes of it."""

    def __init__(
        self,
        program: Program,
        result: Rehearsal,
        answers: Mapping[str, Json] | None,
        heard: Sequence[Callable[[Effect], None]],
    ) -> None:
        self.program = program
        self.result = result
        self.renderer = Renderer(program.project)
        self.play = player(program, answers)
        self.heard = heard
        self.limited = bool(program.limits)
        """Whether actions may be performed after their run has ended."""

    def take(
        self, name: str, attributes: Mapping[str, object] | None, told: Sequence[Seen]
    ) -> None:
        """Let one customer play from the start to the end."""
        result = self.result
        one = Role(self.program, name, attributes, told, result.start, result.until)
        if one.customer is not None:
            result.customers += 1
            began: dict[str, Entry] = {}
            heard, limited = self.heard, self.limited
            for effect in self.play(one.customer, one.occurrences(), self.program):
                _record(effect, result, self.renderer, began)
                for hear in heard:
                    hear(effect)
                if not limited and type(effect) is Entry and effect.kind == "ended":
                    began.pop(effect.run, None)
            _count_waiting(one.customer, result)
        result.recalled += one.first
        result.events += one.last - one.first
        result.beyond += len(one.told) - one.last


class Role:
    """One customer's role in a rehearsal: what is history, what happens, and what lies beyond.

    `customer` is None when nothing is known of it before the end.
    """

    __slots__ = ("customer", "first", "fresh", "last", "start", "told", "until")

    def __init__(
        self,
        program: Program,
        name: str,
        attributes: Mapping[str, object] | None,
        told: Sequence[Seen],
        start: int,
        until: int,
    ) -> None:
        self.told = told
        self.start = start
        self.until = until
        self.first = bisect_left(told, start, key=_at)
        self.last = bisect_left(told, until, key=_at)
        self.fresh = attributes is None and self.first == 0
        self.customer: Customer | None = None
        if not self.fresh or self.last > 0:
            self.customer = program.customer(name, attributes)
            for what in told[: self.first]:
                if not isinstance(what, Requested | Settled):
                    recall(self.customer, what, program)

    def occurrences(self) -> Iterator[Occurrence]:
        """Yield what happens to the customer from the start to the end."""
        ahead = self.told[self.first : self.last]
        if not self.fresh:
            yield Deployed(self.start)
        elif isinstance(ahead[0], Changed):
            # What a new customer is first said to be is no change: there was nothing before it.
            yield Arrived(ahead[0].at, ahead[0].values)
            ahead = ahead[1:]
        else:
            yield Arrived(ahead[0].at)
        yield from ahead
        yield Passed(self.until - 1)


_at = attrgetter("at")
_order = attrgetter("at", "customer", "playbook")


def _record(effect: Effect, result: Rehearsal, renderer: Renderer, began: dict[str, Entry]) -> None:
    if isinstance(effect, Perform):
        rendered = renderer.render(effect)
        start = began[effect.run]
        result.actions.append(
            Action(
                effect.at, effect.customer, effect.playbook, effect.step, effect.kind,
                rendered.args, effect.run, effect.key,
                effect.skipped or rendered.error, start.why + effect.why, start.note,
            )
        )  # fmt: skip
    elif effect.kind == "started":
        result.runs[effect.playbook] += 1
        began[effect.run] = effect
    elif effect.kind == "goal":
        reached = effect.note.startswith("reached")
        result.goals[effect.playbook, effect.run in result.held_out, reached] += 1
    elif effect.kind == "holdout":
        result.held_out.add(effect.run)
    elif effect.kind == "held":
        result.held[effect.note.partition(",")[0]] += 1


def _count_waiting(customer: Customer, result: Rehearsal) -> None:
    result.waiting += len(customer.runs)
    result.holding += len(customer.held)
    for timer, due in customer.armed.items():
        ours = timer.startswith("run:")
        if ours and (result.next_due is None or due < result.next_due):
            result.next_due = due
