"""What comes in: whose it is, when it was, and what waits until it is looked at."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path

import pytest

from cuebook.engine.core.duration import DAY, HOUR
from cuebook.engine.core.instant import EARLIEST, LATEST
from cuebook.engine.core.occurrence import Changed, Happened, Requested, Settled
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.mail import Letter, moment, name_of, post, read_body, write_body

from .playing import START, Clock, rows

NAMES = ["", "   ", "\0", "a\0b", "x" * 401, None, 1.5, b"ada", ["ada"], True]


@pytest.mark.parametrize("name", NAMES, ids=repr)
def test_what_names_nobody_is_refused(name: object, engine: Engine, database: Database) -> None:
    """Better at the door than as a customer that nobody can find again."""
    with pytest.raises(ValueError, match="a customer is named by a text of 1 to 400 characters"):
        engine.track(name, "login")  # type: ignore[arg-type]

    assert rows(database, "SELECT count(*) FROM cuebook_inbox") == [(0,)]


def test_one_bad_name_among_many_keeps_out_its_whole_batch(
    engine: Engine, database: Database
) -> None:
    """Nobody has to find out which half was taken."""
    letters = [Letter("ada", "event", "login", {}, START), Letter("", "event", "login", {}, START)]

    with pytest.raises(ValueError, match="a customer is named by"):
        engine.track_many(letters)

    assert rows(database, "SELECT count(*) FROM cuebook_inbox") == [(0,)]


@pytest.mark.parametrize("name", ["ada", "Zoë", "🙂", "a/b%c", "x" * 400, "' OR 1=1 --"])
def test_any_other_text_is_a_name(
    name: str, engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Spelt as it is told, and found again under it."""
    deploy("welcome: on login -> greet")
    engine.track(name, "login")
    engine.tick(perform=False)

    assert [run.customer for run in engine.runs(name)] == [name]


def test_a_number_is_spelt_as_a_text() -> None:
    """Keys of a host's table are often numbers."""
    assert name_of(17) == "17"


def test_half_a_character_is_no_name() -> None:
    """What no encoding can hold is found out before it reaches a database."""
    with pytest.raises(ValueError, match="surrogates not allowed"):
        name_of("a\ud800")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (None, START),
        (START + 1, START + 1),
        (datetime(2026, 1, 1, 11, tzinfo=UTC), START + HOUR),
        (datetime(2026, 1, 1, 11, tzinfo=timezone(timedelta(hours=1))), START),
        (date(2026, 1, 2), START + 14 * HOUR),
        ("2026-01-02T10:00:00+00:00", START + DAY),
        ("2026-01-02 10:00", START + DAY),
    ],
    ids=str,
)
def test_an_instant_may_be_told_in_many_ways(at: object, expected: int) -> None:
    """What has no offset is in UTC; what is not said is now."""
    assert moment(at, START) == expected  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "at",
    [EARLIEST - 1, LATEST + 1, datetime(2026, 1, 1), "soon", "20260101"],  # noqa: DTZ001
    ids=str,
)
def test_what_is_no_instant_is_refused(at: object) -> None:
    """A guess would be an hour off, or a century."""
    with pytest.raises(ValueError, match=r"years 1900 to 9999|without a zone|no date or time"):
        moment(at, START)  # type: ignore[arg-type]


def test_values_are_kept_as_they_came() -> None:
    """A host's own types become what JSON can say."""
    values = {
        "when": datetime(2026, 1, 1, tzinfo=UTC),
        "day": date(2026, 1, 1),
        "price": Decimal("9.5"),
        "tags": ("a", "b"),
        "nothing": None,
    }

    assert write_body(values) == (
        '{"when":"2026-01-01T00:00:00+00:00","day":"2026-01-01","price":9.5,"tags":["a","b"],'
        '"nothing":null}'
    )
    with pytest.raises(TypeError, match="a complex cannot be kept as a value"):
        write_body({"z": 1j, "o": object()})


def test_a_row_is_read_as_what_it_was() -> None:
    """Four kinds of letter, four kinds of occurrence."""
    body = '{"playbook":"b","run":"b/ada/1","step":"s","ending":"failed","note":"no"}'

    assert read_body("event", "login", '{"a":1}', 5, "k") == Happened(5, "login", {"a": 1}, "k")
    assert read_body("change", "", '{"a":null}', 5, None) == Changed(5, {"a": None})
    assert read_body("request", "b", "{}", 5, None) == Requested(5, "b", {})
    assert read_body("settled", "", body, 5, None) == Settled(
        5, "b", "b/ada/1", "s", "failed", "no"
    )


def test_mail_wakes_its_customer_at_the_earlier_of_two_instants(database: Database) -> None:
    """A timer that is due before the letter keeps its place, one after it gives way."""

    def wake() -> list[tuple[str, int]]:
        return rows(database, "SELECT customer, due_at FROM cuebook_wake")

    for at, expected in ((30, 30), (20, 20), (40, 20)):
        with database.write() as connection:
            assert post(database, connection, [Letter("ada", "event", "login", {}, at)]) == 1
        assert wake() == [("ada", expected)]


def test_what_is_told_without_an_instant_is_never_late(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Two processes whose clocks differ lose nothing for it."""
    deploy("welcome: on purchase -> greet")
    engine.track("ada", "login")
    engine.tick(perform=False)
    clock.now -= 6 * HOUR

    engine.track("ada", "purchase")
    engine.tick(perform=False)

    assert [one.decided_at for one in engine.sent()] == [START]
