"""Customers parted for good: the arms of a `split:`, and those whom a playbook holds out."""

from . import plan as P
from .aims import Aiming
from .drawn import HELD_OUT, TAKEN, arm_of, holds_out
from .ready import ReadyPlan, ReadyStep
from .state import Run

__all__ = ["Parting"]


class Parting(Aiming):
    """The part of a turn that draws where a customer belongs, once, and then remembers it."""

    __slots__ = ()

    def holds_out(self, ready: ReadyPlan) -> bool:
        """Whether the customer is one of those who get no action of a playbook."""
        if not ready.plan.holdout:
            return False
        drawn = self.customer.arms.get(ready.name)
        if drawn is None:
            held = holds_out(self.program.vocabulary.project, ready.plan, self.customer.id)
            drawn = self.customer.arms[ready.name] = HELD_OUT if held else TAKEN
        return drawn == HELD_OUT

    def split(self, ready: ReadyPlan, step: ReadyStep, run: Run, body: P.Split) -> str | None:
        """Return where the customer's arm leads, drawn at the first time and kept from then on."""
        arms, drawn = {arm.name: arm for arm in body.arms}, self.customer.arms
        slot = f"{ready.name}/{step.name}"
        if drawn.get(slot) not in arms:  # The first time, or its arm was taken out of the playbook.
            project = self.program.vocabulary.project
            drawn[slot] = arm_of(project, slot, body, self.customer.id)
        arm = arms[drawn[slot]]
        self.note(run, "branch", f"arm {arm.name}")
        return arm.target
