"""Decisions looked at while they are made: which triggers were met, what came of it, and why.

A witness decides exactly what `apply` decides. What it sees besides, no journal holds: the triggers
that did not fire, and where each value came from.
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final, Literal

from . import plan as P
from .advance import Turn
from .compile import Condition
from .effects import Effect, Entry
from .evaluate import World
from .expr import Expr
from .judging import Judged, judge, world_of
from .meeting import Change
from .occurrence import Happened, Occurrence
from .program import Program
from .readers import Cause, Trigger
from .ready import ReadyPlan, ReadyStep, Spec
from .state import Customer, Run
from .trace import Source, Trace

__all__ = ["Attempt", "Book", "Came", "witness"]

Came = Literal["began", "not true", "refused"]
_LONGEST: Final = 60


@dataclass(frozen=True, slots=True)
class Attempt:
    """A trigger that was met, or might have been: what came of it, and the conditions at that instant."""

    at: int
    """When it was decided, microseconds since 1970 UTC."""
    playbook: str
    trigger: str
    """Its key: `playbook/number`."""
    cause: str
    """`event go-live`, `a condition that became true`."""
    came: Came
    note: str = ""
    """The run that began, or what kept it from beginning: `already running as …`."""
    conditions: tuple[Trace, ...] = ()
    failed: Trace | None = None
    """The first part that is not true, of those that all have to be."""
    edited: bool = False
    """Whether its playbook was edited since: the conditions are those of then."""


def _ignore(_: Attempt) -> None:
    """Write down no attempt."""


@dataclass(slots=True)
class Book:
    """What a witness writes down, from one occurrence to the next."""

    hear: Callable[[Attempt], None] = _ignore
    """Told of each attempt, in order."""
    sources: dict[str, Source] = field(default_factory=dict)
    """Where each attribute's value came from."""
    closely: bool = False
    """Whether event triggers whose conditions are not true are attempts, too."""
    plan: str | None = None
    """The one playbook whose attempts count; None for all."""

    def told(
        self, values: Mapping[str, object], before: Mapping[str, object], at: int | None
    ) -> None:
        """Write down that somebody outside has given attributes other values."""
        for name, value in values.items():
            if before.get(name) != value:
                self.sources[name] = Source("told", at)


def witness(
    customer: Customer, occurrence: Occurrence, program: Program, book: Book
) -> list[Effect]:
    """Do what `apply` does, and write down in `book` what is seen on the way."""
    turn = _Witness(customer, program, book)
    turn.meet_occurrence(occurrence)
    turn.follow_up()
    return turn.effects


