"""How a run begins, and what may keep it from beginning."""

import json
from collections.abc import Mapping

from .answering import Answering
from .calendar import add
from .compile import Condition
from .instant import iso
from .ready import ReadyPlan
from .shares import safe
from .state import Run
from .trace import Trace

__all__ = ["Starts"]


class Starts(Answering):
    """The part of a turn that begins runs."""

    __slots__ = ()

    def start(
        self,
        ready: ReadyPlan,
        trigger: str,
        at: int,
        cause: str,
        event: Mapping[str, object] | None = None,
        *,
        met: bool = False,
        because: Condition | None = None,
        why: tuple[Trace, ...] | None = None,
    ) -> None:
        """Begin a run, unless its `if` (when not yet `met`), `again` or `while running` objects.

        `because` is the condition that the trigger watches, if it watches one; `why` are the reasons
        as they were when it was met, None where they still are what they were.
        """
        customer, plan = self.customer, ready.plan
        run = Run("", plan.playbook, at, customer.seq, event, self.now, at, trigger=trigger)
        if not met and ready.condition is not None and not self.true(ready.condition, run):
            return
        run.per = self.per(ready, run)
        refusal = self.refusal(ready, run)
        if refusal:
            self.note(run, "not started", refusal)
            return
        number = customer.started[plan.playbook] = customer.started.get(plan.playbook, 0) + 1
        run.id = f"{ready.name}/{safe(customer.id)}/{number}"
        run.version = ready.version
        if plan.again.rule != "always":
            customer.last_started[_slot(run)] = self.now
        customer.runs[run.id] = run
        self.keep_floor()
        reasons = self.reasons(run, because, ready.condition) if why is None else why
        self.note(run, "started", cause, reasons)
        run.held = self.holds_out(ready)
        if run.held:
            self.note(run, "holdout", "this customer is held out: nothing will be done")
        self.aim(ready, run)
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
        slot = _slot(run)
        last = customer.last_started.get(slot)
        if last is not None and again.rule == "never":
            return f"again: never, and it ran on {iso(last)}"
        if last is not None and again.duration is not None:
            free = add(last, again.duration, customer.zone, self.program.calendar)
            if self.now < free:
                return f"again: after {again.duration}, which is {iso(free)}"
        if not customer.runs or ready.plan.while_running == "parallel":
            return ""
        for other in [o for o in customer.runs.values() if _slot(o) == slot]:
            if ready.plan.while_running == "skip":
                return f"already running as {other.id}"
            self.end(other, "restarted")
        return ""


def _slot(run: Run) -> str:
    return f"{run.playbook}/{run.per}" if run.per else run.playbook
