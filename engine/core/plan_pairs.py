"""Triggers that look at two things: an event beside another, a list beside what it was."""

from dataclasses import dataclass
from typing import Literal

from .expr import Pairs, Records
from .node import Node

__all__ = ["OnRecord", "OnSequence"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OnRecord(Node):
    """`contacts loses one where (role == "champion")`: fires for each record that counts no longer.

    `gains one`: for each that counts and did not. What is one record, `identity` says.
    """

    records: Records
    side: Literal["loses", "gains"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class OnSequence(Node):
    """`go-live then training-done within 7 days`: fires on the second, for each first before it.

    `without`: 7 days after each first that no second has followed by then.
    """

    pairs: Pairs
    without: bool = False
