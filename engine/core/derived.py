"""What a project computes of a customer: signals and segments, as plans hold them.

Both are attributes that nobody sets: a signal under its own name, a segment under `segment NAME`.
"""

from .expr import Expr
from .fixed import node
from .node import Node
from .segments import segment_attribute

__all__ = ["Derived", "Segment", "Signal"]


@node
class Signal(Node):
    """`logins_30d: count of login in last 30 days`: a value that is computed."""

    name: str
    value: Expr

    @property
    def attribute(self) -> str:
        """The attribute it stands as."""
        return self.name

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The expressions it is made of."""
        return (self.value,)


@node
class Segment(Node):
    """`at-risk: {enter: health_score < 50, leave: health_score > 60}`: the customers who belong.

    Without `leave` they belong while `enter` is true. With it they stay until `leave` is true, and
    where both are, nobody belongs.
    """

    name: str
    enter: Expr
    leave: Expr | None = None

    @property
    def attribute(self) -> str:
        """The attribute it stands as: true or false, never missing."""
        return segment_attribute(self.name)

    @property
    def parts(self) -> tuple[Expr, ...]:
        """The expressions it is made of."""
        return (self.enter,) if self.leave is None else (self.enter, self.leave)


Derived = Signal | Segment
