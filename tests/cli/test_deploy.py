"""`cuebook db` and `cuebook deploy`: from nothing to a program that decides."""

from pathlib import Path

import pytest

from cuebook.cli import main as front
from cuebook.cli.databases import url_of
from cuebook.cli.exits import Exit

from .counter import WELCOME, Counter, project

TEST = """\
tests:
  - test: a growth customer is called
    customer: {plan: growth, name: Ada}
    timeline:
      - {at: 2026-03-02 10:00, event: go-live}
    expect:
      - do: create-task
        at: 2026-03-02 10:00
"""


@pytest.fixture
def counter(url: str, capsys: pytest.CaptureFixture[str]) -> Counter:
    """Return a counter over a database with our tables."""
    return Counter(url, capsys)


def test_tables_are_made_once_and_looked_at(
    bare_url: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first command of an installation, on either database."""
    counter = Counter(bare_url, capsys)

    made, again = counter.told("db", "upgrade"), counter.told("db", "upgrade")
    code, out, _ = counter("db", "check")

    assert (made["before"], made["version"]) == (None, made["wanted"])
    assert again["before"] == again["version"]
    assert (code, "as they should be" in out) == (Exit.CLEAN, True)


def test_a_missing_column_is_found(counter: Counter) -> None:
    """Somebody has been at the tables."""
    from cuebook.engine.runtime.database import Database

    database = Database(counter.url)
    with database.write() as connection:
        database.run(connection, "ALTER TABLE cuebook_outbox DROP COLUMN spent")
    database.pool.dispose()

    code, out, _ = counter("db", "check")

    assert code == Exit.FOUND
    assert "1 difference" in out
    assert "spent" in out


def test_the_sql_is_printed_without_a_server(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever may not let programs make tables makes them by hand."""
    assert front.main(["db", "sql", "postgresql://nobody@nowhere/nothing"]) == Exit.CLEAN
    out = capsys.readouterr().out
    assert "CREATE TABLE cuebook_outbox" in out
    assert "BIGSERIAL" in out


def test_a_database_that_is_not_there_is_not_made_by_asking(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in a path would else leave an empty file and a puzzled person."""
    missing = tmp_path / "plays.db"

    assert front.main(["status", "--db", f"sqlite:///{missing}"]) == Exit.MISUSE

    assert f"next: cuebook db upgrade sqlite:///{missing}" in capsys.readouterr().err
    assert not missing.exists()


@pytest.mark.parametrize(
    "bad", ["postgresql://me:s3cret@127.0.0.1:1/none", "postgrex://me:s3cret@host/x", "s3cret"]
)
def test_a_password_is_never_printed(bad: str, capsys: pytest.CaptureFixture[str]) -> None:
    """Errors end in logs and chats."""
    assert front.main(["status", "--db", bad]) == Exit.MISUSE
    said = capsys.readouterr()
    assert "s3cret@" not in said.out + said.err


def test_the_line_then_the_environment_then_the_folder_says_which_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What was asked for nearest wins."""
    monkeypatch.delenv("CUEBOOK_DB", raising=False)
    assert url_of(None) == "sqlite:///cuebook.db"
    monkeypatch.setenv("CUEBOOK_DB", "sqlite:///a.db")
    assert url_of(None) == "sqlite:///a.db"
    assert url_of("sqlite:///b.db") == "sqlite:///b.db"


def test_what_is_new_changed_and_gone_is_told(counter: Counter, tmp_path: Path) -> None:
    """Before anybody wonders, the deployment says what it does."""
    other = "other: on login -> greet"
    slow = WELCOME.replace("steps:", "steps:\n  - wait: 7 days")
    counter.told("deploy", project(tmp_path / "p", slow, other))
    counter("send", "ada", "--set", "plan=growth", "name=Ada")
    counter("send", "ada", "go-live")
    counter("run", "--until-idle")

    changed = slow.replace("7 days", "8 days").replace(
        "on: go-live", "on: go-live\nin flight: finish old"
    )
    told = counter.told("deploy", project(tmp_path / "p", changed, "third: on login -> greet"))

    rows = [(r["playbook"], r["is_now"], r["runs"], r["in_flight"]) for r in told["playbooks"]]
    assert rows == [
        ("other", "gone", 0, ""),
        ("third", "new", 0, ""),
        ("welcome", "changed", 0, ""),
        ("welcome", "before", 1, "finish old"),
    ]
    assert counter.told("deploy", tmp_path / "p")["deployed"] is False


def test_a_project_whose_tests_fail_is_not_deployed(counter: Counter, tmp_path: Path) -> None:
    """What decided before still does, and the failing test is told."""
    counter.told("deploy", project(tmp_path / "p", WELCOME, tests=TEST))
    wrong = project(tmp_path / "p", WELCOME.replace("growth", "free"), tests=TEST)

    code, out, complaints = counter("deploy", wrong)

    assert (code, out) == (Exit.FOUND, "")
    assert "a growth customer is called" in complaints
    assert f"nothing was deployed; what decided before still does\n next: cuebook test {wrong}" in (
        complaints
    )
    assert counter.told("deploy", wrong, "--without-tests")["deployed"] is True


def test_a_project_with_a_mistake_is_not_deployed(counter: Counter, tmp_path: Path) -> None:
    """All mistakes are told, as by `check`."""
    code, _, complaints = counter(
        "deploy", project(tmp_path / "p", WELCOME.replace("plan", "plam"))
    )

    assert code == Exit.FOUND
    assert "plam" in complaints
    assert "next: cuebook check" in complaints
