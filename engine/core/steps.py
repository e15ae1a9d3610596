"""Steps: how a run passes them, and where it comes to wait."""

import json
from typing import Final

from . import plan as P
from .asking import Asking
from .calendar import add, place
from .compile import Condition
from .drawn import HOLDOUT
from .duration import MINUTE
from .expr import Records
from .hours import learnt
from .instant import iso
from .occurrence import Cancelled, Changed, Happened, Requested
from .ready import ReadyPlan, ReadyStep
from .records import MOST, distinct
from .say import say_records
from .spell import say_clock
from .state import Run
from .trace import Trace
from .zone import zone

__all__ = ["NOT_YET_LATE", "Steps"]

NOT_YET_LATE: Final = 5 * MINUTE
"""What is planned this short before a run begins is not late: two events that two processes report
in the same breath may arrive in the other order, and neither may lose its action for it."""

_DEEDS: Final = (P.Do, P.SetAttributes, P.Emit, P.Start, P.Cancel)
"""What is done at an instant, and therefore not done when it comes too late."""


class Steps(Asking):
    """The part of a turn that passes steps."""

    __slots__ = ()

    def go(self, ready: ReadyPlan, run: Run, target: str | None) -> None:
        """Pass steps from `target` on until one waits or the run ends."""
        while target is not None:
            step = ready.steps[target]
            if target in run.loops and isinstance(step.step.body, P.Repeat):
                come = self.come_round(step, run, step.step.body)
                if come is None:
                    self.flush(ready, run)
                    return
                target = come[0]
                continue
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
        self.end(run, "finished", by_itself=True)

    def pause(self, ready: ReadyPlan, run: Run, planned: int) -> None:
        """Wait for the planned instant of the step the run has reached."""
        self.flush(ready, run)
        self.customer.arm(f"run:{run.id}", planned)
        timed, note = ready.steps[run.step].step.timing.at, "until its planned instant"
        if isinstance(timed, P.BestHour):
            note = f"{note}: {self.best(timed)[1]}"
        self.note(run, "waiting", note, due=planned)

    def planned(self, step: P.Step, run: Run) -> int:
        """Return the instant a step is planned for."""
        timing, base = step.timing, run.planned_at
        where = self.customer.zone
        if timing.zone:
            where = zone(timing.zone).keeping(where.calendar)
        calendar = self.program.calendar
        at, not_before = base, base
        if timing.after is not None:
            at, not_before = add(run.at, timing.after, where, calendar), run.at
        elif isinstance(step.body, P.Wait) and step.body.duration is not None:
            at = add(base, step.body.duration, where, calendar)
        if timing.at is None and timing.on is None:
            return at
        time = timing.at if not isinstance(timing.at, P.BestHour) else self.best(timing.at)[0]
        return place(
            at, time=time, on=timing.on, not_before=not_before, zone=where, calendar=calendar
        )

    def best(self, asked: P.BestHour) -> tuple[int, str]:
        """Return the customer's best hour, in minutes after midnight, and where it comes from."""
        calendar, learning = self.customer.zone.calendar, self.program.project.best_hour
        hours = asked.within or (calendar.hours if calendar is not None else None)
        known = learnt(self.customer.hours, hours, learning.at_least if learning else 1)
        if known is not None:
            time, count, total = known
            return time, f"best hour {time // 60:02}:00, {count} of {total} events"
        time = asked.otherwise if asked.otherwise is not None else (hours or (0, 0))[0]
        return time, f"too little is known of a best hour: {say_clock(time)}"

    def pass_step(
        self, ready: ReadyPlan, step: ReadyStep, run: Run, planned: int
    ) -> tuple[str | None] | None:
        """Pass one step whose instant has come; return the next one, or None when it waits."""
        body = step.step.body
        if (
            isinstance(body, P.Wait)
            or not self.allowed(step, run, planned)
            or self.is_late(ready, step, run, planned)
        ):
            run.planned_at = planned
            return (step.step.next,)
        if isinstance(body, _DEEDS):
            self.flush(ready, run)
        run.planned_at = planned
        if run.held and isinstance(body, (*_DEEDS, P.Ask)):
            self.skip(step, run, planned, HOLDOUT)
            return (step.step.next,)
        match body:
            case P.Do(answer=str(name)) if name:
                return self.await_answer(step, run, planned, body)
            case P.Do() | P.SetAttributes() | P.Emit() | P.Start() | P.Cancel():
                self.perform(step, run, planned)
                return (step.step.next,)
            case P.Choose(_, otherwise):
                return (self.choose(step, run, otherwise),)
            case P.Split():
                return (self.split(ready, step, run, body),)
            case P.Repeat():
                return (self.repeat(step, run, body),)
            case P.Ask():
                self.flush(ready, run)
                return self.ask(step, run, planned, body)
            case P.Stop(reason):
                self.end(run, reason or "stop", by_itself=True)
                return None
            case P.WaitFor():
                return self.wait_for(ready, run, body)
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
        reason, why = self.objection(word, condition, run)
        self.skip(step, run, planned, reason, why)
        return False

    def objection(self, word: str, condition: Condition, run: Run) -> tuple[str, tuple[Trace, ...]]:
        """Return in words which condition keeps a step from being done, and how it was found."""
        trace = self.explain(condition, run)
        found = "unknown" if trace.value is None else str(trace.value).lower()
        return f"{word}: {trace.text} is {found}", (trace,)

    def is_late(self, ready: ReadyPlan, step: ReadyStep, run: Run, planned: int) -> bool:
        """Whether a step planned before the run began is passed over, as `late:` says."""
        rule = ready.plan.late
        if planned >= run.began_at - NOT_YET_LATE or not isinstance(step.step.body, _DEEDS):
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
        """Promise an action, set attributes, emit an event, start or cancel a playbook."""
        body, customer = step.step.body, self.customer
        if isinstance(body, P.Do):
            if body.each is None:
                self.promise(step, run, planned, body)
            else:
                self.promise_each(step, run, planned, body, body.each)
            return
        values = {
            name: value(customer.attributes, customer.history, self.now, customer.zone, run)
            for name, value in step.values
        }
        if isinstance(body, P.Start):
            asked = Requested(self.now, body.playbook, values, run.id)
            self.queue.append((self.depth + 1, asked, {}, {}))
            self.note(run, "requested", body.playbook)
        elif isinstance(body, P.Cancel):
            self.queue.append((self.depth + 1, Cancelled(self.now, body.playbook, run.id), {}, {}))
            self.note(run, "cancelled", body.playbook)
        elif isinstance(body, P.Emit):
            self.queue.append((self.depth + 1, Happened(self.now, body.event, values), {}, {}))
            self.note(run, "emitted", body.event)
        else:
            before = customer.attributes
            taken = self.admitted(values, run)
            told = Changed(self.now, self.assign(taken, self.now))
            self.queue.append((self.depth + 1, told, before, self.customer.attributes))
            if values and values.keys() <= self.program.lifecycles.keys():
                self.tell_moves(run, taken, before)
            else:
                self.note(run, "set", json.dumps(taken, ensure_ascii=False, sort_keys=True))

    def promise_each(
        self, step: ReadyStep, run: Run, planned: int, body: P.Do, each: Records
    ) -> None:
        """Promise an action for each record that counts, under a key of its own."""
        c, where, among = self.customer, step.accepts, step.among
        world = (c.attributes, c.history, self.now, c.zone, run)
        value = among(*world) if among is not None else None
        found = distinct(value, None if where is None else lambda item: where(item, *world))
        if not found:
            self.skip(step, run, planned, f"for each: {say_records(each)} is nobody")
        for item in list(found.values())[:MOST]:
            one = run.copy()
            one.each = item
            self.promise(step, one, planned, body)
        self.leave_out(run.playbook, len(found) - MOST)

    def skip(
        self, step: ReadyStep, run: Run, planned: int, reason: str, why: tuple[Trace, ...] = ()
    ) -> None:
        """Write down that a step was not done, and why."""
        body = step.step.body
        here, run.step = run.step, step.step.id
        if isinstance(body, P.Do | P.Ask):
            self.effects.append(self.action(step, run, planned, body, reason, why))
        self.note(run, "skipped", reason, why=why)
        run.step = here

    def choose(self, step: ReadyStep, run: Run, otherwise: str | None) -> str | None:
        """Return where the first branch that holds leads."""
        for number, (condition, target) in enumerate(step.branches, 1):
            if self.true(condition, run):
                self.note(run, "branch", f"branch {number}", why=self.reasons(run, condition))
                return target
        why = self.reasons(run, *(condition for condition, _ in step.branches))
        self.note(run, "branch", "otherwise", why=why)
        return otherwise

    def wait_for(self, ready: ReadyPlan, run: Run, body: P.WaitFor) -> tuple[str | None] | None:
        """Wait for an event, unless the time for it is already over."""
        due = self.deadline(run, body.up_to)
        if due is not None and due <= self.now:
            run.planned_at = due
            return (body.otherwise,)
        self.flush(ready, run)
        run.phase = "for"
        self.customer.arm(f"run:{run.id}", due)
        self.note(run, "waiting", f"for {body.what.event}", due=due)
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
        self.note(run, "waiting", "until its condition holds", due=due)
        return None
