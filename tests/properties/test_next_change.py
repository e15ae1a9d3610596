"""Time passes in small steps beside a customer who is looked at only when a timer says so."""

from collections.abc import Iterator, Sequence

from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from cuebook.engine.core import derived as D
from cuebook.engine.core import expr as E
from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import apply
from cuebook.engine.core.compile import Inlining
from cuebook.engine.core.duration import HOUR, MINUTE
from cuebook.engine.core.evaluate import World, evaluate
from cuebook.engine.core.occurrence import Arrived, Changed, Happened, Occurrence, Passed
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer
from cuebook.engine.rehearsal.rehearse import Seen

from ..runtime.inventing import START, conditions, projects, stories

GRID = 3 * HOUR
"""How far apart the looks are: some three hundred in the forty days of a story."""
law = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def watching(project: P.Project, asked: Sequence[E.Expr]) -> Program:
    """Return a program that watches conditions and does nothing, so that only time moves them."""
    plans = tuple(
        P.Plan(f"w{number}", (P.OnCondition(condition),), (), None)
        for number, condition in enumerate(asked)
    )
    return Program(
        P.Project(
            project.vocabulary,
            project.calendar,
            plans,
            calendars=project.calendars,
            derived=project.derived,
            lifecycles=project.lifecycles,
        ),
        compiler=Inlining,
    )


def looks(told: Sequence[Seen]) -> Iterator[Occurrence]:
    """Yield what happens, and between it nothing but time, in small and uneven steps."""
    now = START
    yield Arrived(START)
    for what in told:
        while now + GRID < what.at:
            now += GRID + MINUTE
            yield Passed(now)
        if isinstance(what, Happened | Changed):
            yield what
        now = max(now, what.at)
    for step in range(1, 80):
        yield Passed(now + step * GRID)


def world(customer: Customer, program: Program) -> World:
    """Return what conditions see of a customer just now."""
    seen = program.seen(customer, customer.clock)
    return World(seen, customer.history, customer.clock, customer.zone, None, program.calendar, {})


def assert_known(customer: Customer, program: Program) -> None:
    """Compare what is remembered of each condition and signal with what it comes to now."""
    here = world(customer, program)
    for one in program.project.derived:
        if isinstance(one, D.Signal):
            assert here.a[one.name] == evaluate(one.value, here), one.name
    for spec in program.specs:
        if isinstance(spec.trigger, P.OnCondition):
            true = evaluate(spec.trigger.condition, here) is True
            assert customer.watches[spec.key].known is true, (spec.key, customer.clock)


@law
@given(projects, st.lists(conditions, min_size=1, max_size=3), stories("ada"))
def test_no_change_is_missed_between_two_timers(
    project: P.Project, asked: Sequence[E.Expr], told: Sequence[Seen]
) -> None:
    """Whoever looked all the time would have seen nothing that the timers did not bring."""
    program = watching(project, asked)
    customer = program.customer("ada")

    for occurrence in looks(told):
        apply(customer, occurrence, program)
        note(f"{occurrence}")
        assert_known(customer, program)


@law
@given(projects, st.lists(conditions, min_size=1, max_size=2), stories("ada"))
def test_looking_more_often_changes_nothing(
    project: P.Project, asked: Sequence[E.Expr], told: Sequence[Seen]
) -> None:
    """What begins, begins at the same instants, whether somebody looked on or not."""
    program = watching(project, asked)
    watched, left_alone = program.customer("ada"), program.customer("ada")
    every = list(looks(told))

    often = [effect for what in every for effect in apply(watched, what, program)]
    few = [what for what in every[:-1] if not isinstance(what, Passed)] + every[-1:]
    seldom = [effect for what in few for effect in apply(left_alone, what, program)]

    assert often == seldom
    assert watched.to_json() == left_alone.to_json()
