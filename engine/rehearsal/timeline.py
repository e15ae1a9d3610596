"""What happens to the customer of a test, moment by moment, and what is decided meanwhile."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence

from ..core.advance import recall
from ..core.asking import ASK
from ..core.effects import Effect, Perform
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
from ..core.state import Run
from ..core.vocabulary import fold
from ..standing_in import StandIn
from .script import Answer, Ended, Late, Moment, Restart

__all__ = ["Play"]


class Play:
    """One customer on its way through a timeline; `unclear` tells what could not be understood."""

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
        self._promised: list[Perform] = []

    def begin(
        self, name: str, values: Mapping[str, object], past: Sequence[Moment], start: int
    ) -> Iterator[Effect]:
        """Yield what is decided when playbooks are deployed for a customer who is already there."""
        self._customer = self._program.customer(name, values)
        for what in past:
            if isinstance(what, Happened | Changed):
                recall(self._customer, what, self._program)
        yield from self._take(Deployed(start))

    def arrive(self, name: str, values: Mapping[str, object], start: int) -> Iterator[Effect]:
        """Yield what is decided when a customer is seen for the first time."""
        self._customer = self._program.customer(name)
        yield from self._take(Arrived(start, values))

    def go_on(self, timeline: Sequence[Moment], until: int) -> Iterator[Effect]:
        """Yield what is decided while all of it happens, and until just before the end."""
        for what in timeline:
            if isinstance(what, Restart | Answer | Ended | Late):
                # The customer is looked at as it is by then, all that was due before included.
                yield from self._take(Passed(what.at))
            match what:
                case Restart():
                    told = json.loads(json.dumps(self._customer.to_json()))
                    self._customer = self._program.restored(told)
                case Late(_, late):
                    yield from self._take(late)
                case Answer() | Ended():
                    settled = (
                        self._answered(what) if isinstance(what, Answer) else self._ended(what)
                    )
                    if settled is not None:
                        yield from self._take(settled)
                case _:
                    yield from self._take(what)
        yield from self._take(Passed(until - 1))

    def _take(self, occurrence: Occurrence) -> Iterator[Effect]:
        played = self._stand_in.play(self._customer, [occurrence], self._program, self._heard)
        for effect in played:
            if isinstance(effect, Perform) and not effect.skipped:
                self._promised.append(effect)
            yield effect

    def _answered(self, said: Answer) -> Settled | None:
        """Return a person's answer; one to nobody's question is one that comes too late."""
        if said.number:
            asked = self._named(said)
            return None if asked is None else _settled(said, asked.playbook, asked.run, asked.key)
        asking = [
            run
            for run in self._customer.runs.values()
            if run.phase == "ask" and _about(said, run.playbook, run.step)
        ]
        if len(asking) > 1:
            runs = ", ".join(f"{run.playbook}/{run.step}" for run in asking)
            self.unclear.append(f"`{said.said}` may answer any of {runs}: name its `step:`")
            return None
        run: Run | None = asking[0] if asking else None
        if run is None:
            return _settled(said, said.playbook, "", "none")
        return _settled(said, run.playbook, run.id, run.waits_for, run.step)

    def _ended(self, what: Ended) -> Settled | None:
        action = self._named(what)
        if action is None:
            return None
        told = (action.playbook, action.run, action.step, what.ending, what.because, action.key)
        return Settled(what.at, *told, what.answer)

    def _named(self, what: Answer | Ended) -> Perform | None:
        """Return the promise that a moment names; when there is none, or more than one, say so."""
        asks = isinstance(what, Answer)
        found = [
            one
            for one in self._promised
            if (one.kind == ASK) is asks and _about(what, one.playbook, one.step)
        ]
        if len({one.playbook for one in found}) > 1:
            playbooks = ", ".join(dict.fromkeys(one.playbook for one in found))
            self.unclear.append(f"`{what.step}` is a step of {playbooks}: name its `playbook:`")
        elif len(found) < max(what.number, 1):
            times = f" {what.number} times" if what.number > 1 else ""
            self.unclear.append(f"by then `{what.step}` has not promised anything{times}")
        else:
            return found[what.number - 1]
        return None


def _about(what: Answer | Ended, playbook: str, step: str) -> bool:
    return fold(what.playbook or playbook) == fold(playbook) and fold(what.step or step) == fold(
        step
    )


def _settled(said: Answer, playbook: str, run: str, key: str, step: str = "") -> Settled:
    about = (playbook, run, step or said.step)
    if said.to:
        return Settled(said.at, *about, "delegated", f"to {said.to}", key, by=said.by)
    return Settled(said.at, *about, "answered", said.said, key, by=said.by)
