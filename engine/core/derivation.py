"""Signals and segments ready to be computed: compiled, and found by what they read."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence

from .compile import Condition, compile_condition, compile_value
from .derived import Derived, Segment, Signal
from .evaluate import Matchers
from .history import History
from .plan import Calendar
from .zone import Zone

__all__ = ["Computed", "Derivation"]

Attributes = Mapping[str, object]


class Computed:
    """One signal or segment: what it comes to, and when time alone could change that."""

    __slots__ = ("_conditions", "attribute", "timed", "timer", "value")

    value: Callable[[Attributes, History, int, Zone], object]
    """Returns its value, None when it is missing."""

    def __init__(self, what: Derived, calendar: Calendar, matchers: Matchers) -> None:
        self.attribute = what.attribute
        self.timer = f"derive:{self.attribute}"
        self._conditions = [compile_condition(part, calendar, matchers) for part in what.parts]
        self.timed = any(condition.reads.time for condition in self._conditions)
        match what:
            case Signal(_, expr):
                value = compile_value(expr, calendar, matchers)
                self.value = lambda a, h, now, z: value(a, h, now, z, None)
            case Segment(leave=None):
                (enter,) = self._conditions
                self.value = lambda a, h, now, z: enter.holds(a, h, now, z, None)
            case Segment():
                enter, leave = self._conditions
                self.value = self._kept_in(enter, leave)

    def _kept_in(
        self, enter: Condition, leave: Condition
    ) -> Callable[[Attributes, History, int, Zone], object]:
        """Return the membership of who stays until `leave` is true."""

        def member(a: Attributes, h: History, now: int, z: Zone) -> bool:
            inside = a.get(self.attribute) is True or enter.holds(a, h, now, z, None)
            return inside and not leave.holds(a, h, now, z, None)

        return member

    def next_change(self, a: Attributes, h: History, now: int, z: Zone) -> int | None:
        """Return the earliest instant after `now` at which time alone could change it."""
        found = (one.next_change(a, h, now, z, None) for one in self._conditions)
        return min((at for at in found if at is not None), default=None)

    def reads(self) -> Iterable[Condition]:
        """Walk through its conditions, which know what they read."""
        return iter(self._conditions)


class Derivation:
    """All that a program computes of a customer, in order of dependence."""

    __slots__ = ("all", "by_attribute", "by_event", "items", "names", "origins")

    def __init__(self, derived: Sequence[Derived], calendar: Calendar, matchers: Matchers) -> None:
        self.items = tuple(Computed(one, calendar, matchers) for one in derived)
        self.all = range(len(self.items))
        self.names = {item.attribute: number for number, item in enumerate(self.items)}
        """The attributes they stand as, with their numbers."""
        self.origins = {one.attribute: one.parts for one in derived}
        by_attribute: defaultdict[str, set[int]] = defaultdict(set)
        by_event: defaultdict[str, set[int]] = defaultdict(set)
        for number, item in enumerate(self.items):
            for condition in item.reads():
                for name in condition.reads.attributes:
                    by_attribute[name].add(number)
                for name in condition.reads.events:
                    by_event[name].add(number)
        self.by_attribute = {name: tuple(sorted(found)) for name, found in by_attribute.items()}
        """The numbers of those that read an attribute."""
        self.by_event = {name: tuple(sorted(found)) for name, found in by_event.items()}
        """The numbers of those that look at the history of an event."""

    def behind(self, names: Iterable[str]) -> dict[int, Computed]:
        """Return all that is computed on the way to some attributes, by number."""
        wanted, found = set(names), dict[int, Computed]()
        for number in reversed(self.all):
            item = self.items[number]
            if item.attribute in wanted:
                found[number] = item
                wanted.update(name for one in item.reads() for name in one.reads.attributes)
        return dict(sorted(found.items()))

    def told(self, values: Attributes) -> Attributes:
        """Return what may be told of a customer: all but what is computed."""
        if self.names.keys().isdisjoint(values):
            return values
        return {name: value for name, value in values.items() if name not in self.names}
