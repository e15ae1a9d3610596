"""`cuebook why` over files and over a database: the same answer, and what would be if."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main

from .counter import WELCOME, Counter, project

QUIET = "quiet: on when no login for 14 days -> greet"
UPGRADE = 'upgrade: on plan changes to "growth" -> greet'
CUSTOMERS = "id,name,plan,zone\nada,Ada,growth,Europe/Berlin\nbo,Bo,free,Europe/Berlin\n"
EVENTS = """\
{"at": "2026-03-01T10:00:00Z", "customer": "ada", "event": "go-live"}
{"at": "2026-03-01T10:00:00Z", "customer": "bo", "event": "go-live"}
{"at": "2026-03-02T08:00:00Z", "customer": "bo", "event": "login"}
{"at": "2026-03-03T10:00:00Z", "customer": "bo", "set": {"seats": 7}}
"""


@pytest.fixture
def acme(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Write a project with data."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    monkeypatch.setenv("COLUMNS", "80")
    folder = project(Path("acme"), WELCOME, QUIET, UPGRADE)
    (folder / "data").mkdir()
    (folder / "data" / "events.jsonl").write_text(EVENTS)
    (folder / "data" / "customers.csv").write_text(CUSTOMERS)
    return folder


def why(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    """Ask over the files."""
    capsys.readouterr()
    assert main(["why", words[0], "acme", *words[1:]]) == Exit.CLEAN
    return capsys.readouterr().out


def told(capsys: pytest.CaptureFixture[str], *words: str) -> Any:
    """Ask for a program."""
    return json.loads(why(capsys, *words, "--format", "json"))


@pytest.mark.usefixtures("acme")
def test_files_answer_without_a_database(capsys: pytest.CaptureFixture[str]) -> None:
    """What was not true, with where its value came from."""
    said = why(capsys, "bo", "--playbook", "welcome")

    assert "  on go-live: happened last at 2026-03-01T11:00:00+01:00\n" in said
    assert 'not true: plan == "growth": false\n      └─ plan: "free" (there from the start)' in said
    assert "  nothing was decided\n" in said


@pytest.mark.usefixtures("acme")
def test_time_alone_is_told_where_the_customer_is(capsys: pytest.CaptureFixture[str]) -> None:
    """The day as people say it, in the customer's zone."""
    said = why(capsys, "bo", "--playbook", "quiet", "--at", "2026-03-03 11:30")

    assert "would become true on 16 March 2026 09:00 Berlin if nothing else happens" in said
    [trigger] = told(capsys, "bo", "--playbook", "quiet")["playbooks"][0]["triggers"]
    assert trigger["true_at"] == trigger["begins_at"] == "2026-03-16T08:00:00+00:00"


@pytest.mark.usefixtures("acme")
def test_a_value_that_was_told_says_when(capsys: pytest.CaptureFixture[str]) -> None:
    """The same for what a program reads."""
    project(Path("acme"), "busy: on when seats > 10 -> greet")

    said = why(capsys, "bo")

    assert "└─ seats: 7 (told 2026-03-03T11:00:00+01:00)" in said
    [trigger] = told(capsys, "bo")["playbooks"][0]["triggers"]
    assert trigger["failed"]["parts"][0]["source"] == {
        "kind": "told", "at": "2026-03-03T10:00:00+00:00", "by": "",
    }  # fmt: skip


