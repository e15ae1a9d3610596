"""Where a customer belongs for good: an arm of a `split:`, among those held out or not.

It knows plans and shares only, so that tests can be read without loading what plays them.
"""

from typing import Final

from . import plan as P
from .shares import safe, share

__all__ = ["HELD_OUT", "HOLDOUT", "TAKEN", "arm_of", "held_as", "holds_out", "kept_in"]

HOLDOUT: Final = "holdout"
"""Why nothing is done for a customer who is held out."""
HELD_OUT: Final = "held out"
"""What is remembered of a customer who is."""
TAKEN: Final = "taken"
"""What is remembered of one who is not."""


def kept_in(plan: P.Plan, step: P.Step) -> str:
    """Return where a customer's arm of a `split:` is remembered."""
    return f"{safe(plan.playbook)}/{safe(step.id)}"


def held_as(plan: P.Plan, *, out: bool) -> tuple[str, str]:
    """Return where it is remembered whether a customer is held out, and as what."""
    return safe(plan.playbook), HELD_OUT if out else TAKEN


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
