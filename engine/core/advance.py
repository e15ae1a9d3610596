"""The one decision: an occurrence meets a customer. Pure: no clock, no database, no chance.

`advance` is the function everything else is built around; `apply` is the same in place, for
runtimes that own the state they pass in.
"""

from collections.abc import Mapping, Sequence
from heapq import heappop

from .assigning import first_values, noted, placed
from .deploying import Deploying
from .effects import Effect, Effects, Entry
from .hours import count_hour
from .looking import HELD
from .occurrence import (
    Arrived,
    Cancelled,
    Changed,
    Deployed,
    Happened,
    Occurrence,
    Passed,
    Requested,
    Settled,
)
from .program import Program
from .ready import ReadyPlan, Spec
from .state import Customer, Run
from .stirring import Stirred
from .trace import Trace

__all__ = ["MOST_DEEP", "MOST_FOLLOW_UPS", "Turn", "advance", "apply", "recall"]

MOST_FOLLOW_UPS = 1_000
"""How many occurrences one may cause; the rest is cut and journalled."""
MOST_DEEP = 32
"""How long a chain of causes may be."""


def advance(
    customer: Customer, occurrence: Occurrence, program: Program
) -> tuple[Customer, Effects]:
    """Return the customer after `occurrence`, and what was decided; `customer` stays as it was."""
    after = customer.copy()
    return after, tuple(apply(after, occurrence, program))


def recall(customer: Customer, occurrence: Happened | Changed, program: Program) -> None:
    """Let `customer` remember what happened before the program was deployed; decides nothing."""
    history = customer.history
    customer.clock = max(customer.clock, occurrence.at)
    if history.first_seen_at is None:
        first_values(customer, program, occurrence.at)
    if history.first_seen_at is None or occurrence.at < history.first_seen_at:
        history.first_seen_at = occurrence.at
    match occurrence:
        case Happened():
            remember(customer, occurrence, program)
        case Changed(at, values):
            before = customer.attributes
            known = placed(customer, program, program.derivation.told(values))
            customer.attributes = before | dict(known)
            noted(customer, program, known, before, at)
            customer.zone = program.zone_of(customer.attributes)


def apply(customer: Customer, occurrence: Occurrence, program: Program) -> list[Effect]:
    """Change `customer` in place by `occurrence`, and return what was decided, in order.

    Timers that were due come first, each stamped with the instant it was due. Total: whatever
    the occurrence, it returns.
    """
    at, alarms = occurrence.at, customer.alarms
    if (
        type(occurrence) is Happened
        and at >= customer.clock
        and (not alarms or alarms[0][0] > at)
        and customer.history.first_seen_at is not None
    ):  # Most events find nothing due and nobody waiting for them: those cost no turn.
        customer.clock = at
        remember(customer, occurrence, program)
        stirred = program.stirring[occurrence.event]
        started: Sequence[int] | None = None
        due = stirred.unsettled(customer, at) if stirred.items else ()
        if not due:
            started = who_starts(customer, occurrence, program)
            if not started and is_quiet(customer, occurrence.event, stirred, program):
                return []
        turn = Turn(customer, program)
        turn.take_in(occurrence, due, started)
    else:
        turn = Turn(customer, program)
        turn.meet_occurrence(occurrence)
    turn.follow_up()
    return turn.effects


def remember(customer: Customer, what: Happened, program: Program) -> None:
    """Take an event into history, with its number of arrival."""
    customer.seq += 1
    program.history.record(
        customer.history, what.event, what.at, customer.seq, what.properties, customer.zone
    )
    if what.event in program.learns:
        customer.hours = count_hour(customer.hours, what.at, customer.zone)


def who_starts(customer: Customer, what: Happened, program: Program) -> Sequence[int]:
    """Return the numbers of the event triggers whose conditions are true of an event."""
    return program.matcher.match(
        what.event, what.properties, customer.attributes, customer.history,
        customer.clock, customer.zone, what,
    )  # fmt: skip


def is_quiet(customer: Customer, event: str, stirred: Stirred, program: Program) -> bool:
    """Whether no run and no watch can care about an event that arrived in order."""
    if (customer.runs or customer.aims) and event in program.listened:
        return False
    reader = program.events.get(event)
    if reader is not None and reader.pairs:
        return False
    return not stirred.specs or stirred.is_quiet(customer, customer.clock)


