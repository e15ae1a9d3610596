"""Cohorts: customers by the part of the period of their first event, and who came back how much later."""

from collections import defaultdict
from dataclasses import dataclass
from typing import Final

from sqlalchemy import distinct, func, literal, select

from ..tables import InboxRow
from .heard import EVENTS
from .kpis_values import folded
from .told import Told

__all__ = ["MOST", "Cohort", "Cohorts", "cohorts"]

MOST: Final = 104
"""Parts a period may have for a table of cohorts: two years of weeks."""
_INBOX: Final = InboxRow.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Cohort:
    """Customers whose first event fell into one part of the period."""

    place: int
    """Which part."""
    customers: int
    active: tuple[int, ...]
    """How many of them were active in that part, the next one, and so on to the end."""


@dataclass(frozen=True, slots=True)
class Cohorts:
    """A table of cohorts."""

    first: str
    """The event that makes a customer belong to one; empty for any event."""
    active: str
    """The event that counts as being active; empty for any."""
    rows: tuple[Cohort, ...]


def cohorts(told: Told, parts: int, first: str = "", active: str = "") -> Cohorts:
    """Return the cohorts of a period of so many parts; `heard.listen` and `cut` have been called.

    A customer belongs to the part in which the first event of all time lies, not of the period.
    """
    inbox, event = _INBOX.c, EVENTS.c
    began = (
        select(inbox.customer, func.min(inbox.at).label("at"))
        .where(inbox.kind == literal("event"), inbox.number.is_not(None), inbox.at < told.until)
        .where(*([folded(inbox.name) == folded(literal(first))] if first else []))
        .group_by(inbox.customer)
        .having(func.min(inbox.at) >= told.since)
        .subquery()
    )
    own = select(began.c.customer, told.part(began.c.at).label("place")).cte("own")
    when = (
        select(event.customer, told.part(event.at).label("place"))
        .where(*([folded(event.name) == folded(literal(active))] if active else []))
        .distinct()
        .cte("active_in")
    )
    size = select(own.c.place, func.count()).group_by(own.c.place)
    sizes = dict(sorted(told.rows(size)))
    question = (
        select(own.c.place, when.c.place, func.count(distinct(own.c.customer)))
        .join_from(own, when, own.c.customer == when.c.customer)
        .where(when.c.place >= own.c.place)
        .group_by(own.c.place, when.c.place)
    )
    came: dict[int, dict[int, int]] = defaultdict(dict)
    for place, later, customers in told.rows(question):
        came[place][later] = customers
    rows = [
        Cohort(place, size, tuple(came[place].get(later, 0) for later in range(place, parts)))
        for place, size in sizes.items()
    ]
    return Cohorts(first, active, tuple(rows))
