"""What an event trigger's conditions look at before there is a run."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

__all__ = ["Cause"]

_NO_ANSWERS: Final[Mapping[str, object]] = MappingProxyType({})


@dataclass(slots=True)
class Cause:
    """The event that a trigger's conditions look at as what starts them; nothing came after it."""

    at: int
    event: Mapping[str, object] | None
    seq: int = 2**62

    @property
    def answers(self) -> Mapping[str, object]:
        """Nothing: before a run begins, none of its actions can have answered."""
        return _NO_ANSWERS
