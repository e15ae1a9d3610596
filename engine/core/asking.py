"""What a run waits to hear: the answer of a person, and the answer to an action."""

from . import plan as P
from .calendar import add
from .duration import Duration
from .effects import ASK, Perform
from .looking import HELD
from .plan import Json
from .ready import ReadyStep
from .repeating import Repeating
from .state import Held, Phase, Run
from .trace import Trace

__all__ = ["Asking"]


class Asking(Repeating):
    """The part of a turn that promises actions and puts questions."""

    __slots__ = ()

    def deadline(self, run: Run, up_to: Duration | None) -> int | None:
        """Return until when a run waits, counted from when the wait was planned to begin."""
        if up_to is None:
            return None
        return add(run.planned_at, up_to, self.customer.zone, self.program.calendar)

    def action(
        self, step: ReadyStep, run: Run, planned: int, body: P.Do | P.Ask, skipped: str = "",
        why: tuple[Trace, ...] = (),
    ) -> Perform:  # fmt: skip
        """Return the effect of a `do` or an `ask`, with all its templates may name."""
        found = why
        if not why and (step.only_if is not None or step.unless is not None):
            found = self.reasons(run, step.only_if, step.unless)
        kind, name, args = (
            (body.kind, body.action, body.args)
            if isinstance(body, P.Do)
            else (ASK, ASK, step.question)
        )
        return Perform(
            self.now, planned, self.customer.id, run.playbook, run.id, step.step.id, kind, name,
            args, self.key(step, run), self.seen(), run.event, found, skipped,
            run.answers, each=run.each,
        )  # fmt: skip

    def promise(self, step: ReadyStep, run: Run, planned: int, body: P.Do) -> Perform:
        """Promise an action, or where limits have to look at it, keep it until its instant is over."""
        action = self.action(step, run, planned, body)
        if self.program.limits and self.program.limits.of(run.playbook, body):
            self.hold(run, action)
            return action
        self.effects.append(action)
        self.note(run, "performed", f"{body.kind} {action.key}")
        return action

    def hold(self, run: Run, action: Perform) -> None:
        """Keep an action until its instant is over: limits look at all of one instant together."""
        customer = self.customer
        customer.held.append(
            Held(run.copy(), action.key, action.planned_at, self.now, self.now, action.why,
                 action.attributes)
        )  # fmt: skip
        customer.arm(HELD, self.now)

    def await_answer(
        self, step: ReadyStep, run: Run, planned: int, body: P.Do
    ) -> tuple[str | None] | None:
        """Promise an action, and wait until it is known how that ended.

        What it is given may name what is missing: then it ends where it would be performed, at once.
        """
        run.answers = {name: one for name, one in run.answers.items() if name != body.answer}
        due = self.deadline(run, body.up_to)
        action = self.promise(step, run, planned, body)
        if self.program.limits.words(action) is None:
            self.keep_answer(body, run, "failed")
            self.note(run, "answered", "failed: what it is given names what is missing")
            return (step.step.next,)
        self.listen(run, action, "answer", due)
        self.note(run, "waiting", "for its answer", due=due)
        return None

    def ask(self, step: ReadyStep, run: Run, planned: int, body: P.Ask) -> tuple[str | None] | None:
        """Put a question to a person and wait, unless the time for it is already over."""
        due = self.deadline(run, body.up_to)
        if due is not None and due <= self.now:
            run.planned_at = due
            self.note(run, "skipped", "late: its time to be answered is over")
            return (body.otherwise,)
        action = self.action(step, run, planned, body)
        action.choices = tuple(arm.name for arm in body.arms)
        self.effects.append(action)
        action.words = self.program.limits.words(action)
        if action.words is None:
            self.note(run, "answered", "not asked: its text names what is missing")
            return (body.otherwise,)
        self.note(run, "asked", action.key)
        self.listen(run, action, "ask", due)
        self.note(run, "waiting", "for somebody to answer", due=due)
        return None

    def listen(self, run: Run, action: Perform, phase: Phase, due: int | None) -> None:
        """Let a run wait to hear what came of what it has just promised."""
        action.awaited, action.until = True, due
        run.phase, run.waits_for = phase, action.key
        self.customer.arm(f"run:{run.id}", due)

    def keep_answer(self, body: P.Body, run: Run, status: str, answer: Json = None) -> None:
        """Give an answer its name."""
        if isinstance(body, P.Do) and body.answer:
            failed = status != "done"
            kept = {"status": status, "failed": failed, "answer": None if failed else answer}
            run.answers = {**run.answers, body.answer: kept}
