"""Coverage: each leg of each condition is seen for what it was, and looking changes nothing."""

from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import Mapping, read
from cuebook.dsl.trials.read_tests import read_tests
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.occurrence import Changed, Happened
from cuebook.engine.core.plan import Project
from cuebook.engine.core.zone import UTC
from cuebook.engine.rehearsal.coverage import legs_of
from cuebook.engine.rehearsal.script import Trial
from cuebook.engine.rehearsal.trial import attempt

ROOT = Path(__file__).parents[2]
SETTINGS = """\
project: acme
timezone: UTC
attributes: {plan: text, seats: number, churned: boolean}
events: {purchase: {amount: number}, login: {device: text}}
"""
PLAYBOOK = """\
playbook: p
on:
  - purchase where (amount > 10 and amount < 100)
  - when seats > 5 and not (plan == "free" or churned)
  - every monday at 09:00 while plan == "paid"
if: plan is present
steps:
  - wait for: login where (device == "web")
    id: back
    up to: 3 days
  - do: notify
    id: tell
    if: seats > 1
    unless: churned
  - choose:
      - if: plan == "paid"
        steps: [{do: notify}]
      - if: has login or seats > 100
        steps: [{do: notify}]
  - wait until: has purchase
    id: again
    up to: 1 day
stop when: has login where (device == "tv")
"""
START = parse_instant("2026-03-04T10:00:00", UTC)


def test_each_leg_is_told_where_it_stands(tmp_path: Path) -> None:
    """What `and`, `or` and `not` join, and nothing smaller."""
    project = compiled(tmp_path)

    assert [(leg.place, leg.text, leg.sure) for leg in legs_of(project)] == [
        ("trigger 1 where", "amount > 10", False),
        ("trigger 1 where", "amount < 100", False),
        ("trigger 2", "seats > 5", False),
        ("trigger 2", 'plan == "free"', False),
        ("trigger 2", "churned", False),
        ("trigger 3", 'plan == "paid"', False),
        ("if", "plan is present", True),
        ("stop when", 'has login where (device == "tv") since trigger', True),
        ("back where", 'device == "web"', False),
        ("tell if", "seats > 1", False),
        ("tell unless", "churned", False),
        ("choose-1 branch 1", 'plan == "paid"', False),
        ("choose-1 branch 2", "has login", True),
        ("choose-1 branch 2", "seats > 100", False),
        ("again until", "has purchase since trigger", True),
    ]


ASKED = """\
playbook: {name}
on: {on}
if: event.amount > 50 and event.amount between 1 and 90
steps: [{{do: notify}}]
"""


@pytest.mark.parametrize(
    ("on", "more", "sure"),
    [
        ("purchase where (amount > 10)", "", True),
        ("[purchase where (amount > 10), 'purchase where (amount in [3, 4])']", "", True),
        ("[purchase where (amount > 10), purchase]", "", False),
        ("[purchase where (amount > 10), manual]", "", False),
        ("purchase where (amount > 10 or customer.seats > 3)", "", False),
        ("purchase where (customer.seats > 3)", "", False),
        ("purchase where (amount > 10)", "---\nplaybook: q\non: login\nsteps: [start: p]\n", False),
    ],
)
def test_what_a_trigger_looks_at_is_not_to_be_seen_missing(
    on: str, more: str, sure: bool, tmp_path: Path
) -> None:
    """No test could bring it about that `event.amount` is unknown where nothing begins without."""
    project = compiled(tmp_path, ASKED.format(name="p", on=on) + more)

    legs = [leg.sure for leg in legs_of(project) if (leg.part, leg.place) == ("p", "if")]

    assert legs == [sure, sure]


