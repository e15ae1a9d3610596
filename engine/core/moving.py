"""Triggers on moves in lifecycles: forward, back, past a stage, into one and out of one."""

from .assigning import NO_STAGE
from .program import ReadyMove
from .watches import Watching

__all__ = ["Moving"]


class Moving(Watching):
    """The part of a turn that begins runs on moves."""

    __slots__ = ()

    def meet_move(self, move: ReadyMove, old: object, new: object) -> None:
        """Begin a run if a change of stage is a move the trigger is about."""
        if _is_meant(move, old, new):
            spec, name = move.spec, move.trigger.attribute
            ends = {"old": old, "new": new}
            self.start(
                spec.plan,
                spec.key,
                self.now,
                f"{name}: {old or NO_STAGE} -> {new or NO_STAGE}",
                event=ends,
            )


def _is_meant(move: ReadyMove, old: object, new: object) -> bool:
    how = move.trigger.how
    if how == "skips":
        skipped = _between(move, old, new)
        return bool(skipped) and move.new <= skipped
    if move.old and (old not in move.old or new in move.old):
        return False
    if move.new and (new not in move.new or old in move.new):
        return False
    return how == "changes" or how == _direction(move, old, new)


def _direction(move: ReadyMove, old: object, new: object) -> str:
    places = move.order.get(str(old)), move.order.get(str(new))
    if places[0] is None or places[1] is None:
        return ""
    return "moves forward" if places[0] < places[1] else "moves back"


def _between(move: ReadyMove, old: object, new: object) -> frozenset[str]:
    """Return the stages between two, on the way forward."""
    if _direction(move, old, new) != "moves forward":
        return frozenset()
    first, last = move.order[str(old)], move.order[str(new)]
    return frozenset(stage for stage, place in move.order.items() if first < place < last)
