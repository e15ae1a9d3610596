"""What happens to the customer of a test, moment by moment, and what is decided meanwhile."""

import json
from collections.abc import Callable, Iterator, Sequence

from ..core.advance import recall
from ..core.effects import ASK, Effect, Perform
from ..core.occurrence import (
    Arrived,
    Changed,
    Deployed,
    Happened,
    Occurrence,
    Passed,
    Settled,
)
from ..core.program import Program
from ..core.vocabulary import fold
from ..standing_in import StandIn
from .script import Answer, Ended, Late, Moment, Restart, Trial
from .whereabouts import Whereabouts

__all__ = ["Play"]


class Play:
    """One customer on its way through a timeline.

    `promised` are the actions and questions so far, `been` where the customer was; `unclear` tells
    what could not be understood.
    """

    def __init__(
        self,
        program: Program,
        stand_in: StandIn,
        heard: Callable[[Occurrence], None] = lambda _: None,
    ) -> None:
        self.unclear: list[str] = []
        self._program = program
        self._stand_in = stand_in
        self._heard = heard
        self.promised: list[Perform] = []
        self.been = Whereabouts(program.lifecycles)
        self._now: int | None = None

    def begin(self, trial: Trial) -> Iterator[Effect]:
        """Yield what is decided when playbooks are deployed for a customer who is already there."""
        self._customer = self._program.customer(trial.customer, trial.attributes)
        self._customer.arms.update(trial.drawn)
        past = (what for what in trial.timeline if what.at < trial.start)
        for what in past:
            if isinstance(what, Happened | Changed):
                recall(self._customer, what, self._program)
        yield from self._take(Deployed(trial.start))

    def arrive(self, trial: Trial) -> Iterator[Effect]:
        """Yield what is decided when a customer is seen for the first time."""
        self._customer = self._program.customer(trial.customer)
        self._customer.arms.update(trial.drawn)
        yield from self._take(Arrived(trial.start, trial.attributes))

    def go_on(self, timeline: Sequence[Moment], until: int) -> Iterator[Effect]:
        """Yield what is decided while all of it happens, and until just before the end."""
        for what in timeline:
            match what:
                case Restart(at):
                    # The customer is looked at as it is by then, all that was due before included.
                    yield from self._take(Passed(at))
                    told = json.loads(json.dumps(self._customer.to_json()))
                    self._customer = self._program.restored(told)
                case Late(at, late):
                    yield from self._take(Passed(at))
                    yield from self._take(late)
                case Answer() | Ended():
                    yield from self._settle(what)
                case _:
                    yield from self._take(what)
        yield from self._take(Passed(until - 1))
        self._look()

    def _settle(self, what: Answer | Ended) -> Iterator[Effect]:
        """Yield what an answer or an outcome leads to: of what was promised before, else at its instant."""
        yield from self._take(Passed(what.at - 1))
        settled = self._meant(what)
        if not isinstance(settled, Settled):
            yield from self._take(Passed(what.at))
            settled = self._meant(what)
        if isinstance(settled, str):
            self.unclear.append(settled)
        elif settled is not None:
            yield from self._take(settled)
        elif isinstance(what, Answer):
            # An answer to nobody's question is one that comes too late.
            yield from self._take(_settled(what, what.playbook, "", "none"))

    def _take(self, occurrence: Occurrence) -> Iterator[Effect]:
        played = self._stand_in.play(self._customer, [occurrence], self._program, self._hear)
        for effect in played:
            if isinstance(effect, Perform) and not effect.skipped:
                self.promised.append(effect)
            yield effect

    def _hear(self, what: Occurrence) -> None:
        """Note what the occurrence before this one has come to, and take this one up."""
        self._look()
        # What is told late changes nothing before it is told.
        self._now = what.at if self._now is None else max(self._now, what.at)
        self._heard(what)

    def _look(self) -> None:
        if self._now is not None:
            self.been.note(self._now, self._customer.attributes)

    def _meant(self, what: Answer | Ended) -> Settled | str | None:
        """Return what a moment settles, or why that is not clear; None where nobody asks."""
        if isinstance(what, Answer) and not what.number:
            return self._answered(what)
        action = self._named(what)
        if isinstance(action, str):
            return action
        if isinstance(what, Answer):
            return _settled(what, action.playbook, action.run, action.key, action.step)
        told = (action.playbook, action.run, action.step, what.ending, what.because, action.key)
        return Settled(what.at, *told, what.answer)

    def _answered(self, said: Answer) -> Settled | str | None:
        """Return a person's answer to the question that waits."""
        asking = [
            run
            for run in self._customer.runs.values()
            if run.phase == "ask" and _about(said, run.playbook, run.step)
        ]
        if len(asking) > 1:
            runs = ", ".join(f"{run.playbook}/{run.step}" for run in asking)
            return f"`{said.said}` may answer any of {runs}: name its `step:`"
        if not asking:
            return None
        run = asking[0]
        return _settled(said, run.playbook, run.id, run.waits_for, run.step)

    def _named(self, what: Answer | Ended) -> Perform | str:
        """Return the promise that a moment names, or that there is none, or more than one."""
        asks = isinstance(what, Answer)
        found = [
            one
            for one in self.promised
            if (one.kind == ASK) is asks and _about(what, one.playbook, one.step)
        ]
        if len({one.playbook for one in found}) > 1:
            playbooks = ", ".join(dict.fromkeys(one.playbook for one in found))
            return f"`{what.step}` is a step of {playbooks}: name its `playbook:`"
        if len(found) < max(what.number, 1):
            times = f" {what.number} times" if what.number > 1 else ""
            return f"by then `{what.step}` has not promised anything{times}"
        return found[what.number - 1]


def _about(what: Answer | Ended, playbook: str, step: str) -> bool:
    return fold(what.playbook or playbook) == fold(playbook) and fold(what.step or step) == fold(
        step
    )


def _settled(said: Answer, playbook: str, run: str, key: str, step: str = "") -> Settled:
    about = (playbook, run, step or said.step)
    if said.to:
        return Settled(said.at, *about, "delegated", f"to {said.to}", key, by=said.by)
    return Settled(said.at, *about, "answered", said.said, key, by=said.by)
