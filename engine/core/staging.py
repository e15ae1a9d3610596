"""Stages of lifecycles: who may move a customer where, and what becomes of a rule that came true."""

from collections.abc import Mapping
from typing import Final

from .deriving import Deriving
from .effects import Entry, EntryKind
from .occurrence import Changed
from .ready import Spec
from .state import Run

__all__ = ["GONE", "NO_STAGE", "Staging"]

NO_STAGE: Final = "no stage"
GONE: Final = "is gone"
"""What stands behind a stage that the program has no more."""


class Staging(Deriving):
    """The part of a turn that decides about moves in lifecycles."""

    __slots__ = ()

    def admitted(
        self, values: Mapping[str, object], run: Run | None = None
    ) -> Mapping[str, object]:
        """Return the values without moves that are not possible, which are written down."""
        lifecycles = self.program.lifecycles
        if lifecycles.keys().isdisjoint(values):
            return values
        taken = dict(values)
        for name in [name for name in lifecycles if values.get(name) is not None]:
            told, now = values[name], self.customer.attributes.get(name)
            stage = lifecycles[name].entered(told, now)
            if stage is None or not lifecycles[name].allows(now, stage):
                self.tell("refused", name, _trouble(now, told, stage), run)
                del taken[name]
            else:
                taken[name] = stage
        return taken

    def tell(
        self,
        kind: EntryKind,
        name: str,
        note: str,
        run: Run | None = None,
        rule: Spec | None = None,
    ) -> None:
        """Write down what a run, a rule or somebody outside meant for a lifecycle.

        What is not a run's stands under the stage, as what a run does stands under its playbook.
        """
        if run is not None:
            self.note(run, kind, f"{name}: {note}")
            return
        why = self.reasons(None, rule.condition) if rule is not None else ()
        self.effects.append(Entry(self.now, self.customer.id, kind, name, note=note, why=why))

    def tell_moves(
        self, run: Run, values: Mapping[str, object], before: Mapping[str, object]
    ) -> None:
        """Write down the moves that a step has made."""
        for name, stage in values.items():
            old = before.get(name)
            note = f"already {stage}" if old == stage else f"{old or NO_STAGE} -> {stage}"
            self.tell("moved", name, note, run)

    def tell_places(self, before: Mapping[str, object]) -> None:
        """Write down the moves that nobody in here has made: what was told, where somebody is found."""
        after = self.customer.attributes
        for name in self.program.lifecycles:
            old, new = before.get(name), after.get(name)
            if old != new:
                self.tell("moved", name, f"{old or NO_STAGE} -> {new or NO_STAGE}")

    def move(self, rule: Spec) -> None:
        """Make the move of a rule that has come true, unless rules would lead round in a circle."""
        name, stage = rule.enters
        before = self.customer.attributes
        old = before.get(name)
        note = f"{old or NO_STAGE} -> {stage}"
        if (name, stage, self.now) in self.left:
            self.tell("refused", name, f"{note} would close a circle of rules", rule=rule)
            return
        self.left = self.left | {(name, old, self.now)}
        self.tell("moved", name, note, rule=rule)
        told = Changed(self.now, self.assign({name: stage}, self.now))
        self.queue.append((self.depth + 1, told, before, self.customer.attributes))

    def find_places(self, at: int, *, first: bool) -> list[str]:
        """Do as `take_places`; the `first` program also writes down where the customer is found."""
        if first:
            self.tell_places({})
        return self.take_places(at)

    def take_places(self, at: int) -> list[str]:
        """Put the customer where each lifecycle starts; return the stages this has changed.

        A stage that the program no longer has is left for the one its name now means, if any.
        """
        changed = []
        for name, lifecycle in self.program.lifecycles.items():
            now = self.customer.attributes.get(name)
            stage = now if now in lifecycle.order else lifecycle.entered(now, now)
            stage = stage or lifecycle.start
            if stage == now:
                continue
            left = NO_STAGE if now is None else f"{now} {GONE}"
            self.tell("moved", name, f"{left} -> {stage or NO_STAGE}")
            self.assign({name: stage}, at)
            changed.append(name)
        return changed


def _trouble(now: object, told: object, stage: str | None) -> str:
    """Return why a customer cannot be in a stage."""
    if stage is None:
        return f"there is no stage {told}"
    return f"{now} -> {stage} is not among its moves"
