"""What begins a run, as plain data: events, changes, crossings, conditions, dates and calendars."""

from typing import Literal

from .duration import Duration
from .expr import Expr, Happening, Pairs, Records
from .fixed import node
from .node import Node

__all__ = [
    "Cron",
    "Every",
    "Monthly",
    "OnChange",
    "OnCondition",
    "OnCrossing",
    "OnDate",
    "OnEvent",
    "OnManual",
    "OnRecord",
    "OnSchedule",
    "OnSequence",
    "OnStage",
    "Recurrence",
    "Trigger",
    "Weekly",
]


@node
class OnEvent(Node):
    """`purchase where (amount > 100)`: fires on the event."""

    what: Happening


@node
class OnChange(Node):
    """`plan changes from free to growth`: fires when the attribute gets another value.

    With a `path` a part of a record: `address.city changes`. Its `where` names the values `old` and
    `new`: `seats changes where (new > old * 1.2)`.
    """

    attribute: str
    old: Expr | None = None
    new: Expr | None = None
    path: tuple[str, ...] = ()
    where: Expr | None = None


@node
class OnRecord(Node):
    """`contacts loses one where (role == "champion")`: fires for each record that counts no longer.

    `gains one`: for each that counts and did not. What is one record, `identity` says.
    """

    records: Records
    side: Literal["loses", "gains"]


@node
class OnSequence(Node):
    """`go-live then training-done within 7 days`: fires on the second, for each first before it.

    `without`: 7 days after each first that no second has followed by then.
    """

    pairs: Pairs
    without: bool = False


@node
class OnStage(Node):
    """`stage moves back from loyalty`: fires on a move in a lifecycle, never within what it names.

    The first stage a customer gets is a change, but no move forward, back or past another stage.
    """

    attribute: str
    """The attribute that holds the stage."""
    how: Literal["changes", "moves forward", "moves back", "skips"]
    old: str | None = None
    """The stage it leaves, by its declared name; None for any."""
    new: str | None = None
    """The stage it enters, or the one it skips."""


@node
class OnCrossing(Node):
    """`health_score drops below 50`: known before on the other side, or on the level, and now past it.

    Dropping below 50 is from >= 50 to < 50; rising above 80 is from <= 80 to > 80. The last known
    value counts as the one before.
    """

    value: Expr
    direction: Literal["drops below", "rises above"]
    level: Expr


@node
class OnCondition(Node):
    """`when COND [for 3 days]`: fires when COND goes from not-true to true (and stays so)."""

    condition: Expr
    hold: Duration | None = None


@node
class OnDate(Node):
    """`90 days before renewal_date`: fires at the date attribute's (first) instant, moved.

    With a `path` the date is a part of a record: `30 days before contract.ends`.
    """

    attribute: str
    offset: Duration | None = None
    side: Literal["before", "after"] = "before"
    path: tuple[str, ...] = ()


@node
class Every(Node):
    """`every 90 days`: a span of time, counted from when its `while` became true."""

    duration: Duration


@node
class Weekly(Node):
    """`every monday at 09:00`, `every day at 09:00`, `every business day at 09:00`."""

    days: tuple[int, ...]
    """Weekdays, Monday 0 to Sunday 6."""
    at: int
    """Minutes after midnight, local time."""
    business: bool = False
    """Only business days of the project's calendar (`days` is then all seven)."""


@node
class Monthly(Node):
    """`every month on day 1 at 09:00`; day 31 is the last day of a shorter month."""

    day: int
    at: int
    months: tuple[int, ...] = tuple(range(1, 13))
    """`every quarter` and `every year` name fewer months: (1, 4, 7, 10) and (1,)."""


@node
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


@node
class OnSchedule(Node):
    """`every monday at 09:00 while COND`: for each customer for whom it holds, in its zone."""

    recurrence: Recurrence
    condition: Expr | None = None


@node
class OnManual(Node):
    """`manual`: from the API, the command line or the console."""


Trigger = (
    OnEvent
    | OnChange
    | OnRecord
    | OnSequence
    | OnStage
    | OnCrossing
    | OnCondition
    | OnDate
    | OnSchedule
    | OnManual
)
