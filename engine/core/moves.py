"""Lifecycles ready to decide: which moves are possible, and the rules by which moves are made."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from . import plan as P
from .expr import And, Attribute, Compare, Constant, Expr, In, IsMissing, Not, Or
from .lifecycles import Lifecycle, Move, held_by, leaves_of, named, stage_of
from .origin import NOWHERE, Span
from .vocabulary import Type, Vocabulary

__all__ = [
    "ReadyLifecycle",
    "ReadyMove",
    "is_in",
    "lifecycle_ready",
    "lifecycles_of",
    "ready_move",
    "rules_of",
]


@dataclass(slots=True, eq=False)
class ReadyLifecycle:
    """One lifecycle with all its names resolved to stages a customer can be in."""

    attribute: str
    kind: Type
    start: str | None
    possible: frozenset[tuple[str, str]] | None
    """The stages between which a customer can move; None for all."""
    order: Mapping[str, int] = field(init=False)
    """The place of each stage."""

    def __post_init__(self) -> None:
        self.order = {stage: place for place, stage in enumerate(leaves_of(self.kind))}

    def entered(self, told: object, now: object) -> str | None:
        """Return the stage that somebody means who says `told`; None where there is no such stage.

        A stage that holds others means the first of them, unless the customer is in one already.
        """
        names = named(told, self.kind) if isinstance(told, str) else ()
        leaves = held_by(names[0], self.kind) if len(names) == 1 else ()
        if isinstance(now, str) and now in leaves:
            return now
        return leaves[0] if leaves else None

    def allows(self, old: object, new: str) -> bool:
        """Whether a customer may move from one stage to another; a first stage may be any."""
        return self.possible is None or old is None or old == new or (old, new) in self.possible


@dataclass(slots=True, eq=False)
class ReadyMove:
    """One trigger on moves in a lifecycle, with the stages it names."""

    key: str
    """The key of the trigger."""
    trigger: P.OnStage
    order: Mapping[str, int]
    """The place of each stage of the lifecycle."""
    old: frozenset[str]
    """The stages it is about when it names where a move begins; empty for any."""
    new: frozenset[str]

    def is_meant(self, old: object, new: object) -> bool:
        """Whether a change of stage is a move that the trigger is about."""
        how = self.trigger.how
        if how == "skips":
            skipped = self._between(old, new)
            return bool(skipped) and self.new <= skipped
        if self.old and (old not in self.old or new in self.old):
            return False
        if self.new and (new not in self.new or old in self.new):
            return False
        return how in ("changes", self._direction(old, new))

    def _direction(self, old: object, new: object) -> str:
        places = self.order.get(str(old)), self.order.get(str(new))
        if places[0] is None or places[1] is None:
            return ""
        return "moves forward" if places[0] < places[1] else "moves back"

    def _between(self, old: object, new: object) -> frozenset[str]:
        """Return the stages between two, on the way forward."""
        if self._direction(old, new) != "moves forward":
            return frozenset()
        first, last = self.order[str(old)], self.order[str(new)]
        return frozenset(stage for stage, place in self.order.items() if first < place < last)


def ready_move(key: str, trigger: P.OnStage, lifecycle: ReadyLifecycle) -> ReadyMove:
    """Return a trigger on moves with its names resolved."""
    old, new = (
        frozenset(held_by(name, lifecycle.kind) if name is not None else ())
        for name in (trigger.old, trigger.new)
    )
    return ReadyMove(key, trigger, lifecycle.order, old, new)


def lifecycles_of(project: P.Project) -> dict[str, ReadyLifecycle]:
    """Return the lifecycles of a project, by the attribute that holds the stage."""
    made = (lifecycle_ready(one, project.vocabulary) for one in project.lifecycles)
    return {ready.attribute: ready for ready in made}


def lifecycle_ready(lifecycle: Lifecycle, words: Vocabulary) -> ReadyLifecycle:
    """Return a lifecycle with its names resolved."""
    attribute = stage_of(lifecycle.name)
    kind = words.attributes[attribute]
    start = held_by(lifecycle.start, kind)[0] if lifecycle.start is not None else None
    moves = lifecycle.moves
    possible = None if moves is None else frozenset(_pairs(moves, kind))
    return ReadyLifecycle(attribute, kind, start, possible)


def rules_of(project: P.Project) -> Iterator[tuple[P.Plan, str, tuple[str, ...]]]:
    """Yield for each lifecycle its rules as a plan of triggers, its attribute, and where each leads.

    So a rule is watched like any other condition: it may take time, hold for some, and be edited.
    """
    for lifecycle in project.lifecycles:
        attribute = stage_of(lifecycle.name)
        kind = project.vocabulary.attributes[attribute]
        rules = [move for move in lifecycle.moves or () if move.condition is not None]
        triggers = tuple(_trigger(move, Attribute(attribute), kind) for move in rules)
        targets = tuple(held_by(move.new or "", kind)[0] for move in rules)
        plan = P.Plan(f"moves:{lifecycle.name}", triggers, (), None, existing="enter")
        yield plan, attribute, targets


def is_in(stage: Expr, leaves: tuple[str, ...], *, span: Span = NOWHERE) -> Compare | In:
    """Return the condition that a customer is in one of some stages."""
    if len(leaves) == 1:
        return Compare("==", stage, Constant(leaves[0]), span=span)
    return In(stage, tuple(Constant(leaf) for leaf in leaves), span=span)


def _trigger(move: Move, stage: Attribute, kind: Type) -> P.OnCondition:
    """Return what a rule watches: being in a stage it leaves, and its condition."""
    targets = held_by(move.new or "", kind)
    if move.old is None:
        here: Expr = Or((IsMissing(stage), Not(is_in(stage, targets))))
    else:
        here = is_in(stage, tuple(one for one in held_by(move.old, kind) if one not in targets))
    wanted = move.condition
    legs = wanted.items if isinstance(wanted, And) else (wanted,) if wanted is not None else ()
    return P.OnCondition(And((here, *legs)), move.hold)


def _pairs(moves: tuple[Move, ...], kind: Type) -> Iterator[tuple[str, str]]:
    for move in moves:
        for old in held_by(move.old or "", kind):
            for new in held_by(move.new or "", kind):
                yield old, new
