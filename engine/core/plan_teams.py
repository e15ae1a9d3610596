"""The teams of a project, among whom tasks are shared out: plain data."""

from .fixed import node
from .node import Node

__all__ = ["Member", "Team"]


@node
class Member(Node):
    """One who takes tasks, by the name that tasks are assigned to."""

    name: str
    at_most: int | None = None
    """How many open tasks there is room for; None for any number."""


@node
class Team(Node):
    """`csm-team: [ann@example.com, {who: bo@example.com, at most: 5}]`."""

    members: tuple[Member, ...]
    """In the order that settles who comes first when all have as much to do."""
