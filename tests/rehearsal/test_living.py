"""What `why` tells is true: of what was decided, of what time will bring, and of what would be."""

from collections.abc import Sequence

from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cuebook.engine.core.advance import apply
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.effects import Effect, Entry
from cuebook.engine.core.journal import to_line
from cuebook.engine.core.occurrence import Changed, Happened, Passed
from cuebook.engine.core.plan import Project
from cuebook.engine.core.supposed import Supposed
from cuebook.engine.core.witnessing import Book, witness
from cuebook.engine.explaining import Life, explain
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.living import life
from cuebook.engine.rehearsal.rehearse import Rehearsal, Role, Seen, rehearse
from cuebook.engine.supposing import what_if

from ..runtime.inventing import START, UNTIL, projects, stories
from ..runtime.inventing_limits import limited

law = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
told_of_ada = stories("ada").filter(bool)
moments = st.integers(START + 1, UNTIL - 2)


def lived(project: Project, told: Sequence[Seen], at: int) -> Life:
    """Return ada's life until an instant, with nobody who answers."""
    assume(told[0].at <= at)
    return life(program(project), "ada", None, told, start=START, at=at, answers=None)


def rehearsed(project: Project, told: Sequence[Seen], until: int) -> Rehearsal:
    """Rehearse the same."""
    return rehearse(
        program(project), {}, {"ada": told}, start=START, until=until, journal=True, answers=None
    )


@law
@given(project=projects | limited, told=told_of_ada)
def test_a_witness_decides_what_is_decided(project: Project, told: Sequence[Seen]) -> None:
    """Looking changes nothing: the same journal to the letter, and the same state."""
    ready = program(project)
    plain, seen = (Role(ready, "ada", None, told, START, UNTIL) for _ in range(2))
    assert plain.customer is not None
    assert seen.customer is not None
    book = Book(closely=True)

    for occurrence in plain.occurrences():
        wanted = apply(plain.customer, occurrence, ready)
        found = witness(seen.customer, occurrence, ready, book)
        assert [to_line(one) for one in found] == [to_line(one) for one in wanted]

    assert seen.customer.to_json() == plain.customer.to_json()


@law
@given(project=projects | limited, told=told_of_ada, at=moments)
def test_what_is_told_of_decisions_is_the_journal(
    project: Project, told: Sequence[Seen], at: int
) -> None:
    """Every line, and of each run how it began, and how it ended if it has."""
    why = explain(lived(project, told, at))

    journal = [one for one in rehearsed(project, told, at + 1).journal if isinstance(one, Entry)]
    for one in why.playbooks:
        mine = [entry for entry in journal if entry.playbook == one.playbook]
        assert [(d.at, d.kind, d.run, d.step, d.note) for d in one.decisions] == [
            (e.at, e.kind, e.run, e.step, e.note) for e in mine
        ]
        started = [(e.run, e.at, e.note) for e in mine if e.kind == "started"]
        ended = {e.run: (e.at, e.note) for e in mine if e.kind == "ended"}
        assert [(run.id, run.started_at, run.cause) for run in one.runs] == started
        for run in one.runs:
            assert (run.ended_at, run.ending) == ended.get(run.id, (None, ""))


@law
@given(project=projects | limited, told=told_of_ada, at=moments)
def test_the_last_attempt_of_a_trigger_is_what_became_of_it(
    project: Project, told: Sequence[Seen], at: int
) -> None:
    """One that began a run names it; one that did not has a part that is not true, or was refused."""
    for one in explain(lived(project, told, at)).playbooks:
        begun = {d.run: d for d in one.decisions if d.kind == "started"}
        for trigger in one.triggers:
            tried = trigger.tried
            if tried is None:
                continue
            match tried.came:
                case "began":
                    assert begun[tried.note].at == tried.at
                case "refused":
                    refused = [d for d in one.decisions if d.kind == "not started"]
                    assert (tried.at, tried.note) in [(d.at, d.note) for d in refused]
                case "not true":
                    assert not any(d.at > tried.at and d.run == "" for d in begun.values())