class _Witness(Turn):
    """A turn that tells what it sees."""

    __slots__ = ("book", "by", "judged")

    def __init__(self, customer: Customer, program: Program, book: Book) -> None:
        super().__init__(customer, program)
        self.book = book
        self.by: Source | None = None
        """What gives attributes other values just now, where it is nobody outside."""
        self.judged: dict[str, tuple[Judged, ...]] = {}
        """By the key of an event trigger that is about to start, its conditions."""

    # --- where values come from -------------------------------------------------------------------

    def give(self, values: Mapping[str, object], at: int) -> tuple[str, ...]:
        """Give attributes other values, and write down who did."""
        before = self.customer.attributes
        rewritten = super().give(values, at)
        if self.by is None:
            self.book.told(values, before, at)
        else:
            changed = (name for name, value in values.items() if before.get(name) != value)
            self.book.sources.update(dict.fromkeys(changed, self.by))
        return rewritten

    def compute(self, number: int, *, fresh: bool) -> str:
        """Compute a signal or a segment, and write down since when it is what it is."""
        name = super().compute(number, fresh=fresh)
        if name:
            self.book.sources[name] = Source("computed", self.now)
        return name

    def known_first(self) -> list[int]:
        """Give a new customer what all have of whom nothing is known, which is computed, too."""
        self.by = Source("computed", self.now)
        left = super().known_first()
        self.by = None
        return left

    def perform(self, step: ReadyStep, run: Run, planned: int) -> None:
        """Do a step in the name of its run."""
        self.by = Source("set", self.now, run.id)
        super().perform(step, run, planned)
        self.by = None

    def move(self, rule: Spec) -> None:
        """Make a rule's move in the name of its lifecycle."""
        self.by = Source("moved", self.now)
        super().move(rule)
        self.by = None

    def take_places(self, at: int) -> list[str]:
        """Put the customer where each lifecycle starts, in the name of the lifecycle."""
        self.by = Source("moved", at)
        changed = super().take_places(at)
        self.by = None
        return changed

    def explain(self, condition: Condition, run: Trigger | None) -> Trace:
        """Return a condition as it stands now, with where its values come from."""
        return judge(condition.expr, self.world(run), self.program, self.book.sources).trace

    def world(self, t: Trigger | None, item: Mapping[str, object] | None = None) -> World:
        """Return all that a condition may look at."""
        return world_of(self.customer, self.program, self.now, t, item)

    # --- what is attempted ------------------------------------------------------------------------

    def start_met(self, what: Happened, started: Sequence[int]) -> None:
        """Begin the runs of event triggers; tell of those whose conditions are not true."""
        if self.book.closely:
            self.look_closely(what, frozenset(started))
        super().start_met(what, started)

    def look_closely(self, what: Happened, started: frozenset[int]) -> None:
        """Judge every trigger of an event, before anything begins."""
        cause = Cause(what.at, what.properties)
        for row in self.program.rows:
            start = self.program.starts[row.key]
            if row.event != what.event or not self.minds(start.plan):
                continue
            found = self.all_judged(
                (row.where, self.world(cause, what.properties)), (row.condition, self.world(cause))
            )
            if row.key in started:
                self.judged[start.key] = found
            else:
                self.hear(start.plan, start.key, f"event {what.event}", "not true", found)

    def start(
        self,
        ready: ReadyPlan,
        trigger: str,
        at: int,
        cause: str,
        event: Mapping[str, object] | None = None,
        *,
        met: bool = False,
        because: Condition | None = None,
        why: tuple[Trace, ...] | None = None,
    ) -> None:
        """Begin a run or not, and tell which."""
        if not self.minds(ready):
            super().start(ready, trigger, at, cause, event, met=met, because=because, why=why)
            return
        found = self.judged.pop(trigger, None)
        if found is None:
            plan, seq = ready.plan, self.customer.seq
            run = Run("", plan.playbook, at, seq, event, self.now, at, trigger=trigger)
            watched = because.expr if because is not None else None
            world = self.world(run)
            found = self.all_judged((watched, world), (plan.condition, world))
        told = len(self.effects)
        super().start(ready, trigger, at, cause, event, met=met, because=because, why=why)
        entry = _beginning(self.effects[told:], ready.plan.playbook)
        if entry is None:
            self.hear(ready, trigger, cause, "not true", found)
        elif entry.kind == "started":
            self.hear(ready, trigger, cause, "began", found, entry.run)
        else:
            self.hear(ready, trigger, cause, "refused", found, entry.note)

    def change_meant(self, change: Change, old: object, new: object) -> bool:
        """Whether a change is one that a trigger means; tell of those that are not."""
        meant = super().change_meant(change, old, new)
        if not meant and self.book.closely and self.minds(change.plan):
            where = change.trigger.where if isinstance(change.trigger, P.OnChange) else None
            found = self.all_judged((where, self.world(None, {"old": old, "new": new})))
            cause = f"a change from {_spelt(old)} to {_spelt(new)}"
            self.hear(change.plan, change.key, cause, "not true", found)
        return meant

    def minds(self, ready: ReadyPlan) -> bool:
        """Whether the attempts of a playbook count."""
        return self.book.plan is None or self.book.plan == ready.plan.playbook

    def all_judged(self, *asked: tuple[Expr | None, World]) -> tuple[Judged, ...]:
        """Judge the conditions that there are."""
        program, sources = self.program, self.book.sources
        return tuple(judge(e, world, program, sources) for e, world in asked if e is not None)

    def hear(
        self,
        ready: ReadyPlan,
        trigger: str,
        cause: str,
        came: Came,
        found: tuple[Judged, ...],
        note: str = "",
    ) -> None:
        """Tell of an attempt."""
        failed = None
        if came == "not true":
            failed = next((one.failed for one in found if one.failed is not None), None)
        conditions = tuple(one.trace for one in found)
        playbook = ready.plan.playbook
        self.book.hear(Attempt(self.now, playbook, trigger, cause, came, note, conditions, failed))


def _spelt(value: object) -> str:
    """Return a value as an author would write it, as far as it is short."""
    text = "missing" if value is None else json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= _LONGEST else f"{text[:_LONGEST]}…"


def _beginning(effects: Iterable[Effect], playbook: str) -> Entry | None:
    """Return the line that says whether a run has begun; there is none where its `if` is not true."""
    kinds = ("started", "not started")
    entries = (one for one in effects if isinstance(one, Entry) and one.playbook == playbook)
    return next((one for one in entries if one.kind in kinds), None)
