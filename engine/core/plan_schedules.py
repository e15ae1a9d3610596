"""How often something comes again: spans of time, and days and times of the calendar."""

from dataclasses import dataclass

from .duration import Duration
from .node import Node

__all__ = ["Cron", "Every", "Monthly", "Recurrence", "Weekly"]


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Every(Node):
    """`every 90 days`: a span of time, counted from when its `while` became true."""

    duration: Duration


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Weekly(Node):
    """`every monday at 09:00`, `every day at 09:00`, `every business day at 09:00`."""

    days: tuple[int, ...]
    """Weekdays, Monday 0 to Sunday 6."""
    at: int
    """Minutes after midnight, local time."""
    business: bool = False
    """Only business days of the project's calendar (`days` is then all seven)."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Monthly(Node):
    """`every month on day 1 at 09:00`; day 31 is the last day of a shorter month."""

    day: int
    at: int
    months: tuple[int, ...] = tuple(range(1, 13))
    """`every quarter` and `every year` name fewer months: (1, 4, 7, 10) and (1,)."""


@dataclass(frozen=True, slots=True, eq=False, repr=False)
class Cron(Node):
    """`cron "0 9 * * 1"`: five sets, all spelt out. Weekdays count Monday 0 to Sunday 6."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: tuple[int, ...]
    months: tuple[int, ...]
    weekdays: tuple[int, ...]
    either: bool = False
    """Day of month and weekday were both restricted: as in cron, either one suffices."""


Recurrence = Every | Weekly | Monthly | Cron
