"""Attributes get other values, and the signals and segments that read them follow at once.

Each is computed once for an occurrence, in order of dependence, however many playbooks read it, and
only when something it reads has changed. What is inlined is not computed here: it may have another
value, and whoever watches it looks.
"""

from collections.abc import Iterable, Mapping
from heapq import heapify, heappop, heappush

from .assigning import Assigning
from .derivation import Followers
from .ready import Spec

__all__ = ["Deriving"]


class Deriving(Assigning):
    """The part of a turn through which attributes change; each signal may have a timer `derive:NAME`."""

    __slots__ = ()

    def assign(self, values: Mapping[str, object], at: int) -> Mapping[str, object]:
        """Give attributes other values from `at` on; return these with what followed from them.

        Whoever minds them has to be shown the change afterwards (`changed`).
        """
        before, readers = self.customer.attributes, self.program.derivation.by_attribute
        rewritten = self.give(values, at)
        if not readers:
            return values
        changed = [
            readers[name]
            for name, value in values.items()
            if name in readers and (before.get(name) != value or name in rewritten)
        ]
        followed = self.propagate(changed) if changed else []
        return {**values, **dict.fromkeys(followed)} if followed else values

    def give(self, values: Mapping[str, object], at: int) -> tuple[str, ...]:
        """Give attributes other values and compute nothing; return those with another past."""
        before = self.customer.attributes
        self.customer.attributes = before | dict(values)
        return self.noted(values, before, at)

    def known_first(self) -> list[int]:
        """Give a new customer the values that all have of whom nothing is known; return what is left.

        That is the numbers of what has to be computed, because events or attributes are known.
        """
        customer, derivation = self.customer, self.program.derivation
        if customer.history.channels or not derivation.all:
            return list(derivation.all)
        firsts, known = self.program.firsts.values, customer.known()
        found = {n: first.value for n, first in firsts.items() if first.lacks.isdisjoint(known)}
        values = {derivation.items[number].attribute: value for number, value in found.items()}
        self.give({name: value for name, value in values.items() if value is not None}, self.now)
        return [number for number in derivation.all if number not in found]

    def propagate(self, followers: Iterable[Followers]) -> list[str]:
        """Compute what follows; return the attributes that have other values, or may have."""
        names = [name for one in followers for name in one.names]
        changed = self.derive([number for one in followers for number in one.numbers])
        return [*dict.fromkeys(names), *changed] if names else changed

    def derive(self, numbers: Iterable[int]) -> list[str]:
        """Compute what has these numbers, and what reads it; return the attributes that changed.

        Inlined signals that read these stand after them.
        """
        due = list(numbers)
        changed: list[str] = []
        touched: dict[str, None] = {}
        readers = self.program.derivation.by_attribute
        if len(due) > 1:
            heapify(due)
        last = -1
        while due:
            number = heappop(due)
            if number == last:
                continue
            last = number
            name = self.compute(number, fresh=not changed)
            if name:
                changed.append(name)
                found = readers.get(name)
                if found is not None:
                    for reader in found.numbers:
                        heappush(due, reader)
                    touched |= dict.fromkeys(found.names)
        return [*changed, *touched] if touched else changed

    def compute(self, number: int, *, fresh: bool) -> str:
        """Compute one signal or segment; return its attribute if that has another value now.

        What an effect has kept of the attributes must stay as it was: the first change of an
        occurrence (`fresh`) makes a copy of its own.
        """
        customer, item = self.customer, self.program.derivation.items[number]
        attributes = customer.attributes
        value = item.value(attributes, customer.history, self.now, customer.zone, None)
        known = attributes.get(item.attribute)
        changed = value is not known and value != known
        if changed:
            if fresh:
                attributes = customer.attributes = dict(attributes)
            attributes[item.attribute] = value
            self.noted({item.attribute: value}, attributes, self.now)
        if item.timed:
            due = item.next_change(attributes, customer.history, self.now, customer.zone)
            customer.arm(item.timer, due)
        return item.attribute if changed else ""

    def due_together(self, name: str, due: int) -> tuple[list[int], list[Spec]]:
        """Return what time may change at an instant, taking the timers away.

        That is the numbers of what is computed, and the triggers that look at what is inlined.
        """
        customer, known = self.customer, self.program.derivation.names
        names = [name]
        while customer.next_due() == due and customer.alarms[0][1].startswith("derive:"):
            timer = customer.alarms[0][1]
            customer.arm(timer, None)
            names.append(timer.partition(":")[2])
        found = (self.program.spec(one.partition(":")[2]) for one in names if one not in known)
        return [known[one] for one in names if one in known], [spec for spec in found if spec]
