"""Limits at work: all actions of one instant are looked at together, and what waits is kept.

How a limit decides is in `limits.py`; here are the customer's counts, what is held back, and the
journal of both.
"""

from dataclasses import dataclass, field

from . import plan as P
from .calendar import add
from .effects import Perform
from .limits import Ruled, digest_at, free_at, kept, purpose_of
from .looking import DIGEST, HELD
from .occurrence import Settled
from .plan_limits import Digest, Limit
from .ready import ReadyPlan, ReadyStep
from .starts import Starts
from .state import Held
from .trace import Trace

__all__ = ["Limiting"]


@dataclass(slots=True)
class _Asked:
    """A held action with all that decides about it."""

    held: Held
    ready: ReadyPlan
    step: ReadyStep
    action: Perform
    ruled: Ruled
    purpose: str


@dataclass(slots=True)
class _Bundle:
    """Messages that go as one digest."""

    name: str
    digest: Digest
    messages: list[_Asked] = field(default_factory=list)


_Refusal = tuple[str, tuple[Trace, ...]]
"""Why an action is not performed, and the conditions behind it; an empty text when it may be."""


class Limiting(Starts):
    """The part of a turn that lets actions through, holds them back or drops them."""

    __slots__ = ()

    def look_at_held(self) -> None:
        """Decide together about all that is due: by priority, then by what was planned first."""
        customer = self.customer
        due = [held for held in customer.held if held.due <= self.now]
        bundles: dict[str, _Bundle] = {}
        for held in sorted(due, key=self.rank):
            asked = self.asked(held)
            if asked is None:
                self.let_go(held)
                self.note(held.run, "skipped", held.stopped or "its step is gone")
            else:
                self.judge(asked, bundles)
        for bundle in bundles.values():
            self.send(bundle)
        customer.arm(HELD, min((held.due for held in customer.held), default=None))
        self.keep_floor()

    def rank(self, held: Held) -> tuple[int, int]:
        """Return what goes first; what ranks alike goes in the order in which it arose."""
        ready = self.program.plan_of(held.run)
        return (-ready.plan.priority if ready is not None else 0, held.planned_at)

    def asked(self, held: Held) -> _Asked | None:
        """Return what decides about a held action, None when its step is not there any more."""
        ready = self.program.plan_of(held.run)
        step = ready.steps.get(held.run.step) if ready is not None else None
        if ready is None or step is None or not isinstance(step.step.body, P.Do):
            return None
        action = self.action(step, held.run, held.planned_at, step.step.body)
        action.key, action.why = held.key, held.why
        if held.attributes is not None:
            action.attributes = held.attributes
        run = self.customer.runs.get(held.run.id)
        if run is not None and run.waits_for == held.key:
            action.awaited, action.until = True, self.customer.armed.get(f"run:{run.id}")
        action.words = self.program.limits.words(action)
        ruled = self.program.limits.of(held.run.playbook, step.step.body)
        return _Asked(held, ready, step, action, ruled, purpose_of(action.words or {}))

    def judge(self, asked: _Asked, bundles: dict[str, _Bundle]) -> None:
        """Let one action through, hold it back or drop it."""
        reason, why = self.forbidden(asked)
        if reason:
            self.drop(asked, reason, why)
            return
        zone, calendar = self.customer.zone, self.program.calendar
        until, note = asked.ruled.rests_until(self.now, zone, calendar)
        if until is not None:
            self.hold_back(asked.held, until, note)
        elif not self.gather(asked, bundles):
            self.count_or_wait(asked)

    def forbidden(self, asked: _Asked) -> _Refusal:
        """Return why an action may not be performed at all, however long it waits."""
        c, held, words = self.customer, asked.held, asked.action.words
        if held.stopped:
            return held.stopped, ()
        if held.since < self.now:
            reason, why = self.outdated(asked)
            if reason:
                return reason, why
        if words is None:
            return "", ()  # Its text cannot be made, which is told where it would be sent.
        reason, why = asked.ruled.refusal(
            asked.action.attributes, c.history, self.now, c.zone, words
        )
        return reason, why if self.program.reasons else ()

    def outdated(self, asked: _Asked) -> _Refusal:
        """Return why what was decided earlier would not be decided now."""
        run, step, stop = asked.held.run, asked.step, asked.ready.stop
        if stop is not None and self.true(stop, run):
            return "stop when", self.reasons(run, stop)
        if step.only_if is not None and not self.true(step.only_if, run):
            return self.objection("if", step.only_if, run)
        if step.unless is not None and not self.false(step.unless, run):
            return self.objection("unless", step.unless, run)
        asked.action.why = self.reasons(run, step.only_if, step.unless)
        return "", ()

    # --- caps -------------------------------------------------------------------------------------

    def count_or_wait(self, asked: _Asked) -> None:
        """Let an action through if every limit has room for it; else it waits, or is dropped."""
        full = self.full(asked)
        if full is None:
            self.count(asked)
            self.let_through(asked)
            return
        free, note, winner = full
        held, up_to = asked.held, asked.ready.plan.held_up_to
        after = f"{note}, after {winner}"
        if up_to is None:
            self.drop(asked, note, note=after)
            return
        until = add(held.since, up_to, self.customer.zone, self.program.calendar)
        if self.now < until:
            self.hold_back(held, min(free, until), after)
        else:
            self.drop(asked, note, note=f"{after}; held back for {up_to}")

    def full(self, asked: _Asked) -> tuple[int, str, str] | None:
        """Return when the limits without room have some, which one is full, and what took it."""
        c = self.customer
        found: tuple[int, str, str] | None = None
        if asked.action.words is None:
            return None
        for name, limit in asked.ruled.counting(asked.purpose):
            counted = c.counted.get(self.whose(name, limit, asked), [])
            free, cap = free_at(limit, counted, self.now, c.zone, self.program.calendar)
            if free is not None and (found is None or free > found[0]):
                found = free, f"limit {name} {cap}", counted[-1][1]
        return found

    def count(self, asked: _Asked) -> None:
        """Remember that an action is performed, and forget what no window reaches any more."""
        c, action = self.customer, asked.action
        if action.words is None:
            return
        for name, limit in asked.ruled.counting(asked.purpose):
            whose = self.whose(name, limit, asked)
            for slot in [s for s in c.counted if s == name or s.startswith(f"{name} for ")]:
                c.counted[slot] = kept(
                    limit, c.counted[slot], self.now, c.zone, self.program.calendar
                )
                if not c.counted[slot]:
                    del c.counted[slot]
            c.counted.setdefault(whose, []).append((self.now, action.key))

    def whose(self, name: str, limit: Limit, asked: _Asked) -> str:
        """Return under what name an action is counted."""
        match limit.per:
            case "customer":
                return name
            case "recipient":
                return f"{name} for {_recipient(asked.action)}"
            case "playbook":
                return f"{name} for {asked.action.playbook}"

    # --- digests ----------------------------------------------------------------------------------

    def gather(self, asked: _Asked, bundles: dict[str, _Bundle]) -> bool:
        """Put a message to those with which it goes as a digest; return whether it is one's."""
        found = asked.ruled.digest(asked.purpose)
        if found is None or asked.action.words is None:
            return False
        name, limit, digest = found
        held = asked.held
        held.digest = self.whose(name, limit, asked)
        if held.tick is None:
            held.tick = self.tick(held, limit, digest)
        if held.tick > self.now:
            self.hold_back(held, held.tick, f"digest {name}")
            return True
        if held.digest not in bundles:
            if self.full(asked) is not None:
                return False
            self.count(asked)
            bundles[held.digest] = _Bundle(name, digest)
        bundles[held.digest].messages.append(asked)
        return True

    def tick(self, held: Held, limit: Limit, digest: Digest) -> int:
        """Return when a message's digest goes: that which others already wait for, if one does."""
        waiting = [one.tick for one in self.customer.held if one.digest == held.digest]
        ahead = [tick for tick in waiting if tick is not None and tick > self.now]
        zone, calendar = self.customer.zone, self.program.calendar
        return min(ahead, default=digest_at(limit, digest, self.now, zone, calendar))

    def send(self, bundle: _Bundle) -> None:
        """Perform a digest in the name of its first message; a single message goes as it is."""
        first, *others = bundle.messages
        if not others:
            self.let_through(first)
            return
        action, digest = first.action, bundle.digest
        key = f"{action.key}{DIGEST}"
        for asked in bundle.messages:
            self.drop(asked, f"digest {bundle.name}", note=f"merged into {key}")
        merged = tuple(asked.action for asked in bundle.messages)
        self.effects.append(
            Perform(
                self.now, action.planned_at, action.customer, action.playbook, action.run,
                action.step, digest.kind, digest.action, digest.args, key, action.attributes,
                action.event, merged=merged,
            )
        )  # fmt: skip
        self.note(first.held.run, "performed", f"{digest.kind} {key}")

    # --- what becomes of it -----------------------------------------------------------------------

    def let_through(self, asked: _Asked) -> None:
        """Promise an action."""
        self.let_go(asked.held)
        self.effects.append(asked.action)
        self.note(asked.held.run, "performed", f"{asked.action.kind} {asked.action.key}")

    def hold_back(self, held: Held, until: int, note: str) -> None:
        """Let an action wait; later it is rendered with what is known of the customer then."""
        told = (held.note, held.due) == (note, until)
        held.due, held.note, held.attributes, held.why = until, note, None, ()
        if not told:
            self.note(held.run, "held", note, due=until)

    def drop(
        self, asked: _Asked, reason: str, why: tuple[Trace, ...] = (), *, note: str = ""
    ) -> None:
        """Let an action go unperformed, and say why."""
        action, held = asked.action, asked.held
        action.skipped, action.why = reason, why or action.why
        self.let_go(held)
        self.effects.append(action)
        self.note(held.run, "skipped", note or reason, why=why)
        if action.awaited:
            run = held.run
            told = Settled(self.now, run.playbook, run.id, run.step, "refused", reason, held.key)
            self.settled(told)

    def let_go(self, held: Held) -> None:
        """Keep an action no longer."""
        self.customer.held = [one for one in self.customer.held if one is not held]


def _recipient(action: Perform) -> str:
    """Return to whom an action is sent, as far as it says."""
    found = (action.words or {}).get("to")
    return found.strip().casefold() if isinstance(found, str) else ""
