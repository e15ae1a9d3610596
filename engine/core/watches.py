"""Triggers that are watched: conditions, crossings, dates and calendars, with their timers."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, assert_never

from . import plan as P
from .calendar import add, start_of
from .channels import dig, is_number
from .duration import Duration
from .levels import Levels
from .occurrence import Happened
from .pairing import Pairing
from .ready import Spec
from .recurrence import next_tick
from .state import Watch
from .zone import Zone

__all__ = ["Watching"]

_CROSSED: Final = "a level that was crossed"


class Watching(Pairing):
    """The part of a turn that minds triggers nobody sends.

    A watch has up to three timers: `look:KEY`, when its condition may change or its instant has
    come, `hold:KEY`, when the condition will have held for long enough, and `tick:KEY`.
    """

    __slots__ = ()

    def look_at_readers(
        self, names: Iterable[str], due: Sequence[Spec] = (), event: Happened | None = None
    ) -> None:
        """Look at the triggers that read one of these attributes, and at those that are due."""
        found = self.readers_of(names)
        self.look_at_each(self.in_order([*found, *due]) if due else found, event=event)

    def look_at_each(self, specs: Iterable[Spec], event: Happened | None = None) -> None:
        """Look at triggers; those found by their level have been crossed, and begin."""
        for spec in specs:
            if spec.levelled:
                self.begin(spec, self.now, _CROSSED)
            else:
                self.look(spec, event=event)

    def readers_of(self, names: Iterable[str]) -> list[Spec]:
        """Return the triggers to look at, those found by their level only if it was crossed."""
        found: list[Spec] = []
        attributes, readers = self.program.attributes, 0
        for name in names:
            reader = attributes.get(name)
            if reader is None:
                continue
            specs, crossed = reader.specs, self.crossed(reader.levels) if reader.levels else ()
            if crossed:
                specs = sorted([*specs, *crossed], key=lambda spec: spec.number)
            if specs:
                found, readers = [*found, *specs] if readers else specs, readers + 1
        if readers < 2:
            return found
        # One attribute has each of its readers once; several may share them.
        return self.in_order(found)

    def in_order(self, specs: Iterable[Spec]) -> list[Spec]:
        """Return triggers, each once."""
        each = list({spec.key: spec for spec in specs}.values())
        if self.program.lifecycles:  # Rules stand before all that looks at where they lead.
            each.sort(key=lambda spec: spec.number)
        return each

    def crossed(self, levels: Levels) -> Sequence[Spec]:
        """Return the triggers whose level lies between the last known value and this one."""
        watch = self.customer.watches.get(levels.key)
        if watch is None:
            self.learn(levels)
            return ()
        old, new = watch.value, self.customer.attributes.get(levels.attribute)
        if not is_number(new):
            return ()
        watch.value = new
        return levels.between(old, new) if is_number(old) else ()

    def learn(self, levels: Levels) -> None:
        """Learn where an attribute stands among its levels; nothing is crossed by that."""
        value = self.customer.attributes.get(levels.attribute)
        self.customer.watches[levels.key] = Watch(value=value if is_number(value) else None)

    def first_looks(self, *, fresh: bool) -> None:
        """Look at every trigger for the first time."""
        customer, firsts = self.customer, self.program.firsts.watches
        blank = fresh and not customer.history.channels
        before: Mapping[str, object] | None = None
        known: set[str] = set()
        for spec in self.program.specs:
            first = firsts.get(spec.key) if blank else None
            if first is not None and customer.attributes is not before:
                before, known = customer.attributes, customer.known()
            if first is not None and first.lacks.isdisjoint(known):
                customer.watches[spec.key] = Watch(first.known)
            else:
                self.first_look(spec, fresh=fresh)
        for pair in self.program.pairs:
            self.first_pairs(pair, fresh=fresh)
        for levels in self.program.levels:
            if customer.attributes.get(levels.attribute) is not None:
                self.learn(levels)  # The others are learnt with their first value.

    def first_look(self, spec: Spec, *, fresh: bool) -> None:
        """Learn how a trigger stands; begin if the customer is new, or `existing: enter`."""
        self.customer.watches[spec.key] = Watch()
        enter = fresh or spec.plan.plan.existing == "enter"
        match spec.trigger:
            case P.OnCondition():
                self.look(spec, fires=enter)
            case P.OnDate():
                self.follow_date(spec, begin=enter)
            case P.OnCrossing():
                self.look(spec, fires=False)
            case _:
                self.look(spec)

    def look(self, spec: Spec, *, event: Happened | None = None, fires: bool = True) -> None:
        """Look at a trigger again because something it reads has changed, or time has.

        A trigger that is new to the customer only learns how things stand, as at a deployment.
        """
        if spec.key not in self.customer.watches:
            self.first_look(spec, fresh=False)
            return
        if event is not None and self.is_left(spec, event):
            return
        match spec.trigger:
            case P.OnCondition(_, hold):
                self.look_at_condition(spec, hold, fires=fires)
            case P.OnCrossing():
                self.look_at_crossing(spec, fires=fires)
            case P.OnDate():
                self.follow_date(spec, begin=True)
            case P.OnSchedule(recurrence):
                self.follow_schedule(spec, recurrence)
            case (
                P.OnEvent()
                | P.OnChange()
                | P.OnRecord()
                | P.OnSequence()
                | P.OnStage()
                | P.OnManual()
            ):
                pass  # These are met, not watched.
            case _:
                assert_never(spec.trigger)

    def is_left(self, spec: Spec, event: Happened) -> bool:
        """Whether an event leaves a trigger as it is, if nothing else has changed meanwhile.

        Its timer stays, which comes too early, never too late, and will set itself anew.
        """
        if event.at < self.now or self.queue:
            return False
        found, c = self.program.stirring[event.event].bearings.get(spec.key), self.customer
        known = c.watches[spec.key].known
        return found is not None and found.leaves(known, c.attributes, c.history, self.now, c.zone)

    def holds(self, spec: Spec) -> bool:
        """Whether a trigger's condition is true now; a trigger without one always is."""
        c = self.customer
        if spec.condition is None:
            return True
        return spec.condition.holds(c.attributes, c.history, self.now, c.zone, None)

    def look_at_condition(self, spec: Spec, hold: Duration | None, *, fires: bool) -> None:
        """Begin, or begin to count, when a condition goes from not-true to true."""
        customer = self.customer
        watch = customer.watches[spec.key]
        was = watch.known
        watch.known = holds = self.holds(spec)
        self.arm_next_change(spec)
        if holds and not was and fires:
            if hold is None:
                self.begin(spec, self.now, "a condition that became true")
            else:
                watch.since = self.now
                self.arm_hold(spec, hold, self.now)
        elif not holds and hold is not None:
            customer.arm(f"hold:{spec.key}", None)

    def arm_hold(self, spec: Spec, hold: Duration, since: int) -> None:
        """Set the timer for when a condition will have held for long enough."""
        due = add(since, hold, self.customer.zone, self.program.calendar)
        self.customer.arm(f"hold:{spec.key}", max(due, self.now))

    def begin(self, spec: Spec, at: int, cause: str) -> None:
        """Begin a run of a watched trigger, with its condition as the reason; or make a rule's move."""
        if spec.enters[0]:
            self.move(spec)
            return
        self.start(spec.plan, spec.key, at, cause, because=spec.condition)

    def arm_next_change(self, spec: Spec) -> None:
        """Set the timer for when time alone could change a trigger's condition."""
        c = self.customer
        if spec.condition is not None and spec.condition.reads.time:
            due = spec.condition.next_change(c.attributes, c.history, self.now, c.zone, None)
            c.arm(spec.look, due)

    def look_at_crossing(self, spec: Spec, *, fires: bool) -> None:
        """Begin when a value known to be on one side is now known to be past the level."""
        c, condition = self.customer, spec.condition
        watch = c.watches[spec.key]
        assert condition is not None  # noqa: S101 - a crossing is compiled from a comparison
        was = watch.known
        if condition.holds(c.attributes, c.history, self.now, c.zone, None):
            watch.known = True
        elif condition.fails(c.attributes, c.history, self.now, c.zone, None):
            watch.known = False
        self.arm_next_change(spec)
        if watch.known and was is False and fires:
            self.begin(spec, self.now, _CROSSED)

    def follow_date(self, spec: Spec, *, begin: bool) -> None:
        """Set the timer for a date attribute that is new or has moved, and move its runs."""
        trigger, customer = spec.trigger, self.customer
        assert isinstance(trigger, P.OnDate)  # noqa: S101 - only such triggers come here
        watch = customer.watches[spec.key]
        value = dig(customer.attributes.get(trigger.attribute), trigger.path)
        timer = spec.look
        moved = watch.value is not None and value != watch.value
        watch.value = value
        customer.arm(timer, None)
        if value is None:
            self.end_runs(spec.key, f"{_named(trigger)} was removed")
            return
        target = _instant_of(value, customer.zone)
        due = self.offset(trigger, target)
        if moved and self.shift_runs(spec.key, due):
            return
        if due > self.now:
            customer.arm(timer, due)
        elif begin and (due == self.now or self.now < target):
            self.start(spec.plan, spec.key, due, f"{_named(trigger)} {value}")

    def offset(self, trigger: P.OnDate, target: int) -> int:
        """Return the instant at which a date trigger fires."""
        if trigger.offset is None:
            return target
        times = -1 if trigger.side == "before" else 1
        zone, calendar = self.customer.zone, self.program.calendar
        return add(target, trigger.offset, zone, calendar, times)

    def follow_schedule(self, spec: Spec, recurrence: P.Recurrence) -> None:
        """Set the next tick; `every D while …` counts from when its condition became true."""
        customer = self.customer
        watch = customer.watches[spec.key]
        holds = self.holds(spec)
        if isinstance(recurrence, P.Every) and spec.condition is not None:
            if holds and not watch.known:
                watch.since = self.now
            elif not holds:
                watch.since = None
            self.arm_next_change(spec)
        elif watch.since is None:
            watch.since = self.now
        watch.known = holds
        self.arm_tick(spec, recurrence, watch.since)

    def arm_tick(self, spec: Spec, recurrence: P.Recurrence, anchor: int | None) -> None:
        """Set the timer of the tick after now."""
        due = None
        if anchor is not None or not isinstance(recurrence, P.Every):
            zone, calendar = self.customer.zone, self.program.calendar
            due = next_tick(recurrence, self.now, zone, calendar, anchor=anchor)
        self.customer.arm(f"tick:{spec.key}", due)

    def watch_due(self, kind: str, key: str, due: int) -> None:
        """Do what a watch's timer was set for; a trigger that is gone is forgotten."""
        spec = self.program.spec(key)
        if spec is None:
            self.customer.watches.pop(key, None)
        elif kind == "hold":
            self.begin(spec, due, "a condition that held")
        elif kind == "tick" and isinstance(spec.trigger, P.OnSchedule):
            self.arm_tick(spec, spec.trigger.recurrence, self.customer.watches[key].since)
            if self.holds(spec):
                self.begin(spec, due, "the calendar")
        elif isinstance(spec.trigger, P.OnDate):
            value = self.customer.watches[key].value
            self.start(spec.plan, key, due, f"{_named(spec.trigger)} {value}")
        else:
            self.look(spec)

    def moved(self, zone: Zone) -> list[str]:
        """Follow the customer to another zone or calendar: all that waits is computed anew.

        Returns the signals and segments that have another value there.
        """
        self.customer.zone = zone
        self.look_at_held_again()
        followed = self.derive(self.program.derivation.all)
        self.replan_runs()
        for spec in self.program.specs:
            timed = spec.condition is None or spec.condition.reads.time
            if isinstance(spec.trigger, P.OnCrossing) and not timed:
                continue  # Where the customer is makes no number another one.
            self.look(spec)
            if isinstance(spec.trigger, P.OnCondition) and spec.trigger.hold is not None:
                since = self.customer.watches[spec.key].since
                if since is not None and f"hold:{spec.key}" in self.customer.armed:
                    self.arm_hold(spec, spec.trigger.hold, since)
        for pair in self.program.pairs:
            self.wait_anew(pair)
        return followed


def _named(trigger: P.OnDate) -> str:
    """Return what its date is called."""
    return ".".join((trigger.attribute, *trigger.path))


def _instant_of(value: object, zone: Zone) -> int:
    """Return the instant a date or an instant stands for."""
    return value if isinstance(value, int) else start_of(str(value), zone)
