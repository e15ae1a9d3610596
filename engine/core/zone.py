"""Local time in whole numbers: what clocks show in a zone at an instant, and when they show it.

An instant is microseconds since 1970 UTC, a local time microseconds since 1970-01-01T00:00 on the
zone's clocks. Zones come from the pinned `tzdata` package, never from the machine's own files, so
that the same program decides alike everywhere.
"""

import pkgutil
from bisect import bisect_left, bisect_right
from functools import cache
from itertools import accumulate
from operator import add
from typing import Final

from .duration import HOUR
from .plan_days import Calendar
from .tzif import CYCLE, Changes, read_changes

__all__ = ["UTC", "UnknownZone", "Zone", "is_zone", "put_back", "zone"]

_NEVER: Final = 1 << 63
_LOOK_AHEAD: Final = 3 * HOUR
"""No zone has put its clocks back by more since 1970, so only what comes just before it matters."""


class UnknownZone(ValueError):  # noqa: N818 - reads as the sentence it is
    """There is no such time zone; use an IANA name such as `Europe/Berlin`."""


class Zone:
    """A time zone: `Zone.local` and `Zone.utc` turn instants into local times and back.

    A customer's also keeps the calendar that counts where the customer is.
    """

    __slots__ = (
        "_changes",
        "_ends",
        "_horizon",
        "_offsets",
        "_starts",
        "calendar",
        "fixed",
        "name",
    )

    name: str
    calendar: Calendar | None
    """Which days are business days here; None leaves that to who asks."""
    fixed: int | None
    """The offset from UTC, in microseconds, of a zone that never changes its clocks; else None."""

    def __init__(self, name: str, changes: Changes, calendar: Calendar | None = None) -> None:
        self.name = name
        self.calendar = calendar
        self._changes = changes
        self.fixed = None if changes.starts else changes.offsets[0]
        self._starts = changes.starts
        self._offsets = changes.offsets
        # The local time at which each offset is over. The greatest so far, because clocks can be
        # put back by more than the time since the last change.
        ends = map(add, changes.starts, changes.offsets)
        self._ends = tuple(accumulate(ends, max))
        self._horizon = _NEVER if changes.horizon is None else changes.horizon

    def __repr__(self) -> str:
        return f"zone({self.name!r})"

    def keeping(self, calendar: Calendar | None) -> "Zone":
        """Return the same zone with a calendar."""
        return Zone(self.name, self._changes, calendar)

    def local(self, at: int) -> int:
        """Return what the clocks show at an instant."""
        if at >= self._horizon:
            later = ((at - self._horizon) // CYCLE + 1) * CYCLE
            return self.local(at - later) + later
        return at + self._offsets[bisect_right(self._starts, at)]

    def steady(self, first: int, last: int) -> bool:
        """Tell whether the clocks surely change nowhere between two instants."""
        if self.fixed is not None:
            return True
        starts = self._starts
        return last < self._horizon and bisect_right(starts, first) == bisect_right(starts, last)

    def changes(self, first: int, last: int) -> tuple[int, ...]:
        """Return the instants between two, both included, at which the clocks change."""
        if last >= self._horizon:
            later = ((last - self._horizon) // CYCLE + 1) * CYCLE
            return tuple(at + later for at in self.changes(first - later, last - later))
        starts = self._starts
        return starts[bisect_left(starts, first) : bisect_right(starts, last)]

    def utc(self, local: int) -> int:
        """Return the first instant at which the clocks show `local`, or have gone past it."""
        if local >= self._horizon:
            later = ((local - self._horizon) // CYCLE + 1) * CYCLE
            return self.utc(local - later) + later
        index = bisect_right(self._ends, local)
        at = local - self._offsets[index]
        if index and at < self._starts[index - 1]:
            return self._starts[index - 1]  # The clocks skipped this time.
        return at


UTC: Final = Zone("UTC", Changes((), (0,), None))


@cache
def zone(name: str) -> Zone:
    """Return the zone with an IANA name (exact case); raises `UnknownZone`."""
    if name == UTC.name:
        return UTC
    if not is_zone(name):
        raise UnknownZone(f"{name[:60]!r} is no time zone; use an IANA name: Europe/Berlin")
    return Zone(name, read_changes(_file(f"zoneinfo/{name}")))


def is_zone(name: str) -> bool:
    """Say whether `name` is an IANA time zone of the pinned database, exactly spelt."""
    return name in _names()


def put_back(at: int, z: Zone) -> int:
    """Return by how much clocks are put back soon after an instant."""
    if z.fixed is not None:
        return 0
    began = z.local(at)
    back = began + _LOOK_AHEAD - z.local(at + _LOOK_AHEAD)
    # What comes longer before the change than clocks are put back shows an earlier time anyway.
    return back if back > 0 and z.local(at + back) < began + back else 0


@cache
def _names() -> frozenset[str]:
    """Return every name of the database. Only these become paths, so no name can lead elsewhere."""
    return frozenset(_file("zones").decode("ascii").split())


def _file(path: str) -> bytes:
    """Read a file of the `tzdata` package."""
    data = pkgutil.get_data("tzdata", path)
    if data is None:
        raise FileNotFoundError(f"tzdata has no {path}: reinstall tzdata")
    return data