@law
@given(project=projects | limited, told=told_of_ada, at=moments)
def test_what_time_will_bring_comes_then_and_not_before(
    project: Project, told: Sequence[Seen], at: int
) -> None:
    """Left alone until a microsecond before, nothing has begun; at the instant a run has."""
    mine = lived(project, told, at)
    for one in explain(mine).playbooks:
        for number, trigger in enumerate(one.triggers):
            if trigger.begins_at is not None:
                key = f"{one.playbook}/{number}"
                assert begun(left_alone(mine, trigger.begins_at - 1), key) == []
                assert begun(left_alone(mine, trigger.begins_at), key)[0] == trigger.begins_at
        if one.condition is not None and one.condition.true_at is not None:
            then = one.condition.true_at
            assert not holds(mine, one.playbook, then - 1)
            assert holds(mine, one.playbook, then)
        for run in one.runs:
            if run.next_at is not None:
                assert touched(left_alone(mine, run.next_at - 1), run.id) == []
                assert touched(left_alone(mine, run.next_at), run.id)[0] == run.next_at


def left_alone(mine: Life, until: int) -> list[Effect]:
    """Return what is decided when nothing happens but time."""
    return apply(mine.customer.copy(), Passed(until), mine.program) if until >= mine.at else []


def begun(effects: list[Effect], key: str) -> list[int]:
    """Return when runs of a playbook began."""
    playbook = key.rpartition("/")[0]
    return [
        one.at
        for one in effects
        if isinstance(one, Entry) and one.kind == "started" and one.playbook == playbook
    ]


def touched(effects: list[Effect], run: str) -> list[int]:
    """Return when anything was decided about a run."""
    return [one.at for one in effects if isinstance(one, Entry) and one.run == run]


def holds(mine: Life, playbook: str, at: int) -> bool:
    """Whether the `if` of a playbook holds when nothing has happened until then."""
    customer = mine.customer.copy()
    if at > mine.at:
        apply(customer, Passed(at), mine.program)
    condition = mine.program.plans[playbook].condition
    assert condition is not None
    world = (customer.attributes, customer.history, at, customer.zone, None)
    return condition.holds(*world)


supposed = st.one_of(
    st.sampled_from(("free", "pro", None)).map(lambda plan: Supposed({"plan": plan})),
    st.integers(0, 60).map(lambda seats: Supposed({"seats": seats})),
    st.booleans().map(lambda churned: Supposed({"churned": churned})),
    st.sampled_from(("login", "purchase")).map(lambda event: Supposed({"amount": 3}, event)),
)


@law
@given(project=projects | limited, told=told_of_ada, at=moments, what=supposed)
def test_what_if_is_a_rehearsal_of_a_life_with_that_change(
    project: Project, told: Sequence[Seen], at: int, what: Supposed
) -> None:
    """What would be done in the next thirty days, in either life, is what the two rehearsals do."""
    assume(all(one.at != at for one in told))
    mine = lived(project, told, at)
    told_otherwise = [*(one for one in told if one.at <= at), *(one for one in told if one.at > at)]
    extra: Seen = (
        Happened(at, what.event, dict(what.values)) if what.event else Changed(at, what.values)
    )
    place = sum(one.at <= at for one in told)
    told_otherwise.insert(place, extra)

    answer = what_if(mine, [what])

    until = at + 30 * DAY
    for life_told, side in ((told, "before"), (told_otherwise, "after")):
        done = [
            (one.at, one.playbook, one.step, one.do, dict(one.args))
            for one in rehearsed(project, life_told, until).performed
            if one.at > at or (side == "after" and one.at == at)
        ]
        futures = [getattr(change, side) for change in answer.actions]
        found = [
            (one.at, one.playbook, one.step, one.do, one.args) for one in futures if one is not None
        ]
        assert sorted(map(repr, found)) == sorted(map(repr, done))
