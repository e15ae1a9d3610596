"""Whether a signal is kept or inlined makes no difference to anybody."""

from collections.abc import Sequence

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuebook.engine.core import plan as P
from cuebook.engine.core.advance import apply
from cuebook.engine.core.compile import Compiler, Inlining, compile_condition
from cuebook.engine.core.duration import DAY, HOUR
from cuebook.engine.core.effects import Effect
from cuebook.engine.core.expr import (
    Arith,
    Attribute,
    Compare,
    Constant,
    DaysSince,
    DaysUntil,
    Default,
    Expr,
    Negate,
)
from cuebook.engine.core.history import History
from cuebook.engine.core.occurrence import Changed, Happened, Occurrence, Passed
from cuebook.engine.core.program import Program
from cuebook.engine.core.zone import zone
from cuebook.engine.patterns import program as ready
from cuebook.engine.rehearsal.rehearse import Seen

from ..core.playing import Patient
from ..runtime.inventing import START, projects, stories
from .strategies import CALENDAR, ZONES

law = settings(
    max_examples=100,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def decided(program: Program, told: Sequence[Seen], until: int) -> list[Effect]:
    """Return all that is decided in a story, in order."""
    customer, effects = program.customer("ada"), list[Effect]()
    happened: list[Occurrence] = [what for what in told if isinstance(what, Happened | Changed)]
    for what in (*happened, Passed(until)):
        effects += apply(customer, what, program)
    return effects


@law
@given(projects, stories("ada"))
def test_what_is_decided_is_the_same_as_if_every_signal_were_kept(
    project: P.Project, told: Sequence[Seen]
) -> None:
    """The same effects at the same instants in the same order, with the same reasons."""
    keeping, inlining = ready(project), ready(project, compiler=Inlining)
    until = max([START, *(what.at for what in told)]) + 60 * DAY

    assert decided(inlining, told, until) == decided(keeping, told, until)


@law
@given(projects, stories("ada"), st.sampled_from((Compiler, Inlining)))
def test_what_is_decided_is_the_same_as_if_every_condition_were_looked_at(
    project: P.Project, told: Sequence[Seen], compiler: type[Compiler]
) -> None:
    """Neither what an event leaves as it is matters, nor what is known of everybody beforehand."""
    patient, quick = ready(project, compiler=Patient), ready(project, compiler=compiler)
    until = max([START, *(what.at for what in told)]) + 60 * DAY

    assert decided(quick, told, until) == decided(patient, told, until)


@st.composite
def lines(draw: st.DrawFn) -> Expr:
    """Draw a value that moves by as much every day."""
    number = st.one_of(st.integers(-9, 9), st.floats(-9, 9, width=32)).map(Constant)
    value: Expr = draw(st.sampled_from((DaysSince, DaysUntil)))(Attribute("signed_at"))
    for _ in range(draw(st.integers(0, 4))):
        by: Expr = draw(st.one_of(number, st.just(Attribute("seats")), st.just(value)))
        value = draw(
            st.sampled_from((
                Arith("+", value, by), Arith("-", by, value), Arith("*", value, by),
                Arith("*", by, value), Arith("/", value, by), Negate(value), Default(value, by),
            ))
        )  # fmt: skip
    return value


@settings(law, max_examples=150)
@given(
    lines(),
    st.sampled_from(("<", "<=", ">", ">=", "==", "!=")),
    st.one_of(st.integers(-60, 60), st.floats(-60, 60, width=32)).map(Constant),
    st.one_of(st.none(), st.integers(-5, 5)),
    st.sampled_from(ZONES),
    st.integers(-30 * 24, 30 * 24),
)
def test_a_line_passes_a_level_on_no_earlier_day_than_was_told(
    value: Expr, op: str, level: Expr, seats: int | None, where: str, hours: int
) -> None:
    """Between two looks the truth of a comparison stays as it is."""
    there, history = zone(where), History()
    known = {"signed_at": START + hours * HOUR, "seats": seats}
    condition = compile_condition(Compare(op, value, level), CALENDAR)  # type: ignore[arg-type]
    now = START
    held = (condition.holds(known, history, now, there, None),)

    for step in range(60 * 4):
        at = START + step * 6 * HOUR
        due = condition.next_change(known, history, now, there, None)
        while due is not None and due <= at:
            now = due
            held = (condition.holds(known, history, now, there, None),)
            due = condition.next_change(known, history, now, there, None)
        assert (condition.holds(known, history, at, there, None),) == held, at
