"""What attributes were before: the values one had with the instants they began, and stays in stages.

Values are kept only for attributes that some expression asks about, and only as far back as asked.
"""

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import Any

__all__ = ["Past", "Stay", "pasts_from_json", "stays_from_json"]


@dataclass(slots=True)
class Past:
    """The values of one attribute, each in force until the next one began."""

    ats: list[int] = field(default_factory=list)
    """Since when each value was in force. Ascending, in microseconds since 1970 UTC."""
    values: list[object] = field(default_factory=list)
    """None where the attribute was missing."""

    def note(self, at: int, value: object, now: int) -> bool:
        """Let a value be in force from `at` on; return whether this changes what was known before `now`.

        A late one that lies before others counts from its own instant until the next one, and from
        `now` on again, because what arrived last is what the attribute is now.
        """
        late = bool(self.ats) and at < self.ats[-1]
        index = bisect_right(self.ats, at)
        changed = self._put(index, at, value)
        if late:
            self._put(len(self.ats), now, value)
        return changed and at < now

    def drop_before(self, at: int) -> None:
        """Forget all values but those in force at an instant or later."""
        ended = bisect_right(self.ats, at) - 1
        if ended > 0:
            del self.ats[:ended]
            del self.values[:ended]

    def copy(self) -> "Past":
        """Return a past that can be changed without this one changing."""
        return Past(self.ats.copy(), self.values.copy())

    def to_json(self) -> list[object]:
        """Return the past as plain JSON values."""
        return [list(self.ats), list(self.values)]

    def _put(self, index: int, at: int, value: object) -> bool:
        """Put a value behind the `index` values before it; of one instant, what came last counts."""
        ats, values = self.ats, self.values
        if values[index - 1] == value if index else value is None:
            return False  # Nothing is known before the first value, so a missing one tells nothing.
        if index and ats[index - 1] == at:
            values[index - 1] = value
        else:
            ats.insert(index, at)
            values.insert(index, value)
        return True


@dataclass(slots=True)
class Stay:
    """How a customer stands in one lifecycle."""

    since: int
    """When it entered the stage it is in, in microseconds since 1970 UTC."""
    ever: list[str] = field(default_factory=list)
    """Every stage it has been in, in the order of first visits."""

    def enter(self, stage: str, at: int) -> None:
        """Let the customer be in a stage from an instant on."""
        self.since = at
        if stage not in self.ever:
            self.ever.append(stage)

    def copy(self) -> "Stay":
        """Return a stay that can be changed without this one changing."""
        return Stay(self.since, self.ever.copy())

    def to_json(self) -> list[object]:
        """Return the stay as plain JSON values."""
        return [self.since, list(self.ever)]


def pasts_from_json(data: Any) -> dict[str, Past]:
    """Read back what `to_json` made of each past."""
    return {name: Past(list(ats), list(values)) for name, (ats, values) in data.items()}


def stays_from_json(data: Any) -> dict[str, Stay]:
    """Read back what `to_json` made of each stay."""
    return {name: Stay(since, list(ever)) for name, (since, ever) in data.items()}
