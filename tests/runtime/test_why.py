"""Why is answered alike by every runtime: the log tells what the files of a rehearsal tell."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import to_datetime
from cuebook.engine.core.plan import Project
from cuebook.engine.core.supposed import Supposed
from cuebook.engine.explaining import explain
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.living import life
from cuebook.engine.rehearsal.rehearse import Seen
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .inventing import START, UNTIL, projects, stories
from .inventing_limits import limited
from .playing import Clock, wipe
from .scenarios import Batch, heard, numbered

law = settings(
    max_examples=15,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
moments = st.integers(0, 44 * 24 * 60).map(lambda minutes: START + minutes * DAY // 1440 + 1)


@law
@given(project=projects | limited, told=stories("ada").filter(bool), at=moments)
def test_a_database_answers_as_files_do(
    project: Project,
    told: Sequence[Seen],
    at: int,
    database: Database,
    another: Callable[..., Engine],
) -> None:
    """Decisions with their sources, triggers, runs, and what time will bring: all of it the same."""
    assume(told[0].at <= at)
    wipe(database)
    heard(project, START, [Batch(UNTIL - 1, list(numbered({"ada": told})))], database, another)

    kept = another().why("ada", at=to_datetime(at))

    read = explain(life(program(project), "ada", None, told, start=START, at=at, answers=None))
    assert kept.at == read.at
    for mine, theirs in zip(kept.playbooks, read.playbooks, strict=True):
        assert mine == theirs


def test_what_if_over_a_database_writes_nothing(
    engine: Engine, deploy: Callable[..., object], clock: Clock
) -> None:
    """Two futures are lived in memory; the customer stays as it is."""
    deploy(
        'playbook: welcome\non: go-live\nif: plan == "growth"\n'
        "steps:\n  - wait: 7 days\n  - {do: greet, with: {to: mia}}\n"
    )
    clock.forward(1)
    engine.identify("ada", plan="free")
    engine.tick()
    before = engine.export("ada")

    answer = engine.what_if("ada", [Supposed({"plan": "growth"}), Supposed(event="go-live")])

    assert [(one.playbook, one.came) for one in answer.met] == [("welcome", "began")]
    assert [(one.where, one.before.value, one.after.value) for one in answer.verdicts] == [
        ("if", False, True)
    ]
    [change] = answer.actions
    assert change.kind == "added"
    assert change.shown.at == clock.now + 7 * DAY
    assert engine.export("ada") == before
    assert engine.what_if("ada", {"plan": "growth"}, days=1).actions == ()
    assert engine.what_if("ada", {"seats": "many"}).problems != ()


def test_what_if_at_an_instant_that_is_past(
    engine: Engine, deploy: Callable[..., object], clock: Clock
) -> None:
    """What is known to have happened since happens in both futures."""
    deploy("playbook: thanks\non: go-live\nif: plan == 'growth'\nsteps: [{do: greet}]\n")
    clock.forward(1)
    engine.identify("ada", plan="free")
    clock.forward(1)
    engine.track("ada", "go-live")
    engine.tick()
    before = datetime(2026, 1, 2, 12, tzinfo=UTC)

    answer = engine.what_if("ada", {"plan": "growth"}, at=before)

    [change] = answer.actions
    assert (change.kind, change.shown.at) == ("added", clock.now)
    with pytest.raises(KeyError, match="nothing was decided about zoe"):
        engine.what_if("zoe", {"plan": "growth"})


def test_what_came_of_a_trigger_outlives_an_edit_of_its_playbook(
    engine: Engine, deploy: Callable[..., object], clock: Clock
) -> None:
    """Why nothing came is asked after the mend, too: by the condition that stood there then."""
    text = (
        'playbook: call\non: go-live\nif: plan == "{}"\nsteps: [{{do: greet, with: {{to: mia}}}}]\n'
    )
    deploy(text.format("pro"))
    engine.track("ada", "go-live")
    engine.tick(clock.now)

    for edited, said in (("pro", False), ("growth", True), ("growth", True)):
        clock.forward(1)
        deploy(text.format(edited))
        engine.tick(clock.now)
        (trigger,) = engine.why("ada").playbooks[0].triggers
        assert trigger.tried is not None
        assert (trigger.tried.came, trigger.tried.edited) == ("not true", said)
        assert trigger.failed is not None
        assert trigger.failed.text == 'plan == "pro"'

    clock.forward(1)
    deploy(text.format("growth").replace("on: go-live", "on: login"))
    engine.tick(clock.now)
    (trigger,) = engine.why("ada").playbooks[0].triggers
    assert trigger.tried is None


def test_sources_are_told_of_what_was_decided_together_with_what_came_later(
    engine: Engine, deploy: Callable[..., object], clock: Clock
) -> None:
    """An event settles the days before it at once; who asks about one of them knows no less."""
    deploy(
        "playbook: daily\non: every day at 09:00\n"
        'steps: [{do: greet, with: {to: mia}, if: plan == "growth"}]\n'
    )
    clock.forward(1)
    engine.identify("ada", plan="free")
    engine.tick(clock.now)
    between = to_datetime(clock.now + 3 * DAY)
    clock.forward(6)
    engine.track("ada", "go-live")
    engine.tick(clock.now)

    (daily,) = engine.why("ada", at=between).playbooks

    told = [one.why[0].parts[0].source for one in daily.decisions if one.kind == "skipped"]
    assert [source and source.kind for source in told] == ["told"] * 3
