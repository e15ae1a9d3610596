"""What a report tells of those who were erased: that it was decided, and no more than is kept of it."""

from collections.abc import Callable
from pathlib import Path

from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import iso
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.figures.plays import Goal, Play
from cuebook.engine.runtime.figures.report import Asked, Report, report
from cuebook.engine.runtime.figures.sheets import sheets

from ..playing import START, Clock, rows

SETTINGS = """\
project: acme
timezone: UTC
events: {login: {}, purchase: {amount: number}}
lifecycles:
  customer: {stages: [lead, paying], start: lead, moves: [lead -> paying when has purchase]}
kpis: {buyers: number of customers where (has purchase), spent: sum of purchase.amount}
"""
PLAYBOOK = """\
playbook: welcome
on: login
goal: has purchase within 10 days
steps:
  - {do: create-task, id: call, with: {title: Call}}
  - {wait: 20 days}
  - {do: create-task, id: again, with: {title: Call again}}
"""
ASKED = Asked(START, START + 15 * DAY, "week")
"""Everybody has begun by then, and whether they bought is known; nobody has come to the end."""


def lived(engine: Engine, deploy: Callable[..., Path], clock: Clock) -> None:
    """Let nine customers begin, of whom every third one buys."""
    deploy(PLAYBOOK, settings=SETTINGS)
    for number in range(9):
        at = START + number * DAY // 3
        engine.track(f"c{number}", "login", at=iso(at), id=f"l{number}")
        if number % 3 == 0:
            bought = {"amount": number + 1}
            engine.track(f"c{number}", "purchase", bought, at=iso(at + DAY), id=f"p{number}")
    clock.forward(15)
    engine.tick()


def played(told: Report) -> tuple[Play, Goal]:
    """Return the playbook and its goal."""
    (play,) = told.plays
    assert play.goal is not None
    return play, play.goal


def test_a_past_period_still_counts_who_was_erased_later(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """That a run began, how far it came, and who came back is evidence; why and where was personal."""
    lived(engine, deploy, clock)
    before = report(engine.database, ASKED)
    clock.forward(1)
    engine.erase("c0")  # Reached it.
    engine.erase("c1")  # Missed it.

    after = report(engine.database, ASKED)

    (was, goal), (now, later) = played(before), played(after)
    assert (now.entered, now.customers, now.running) == (9, 9, 9)
    assert (now.steps, now.series[0][0]) == (was.steps, was.series[0][0])
    assert after.deeds == before.deeds
    assert after.cohorts == before.cohorts
    assert (goal.reached, goal.missed, goal.open, goal.unknown) == (3, 6, 0, 0)
    assert (later.reached, later.missed, later.open, later.unknown) == (2, 5, 0, 2)
    (stages,) = after.lifecycles
    assert {one.stage: one.now for one in stages.stages} == {"lead": 5, "paying": 2}
    assert (stages.unknown, stages.erased) == (0, 2)
    assert {one.name: one.whole[0].value for one in after.kpis} == {"buyers": 3, "spent": 11}
    said = {sheet.figure: sheet.said for sheet in sheets(after)}
    assert said["goal"][1] == "reached 2, missed 5, still open 0, not known any more 2"
    assert said["stages"] == ("not known any more of 2 who were erased: where they were",)


def test_who_was_erased_on_the_way_is_under_way_no_more(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Until then the run was under way; afterwards nothing will come of it, and nobody knows more."""
    lived(engine, deploy, clock)
    early = report(engine.database, Asked(START, START + 2 * DAY, "week"))
    clock.forward(1)
    engine.erase("c0")

    play, goal = played(report(engine.database, Asked(START, clock.now + 1, "week")))

    assert (play.entered, play.running, play.endings) == (9, 8, (("erased", 1),))
    assert (goal.reached, goal.missed, goal.unknown) == (2, 6, 1)
    again = report(engine.database, Asked(START, START + 2 * DAY, "week"))
    assert again.plays[0].running == early.plays[0].running
    assert again.plays[0].entered == early.plays[0].entered


def test_a_way_that_nobody_wrote_down_is_said_to_be_unknown(
    engine: Engine, deploy: Callable[..., Path], clock: Clock, database: Database
) -> None:
    """A journal may begin in the middle of somebody's way; the first stage is no beginning then."""
    lived(engine, deploy, clock)
    with (
        database.write() as connection
    ):  # As if an older version had not told where they were found.
        found = rows(database, "SELECT id, lines FROM cuebook_journal WHERE customer = 'c0'")
        assert any('"no stage -> lead"' in lines for _, lines in found)
        for number, lines in found:
            less = lines.replace('"no stage -> lead"', '"already lead"')
            sql = "UPDATE cuebook_journal SET lines = ? WHERE id = ?"
            database.run(connection, sql, less, number)

    told = report(database, ASKED)

    (stages,) = told.lifecycles
    assert (stages.unknown, stages.erased) == (1, 0)
    (sheet,) = (one for one in sheets(told) if one.figure == "stages")
    assert sheet.said == ("not known of 1: what they did before their moves were written down",)
