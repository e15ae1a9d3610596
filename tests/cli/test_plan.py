"""`cuebook plan`: what an edit says otherwise, does otherwise, and to whom, in three forms."""

import json
import re
import subprocess
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main

from .counter import WELCOME, Counter, project

LATER = WELCOME.replace("    id: call\n", "    id: call\n    after: 3 days\n")
EVENTS = """\
{"at": "2026-03-01T10:00:00Z", "customer": "ada", "event": "go-live"}
{"at": "2026-03-03T10:00:00Z", "customer": "bo", "event": "go-live"}
"""
CUSTOMERS = "id,name,plan\nada,Ada,growth\nbo,Bo,growth\n"


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a project with data, committed to git, and edit its one playbook."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    folder = project(Path("acme"), WELCOME)
    (folder / "data").mkdir()
    (folder / "data" / "events.jsonl").write_text(EVENTS)
    (folder / "data" / "customers.csv").write_text(CUSTOMERS)
    for words in (
        ("init", "-q"),
        ("add", "-A"),
        ("-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "first"),
    ):
        subprocess.run(["git", *words], check=True)
    project(folder, LATER)
    return folder


@pytest.mark.usefixtures("acme")
def test_an_edit_against_git_is_told_with_examples(capsys: pytest.CaptureFixture[str]) -> None:
    code = main(["plan", "acme", "--from", "HEAD", "--at", "2026-03-02"])

    assert code == Exit.FOUND
    told = capsys.readouterr().out
    assert told.startswith("HEAD -> acme, from 2026-03-02 until 2026-04-01: 2 customers, 1 of them")
    assert "steps call timing after: (nothing) -> 3 days\n" in told
    assert re.search(r"moved    2026-03-03 11:00 -> 2026-03-06 11:00 bo call \(create-task\)", told)
    assert re.search(r"mia +1 +1\n", told)
    assert re.search(r"playbook +before +after\n\S+ +\S+ +\S+\nwelcome +1 +1\n", told)


@pytest.mark.usefixtures("acme")
def test_programs_and_pull_requests_get_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    words = ["plan", "acme", "--from", "HEAD", "--at", "2026-03-02", "--format"]
    assert main([*words, "json"]) == Exit.FOUND
    told = json.loads(capsys.readouterr().out)
    (one,) = told["playbooks"]
    assert one["is"] == "changed"
    assert one["actions"] == {"added": 0, "removed": 0, "moved": 1, "changed": 0, "same": 0}
    assert one["examples"][0]["after"]["at"] == "2026-03-06T10:00:00+00:00"
    assert told["by day"] == [
        {"day": "2026-03-03", "before": 1, "after": 0},
        {"day": "2026-03-06", "before": 0, "after": 1},
    ]

    assert main([*words, "markdown"]) == Exit.FOUND
    shown = capsys.readouterr().out
    assert "#### welcome (changed)\n" in shown
    assert "| day | before | after |\n| --- | ---: | ---: |\n| 2026-03-03 | 1 | 0 |\n" in shown


@pytest.mark.usefixtures("acme")
def test_another_layout_changes_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    project(Path("acme"), WELCOME.replace("on: go-live\n", "on:   'go-live'   # when they begin\n"))
    assert main(["plan", "acme", "--from", "HEAD"]) == Exit.CLEAN
    assert "nothing changes" in capsys.readouterr().out


def test_new_and_removed_playbooks_are_named(
    acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(acme, WELCOME.replace("playbook: welcome", "playbook: hello"))
    assert main(["plan", "acme", "--from", "HEAD", "--at", "2026-03-02"]) == Exit.FOUND
    told = capsys.readouterr().out
    assert "hello  new\n  actions: 1 added\n" in told
    assert "welcome  removed\n  actions: 1 removed\n" in told


def test_a_version_that_does_not_compile_is_named(
    acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project(acme, WELCOME.replace("on: go-live", "on: go-liv"))
    assert main(["plan", "acme", "--from", "HEAD"]) == Exit.MISUSE
    said = capsys.readouterr().err
    assert "unknown event `go-liv`" in said
    assert "error: acme does not compile, so there is nothing to compare\n" in said


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["--from", "nowhere"], "neither a project's folder nor a revision of git"),
        (["--from", "--output=/tmp/x"], "expected one argument"),
        (["--from=--output=x"], "neither a project's folder nor a revision of git"),
        (["--from", "HEAD", "--at", "soon"], "--at: "),
        (["--from", "HEAD", "--days", "0"], "from 1 day"),
        (["--from", "HEAD", "--events", "none.csv"], "there is no file none.csv"),
        (["--db", "sqlite:///none.db"], "there is no database none.db"),
        (["--from", "HEAD", "--to", "nowhere"], "neither a project's folder nor a revision of git"),
        (["--from", "HEAD", "--to", "deployed"], "there is no database cuebook.db"),
    ],
)
def test_a_plan_that_cannot_begin_says_why(
    words: list[str], why: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["plan", "acme", *words]) == Exit.MISUSE
    said = capsys.readouterr().err
    assert why in said
    assert " next: " in said


