"""Runs: how one begins, passes its steps, waits, is woken and ends."""

import json
from collections import deque
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from . import plan as P
from .calendar import add, place
from .compile import Condition
from .effects import Effect, Entry, EntryKind, Perform
from .evaluate import explain
from .occurrence import Changed, Happened, Occurrence
from .program import ReadyPlan, ReadyStep
from .state import Run
from .trace import Trace
from .instant import iso
from .zone import zone

if TYPE_CHECKING:
    from .program import Program
    from .state import Customer

__all__ = ["Play"]


class Play:
    """The part of a turn that plays: see `Turn`.

    A waiting run has up to three timers: `run:ID` for the instant it waits for or its deadline,
    `until:ID` and `stop:ID` for when time alone could make its condition true.
    """

    customer: "Customer"
    program: "Program"
    effects: list[Effect]
    now: int
    depth: int
    queue: deque[tuple[int, Occurrence, Mapping[str, object]]]

    # --- beginning and ending -------------------------------------------------------------------

    def start(
        self,
        ready: ReadyPlan,
        trigger: str,
        at: int,
        cause: str,
        event: Mapping[str, object] | None = None,
    ) -> None:
        """Begin a run, unless its `if`, `again` or `while running` is against it."""
        customer, plan = self.customer, ready.plan
        run = Run("", plan.playbook, at, customer.seq, event, self.now, at, trigger=trigger)
        if ready.condition is not None and not self.true(ready.condition, run):
            return
        run.per = self.per(ready, run)
        refusal = self.refusal(ready, run)
        if refusal:
            self.note(run, "not started", refusal)
            return
        number = customer.started[plan.playbook] = customer.started.get(plan.playbook, 0) + 1
        run.id = f"{_safe(plan.playbook)}/{_safe(customer.id)}/{number}"
        if plan.again.rule != "always":
            customer.last_started[_slot(run)] = self.now
        customer.runs[run.id] = run
        self.keep_floor()
        why = (self.explain(ready.condition, run),) if ready.condition is not None else ()
        self.note(run, "started", cause, why=why)
        if self.stops(ready, run):
            return
        self.go(ready, run, plan.first)

    def per(self, ready: ReadyPlan, run: Run) -> str:
        """Return what makes a run unique besides the customer, as text."""
        if ready.per is None:
            return ""
        c = self.customer
        value = ready.per(c.attributes, c.history, self.now, c.zone, run)
        return json.dumps(value, sort_keys=True, ensure_ascii=False)

    def refusal(self, ready: ReadyPlan, run: Run) -> str:
        """Return why a run may not begin now, or nothing; `restart` ends the one that runs."""
        again, customer = ready.plan.again, self.customer
        last = customer.last_started.get(_slot(run))
        if last is not None and again.rule == "never":
            return f"again: never, and it ran on {iso(last)}"
        if last is not None and again.duration is not None:
            free = add(last, again.duration, customer.zone, self.program.calendar)
            if self.now < free:
                return f"again: after {again.duration}, which is {iso(free)}"
        if ready.plan.while_running == "parallel":
            return ""
        for other in [o for o in customer.runs.values() if _slot(o) == _slot(run)]:
            if ready.plan.while_running == "skip":
                return f"already running as {other.id}"
            self.end(other, "restarted")
        return ""

    def end(self, run: Run, reason: str, why: tuple[Trace, ...] = ()) -> None:
        """End a run and take its timers away."""
        customer = self.customer
        if customer.runs.pop(run.id, None) is None:
            return
        for kind in ("run", "stop", "until"):
            customer.arm(f"{kind}:{run.id}", None)
        self.keep_floor()
        self.note(run, "ended", reason, why=why)

    def keep_floor(self) -> None:
        """Tell history how far back the runs in flight may still ask."""
        history = self.customer.history
        history.floor = min((run.at for run in self.customer.runs.values()), default=None)

    def stops(self, ready: ReadyPlan, run: Run) -> bool:
        """End a run whose `stop when` is true; else set the timer for when time may make it so."""
        if ready.stop is None:
            return False
        if self.true(ready.stop, run):
            self.end(run, "stop when", (self.explain(ready.stop, run),))
            return True
        self.arm_condition(f"stop:{run.id}", ready.stop, run)
        return False

    # --- passing steps --------------------------------------------------------------------------

    def go(self, ready: ReadyPlan, run: Run, target: str | None) -> None:
        """Pass steps from `target` on until one waits or the run ends."""
        while target is not None:
            step = ready.steps[target]
            run.step, run.phase = target, "due"
            planned = self.planned(step.step, run)
            if isinstance(step.step.body, P.Wait) and not self.allowed(step, run, planned):
                target = step.step.next
                continue
            if planned > self.now:
                self.pause(ready, run, planned)
                return
            passed = self.pass_step(ready, step, run, planned)
            if passed is None:
                return
            target = passed[0]
        self.flush(ready, run)
        self.end(run, "finished")

    def pause(self, ready: ReadyPlan, run: Run, planned: int) -> None:
        """Wait for the planned instant of the step the run has reached."""
        self.flush(ready, run)
        self.customer.arm(f"run:{run.id}", planned)
        self.note(run, "waiting", f"until {iso(planned)}")

    def planned(self, step: P.Step, run: Run) -> int:
        """Return the instant a step is planned for."""
        timing, base = step.timing, run.planned_at
        where = zone(timing.zone) if timing.zone else self.customer.zone
        calendar = self.program.calendar
        at, not_before = base, base
        if timing.after is not None:
            at, not_before = add(run.at, timing.after, where, calendar), run.at
        elif isinstance(step.body, P.Wait) and step.body.duration is not None:
            at = add(base, step.body.duration, where, calendar)
        if timing.at is None and timing.on is None:
            return at
        return place(
            at, time=timing.at, on=timing.on, not_before=not_before, zone=where, calendar=calendar
        )

    def pass_step(
        self, ready: ReadyPlan, step: ReadyStep, run: Run, planned: int
    ) -> tuple[str | None] | None:
        """Pass one step whose instant has come; return the next one, or None when it waits."""
        body = step.step.body
        if isinstance(body, P.Wait):
            run.planned_at = planned
            return (step.step.next,)
        if not self.allowed(step, run, planned):
            run.planned_at = planned
            return (step.step.next,)
        if self.is_late(ready, step, run, planned):
            run.planned_at = planned
            return (step.step.next,)
        if isinstance(body, P.Do | P.SetAttributes | P.Emit):
            run.late = ""
        run.planned_at = planned
        match body:
            case P.Do() | P.SetAttributes() | P.Emit():
                self.perform(step, run, planned)
                return (step.step.next,)
            case P.Choose(_, otherwise):
                return (self.choose(step, run, otherwise),)
            case P.Stop(reason):
                self.end(run, reason or "stop")
                return None
            case P.WaitFor():
                return self.wait_for(ready, step, run, body)
            case P.WaitUntil():
                return self.wait_until(ready, step, run, body)

    def allowed(self, step: ReadyStep, run: Run, planned: int) -> bool:
        """Whether a step's `if` is true and its `unless` false; unknown blocks both."""
        if step.only_if is not None and not self.true(step.only_if, run):
            return self.blocked(step, run, planned, "if", step.only_if)
        if step.unless is not None and not self.false(step.unless, run):
            return self.blocked(step, run, planned, "unless", step.unless)
        return True

    def blocked(
        self, step: ReadyStep, run: Run, planned: int, word: str, condition: Condition
    ) -> bool:
        """Write down which condition kept a step from being done, and return False."""
        trace = self.explain(condition, run)
        found = "unknown" if trace.value is None else str(trace.value).lower()
        self.skip(step, run, planned, f"{word}: {trace.text} is {found}", (trace,))
        return False

    def is_late(self, ready: ReadyPlan, step: ReadyStep, run: Run, planned: int) -> bool:
        """Whether a step planned before the run began is passed over, as `late:` says."""
        rule = ready.plan.late
        if planned >= run.began_at or not isinstance(
            step.step.body, P.Do | P.SetAttributes | P.Emit
        ):
            return False
        if rule == "run":
            return False
        if rule == "latest":
            if run.late:
                self.skip(ready.steps[run.late], run, planned, "late: a later step is late too")
            run.late = step.step.id
            return True
        self.skip(step, run, planned, f"late: planned for {iso(planned)}")
        return True

    def flush(self, ready: ReadyPlan, run: Run) -> None:
        """Do the latest of the late steps, now that no other late one follows."""
        if run.late:
            step = ready.steps[run.late]
            run.late = ""
            here = run.step
            run.step = step.step.id
            self.perform(step, run, self.now)
            run.step = here

    def perform(self, step: ReadyStep, run: Run, planned: int) -> None:
        """Promise an action, set attributes or emit an event."""
        body, customer = step.step.body, self.customer
        if isinstance(body, P.Do):
            action = self.action(step, run, planned, body)
            self.effects.append(action)
            self.note(run, "performed", f"{body.kind} {action.key}")
            return
        values = {
            name: value(customer.attributes, customer.history, self.now, customer.zone, run)
            for name, value in step.values
        }
        if isinstance(body, P.Emit):
            self.queue.append((self.depth + 1, Happened(self.now, body.event, values), {}))
            self.note(run, "emitted", body.event)
        else:
            before = customer.attributes
            customer.attributes = before | values
            self.queue.append((self.depth + 1, Changed(self.now, values), before))
            self.note(run, "set", json.dumps(values, ensure_ascii=False, sort_keys=True))

    def action(
        self, step: ReadyStep, run: Run, planned: int, body: P.Do, skipped: str = "",
        why: tuple[Trace, ...] = (),
    ) -> Perform:  # fmt: skip
        """Return the effect of a `do` step, with all its templates may name."""
        ready = self.program.plans[run.playbook]
        conditions = (ready.condition, step.only_if, step.unless)
        found = why or tuple(self.explain(c, run) for c in conditions if c is not None)
        return Perform(
            self.now, planned, self.customer.id, run.playbook, run.id, step.step.id,
            body.kind, body.action, body.args, f"{run.id}/{_safe(step.step.id)}",
            self.customer.attributes, run.event, found, skipped,
        )  # fmt: skip

    def skip(
        self, step: ReadyStep, run: Run, planned: int, reason: str, why: tuple[Trace, ...] = ()
    ) -> None:
        """Write down that a step was not done, and why."""
        body = step.step.body
        here, run.step = run.step, step.step.id
        if isinstance(body, P.Do):
            self.effects.append(self.action(step, run, planned, body, reason, why))
        self.note(run, "skipped", reason, why=why)
        run.step = here

    def choose(self, step: ReadyStep, run: Run, otherwise: str | None) -> str | None:
        """Return where the first branch that holds leads."""
        for number, (condition, target) in enumerate(step.branches, 1):
            if self.true(condition, run):
                self.note(run, "branch", f"branch {number}", why=(self.explain(condition, run),))
                return target
        why = tuple(self.explain(condition, run) for condition, _ in step.branches)
        self.note(run, "branch", "otherwise", why=why)
        return otherwise

    # --- waiting --------------------------------------------------------------------------------

    def deadline(self, run: Run, up_to: P.Duration | None) -> int | None:
        """Return until when a run waits, counted from when the wait was planned to begin."""
        if up_to is None:
            return None
        return add(run.planned_at, up_to, self.customer.zone, self.program.calendar)

    def wait_for(
        self, ready: ReadyPlan, step: ReadyStep, run: Run, body: P.WaitFor
    ) -> tuple[str | None] | None:
        """Wait for an event, unless the time for it is already over."""
        due = self.deadline(run, body.up_to)
        if due is not None and due <= self.now:
            run.planned_at = due
            return (body.otherwise,)
        self.flush(ready, run)
        run.phase = "for"
        self.customer.arm(f"run:{run.id}", due)
        self.note(run, "waiting", f"for {body.what.event}{_until(due)}")
        return None

    def wait_until(
        self, ready: ReadyPlan, step: ReadyStep, run: Run, body: P.WaitUntil
    ) -> tuple[str | None] | None:
        """Wait until a condition holds, unless it does or the time for it is over."""
        until = step.until
        assert until is not None  # noqa: S101 - every `wait until` is compiled with its condition
        if self.true(until, run):
            return (body.then,)
        due = self.deadline(run, body.up_to)
        if due is not None and due <= self.now:
            run.planned_at = due
            return (body.otherwise,)
        self.flush(ready, run)
        run.phase = "until"
        self.customer.arm(f"run:{run.id}", due)
        self.arm_condition(f"until:{run.id}", until, run)
        self.note(run, "waiting", f"until its condition holds{_until(due)}")
        return None

    def arm_condition(self, timer: str, condition: Condition, run: Run) -> None:
        """Set the timer for when time alone could change a run's condition."""
        if condition.reads.time:
            c = self.customer
            due = condition.next_change(c.attributes, c.history, self.now, c.zone, run)
            c.arm(timer, due)

    def run_due(self, kind: str, name: str, due: int) -> None:
        """Do what a run's timer was set for."""
        run = self.customer.runs.get(name)
        ready = self.program.plans.get(run.playbook) if run else None
        if run is None or ready is None:
            return
        if kind == "stop":
            self.stops(ready, run)
        elif kind == "until":
            self.try_until(ready, run)
        elif run.phase == "due":
            self.go(ready, run, run.step)
        elif self.stops(ready, run) or (run.phase == "until" and self.try_until(ready, run)):
            return
        else:
            body = ready.steps[run.step].step.body
            run.planned_at = due
            self.leave(ready, run, getattr(body, "otherwise", None))

    def leave(self, ready: ReadyPlan, run: Run, target: str | None) -> None:
        """Leave a wait for a branch."""
        for kind in ("run", "until"):
            self.customer.arm(f"{kind}:{run.id}", None)
        self.go(ready, run, target)

    def try_until(self, ready: ReadyPlan, run: Run) -> bool:
        """Let a run go on whose `wait until` holds; else set its timer anew."""
        step = ready.steps[run.step]
        body = step.step.body
        if run.phase != "until" or step.until is None or not isinstance(body, P.WaitUntil):
            return False
        if self.true(step.until, run):
            run.planned_at = self.now
            self.leave(ready, run, body.then)
            return True
        self.arm_condition(f"until:{run.id}", step.until, run)
        return False

    def wake_by_event(self, what: Happened) -> None:
        """Let every run look at an event: to stop, to go on, or not at all."""
        for run in list(self.customer.runs.values()):
            ready = self.program.plans.get(run.playbook)
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

    def wake_by_change(self, names: frozenset[str]) -> None:
        """Let every run that reads one of these attributes look again."""
        for run in list(self.customer.runs.values()):
            ready = self.program.plans.get(run.playbook)
            if ready is None or run.id not in self.customer.runs:
                continue
            if ready.stop and names & ready.stop.reads.attributes and self.stops(ready, run):
                continue
            step = ready.steps[run.step]
            if step.until and names & step.until.reads.attributes:
                self.try_until(ready, run)

    # --- dates that move ------------------------------------------------------------------------

    def shift_runs(self, trigger: str, anchor: int) -> bool:
        """Move the runs of a date trigger to its new instant; return whether there were any."""
        customer = self.customer
        mine = [run for run in customer.runs.values() if run.trigger == trigger]
        for run in mine:
            where = customer.zone
            by = where.local(anchor) - where.local(run.at)
            run.planned_at = where.utc(where.local(run.planned_at) + by)
            run.at = anchor
            self.note(run, "waiting", f"moved with its date to {iso(anchor)}")
            self.replan(run)
        self.keep_floor()
        return bool(mine)

    def end_runs(self, trigger: str, reason: str) -> None:
        """End the runs of a trigger."""
        for run in [run for run in self.customer.runs.values() if run.trigger == trigger]:
            self.end(run, reason)

    def replan_runs(self) -> None:
        """Compute every wait anew, from where it began."""
        for run in list(self.customer.runs.values()):
            self.replan(run)

    def replan(self, run: Run) -> None:
        """Compute one wait anew; if its instant is past, it ends at once."""
        ready = self.program.plans.get(run.playbook)
        if ready is None or run.step not in ready.steps:
            return
        body = ready.steps[run.step].step.body
        if run.phase == "due":
            due: int | None = self.planned(ready.steps[run.step].step, run)
        else:
            due = self.deadline(run, getattr(body, "up_to", None))
        self.customer.arm(f"run:{run.id}", None if due is None else max(due, self.now))

    # --- looking --------------------------------------------------------------------------------

    def true(self, condition: Condition, run: Run | None) -> bool:
        """Whether a condition is true now."""
        c = self.customer
        return condition.holds(c.attributes, c.history, self.now, c.zone, run)

    def false(self, condition: Condition, run: Run | None) -> bool:
        """Whether a condition is false now: not true, and not unknown either."""
        c = self.customer
        return condition.fails(c.attributes, c.history, self.now, c.zone, run)

    def accepts(
        self, accepts: Callable[..., bool], properties: Mapping[str, object], run: Run | None
    ) -> bool:
        """Whether an event's properties pass a `where`."""
        c = self.customer
        return accepts(properties, c.attributes, c.history, self.now, c.zone, run)

    def explain(self, condition: Condition, run: Run | None) -> Trace:
        """Return a condition as it stands now, part by part."""
        c = self.customer
        return explain(
            condition.expr, c.attributes, c.history, self.now, c.zone, run,
            calendar=self.program.calendar, matchers=self.program.matchers,
        )  # fmt: skip

    def note(self, run: Run, kind: EntryKind, note: str, why: tuple[Trace, ...] = ()) -> None:
        """Write a line of the journal."""
        self.effects.append(
            Entry(self.now, self.customer.id, kind, run.playbook, run.id, run.step, note, why)
        )


def _slot(run: Run) -> str:
    return f"{run.playbook}/{run.per}" if run.per else run.playbook


def _until(due: int | None) -> str:
    return "" if due is None else f" up to {iso(due)}"


def _safe(name: str) -> str:
    return name.replace("%", "%25").replace("/", "%2F") if "/" in name or "%" in name else name
