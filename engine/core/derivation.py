"""Signals and segments ready to be computed: compiled, and found by what they read."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence

from .compile import Compiler, Condition, Value
from .derived import Derived, Segment, Signal
from .expr import Expr
from .history import History
from .readers import Trigger
from .zone import Zone

__all__ = ["Computed", "Derivation"]

Attributes = Mapping[str, object]


class Computed:
    """One signal or segment: what it comes to, and when time alone could change that."""

    __slots__ = ("_conditions", "_timed", "attribute", "timed", "timer", "value")

    value: Value
    """Returns its value, None when it is missing."""

    def __init__(self, what: Derived, compiler: Compiler) -> None:
        self.attribute = what.attribute
        self.timer = f"derive:{self.attribute}"
        self._conditions = [compiler.condition(part) for part in what.parts]
        self._timed = [condition for condition in self._conditions if condition.reads.time]
        self.timed = bool(self._timed)
        match what:
            case Signal(_, expr):
                self.value = self._generated(expr, compiler)
            case Segment(leave=None):
                self.value = self._first_look
            case Segment():
                enter, leave = self._conditions
                self.value = self._kept_in(enter, leave)

    def _generated(self, expr: Expr, compiler: Compiler) -> Value:
        """Return what generates code for a signal when it is first asked, and leaves its place to it."""

        def first(a: Attributes, h: History, now: int, z: Zone, t: Trigger | None) -> object:
            self.value = compiler.generated(expr)
            return self.value(a, h, now, z, t)

        return first

    def _first_look(
        self, a: Attributes, h: History, now: int, z: Zone, t: Trigger | None
    ) -> object:
        """Judge for the first time; from then on what was generated for it is asked directly."""
        (enter,) = self._conditions
        found = enter.holds(a, h, now, z, t)
        self.value = enter.holds
        return found

    def _kept_in(self, enter: Condition, leave: Condition) -> Value:
        """Return the membership of who stays until `leave` is true."""

        def member(a: Attributes, h: History, now: int, z: Zone, t: Trigger | None) -> bool:
            inside = a.get(self.attribute) is True or enter.holds(a, h, now, z, t)
            return inside and not leave.holds(a, h, now, z, t)

        return member

    def next_change(self, a: Attributes, h: History, now: int, z: Zone) -> int | None:
        """Return the earliest instant after `now` at which time alone could change it."""
        first: int | None = None
        for condition in self._timed:
            at = condition.next_change(a, h, now, z, None)
            if at is not None and (first is None or at < first):
                first = at
        return first

    def reads(self) -> Iterable[Condition]:
        """Walk through its conditions, which know what they read."""
        return iter(self._conditions)


class Derivation:
    """All that a program computes of a customer, in order of dependence."""

    __slots__ = ("all", "by_attribute", "by_event", "items", "names")

    def __init__(self, derived: Sequence[Derived], compiler: Compiler) -> None:
        self.items = tuple(Computed(one, compiler) for one in derived)
        self.all = range(len(self.items))
        self.names = {item.attribute: number for number, item in enumerate(self.items)}
        """The attributes they stand as, with their numbers."""
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
