"""Crossings of one attribute over constant levels: found between where it was and where it is."""

from bisect import bisect_left, bisect_right, insort
from operator import itemgetter
from typing import TYPE_CHECKING, Final, Literal

if TYPE_CHECKING:
    from .ready import Spec

__all__ = ["Levels"]

_LEVEL: Final = itemgetter(0)


class Levels:
    """The crossing triggers of one attribute; a change costs what it crosses, not what there is."""

    __slots__ = ("_down", "_up", "attribute", "key")

    def __init__(self, attribute: str) -> None:
        self.attribute = attribute
        self.key = f"levels:{attribute}"
        """Names the one watch they share: its value is the last known one of the attribute."""
        self._down: list[tuple[float, int, Spec]] = []
        self._up: list[tuple[float, int, Spec]] = []

    def add(
        self, direction: Literal["drops below", "rises above"], level: float, spec: "Spec"
    ) -> None:
        """File a trigger under its level."""
        insort(self._down if direction == "drops below" else self._up, (level, spec.number, spec))

    def between(self, old: float, new: float) -> "list[Spec]":
        """Return the triggers that a change from `old` to `new` meets, by level.

        Dropping below 50 is from 50 or more to less; rising above 50 is from 50 or less to more.
        """
        if new < old:
            rows, bisect = self._down, bisect_right
        else:
            rows, bisect = self._up, bisect_left
        first, end = bisect(rows, old, key=_LEVEL), bisect(rows, new, key=_LEVEL)
        if first == end:
            return []
        return [spec for _, _, spec in rows[min(first, end) : max(first, end)]]
