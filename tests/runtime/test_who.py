"""Whom a condition holds for: the database's answer is that of the condition, judged one by one."""

import sqlite3
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

import cuebook.engine.runtime.query as module
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.intake import change
from cuebook.engine.runtime.schema import standing

from .playing import Clock, rows, write_project

SETTINGS = """\
project: shop
timezone: Europe/Berlin
attributes:
  name: text
  plan: {one of: [free, growth, enterprise]}
  seats: number
  churned: boolean
  renewal_date: date
  seen_at: instant
  notes: text
  address: {city: text}
  tags: {list of: text}
  timezone: timezone
events: {login: {}, purchase: {amount: number}, refund: {}}
lifecycles: {customer: {stages: [trial, active, loyal]}}
signals: {logins_30d: count of login in last 30 days}
segments: {keen: logins_30d >= 2}
kinds: [greet]
"""
PLAYS = """\
quiet: when no login for 14 days -> greet
big: on purchase where (amount > 100) if has purchase where (amount > 100) in last 30 days -> greet
"""


@pytest.fixture
def shop(engine: Engine, clock: Clock, tmp_path: Path) -> Engine:
    """Return an engine with a few customers about whom all is decided."""
    engine.deploy(write_project(tmp_path / "shop", PLAYS, settings=SETTINGS))
    engine.identify("ada", plan="growth", seats=12, name="Ada", timezone="America/New_York")
    engine.identify("bo", plan="free", seats=3, churned=False, renewal_date=date(2026, 2, 1))
    engine.identify("cy", {"address": {"city": "Köln"}, "tags": ["beta"], "stage": "loyal"})
    engine.identify("o'neil", plan="enterprise", seats=0.5, churned=True, name="100% [O'N]?")
    engine.track("ada", "login")
    engine.track("ada", "purchase", {"amount": 120})
    engine.track("bo", "login")
    engine.tick()
    clock.forward(10)
    engine.track("ada", "login")
    engine.tick()
    return engine


@pytest.mark.parametrize(
    ("condition", "found"),
    [
        ('plan == "growth"', ["ada"]),
        ("seats >= 3", ["ada", "bo"]),
        ("not seats >= 3", ["o'neil"]),
        ("churned", ["o'neil"]),
        ("not churned", ["bo"]),
        ("name is missing", ["bo", "cy"]),
        ('name like "100% [O*]?"', ["o'neil"]),
        ('address.city == "Köln"', ["cy"]),
        ('tags contains "beta"', ["cy"]),
        ('any of tags where (it == "beta")', ["cy"]),
        ('none of tags where (it in ["alpha", "beta"])', ["ada", "bo", "o'neil"]),
        ("seats * 2 - 1 > 5", ["ada"]),
        ("12 / seats > 1", ["bo", "o'neil"]),
        ('name matches "\\]\\?$"', ["o'neil"]),
        ("has login since purchase", ["ada"]),
        ("stage is at least active", ["cy"]),
        ("has login in last 7 days", ["ada"]),
        ("no login in last 7 days", ["bo", "cy", "o'neil"]),
        ("count of login >= 2", ["ada"]),
        ("count of login in last 30 days >= 2", ["ada"]),
        ("in segment keen", ["ada"]),
        ("logins_30d == 1", ["bo"]),
        ("days since last login >= 10", ["bo"]),
        ("renewal_date in next 30 days", ["bo"]),
        ("has purchase where (amount > 100) in last 30 days", ["ada"]),
        ('seats > 1 and (tags contains "x" or has login in last 7 days)', ["ada"]),
        ("has refund or seats < 1", ["o'neil"]),
    ],
)
def test_conditions_find_whom_they_hold_for(shop: Engine, condition: str, found: list[str]) -> None:
    """Attributes, segments, stages and history, by columns or by a look at the state."""
    assert list(shop.who(condition).customers) == found
    assert shop.who(condition, counting=True).number == len(found)


def test_what_is_due_counts_as_decided(shop: Engine, clock: Clock) -> None:
    """Time and mail that no worker has come to yet change the answer all the same."""
    shop.track("bo", "login")
    shop.identify("new", plan="free", seats=99)

    found = shop.who("seats > 50 or logins_30d == 2")

    assert found.customers == ("ada", "bo", "new")
    assert found.waiting == 2


def test_what_was_true_then_is_found_in_the_log(shop: Engine, clock: Clock, tmp_path: Path) -> None:
    """As it was answered then: before things happened, and before other questions were deployed."""
    conditions = (
        "seats > 3", "no login in last 7 days", "in segment keen", "count of login in last 12 days >= 2",
        "count of refund in last 4 days == 1", 'stage == "active"', "days since last refund >= 2",
        'name matches "x+" or seats is missing', "logins_30d == 1",
    )  # fmt: skip
    answered = []
    for step in range(5):
        shop.tick()
        answered.append((clock.now, {one: shop.who(one, columns=("seats",)) for one in conditions}))
        clock.forward(3)
        shop.track("bo", ("login", "refund")[step % 2])
        shop.identify("ada", seats=step, stage="active" if step % 2 else "trial")
        shop.track(f"new{step}", "login")
        if step == 2:
            more = f"{PLAYS}late: when no login for 20 days -> greet\n"
            shop.deploy(write_project(tmp_path / "more", more, settings=SETTINGS))
    shop.tick()

    for at, found in answered:
        for condition, told in found.items():
            again = shop.who(condition, columns=("seats",), at=at)
            assert (again.customers, again.rows) == (told.customers, told.rows), (at, condition)
            assert shop.who(condition, counting=True, at=at).number == told.number
    assert shop.who("seats is present", at=answered[0][0], limit=1).number == 3
    with pytest.raises(ValueError, match="nobody knows yet"):
        shop.who("seats > 1", at=clock.now + 1)