def test_what_was_decided_and_did_not_leave_is_told(
    url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else whoever asks why somebody got no mail is told that it was performed."""
    counter = Counter(url, capsys)
    counter.told("deploy", project(tmp_path / "p", WELCOME))
    counter.told("send", "ada", "--set", "plan=growth")
    counter.told("send", "bo", "--set", "plan=growth", "name=Bo")
    for customer in ("ada", "bo"):
        counter.told("send", customer, "go-live")
    counter("run", "--until-idle")

    _, out, _ = counter("why", "ada", "--playbook", "welcome")
    assert "performed call: create-task" in out
    assert "→ given up: template: `customer.name` is missing" in " ".join(out.split())
    told = counter.told("why", "ada")
    assert told["undone"] == {
        "create-task welcome/ada/1/call": "given up: template: `customer.name` is missing"
    }
    assert "→" not in counter("why", "bo")[1]
    assert counter.told("why", "bo")["undone"] == {}


@pytest.mark.usefixtures("acme")
def test_what_if_tells_what_would_be_met_and_done(capsys: pytest.CaptureFixture[str]) -> None:
    """One change after the other: the second meets what the first has made true."""
    words = ("bo", "--if", 'plan = "growth"', "--if", "go-live")
    said = why(capsys, *words)

    assert 'if plan = "growth"; then go-live\n' in said
    assert "  upgrade, a change of plan: began upgrade/bo/1\n" in said
    assert "  welcome, event go-live: began welcome/bo/1\n" in said
    assert "  welcome, if: false -> true\n" in said
    assert re.search(r"added +2026-03-03T11:00:00\.000001\+01:00 +welcome call", said)

    answer = told(capsys, *words, "--playbook", "welcome")["what_if"]
    assert answer["supposed"][0] == {"values": {"plan": "growth"}, "event": ""}
    assert [one["where"] for one in answer["conditions"]] == ["if"]
    [action] = answer["actions"]
    assert (action["kind"], action["after"]["args"]["title"]) == ("added", "Call Bo")


@pytest.mark.usefixtures("acme")
def test_what_if_nothing_were_otherwise(capsys: pytest.CaptureFixture[str]) -> None:
    """A supposition that changes nothing says so, and why a trigger it meets begins nothing."""
    said = why(capsys, "bo", "--playbook", "welcome", "--if", "go-live")

    assert "  welcome, event go-live: nothing began, for its conditions were not true\n" in said
    assert "  every condition stands as it does\n" in said
    assert "    the same is done\n" in said


@pytest.mark.usefixtures("acme")
@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["zoe"], "nothing is known of zoe in this data"),
        (["bo", "--playbook", "welcom"], "there is no playbook welcom"),
        (["bo", "--at", "noon"], "--at: 'noon' is no date or time"),
        (["bo", "--days", "0"], "from 1 day to ten years"),
        (["bo", "--if", "plann = 3"], "--if:1:1"),
        (["bo", "--events", "none.csv"], "there is no file none.csv"),
    ],
)
def test_what_cannot_be_answered_is_said(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """With what to type next."""
    assert main(["why", words[0], "acme", *words[1:]]) == Exit.MISUSE

    complaints = capsys.readouterr().err
    assert said in complaints
    assert " next: " in complaints


@pytest.mark.usefixtures("acme")
def test_no_line_is_wider_than_the_terminal(capsys: pytest.CaptureFixture[str]) -> None:
    """Trees are wrapped below their own branch; a word that is longer than a line is cut."""
    long = " and ".join(f'(plan == "growth" or name == "{"Ada" * number}")' for number in range(9))
    project(Path("acme"), f"long: on go-live if {long} -> greet")

    lines = why(capsys, "bo").splitlines()

    assert max(map(len, lines)) <= 80
    assert any(line.lstrip().startswith("├─ ") for line in lines)
    for name in ("ada", "bo"):
        shown = [why(capsys, name, "--tree", which).splitlines() for which in ("failed", "all")]
        assert len(shown[0]) < len(shown[1])


@pytest.mark.usefixtures("acme")
def test_moves_in_a_lifecycle_are_told_beside_playbooks(capsys: pytest.CaptureFixture[str]) -> None:
    """A lifecycle is no playbook that the program does not hold any more."""
    with Path("acme/cuebook.yaml").open("a") as declared:
        declared.write("lifecycles: {customer: {stages: [lead, paying], start: lead}}\n")
    with Path("acme/data/events.jsonl").open("a") as events:
        events.write(
            '{"at": "2026-03-04T10:00:00Z", "customer": "bo", "set": {"stage": "paying"}}\n'
        )

    said = why(capsys, "bo")

    assert "stage of customer  lifecycle\n" in said
    assert "  2026-03-04T11:00:00+01:00  moved: lead -> paying\n" in said


def test_a_database_tells_the_same(
    bare_url: str, acme: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same life, told to an engine: the same answer to the letter, but for who told what when."""
    counter = Counter(bare_url, capsys)
    counter("db", "upgrade")
    data = acme / "data"
    counter("import", "--customers", data / "customers.csv", "--at", "2026-02-28T10:00Z")
    counter("import", "--events", data / "events.jsonl", "--timezone", "Europe/Berlin")
    code, _, complaints = counter("deploy", acme, "--without-tests")
    assert code == Exit.CLEAN, complaints
    counter("run", "--until-idle")

    _, kept, _ = counter("why", "bo", "--playbook", "welcome", "--if", 'plan = "growth"')
    read = why(
        capsys, "bo", "--playbook", "welcome", "--from", "2026-03-04", "--if", 'plan = "growth"'
    )

    # The database has been living on: instants after the last event are its own clock's.
    same = [re.sub(r"\S*\d\d:\d\d\S*", "T", line) for line in kept.splitlines()[2:]]
    wanted = [re.sub(r"\S*\d\d:\d\d\S*", "T", line) for line in read.splitlines()[2:]]
    differ = [pair for pair in zip(same, wanted, strict=True) if pair[0] != pair[1]]
    assert all("there from the start" in wanted or "until" in wanted for _, wanted in differ), (
        differ
    )
