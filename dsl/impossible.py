"""Moves that can never happen, because the lifecycle does not list them or its stages have no such order."""

from collections.abc import Iterator, Sequence
from itertools import permutations

from ..engine.core.lifecycles import Lifecycle, held_by, leaves_of, stage_of
from ..engine.core.moves import lifecycle_ready, ready_move
from ..engine.core.origin import Span
from ..engine.core.plan import OnStage, Trigger
from ..engine.core.say_trigger import say_trigger
from ..engine.core.vocabulary import Vocabulary
from .diagnostics import Report

__all__ = ["check_target", "check_trigger"]


def check_trigger(
    trigger: Trigger, span: Span, lifecycles: Sequence[Lifecycle], words: Vocabulary, report: Report
) -> None:
    """Report a trigger that waits for a move which never happens."""
    if not isinstance(trigger, OnStage):
        return
    lifecycle = _found(trigger.attribute, lifecycles)
    if lifecycle is None:
        return
    ready = lifecycle_ready(lifecycle, words)
    move = ready_move("", trigger, ready)
    # The first stage of all is a change, too, whatever the moves are.
    pairs = [*_possible(lifecycle, words), *((None, stage) for stage in ready.order)]
    if not any(move.is_meant(old, new) for old, new in pairs):
        title = f"`{say_trigger(trigger)}` never happens"
        report.error("P303", span, title, "no such move", _listed(lifecycle))


def check_target(
    attribute: str,
    stage: str,
    span: Span,
    lifecycles: Sequence[Lifecycle],
    words: Vocabulary,
    report: Report,
) -> None:
    """Report a step that moves a customer where no move leads."""
    lifecycle = _found(attribute, lifecycles)
    if lifecycle is None:
        return
    targets = held_by(stage, words.attributes[attribute])
    if lifecycle.start is None:
        return  # A customer without a stage may get any.
    if not any(new in targets for _, new in _possible(lifecycle, words)):
        title = f"no move leads to `{stage}`"
        report.error("P303", span, title, "always refused", _listed(lifecycle))


def _found(attribute: str, lifecycles: Sequence[Lifecycle]) -> Lifecycle | None:
    return next((one for one in lifecycles if stage_of(one.name) == attribute), None)


def _possible(lifecycle: Lifecycle, words: Vocabulary) -> Iterator[tuple[str, str]]:
    """Yield all moves between stages that a lifecycle allows."""
    ready = lifecycle_ready(lifecycle, words)
    every = permutations(leaves_of(ready.kind), 2)
    return ((old, new) for old, new in every if ready.allows(old, new))


def _listed(lifecycle: Lifecycle) -> str:
    if lifecycle.moves is None:
        return "stages come in the order in which `stages:` lists them"
    moves = [f"`{move.old or 'any'} -> {move.new or 'any'}`" for move in lifecycle.moves]
    listed = ", ".join(dict.fromkeys(moves))
    return f"the moves of `{lifecycle.name}` are {listed or 'none'}"