def test_a_few_are_told_and_all_are_counted(shop: Engine, clock: Clock) -> None:
    """The first ones by their ids, those among them of whom something is due."""
    shop.identify("amy", seats=60)
    shop.identify("ada", seats=0)

    found = shop.who("seats > 0", limit=2)

    assert (found.customers, found.number, found.waiting) == (("amy", "bo"), 3, 2)
    assert shop.who("seats > 0", counting=True).number == 3


def test_more_than_a_statement_names_may_have_something_due(shop: Engine) -> None:
    """After a deployment that concerns everybody all are judged, however many they are."""
    names = [f"n{number:03}" for number in range(600)]
    shop.track_many(change(name, {"seats": 1}, now=0) for name in names)

    found = shop.who("seats == 1 or seats == 12", limit=3)

    assert (found.customers, found.number, found.waiting) == (("ada", "n000", "n001"), 601, 600)


def test_ids_of_any_kind_are_told_as_they_are(shop: Engine) -> None:
    """Whatever stands between them on their way here."""
    odd = ["a\nb", 'q"', "\\n", "\x1e1", "東京"]
    shop.track_many(change(name, {"seats": 70}, now=0) for name in odd)
    shop.tick()

    assert list(shop.who("seats == 70").customers) == sorted(odd)


def test_more_ids_than_a_text_holds_are_told_in_rows(
    shop: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A text has an end, at a billion bytes; here it comes sooner."""
    monkeypatch.setattr(module, "_SMALL", "false")
    names = [f"{'n' * 150}{number:03}" for number in range(300)]
    shop.track_many(change(name, {"seats": 70}, now=0) for name in names)
    shop.tick()
    with shop.database.read() as connection:
        driver = connection.connection.driver_connection
        if isinstance(driver, sqlite3.Connection):
            driver.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, 40_000)

    found = shop.who("seats == 70")

    assert list(found.customers) == names
    assert "json_group_array" not in found.sql
    assert "string_agg" not in found.sql


def test_the_part_that_no_column_holds_is_told(shop: Engine) -> None:
    """An author sees what was asked of the database, and what was judged."""
    found = shop.who('seats > 1 and name matches "x+"')

    assert (found.asked, found.judged) == ("seats > 1", 'name matches "x+"')
    assert (found.number, found.one_by_one) == (0, 2)


def test_only_those_are_judged_of_whom_columns_are_in_doubt(shop: Engine, clock: Clock) -> None:
    """Some logins of ada lie in the window and some do not; seats of cy are too many to calculate with."""
    shop.identify("cy", seats=2**52)
    clock.forward(1)
    shop.track("ada", "login")
    shop.tick()

    often = shop.who("seats > 0 and count of login in last 5 days < 3")
    twice = shop.who("count of login in last 5 days == 2")
    times = shop.who("seats * 3 > 30", limit=1)

    assert (often.number, often.one_by_one) == (4, 0)
    assert (twice.customers, twice.one_by_one) == (("ada",), 1)
    assert (times.customers, times.number, times.one_by_one) == (("ada",), 2, 1)
    assert times.asked == times.judged == "seats * 3 > 30"


def test_a_condition_with_a_mistake_is_told_with_its_place(shop: Engine) -> None:
    """As `check` tells it."""
    with pytest.raises(ValueError, match="seets"):
        shop.who("seets > 1")


def test_columns_are_told_as_json(shop: Engine) -> None:
    """What a list or a file shows beside each name."""
    found = shop.who("seats is present", columns=("seats", "renewal_date"), limit=2)

    assert found.number == 3
    assert found.rows == (
        {"seats": 12, "renewal_date": None},
        {"seats": 3, "renewal_date": "2026-02-01"},
    )


def test_an_index_for_a_question_is_used_and_belongs_to_no_version(
    shop: Engine, database: Database
) -> None:
    """Made, made again, taken away; `db check` finds nothing to complain about."""
    asked = 'plan == "growth" and seats >= 10 and no login in last 2 days'
    name = shop.index(asked)

    assert shop.index(asked) == name
    assert standing(database, compare=True).differences == ()
    assert shop.who(asked).customers == ()
    if database.dialect == "sqlite":
        plan = rows(database, f"EXPLAIN QUERY PLAN {shop.who(asked).sql}", "growth", 10.0, 1)
        assert f"USING COVERING INDEX {name}" in plan[0][3]
    assert shop.drop_index(asked) == shop.drop_index(asked) == name
    with pytest.raises(ValueError, match="no column tells"):
        shop.index('name matches "x+"')


def test_who_cannot_be_decided_about_is_left_out_and_counted(
    shop: Engine, database: Database
) -> None:
    """One broken state must not hold up the answer about everybody else."""
    shop.track("bo", "login")
    with database.write() as connection:
        database.run(connection, "UPDATE cuebook_customer SET state = '{' WHERE id = 'bo'")

    found = shop.who("seats > 1")

    assert (found.customers, found.left_out) == (("ada",), 1)


def test_facts_are_filled_in_when_there_are_none(
    shop: Engine, database: Database, another: Callable[..., Engine]
) -> None:
    """After an upgrade nobody has any; a worker that has nothing else to do writes them."""
    before = rows(database, "SELECT * FROM cuebook_fact ORDER BY customer")
    with database.write() as connection:
        database.run(connection, "UPDATE cuebook_fact SET layout = 0, n2 = NULL, t1 = NULL")
    assert shop.who("seats > 1").waiting == 4

    another().tick()

    assert shop.who("seats > 1").waiting == 0
    assert rows(database, "SELECT * FROM cuebook_fact ORDER BY customer") == before
