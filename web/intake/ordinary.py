"""Calls in which nothing is out of the ordinary, read many at a time: column by column, not call by call.

Nearly all that Segment's libraries send are events of a user with an id and a time. To read those as
all others are read, by a shape that files and other systems share, takes several times as long.
"""

from collections.abc import Sequence
from datetime import datetime
from itertools import repeat
from operator import itemgetter
from types import NoneType
from typing import Any, Final

from ...engine.core.instant import EARLIEST, LATEST, microseconds, to_datetime
from ...engine.runtime.spelling import spell
from .asked import DEEPEST, Json
from .bodies import EVENT

__all__ = ["at_a_glance"]

Row = tuple[Any, ...]

_COLUMNS: Final = itemgetter("event", "userId", "messageId", "timestamp", "properties")
_OBJECT_OR_NOT: Final = frozenset([dict, NoneType])
_SHORT: Final = 200
"""Characters of a name or an id that are short enough for every table, whatever they are."""
_DATED: Final = frozenset(["--T", "--t", "-- "])
"""What stands behind the year, the month and the day of an instant that `parse_instant` reads."""
_EPOCH: Final = to_datetime(0)
_FEW: Final = 8
"""Calls that are not looked at apart when one of them is out of the ordinary."""


def at_a_glance(source: str, calls: Sequence[Json], ahead: int = 0) -> list[Row | None]:
    """Return the row of each call, None for one that has to be read with care.

    `ahead` is by how much the sender's clock is, in microseconds.
    """
    rows: list[Row | None] = [None] * len(calls)
    waiting = [[place for place, call in enumerate(calls) if _is_whole(call)]]
    while waiting:
        places = waiting.pop()
        found = _rows(source, [calls[place] for place in places], ahead)
        if found is not None:
            for place, row in zip(places, found, strict=True):
                rows[place] = row
        elif len(places) > _FEW:
            middle = len(places) // 2
            waiting += places[:middle], places[middle:]
    return rows


def _is_whole(call: Json) -> bool:
    """Whether a call is an event that holds all it should, each of its kind."""
    try:
        return (
            type(call) is dict
            and call["type"] == "track"
            and type(call["event"]) is type(call["userId"]) is type(call["messageId"]) is str
            and type(call["timestamp"]) is str
            and type(call["properties"]) is dict
            and type(call.get("context")) in _OBJECT_OR_NOT
            and "traits" not in call
        )
    except KeyError:
        return False


def _rows(source: str, calls: Sequence[Json], ahead: int) -> list[Row] | None:
    """Return the rows of whole events; None when one of them, whichever, is out of the ordinary."""
    try:
        events, users, ids, stamps, values = zip(*map(_COLUMNS, calls), strict=True)
        ats = _instants(stamps, ahead)
    except (TypeError, ValueError):
        return None  # There is none, or one has a time that cannot be read, or without an offset.
    if ats is None or not _are_plain(events, users, ids):
        return None
    bodies = list(map(spell, values))
    if max(map(len, bodies)) > EVENT or _may_be_deep(bodies):
        return None
    keys = [f"{source}/{own}" for own in ids]
    stamped = repeat(0)  # It is not we who say when it was.
    return list(zip(keys, users, repeat("event"), events, bodies, ats, stamped))


def _instants(stamps: Sequence[str], ahead: int) -> list[int] | None:
    """Return what instants with an offset say; None when one has to be looked at."""
    if not _DATED.issuperset([stamp[4:11:3] for stamp in stamps]):
        return None
    moments = map(datetime.fromisoformat, stamps)
    ats = [microseconds(moment - _EPOCH) - ahead for moment in moments]
    return ats if min(ats) >= EARLIEST and max(ats) + ahead <= LATEST else None


def _are_plain(events: Sequence[str], users: Sequence[str], ids: Sequence[str]) -> bool:
    """Whether texts are short, printable and none blank; ids without blanks around them."""
    named = (*users, *ids)
    words = (*set(events), *named)
    together = "".join(words)
    return (
        together.isprintable()
        and all(words)
        and max(map(len, words)) <= _SHORT
        and (" " not in together or _are_trimmed(words, named))  # No other blank can be printed.
    )


def _are_trimmed(words: Sequence[str], named: tuple[str, ...]) -> bool:
    return all(map(str.strip, words)) and tuple(map(str.strip, named)) == named


def _may_be_deep(bodies: Sequence[str]) -> bool:
    """Whether a text of JSON holds so many brackets that it could be nested too deep."""
    text = "".join(bodies)
    return text.count("{") + text.count("[") > len(bodies) and any(
        body.count("{") + body.count("[") > DEEPEST for body in bodies
    )
