"""`cuebook run`, `send` and `import`: what happens comes in, and is decided."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from cuebook.cli import main as front
from cuebook.cli.exits import Exit
from cuebook.engine.runtime import Engine

from .counter import ENV, WELCOME, Counter, project

APP = """\
import time
from cuebook.engine.runtime import Engine

engine = Engine({url!r})


@engine.action("greet")
def greet(args, context):
    print("greeting", context.customer, flush=True)
    time.sleep({seconds})
"""


@pytest.fixture
def counter(url: str, capsys: pytest.CaptureFixture[str]) -> Counter:
    """Return a counter over a database with our tables."""
    return Counter(url, capsys)


@pytest.fixture
def shop(counter: Counter, tmp_path: Path) -> Counter:
    """Return a counter over a database in which the welcome is deployed."""
    counter.told("deploy", project(tmp_path / "p", WELCOME))
    return counter


def test_what_is_sent_is_decided_and_done(shop: Counter) -> None:
    """The shortest way from a shell to a task."""
    shop("send", "ada", "--set", "plan=growth", "name=Ada")
    shop("send", "ada", "go-live", "region=eu", "--id", "evt-1")

    done = shop.told("run", "--until-idle")

    assert (done["performed"], done["left"]) == (1, 0)
    [task] = shop.told("tasks")
    assert (task["title"], task["assignee"]) == ("Call Ada", "mia")


def test_the_same_id_is_taken_once(shop: Counter) -> None:
    """A script that is run again says the same again."""
    assert shop.told("send", "ada", "go-live", "--id", "evt-1")["new"] is True
    assert shop.told("send", "ada", "go-live", "--id", "evt-1")["new"] is False


def test_values_may_be_json_and_times_are_the_customers(shop: Counter) -> None:
    """`12` is text on a command line; a time without an offset is local time."""
    shop.told("send", "ada", "--set", "--json", '{"seats": 12, "zone": "America/New_York"}')
    shop.told("run", "--until-idle")
    shop.told("send", "ada", "purchase", "amount=99", "--at", "2030-07-01 10:00")

    told = shop.told("export", "ada")

    assert told["attributes"] == {"seats": 12, "zone": "America/New_York"}
    assert told["events"][-1]["at"] == "2030-07-01T14:00:00+00:00"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["ada"], "name an event"),
        (["ada", "plan=growth"], "an event stands before plan=growth"),
        (["ada", "go-live", "region"], "`region` is no KEY=VALUE"),
        (["ada", "go-live", "--json", "{"], "--json is broken"),
        (["ada", "go-live", "--at", "yesterday"], "--at: 'yesterday' is no date or time"),
        (["ada", "--playbook", "welcome"], "`welcome` cannot be asked for"),
        ([" ", "go-live"], "a customer is named by a text"),
    ],
)
def test_what_cannot_be_sent_ends_with_advice(shop: Counter, words: list[str], said: str) -> None:
    """Nothing half-understood gets into the log."""
    code, _, complaints = shop("send", *words)

    assert code == Exit.MISUSE
    assert said in complaints
    assert " next: cuebook send" in complaints


def test_a_name_nobody_declared_is_noted(shop: Counter) -> None:
    """It is kept, and it may be a slip of the pen."""
    code, _, complaints = shop("send", "ada", "golive")

    assert code == Exit.CLEAN
    assert "note: event `golive` is not declared" in complaints


def test_a_playbook_is_asked_for(counter: Counter, tmp_path: Path) -> None:
    """`manual` is there for people."""
    counter.told("deploy", project(tmp_path / "p", WELCOME.replace("on: go-live", "on: manual")))
    counter("send", "ada", "--set", "plan=growth", "name=Ada")
    counter("send", "ada", "--playbook", "welcome")
    counter("run", "--until-idle")

    assert [task["title"] for task in counter.told("tasks")] == ["Call Ada"]


def test_running_without_a_program_says_what_to_do(counter: Counter) -> None:
    """It would wait for ever."""
    code, _, complaints = counter("run", "--until-idle")

    assert code == Exit.MISUSE
    assert "next: cuebook deploy PROJECT" in complaints


# --- importing ------------------------------------------------------------------------------------

CUSTOMERS = "id,name,plan,zone\nada,Ada,growth,America/New_York\nbo,Bo,free,\n"
EVENTS = """\
at,customer,event
2030-03-02 10:00,ada,go-live
2030-03-02T10:00:00+01:00,bo,go-live
yesterday,bo,go-live
2030-03-02T10:00:00+01:00,,go-live
"""
SEGMENT = (
    '{"type": "track", "userId": "bo", "event": "login", "timestamp": "2026-03-02T10:00:00Z",'
    ' "messageId": "m1"}\n'
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    """Return a file of customers and a folder of events."""
    (tmp_path / "events").mkdir()
    (tmp_path / "customers.csv").write_text(CUSTOMERS)
    (tmp_path / "events" / "a.csv").write_text(EVENTS)
    (tmp_path / "events" / "b.jsonl").write_text(SEGMENT)
    return tmp_path / "customers.csv", tmp_path / "events"


def test_files_are_brought_in_once_and_bad_lines_told(
    shop: Counter, files: tuple[Path, Path]
) -> None:
    """A file may be brought in again after a crash, and nothing is dropped in silence."""
    words = ("import", "--customers", files[0], "--events", files[1])

    _, _, complaints = shop(*words)
    again = shop.told(*words)

    assert "a.csv:4: bad data: 'yesterday'" in complaints
    assert "a.csv:5: bad data: no customer" in complaints
    assert again == {"done": True, "customers": 2, "events": 0, "known": 3, "bad": 2}


def test_times_are_read_as_a_rehearsal_reads_them(shop: Counter, files: tuple[Path, Path]) -> None:
    """In the customer's zone, which stands in the file."""
    shop.told("import", "--customers", files[0], "--events", files[1])

    [_, event] = shop.told("export", "ada")["events"]

    assert event["at"] == "2030-03-02T15:00:00+00:00"


