"""Which words an action takes, and which it cannot do without: for those who check before it is performed."""

from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Takes"]


@dataclass(frozen=True, slots=True)
class Takes:
    """The words that something takes, in each of their spellings."""

    words: tuple[str, ...]
    needs: tuple[tuple[str, ...], ...] = ()
    """What it needs: one of the words of each."""

    def lacks(self, given: Iterable[str]) -> tuple[tuple[str, ...], ...]:
        """Return the needs that none of what is given meets."""
        there = frozenset(given)
        return tuple(need for need in self.needs if there.isdisjoint(need))