class Turn(Deploying):
    """One turn of one customer: what is due, what happened, and what follows from both."""

    __slots__ = ()

    def meet_occurrence(self, occurrence: Occurrence) -> None:
        """Settle what was due before an occurrence, then take it."""
        at, customer = occurrence.at, self.customer
        self.settle(at, over=type(occurrence) is Passed)
        self.now = customer.clock = max(customer.clock, at)
        if customer.history.first_seen_at is None and not isinstance(
            occurrence, Arrived | Deployed | Passed | Settled
        ):
            self.arrived(at, {})  # Whoever has not been announced is seen for the first time now.
        self.take(occurrence)

    def settle(self, until: int, *, over: bool) -> None:
        """Fire every timer due at or before `until`, in order, at the instant it was due.

        Limits look at what an instant has brought when it is over: that of `until` is, when nothing
        else happens then.
        """
        customer = self.customer
        while (due := customer.next_due()) is not None and due <= until:
            last = customer.alarms[0][1] == HELD
            if last and due == until and not over:
                return
            self.now = customer.clock = max(customer.clock, due)
            while last or customer.alarms[0][1] != HELD:
                timer = heappop(customer.alarms)[1]
                del customer.armed[timer]
                self.fire(timer, due)
                if customer.next_due() != due:
                    break
            self.follow_up()

    def fire(self, timer: str, due: int) -> None:
        """Let whatever set a timer know that it is due."""
        kind, _, name = timer.partition(":")
        if kind in ("run", "stop", "until"):
            self.run_due(kind, name, due)
        elif kind == "pair":
            self.pair_due(name)
        elif timer == HELD:
            self.look_at_held()
        elif kind == "goal":
            self.goal_due(name)
        elif kind == "derive":
            before = self.customer.attributes
            numbers, specs = self.due_together(name, due)
            found = self.derive(numbers)
            self.noticed(found, before, self.customer.attributes, specs)
        else:
            self.watch_due(kind, name, due)

    def follow_up(self) -> None:
        """Take what was set and emitted, first in, first out, within bounds."""
        taken = 0
        while self.queue:
            depth, occurrence, before, after = self.queue.popleft()
            taken += 1
            if taken > MOST_FOLLOW_UPS or depth > MOST_DEEP:
                self.cut(len(self.queue) + 1)
                break
            self.depth = depth
            if isinstance(occurrence, Changed):
                self.changed(occurrence.values, before, after)
            else:
                self.take(occurrence)
        self.depth = 0
        if self.customer.aims:
            self.close_aims()

    def cut(self, left: int) -> None:
        """Stop a chain of causes that does not end, and say so."""
        note = f"{left} follow-ups dropped: more than {MOST_FOLLOW_UPS}, or {MOST_DEEP} deep"
        self.effects.append(Entry(self.now, self.customer.id, "cut", "", note=note))
        self.queue.clear()

    def take(self, occurrence: Occurrence) -> None:
        """Decide what one occurrence means."""
        match occurrence:
            case Happened():
                self.happened(occurrence)
            case Changed(at, values):
                before = self.customer.attributes
                told = self.admitted(self.program.derivation.told(values))
                given = self.assign(told, at)
                self.tell_places(before)
                self.changed(given, before, self.customer.attributes)
            case Arrived(at, values):
                self.arrived(at, values)
            case Deployed(at, before):
                self.deployed(at, before)
            case Settled():
                self.settled(occurrence)
            case Requested():
                self.requested(occurrence)
            case Cancelled(_, playbook, by):
                self.end_playbook(playbook, by)
            case Passed():
                pass  # Settling the timers was all there is to do.

    def happened(self, what: Happened) -> None:
        """Take an event: into history and what is computed of it, then to whoever it concerns."""
        customer, stirred = self.customer, self.program.stirring[what.event]
        remember(customer, what, self.program)
        late = what.at < self.now
        self.take_in(what, stirred.all if late else stirred.unsettled(customer, self.now), None)

    def take_in(self, what: Happened, due: Sequence[int], started: Sequence[int] | None) -> None:
        """Take a remembered event: to what is computed of it, then to whoever it concerns.

        `due` are the numbers of what is computed, `started` the triggers it is known to meet.
        """
        before = self.customer.attributes
        changed = self.derive(due) if due else []
        after = self.customer.attributes
        self.respond(what, started)
        names = self.program.stirring[what.event].names
        told = None if changed else what
        self.noticed([*names, *changed], before, after, event=told)

    def respond(self, what: Happened, started: Sequence[int] | None) -> None:
        """Show a remembered event to the runs, the starts and the watches.

        `started` are the triggers it was found to meet; None leaves finding them for after the
        runs, which may change what they read.
        """
        customer, program = self.customer, self.program
        if (customer.runs or customer.aims) and what.event in program.listened:
            self.wake_by_event(what)
            started = None
        self.start_met(what, who_starts(customer, what, program) if started is None else started)
        reader = program.events.get(what.event)
        if reader is not None:
            if reader.pairs:
                self.pair(reader.pairs, what)
            for spec in reader.specs:
                self.look(spec, event=what)

    def start_met(self, what: Happened, started: Sequence[int]) -> None:
        """Begin the runs of the event triggers with these numbers, which have met their `if`."""
        cause = f"event {what.event}"
        starts = [self.program.starts[number] for number in started]
        # The first run may set what the second has asked: its reason is what it was before.
        reasons = [self.grounds(start.plan, what) if len(starts) > 1 else None for start in starts]
        for start, why in zip(starts, reasons, strict=True):
            given = what.properties
            self.start(start.plan, start.key, what.at, cause, event=given, met=True, why=why)

    def grounds(self, ready: ReadyPlan, what: Happened) -> tuple[Trace, ...]:
        """Return the `if` of a playbook as it stands for an event that nothing has come of yet."""
        playbook, seq = ready.plan.playbook, self.customer.seq
        run = Run("", playbook, what.at, seq, what.properties, self.now, what.at)
        return self.reasons(run, ready.condition)

    def changed(
        self,
        values: Mapping[str, object],
        before: Mapping[str, object],
        after: Mapping[str, object],
    ) -> None:
        """Take a change of attributes that has been made: to the runs, then to the triggers."""
        customer, program = self.customer, self.program
        inlined = program.derivation.meanings
        names = [n for n in values if before.get(n) != after.get(n) or n in inlined]
        names += [name for name in self.rewritten if name not in names]
        self.rewritten = ()
        if not names:
            return
        customer.seq += 1
        if not program.places.attributes.isdisjoint(names):
            followed = self.moved(program.zone_of(customer.attributes))
            names += [name for name in followed if name not in names]
            after = {**after, **{name: customer.attributes.get(name) for name in followed}}
        self.noticed(names, before, after)
        if program.lifecycles:
            self.meet_moves(values, before)

    def noticed(
        self,
        names: Sequence[str],
        before: Mapping[str, object],
        after: Mapping[str, object],
        due: Sequence[Spec] = (),
        event: Happened | None = None,
    ) -> None:
        """Show attributes that got other values to the runs, then to the triggers.

        What a run sets meanwhile is a change of its own. The triggers that are `due` look in any case.
        With `event` nothing is kept of the attributes: what reads them reads the event.
        """
        if not names:
            self.look_at_each(due)
            return
        if self.customer.held and not self.program.limits.consents.isdisjoint(names):
            self.look_at_held_again()  # A consent that was withdrawn ends what waits for it.
        if (self.customer.runs or self.customer.aims) and not self.program.heeded.isdisjoint(names):
            self.wake_by_change(frozenset(names))
        self.look_at_readers(names, due, event=event)
        for name in names:
            reader = self.program.attributes.get(name)
            for change in reader.changes if reader else ():
                self.meet(change, name, before.get(name), after.get(name))

    def arrived(self, at: int, values: Mapping[str, object]) -> None:
        """See the customer for the first time: what already holds counts as having begun."""
        customer = self.customer
        if customer.history.first_seen_at is None:
            first_values(customer, self.program, at)
            customer.history.first_seen_at = at
        told = self.admitted(self.program.derivation.told(values))
        customer.zone = self.program.zone_of(customer.attributes | dict(told))
        before = customer.attributes
        self.give(told, at)
        self.tell_places(before)
        self.take_places(at)
        self.derive(self.known_first())
        self.first_looks(fresh=True)

    def requested(self, what: Requested) -> None:
        """Begin a playbook that somebody asks for by hand, if it can be, or that a run starts."""
        ready = self.program.plans.get(what.playbook)
        if ready is None or (not what.by and what.playbook not in self.program.manual):
            note = (
                "requested, but it has no `manual` trigger"
                if ready
                else "there is no such playbook"
            )
            self.effects.append(
                Entry(self.now, self.customer.id, "not started", what.playbook, note=note)
            )
            return
        cause = f"started by {what.by}" if what.by else "a request"
        self.start(ready, f"{what.playbook}/manual", what.at, cause, event=what.properties)

    def end_playbook(self, playbook: str, by: str) -> None:
        """End the runs of a playbook that a run cancels, but not that run itself."""
        for run in [r for r in self.customer.runs.values() if r.playbook == playbook]:
            if run.id != by:
                self.end(run, f"cancelled by {by}")
        self.stop_held(f"cancelled by {by}", playbook=playbook, spared=by)
