"""What is found of everybody at first sight is found once, and only where it is the same for all."""

import pytest

from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.derived import Derived, Segment
from cuebook.engine.core.program import Program

from .playing import Patient, World, book, days, do
from .test_deriving import project

LOGIN = E.Happening("login")
LATELY = E.Count(LOGIN, E.LastWindow(days(7)))
FEW = E.Compare("<", LATELY, E.Constant(2))
MANY = E.Compare(">", LATELY, E.Constant(2))
ILL = E.Compare("<", E.Attribute("health"), E.Constant(50))
KEEN = E.Attribute("segment keen")


def known(*plans: P.Plan, derived: tuple[Derived, ...] = ()) -> set[str]:
    """Return of which triggers it is known beforehand how they stand."""
    return set(Program(project(*plans, derived=derived)).firsts.watches)


@pytest.mark.parametrize(
    ("trigger", "expected"),
    [
        (P.OnCondition(MANY), True),
        (P.OnCondition(FEW), False),
        (P.OnCondition(ILL), True),
        (P.OnCondition(E.Absent(LOGIN, days(7))), False),
        (P.OnCondition(E.Compare(">", E.Today(), E.DayOf("2026-01-01"))), False),
        (P.OnCrossing(LATELY, "drops below", E.Constant(2)), True),
        (P.OnCondition(KEEN), True),
        (P.OnDate("renewal_date"), False),
    ],
)  # fmt: skip
def test_a_trigger_stands_alike_for_all_where_no_instant_has_a_say(
    trigger: P.Trigger, expected: bool
) -> None:
    """Unless it begins something at once, which is everybody's own."""
    found = known(book(trigger, do(), name="a"), derived=(Segment("keen", MANY),))

    assert ("a/0" in found) is expected


def test_whoever_comes_with_an_attribute_is_looked_at() -> None:
    """Health 10 is known at the arrival, so the playbook begins as it would for anybody else."""
    w = World(book(P.OnCondition(ILL), do(), name="ill"))

    w.arrive("2026-03-02T09:00", health=10)

    assert w.notes("started") == ["a condition that became true"]


def test_a_program_that_is_looked_on_at_knows_nothing_beforehand() -> None:
    """Every condition is asked, for it is written down which were."""
    plans = (book(P.OnCondition(MANY), do(), name="a"),)
    made = Program(project(*plans, derived=(Segment("keen", MANY),)), compiler=Patient)

    assert not made.firsts.watches
    assert not made.firsts.values
