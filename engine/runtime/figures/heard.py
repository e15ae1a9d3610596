"""The events of a period as one table for one answer: who, when, what, under its declared name."""

from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import BigInteger, Text, case, literal, select

from ...core.vocabulary import fold
from ..tables import InboxRow
from .kpis_values import folded
from .told import Told, table

__all__ = ["EVENTS", "listen", "named"]

EVENTS: Final = table("event", customer=Text, at=BigInteger, number=BigInteger, name=Text)
"""What was told and decided, in the order of `at`, then `number`."""
_INBOX: Final = InboxRow.__table__  # type: ignore[attr-defined]


def named(declared: Mapping[str, object]) -> Any:
    """Return the declared name of an event of the inbox; as it was told where nobody declared it."""
    names = {fold(name): name for name in declared}
    told = _INBOX.c.name
    return case(names, value=folded(told), else_=told) if names else told


def listen(told: Told, declared: Mapping[str, object]) -> None:
    """Make `EVENTS` of what the log holds of the period."""
    inbox = _INBOX.c
    question = select(
        inbox.customer, inbox.at, inbox.number, named(declared).label("name")
    ).where(
        inbox.kind == literal("event"), inbox.number.is_not(None),
        inbox.at >= told.since, inbox.at < told.until,
    )  # fmt: skip
    told.fill(EVENTS, question, "customer,at")
