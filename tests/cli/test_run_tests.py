"""`cuebook test` and pytest: the same files, the same verdicts."""

import json
import os
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
import xmlschema

from ..typing_in import Said, cuebook

ROOT = Path(__file__).parents[2]
SETTINGS = """\
project: acme
timezone: Europe/Berlin
attributes: {name: text, plan: text}
events: {go-live: {}, login: {}}
"""
PLAYBOOK = """\
playbook: go-live-check-in
on: go-live
if: plan in ["growth", "enterprise"]
steps:
  - wait: 7 days
    at: "09:00"
  - do: create-task
    id: check-in
    with: {title: "Check in with {{ customer.name }}", days: 2}
"""
PASSING = """\
tests:
  - test: a growth customer is checked in on a week after go-live
    playbook: go-live-check-in
    start: 2026-03-27T10:00:00+01:00
    customer: {id: c1, plan: growth, name: Ada}
    timeline:
      - {at: +0d, event: go-live}
      - {at: +5d, restart: engine}
    expect:
      - {at: 2026-04-03T09:00:00+02:00, do: create-task, step: check-in, with: {title: Check in with Ada}}
      - {never: create-task, before: +6d}
      - {never: send-email}
    until: +30d
  - test: a missing plan is not known to differ from free
    condition: plan != "free"
    customer: {id: c2}
    expect: unknown
  - test: silence since a login is looked at when the timeline ends
    condition: no login in last 3 days
    timeline: [{at: +0d, event: login}]
    until: +3d
    expect: true
"""
ONE = """\
tests:
  - test: somebody is checked in on
    start: 2026-03-27T10:00:00+01:00
    customer: {{id: c1, plan: {plan}, name: Ada}}
    timeline: [{{at: +0d, event: go-live}}]
    expect: {expect}
    until: +30d
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "tests").mkdir()
    (tmp_path / "cuebook.yaml").write_text(SETTINGS)
    (tmp_path / "playbooks" / "go-live.yaml").write_text(PLAYBOOK)
    return tmp_path


def python(*words: str | Path, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *words],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        cwd=cwd,
        env=os.environ
        | {"PYTHONPATH": str(ROOT / ".typing"), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
    )


def cuebook_test(project: Path, text: str, *words: str) -> Said:
    (project / "tests" / "all.yaml").write_text(text)
    return cuebook("test", project, *words)


def test_tests_that_hold_pass(acme: Path) -> None:
    """The example of the manual, with a restart in the middle of the wait."""
    run = cuebook_test(acme, PASSING)

    assert run.returncode == 0, run.stdout + run.stderr
    assert "3 tests passed" in run.stdout


@pytest.mark.parametrize(
    ("plan", "expect", "shown"),
    [
        ("growth", "[]", ["+ 2026-04-03T09:00:00+02:00  create-task  step check-in"]),
        ("free", "[{at: +7d, do: create-task}]", ["- 2026-04-03T10:00:00+02:00  create-task"]),
        (
            "growth",
            "[{at: +7d, do: create-task, with: {title: Check in with Bo}}]",
            [
                '- 2026-04-03T10:00:00+02:00  create-task  {"title": "Check in with Bo"}',
                '+ 2026-04-03T09:00:00+02:00  create-task  {"title": "Check in with Ada"}',
                "started event go-live",
            ],
        ),
        (
            "growth",
            "[{do: create-task}, {never: create-task, before: +20d}]",
            ["- never create-task before 2026-04-16"],
        ),
    ],
)
def test_a_failure_shows_what_differs_and_why(
    acme: Path, plan: str, expect: str, shown: list[str]
) -> None:
    """What was expected, what was done, one below the other; then what was decided."""
    run = cuebook_test(acme, ONE.format(plan=plan, expect=expect))

    assert run.returncode == 1
    assert "FAIL" in run.stdout
    assert "tests/all.yaml:2" in run.stdout
    for line in shown:
        assert line in run.stdout, run.stdout


@pytest.mark.parametrize(
    ("expect", "shown"),
    [
        ("{stage: trial}", ["- at the end  stage is trial", "+ at the end  stage is paying"]),
        (
            "{stage: paying, at: +2d}",
            ["- 2026-03-03T10:00:00+01:00  stage is paying", "+ 2026-03-03T10:00:00+01:00  stage is trial"],
        ),
        (
            "{stage: paying, by: +2d}",
            ["- by 2026-03-03T10:00:00+01:00  stage is paying", "moved trial -> paying"],
        ),
        ("{stage: trial, by: +0d, at: +5d}", ["+ 2026-03-06T10:00:00+01:00  stage is paying"]),
    ],
)  # fmt: skip
def test_a_stage_is_expected_at_an_instant_by_one_or_at_the_end(
    acme: Path, expect: str, shown: list[str]
) -> None:
    """A rule that time alone makes true moves the customer after three days."""
    rule = "trial -> paying when no login for 3 days"
    lifecycle = f"{{stages: [trial, paying], start: trial, moves: [{rule}]}}"
    with (acme / "cuebook.yaml").open("a") as settings:
        settings.write(f"lifecycles: {{customer: {lifecycle}}}\n")
    test = (
        "tests: [{test: a, start: 2026-03-01T10:00, timeline: [{at: +0d, event: login}], expect: ["
    )

    good = "{stage: trial, at: +2d}, {stage: paying, at: +3d}, {stage: paying, by: +3d}, {stage: paying}"
    held = cuebook_test(acme, f"{test}{good}], until: +9d}}]\n")
    failed = cuebook_test(acme, f"{test}{expect}], until: +9d}}]\n")

    assert held.returncode == 0, held.stdout + held.stderr
    assert failed.returncode == 1
    for line in shown:
        assert line in failed.stdout, failed.stdout


def test_a_failure_tells_nothing_of_what_has_no_part_in_it(acme: Path) -> None:
    """Of two playbooks the one that did otherwise is told about, up to where it did."""
    other = PLAYBOOK.replace("go-live-check-in", "greeting").replace("id: check-in", "id: greet")
    (acme / "playbooks" / "greeting.yaml").write_text(other.replace("7 days", "2 days"))
    expected = "[{at: 2026-03-29T09:00:00+02:00, do: create-task}, {at: +9d, do: create-task, step: check-in}]"

    wrong = cuebook_test(acme, ONE.format(plan="growth", expect=expected))
    missing = cuebook_test(
        acme, ONE.format(plan="free", expect="[{do: create-task, step: check-in}]")
    )

    assert "go-live-check-in: started" in wrong.stdout
    assert "greeting" not in wrong.stdout
    assert "go-live-check-in: event go-live, and a condition was not true" in missing.stdout
    assert 'plan in ["growth", "enterprise"]: false' in missing.stdout
    assert "greeting" not in missing.stdout


def test_what_is_not_expected_may_be_allowed(acme: Path) -> None:
    """The set is exact unless the test says otherwise."""
    text = ONE.format(plan="growth", expect="[]")

    assert cuebook_test(acme, text).returncode == 1
    assert cuebook_test(acme, text + "    allow extra: true\n").returncode == 0


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("until:", "untill:", "untill"),
        ("event: go-live", "event: go-life", "unknown event `go-life`"),
        ("do: create-task", "do: creat-task", "no playbook does `creat-task`"),
        ("plan: growth", "plann: growth", "plann"),
        ("+30d", "+30 lightyears", "30 lightyears"),
        ("start: 2026-03-27T10:00:00+01:00", "start: soon", "not a time"),
        ("playbook: go-live-check-in", "playbook: go-live", "there is no playbook `go-live`"),
        ("expect: unknown", "expect: perhaps", "true, false or unknown"),
    ],
)
def test_a_mistake_in_a_test_is_a_diagnostic(acme: Path, old: str, new: str, said: str) -> None:
    """A test that cannot bind would pass for ever."""
    run = cuebook_test(acme, PASSING.replace(old, new))

    assert (run.returncode, run.stdout) == (1, "")
    assert said in run.stderr
    assert "tests/all.yaml:" in run.stderr


def test_tests_can_be_chosen_and_told_to_programs(acme: Path) -> None:
    """By a part of their name; as JSON, and as JUnit for build servers."""
    chosen = cuebook_test(acme, PASSING, "--run", "GROWTH", "--format", "json")
    unknown = cuebook_test(acme, PASSING, "--run", "no such thing")
    failing = cuebook_test(acme, ONE.format(plan="growth", expect="[]"), "--format", "junit")

    assert [one["passed"] for one in json.loads(chosen.stdout)["tests"]] == [True]
    assert unknown.returncode == 2
    suite = ET.fromstring(failing.stdout)  # noqa: S314 - our own output
    assert (suite.get("tests"), suite.get("failures")) == ("1", "1")


def test_junit_says_what_pytest_says(acme: Path, tmp_path: Path) -> None:
    """Build servers read what pytest writes: names and numbers are the same, and no word is our own."""
    mixed = PASSING + ONE.format(plan="growth", expect="[]").partition("\n")[2]
    ours = ET.fromstring(cuebook_test(acme, mixed, "--format", "junit").stdout)  # noqa: S314 - our own
    pytest_in(acme, "--junit-xml", str(tmp_path / "out.xml"))
    (its,) = ET.parse(tmp_path / "out.xml").getroot()  # noqa: S314 - it is pytest's

    for number in ("tests", "failures", "errors"):
        assert ours.get(number) == its.get(number)
    assert [one.get("name") for one in ours] == [one.get("name") for one in its]
    assert [[part.tag for part in one] for one in ours] == [
        [part.tag for part in one] for one in its
    ]
    for mine, other in zip(ours.iter(), its.iter(), strict=True):
        assert mine.attrib.keys() <= other.attrib.keys(), mine.tag


def test_junit_fits_the_schema_of_what_build_servers_read(acme: Path, tmp_path: Path) -> None:
    """A word or an order that they do not know would lose the results; pytest's own fit it, too."""
    schema = xmlschema.XMLSchema(Path(__file__).with_name("junit.xsd"))
    strange = ONE.format(plan="growth", expect="[]").partition("\n")[2]
    strange = strange.replace("somebody", '"<a & b>: \\u0007 \\u20ac')
    strange = strange.replace("checked in on", 'checked in on"')
    ours = cuebook_test(acme, PASSING + strange, "--format", "junit").stdout
    pytest_in(acme, "--junit-xml", str(tmp_path / "out.xml"))

    assert "<failure" in ours
    assert [str(wrong) for wrong in schema.iter_errors(ours)] == []
    assert [str(wrong) for wrong in schema.iter_errors(tmp_path / "out.xml")] == []
    for right, wrong in (
        ("classname=", "class="),
        ("failure", "oops"),
        ('errors="0"', 'errors="-"'),
    ):
        assert not schema.is_valid(ours.replace(right, wrong)), wrong


