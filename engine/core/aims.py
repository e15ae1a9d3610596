"""Goals: measured for every run from wherever it is, also after it has ended, and never stopping it."""

from .calendar import add
from .duration import elapsed
from .effects import Entry
from .ready import ReadyPlan
from .staging import Staging
from .state import Aim, Run
from .trace import Trace

__all__ = ["Aiming"]


class Aiming(Staging):
    """The part of a turn that measures goals.

    An aim has one timer, `goal:RUN`: for when time alone may reach it, or for the end of its time.
    """

    __slots__ = ()

    def aim(self, ready: ReadyPlan, run: Run) -> None:
        """Begin to measure the goal of a run that begins."""
        if ready.goal is None:
            return
        aim = Aim(run.id, run.playbook, run.version, run.at, run.seq, run.event)
        self.customer.aims[run.id] = aim
        self.keep_floor()
        self.look_at_aim(aim)

    def look_at_aim(self, aim: Aim) -> None:
        """See whether a goal is reached now, or its time is over; else set its timer."""
        ready, c = self.program.plan_of(aim), self.customer
        if ready is None or ready.goal is None:
            self.drop_aim(aim, "not measured any more")
            return
        within = ready.plan.goal_within
        over = None if within is None else add(aim.at, within, c.zone, self.program.calendar)
        if over is not None and self.now >= over:
            self.drop_aim(aim, f"not reached within {within}")
        elif self.true(ready.goal, aim):
            took = elapsed(self.now - aim.at)
            note = f"reached after {took}" if took else "reached at once"
            self.drop_aim(aim, note, self.reasons(aim, ready.goal))
        else:
            change = None
            if ready.goal.reads.time:
                change = ready.goal.next_change(c.attributes, c.history, self.now, c.zone, aim)
            times = [at for at in (over, change) if at is not None]
            c.arm(f"goal:{aim.run}", min(times, default=None))

    def drop_aim(self, aim: Aim, note: str, why: tuple[Trace, ...] = ()) -> None:
        """Write down how a goal ended; nothing has to be kept for it any more."""
        c = self.customer
        del c.aims[aim.run]
        c.arm(f"goal:{aim.run}", None)
        self.keep_floor()
        self.effects.append(Entry(self.now, c.id, "goal", aim.playbook, aim.run, "", note, why))

    def goal_due(self, run: str) -> None:
        """Look at a goal because its timer is due."""
        aim = self.customer.aims.get(run)
        if aim is not None:
            self.look_at_aim(aim)

    def aims_read(self, event: str) -> None:
        """Look at each goal that asks for an event which has just happened."""
        for aim in list(self.customer.aims.values()):
            ready = self.program.plan_of(aim)
            if ready is not None and ready.goal and event in ready.goal.reads.events:
                self.look_at_aim(aim)

    def aims_read_attributes(self, names: frozenset[str]) -> None:
        """Look at each goal that reads one of these attributes, which have changed."""
        for aim in list(self.customer.aims.values()):
            ready = self.program.plan_of(aim)
            if ready is not None and ready.goal and names & ready.goal.reads.attributes:
                self.look_at_aim(aim)

    def look_at_aims(self) -> None:
        """Look at every goal anew, as the customer has moved or the program is another."""
        for aim in list(self.customer.aims.values()):
            self.look_at_aim(aim)

    def close_aims(self) -> None:
        """Give up the goals without a time of their own whose runs have ended at this instant."""
        for aim in list(self.customer.aims.values()):
            ready = self.program.plan_of(aim)
            if aim.run in self.customer.runs or (ready and ready.plan.goal_within is not None):
                continue
            self.look_at_aim(aim)
            if aim.run in self.customer.aims:
                self.drop_aim(aim, "not reached before the run ended")
