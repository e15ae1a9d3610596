"""`cuebook who`: over a database and over files, in every form, and with every kind of bad input."""

import csv
import io
import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from cuebook.cli import main as front
from cuebook.cli.exits import Exit

from .counter import Counter, project

QUIET = "quiet: when no login for 14 days -> greet"


@pytest.fixture
def counter(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """Return a counter over a database of three customers, of whom one has logged in."""
    counter = Counter(url, capsys)
    counter.told("deploy", project(tmp_path / "p", QUIET))
    for name, plan, seats in (("ada", "growth", 12), ("bo", "free", 3), ("cy", "growth", 2)):
        counter("send", name, "--set", f"plan={plan}", f"name={name.title()}", f"seats={seats}")
    counter("send", "ada", "login")
    counter.told("run", "--until-idle")
    return counter


def test_who_is_listed_with_how_that_was_found(counter: Counter) -> None:
    """Names on standard output, the sentence on standard error."""
    code, out, said = counter(
        "who", 'plan == "growth" and no login in last 7 days and name matches "y+$"'
    )

    assert (code, out.split()[-1]) == (Exit.CLEAN, "cy")
    assert said == (
        '1 customer\nasked of the database: plan == "growth" and no login in last 7 days; '
        'judged one by one over 1 customer: name matches "y+$"\n'
    )


def test_who_is_counted(counter: Counter) -> None:
    """One number, for a script."""
    assert counter("who", "seats >= 3", "--count")[1] == "2\n"
    assert counter.told("who", "seats >= 3", "--count")["number"] == 2


def test_columns_and_forms(counter: Counter) -> None:
    """CSV for a sheet, lines of JSON for a program, at most as many as are wanted."""
    words = ("who", "seats > 0", "--columns", "Name, seats")

    sheet = list(csv.DictReader(io.StringIO(counter(*words, "--format", "csv")[1])))
    lines = counter(*words, "--limit", 1, "--format", "jsonl")[1].splitlines()
    told = counter.told(*words, "--limit", 2)

    assert sheet[1] == {"customer": "bo", "name": "Bo", "seats": "3"}
    assert list(map(json.loads, lines)) == [{"customer": "ada", "name": "Ada", "seats": 12}]
    assert (told["number"], len(told["customers"])) == (3, 2)


def test_the_past_of_a_database_is_read_from_its_log(counter: Counter) -> None:
    """Before anything was told there is nobody; what was told since is not looked at."""
    code, out, said = counter("who", "seats > 0", "--count", "--at", "2020-01-01")
    now = counter.told("who", "seats > 0", "--at", datetime.now(UTC).isoformat())

    assert (code, out) == (Exit.CLEAN, "0\n")
    assert said == "asked of the database: nothing; judged one by one over 3 customers: seats > 0\n"
    assert (now["number"], now["one_by_one"]) == (3, 3)


def test_the_query_is_shown_without_values(counter: Counter) -> None:
    """Whoever wonders why something is slow sees what the database was asked."""
    said = counter("who", 'plan == "growth"', "--explain")[2].partition("SELECT")[2]

    assert "FROM cuebook_fact" in said
    assert "growth" not in said


def test_an_index_is_made_and_taken_away(counter: Counter) -> None:
    """Of what columns tell nothing, none helps."""
    made = counter("who", 'plan == "growth"', "--index", "--count")
    gone = counter("who", 'plan == "growth"', "--drop-index", "--count")
    refused = counter("who", 'name matches "a+"', "--index")

    assert (made[:2], gone[:2]) == ((0, "2\n"), (0, "2\n"))
    assert made[2].startswith("index cuebook_for_")
    assert gone[2].split("\n")[0].endswith(" is gone")
    assert (refused[0], "an index would not help" in refused[2]) == (Exit.MISUSE, True)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("seets > 1",), "unknown attribute `seets`"),
        (("seats >",), "condition:1:"),
        (("seats > 1", "--columns", "nam"), "cuebook who … --columns name"),
        (("seats > 1", "--limit", "0"), "at least one"),
        (("seats > 1", "--at", "2999-01-01"), "is still to come"),
        (("seats > 1", "--at", "2026-01-01", "--index"), "no index helps with --at"),
    ],
)
def test_bad_input_is_told_with_what_to_do(
    counter: Counter, words: tuple[str, ...], said: str
) -> None:
    """As `check` tells it, with the place; nothing is printed where data stands."""
    code, out, complaints = counter("who", *words)

    assert (code, out) == (Exit.MISUSE, "")
    assert said in complaints
    assert " next: cuebook who" in complaints


def test_an_unknown_database_is_told(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A slip in the name makes no empty file."""
    missing = tmp_path / "none.db"

    code = front.main(["who", "seats > 1", "--db", f"sqlite:///{missing}"])

    assert (code, missing.exists()) == (Exit.MISUSE, False)
    assert "there is no database" in capsys.readouterr().err


def test_files_are_asked_as_well(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """Before anything is deployed, over what a rehearsal reads; nothing has to ask for logins."""
    folder = project(tmp_path / "p")
    (folder / "data").mkdir()
    (folder / "data" / "customers.csv").write_text("id,plan,seats\nada,growth,12\nbo,free,3\n")
    (folder / "data" / "events.csv").write_text(
        "at,customer,event\n2026-03-01,ada,login\n2026-03-20,cy,login\n"
    )
    words = ["who", "has login in last 10 days or seats < 5", str(folder)]

    assert front.main([*words, "--format", "jsonl", "--columns", "seats"]) == Exit.CLEAN
    now = capsys.readouterr().out.splitlines()
    assert front.main([*words, "--at", "2026-03-05", "--count"]) == Exit.CLEAN

    assert [json.loads(line) for line in now] == [
        {"customer": "bo", "seats": 3},
        {"customer": "cy", "seats": None},
    ]
    assert capsys.readouterr().out == "2\n"

    named = ["--customers", str(folder / "data" / "customers.csv"), "--count"]
    assert front.main([*words, *named]) == Exit.CLEAN
    assert capsys.readouterr().out == "1\n"  # Without the events nobody logged in.
    assert front.main([*words, "--db", "sqlite:///plays.db"]) == Exit.MISUSE
    assert "--db and a project or its files are two sources" in capsys.readouterr().err