def test_against_what_is_deployed_over_live_customers(
    bare_url: str, acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    counter = Counter(bare_url, capsys)
    counter("db", "upgrade")
    assert counter("plan", acme)[0] == Exit.MISUSE

    counter("deploy", project(acme, LATER), "--without-tests")
    counter("send", "ada", "--set", "plan=growth", "name=Ada")
    counter("send", "ada", "go-live")
    project(acme, LATER.replace("3 days", "5 days"))

    code, told, _ = counter("plan", acme)
    assert code == Exit.FOUND
    assert told.startswith("deployed -> acme, ")
    assert "of 1 run in flight: 1 follow\n" in told
    assert "such as welcome/ada/1 at call (follow)\n" in told
    assert "actions: 1 moved\n" in told


def test_versions_that_were_deployed_are_compared_over_live_customers(
    bare_url: str, acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What going back would do, and what two candidates make of the customers as they are."""
    counter = Counter(bare_url, capsys)
    counter("db", "upgrade")
    assert "there are no customers to look at" in counter("plan", acme, "--from", "HEAD")[2]
    for text in (LATER, LATER.replace("3 days", "5 days")):
        counter("deploy", project(acme, text), "--without-tests")
    counter("send", "ada", "--set", "plan=growth", "name=Ada")
    counter("send", "ada", "go-live")

    code, told, _ = counter("plan", acme, "--to", "deployed~1")
    assert code == Exit.FOUND
    assert told.startswith("deployed -> deployed~1, ")
    assert "steps call timing after: 5 days -> 3 days\n" in told
    assert "of 1 run in flight: 1 follow\n" in told

    code, told, _ = counter("plan", acme, "--from", "deployed~1", "--to", "deployed")
    assert (code, "steps call timing after: 3 days -> 5 days\n" in told) == (Exit.FOUND, True)

    code, told, _ = counter("plan", acme, "--from", "HEAD", "--to", "deployed~1")
    assert code == Exit.FOUND
    assert told.startswith("HEAD -> deployed~1, ")
    assert "actions: 1 moved\n" in told

    assert counter("plan", acme)[0] == Exit.CLEAN
    assert counter("plan", acme, "--to", "deployed")[0] == Exit.CLEAN
    code, _, said = counter("plan", acme, "--to", "deployed~2")
    assert code == Exit.MISUSE
    assert "there is no deployed~2: the first deployment is deployed~1, of 20" in said
    code, _, said = counter("plan", acme, "--at", "2026-03-02")
    assert (code, "--at needs data" in said) == (Exit.MISUSE, True)


def test_a_revision_takes_over_in_place_of_the_files(
    acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The project as it lies there has no say in it; one that does not compile is named."""
    words = (
        ("add", "-A"),
        ("-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "x"),
    )
    for git in words:
        subprocess.run(["git", *git], check=True)
    project(acme, WELCOME.replace("on: go-live", "on: go-liv"))

    asked = ["plan", "acme", "--from", "HEAD~1", "--to", "HEAD", "--at", "2026-03-02"]
    assert main(asked) == Exit.FOUND
    told = capsys.readouterr().out
    assert told.startswith("HEAD~1 -> HEAD, from 2026-03-02")
    assert "actions: 1 moved\n" in told

    for git in words:
        subprocess.run(["git", *git], check=True)
    assert main(asked[:-2]) == Exit.MISUSE
    assert "error: HEAD does not compile" in capsys.readouterr().err


def test_declarations_are_part_of_what_a_project_means(
    acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A limit of the whole project shows as what it says, and in what is done."""
    project(acme, WELCOME)
    with (acme / "cuebook.yaml").open("a") as declared:
        declared.write("limits: {create-task: {on: sunday}}\n")
    words = ["plan", "acme", "--from", "HEAD", "--at", "2026-03-02", "--format"]

    assert main([*words, "text"]) == Exit.FOUND
    told = capsys.readouterr().out
    assert "\ndeclarations\n  limit create-task: (nothing) -> " in told
    assert "moved    2026-03-03 11:00 -> 2026-03-08 00:00 bo call" in told

    assert main([*words, "json"]) == Exit.FOUND
    (one,) = json.loads(capsys.readouterr().out)["declarations"]
    assert (one["where"], one["before"]) == ("limit create-task", "")
    assert main([*words, "markdown"]) == Exit.FOUND
    assert "#### Declarations\n\n- limit create-task: " in capsys.readouterr().out


def test_what_is_left_out_of_a_long_condition_is_what_both_versions_share(
    acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Two beginnings that are the same to the letter would hide what was edited behind them."""
    long = " and ".join(f'name != "somebody else {number}"' for number in range(9))
    project(acme, WELCOME, f"long: on go-live if {long} and seats > 3 -> greet")
    project(Path("before"), WELCOME, f"long: on go-live if {long} and seats > 2 -> greet")

    assert main(["plan", "acme", "--from", "before"]) == Exit.FOUND

    told = capsys.readouterr().out
    assert ' and name != "somebody else 8" and seats > 2 -> … ' in told
    assert '"somebody else 8" and seats > 3\n' in told


def test_a_revision_that_does_not_compile_is_named(
    acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The older of the two may be the broken one; its mistakes are told by its own files."""
    project(acme, WELCOME.replace("on: go-live", "on: go-liv"))
    for words in (
        ("add", "-A"),
        ("-c", "user.name=a", "-c", "user.email=a@b.example", "commit", "-qm", "broken"),
    ):
        subprocess.run(["git", *words], check=True)
    project(acme, WELCOME)

    assert main(["plan", "acme", "--from", "HEAD"]) == Exit.MISUSE

    said = capsys.readouterr().err
    assert "--> HEAD:playbooks/p0.yaml:2:5\n" in said
    assert "error: HEAD does not compile, so there is nothing to compare\n" in said


def test_what_is_deployed_may_be_looked_at_over_files(
    bare_url: str, acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The deployed program, and the customers of the data rather than of the database."""
    counter = Counter(bare_url, capsys)
    counter("db", "upgrade")
    counter("deploy", project(acme, WELCOME), "--without-tests")
    project(acme, LATER)

    data = acme / "data" / "events.jsonl"
    customers = acme / "data" / "customers.csv"
    code, told, _ = counter(
        "plan", acme, "--events", data, "--customers", customers, "--at", "2026-03-02"
    )

    assert code == Exit.FOUND
    assert told.startswith("deployed -> acme, from 2026-03-02 until 2026-04-01: 2 customers")
    assert re.search(r"moved    2026-03-03 11:00 -> 2026-03-06 11:00 bo call", told)


def test_who_enters_a_new_playbook_at_once_is_counted(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A reviewer sees how many match already, before anybody is written to."""
    counter = Counter(url, capsys)
    counter.told("deploy", project(tmp_path / "p", WELCOME))
    for name, seats in (("ada", 12), ("bo", 3), ("cy", 40)):
        counter("send", name, "--set", f"seats={seats}")
    counter.told("run", "--until-idle")
    big = "playbook: big\non: when seats > 10\nexisting: enter\nsteps: [{do: greet}]\n"
    folder = project(tmp_path / "p", WELCOME, big)

    code, out, _ = counter("plan", folder)
    told = json.loads(counter("plan", folder, "--format", "json")[1])

    assert code == Exit.FOUND
    assert "match already, and enter at once: 2 customers" in out
    assert [one["entering"] for one in told["playbooks"]] == [2]
