"""What can stand in the timeline of a test: arrivals, late news, requests, outcomes, answers."""

import pytest

from cuebook.dsl import compile_project
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import Mapping, read
from cuebook.dsl.trials.read_tests import read_tests
from cuebook.engine.core.plan import Project
from cuebook.engine.rehearsal.script import Trial
from cuebook.engine.rehearsal.trial import Verdict, attempt

SETTINGS = """\
project: acme
timezone: UTC
attributes: {plan: text, name: text}
events: {purchase: {amount: number}, login: {}}
"""
PLAYBOOKS = """\
playbook: welcome
on: when plan == "paid"
steps: [{do: notify, id: greet, with: {text: "Hello {{ customer.name }}"}}]
---
playbook: by-hand
on: manual
steps: [{do: notify, id: told, with: {text: by hand}}]
---
playbook: checks
on: purchase where (amount > 10)
while running: parallel
late: run
steps:
  - do: call-webhook
    id: call
    with: {url: "https://example.org"}
    as: credit
    up to: 2 days
  - ask: Fine?
    id: fine
    of: ann
    up to: 3 days
    yes: [{do: notify, id: yes, with: {text: "{{ credit.answer.limit | default('none') }}"}}]
    no: [{do: notify, id: no, with: {text: no}}]
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Project:
    folder = tmp_path_factory.mktemp("acme")
    (folder / "playbooks").mkdir()
    (folder / "cuebook.yaml").write_text(SETTINGS)
    (folder / "playbooks" / "p.yaml").write_text(PLAYBOOKS)
    compiled = compile_project(folder).project
    assert compiled is not None
    return compiled


def played(project: Project, test: str) -> Verdict:
    """Play one test, written without its name."""
    report = Report()
    nodes = read("t.yaml", f"tests:\n  - test: t\n{test}", report)
    held = [node.get("tests") for node in nodes if isinstance(node, Mapping)]
    (written,) = read_tests([node for node in held if node is not None], project, report)
    assert isinstance(written.body, Trial)
    return attempt(project, written.body)


@pytest.mark.parametrize(("new", "done"), [("true", ["greet"]), ("false", [])])
def test_who_is_new_is_seen_for_the_first_time(project: Project, new: str, done: list[str]) -> None:
    """What holds at first sight fires; what held before the deployment does not."""
    verdict = played(
        project,
        f"""\
    new: {new}
    customer: {{plan: paid, name: Ada}}
    expect: {[{"step": one} for one in done]}
""",
    )

    assert verdict.passed, verdict


def test_what_is_heard_late_is_decided_when_it_is_heard(project: Project) -> None:
    """An event of the morning that comes in the evening begins its run in the evening."""
    verdict = played(
        project,
        """\
    start: 2026-03-01T08:00
    timeline:
      - {at: +1h, event: purchase, amount: 20, heard at: +9h}
      - {at: +2h, event: login}
    expect:
      - {at: 2026-03-01T17:00, step: call}
      - {at: 2026-03-01T17:00, do: ask}
""",
    )

    assert verdict.passed, verdict


def test_a_playbook_is_asked_for_by_hand(project: Project) -> None:
    """`manual` has a moment of its own."""
    verdict = played(
        project,
        """\
    timeline: [{at: +1d, request: by-hand, properties: {reason: asked}}]
    expect: [{at: +1d, step: told}]
""",
    )

    assert verdict.passed, verdict


def test_actions_end_when_and_how_the_timeline_says(project: Project) -> None:
    """Two runs wait; each call and each question is named by its number."""
    verdict = played(
        project,
        """\
    answers: from the timeline
    timeline:
      - {at: +0d, event: purchase, amount: 20}
      - {at: +1 minute, event: purchase, amount: 30}
      - {at: +1h, outcome: failed, step: call, number: 1, because: no route}
      - {at: +2h, outcome: done, step: call, answer: {limit: 500}}
      - {at: +3h, answer: "yes", step: fine, number: 2, by: ann}
      - {at: +4h, answer: "no", number: 1, step: fine}
    expect:
      - {at: +0d, step: call}
      - {at: +1 minute, step: call}
      - {at: +1h, step: fine}
      - {at: +2h, step: fine}
      - {at: +3h, step: "yes", with: {text: "500"}}
      - {at: +4h, step: "no"}
    until: +1d
""",
    )

    assert verdict.passed, verdict


def test_without_an_outcome_nobody_answers(project: Project) -> None:
    """A run that waits for an answer goes on when its time is over."""
    verdict = played(
        project,
        """\
    answers: from the timeline
    timeline: [{at: +0d, event: purchase, amount: 20}]
    expect:
      - {at: +0d, step: call}
      - {at: +2d, step: fine}
    until: +3d
""",
    )

    assert verdict.passed, verdict


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("{at: +1h, outcome: failed, step: call}", "by then `call` has not promised anything"),
        ("{at: +2h, answer: 'no', step: fine, number: 2}", "by then `fine` has not promised"),
    ],
)
def test_what_nobody_promised_cannot_end(project: Project, line: str, said: str) -> None:
    """A moment that means nothing fails the test and says so."""
    verdict = played(project, f"    timeline: [{line}]\n    expect: []\n")

    assert not verdict.passed
    assert verdict.unclear[0].startswith(said)