def test_a_leg_is_seen_for_what_it_was(tmp_path: Path) -> None:
    """Counted by hand: a purchase too small, one that starts, a login that is not awaited."""
    trial = Trial(
        "c1", {"plan": "paid", "seats": 3.0}, START, START + 6 * DAY,
        (
            Happened(START, "purchase", {"amount": 5.0}),
            Happened(START + 1, "purchase", {"amount": 50.0}),
            Happened(START + 2, "login", {"device": "phone"}),
            Happened(START + 3, "login", {}),
            Changed(START + DAY, {"plan": None}),
        ),
        (),
    )  # fmt: skip

    seen = attempt(compiled(tmp_path), trial, watch=True).seen

    told = {(leg.place, leg.text, value): number for (leg, value), number in seen.items()}
    assert told["trigger 1 where", "amount > 10", False] == 1
    assert told["trigger 1 where", "amount > 10", True] == 1
    assert told["trigger 1 where", "amount < 100", True] == 2
    assert told["if", "plan is present", True] == 1
    assert told["back where", 'device == "web"', False] == 1
    assert told["back where", 'device == "web"', None] == 1
    assert told["tell if", "seats > 1", True] == 1
    assert told["tell unless", "churned", None] == 1
    assert ("tell unless", "churned", False) not in told
    assert told["trigger 2", "seats > 5", False] > 0
    assert ("trigger 2", "seats > 5", True) not in told


@pytest.mark.parametrize(
    "project",
    [ROOT / "tests" / "stories", *(p.parent for p in ROOT.glob("playbooks/*/*/cuebook.yaml"))],
    ids=lambda path: path.name,
)
def test_who_looks_on_changes_nothing(project: Path) -> None:
    """The same actions and the same journal, with and without, for every test there is."""
    result = compile_project(project)
    assert result.project is not None
    tests = read_tests(result.tests, result.project, Report())
    trials = [test.body for test in tests if isinstance(test.body, Trial)]
    assert trials

    for trial in trials:
        alone, watched = attempt(result.project, trial), attempt(result.project, trial, watch=True)
        assert (alone.pairs, alone.journal) == (watched.pairs, watched.journal)
        assert not alone.seen


def compiled(folder: Path, playbook: str = PLAYBOOK, settings: str = SETTINGS) -> Project:
    (folder / "playbooks").mkdir()
    (folder / "cuebook.yaml").write_text(settings)
    (folder / "playbooks" / "p.yaml").write_text(playbook)
    project = compile_project(folder).project
    assert project is not None
    return project


RECORDS = """\
playbook: r
on:
  - seats changes where (new > old)
  - contacts loses one where (role == "champion")
  - login where (device == "web") then purchase where (amount > 10) within 2 days
while running: parallel
steps:
  - do: notify
    id: tell
    for each: contacts where (role == "user")
"""


def test_filters_of_records_changes_and_sequences_are_looked_at(tmp_path: Path) -> None:
    """Each is one more place where a leg may never have been seen."""
    contacts = "contacts: {list of: {role: text}}"
    settings = SETTINGS.replace("churned: boolean", f"churned: boolean, {contacts}")
    project = compiled(tmp_path, RECORDS, settings)
    users = [{"role": "user"}, {"role": "champion"}]
    trial = Trial(
        "c1", {"seats": 3, "contacts": users}, START, START + 6 * DAY,
        (
            Changed(START, {"seats": 2}),
            Changed(START + 1, {"contacts": users[:1]}),
            Happened(START + 2, "login", {"device": "web"}),
            Happened(START + 3, "purchase", {"amount": 50.0}),
        ),
        (),
    )  # fmt: skip

    seen = attempt(project, trial, watch=True).seen

    assert {(leg.place, leg.text, value) for leg, value in seen} == {
        ("trigger 1 where", "new > old", False),
        ("trigger 2 where", 'role == "champion"', True),
        ("trigger 2 where", 'role == "champion"', False),
        ("trigger 3 first where", 'device == "web"', True),
        ("trigger 3 second where", "amount > 10", True),
        ("tell for each", 'role == "user"', True),
    }
    assert {leg for leg, _ in seen} == set(legs_of(project))


