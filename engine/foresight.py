"""What time alone will bring to a customer, if nothing else happens: found by living on."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Final

from .core.effects import Entry
from .core.occurrence import Passed
from .core.program import Program
from .core.ready import ReadyPlan
from .core.state import Customer, Run
from .core.witnessing import Attempt, Book, witness

__all__ = ["Foresight", "foresee", "supposed_run"]

_MOST_LOOKS: Final = 1_000
"""How many instants ahead are lived through; a timer a day reaches nearly three years."""


@dataclass(slots=True)
class Foresight:
    """The first of everything that time alone brings; instants in microseconds UTC."""

    attempts: dict[str, Attempt] = field(default_factory=dict)
    """The first time each trigger fires, by its key, whether a run begins or not."""
    begins: dict[str, Attempt] = field(default_factory=dict)
    """The first time it fires and a run begins."""
    true_at: dict[str, int] = field(default_factory=dict)
    """When the `if` of a playbook, by its name, becomes true that is not true now."""
    moves: dict[str, Entry] = field(default_factory=dict)
    """The first line of the journal about each run that is in flight now."""
    until: int | None = None
    """Until when it was looked ahead; None where nothing more would ever happen."""

    def hear(self, attempt: Attempt) -> None:
        """Keep the first attempt of each trigger."""
        self.attempts.setdefault(attempt.trigger, attempt)
        if attempt.came == "began":
            self.begins.setdefault(attempt.trigger, attempt)


def foresee(
    customer: Customer, program: Program, now: int, plans: Iterable[ReadyPlan]
) -> Foresight:
    """Live on without anything happening but time; the customer stays as it is."""
    found = Foresight()
    c, book = customer.copy(), Book(found.hear)
    waiting = [ready for ready in plans if _may_turn(c, ready, now)]
    for _ in range(_MOST_LOOKS):
        at = _next(c, waiting, now)
        found.until = at
        if at is None:
            return found
        now = max(now, at)
        for effect in witness(c, Passed(at), program, book):
            if isinstance(effect, Entry) and effect.run in customer.runs:
                found.moves.setdefault(effect.run, effect)
        for ready in [one for one in waiting if _true(c, one, now)]:
            waiting.remove(ready)
            found.true_at[ready.plan.playbook] = now
    return found


def supposed_run(customer: Customer, playbook: str, at: int) -> Run:
    """Return a run that would begin at an instant, as conditions see it."""
    return Run("", playbook, at, customer.seq, None, at, at)


def _may_turn(c: Customer, ready: ReadyPlan, now: int) -> bool:
    """Whether an `if` is not true now, and what a trigger brings is not needed to judge it."""
    condition = ready.condition
    return condition is not None and not condition.reads.trigger and not _true(c, ready, now)


def _true(c: Customer, ready: ReadyPlan, now: int) -> bool:
    run, condition = supposed_run(c, ready.plan.playbook, now), ready.condition
    return condition is not None and condition.holds(c.attributes, c.history, now, c.zone, run)


def _next(c: Customer, waiting: Iterable[ReadyPlan], now: int) -> int | None:
    """Return the next instant at which anything may change by itself."""
    instants = [c.next_due()]
    for ready in waiting:
        if ready.condition is not None:
            run = supposed_run(c, ready.plan.playbook, now)
            world = (c.attributes, c.history, now, c.zone, run)
            instants.append(ready.condition.next_change(*world))
    return min((at for at in instants if at is not None), default=None)
