"""Signals and segments ready to be computed: compiled, and found by what they read.

Those that are inlined are not kept: they are computed when somebody is shown a customer.
"""

from collections import defaultdict
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from .compile import Compiler, Condition, Fill, Value
from .derived import Derived, Segment, Signal
from .expr import Expr
from .history import History
from .inlining import Meanings, inlined, substituted
from .plan import Project
from .readers import Trigger
from .reads import reads
from .zone import Zone

__all__ = ["Computed", "Derivation", "Followers"]

Attributes = Mapping[str, object]


class Followers(NamedTuple):
    """What follows an event, or another value of an attribute."""

    numbers: tuple[int, ...] = ()
    """Of what is computed anew, in order of dependence."""
    names: tuple[str, ...] = ()
    """The inlined signals that are watched and may have another value."""


class Computed:
    """One signal or segment: what it comes to, and when time alone could change that."""

    __slots__ = ("_conditions", "_timed", "attribute", "timed", "timer", "truth", "value")

    value: Value
    """Returns its value, None when it is missing."""
    truth: Condition | None
    """For a segment that is entered and left alike: the condition that its value tells to be true."""

    def __init__(self, what: Derived, compiler: Compiler, meanings: Meanings) -> None:
        self.attribute = what.attribute
        self.timer = f"derive:{self.attribute}"
        asked = [substituted(part, meanings) for part in what.parts]
        self._conditions = [
            compiler.condition(part, meaning)
            for part, meaning in zip(what.parts, asked, strict=True)
        ]
        self._timed = [condition for condition in self._conditions if condition.reads.time]
        self.timed = bool(self._timed)
        self.truth = None
        match what:
            case Signal():
                self.value = self._generated(asked[0], compiler)
            case Segment(leave=None):
                self.value = self._first_look
                (self.truth,) = self._conditions
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

    __slots__ = (
        *("_fill", "all", "by_attribute", "by_event", "compiler", "items", "meanings", "names"),
    )

    by_event: dict[str, Followers]
    """What looks at the history of an event."""
    by_attribute: dict[str, Followers]
    """What reads an attribute."""

    def __init__(self, project: Project, compiler: Compiler) -> None:
        derived = project.derived
        self.compiler = compiler
        self._fill: Fill | None = None
        self.meanings: Meanings = inlined(project) if compiler.inlines else {}
        """The signals that are not kept, with what they mean."""
        self.items = tuple(
            Computed(one, compiler, self.meanings)
            for one in derived
            if one.attribute not in self.meanings
        )
        self.all = range(len(self.items))
        self.names = {item.attribute: number for number, item in enumerate(self.items)}
        """The attributes they stand as, with their numbers."""
        self.watch(())

    def watch(self, names: Container[str]) -> None:
        """Learn which attributes are watched; inlined signals among them are shown to who watches."""
        events: defaultdict[str, _Found] = defaultdict(_Found)
        attributes: defaultdict[str, _Found] = defaultdict(_Found)
        for number, item in enumerate(self.items):
            for condition in item.reads():
                for name in condition.reads.events:
                    events[name].numbers.add(number)
                for name in condition.reads.attributes:
                    attributes[name].numbers.add(number)
        for signal, meaning in self.meanings.items():
            if signal in names:
                asked = reads(meaning)
                for name in asked.events:
                    events[name].names.append(signal)
                for name in asked.attributes:
                    attributes[name].names.append(signal)
        self.by_event = {name: found.followers() for name, found in events.items()}
        self.by_attribute = {name: found.followers() for name, found in attributes.items()}

    def behind(self, names: Iterable[str]) -> dict[int, Computed]:
        """Return all that is computed on the way to some attributes, by number."""
        wanted, found = set(names), dict[int, Computed]()
        for number in reversed(self.all):
            item = self.items[number]
            if item.attribute in wanted:
                found[number] = item
                wanted.update(name for one in item.reads() for name in one.reads.attributes)
        return dict(sorted(found.items()))

    def moved_by(self, followers: Followers) -> set[str]:
        """Return the attributes that are computed of these, or of what these move."""
        found, left = set[str](), list(followers.numbers)
        while left:
            name = self.items[left.pop()].attribute
            if name not in found:
                found.add(name)
                left += self.by_attribute.get(name, Followers()).numbers
        return found

    def told(self, values: Attributes) -> Attributes:
        """Return what may be told of a customer: all but what is computed."""
        if self.compiler.origins.keys().isdisjoint(values):
            return values
        return {name: value for name, value in values.items() if name not in self.compiler.origins}

    def seen(self, a: Attributes, h: History, now: int, z: Zone) -> Attributes:
        """Return a customer's attributes with those that are not kept, as they are now."""
        if not self.meanings:
            return a
        if self._fill is None:
            origins = self.compiler.origins
            self._fill = self.compiler.fill({name: origins[name][0] for name in self.meanings})
        found = dict(a)
        self._fill(found, h, now, z)
        return found


@dataclass(slots=True)
class _Found:
    """Followers that are being found."""

    numbers: set[int] = field(default_factory=set)
    names: list[str] = field(default_factory=list)

    def followers(self) -> Followers:
        return Followers(tuple(sorted(self.numbers)), tuple(self.names))
