"""Waiting runs: what wakes them, and how their waits move with dates and zones."""

from . import plan as P
from .occurrence import Happened
from .ready import ReadyPlan, ReadyStep
from .state import Run
from .steps import Steps

__all__ = ["Waits"]


class Waits(Steps):
    """The part of a turn that wakes and moves waiting runs."""

    __slots__ = ()

    def run_due(self, kind: str, name: str, due: int) -> None:
        """Do what a run's timer was set for."""
        run = self.customer.runs.get(name)
        ready = self.program.plan_of(run) if run else None
        if run is None or ready is None:
            return
        if kind == "stop":
            self.stops(ready, run)
        elif kind == "until":
            self.try_until(ready, run)
        elif run.phase == "due":
            self.go(ready, run, run.step)
        elif not self.stops(ready, run) and not self.try_until(ready, run):
            run.planned_at = due
            self.leave(ready, run, self.time_over(ready, run))

    def time_over(self, ready: ReadyPlan, run: Run) -> str | None:
        """Return where a run goes whose wait was ended by time."""
        step = ready.steps[run.step]
        match run.phase, step.step.body:
            case "repeat", P.Repeat() as body:
                return self.round(step, run, body)
            case "ask", _:
                self.withdraw(run, "nobody has answered in time")
            case "answer", body:
                run.phase, run.waits_for = "due", ""
                self.keep_answer(body, run, "timed out")
                self.note(run, "answered", "no answer in time")
                return step.step.next
            case _:
                pass  # It waited for an event or a condition.
        return getattr(step.step.body, "otherwise", None)

    def leave(self, ready: ReadyPlan, run: Run, target: str | None) -> None:
        """Leave a wait for a branch."""
        for kind in ("run", "until"):
            self.customer.arm(f"{kind}:{run.id}", None)
        self.go(ready, run, target)

    def try_until(self, ready: ReadyPlan, run: Run) -> bool:
        """Let a run go on whose `wait until` holds; else set its timer anew."""
        step = ready.steps[run.step]
        match run.phase, step.step.body:
            case "until", P.WaitUntil(then=target):
                pass
            case "repeat", P.Repeat():
                target = step.step.next
            case _:
                return False
        if step.until is None:
            return False
        if not self.true(step.until, run):
            self.arm_condition(f"until:{run.id}", step.until, run)
            return False
        if run.loops.pop(run.step, None):
            self.note(run, "repeat", "over: until", self.reasons(run, step.until))
        run.planned_at = self.now
        self.leave(ready, run, target)
        return True

    def wake_by_event(self, what: Happened) -> None:
        """Let every goal and every run look at an event: to stop, to go on, or not at all."""
        self.aims_read(what.event)
        for run in list(self.customer.runs.values()):
            ready = self.program.plan_of(run)
            if ready is None or run.id not in self.customer.runs:
                continue
            if ready.stop and what.event in ready.stop.reads.events and self.stops(ready, run):
                continue
            step = ready.steps[run.step]
            body = step.step.body
            if run.phase == "for" and isinstance(body, P.WaitFor):
                if body.what.event == what.event and (
                    step.accepts is None or self.accepts(step.accepts, what.properties, run)
                ):
                    run.planned_at = self.now
                    self.leave(ready, run, body.then)
            elif step.until and what.event in step.until.reads.events:
                self.try_until(ready, run)
            elif what.event in self.program.learns:
                self.replan_hour(step, run)

    def replan_hour(self, step: ReadyStep, run: Run) -> None:
        """Plan a step anew that waits for a best hour, now that more is known of it."""
        if run.phase != "due" or not isinstance(step.step.timing.at, P.BestHour):
            return
        self.replan_and_tell(run, self.best(step.step.timing.at)[1])

    def replan_and_tell(self, run: Run, why: str) -> None:
        """Compute one wait anew, and write it down if it ends at another instant now."""
        armed, timer = self.customer.armed, f"run:{run.id}"
        before = armed.get(timer)
        self.replan(run)
        if armed.get(timer) != before:
            self.note(run, "waiting", why, due=armed.get(timer))

    def wake_by_change(self, names: frozenset[str]) -> None:
        """Let every goal and every run that reads one of these attributes look again."""
        self.aims_read_attributes(names)
        for run in list(self.customer.runs.values()):
            ready = self.program.plan_of(run)
            if ready is None or run.id not in self.customer.runs:
                continue
            if ready.stop and names & ready.stop.reads.attributes and self.stops(ready, run):
                continue
            step = ready.steps[run.step]
            if step.until and names & step.until.reads.attributes:
                self.try_until(ready, run)

    def shift_runs(self, trigger: str, anchor: int) -> bool:
        """Move the runs of a date trigger to its new instant; return whether there were any."""
        customer = self.customer
        mine = [run for run in customer.runs.values() if run.trigger == trigger]
        for run in mine:
            where = customer.zone
            by = where.local(anchor) - where.local(run.at)
            run.planned_at = where.utc(where.local(run.planned_at) + by)
            run.at = anchor
            self.note(run, "waiting", "moved with its date", due=anchor)
            self.replan(run)
        self.keep_floor()
        return bool(mine)

    def end_runs(self, trigger: str, reason: str) -> None:
        """End the runs of a trigger."""
        for run in [run for run in self.customer.runs.values() if run.trigger == trigger]:
            self.end(run, reason)
        self.stop_held(reason, trigger=trigger)

    def replan_runs(self) -> None:
        """Compute every wait anew, from where it began, and when time may end it or a goal's."""
        self.look_at_aims()
        for run in list(self.customer.runs.values()):
            ready = self.program.plan_of(run)
            if ready is None or run.id not in self.customer.runs or self.stops(ready, run):
                continue
            if run.step in ready.steps and not self.try_until(ready, run):
                self.replan_and_tell(run, "moved with the customer's zone or calendar")

    def replan(self, run: Run) -> None:
        """Compute one wait anew; if its instant is past, it ends at once."""
        ready = self.program.plan_of(run)
        if ready is None or run.step not in ready.steps:
            return
        body = ready.steps[run.step].step.body
        if run.phase == "due":
            due: int | None = self.planned(ready.steps[run.step].step, run)
        elif run.phase == "repeat" and isinstance(body, P.Repeat):
            due = self.next_round(run, body)
        else:
            due = self.deadline(run, getattr(body, "up_to", None))
        self.customer.arm(f"run:{run.id}", None if due is None else max(due, self.now))
