"""What was made of each file of a project, kept for the next time: only what changed is read again."""

from collections.abc import Callable, Hashable
from typing import Any, TypeVar, cast

__all__ = ["Memory"]

_T = TypeVar("_T")


class Memory:
    """Results by what they were made for, each with all it was made from.

    `pause` is called before anything is made; what it raises ends the compilation, which leaves
    the memory as good as it was.
    """

    def __init__(self, pause: Callable[[], None] = lambda: None) -> None:
        self.pause = pause
        self._kept: dict[tuple[str, str], tuple[Hashable, Any]] = {}

    def once(self, what: str, file: str, made_from: Hashable, make: Callable[[], _T]) -> _T:
        """Return what was made of a file from the same things, or make it."""
        kept = self._kept.get((what, file))
        if kept is not None and kept[0] == made_from:
            return cast("_T", kept[1])
        self.pause()
        made = make()
        self._kept[what, file] = made_from, made
        return made
