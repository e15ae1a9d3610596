"""`cuebook refused`: what came in over HTTP and was not taken."""

from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.reading import STRANGER
from cuebook.engine.runtime.receiving import Refusal

from .counter import WELCOME, Counter, project


@pytest.fixture
def counter(url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Counter:
    """Return a counter over a database in which one thing of two sources each was refused."""
    counter = Counter(url, capsys)
    counter.told("deploy", project(tmp_path / "p", WELCOME))
    engine = Engine(url)
    engine.receive(
        [], [Refusal("web", "no customer", '{"event": "x"}'), Refusal("shop", "odd", "y")]
    )
    engine.database.pool.dispose()
    return counter


def test_what_was_refused_is_listed_and_needs_a_person(counter: Counter) -> None:
    """A sender that is wrong goes on being wrong until somebody looks."""
    code, out, _ = counter("status")
    assert code == Exit.FOUND
    assert "2 refused at the doors: what came in\n next: cuebook refused\n" in out

    code, out, _ = counter("refused", "--source", "web")
    assert code == Exit.FOUND
    assert "no customer" in out
    assert "odd" not in out


def test_calls_of_strangers_are_told_apart_and_need_nobody(counter: Counter, url: str) -> None:
    """A website sends them all day, and a status that always complains is not read."""
    counter.told("refused", "--all", "--forget")
    engine = Engine(url)
    engine.receive([], [Refusal("web", STRANGER, '{"event": "visit"}')])
    engine.database.pool.dispose()

    _, out, _ = counter("status")
    assert "refused at the doors  0" in out
    assert "calls of strangers    1" in out
    assert "next: cuebook refused" not in out

    assert counter("refused")[:2] == (Exit.CLEAN, "nothing was refused\n")
    assert counter("refused", "--strangers")[0] == Exit.CLEAN
    [kept] = counter.told("refused", "--strangers")
    assert kept["reason"] == STRANGER


def test_one_of_them_is_shown_as_it_came(counter: Counter) -> None:
    """It is mended by hand and told again."""
    code, out, _ = counter("refused", "1")
    assert (code, out) == (Exit.FOUND, 'no customer\n{"event": "x"}\n')

    code, _, complaints = counter("refused", "7")
    assert (code, "number 7" in complaints) == (Exit.MISUSE, True)


def test_what_has_been_looked_at_is_forgotten(counter: Counter) -> None:
    """A list that is never empty is not read."""
    code, _, complaints = counter("refused", "--forget")
    assert (code, "--forget needs NUMBER, --source or --all" in complaints) == (Exit.MISUSE, True)
    code, _, complaints = counter("refused", "7", "--forget")
    assert (code, "number 7" in complaints) == (Exit.MISUSE, True)

    assert counter.told("refused", "--source", "web", "--forget") == {"forgotten": 1}
    assert counter("refused", "--all", "--forget")[:2] == (Exit.CLEAN, "1 refusal forgotten\n")
    assert counter("refused")[:2] == (Exit.CLEAN, "nothing was refused\n")