def test_pytest_collects_the_same_files(acme: Path) -> None:
    """Whoever runs pytest in a project runs its playbooks' tests, too."""
    failing = ONE.format(plan="growth", expect="[]")
    (acme / "tests" / "all.yaml").write_text(PASSING)
    (acme / "tests" / "bad.yaml").write_text(failing)

    run = pytest_in(acme)

    assert run.returncode == 1
    assert "1 failed, 3 passed" in run.stdout, run.stdout + run.stderr
    assert "+ 2026-04-03T09:00:00+02:00  create-task" in run.stdout
    assert "Traceback" not in run.stdout
    assert "what tests see" not in run.stdout


def pytest_in(acme: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Run pytest in a project, with the plug-in that comes along and none of those that we use."""
    given = ("-m", "pytest", "-q", "-p", "cuebook.cli.collect", "-p", "no:cacheprovider")
    return python(*given, *words, acme, cwd=acme)


def test_pytest_tells_the_same_coverage(acme: Path) -> None:
    """Whoever runs pytest needs no second run to see what tests have not."""
    table = cuebook_test(acme, PASSING, "--coverage").stdout.partition("\n\n")[2]

    enough = pytest_in(acme, "--cuebook-coverage", "--cuebook-min", "33")
    short = pytest_in(acme, "--cuebook-min", "34")

    assert enough.returncode == 0, enough.stdout + enough.stderr
    assert f"what tests see of {acme.name}" in enough.stdout
    for line in filter(None, table.splitlines()):
        assert line in enough.stdout
    assert short.returncode == 1
    assert "steps 100 %, what conditions can be 33 %; at least 34 % is asked for" in short.stdout
    assert "what tests see" not in short.stdout


def test_pytest_tells_the_same_coverage_of_two_processes(acme: Path) -> None:
    """What each of them has seen is put together before it is asked whether it is enough."""
    table = cuebook_test(acme, PASSING, "--coverage").stdout.partition("\n\n")[2]

    both = pytest_in(acme, "-p", "xdist", "-n", "2", "--cuebook-coverage", "--cuebook-min", "34")

    assert both.returncode == 1
    for line in filter(None, table.splitlines()):
        assert line in both.stdout
    assert "steps 100 %, what conditions can be 33 %; at least 34 % is asked for" in both.stdout


def test_coverage_names_the_steps_that_no_test_reaches(acme: Path) -> None:
    """A step that nobody has seen is a step that nobody knows."""
    all_of_it = cuebook_test(acme, PASSING, "--coverage")
    none_of_it = cuebook_test(acme, ONE.format(plan="free", expect="[]"), "--coverage")

    assert "100 %" in all_of_it.stdout
    assert "0 %    wait-1, check-in" in none_of_it.stdout


def test_coverage_tells_what_no_test_has_seen_a_condition_to_be(acme: Path) -> None:
    """A condition that was never unknown is one whose missing value nobody thought of."""
    text = cuebook_test(acme, PASSING, "--coverage")
    told = json.loads(cuebook_test(acme, PASSING, "--coverage", "--format", "json").stdout)

    row = next(line for line in text.stdout.splitlines() if "plan in" in line)
    assert row.split()[-3:] == ["1", "never", "never"]
    assert "1 of 3 values of conditions seen, 33 %" in text.stdout
    assert told["coverage"] == {
        "steps": [{"playbook": "go-live-check-in", "steps": 2, "never_reached": []}],
        "legs": [
            {
                "part": "go-live-check-in",
                "condition": "if",
                "leg": 'plan in ["growth", "enterprise"]',
                "at": f"{acme}/playbooks/go-live.yaml:3:5",
                "true": 1,
                "false": 0,
                "unknown": 0,
            }
        ],
    }


def test_too_little_coverage_fails(acme: Path) -> None:
    """Of the steps and of what conditions can be; with the place of each that was not seen."""
    enough = cuebook_test(acme, PASSING, "--min", "33", "--coverage")
    short = cuebook_test(acme, PASSING, "--min", "34")
    nonsense = cuebook_test(acme, PASSING, "--min", "101")

    assert enough.returncode == 0
    assert "playbooks/go-live.yaml:3:5: never false or unknown: plan in" in enough.stdout
    assert (short.returncode, nonsense.returncode) == (1, 2)
    assert "steps 100 %, what conditions can be 33 %; at least 34 % is asked for" in short.stderr


def test_junit_is_written_beside_what_people_read(acme: Path, tmp_path: Path) -> None:
    """A build server reads a file, its log is for people."""
    run = cuebook_test(acme, PASSING, "--junit", str(tmp_path / "out.xml"))

    suite = ET.fromstring((tmp_path / "out.xml").read_text())  # noqa: S314 - our own output
    assert (suite.get("tests"), suite.get("failures")) == ("3", "0")
    assert "3 tests passed" in run.stdout


def test_an_action_that_a_limit_holds_back_says_until_when(acme: Path) -> None:
    """It is neither done nor skipped within the time of the test, which is no riddle."""
    with (acme / "cuebook.yaml").open("a") as settings:
        settings.write('limits: {create-task: {quiet hours: "08:00-10:00"}}\n')
    one = ONE.format(plan="growth", expect="[{do: create-task}]")

    run = cuebook_test(acme, one.replace("+30d", "2026-04-03T09:30:00+02:00"))

    held = "go-live-check-in check-in: held limit create-task quiet hours 08:00-10:00"
    assert f"{held}, until 2026-04-03T10:00:00+02:00" in run.stdout
