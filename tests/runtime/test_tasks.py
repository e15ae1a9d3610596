"""Tasks grown up: deadlines, teams, absences, checklists, comments, and what a playbook hears of them."""

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from cuebook.engine.core.duration import DAY, HOUR
from cuebook.engine.core.instant import iso, parse_instant
from cuebook.engine.core.zone import UTC, zone
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.reading import Point, TaskView

from .playing import Clock

SETTINGS = """\
project: shop
timezone: Europe/Berlin
calendar: {business days: mon-fri, holidays: ["2026-01-06"]}
attributes: {name: text, csm: text}
events:
  go-live: {region: text}
  task-done: {step: text, answer: text, by: text, late: boolean, assignee: text}
kinds: [greet]
teams:
  csm-team: [ann, {who: bo, at most: 2}, cy]
"""
"""The first of January 2026 is a Thursday, at noon in UTC an hour later in Berlin."""


@pytest.fixture
def opened(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> Callable[..., list[TaskView]]:
    """Return what opens a task for each of some customers, given words of `with:`."""

    def make(words: str, *customers: str, more: str = "", **attributes: Any) -> list[TaskView]:
        text = f"playbook: care\non: go-live\nsteps:\n  - do: create-task\n    id: call\n    with: {words}\n"
        deploy(text + more, settings=SETTINGS)
        for name in customers or ("ada",):
            engine.identify(name, attributes)
            engine.track(name, "go-live")
        clock.forward(0.001)
        engine.tick()
        return engine.tasks()

    return make


def test_a_deadline_counts_business_days_where_the_customer_is(
    opened: Callable[..., list[TaskView]],
) -> None:
    """Two business days after a Thursday noon are Monday noon; the holiday is not reached."""
    [task] = opened("{title: Call, due: 2 business days}")

    assert iso(task.wanted_at or 0) == "2026-01-05T10:00:00+00:00"
    assert task.due == "2 business days"


@pytest.mark.parametrize(
    ("due", "wanted"),
    [
        ("3 business days", "2026-01-07T10:00:00+00:00"),
        ("2026-01-09", "2026-01-09T23:00:00+00:00"),
        ("2026-01-09T12:00", "2026-01-09T11:00:00+00:00"),
        ("4 hours", "2026-01-01T14:00:00+00:00"),
    ],
)
def test_a_deadline_is_a_length_of_time_a_date_or_an_instant(
    opened: Callable[..., list[TaskView]], due: str, wanted: str
) -> None:
    """A date lasts until it is over; the sixth of January is a holiday."""
    [task] = opened(f'{{title: Call, due: "{due}"}}')

    assert iso(task.wanted_at or 0) == wanted


@pytest.mark.parametrize(
    ("key", "told", "reason"),
    [
        ("due", "soonish", "'soonish' is no length of time, date or instant"),
        ("due", "2026-02-30", "'2026-02-30' is no date or time"),
        ("assignee", "least loaded of sales", "there is no team 'sales': csm-team"),
        ("escalate to", "cy", "`escalate to:` needs `due:` or `escalate after:`"),
        ("escalate to", "least loaded of sales", "needs `due:`"),
        ("priority", "hihg", "priority: Input should be 'low'"),
        ("body", "x" * 50_001, "body: String should have at most 50000 characters"),
        ("asignee", "ann", "asignee: Extra inputs are not permitted"),
    ],
)
def test_words_that_mean_nothing_are_told_and_open_nothing(
    opened: Callable[..., list[TaskView]], engine: Engine, key: str, told: str, reason: str
) -> None:
    """What `check` cannot see in a template is a dead letter, with its reason."""
    tasks = opened(f'{{title: Call, {key}: "{{{{ customer.csm }}}}"}}', csm=told)

    [letter] = engine.sent()
    assert tasks == []
    assert (letter.status, reason in letter.note) == ("dead", True), letter.note


def test_a_team_shares_its_tasks_and_keeps_to_what_each_has_room_for(
    opened: Callable[..., list[TaskView]],
) -> None:
    """The freest first, in the order of the team; bo has room for two."""
    names = [f"c{number}" for number in range(8)]
    tasks = opened("{title: Call, assignee: Least loaded  of CSM_team}", *names)

    people = [task.assignee for task in tasks]
    assert {who: people.count(who) for who in people} == {"ann": 3, "bo": 2, "cy": 3}
    assert {task.team for task in tasks} == {"csm-team"}


def test_who_is_away_gets_nothing_of_the_team(
    engine: Engine, opened: Callable[..., list[TaskView]], clock: Clock
) -> None:
    """And what is meant for one person goes to who stands in."""
    engine.away("ann", date(2026, 1, 10))
    engine.away("bo", clock.now + DAY, instead="ann")
    engine.away("cy", clock.now + 2 * DAY, since=clock.now + DAY, instead="bo")

    tasks = opened("{title: Call, assignee: least loaded of csm-team}", "ada", "bea")

    assert [task.assignee for task in tasks] == ["cy", "cy"]
    assert [one.who for one in engine.absences()] == ["ann", "bo", "cy"]
    assert [(one.who, one.open, one.away_until is None) for one in engine.teams()] == [
        ("ann", 0, False),
        ("bo", 0, False),
        ("cy", 2, True),
    ]


def test_who_stands_in_has_what_is_meant_for_one_person(
    engine: Engine, opened: Callable[..., list[TaskView]], clock: Clock
) -> None:
    """Through others who are away too; two who stand in for each other are no way out."""
    engine.away("ann", clock.now + DAY, instead="bo")
    engine.away("bo", clock.now + DAY, instead="cy")

    [task] = opened("{title: Call, assignee: ann}")
    engine.back("bo")
    engine.away("bo", clock.now + DAY, instead="ann")
    engine.delegate(task.key, "ann")

    assert task.assignee == "cy"
    assert engine.tasks()[0].assignee == "ann"


def test_what_nobody_has_room_for_waits_and_is_handed_out(
    engine: Engine, opened: Callable[..., list[TaskView]], clock: Clock
) -> None:
    """Nothing is lost while all are busy or away; the oldest goes first."""
    for who in ("ann", "cy"):
        engine.away(who, clock.now + 9 * DAY)
    tasks = opened("{title: Call, assignee: least loaded of csm-team}", *"abcd")
    assert sorted(task.assignee for task in tasks) == ["", "", "bo", "bo"]

    engine.answer(next(task.key for task in tasks if task.assignee), "done")
    assert sorted(task.assignee for task in engine.tasks()) == ["", "bo", "bo"]

    assert engine.back("cy") == 1
    assert sorted(task.assignee for task in engine.tasks()) == ["bo", "bo", "cy"]


def test_what_is_not_done_in_time_goes_to_somebody_else_once(
    engine: Engine,
    opened: Callable[..., list[TaskView]],
    clock: Clock,
    another: Callable[..., Engine],
) -> None:
    """At its deadline, by no clock that anybody has to look at."""
    words = "{title: Call, assignee: ann, due: 1 day, escalate to: mia, escalate after: 2 hours}"
    [task] = opened(words)
    assert task.escalates_at == (task.wanted_at or 0) + 2 * HOUR

    clock.forward(1)
    engine.tick()
    assert engine.tasks()[0].assignee == "ann"
    clock.now = task.escalates_at or 0
    engine.tick()

    another().tick(clock.forward(1))

    [task] = engine.tasks()
    assert (task.assignee, task.escalated_at) == ("mia", clock.now - DAY)
    assert [(one.by, one.text) for one in task.remarks] == [
        ("", "handed on to mia: not done by 2026-01-02T10:00:00+00:00")
    ]
    assert [one.status for one in engine.sent()] == ["done", "done"]


def test_what_was_done_in_time_goes_to_nobody_else(
    engine: Engine, opened: Callable[..., list[TaskView]], clock: Clock
) -> None:
    """The promise to hand it on comes to nothing."""
    [task] = opened(
        "{title: Call, assignee: ann, due: 1 day, escalate to: least loaded of csm-team}"
    )
    engine.answer(task.key, "done", by="ann")
    clock.forward(2)
    engine.tick()

    [task] = engine.tasks(answered=True)
    assert (task.assignee, task.escalated_at, task.answered_by) == ("ann", None, "ann")


def test_a_playbook_waits_for_what_was_done(
    engine: Engine, opened: Callable[..., list[TaskView]], clock: Clock
) -> None:
    """The event says which step had asked, what was answered, and whether that was late."""
    more = """\
  - wait for: task-done where (step == "call" and late)
    up to: 9 days
    then:
      - do: create-task
        id: thank
        with: {title: Say thanks}
"""
    [task] = opened("{title: Call, assignee: ann, due: 1 day}", more=more)
    clock.forward(2)
    engine.answer(task.key, "all is well", by="ann")
    clock.forward(0.001)
    engine.tick()

    assert [one.step for one in engine.tasks()] == ["thank"]
    [event] = [one for one in engine.export("ada")["events"] if one["name"] == "task-done"]
    assert event["values"] == {
        "step": "call", "answer": "all is well", "by": "ann", "late": True, "assignee": "ann",
    }  # fmt: skip


def test_a_run_may_wait_for_whose_task_it_became(
    engine: Engine, opened: Callable[..., list[TaskView]]
) -> None:
    """`as:` keeps what the action answers."""
    more = """\
    as: call
  - do: create-task
    id: second
    with: {title: "After {{ call.answer.assignee }}, due {{ call.answer.due }}"}
"""
    tasks = opened("{title: Call, assignee: ann, due: 4 hours}", more=more)

    assert [one.title for one in tasks] == ["Call", "After ann, due 2026-01-01T14:00:00+00:00"]


def test_a_checklist_is_ticked_off_and_comments_are_kept(
    engine: Engine, opened: Callable[..., list[TaskView]], clock: Clock
) -> None:
    """With who said what and when; a comment may come after the answer."""
    [task] = opened('{title: Call, priority: high, body: See notes, checklist: ["Ask", "Note ☎"]}')
    engine.tick_off(task.key, 2)
    engine.comment(task.key, "called, nobody there", by="ann")
    engine.answer(task.key, "done")
    clock.forward(1)
    engine.comment(task.key, "they rang back")

    [task] = engine.tasks(answered=True)
    assert (task.priority, task.body) == ("high", "See notes")
    assert task.points == (Point("Ask", done=False), Point("Note ☎", done=True))
    assert [(one.by, one.text) for one in task.remarks] == [
        ("ann", "called, nobody there"), ("", "they rang back"),
    ]  # fmt: skip
    assert engine.export("ada")["tasks"][0]["checklist"][1] == {"text": "Note ☎", "done": True}


def test_what_cannot_be_done_with_a_task_is_told(
    engine: Engine, opened: Callable[..., list[TaskView]], clock: Clock
) -> None:
    """Wrong keys, points and teams, and absences that end before they begin."""
    [task] = opened("{title: Call, checklist: [Ask]}")

    with pytest.raises(KeyError, match="there is no task zoe"):
        engine.comment("zoe", "hello")
    with pytest.raises(ValueError, match="1 to 10000 characters"):
        engine.comment(task.key, "  ")
    with pytest.raises(ValueError, match="has 1 points, and no point 2"):
        engine.tick_off(task.key, 2)
    with pytest.raises(ValueError, match="there is no team 'sales'"):
        engine.delegate(task.key, "least loaded of sales")
    with pytest.raises(ValueError, match="ends before it begins"):
        engine.away("ann", clock.now - 1)
    with pytest.raises(ValueError, match="somebody's"):
        engine.away(" ", clock.now + 1)


def test_nothing_of_a_task_survives_that_its_customer_is_erased(
    engine: Engine, opened: Callable[..., list[TaskView]], clock: Clock
) -> None:
    """Neither what was said, nor the promise to hand it on."""
    words = "{title: Call, body: secret, checklist: [secret], due: 1 day, escalate to: mia}"
    [task] = opened(words)
    engine.comment(task.key, "secret")

    erased = engine.erase("ada")
    clock.forward(2)
    engine.tick()

    [kept] = engine.tasks(erased.alias, answered=True)
    assert (kept.body, kept.checklist, kept.comments, kept.escalated_at) == ("", "", "", None)


def test_a_date_without_a_zone_is_the_customers(opened: Callable[..., list[TaskView]]) -> None:
    """Its last instant is that of the customer's day."""
    [task] = opened("{title: Call, due: '2026-07-01'}")

    assert task.wanted_at == parse_instant("2026-07-02", zone("Europe/Berlin"))
    assert task.wanted_at != parse_instant("2026-07-02", UTC)


def test_a_question_may_go_to_a_team(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """To whoever has the least to do and is there; what nobody has room for waits its turn."""
    ask = "playbook: care\non: go-live\nsteps:\n  - ask: Ready?\n    of: {of}\n    approved:\n"
    deploy(ask.format(of="least loaded of csm-team"), settings=SETTINGS)
    for who in ("ann", "cy"):
        engine.away(who, clock.now + 9 * DAY)
    for name in "abc":
        engine.track(name, "go-live")
    clock.forward(0.001)
    engine.tick()
    assert sorted(task.assignee for task in engine.tasks()) == ["", "bo", "bo"]

    engine.answer(next(one.key for one in engine.tasks() if one.assignee), "approved", by="bo")
    engine.tick()
    assert [task.assignee for task in engine.tasks()] == ["bo", "bo"]


def test_a_question_to_who_is_away_goes_to_who_stands_in(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """A team that only a template names, and nobody declares, stays to be seen."""
    ask = 'playbook: care\non: go-live\nsteps:\n  - ask: Ready?\n    of: "{{ customer.csm }}"\n'
    deploy(ask, settings=SETTINGS)
    engine.away("ann", clock.now + DAY, instead="bo")
    for name, csm in (("ada", "ann"), ("bea", "least loaded of sales")):
        engine.identify(name, csm=csm)
        engine.track(name, "go-live")
    clock.forward(0.001)
    engine.tick()

    assert {one.customer: one.assignee for one in engine.tasks()} == {
        "ada": "bo", "bea": "least loaded of sales",
    }  # fmt: skip
