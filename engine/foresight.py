"""What time alone will bring to a customer, if nothing else happens: found by living on."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Final

from .core.compile import Condition
from .core.effects import Entry
from .core.occurrence import Passed
from .core.program import Program
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
    """When a condition that is not true now becomes true, by the name it is asked about under."""
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
    customer: Customer, program: Program, now: int, asked: Mapping[str, Condition]
) -> Foresight:
    """Live on without anything happening but time; the customer stays as it is.

    `asked` are the conditions of which is told when they become true. One that looks at what
    starts a run cannot be judged before something does.
    """
    found = Foresight()
    c, book = customer.copy(), Book(found.hear)
    waiting = {
        name: condition
        for name, condition in asked.items()
        if not condition.reads.trigger and not _true(c, condition, now)
    }
    for _ in range(_MOST_LOOKS):
        at = _next(c, waiting.values(), now)
        found.until = at
        if at is None:
            return found
        now = max(now, at)
        for effect in witness(c, Passed(at), program, book):
            if isinstance(effect, Entry) and effect.run in customer.runs:
                found.moves.setdefault(effect.run, effect)
        for name in [name for name, condition in waiting.items() if _true(c, condition, now)]:
            del waiting[name]
            found.true_at[name] = now
    return found


def supposed_run(customer: Customer, playbook: str, at: int) -> Run:
    """Return a run that would begin at an instant, as conditions see it."""
    return Run("", playbook, at, customer.seq, None, at, at)


def _true(c: Customer, condition: Condition, now: int) -> bool:
    return condition.holds(c.attributes, c.history, now, c.zone, supposed_run(c, "", now))


def _next(c: Customer, waiting: Iterable[Condition], now: int) -> int | None:
    """Return the next instant at which anything may change by itself."""
    run = supposed_run(c, "", now)
    turns = [one.next_change(c.attributes, c.history, now, c.zone, run) for one in waiting]
    return min((at for at in [c.next_due(), *turns] if at is not None), default=None)
