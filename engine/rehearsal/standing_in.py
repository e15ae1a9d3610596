"""Who answers in a rehearsal: actions at once, as they are told to; people only where a test says so."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from ..core.advance import apply
from ..core.asking import ASK
from ..core.effects import Effect, Perform
from ..core.occurrence import Occurrence, Passed, Settled
from ..core.plan import Do, Json
from ..core.program import Program
from ..core.state import Customer, Run
from ..core.vocabulary import fold

__all__ = ["Answer", "StandIn", "answer_of"]


@dataclass(frozen=True, slots=True)
class Answer:
    """A person answers the question that waits, or the one that is named; or hands it on."""

    at: int
    said: str
    """An answer; empty when the question is handed on."""
    by: str = ""
    to: str = ""
    """Who is to answer from now on."""
    playbook: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class StandIn:
    """Answers in place of what actions talk to: at the instant they are promised."""

    answers: Mapping[str, Json]
    """By the name given with `as:`; what is not there is done, and its answer is missing."""
    fails: frozenset[str] = frozenset()
    """The names whose actions fail."""

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
            for effect in apply(customer, what, program):
                yield effect
                answer = self.answer(effect, program) if isinstance(effect, Perform) else None
                waiting += [answer] if answer is not None else []

    def answer(self, action: Perform, program: Program) -> Settled | None:
        """Return what becomes of an action that is waited for; None where nobody says anything."""
        if not action.awaited or action.skipped or action.kind == ASK:
            return None
        told = (action.at, action.playbook, action.run, action.step)
        name = _named(action, program)
        if name in self.fails:
            return Settled(*told, "failed", "as the test says", action.key)
        return Settled(*told, "done", "", action.key, self.answers.get(name))


def answer_of(customer: Customer, said: Answer) -> Settled | list[Run]:
    """Return a person's answer to the question that waits; the runs that ask, when those are more.

    An answer to nobody's question is one that comes too late.
    """
    asking = [
        run
        for run in customer.runs.values()
        if run.phase == "ask"
        and fold(run.playbook) == fold(said.playbook or run.playbook)
        and fold(run.step) == fold(said.step or run.step)
    ]
    if len(asking) > 1:
        return asking
    run = asking[0] if asking else None
    about = (said.playbook, "", said.step) if run is None else (run.playbook, run.id, run.step)
    key = run.waits_for if run is not None else "none"
    if said.to:
        return Settled(said.at, *about, "delegated", f"to {said.to}", key, by=said.by)
    return Settled(said.at, *about, "answered", said.said, key, by=said.by)


def _named(action: Perform, program: Program) -> str:
    ready = program.plans.get(action.playbook)
    step = ready.steps.get(action.step) if ready is not None else None
    return step.step.body.answer if step is not None and isinstance(step.step.body, Do) else ""
