"""A program takes over: runs in flight follow, finish or stop, and triggers that are new are learnt."""

from typing import Final

from . import plan as P
from .assigning import first_values
from .heritage import NOTHING, Heritage
from .looking import HELD
from .moving import Moving
from .places import is_same
from .ready import ReadyPlan, Spec
from .state import Held, Run

__all__ = ["Deploying"]

_WAITS: Final[dict[str, type]] = {
    "for": P.WaitFor,
    "until": P.WaitUntil,
    "ask": P.Ask,
    "answer": P.Do,
    "repeat": P.Repeat,
}
"""What a step has to be for a run to go on waiting in it."""


class Deploying(Moving):
    """The part of a turn that meets a program for the first time."""

    __slots__ = ()

    def deployed(self, at: int, before: str) -> None:
        """Meet the program: `existing:` decides about what already holds, `in flight:` about runs.

        `before` is the digest of the program that decided until now. Triggers it had too keep what
        they know of the customer; edited ones count as new.
        """
        customer = self.customer
        program = self.program
        if customer.history.first_seen_at is None:
            first_values(customer, program, at)
            customer.history.first_seen_at = at
        program.history.forget(customer.history)
        if program.history.pasts:  # What nobody asked for until now is known from now on.
            program.history.note(customer.history, customer.attributes, at, self.now)
        moved = self.find_places(at, first=not before)
        there = program.zone_of(customer.attributes)
        elsewhere, customer.zone = not is_same(there, customer.zone), there
        heritage = program.heritage.get(before, NOTHING)
        followed = self.derive_anew(heritage)
        self.carry_runs()
        for held in customer.held:
            self.carry_held(held)
        self.look_at_aims()
        still = heritage.kept | {levels.key for levels in program.levels}
        for key in [key for key in customer.watches if key not in still]:
            self.forget(key)
        for spec in program.specs:
            if spec.key not in heritage.kept or spec.key not in customer.watches:
                self.first_look(spec, fresh=False)
            elif self.is_timed_otherwise(spec):
                self.look(spec, fires=False)
        for pair in program.pairs:
            if pair.key not in customer.watches:
                self.first_pairs(pair, fresh=False)
        for levels in program.levels:
            if levels.attribute in heritage.edited or levels.key not in customer.watches:
                self.learn(levels)
        if before and moved:  # Those that are kept learn it, and begin nothing.
            for spec in self.readers_of(moved):
                self.look(spec, fires=False)
        if elsewhere:  # Another zone, or an edited calendar: all that waits is computed anew.
            self.moved(there)
        if followed:
            self.wake_by_change(frozenset(followed))

    def is_timed_otherwise(self, spec: Spec) -> bool:
        """Whether a trigger that goes on has to set its timer: it may read what is inlined now.

        A timer that it had as one that reads what is inlined is taken away.
        """
        timer = f"derive:look:{spec.key}"
        inlined = timer in self.customer.armed
        self.customer.arm(timer, None)
        return inlined or spec.inlines

    def derive_anew(self, heritage: Heritage) -> list[str]:
        """Compute every signal and segment as it is declared now; return those that changed.

        What is not declared any more is forgotten, and what is declared otherwise begins afresh.
        """
        customer, derivation = self.customer, self.program.derivation
        for name in heritage.gone:
            customer.arm(f"derive:{name}", None)
        begun = heritage.gone | (heritage.edited & derivation.names.keys())
        begun |= derivation.meanings.keys()
        for name in derivation.meanings:
            customer.arm(f"derive:{name}", None)
        if not begun.isdisjoint(customer.attributes):
            values = {k: v for k, v in customer.attributes.items() if k not in begun}
            customer.attributes = self.program.blank | values
        return self.derive(derivation.all)

    def forget(self, key: str) -> None:
        """Take away a trigger's watch and its timers."""
        self.customer.watches.pop(key, None)
        for kind in ("look", "derive:look", "hold", "tick"):
            self.customer.arm(f"{kind}:{key}", None)
        self.forget_pairs(key)

    def carry_runs(self) -> None:
        """Let every run go on, and look again if it may read what is inlined now."""
        for run in list(self.customer.runs.values()):
            self.carry_over(run)
            ready = self.program.plan_of(run)
            if ready is None or ready is self.program.plans.get(run.playbook):
                continue  # What the end of a run's wait depends on is kept in its own program.
            if run.id in self.customer.runs and not self.stops(ready, run):
                self.try_until(ready, run)

    def carry_over(self, run: Run) -> None:
        """Decide under which version of its playbook a run goes on, if it does."""
        current = self.program.plans.get(run.playbook)
        old = self.program.older.get((run.playbook, run.version))
        if current is not None and run.version == current.version:
            return
        ready = current or old
        rule = ready.plan.in_flight if ready is not None else "stop"
        if rule == "stop" and current is not None:
            self.end(run, "its playbook has changed, and `in flight` is stop")
        elif rule == "finish old" and old is not None:
            self.note(run, "deployed", f"finishes on version {run.version}")
        elif current is None:
            self.end(run, "its playbook was removed")
        elif run.step in current.steps:
            self.follow(current, run)
        elif old is not None:
            note = f"step {run.step} is gone: finishes on version {run.version}"
            self.note(run, "deployed", note)
        else:
            self.end(run, f"step {run.step} is gone, and so is version {run.version}")

    def carry_held(self, held: Held) -> None:
        """Decide under which version an action that limits hold back goes on, as its run would."""
        run = held.run
        current = self.program.plans.get(run.playbook)
        old = self.program.older.get((run.playbook, run.version))
        ready = current or old
        rule = ready.plan.in_flight if ready is not None else "stop"
        held.due = self.now
        self.customer.arm(HELD, self.now)
        if current is not None and (run.version == current.version or held.stopped):
            return
        if current is None or rule == "stop":
            held.stopped = (
                "its playbook was removed" if current is None else "its playbook has changed"
            )
        elif not (rule == "finish old" and old is not None) and run.step in current.steps:
            run.version = current.version

    def follow(self, ready: ReadyPlan, run: Run) -> None:
        """Let a run go on under the current version: its wait is computed anew from its start."""
        before, run.version = run.version, ready.version
        self.note(run, "deployed", f"follows version {run.version} after {before}")
        if run.id in self.customer.aims:
            self.customer.aims[run.id].version = run.version
        if run.late not in ready.steps:
            run.late = ""
        for kind in ("run", "stop", "until"):
            self.customer.arm(f"{kind}:{run.id}", None)
        if self.stops(ready, run):
            return
        step = ready.steps[run.step].step
        self.keep_loops(step, run)
        if not _still_waits(step.body, run):
            self.go_elsewhere(ready, step, run)
        elif not self.try_until(ready, run):
            self.replan(run)

    def keep_loops(self, step: P.Step, run: Run) -> None:
        """Count on in the repetitions the step is inside; one that is new to it is in its first."""
        here = (*step.within, step.id) if run.phase == "repeat" else step.within
        run.loops = {name: run.loops.get(name, [1, run.planned_at]) for name in here}

    def go_elsewhere(self, ready: ReadyPlan, step: P.Step, run: Run) -> None:
        """Let a run go on whose step does not wait any more for what the run waits for."""
        if run.phase == "answer":
            run.phase, run.waits_for = "due", ""
            self.go(ready, run, step.next)  # What was to be done is promised: not once more.
            return
        if run.phase == "ask":
            self.withdraw(run, "its step has changed")
        run.loops.pop(run.step, None)
        self.go(ready, run, run.step)


def _still_waits(body: P.Body, run: Run) -> bool:
    """Whether a step, as it is now, waits for what the run waits for."""
    if isinstance(body, P.Do) and not body.answer and run.phase == "answer":
        return False
    return isinstance(body, _WAITS.get(run.phase, object))
