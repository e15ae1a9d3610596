"""Customers parted for good: the arms of a `split:`, and those whom a playbook holds out."""

from typing import Final

from . import plan as P
from .aims import Aiming
from .ready import ReadyPlan, ReadyStep, safe
from .shares import share
from .state import Run

__all__ = ["HELD_OUT", "HOLDOUT", "Parting", "arm_of", "held_as", "holds_out", "kept_in"]

HOLDOUT: Final = "holdout"
"""Why nothing is done for a customer who is held out."""
HELD_OUT: Final = "held out"
"""What is remembered of a customer who is."""
_TAKEN: Final = "taken"


def kept_in(plan: P.Plan, step: P.Step) -> str:
    """Return where a customer's arm of a `split:` is remembered."""
    return f"{safe(plan.playbook)}/{safe(step.id)}"


def held_as(plan: P.Plan, *, out: bool) -> tuple[str, str]:
    """Return where it is remembered whether a customer is held out, and as what."""
    return safe(plan.playbook), HELD_OUT if out else _TAKEN


def holds_out(project: str, plan: P.Plan, customer: str) -> bool:
    """Return whether a customer is one of those who get no action of a playbook."""
    held = plan.holdout
    return bool(held) and share(project, safe(plan.playbook), HOLDOUT, customer) < held


def arm_of(project: str, slot: str, body: P.Split, customer: str) -> str:
    """Return the arm of a `split:` in which a customer's place among all lies.

    `slot` is `playbook/step`, each name as `safe` has it.
    """
    place, end = share(project, slot, customer), 0
    for arm in body.arms:
        end += arm.share
        if place < end:
            return arm.name
    return body.arms[-1].name


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
            drawn = self.customer.arms[ready.name] = HELD_OUT if held else _TAKEN
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
