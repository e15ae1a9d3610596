"""What is remembered when attributes get other values: what they were, and how long stages last."""

from collections.abc import Mapping

from .looking import Looking
from .past import Stay
from .program import Program
from .state import Customer

__all__ = ["Assigning", "first_values", "noted", "placed"]


def noted(
    customer: Customer,
    program: Program,
    values: Mapping[str, object],
    before: Mapping[str, object],
    at: int,
) -> tuple[str, ...]:
    """Remember that attributes have these values from `at` on; return those with another past.

    That is the past before the customer's clock: what a late change has told otherwise.
    """
    history, now = customer.history, customer.clock
    for name in program.lifecycles:
        stage = values.get(name)
        if isinstance(stage, str) and stage != before.get(name):
            stay = history.stays.setdefault(name, Stay(at))
            # A late change may be older than what it takes the place of: then it counts from now.
            stay.enter(stage, at if at >= stay.since else now)
    return program.history.note(history, values, at, now) if program.history.pasts else ()


def first_values(customer: Customer, program: Program, at: int) -> None:
    """Remember what a customer is said to be at first sight; what names no stage is none."""
    if program.lifecycles or program.history.pasts:
        stages = placed(customer, program, customer.attributes)
        customer.attributes = customer.attributes | dict.fromkeys(program.lifecycles) | dict(stages)
        noted(customer, program, customer.attributes, {}, at)


def placed(
    customer: Customer, program: Program, values: Mapping[str, object]
) -> Mapping[str, object]:
    """Return values in which each stage is one that a customer can be in; others are left out."""
    lifecycles = program.lifecycles
    if lifecycles.keys().isdisjoint(values):
        return values
    taken = dict(values)
    for name in lifecycles.keys() & values.keys():
        stage = lifecycles[name].entered(values[name], customer.attributes.get(name))
        if stage is not None:
            taken[name] = stage
        elif values[name] is not None:
            del taken[name]
    return taken


class Assigning(Looking):
    """The part of a turn that remembers values."""

    __slots__ = ()

    def noted(
        self, values: Mapping[str, object], before: Mapping[str, object], at: int
    ) -> tuple[str, ...]:
        """Remember values; return those with another past, which `changed` will show, too."""
        program = self.program
        if not (program.lifecycles or program.history.pasts):
            return ()
        rewritten = noted(self.customer, program, values, before, at)
        self.rewritten += rewritten
        return rewritten
