"""`cuebook tasks` and `cuebook team`: what people do at the counter with what they are asked to do."""

import re
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit

from .counter import SETTINGS, Counter, project

CARE = """\
playbook: care
on: go-live
steps:
  - do: create-task
    id: call
    with:
      title: "Call {{ customer.name }}"
      body: Ask how it goes.
      assignee: least loaded of csm-team
      due: 2026-12-24
      priority: high
      checklist: [Ask, Note it down]
      escalate to: mia
"""
KEY = "care/ada/1/call"


@pytest.fixture
def counter(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """Return a counter over a database in which somebody is asked to call Ada."""
    counter = Counter(url, capsys)
    shop = project(tmp_path / "p", CARE)
    (shop / "cuebook.yaml").write_text(
        f"{SETTINGS}teams: {{csm-team: [{{who: ann, at most: 1}}, bo]}}\n"
    )
    counter.told("deploy", shop)
    counter("send", "ada", "--set", "name=Ada")
    counter("send", "ada", "go-live")
    counter.told("run", "--until-idle")
    return counter


def test_a_task_is_shown_with_all_there_is_to_it(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list in short, one task in full."""
    monkeypatch.setenv("COLUMNS", "200")
    counter("tasks", "--tick", KEY, 2)
    counter("tasks", "--comment", KEY, "nobody\x1b[31m there", "--by", "ann")

    _, listed, _ = counter("tasks", "--assignee", "ann")
    code, shown, _ = counter("tasks", "--show", KEY)

    assert code == Exit.CLEAN
    assert re.search(r"Call Ada +ada +ann +2026-12-24T23:00 +high", listed)
    assert "then      mia, at 2026-12-24T23:00" in shown
    assert "\nAsk how it goes.\n\n1. [ ] Ask\n2. [x] Note it down\n" in shown
    assert re.search(r"ann: nobody.{1,8}\[31m there", shown)
    assert "\x1b" not in shown
    assert counter("tasks", "--assignee", "bo")[1] == "nobody is asked to do anything\n"


def test_a_task_is_ticked_off_commented_on_and_done(counter: Counter) -> None:
    """For programs the same as JSON."""
    assert counter("tasks", "--tick", KEY, 1)[1] == f"{KEY}: point 1 is done\n"
    assert counter("tasks", "--untick", KEY, 1)[1] == f"{KEY}: point 1 is open again\n"
    told = counter.told("tasks", "--comment", KEY, "soon", "--by", "ann")
    assert [(one["by"], one["text"]) for one in told["comments"]] == [("ann", "soon")]
    assert told["checklist"][0] == {"text": "Ask", "done": False}

    assert counter("tasks", "--done", KEY, "--by", "ann")[:2] == (Exit.CLEAN, f"{KEY}: answered\n")
    assert counter("tasks", "--done", KEY)[0] == Exit.FOUND
    [task] = counter.told("tasks", "--all")
    assert (task["answer"], task["answered_by"]) == ("done", "ann")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--show", "no/such/task"), "there is no task no/such/task"),
        (("--comment", "no/such/task", "x"), "there is no task no/such/task"),
        (("--comment", KEY, " "), "a comment has 1 to 10000 characters"),
        (("--tick", KEY, "3"), "has 2 points, and no point 3"),
        (("--tick", KEY, "one"), "'one' is no number of a point"),
        (("--delegate", KEY, "least loaded of sales"), "there is no team 'sales': csm-team"),
    ],
)
def test_what_cannot_be_done_says_what_to_type(
    counter: Counter, words: tuple[str, ...], said: str
) -> None:
    """And changes nothing."""
    code, _, complaints = counter("tasks", *words)

    assert code == Exit.MISUSE
    assert said in complaints
    assert " next: cuebook tasks" in complaints


def test_who_is_away_gets_no_tasks_until_they_are_back(counter: Counter) -> None:
    """Listed with how much each has to do."""
    said = counter("team", "--away", "ann", "--until", "2099-08-24", "--instead", "bo")
    assert said[:2] == (Exit.CLEAN, "ann gets no tasks until 2099-08-24\n")

    _, listed, _ = counter("team")
    assert re.search(r"csm-team +ann +1 +1 +2099-08-23T22:00\n", listed)
    assert re.search(r"ann is away from \S+ to 2099-08-23T22:00, bo instead\n", listed)
    assert counter("tasks", "--delegate", KEY, "Ann")[1] == f"{KEY}: handed on to Ann\n"
    assert counter("tasks", "--delegate", KEY, "ann")[1] == f"{KEY}: handed on to bo\n"

    assert counter.told("team", "--back", "ann") == {"who": "ann", "ended": 1}
    assert counter.told("team")["absences"] == []


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--away", "ann"), "say until when"),
        (("--until", "2099-01-01"), "say who is away"),
        (("--away", "ann", "--until", "soon"), "--until: 'soon' is no date or time"),
        (("--away", "ann", "--until", "2001-01-01"), "the absence of ann ends before it begins"),
        (("--away", " ", "--until", "2099-01-01"), "an absence is somebody's"),
    ],
)
def test_an_absence_that_is_none_is_told(
    counter: Counter, words: tuple[str, ...], said: str
) -> None:
    """With what to type instead."""
    code, _, complaints = counter("team", *words)

    assert (code, said in complaints) == (Exit.MISUSE, True), complaints
    assert " next: cuebook team" in complaints
