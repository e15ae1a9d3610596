"""`cuebook dry-run` as somebody at a shell meets it."""

import json
import random
from pathlib import Path

import pytest

from cuebook.cli.main import main

from ..typing_in import Said, cuebook

ROOT = Path(__file__).parents[2]
SETTINGS = """\
project: acme
timezone: Europe/Berlin
attributes: {name: text, plan: text, csm: text}
events: {go-live: {}, login: {device: text}}
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
    with: {title: "Check in with {{ customer.name }}"}
  - do: notify
    id: tell
    with: {message: "{{ customer.csm }}"}
"""
CUSTOMERS = "id,name,plan,csm\nc1,Ada,growth,mia\nc2,Bo,growth,\nc3,Cleo,free,mia\n"
EVENTS = "at,customer,event\n" + "".join(
    f"2026-03-{27 + number}T10:00:00+01:00,c{number + 1},go-live\n" for number in range(3)
)


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "data").mkdir()
    (tmp_path / "cuebook.yaml").write_text(SETTINGS)
    (tmp_path / "playbooks" / "go-live.yaml").write_text(PLAYBOOK)
    (tmp_path / "data" / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "data" / "events.csv").write_text(EVENTS)
    return tmp_path


def dry_run(*words: str | Path) -> Said:
    return cuebook("dry-run", *words, COLUMNS="200")


def lines(run: Said) -> list[dict[str, object]]:
    return [json.loads(line) for line in run.stdout.splitlines()]


