"""Sequences as triggers: what an event opens, what another closes, and what is left open too long."""

from collections.abc import Iterable

from .channels import History
from .effects import Entry
from .limiting import Limiting
from .meeting import PairSpec
from .occurrence import Happened
from .pairs import MOST_KEPT, Told
from .reach import LATEST
from .readers import Attributes
from .state import Watch
from .zone import Zone

__all__ = ["Pairing"]


class Pairing(Limiting):
    """The part of a turn that pairs events.

    Each first that waits for no second (`without`) has a timer `pair:KEY/SEQ`, by the number of its
    arrival. Nothing else is kept of it than what history remembers.
    """

    __slots__ = ()

    @property
    def here(self) -> tuple[Attributes, History, int, Zone]:
        """The customer as it is now."""
        c = self.customer
        return c.attributes, c.history, self.now, c.zone

    def pair(self, specs: Iterable[PairSpec], what: Happened) -> None:
        """Show a remembered event to the sequences that read it; what is far too late pairs not."""
        if what.at < self.now - LATEST:
            return
        told = Told(what.at, self.customer.seq, what.properties)
        for spec in specs:
            if what.event == spec.reader.what.then.event:
                self.second(spec, told)
            if what.event == spec.reader.what.first.event and spec.reader.opens(told, *self.here):
                self.opened(spec, told)

    def opened(self, spec: PairSpec, first: Told) -> None:
        """Open a pair, unless its second came before it was told."""
        answer = next(spec.reader.answers(first, *self.here), None)
        if answer is not None and not spec.trigger.without:
            self.begin_pair(spec, first, answer)
        elif answer is None and spec.trigger.without:
            self.wait_for_none(spec, first)

    def wait_for_none(self, spec: PairSpec, first: Told) -> None:
        """Wait until it is too late for a second, or begin at once when it is."""
        due = spec.reader.due(first, self.customer.zone)
        if due <= self.now:
            self.begin_alone(spec, first)
            return
        self.customer.arm(spec.timer(first.seq), due)
        known = self.numbers(spec)
        if len(known) > MOST_KEPT:
            self.give_up(spec, known)

    def give_up(self, spec: PairSpec, known: Iterable[int]) -> None:
        """Wait no longer for seconds of events that are not remembered any more: there are too many."""
        for number in known:
            if spec.reader.first_of(self.customer.history, number) is None:
                self.customer.arm(spec.timer(number), None)
                note = f"an event is not waited after any more: more than {MOST_KEPT} are"
                playbook = spec.plan.plan.playbook
                self.effects.append(Entry(self.now, self.customer.id, "cut", playbook, note=note))

    def second(self, spec: PairSpec, then: Told) -> None:
        """Close every pair that a second belongs to."""
        reader = spec.reader
        if spec.trigger.without:
            for first in self.waiting(spec):
                if reader.belongs(then, first, *self.here):
                    self.customer.arm(spec.timer(first.seq), None)
            return
        for first in list(reader.firsts(*self.here)):
            if reader.belongs(then, first, *self.here) and not any(
                other.seq != then.seq for other in reader.answers(first, *self.here)
            ):
                self.begin_pair(spec, first, then)

    def numbers(self, spec: PairSpec) -> list[int]:
        """Return the numbers of arrival of the firsts that wait, in order."""
        start, armed = spec.timers, self.customer.armed
        return sorted(int(timer[len(start) :]) for timer in armed if timer.startswith(start))

    def waiting(self, spec: PairSpec) -> list[Told]:
        """Return the firsts that wait for no second."""
        history = self.customer.history
        found = (spec.reader.first_of(history, number) for number in self.numbers(spec))
        return [first for first in found if first is not None]

    def begin_pair(self, spec: PairSpec, first: Told, then: Told) -> None:
        """Begin the run of a pair, anchored at its second; a name that both have is the second's."""
        given = {**first.event, **then.event}
        self.start(spec.plan, spec.key, then.at, spec.cause, event=given)

    def begin_alone(self, spec: PairSpec, first: Told) -> None:
        """Begin the run of a first that no second followed, anchored at when it was too late."""
        due = spec.reader.due(first, self.customer.zone)
        self.start(spec.plan, spec.key, due, spec.cause, event=first.event)

    def first_pairs(self, spec: PairSpec, *, fresh: bool) -> None:
        """Learn how the pairs stand; if the customer is new, or `existing: enter`, the latest begins."""
        self.customer.watches[spec.key] = Watch()
        reader, without = spec.reader, spec.trigger.without
        met: list[tuple[int, int, Told, Told | None]] = []
        for first in list(reader.firsts(*self.here)):
            answer = next(reader.answers(first, *self.here), None)
            due = reader.due(first, self.customer.zone)
            if without and answer is None and due > self.now:
                self.wait_for_none(spec, first)
            elif without is (answer is None):
                met.append((due if answer is None else answer.at, first.seq, first, answer))
        if met and (fresh or spec.plan.plan.existing == "enter"):
            *_, first, answer = max(met, key=lambda one: one[:2])
            if answer is None:
                self.begin_alone(spec, first)
            else:
                self.begin_pair(spec, first, answer)

    def wait_anew(self, spec: PairSpec) -> None:
        """Compute until when each first waits: the customer has moved to other clocks."""
        for first in self.waiting(spec):
            due = spec.reader.due(first, self.customer.zone)
            self.customer.arm(spec.timer(first.seq), max(due, self.now))

    def pair_due(self, name: str) -> None:
        """Begin the run of a first whose time is over."""
        key, _, number = name.rpartition("/")
        spec = self.program.pair_spec(key)
        first = spec.reader.first_of(self.customer.history, int(number)) if spec else None
        if spec is not None and first is not None:
            self.begin_alone(spec, first)

    def forget_pairs(self, key: str) -> None:
        """Wait no longer for the seconds of a trigger that is gone or was edited."""
        for timer in [one for one in self.customer.armed if one.startswith(f"pair:{key}/")]:
            self.customer.arm(timer, None)
