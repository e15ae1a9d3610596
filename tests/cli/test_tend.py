"""`cuebook status`, `why`, `tasks`, `retry`, `erase` and `export`: what people look after."""

import io
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.engine.contract import InDoubt, Outcome, Rejected, Retry
from cuebook.engine.runtime import Engine

from .counter import ENV, WELCOME, Counter, project


class Terminal(io.StringIO):
    """Somebody who types."""

    def isatty(self) -> bool:
        return True


@pytest.fixture
def counter(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """Return a counter over a database in which ada was welcomed and bo was not."""
    counter = Counter(url, capsys)
    counter.told("deploy", project(tmp_path / "p", WELCOME, "hello: on login -> greet"))
    for name, plan in (("ada", "growth"), ("bo", "free")):
        counter("send", name, "--set", f"plan={plan}", f"name={name.title()}")
        counter("send", name, "go-live")
    counter.told("run", "--until-idle")
    return counter


def greet(counter: Counter, outcome: Outcome) -> None:
    """Let ada log in, and her greeting come to this."""
    counter("send", "ada", "login")
    engine = Engine(counter.url)

    @engine.action("greet")
    def greeting(args: object, context: object) -> Outcome:
        return outcome

    engine.tick()
    engine.database.pool.dispose()


def test_all_is_well_is_zero(counter: Counter) -> None:
    """A monitor asks every minute."""
    code, out, _ = counter("status")

    assert (code, "all is well" in out) == (Exit.CLEAN, True)


def test_what_is_tried_again_is_told_with_its_reason(counter: Counter) -> None:
    """It may pass by itself, so nobody is called; but not all is well."""
    greet(counter, Retry("no sender is set up"))

    code, out, _ = counter("status")

    assert code == Exit.CLEAN
    assert "1 greet to be tried again: no sender is set up" in out
    assert "all is well" not in out
    assert counter.told("status")["held"] == [["greet", "no sender is set up", 1]]
    assert counter.told("status")["customers"] == 2


def test_what_needs_a_person_is_one_and_says_what_to_type(counter: Counter) -> None:
    """A dead letter, and an action nobody knows the end of."""
    greet(counter, Rejected("no such address"))
    code, out, _ = counter("status")
    assert code == Exit.FOUND
    assert "1 dead letter: given up\n next: cuebook retry" in out

    code, out, _ = counter("retry")
    assert code == Exit.FOUND
    assert "hello/ada/1/greet-1" in out
    assert "no such address" in out


def test_given_up_is_tried_again(counter: Counter) -> None:
    """By key, and by nothing else without being asked."""
    greet(counter, Rejected("no such address"))

    assert counter.told("retry", "hello/ada/1/greet-1")["actions"] == 1

    assert counter.told("status")["outbox"]["waiting"] == 1
    code, _, complaints = counter("retry", "hello/zoe/1/greet-1")
    assert (code, "next: cuebook retry" in complaints) == (Exit.MISUSE, True)


def test_dismissed_needs_nobody_any_more(counter: Counter) -> None:
    """A monitor that is red for ever is not looked at."""
    greet(counter, Rejected("no such address"))
    assert counter("status")[0] == Exit.FOUND
    assert counter("retry", "--dismiss", "gone")[0] == Exit.MISUSE

    code, out, _ = counter("retry", "--all", "--dismiss", "has left", "--by", "mia")

    assert (code, out) == (Exit.CLEAN, "1 action dismissed\n")
    assert counter.told("status")["outbox"]["dismissed"] == 1
    assert counter("retry")[:2] == (Exit.CLEAN, "nothing was given up\n")
    [letter] = [one for one in counter.told("export", "ada")["actions"] if one["kind"] == "greet"]
    assert letter["note"] == "no such address; dismissed by mia: has left"


def test_in_doubt_is_asked_about(counter: Counter, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody there, then somebody who says no, then yes on the line."""
    greet(counter, InDoubt("the line broke"))

    code, out, _ = counter("retry", "--all")
    assert (code, "1 action in doubt left alone" in out) == (Exit.FOUND, True)

    monkeypatch.setattr(sys, "stdin", Terminal("n\n"))
    code, _, complaints = counter("retry", "--all")
    assert (code, "may have been performed. Again?" in complaints) == (Exit.FOUND, True)

    monkeypatch.setattr(sys, "stdin", Terminal("y\n"))
    code, out, _ = counter("retry", "--all")
    assert (code, "1 action due again" in out) == (Exit.CLEAN, True)


def test_why_tells_what_was_done_and_what_was_not(counter: Counter) -> None:
    """As a dry run tells it: conditions with their values, and the first that failed."""
    _, done, _ = counter("why", "ada", "--playbook", "welcome")
    _, not_done, _ = counter("why", "bo", "--playbook", "welcome")

    assert "started: event go-live" in done
    assert 'plan == "growth": true' in done
    assert "performed call: create-task welcome/ada/1/call" in " ".join(done.split())
    assert "nothing was decided" in not_done
    assert 'not true: plan == "growth": false' in not_done
    assert 'plan: "free"' in not_done


def test_why_tells_what_limits_hold_back_and_what_they_ended(
    counter: Counter, tmp_path: Path
) -> None:
    """With the step, until when, and which limit it is."""
    shop = project(tmp_path / "p", "news: on login -> notify", "greeting: on login -> greet")
    with (shop / "cuebook.yaml").open("a") as settings:
        settings.write("limits: {notify: {digest: {every: 1 day, do: notify}}}\n")
        settings.write('never: [{do: greet, if: plan == "growth"}]\n')
    counter.told("deploy", shop)
    counter("send", "ada", "login")
    counter.told("run", "--until-idle")

    _, news, _ = counter("why", "ada", "--playbook", "news")
    _, greeting, _ = counter("why", "ada", "--playbook", "greeting")
    told = counter.told("why", "ada", "--playbook", "news")

    assert re.search(r"held back: notify-1 until \S.*: digest notify\n", news)
    assert "never greet if plan" in greeting
    [held] = told["playbooks"][0]["held_back"]
    assert (held["step"], held["note"]) == ("notify-1", "digest notify")


def test_why_for_programs_holds_the_same(counter: Counter) -> None:
    """Instants as text, reasons as trees."""
    told = counter.told("why", "bo", "--playbook", "welcome")

    [trigger] = told["playbooks"][0]["triggers"]
    assert trigger["failed"]["text"] == 'plan == "growth"'
    assert trigger["event_at"].endswith("+00:00")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["zoe"], "nothing was decided about zoe"),
        (["ada", "--playbook", "welcom"], "there is no playbook welcom"),
        (["ada", "--at", "2020-01-01"], "nothing was decided about ada"),
        (["ada", "--at", "noon"], "--at: 'noon' is no date or time"),
    ],
)
def test_why_says_what_it_does_not_know(counter: Counter, words: list[str], said: str) -> None:
    """An empty answer would look like a customer to whom nothing happens."""
    code, _, complaints = counter("why", *words)

    assert code == Exit.MISUSE
    assert said in complaints


def test_a_task_is_answered_once(counter: Counter) -> None:
    """The first answer is the one that was acted on."""
    [task] = counter.told("tasks")
    code, out, _ = counter("tasks")
    assert (code, "Call Ada" in out) == (Exit.CLEAN, True)

    assert counter("tasks", "--answer", task["key"], "all is well")[0] == Exit.CLEAN
    assert counter("tasks", "--answer", task["key"], "no, it is not")[0] == Exit.FOUND
    assert counter("tasks", "--answer", "nothing", "at all")[0] == Exit.MISUSE

    assert counter.told("tasks") == []
    assert [one["answer"] for one in counter.told("tasks", "--all")] == ["all is well"]


def test_erasing_asks_and_needs_somebody_to_answer(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no way back."""
    monkeypatch.setattr(sys, "stdin", io.StringIO())
    code, _, complaints = counter("erase", "ada")
    assert (code, "next: cuebook erase ada --yes" in complaints) == (Exit.MISUSE, True)

    monkeypatch.setattr(sys, "stdin", Terminal("\n"))
    code, _, complaints = counter("erase", "ada")
    assert (code, "left alone" in complaints) == (Exit.FOUND, True)
    assert counter.told("export", "ada")["attributes"]["name"] == "Ada"

    code, out, _ = counter("erase", "ada", "--yes")
    assert (code, "stay as evidence" in out) == (Exit.CLEAN, True)
    assert counter("export", "ada")[0] == Exit.MISUSE
    assert counter.told("status")["customers"] == 1


def test_an_export_is_one_object(counter: Counter) -> None:
    """All of it, for whoever has a right to it."""
    told = counter.told("export", "ada")

    assert list(told) == [
        "customer", "attributes", "events", "runs", "decisions", "actions", "refused", "tasks",
    ]  # fmt: skip
    assert told["tasks"][0]["title"] == "Call Ada"


@pytest.mark.parametrize(
    "command", ["status", "why", "tasks", "retry", "erase", "export", "db", "deploy", "run", "send"]
)
def test_asking_for_help_loads_no_database(command: str) -> None:
    """Help is asked for often, and waited for."""
    code = (
        f"import sys; from cuebook.cli.main import main; main([{command!r}, '--help'])\n"
        "print(*sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, env=ENV, capture_output=True)
    loaded = {name.split(".")[0] for name in done.stdout.decode().splitlines()[-1].split()}

    assert not loaded & {"sqlalchemy", "alembic", "pydantic", "lark", "yaml", "jinja2"}
