"""What a step may do beyond acting, choosing and waiting: split, ask, repeat, start, cancel."""

from .duration import Duration
from .expr import Expr
from .fixed import node
from .node import Node

__all__ = ["Arm", "Ask", "Cancel", "Repeat", "Split", "Start"]


@node
class Arm(Node):
    """One way of a `split:` or an `ask:`; `None` leads to the end of the run."""

    name: str
    target: str | None
    share: int = 0
    """Of a split: the part of all customers that goes this way, in hundredths of a percent."""


@node
class Split(Node):
    """`split: {short: {share: 50%, …}, long: {share: 50%, …}}`: one way for each customer, for good."""

    arms: tuple[Arm, ...]


@node
class Ask(Node):
    """`ask: Is this account ready?`: the run waits for a person's answer."""

    question: str
    """A template, like `of`."""
    of: str
    """Whom; empty for anybody."""
    up_to: Duration | None
    arms: tuple[Arm, ...]
    """Every answer that may be given, with where it leads."""
    otherwise: str | None
    """Where it leads when nobody has answered in time."""


@node
class Repeat(Node):
    """`repeat: {every: 7 days, up to: 3 times, until: COND, steps: […]}`: the first one at once.

    The last of its steps leads back to it; `Step.within` tells which steps are inside.
    """

    every: Duration
    most: int
    until: Expr | None
    first: str | None
    """The first of its steps."""


@node
class Start(Node):
    """`start: win-back`: another playbook begins for the same customer at the same instant."""

    playbook: str
    properties: tuple[tuple[str, Expr], ...] = ()
    """What `event.…` is in it."""


@node
class Cancel(Node):
    """`cancel: win-back`: its runs with the same customer end."""

    playbook: str
