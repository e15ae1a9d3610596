"""The values behind the names in a template: shown as what they were declared to be, when asked."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Final
from zoneinfo import ZoneInfo

from .core.instant import to_datetime
from .core.lifecycles import the_stage
from .core.vocabulary import Type, fold

__all__ = ["Values", "local"]


@dataclass(slots=True)
class Values:
    """The values behind one name, shown as what they were declared to be when asked for.

    Like effects not frozen for speed, and never changed.
    """

    called: str
    values: Mapping[str, object]
    types: Mapping[str, Type]
    zone: str
    id: str = ""
    """The customer's own name, which is not among its attributes."""

    def get(self, name: str) -> object:
        """Return a value by any spelling of its name, or None where it is missing."""
        if name == "id" and self.id:
            return self.id
        if name not in self.values:
            wanted = fold(name)
            stage = the_stage(self.types) if wanted == "stage" else None
            name = next((known for known in self.values if fold(known) == wanted), stage or name)
        value = self.values.get(name)
        return value if value is None else _as_declared(value, self.types.get(name), self.zone)


_TOLD_APART: Final = frozenset(["date", "instant", "list", "record"])
"""What is kept in another form than it is shown in."""


def _as_declared(value: object, kind: Type | None, zone: str) -> object:
    if kind is None or kind.kind not in _TOLD_APART:
        return value  # First, for it is what nearly every value is.
    match kind, value:
        case Type("date"), str():
            return date.fromisoformat(value)
        case Type("instant"), int():
            return local(value, zone)
        case Type("list", item=item), list():
            return [_as_declared(one, item, zone) for one in value]
        case Type("record", fields=fields), dict():
            types = dict(fields)
            return {name: _as_declared(one, types.get(name), zone) for name, one in value.items()}
        case _:
            return value


def local(at: int, zone: str) -> datetime:
    """Return an instant as a datetime on the clocks of a zone, by its IANA name."""
    return to_datetime(at).astimezone(_zone_info(zone))


@cache
def _zone_info(name: str) -> ZoneInfo:
    from importlib.resources import files  # noqa: PLC0415 - once a zone

    # From the pinned package, never from the machine's own files.
    with files("tzdata").joinpath("zoneinfo", *name.split("/")).open("rb") as file:
        return ZoneInfo.from_file(file, key=name)