WAYS = """\
playbook: ways
on: purchase
goal: has login within 9 days
steps:
  - repeat:
      every: 1 day
      up to: 2 times
      until: churned
      steps: [{do: notify, id: nudge}]
  - ask: Ready?
    id: ready
    up to: 2 days
    approved: [{do: notify, id: yes}]
    else: [{do: notify, id: late}]
"""
WAYS_TEST = """\
tests:
  - test: it goes on without an answer
    timeline: [{at: +0d, event: purchase}, {at: +1d, event: login}]
    expect: [{step: nudge}, {step: nudge}, {do: ask}, {step: late}]
    until: +9d
"""


def test_goals_and_untils_are_looked_at_and_arms_that_nobody_took_are_told(tmp_path: Path) -> None:
    """What a run waits for is seen as well as what it does."""
    project = compiled(tmp_path, WAYS)
    nodes = read("tests.yaml", WAYS_TEST, Report())
    held = [node.get("tests") for node in nodes if isinstance(node, Mapping)]
    (test,) = read_tests([node for node in held if node is not None], project, Report())
    assert isinstance(test.body, Trial)

    verdict = attempt(project, test.body, watch=True)

    assert verdict.passed
    seen = {(leg.place, value) for leg, value in verdict.seen}
    assert seen == {("goal", False), ("goal", True), ("repeat-1 until", None)}
    assert ("ways", "late") in verdict.reached
    assert ("ways", "yes") not in verdict.reached


BEYOND = """\
signals:
  idle: has login and seats < 5
  half: seats / 2
segments:
  big: {enter: seats > 100 and churned is missing, leave: seats < 50}
lifecycles:
  customer:
    stages: [lead, qualified, won]
    start: lead
    moves:
      - lead -> qualified when seats > 10 and plan == "paid"
      - any -> won
never:
  - {do: notify, if: plan == "free", unless: churned}
"""


def test_rules_of_lifecycles_signals_segments_and_promises_have_legs_too(tmp_path: Path) -> None:
    """Each under the part of the project it stands in; what joins a rule unseen is no leg."""
    project = compiled(
        tmp_path, "playbook: p\non: login\nsteps: [{do: notify}]\n", SETTINGS + BEYOND
    )
    trial = Trial(
        "c1", {"plan": "paid", "seats": 3}, START, START + 6 * DAY,
        (
            Happened(START, "login", {}),
            Changed(START + 1, {"seats": 20}),
            Changed(START + 2, {"seats": 200, "plan": "free"}),
            Happened(START + 3, "login", {}),
        ),
        (),
    )  # fmt: skip

    seen = attempt(project, trial, watch=True).seen

    told = {(leg.part, leg.place, leg.text, value) for leg, value in seen}
    assert ("signal idle", "is", "seats < 5", True) in told
    assert ("signal idle", "is", "seats < 5", False) in told
    assert ("segment big", "enter", "seats > 100", True) in told
    assert ("segment big", "leave", "seats < 50", False) in told
    assert ("lifecycle customer", "lead -> qualified when", "seats > 10", False) in told
    assert ("lifecycle customer", "lead -> qualified when", 'plan == "paid"', True) in told
    assert ("never 1", "if", 'plan == "free"', True) in told
    assert ("never 1", "unless", "churned", None) in told
    assert {(leg.part, leg.place, leg.text) for leg in legs_of(project)} == {
        ("signal idle", "is", "has login"),
        ("signal idle", "is", "seats < 5"),
        ("segment big", "enter", "seats > 100"),
        ("segment big", "enter", "churned is missing"),
        ("segment big", "leave", "seats < 50"),
        ("lifecycle customer", "lead -> qualified when", "seats > 10"),
        ("lifecycle customer", "lead -> qualified when", 'plan == "paid"'),
        ("never 1", "if", 'plan == "free"'),
        ("never 1", "unless", "churned"),
    }
    assert {leg for leg, _ in seen} == set(legs_of(project))
