"""What every part of a turn shares: the customer, the instant, and how conditions are asked."""

from collections import deque
from collections.abc import Callable, Mapping
from typing import Final

from .compile import Condition
from .effects import Effect, Entry, EntryKind
from .occurrence import Occurrence
from .program import Program
from .readers import Trigger
from .ready import ReadyPlan
from .records import MOST
from .state import Customer, Run
from .trace import Trace

__all__ = ["DIGEST", "HELD", "Looking"]

DIGEST: Final = "/digest"
"""What the key of a digest has beyond that of its first message, under which it is counted."""

HELD: Final = "~held"
"""The timer for what limits hold back: of all that is due at an instant it is the last."""


FollowUp = tuple[int, Occurrence, Mapping[str, object], Mapping[str, object]]
"""What a run has caused: how deep, what, and for a change all values before it and after it."""


class Looking:
    """The lowest part of a turn: state to change, effects to add to, conditions to ask.

    A waiting run has up to three timers: `run:ID` for the instant it waits for or its deadline,
    `until:ID` and `stop:ID` for when time alone could make its condition true.
    """

    __slots__ = ("customer", "depth", "effects", "left", "now", "program", "queue", "rewritten")

    def __init__(self, customer: Customer, program: Program) -> None:
        self.customer = customer
        self.program = program
        self.effects: list[Effect] = []
        self.now = customer.clock
        self.queue: deque[FollowUp] = deque()
        """What was set or emitted and still has to be taken."""
        self.depth = 0
        self.rewritten: tuple[str, ...] = ()
        """Attributes of which a late change has told that they were something else before."""
        self.left: frozenset[tuple[str, object, int]] = frozenset()
        """Lifecycle, stage and instant of each stage that a rule has moved the customer out of."""

    def true(self, condition: Condition, run: Trigger | None) -> bool:
        """Whether a condition is true now."""
        c = self.customer
        return condition.holds(c.attributes, c.history, self.now, c.zone, run)

    def false(self, condition: Condition, run: Run | None) -> bool:
        """Whether a condition is false now: not true, and not unknown either."""
        c = self.customer
        return condition.fails(c.attributes, c.history, self.now, c.zone, run)

    def accepts(
        self, accepts: Callable[..., bool], properties: Mapping[str, object], run: Run | None
    ) -> bool:
        """Whether an event's properties pass a `where`."""
        c = self.customer
        return accepts(properties, c.attributes, c.history, self.now, c.zone, run)

    def explain(self, condition: Condition, run: Trigger | None) -> Trace:
        """Return a condition as it stands now, part by part."""
        c = self.customer
        return condition.explain(self.seen(), c.history, self.now, c.zone, run)

    def seen(self) -> Mapping[str, object]:
        """Return the customer's attributes, those included that are not kept."""
        return self.program.seen(self.customer, self.now)

    def reasons(self, run: Trigger | None, *conditions: Condition | None) -> tuple[Trace, ...]:
        """Return the conditions behind a decision, if the program keeps reasons."""
        if not self.program.reasons:
            return ()
        return tuple([self.explain(condition, run) for condition in conditions if condition])

    def arm_condition(self, timer: str, condition: Condition, run: Run) -> None:
        """Set the timer for when time alone could change a run's condition."""
        if condition.reads.time:
            c = self.customer
            due = condition.next_change(c.attributes, c.history, self.now, c.zone, run)
            c.arm(timer, due)

    def note(
        self,
        run: Run,
        kind: EntryKind,
        note: str,
        why: tuple[Trace, ...] = (),
        due: int | None = None,
        about: str = "",
    ) -> None:
        """Write a line of the journal."""
        self.effects.append(
            Entry(
                self.now, self.customer.id, kind, run.playbook, run.id, run.step, note, why, due,
                about,
            )
        )  # fmt: skip

    def end(
        self, run: Run, reason: str, why: tuple[Trace, ...] = (), *, by_itself: bool = False
    ) -> None:
        """End a run and take its timers away; what limits hold back outlives only its own end."""
        customer = self.customer
        if customer.runs.pop(run.id, None) is None:
            return
        if customer.held and not by_itself:
            self.stop_held(reason, run=run.id)
        if customer.armed:
            for kind in ("run", "stop", "until"):
                customer.arm(f"{kind}:{run.id}", None)
        if run.phase == "ask":
            self.withdraw(run, reason)
        self.keep_floor()
        self.note(run, "ended", reason, why=why)

    def withdraw(self, run: Run, reason: str) -> None:
        """Take back the question whose answer a run does not wait for any more."""
        self.note(run, "withdrawn", reason, about=run.waits_for)
        run.phase, run.waits_for = "due", ""

    def keep_floor(self) -> None:
        """Tell history how far back the runs in flight may still ask."""
        if self.program.asks_since_trigger:
            c = self.customer
            ats = [run.at for run in c.runs.values()] + [aim.at for aim in c.aims.values()]
            c.history.floor = min([*ats, *(held.run.at for held in c.held)], default=None)

    def look_at_held_again(self) -> None:
        """Let everything that is held back be looked at when this instant is over."""
        customer = self.customer
        for held in customer.held:
            held.due = min(held.due, self.now)
        if customer.held:
            customer.arm(HELD, self.now)

    def leave_out(self, playbook: str, left: int) -> None:
        """Write down that there were more records than are acted upon at one occasion."""
        if left > 0:
            note = f"{left} records left out: more than {MOST} at once"
            self.effects.append(Entry(self.now, self.customer.id, "cut", playbook, note=note))

    def stop_held(
        self, reason: str, *, run: str = "", trigger: str = "", playbook: str = "", spared: str = ""
    ) -> None:
        """Drop what is held back of a run, of a trigger's runs or of a playbook (but the `spared`).

        What was decided at this very instant stays: without a limit it would have been performed.
        """
        for held in self.customer.held:
            mine = (held.run.id, held.run.trigger, held.run.playbook)
            if held.since == self.now or held.run.id == spared:
                continue
            if any(a and a == b for a, b in zip((run, trigger, playbook), mine, strict=True)):
                held.stopped, held.due = reason, self.now
                self.customer.arm(HELD, self.now)

    def uncount(self, key: str) -> None:
        """Give back the place of an action that was not performed after all."""
        customer = self.customer
        for slot, counted in customer.counted.items():
            left = [one for one in counted if one[1] != key.removesuffix(DIGEST)]
            if len(left) < len(counted):
                customer.counted[slot] = left
                self.look_at_held_again()

    def stops(self, ready: ReadyPlan, run: Run) -> bool:
        """End a run whose `stop when` is true; else set the timer for when time may make it so."""
        if ready.stop is None:
            return False
        if self.true(ready.stop, run):
            self.end(run, "stop when", self.reasons(run, ready.stop))
            return True
        self.arm_condition(f"stop:{run.id}", ready.stop, run)
        return False
