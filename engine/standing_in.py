"""Who answers in a rehearsal: actions at once, as they are told to; people only where a test says so."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from .core.advance import apply
from .core.effects import ASK, Effect, Perform
from .core.occurrence import Occurrence, Passed, Settled
from .core.plan import Do, Json
from .core.program import Program
from .core.state import Customer
from .patterns import awaits

__all__ = ["Play", "StandIn", "play", "player"]

Play = Callable[[Customer, Iterable[Occurrence], Program], Iterator[Effect]]
"""Lets things happen to one customer, in place, and yields what is decided."""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Answers in place of what actions talk to: at the instant they are promised."""

    answers: Mapping[str, Json] | None
    """By the name given with `as:`; what is not there is done, and its answer is missing. With None
    nobody answers."""
    fails: frozenset[str] = frozenset()
    """The names whose actions fail."""
    decide: Callable[[Customer, Occurrence, Program], Iterable[Effect]] = apply
    """What decides about one occurrence; somebody may look on."""

    def play(
        self,
        customer: Customer,
        occurrences: Iterable[Occurrence],
        program: Program,
        heard: Callable[[Occurrence], None] = lambda _: None,
    ) -> Iterator[Effect]:
        """Yield what is decided while occurrences happen and answers come; `heard` is told of both.

        Timers are settled one instant after the other, for an answer belongs to its own instant.
        """
        for occurrence in occurrences:
            while (due := customer.next_due()) is not None and due < occurrence.at:
                yield from self._take(customer, Passed(due), program, heard)
            yield from self._take(customer, occurrence, program, heard)

    def _take(
        self,
        customer: Customer,
        occurrence: Occurrence,
        program: Program,
        heard: Callable[[Occurrence], None],
    ) -> Iterator[Effect]:
        waiting = [occurrence]
        while waiting:
            what = waiting.pop(0)
            heard(what)
            for effect in self.decide(customer, what, program):
                yield effect
                answer = self.answer(effect, program) if isinstance(effect, Perform) else None
                waiting += [answer] if answer is not None else []

    def answer(self, action: Perform, program: Program) -> Settled | None:
        """Return what becomes of an action that is waited for; None where nobody says anything."""
        if self.answers is None or not action.awaited or action.skipped or action.kind == ASK:
            return None
        told = (action.at, action.playbook, action.run, action.step)
        name = _named(action, program)
        if name in self.fails:
            return Settled(*told, "failed", "as the test says", action.key)
        return Settled(*told, "done", "", action.key, self.answers.get(name))


def play(
    customer: Customer, occurrences: Iterable[Occurrence], program: Program
) -> Iterator[Effect]:
    """Yield what is decided about one customer while occurrences happen; changes it in place."""
    for occurrence in occurrences:
        yield from apply(customer, occurrence, program)


def player(program: Program, answers: Mapping[str, Json] | None) -> Play:
    """Return how customers play: with answers at once, by the name given with `as:`; None for no answers."""
    asked = answers is not None and awaits(program.project.plans)
    return StandIn(answers).play if asked else play


def _named(action: Perform, program: Program) -> str:
    ready = program.plans.get(action.playbook)
    step = ready.steps.get(action.step) if ready is not None else None
    return step.step.body.answer if step is not None and isinstance(step.step.body, Do) else ""
