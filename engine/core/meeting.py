"""Triggers that are met by what happens, ready to be asked: changes, and pairs of events."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from . import plan as P
from .pairs import PairReader

if TYPE_CHECKING:
    from .ready import ReadyPlan

__all__ = ["Change", "PairSpec"]

Value = Callable[..., object]


@dataclass(slots=True, eq=False)
class Change:
    """A trigger that a change of an attribute meets."""

    key: str
    plan: "ReadyPlan"
    trigger: P.OnChange | P.OnRecord
    old: Value | None = None
    new: Value | None = None
    where: Callable[..., bool] | None = None
    """Whether the two values, or a record, are the wanted ones."""


@dataclass(slots=True, eq=False)
class PairSpec:
    """A trigger that two events meet, or one alone."""

    key: str
    plan: "ReadyPlan"
    trigger: P.OnSequence
    reader: PairReader
    cause: str = field(init=False)
    timers: str = field(init=False)
    """What the name of each of its timers begins with."""

    def __post_init__(self) -> None:
        self.timers = f"pair:{self.key}/"
        what, word = self.trigger.pairs, "without" if self.trigger.without else "then"
        self.cause = f"{what.first.event} {word} {what.then.event}"

    def timer(self, number: int) -> str:
        """Return the timer of the first with this number of arrival, which orders those of one instant."""
        return f"{self.timers}{number:010}"