def test_a_customer_nobody_knows_is_named(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An empty answer must not look like one about a customer to whom nothing happened."""
    monkeypatch.chdir(tmp_path)
    assert main(["init", "acme"]) == 0
    capsys.readouterr()

    assert main(["dry-run", "acme", "--customer", "nobody"]) == 0

    assert "nothing is known of a customer 'nobody' in this data" in capsys.readouterr().err


def test_each_action_is_one_line_of_json_with_the_promised_keys_in_order(acme: Path) -> None:
    """Programs read it; the clock change on March 29 lies within the week."""
    run = dry_run(acme, "--until", "2026-05-01", "--format", "jsonl")

    assert run.returncode == 0, run.stderr
    first = run.stdout.splitlines()[0]
    assert first == (
        '{"at": "2026-04-03T07:00:00+00:00", "customer": "c1", "playbook": "go-live-check-in", '
        '"step": "check-in", "do": "create-task", "with": {"title": "Check in with Ada"}, '
        '"run": "go-live-check-in/c1/1", "key": "go-live-check-in/c1/1/check-in"}'
    )
    assert [(line["customer"], line["step"]) for line in lines(run)] == [
        ("c1", "check-in"), ("c1", "tell"), ("c2", "check-in"),
    ]  # fmt: skip


def test_all_also_tells_what_did_not_happen_and_why_tells_what_led_there(acme: Path) -> None:
    """A missing value in a template is a reason, in words."""
    run = dry_run(acme, "--until", "2026-05-01", "--format", "jsonl", "--all", "--why")

    skipped = [line for line in lines(run) if "skipped" in line]
    assert [(line["customer"], line["skipped"]) for line in skipped] == [
        ("c2", "template: `customer.csm` is missing")
    ]
    assert all("why" in line for line in lines(run))
    assert any("growth" in json.dumps(line["why"]) for line in lines(run))


def test_a_message_is_rendered_whole_and_skipped_when_its_text_cannot_be(acme: Path) -> None:
    """`with` holds what would be sent; a value missing in the body is as good a reason as any."""
    (acme / "templates").mkdir()
    (acme / "templates" / "hello.txt").write_text(
        "Subject: Dear {{ customer.name }}\n\nYours, {{ customer.csm }}"
    )
    (acme / "playbooks" / "hello.yaml").write_text(
        "playbook: hello\non: go-live\nsteps: [{do: send-email, with: {template: hello}}]\n"
    )

    run = dry_run(acme, "--playbook", "hello", "--format", "jsonl", "--all")

    assert [(line["customer"], line["with"], line.get("skipped")) for line in lines(run)] == [
        ("c1", {"template": "hello", "subject": "Dear Ada", "body": "Yours, mia"}, None),
        ("c2", {"template": "hello"}, "template: `customer.csm` is missing, in `hello`"),
        ("c3", {"template": "hello", "subject": "Dear Cleo", "body": "Yours, mia"}, None),
    ]


def test_the_table_and_the_summary_go_to_different_places(acme: Path) -> None:
    """Standard output stays data; the summary stands beside it."""
    run = dry_run(acme, "--until", "2026-05-01", "--why")

    assert "Check in with Ada" in run.stdout
    assert "2026-04-03" in run.stdout
    assert "09:00" in run.stdout
    assert "3 customers, 3 events, 2 runs, 3 actions (2 create-task, 1 notify)" in run.stderr


def test_without_until_it_ends_after_the_last_event_and_names_the_until_to_add(acme: Path) -> None:
    """What lies beyond the data is not known, but it is known what waits."""
    run = dry_run(acme, "--format", "jsonl")

    assert run.stdout == ""
    assert "2 runs still wait" in run.stderr
    assert "--until 2026-04-04" in run.stderr
    assert len(lines(dry_run(acme, "--format", "jsonl", "--until", "2026-04-04"))) == 2


def test_bad_lines_are_told_and_the_rest_goes_on_unless_strict(acme: Path) -> None:
    """Reported by file and number, counted, never silently dropped."""
    log = acme / "data" / "events.csv"
    log.write_text(EVENTS + "soon,c1,login\n2026-03-30,,login\n2026-03-30,c1\n")

    loose = dry_run(acme, "--until", "2026-05-01", "--format", "jsonl")
    strict = dry_run(acme, "--until", "2026-05-01", "--format", "jsonl", "--strict")

    assert (loose.returncode, len(lines(loose))) == (0, 3)
    assert [f"events.csv:{number}: bad data" in loose.stderr for number in (5, 6, 7)] == [True] * 3
    assert "3 bad lines" in loose.stderr
    assert (strict.returncode, strict.stdout) == (1, "")


def test_the_order_of_lines_changes_nothing(acme: Path) -> None:
    """The same inputs in another order give the same output, byte for byte."""
    head, *rows = EVENTS.splitlines()
    random.Random(1).shuffle(rows)  # noqa: S311 - any order will do
    (acme / "data" / "other.csv").write_text("\n".join([head, *rows]))
    words = (
        "--customers",
        acme / "data/customers.csv",
        "--until",
        "2026-05-01",
        "--format",
        "jsonl",
    )

    first = dry_run(acme, *words, "--events", acme / "data/events.csv")
    second = dry_run(acme, *words, "--events", acme / "data/other.csv")

    assert first.stdout == second.stdout != ""


def test_customers_and_playbooks_can_be_chosen(acme: Path) -> None:
    """One customer's story is the same as among the others', to the end of what is known of all."""
    with (acme / "data" / "events.csv").open("a") as log:
        log.write("2026-04-20,c3,login\n")
    everybody = dry_run(acme, "--format", "jsonl")
    run = dry_run(acme, "--customer", "c2", "--format", "jsonl")
    wrong = dry_run(acme, "--playbook", "go-live-chek-in")

    assert lines(run) == [line for line in lines(everybody) if line["customer"] == "c2"] != []
    assert wrong.returncode == 2
    assert "next: cuebook dry-run --playbook go-live-check-in" in wrong.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--events", "nowhere.csv"), "there is no file nowhere.csv"),
        (("--from", "soon"), "--from"),
        (("--from", "2026-04-01", "--until", "2026-03-01"), "--until lies before --from"),
    ],
)
def test_what_cannot_be_done_is_said_with_what_to_type_instead(
    acme: Path, words: tuple[str, ...], said: str
) -> None:
    """Misuse has its own exit code and ends with a command."""
    run = dry_run(acme, *words)

    assert run.returncode == 2
    assert said in run.stderr
    assert " next: cuebook" in run.stderr


def test_a_project_with_mistakes_is_not_rehearsed(acme: Path) -> None:
    """The diagnostics come instead, and exit 1."""
    (acme / "playbooks" / "go-live.yaml").write_text(PLAYBOOK.replace("plan in", "plann in"))

    run = dry_run(acme)

    assert (run.returncode, run.stdout) == (1, "")
    assert "plann" in run.stderr
    assert "go-live.yaml:3:" in run.stderr


ASKING = """\
playbook: ask
on: go-live
goal: has login within 5 days
holdout: 50%
steps:
  - ask: Is {{ customer.name }} ready?
    up to: 2 days
    else: [{do: notify, id: late, with: {message: "{{ customer.name }}"}}]
  - {do: call-webhook, id: check, as: credit, with: {url: "https://erp.example"}}
  - {do: notify, id: tell, if: credit.status == "done", with: {message: done}}
"""


def test_questions_goals_and_those_held_out_are_told(acme: Path) -> None:
    """Nobody answers in a dry run, and what actions answer is missing; each group is counted."""
    (acme / "playbooks" / "go-live.yaml").write_text(ASKING)
    (acme / "data" / "events.csv").write_text(
        "at,customer,event\n"
        + "".join(f"2026-03-27T10:00:00+01:00,c{n},go-live\n" for n in range(1, 9))
        + "2026-03-28T10:00:00+01:00,c1,login\n"
    )
    (acme / "data" / "customers.csv").write_text(
        "id,name\n" + "".join(f"c{n},Ada{n}\n" for n in range(1, 9))
    )

    done = dry_run(acme, "--until", "2026-05-01", "--format", "jsonl", "--all")

    told = lines(done)
    held = {str(one["customer"]) for one in told if one.get("skipped") == "holdout"}
    free = min({f"c{n}" for n in range(1, 9)} - held)
    steps = {(one["step"], one.get("skipped", "")) for one in told if one["customer"] == free}
    assert steps == {("ask-1", ""), ("late", ""), ("check", ""), ("tell", "")}
    assert 0 < len(held) < 8
    reached = 0 if "c1" in held else 1
    assert f"goal of ask: reached by {reached} of {8 - len(held)} runs\n" in done.stderr
    assert f"goal of ask: reached by {1 - reached} of {len(held)} runs held out" in done.stderr
    table = dry_run(acme, "--until", "2026-05-01").stdout
    assert f"ask: Is Ada{free[1:]} ready?" in table


def test_what_limits_end_and_hold_back_is_told(acme: Path) -> None:
    """With `--all` what was ended is a line with its words; the summary counts both."""
    (acme / "cuebook.yaml").write_text(
        SETTINGS + 'limits: {notify: {at most: 1 per day, quiet hours: "20:00-08:00"}}\n'
    )
    (acme / "playbooks" / "hello.yaml").write_text(
        "playbook: hello\non: login\nwhile running: parallel\n"
        "steps: [{do: notify, with: {message: Hello}}]\n"
    )
    logins = ("2026-03-02T10:00:00Z", "2026-03-02T11:00:00Z", "2026-03-03T21:00:00Z")
    (acme / "data" / "events.csv").write_text(
        "at,customer,event\n" + "".join(f"{at},c1,login\n" for at in logins)
    )

    some = dry_run(acme, "--playbook", "hello", "--format", "jsonl")
    every = dry_run(acme, "--playbook", "hello", "--format", "jsonl", "--all")
    later = dry_run(acme, "--playbook", "hello", "--format", "jsonl", "--until", "2026-03-05")
    told = dry_run(acme, "--playbook", "hello", "--format", "json")

    assert [line["at"] for line in lines(some)] == ["2026-03-02T10:00:00+00:00"]
    assert [line.get("skipped") for line in lines(every)] == [None, "limit notify 1 per day"]
    assert "skipped: 1 limit notify 1 per day\n" in every.stderr
    quiet = "held back: 1 limit notify quiet hours 20:00-08:00"
    assert f"{quiet}; 1 action in the end\n" in every.stderr
    assert f"{quiet}\n" in later.stderr
    assert [line["at"] for line in lines(later)][1:] == ["2026-03-04T07:00:00+00:00"]
    summary = json.loads(told.stdout)["summary"]
    assert summary["skipped"] == {"limit notify 1 per day": 1}
    assert summary["held_back"] == {"limit notify quiet hours 20:00-08:00": 1}
    assert summary["still_held_back"] == 1
