"""Where a customer is: the zone whose clocks and the calendar whose business days count there."""

from collections.abc import Mapping

from .plan import Calendar, Project
from .zone import Zone, zone

__all__ = ["Places", "is_same", "widest"]


class Places:
    """The places of one project, found by what a customer carries.

    An attribute of type `timezone` names the customer's own zone, one of type `calendar` its
    calendar; who has none is where the project is.
    """

    def __init__(self, project: Project) -> None:
        kinds = project.vocabulary.attributes.items()
        self.zone_attribute = next((name for name, t in kinds if t.kind == "timezone"), None)
        self.calendar_attribute = next((name for name, t in kinds if t.kind == "calendar"), None)
        self.attributes = frozenset({self.zone_attribute, self.calendar_attribute} - {None})
        self.home = zone(project.vocabulary.timezone).keeping(project.calendar)
        self._calendars = dict(project.calendars)
        self._known: dict[tuple[object, object], Zone] = {}

    def of(self, attributes: Mapping[str, object]) -> Zone:
        """Return the place of a customer with these attributes: the same object every time."""
        own = attributes.get(self.zone_attribute) if self.zone_attribute else None
        kept = attributes.get(self.calendar_attribute) if self.calendar_attribute else None
        if own is None and kept is None:
            return self.home
        # Values that nobody converted may be anything; only texts are names.
        key = own if isinstance(own, str) else None, kept if isinstance(kept, str) else None
        place = self._known.get(key)
        if place is None:
            there = zone(key[0]) if key[0] else self.home
            calendar = self._calendars.get(key[1] or "", self.home.calendar)
            place = self._known[key] = there.keeping(calendar)
        return place


def is_same(one: Zone, other: Zone) -> bool:
    """Whether two places, perhaps of two projects, show the same times and business days."""
    return one is other or (one.name == other.name and one.calendar == other.calendar)


def widest(project: Project) -> Calendar:
    """Return a calendar in which a number of business days is at least as long as in any other.

    What is remembered of the past has to suffice wherever a customer may be.
    """
    every = (project.calendar, *project.calendars.values())
    fewest = min(every, key=lambda calendar: len(set(calendar.weekdays)) or 7)
    return Calendar(fewest.weekdays, tuple(sorted({day for one in every for day in one.holidays})))
