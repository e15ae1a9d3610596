"""What was waited for is heard: answers of people and of actions, in time, too late, or never."""

import json
from typing import Final

from . import plan as P
from .effects import Entry
from .occurrence import Settled
from .plan import Json
from .ready import ReadyPlan
from .state import Run
from .vocabulary import fold
from .waits import Waits

__all__ = ["LARGEST_ANSWER", "Answering", "fits"]

LARGEST_ANSWER: Final = 4_000
"""Characters of JSON that a run keeps of an answer; a larger one counts as missing."""
_UNDONE: Final = ("failed", "in doubt", "refused")


def fits(answer: Json) -> bool:
    """Return whether an answer is small enough to be kept."""
    return len(json.dumps(answer, ensure_ascii=False)) <= LARGEST_ANSWER


class Answering(Waits):
    """The part of a turn that hears answers."""

    __slots__ = ()

    def settled(self, what: Settled) -> None:
        """Let the run that waits for it go on; of anything else write down what became of it."""
        if self.customer.counted and what.ending in ("failed", "refused"):
            self.uncount(what.key)
        run = self.customer.runs.get(what.run)
        ready = self.program.plan_of(run) if run is not None else None
        if run is None or ready is None or not what.key or run.waits_for != what.key:
            self.too_late(what)
        elif what.ending == "delegated":
            self.told(what, f"delegated: {what.note}")
        elif run.phase == "ask" and what.ending == "answered":
            self.answered(ready, run, what)
        elif run.phase == "answer":
            self.heard(ready, run, what)
        else:
            self.too_late(what)

    def answered(self, ready: ReadyPlan, run: Run, what: Settled) -> None:
        """Go the way of a person's answer; without one of its own it leads on."""
        step = ready.steps[run.step].step
        body = step.body
        self.note(run, "answered", what.note + (f" (by {what.by})" if what.by else ""))
        arms = body.arms if isinstance(body, P.Ask) else ()
        found = [arm.target for arm in arms if fold(arm.name) == fold(what.note)]
        self.go_on(ready, run, found[0] if found else step.next)

    def heard(self, ready: ReadyPlan, run: Run, what: Settled) -> None:
        """Keep what an action has answered, or that it failed."""
        step = ready.steps[run.step].step
        kept = what.answer if fits(what.answer) else None
        note = what.ending if fits(what.answer) else f"{what.ending}, its answer is too large"
        self.keep_answer(step.body, run, what.ending, kept)
        self.note(run, "answered", f"{note}: {what.note}" if what.note else note)
        self.go_on(ready, run, step.next)

    def go_on(self, ready: ReadyPlan, run: Run, target: str | None) -> None:
        """Let a run that has waited to hear something go on, unless it is to stop."""
        run.planned_at, run.phase, run.waits_for = self.now, "due", ""
        if not self.stops(ready, run):
            self.leave(ready, run, target)

    def too_late(self, what: Settled) -> None:
        """Write down what nobody waits for, or waits for any more."""
        note = f"{what.ending}: {what.note}" if what.note else what.ending
        if what.by:
            note += f" (by {what.by})"
        if what.key and what.ending not in _UNDONE:
            note += "; nobody waits for it any more"
        self.told(what, note)

    def told(self, what: Settled, note: str) -> None:
        """Write down what became of an action or a question."""
        self.effects.append(
            Entry(
                self.now, self.customer.id, "settled", what.playbook, what.run, what.step, note=note
            )
        )
