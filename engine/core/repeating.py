"""Steps that are repeated: which repetition a run is in, and when the next one begins."""

import hashlib

from . import plan as P
from .calendar import add
from .parting import Parting
from .ready import ReadyStep
from .records import identity
from .state import Run

__all__ = ["Repeating"]


class Repeating(Parting):
    """The part of a turn that counts repetitions."""

    __slots__ = ()

    def repeat(self, step: ReadyStep, run: Run, body: P.Repeat) -> str | None:
        """Return where a run goes that comes to a `repeat:`: into the first repetition, or past it."""
        if body.first is None or self.is_over(step, run):
            return step.step.next
        run.loops[step.step.id] = [0, run.planned_at]
        return self.round(step, run, body)

    def round(self, step: ReadyStep, run: Run, body: P.Repeat) -> str | None:
        """Begin the next repetition; return its first step."""
        count = run.loops[step.step.id]
        count[0] += 1
        self.note(run, "repeat", f"{count[0]} of {body.most}")
        return body.first

    def come_round(self, step: ReadyStep, run: Run, body: P.Repeat) -> tuple[str | None] | None:
        """Return where a run goes after a repetition, or None when it waits for the next one."""
        run.step = step.step.id
        if run.loops[run.step][0] >= body.most or self.is_over(step, run):
            del run.loops[run.step]
            return (step.step.next,)
        due = self.next_round(run, body)
        if due <= self.now:
            run.planned_at = due
            return (self.round(step, run, body),)
        run.phase = "repeat"
        self.customer.arm(f"run:{run.id}", due)
        if step.until is not None:
            self.arm_condition(f"until:{run.id}", step.until, run)
        self.note(run, "waiting", "for the next repetition", due=due)
        return None

    def next_round(self, run: Run, body: P.Repeat) -> int:
        """Return when the next repetition begins: counted from the first, once this one has ended."""
        number, first = run.loops[run.step]
        due = add(first, body.every, self.customer.zone, self.program.calendar, number)
        return max(due, run.planned_at)

    def is_over(self, step: ReadyStep, run: Run) -> bool:
        """Whether there is nothing to repeat (any more): `until` holds."""
        if step.until is None or not self.true(step.until, run):
            return False
        self.note(run, "repeat", "over: until", self.reasons(run, step.until))
        return True

    def key(self, step: ReadyStep, run: Run) -> str:
        """Return the key of what a step promises: the run, the step, each repetition and record."""
        key = f"{run.id}/{step.name}"
        if not step.step.within and run.each is None:
            return key  # As nearly all are.
        rounds = "".join(f"/{run.loops[name][0]}" for name in step.step.within if name in run.loops)
        return f"{key}{rounds}{_whose(run)}"


def _whose(run: Run) -> str:
    """Return what tells the actions for several records apart, wherever in the list they stand.

    A key outlives the person it is about, so it holds no name and no address.
    """
    if run.each is None:
        return ""
    return f"/{hashlib.sha256(identity(run.each).encode()).hexdigest()[:16]}"
