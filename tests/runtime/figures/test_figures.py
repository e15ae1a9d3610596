"""Figures from the database are those that a pencil finds, for random lives, on both databases."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from cuebook.engine.core import expr as E
from cuebook.engine.core.duration import DAY, HOUR
from cuebook.engine.core.kpis import Customers, CustomerStat, InPeriod, Kpi, TimeBetween, Total
from cuebook.engine.core.lifecycles import stage_of
from cuebook.engine.core.occurrence import Happened
from cuebook.engine.core.plan import Project
from cuebook.engine.core.zone import zone
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.figures.report import Asked, NothingToTell, Report, report
from cuebook.engine.runtime.figures.spans import PERS, Per

from ...properties import strategies as parts
from ..inventing import START, UNTIL, histories, projects, ticks
from ..inventing_limits import limited
from ..inventing_ways import eventful
from ..playing import Clock, wipe
from ..scenarios import Batch, heard, letter, numbered
from .by_hand import Pencil

World = tuple[Project, Mapping[str, Sequence[Any]]]
worlds = st.tuples(projects | limited, histories) | eventful
HEARD = ("Email Opened", "email_clicked")
"""What tells that a message was opened or clicked, in spellings of its own."""
_BOUGHT = E.Happening("purchase")
KPIS = (
    Kpi("buyers", Customers(E.Has(_BOUGHT, InPeriod()))),
    Kpi("spent", Total("sum", _BOUGHT, ("amount",), E.AllTime())),
    Kpi("seats", CustomerStat("avg", "seats")),
    Kpi("interval", TimeBetween("median", _BOUGHT)),
)
law = settings(
    max_examples=8,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
periods = st.tuples(st.integers(-25, 40), st.integers(1, 50), st.sampled_from(PERS))
names = st.sampled_from(("", *parts.EVENTS, *HEARD))
heard_of = st.lists(
    st.tuples(st.integers(0, 2), st.integers(-24, 45 * 24), st.sampled_from(HEARD)), max_size=40
)


def plain(value: Any) -> Any:
    """Return lists for tuples."""
    if isinstance(value, tuple | list):
        return [plain(item) for item in value]
    return {k: plain(v) for k, v in value.items()} if isinstance(value, dict) else value


def listened(world: World, events: Sequence[tuple[int, int, str]]) -> World:
    """Return a world in which customers also open messages and click in them."""
    project, told = world
    words = project.vocabulary
    heard = replace(words, events={**words.events, **{name: {} for name in HEARD}})
    lives = {customer: list(life) for customer, life in told.items()}
    for who, hour, name in events:
        life = lives[sorted(lives)[who % len(lives)]]
        life.append(Happened(START + hour * HOUR, name, {}))
    return replace(project, vocabulary=heard), lives


@law
@given(
    world=st.builds(listened, worlds, heard_of), looks=ticks, period=periods, first=names,
    active=names,
)  # fmt: skip
def test_every_figure_is_what_a_pencil_finds(
    world: World,
    looks: Mapping[int, bool],
    period: tuple[int, int, Per],
    first: str,
    active: str,
    database: Database,
    another: Callable[..., Engine],
) -> None:
    """Nobody can look after a million lines, so all of it is looked after for a hundred."""
    wipe(database)
    project, told = world
    ends = [*sorted(looks), UNTIL - 1]
    batches = [Batch(end, [], looks.get(end, False)) for end in ends]
    for number, one in enumerate(numbered(told)):
        batches[number % len(batches)].told.append(one)  # Many of them come too late.
    heard(project, START, batches, database, another)
    day, days, per = period
    since, until = START + day * DAY, START + max(day + days, 1) * DAY
    asked = Asked(since, until, per, cohort=first, active=active)

    found = report(database, asked)

    by_hand = Pencil(database, project, since, until, list(found.spans))
    compare(found, by_hand, first, active)


def compare(found: Report, by_hand: Pencil, first: str, active: str) -> None:
    """Hold every figure against the other way to it."""
    for play in found.plays:
        told, wanted = asdict(play), by_hand.play(play.playbook)
        told["steps"] = [[one.step, one.runs, one.skipped] for one in play.steps]
        if play.goal is not None:
            told["goal"] = {key: getattr(play.goal, key) for key in wanted["goal"] or {}}
            told["goal"]["compared"] = [
                [one.where, one.ones.reached, one.ones.of, one.others.reached, one.others.of]
                for one in play.goal.compared
            ]
        assert plain({key: told[key] for key in wanted}) == wanted
    assert {run.playbook for run in by_hand.runs.values()} <= {one.playbook for one in found.plays}
    assert plain(asdict(found.deeds)) == by_hand.deeds()
    channels = {
        (one.channel, one.stage): [one.sent, one.opened, one.clicked, one.goals]
        for one in found.channels
    }
    assert channels == by_hand.channels()
    for one in found.lifecycles:
        stages = [
            [own.stage, own.before, own.entered, own.left, plain(own.to), own.now, own.median]
            for own in one.stages
        ]
        attribute = stage_of(one.name)
        assert stages == by_hand.lifecycle(attribute)
        flows = [[flow.place, flow.old, flow.new, flow.customers] for flow in one.flows]
        assert flows == by_hand.flows(attribute, one.marks)
        assert (one.unknown, one.erased) == (0, 0)
    assert found.cohorts is not None
    rows = [[row.place, row.customers, list(row.active)] for row in found.cohorts.rows]
    assert rows == by_hand.cohorts(first, active)
    ways = by_hand.paths()
    for path in found.paths:
        assert ways[path.playbook, path.reached][path.way] == path.runs
    for key, counted in ways.items():
        told_ = [one.runs for one in found.paths if (one.playbook, one.reached) == key]
        assert told_ == sorted(counted.values(), reverse=True)[:5]


@law
@given(world=worlds, later=worlds, day=st.integers(1, 40))
def test_a_period_that_is_over_is_told_the_same_for_ever(
    world: World,
    later: World,
    day: int,
    database: Database,
    another: Callable[..., Engine],
    clock: Clock,
) -> None:
    """What comes later is in later periods, by whichever program; a report that changes is none."""
    wipe(database)
    project, told = world
    project = replace(project, kpis=KPIS)
    until = clock.now = START + day * DAY
    engine = another()
    engine.deploy(project, at=START)
    engine.track_many(letter(project, *one) for one in numbered(told))
    engine.tick(until, perform=False)
    asked = Asked(START - 30 * DAY, until, "week")

    before = report(database, asked)
    clock.now = UNTIL
    engine.tick(UNTIL, perform=False)
    engine.deploy(replace(later[0], kpis=KPIS), at=UNTIL)
    engine.tick(UNTIL, perform=False)

    assert report(database, asked) == before


def test_what_cannot_be_told_says_what_to_ask(
    database: Database, deploy: Callable[..., Any], clock: Clock
) -> None:
    """Each with the next command."""
    with pytest.raises(NothingToTell, match="nothing was deployed here"):
        report(database, Asked())
    deploy("welcome: on login -> greet")
    for asked, said, hint in (
        (Asked(playbooks=("welcom",)), "no playbook `welcom`", "report --playbook welcome"),
        (Asked(cohort="logins"), "no event `logins`", "report --cohort login"),
        (Asked(stage="x"), "no stage `x`", "report"),
        (Asked(since=clock.now + 2, until=clock.now + 2), "is empty", "report --help"),
        (Asked(until=clock.now), "nothing was deployed before", "report --until 2026-01-02"),
        (Asked(since=0, per="day"), "more than 5,000 of a day", "report --per quarter"),
    ):
        with pytest.raises(NothingToTell, match=said) as trouble:
            report(database, asked)
        assert trouble.value.hint == hint
    assert zone("UTC").name == report(database, Asked()).zone
