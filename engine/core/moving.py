"""Triggers on moves in lifecycles: forward, back, past a stage, into one and out of one."""

from collections.abc import Mapping

from .changing import Changing
from .staging import NO_STAGE

__all__ = ["Moving"]


class Moving(Changing):
    """The part of a turn that begins runs on moves."""

    __slots__ = ()

    def meet_moves(self, values: Mapping[str, object], before: Mapping[str, object]) -> None:
        """Begin the runs whose triggers are about the changes of stage among these values."""
        for name in self.program.lifecycles:
            old, new = before.get(name), values.get(name, before.get(name))
            reader = self.program.attributes.get(name)
            if old == new or reader is None:
                continue
            cause, ends = (
                f"{name}: {old or NO_STAGE} -> {new or NO_STAGE}",
                {"old": old, "new": new},
            )
            for ready, move in reader.moves:
                if move.is_meant(old, new):
                    self.start(ready, move.key, self.now, cause, event=ends)
