"""Attributes get other values: the one place where they do, so that what they were is remembered."""

from collections.abc import Mapping
from typing import Final

from .effects import Entry, EntryKind
from .looking import Looking
from .moves import ReadyLifecycle
from .occurrence import Changed
from .past import Stay
from .program import Program, Spec
from .state import Customer, Run

__all__ = ["NO_STAGE", "Assigning", "assign", "first_values"]

NO_STAGE: Final = "no stage"


def assign(
    customer: Customer, program: Program, values: Mapping[str, object], at: int, now: int
) -> tuple[str, ...]:
    """Give attributes other values from `at` on; return those that were other before `now`, too."""
    before = customer.attributes
    customer.attributes = before | dict(values)
    for name in program.lifecycles:
        if name in values and values[name] != before.get(name):
            _enter(customer, name, values[name], at, now)
    if not program.history.pasts:
        return ()
    return program.history.note(customer.history, values, at, now)


def first_values(customer: Customer, program: Program, at: int) -> None:
    """Remember the values a customer has at first sight; what nobody calls a stage is none."""
    if not (program.lifecycles or program.history.pasts):
        return
    values = customer.attributes
    stages = {
        name: lifecycle.entered(values.get(name), values.get(name))
        for name, lifecycle in program.lifecycles.items()
    }
    customer.attributes = {**values, **dict.fromkeys(stages)}
    assign(customer, program, {**values, **stages}, at, at)


def _enter(customer: Customer, name: str, stage: object, at: int, now: int) -> None:
    stays = customer.history.stays
    if isinstance(stage, str):
        stay = stays.setdefault(name, Stay(at))
        # A late change may be older than what it takes the place of: then it counts from now.
        stay.enter(stage, at if at >= stay.since else now)


class Assigning(Looking):
    """The part of a turn that changes attributes, and decides about moves in lifecycles."""

    __slots__ = ()

    def assign(self, values: Mapping[str, object], at: int) -> Mapping[str, object]:
        """Give attributes other values; return all attributes as they were before."""
        before = self.customer.attributes
        rewritten = assign(self.customer, self.program, values, at, self.now)
        if rewritten:
            self.rewritten = (*self.rewritten, *rewritten)
        return before

    def admitted(
        self, values: Mapping[str, object], run: Run | None = None
    ) -> Mapping[str, object]:
        """Return the values without moves that are not possible, which are written down."""
        stages = [name for name in self.program.lifecycles if name in values]
        if not stages:
            return values
        taken = dict(values)
        for name in stages:
            lifecycle, told = self.program.lifecycles[name], values[name]
            now = self.customer.attributes.get(name)
            stage = None if told is None else lifecycle.entered(told, now)
            trouble = "" if told is None else _trouble(lifecycle, now, told, stage)
            if trouble:
                self.tell("refused", trouble, run)
                del taken[name]
            else:
                taken[name] = stage
        return taken

    def tell(self, kind: EntryKind, note: str, run: Run | None, spec: Spec | None = None) -> None:
        """Write down what a run, a rule or somebody outside meant for a lifecycle."""
        if run is not None:
            self.note(run, kind, note)
            return
        why = self.reasons(None, spec.condition) if spec is not None else ()
        self.effects.append(Entry(self.now, self.customer.id, kind, "", note=note, why=why))

    def tell_moves(
        self, run: Run, values: Mapping[str, object], before: Mapping[str, object]
    ) -> None:
        """Write down the moves that a step has made."""
        for name, stage in values.items():
            old = before.get(name)
            stays = f"{name}: already {stage}"
            note = stays if old == stage else f"{name}: {old or NO_STAGE} -> {stage}"
            self.tell("moved", note, run)

    def move(self, spec: Spec) -> None:
        """Make the move of a rule that has come true, unless rules would lead round in a circle."""
        name, stage = spec.enters
        old = self.customer.attributes.get(name)
        note = f"{name}: {old or NO_STAGE} -> {stage}"
        if (name, stage, self.now) in self.left:
            self.tell("refused", f"{note} would close a circle of rules", None, spec)
            return
        self.left = self.left | {(name, old, self.now)}
        self.tell("moved", note, None, spec)
        values = {name: stage}
        before = self.assign(values, self.now)
        self.queue.append((self.depth + 1, Changed(self.now, values), before))

    def take_places(self, at: int) -> list[str]:
        """Put the customer where each lifecycle starts; return the stages this has changed.

        A stage that the program no longer has is left for the one its name now means, if any.
        """
        changed = []
        for name, lifecycle in self.program.lifecycles.items():
            now = self.customer.attributes.get(name)
            if now in lifecycle.order:
                continue
            stage = lifecycle.entered(now, now) or lifecycle.start
            if now is not None:
                self.tell("moved", f"{name}: {now} is gone -> {stage or NO_STAGE}", None)
            if stage != now:
                self.assign({name: stage}, at)
                changed.append(name)
        return changed


def _trouble(lifecycle: ReadyLifecycle, now: object, told: object, stage: str | None) -> str:
    """Return why a customer cannot be in a stage, or nothing."""
    name = lifecycle.attribute
    if stage is None:
        return f"{name}: there is no stage {told}"
    if not lifecycle.allows(now, stage):
        return f"{name}: {now} -> {stage} is not among its moves"
    return ""
