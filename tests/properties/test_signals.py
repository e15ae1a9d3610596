"""Whatever happens, and whenever somebody looks: a signal is what it would be if computed just then."""

from collections.abc import Mapping

from hypothesis import given, note, settings
from hypothesis import strategies as st

from cuebook.engine.core.advance import apply
from cuebook.engine.core.compile import Compiler, Inlining
from cuebook.engine.core.derived import Derived, Segment, Signal
from cuebook.engine.core.duration import DAY, HOUR
from cuebook.engine.core.evaluate import World, evaluate
from cuebook.engine.core.expr import And, Attribute, Compare, Constant, Expr, Not, Or
from cuebook.engine.core.occurrence import Arrived, Changed, Happened, Occurrence, Passed
from cuebook.engine.core.plan import Project
from cuebook.engine.core.program import Program
from cuebook.engine.core.reads import reads
from cuebook.engine.core.state import Customer
from cuebook.engine.core.vocabulary import Type, Vocabulary

from .strategies import CALENDAR, START, ZONES, Told, attributes, conditions, numbers, told

law = settings(deadline=None, max_examples=120)
plain = conditions.filter(lambda expr: not reads(expr).trigger)
numeric = numbers("customer").filter(lambda expr: not reads(expr).trigger)
levels = st.integers(-3, 60).map(Constant)
TEXT = Type("text")


@st.composite
def projects(draw: st.DrawFn) -> tuple[Derived, ...]:
    """Draw signals of history, attributes and time, signals that read those, and segments."""
    truths: list[Expr] = [draw(plain), draw(plain)]
    number, level = draw(numeric), draw(levels)
    first, second = Attribute("a"), Attribute("segment b")
    return (
        Signal("a", truths[0]),
        Signal("n", number),
        Segment("b", truths[1]),
        Signal("c", Or((first, Not(second), Compare(">", Attribute("n"), level)))),
        Signal("d", And((Attribute("c"), draw(plain)))),
        Segment("e", Compare("<", Attribute("n"), level), Attribute("d")),
    )


def happenings(events: list[Told], changes: list[Mapping[str, object]]) -> list[Occurrence]:
    """Return what happens, in the order of arrival: events late and early, changes between."""
    found: list[Occurrence] = [Happened(one.at, one.event, one.properties) for one in events]
    for number, values in enumerate(changes):
        found.insert(2 * number, Changed(START + number * 40 * HOUR, values))
    return found


def assert_fresh(customer: Customer, program: Program) -> None:
    """Compare what is seen with what its expression comes to now."""
    seen = program.seen(customer, customer.clock)
    world = World(seen, customer.history, customer.clock, customer.zone, None, CALENDAR, {})
    for one in program.project.derived:
        if isinstance(one, Signal):
            assert seen[one.name] == evaluate(one.value, world), one.name
        elif one.leave is None:
            inside = evaluate(one.enter, world) is True
            assert customer.attributes[one.attribute] is inside, one.name
        elif customer.attributes[one.attribute]:
            assert evaluate(one.leave, world) is not True
        else:
            assert evaluate(one.enter, world) is not True or evaluate(one.leave, world) is True


@law
@given(
    projects(),
    told,
    st.lists(attributes, max_size=3),
    attributes,
    st.sampled_from(ZONES),
    st.lists(st.integers(1, 30 * 24), max_size=6),
    st.sampled_from((Compiler, Inlining)),
)
def test_a_signal_is_never_out_of_date(
    derived: tuple[Derived, ...],
    events: list[Told],
    changes: list[Mapping[str, object]],
    known: Mapping[str, object],
    where: str,
    pauses: list[int],
    compiler: type[Compiler],
) -> None:
    """After events, late or not, after changes, and at any instant at which nothing happened."""
    names = dict.fromkeys([*known, *(one.attribute for one in derived)], TEXT)
    kinds = {"login": {}, "purchase": {}, "Order Completed": {}}
    program = Program(
        Project(Vocabulary("p", where, names, kinds), CALENDAR, (), derived=derived),
        compiler=compiler,
    )
    customer = program.customer("ada")
    note(str(derived))

    apply(customer, Arrived(START, known), program)
    assert_fresh(customer, program)
    for occurrence in happenings(events, changes):
        apply(customer, occurrence, program)
        assert_fresh(customer, program)
    for hours in pauses:
        apply(customer, Passed(customer.clock + hours * HOUR), program)
        assert_fresh(customer, program)
    for _ in range(20):
        due = customer.next_due()
        if due is None or due > customer.clock + 400 * DAY:
            break
        apply(customer, Passed(due - 1), program)
        assert_fresh(customer, program)
        apply(customer, Passed(due), program)
        assert_fresh(customer, program)
