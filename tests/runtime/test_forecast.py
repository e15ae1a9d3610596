"""What is forecast of a change is what comes when it is deployed; looking changes nothing."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuebook.engine.core.duration import DAY
from cuebook.engine.core.occurrence import Happened
from cuebook.engine.core.plan import OnEvent, Plan, Project
from cuebook.engine.core.ready import version_of
from cuebook.engine.forecast import Change, Forecast, Future
from cuebook.engine.rehearsal.rehearse import Seen
from cuebook.engine.rehearsal.standing import standing
from cuebook.engine.runtime import asking as asking_module
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .inventing import START, UNTIL, events, histories, hours, plans, projects
from .inventing_limits import limited
from .playing import Clock, wipe, write_project
from .scenarios import letter, numbered, written

law = settings(
    max_examples=25,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def told_of(futures: Sequence[Future | None]) -> Counter[str]:
    return Counter(
        repr((f.at, f.customer, f.playbook, f.step, f.do, f.args)) for f in futures if f is not None
    )


def promised(database: Database) -> Counter[str]:
    """Return what was promised and asked, as `told_of` spells it."""
    return Counter(
        repr((at, customer, playbook, step, kind, args))
        for at, customer, playbook, _, step, kind, args, _ in written(database).actions
    )


@law
@given(now=projects, before=st.none() | projects, after=projects, told=histories, swap=hours)
def test_what_is_forecast_comes(
    now: Project,
    before: Project | None,
    after: Project,
    told: Mapping[str, Sequence[Seen]],
    swap: int,
    database: Database,
    another: Callable[..., Engine],
    clock: Clock,
) -> None:
    """Random programs over random lives: one is deployed, then the other, or the old one is left alone."""
    came = []
    for deployed in (after, before):
        wipe(database)
        engine = another()
        clock.now = START
        engine.deploy(now, at=START)
        engine.track_many(letter(now, *one) for one in numbered(told))
        engine.tick(swap, perform=False)
        clock.now = swap
        done = promised(database)
        changes: list[Change] = []
        engine.forecast(after, UNTIL, listen=changes.append, answers=None, before=before)
        assert promised(database) == done
        if deployed is not None:
            engine.deploy(deployed, at=swap)
        engine.tick(UNTIL - 1, perform=False)
        came.append(promised(database) - done)

    assert told_of([change.after for change in changes]) == came[0]
    assert told_of([change.before for change in changes]) == came[1]


@law
@given(after=projects.filter(lambda one: len(one.plans) > 1), told=histories, swap=hours)
def test_whoever_sleeps_through_both_futures_is_told_alike(
    after: Project,
    told: Mapping[str, Sequence[Seen]],
    swap: int,
    database: Database,
    another: Callable[..., Engine],
    clock: Clock,
) -> None:
    """Where playbooks are added, those to whom nothing happens are counted and not looked at."""
    now = replace(after, plans=after.plans[1:])
    wipe(database)
    engine = another()
    clock.now = START
    engine.deploy(now, at=START)
    engine.track_many(letter(now, *one) for one in numbered(told))
    engine.tick(swap, perform=False)
    clock.now = swap

    some = all_of(engine, after)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(asking_module, "differing", lambda *_: None)
        everybody = all_of(engine, after)

    assert some == everybody


def all_of(engine: Engine, after: Project) -> tuple[object, ...]:
    """Return all that a database tells of a project that would take over."""
    changes: list[Change] = []
    forecast = engine.forecast(after, UNTIL, listen=changes.append, answers=None)
    return (*counted(forecast), changes)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=projects | limited, edit=plans("a"), told=histories, at=hours)
def test_what_cannot_differ_is_lived_once_and_told_alike(
    before: Project, edit: Plan, told: Mapping[str, Sequence[Seen]], at: int
) -> None:
    """Where only steps are edited, whoever began nothing is not looked at twice."""
    first, *others = before.plans
    edited = replace(first, steps=edit.steps, first=edit.first)

    assert_told_alike(before, replace(before, plans=(edited, *others)), told, at)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(before=projects | limited, begins=st.tuples(events, events), told=histories, at=hours)
def test_whoever_meets_no_event_of_an_edited_playbook_is_lived_once_and_told_alike(
    before: Project, begins: Sequence[OnEvent], told: Mapping[str, Sequence[Seen]], at: int
) -> None:
    """Unless something else begins it, an edit of its triggers does nothing to them."""
    first, *others = before.plans
    now, edited = (replace(first, triggers=(one,), existing="ignore") for one in begins)
    programs = [replace(before, plans=(plan, *others)) for plan in (now, edited)]

    assert_told_alike(programs[0], programs[1], told, at)


def assert_told_alike(
    before: Project, after: Project, told: Mapping[str, Sequence[Seen]], at: int
) -> None:
    once = lived(before, after, told, at)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(Forecast, "_untouched", lambda *_: False)
        twice = lived(before, after, told, at)

    assert once == twice


def lived(
    before: Project, after: Project, told: Mapping[str, Sequence[Seen]], at: int
) -> tuple[object, ...]:
    """Return all that is forecast of an edit of which nothing is deployed."""
    changes: list[Change] = []
    forecast = Forecast(before, after, at, UNTIL, changes.append, answers=None)
    for customer, ahead in standing(
        forecast.program, [({}, told)], start=START, at=at, until=UNTIL
    ):
        forecast.take(customer, ahead)
    return (*counted(forecast), changes)


def counted(forecast: Forecast) -> tuple[object, ...]:
    """Return all that a forecast has counted."""
    of_runs = forecast.fates, forecast.fated
    of_actions = forecast.counts, forecast.found, forecast.times, forecast.assignees
    return (forecast.customers, forecast.touched, *of_actions, *of_runs)


SOON = "playbook: call\non: go-live\nsteps:\n  - do: greet\n    after: {days} days\n    with: {{to: mia}}\n"


def test_an_edit_is_told_with_what_becomes_of_runs(
    engine: Engine, clock: Clock, deploy: Callable[..., Any], tmp_path: Any
) -> None:
    """A run in flight follows; its call comes later; nobody else is touched."""
    deploy(SOON.format(days=7))
    engine.track("ada", "go-live")
    engine.track("bo", "login")
    engine.tick(clock.now)

    from cuebook.dsl.load import load

    edited = load(write_project(tmp_path / "other", SOON.format(days=9)), ("greet",))
    forecast = engine.forecast(edited, clock.now + 30 * DAY)

    assert (forecast.customers, forecast.touched) == (2, 1)
    assert forecast.fates["call"] == {"follow": 1}
    assert forecast.counts["call"] == {"moved": 1}
    (change,) = forecast.examples("call", "moved")
    assert change.before is not None
    assert change.after is not None
    assert change.after.at - change.before.at == 2 * DAY


def test_runs_that_finish_their_old_version_are_no_change(
    engine: Engine, clock: Clock, deploy: Callable[..., Any]
) -> None:
    """What an earlier edit left in flight is not what this one does: nothing is edited here."""
    deploy(SOON.format(days=7) + "in flight: finish old\n")
    engine.track("ada", "go-live")
    engine.tick(clock.now)
    deploy(SOON.format(days=9) + "in flight: finish old\n")
    engine.tick(clock.now)
    (flying,) = engine.in_flight()
    project = engine.project()
    assert project is not None
    assert flying.version != version_of(project.plans[0])

    forecast = engine.forecast(project, clock.now + 30 * DAY)

    assert (forecast.touched, forecast.fates) == (0, {})
    assert forecast.counts["call"] == {"same": 1}


def test_two_candidates_are_compared_as_if_either_took_over(
    engine: Engine, clock: Clock, deploy: Callable[..., Any]
) -> None:
    """Both leave what decides now alone; of a run, what the second makes of it is told."""
    deploy(SOON.format(days=7))
    engine.track("ada", "go-live")
    engine.tick(clock.now)
    now = engine.project()
    deploy(SOON.format(days=8))
    later = engine.project()
    deploy(SOON.format(days=9))
    latest, *_, first = engine.deployments()
    assert now is not None
    assert later is not None
    assert engine.project(first.program) == now
    assert latest.at == clock.now

    forecast = engine.forecast(later, clock.now + 30 * DAY, before=now)

    (change,) = forecast.examples("call", "moved")
    assert change.before is not None
    assert change.after is not None
    assert change.after.at - change.before.at == DAY
    assert forecast.fates["call"] == {"follow": 1}
    with pytest.raises(KeyError, match="no program"):
        engine.project("nowhere")


def test_there_is_nothing_to_compare_before_the_first_deployment(engine: Engine) -> None:
    from cuebook.engine.core.plan import Calendar
    from cuebook.engine.core.vocabulary import Vocabulary

    with pytest.raises(LookupError, match="nothing was deployed"):
        engine.forecast(Project(Vocabulary("p"), Calendar(), ()), UNTIL)


PRAISE = "playbook: praise\non: purchase where (amount > {level})\nsteps: [{do: greet, with: {to: mia}}]\n"


def test_whoever_does_not_meet_what_begins_an_edited_playbook_is_lived_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An edit of a trigger can do nothing to somebody who never purchases."""
    from cuebook.dsl.load import load

    before, after = (
        load(
            write_project(tmp_path / str(level), PRAISE.replace("{level}", str(level))), ("greet",)
        )
        for level in (100, 120)
    )
    asked, lived_on = list[str](), Forecast._compare
    monkeypatch.setattr(
        Forecast,
        "_compare",
        lambda self, old, new: (
            asked.append("once" if old is new else "twice") or lived_on(self, old, new)
        ),
    )
    told = {
        "ada": [
            Happened(START, "login", {}),
            Happened(START + 2 * DAY, "purchase", {"amount": 110}),
        ],
        "bo": [Happened(START, "login", {}), Happened(START + 2 * DAY, "login", {})],
    }

    counts = lived(before, after, told, START + DAY)[2]

    assert asked == ["twice", "once"]
    assert counts == {"praise": {"removed": 1}}
