"""The calendars of a project, and the hours at which its customers are best reached: plain data."""

from .fixed import node
from .node import Node

__all__ = ["BestHour", "Calendar", "Learning"]


@node
class Calendar(Node):
    """`calendar:` of a project, or one of its `calendars:`: which days are business days."""

    weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)
    """Monday 0 to Sunday 6."""
    holidays: tuple[str, ...] = ()
    """ISO dates that are not business days, sorted."""
    hours: tuple[int, int] | None = None
    """When somebody is there: minutes after midnight, the first inclusive, the last exclusive."""
    known_until: str = ""
    """The last day, in ISO form, for which the holidays of its regions were looked up."""


@node
class BestHour(Node):
    """`at: best hour within 09:00-17:00 else 10:00`: the hour a customer's own doings suggest."""

    within: tuple[int, int] | None = None
    """The allowed hours, in minutes after midnight; None for those of the customer's calendar."""
    otherwise: int | None = None
    """What counts while too little is known; None for the beginning of the allowed hours."""


@node
class Learning(Node):
    """`best hour: {from: [email-opened], at least: 5}`: what best hours are learnt from."""

    events: tuple[str, ...]
    at_least: int = 5
    """How many such events within the allowed hours make an hour known."""