def test_with_strict_nothing_is_taken(shop: Counter, files: tuple[Path, Path]) -> None:
    """Half a file is worse than none, for some."""
    code, out, complaints = shop("import", "--events", files[1], "--strict")

    assert code == Exit.FOUND
    assert "nothing was taken" in out
    assert complaints.count("bad data") == 2
    assert shop.told("status")["inbox"] == 0


def test_an_id_is_the_same_in_a_file_and_in_a_call(shop: Counter, tmp_path: Path) -> None:
    """A backlog that overlaps with what came in live is taken once."""
    shop("send", "ada", "go-live", "--id", "evt-7")
    lines = tmp_path / "late.jsonl"
    lines.write_text(
        '{"at": "2026-03-02T10:00Z", "customer": "ada", "event": "go-live", "id": "evt-7"}\n'
    )

    told = shop.told("import", "--events", lines)

    assert (told["events"], told["known"]) == (0, 1)


def test_two_files_of_one_name_are_two_files(shop: Counter, tmp_path: Path) -> None:
    """January's line 2 is not February's."""
    for month in ("01", "02"):
        (tmp_path / month).mkdir()
        text = f"at,customer,event\n2026-{month}-02T10:00Z,ada,login\n"
        (tmp_path / month / "events.csv").write_text(text)

    told = shop.told("import", "--events", tmp_path / "01", "--events", tmp_path / "02")

    assert (told["events"], told["known"]) == (2, 0)


def test_before_anything_is_deployed_nobody_guesses_a_zone(
    counter: Counter, files: tuple[Path, Path]
) -> None:
    """An hour off is an error that nobody sees."""
    told = counter.told("import", "--events", files[1])
    assert (told["events"], told["bad"]) == (2, 3)

    told = counter.told("import", "--events", files[1], "--timezone", "Europe/Berlin")
    assert (told["events"], told["known"], told["bad"]) == (1, 2, 2)


def test_customers_from_before_the_deployment_are_there_from_the_start(
    shop: Counter, tmp_path: Path
) -> None:
    """Bringing in everybody must not greet everybody."""
    growing = 'grown: on when plan == "growth" -> greet'
    shop.told("deploy", project(tmp_path / "p", growing))
    people = tmp_path / "people.csv"
    people.write_text("id,plan\nada,growth\n")
    shop.told("import", "--customers", people, "--at", "2020-01-01T00:00Z")

    shop.told("run", "--until-idle")

    assert shop.told("status")["running"] == 0
    assert shop.told("export", "ada")["runs"] == []


# --- stopping -------------------------------------------------------------------------------------


def test_a_host_brings_its_actions_and_is_let_finish(counter: Counter, tmp_path: Path) -> None:
    """SIGTERM lets what is out come back, and nothing is done twice afterwards."""
    counter.told("deploy", project(tmp_path / "p", "hello: on go-live -> greet"))
    (tmp_path / "host_app.py").write_text(APP.format(url=counter.url, seconds=1.0))
    counter("send", "ada", "go-live")

    with subprocess.Popen(
        [sys.executable, "-m", "cuebook.cli.main", "run", "--app", "host_app:engine",
         "--format", "json"],
        env=ENV, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        assert process.stdout.readline() == "greeting ada\n"
        process.send_signal(signal.SIGTERM)
        out, complaints = process.communicate(timeout=30)

    assert process.returncode == Exit.CLEAN, complaints
    assert "stopping: calls that are out may finish" in complaints
    assert json.loads(out)["left"] == 0
    assert counter.told("status")["outbox"] == {"done": 1}


def test_calls_left_behind_are_said(counter: Counter, tmp_path: Path) -> None:
    """Whoever stops in a hurry knows what may be repeated."""
    counter.told("deploy", project(tmp_path / "p", "hello: on go-live -> greet"))
    (tmp_path / "hasty_app.py").write_text(APP.format(url=counter.url, seconds=60))
    counter("send", "ada", "go-live")

    with subprocess.Popen(
        [sys.executable, "-m", "cuebook.cli.main", "run", "--app", "hasty_app:engine",
         "--grace", "0.2"],
        env=ENV, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        process.stdout.readline()
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=30)

    assert process.returncode == Exit.FOUND
    assert "1 call left behind" in out


@pytest.mark.parametrize(
    ("place", "said"),
    [
        ("nothing", "--app takes MODULE:NAME"),
        ("no_such_module:engine", "cannot be imported"),
        ("json:dumps", "is a function, no Engine"),
    ],
)
def test_a_host_that_is_none_is_said(
    place: str, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in a word is the usual reason."""
    assert front.main(["run", "--app", place]) == Exit.MISUSE
    assert said in capsys.readouterr().err


def test_on_one_file_the_second_stands_by(tmp_path: Path, sqlite_template: Path) -> None:
    """Two processes on SQLite would only wait for each other; one is ready to take over."""
    file = tmp_path / "plays.db"
    file.write_bytes(sqlite_template.read_bytes())
    first = Engine(f"sqlite:///{file}")
    first.deploy(project(tmp_path / "p", WELCOME))
    first.start()
    while not first.leads:
        time.sleep(0.02)

    with subprocess.Popen(
        [sys.executable, "-m", "cuebook.cli.main", "run", "--db", f"sqlite:///{file}"],
        env=ENV, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        assert process.stderr is not None
        said = process.stderr.readline()
        first.stop()
        first.database.pool.dispose()
        taken_over = process.stderr.readline()
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)

    assert said.startswith("standing by: another process (")
    assert taken_over == "this process decides now\n"
