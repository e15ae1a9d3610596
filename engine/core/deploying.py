"""A program takes over: runs in flight follow, finish or stop, and triggers that are new are learnt."""

from . import plan as P
from .changing import Changing
from .heritage import NOTHING, Heritage
from .program import ReadyPlan
from .state import Run

__all__ = ["Deploying"]


class Deploying(Changing):
    """The part of a turn that meets a program for the first time."""

    __slots__ = ()

    def deployed(self, at: int, before: str) -> None:
        """Meet the program: `existing:` decides about what already holds, `in flight:` about runs.

        `before` is the digest of the program that decided until now. Triggers it had too keep what
        they know of the customer; edited ones count as new.
        """
        customer = self.customer
        if customer.history.first_seen_at is None:
            customer.history.first_seen_at = at
        program = self.program
        there = program.zone_of(customer.attributes)
        elsewhere, customer.zone = there is not customer.zone, there
        heritage = program.heritage.get(before, NOTHING)
        followed = self.derive_anew(heritage)
        for run in list(customer.runs.values()):
            self.carry_over(run)
        still = heritage.kept | {levels.key for levels in program.levels}
        for key in [key for key in customer.watches if key not in still]:
            self.forget(key)
        for spec in program.specs:
            if spec.key not in heritage.kept or spec.key not in customer.watches:
                self.first_look(spec, fresh=False)
        for pair in program.pairs:
            if pair.key not in customer.watches:
                self.first_pairs(pair, fresh=False)
        for levels in program.levels:
            if levels.attribute in heritage.edited or levels.key not in customer.watches:
                self.learn(levels)
        if elsewhere:  # The project is somewhere else now: all that waits is computed anew.
            self.moved(there)
        if followed:
            self.wake_by_change(frozenset(followed))

    def derive_anew(self, heritage: Heritage) -> list[str]:
        """Compute every signal and segment as it is declared now; return those that changed.

        What is not declared any more is forgotten, and what is declared otherwise begins afresh.
        """
        customer, derivation = self.customer, self.program.derivation
        for name in heritage.gone:
            customer.arm(f"derive:{name}", None)
        begun = heritage.gone | (heritage.edited & derivation.names.keys())
        if not begun.isdisjoint(customer.attributes):
            values = {k: v for k, v in customer.attributes.items() if k not in begun}
            customer.attributes = self.program.blank | values
        return self.derive(derivation.all)

    def forget(self, key: str) -> None:
        """Take away a trigger's watch and its timers."""
        self.customer.watches.pop(key, None)
        for kind in ("look", "hold", "tick"):
            self.customer.arm(f"{kind}:{key}", None)
        self.forget_pairs(key)

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

    def follow(self, ready: ReadyPlan, run: Run) -> None:
        """Let a run go on under the current version: its wait is computed anew from its start."""
        before, run.version = run.version, ready.version
        self.note(run, "deployed", f"follows version {run.version} after {before}")
        if run.late not in ready.steps:
            run.late = ""
        for kind in ("run", "stop", "until"):
            self.customer.arm(f"{kind}:{run.id}", None)
        if self.stops(ready, run):
            return
        body = ready.steps[run.step].step.body
        still = {"for": P.WaitFor, "until": P.WaitUntil}.get(run.phase, object)
        if not isinstance(body, still):
            self.go(ready, run, run.step)
        elif not self.try_until(ready, run):
            self.replan(run)
