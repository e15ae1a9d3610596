"""The numbers of a report: the same from both databases, and what their definitions say."""

import math
import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from cuebook.dsl import compile_project
from cuebook.engine.core.duration import DAY, HOUR
from cuebook.engine.core.instant import iso, parse_instant
from cuebook.engine.core.plan import Project
from cuebook.engine.core.zone import UTC, zone
from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.figures.kpis import KpiSeries, kpis
from cuebook.engine.runtime.figures.kpis_windows import Grid
from cuebook.engine.runtime.figures.report import Asked, NothingToTell, report
from cuebook.engine.runtime.figures.sheets import Quantity, sheets
from cuebook.engine.runtime.figures.spans import PERS
from cuebook.engine.runtime.intake import change, happening
from cuebook.engine.runtime.mail import post

from ..playing import SETTINGS, START, Clock
from .reckoning import Event, Here, Life, reckoned

CORPUS = Path(__file__).parents[2] / "corpus" / "ok" / "kpis"
HELLO = "hello: on go-live -> create-task"
KPIS = """\
kpis:
  value: {standard: average value, of: purchase.amount, unit: EUR}
  rate:
    is: number of customers where (has purchase and has purchase 1 period after) / early
    title: Twice
    unit: "%"
    target: 60%
  early: {is: number of customers where (has purchase), indicator: leading}
"""
BERLIN = zone("Europe/Berlin")
BEGIN = parse_instant("2025-12-20", UTC)
NUMBERS: list[tuple[object, float | None]] = [
    (0, 0), (1, 1), (30.5, 30.5), ("120", 120), (" 12.25 ", 12.25), ("1e2", 100), ("-3", -3),
    (".5", 0.5), ("+7.", 7), ("007", 7), ("12 EUR", None), ("", None), (None, None), (True, None),
    ([1], None), (9, 9), (10, 10), (4, 4), (5, 5), (150, 150), (float("nan"), None), (1e-7, 1e-7),
]  # fmt: skip
TEXTS: list[tuple[object, str | None]] = [
    ("bag", "bag"), ("Bag", "Bag"), ("shirt", "shirt"), ("red shirt", "red shirt"), ("", ""),
    ("nps", "nps"), ("csat", "csat"), ("ces", "ces"), (12, "12"), (True, "true"), (None, None),
    ({"a": 1}, None), ("größe 😀", "größe 😀"), ("100% _\\", "100% _\\"), ("nil \0", "nil ?"), ("half \ud800", "half ?"),
]  # fmt: skip
BOOLEANS: list[tuple[object, bool | None]] = [
    (True, True), (False, False), ("yes", True), ("No", False), (1, True), ("0", False),
    ("maybe", None), (None, None),
]  # fmt: skip
PLANS: list[tuple[object, str | None]] = [
    ("free", "free"), ("Growth", "growth"), (" growth ", "growth"), ("gold", None), (None, None),
]  # fmt: skip
SOURCES: list[tuple[object, str | None]] = [("search", "search"), ("Referral", "referral")]
CHOICES: dict[str, list[tuple[Any, Any]]] = {
    "amount": NUMBERS, "value": NUMBERS, "score": NUMBERS, "seats": NUMBERS, "sku": TEXTS,
    "survey": TEXTS, "campaign": TEXTS, "gift": BOOLEANS, "trial": BOOLEANS, "plan": PLANS,
    "source": SOURCES,
}  # fmt: skip


@pytest.fixture(scope="module")
def project() -> Project:
    """Return the project of the corpus, whose KPIs hold every construct there is."""
    compiled = compile_project(CORPUS, year=2026).project
    assert compiled is not None
    return compiled


def test_random_logs_give_what_the_definitions_say(database: Database, project: Project) -> None:
    """Values of every kind and spelling, late and twice; periods of each length."""
    for seed in range(6):
        dice = random.Random(seed)  # noqa: S311 - a log, and no secret
        told = Told(dice, project)
        told.write(database)
        since, until = BEGIN + 10 * DAY, BEGIN + dice.randint(30, 90) * DAY
        per = PERS[seed % len(PERS)]

        found = kpis(database, project, since, until, per)

        expected = told.expected(project, Grid(since, until, None, BERLIN))
        expected |= told.expected(project, Grid(since, until, per, BERLIN))
        wrong = [one for one in _told(found) if not same(one, expected[one[:4]])]
        assert not wrong, (seed, per, wrong[:3], [expected[one[:4]] for one in wrong[:3]])
        assert len(_told(found)) == len(expected)


def test_a_report_tells_the_kpis_that_are_declared_now(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Of a time before they were declared, too; leading ones first, with what is missed and open."""
    deploy(HELLO, settings=SETTINGS)
    for day, customer in ((1, "ada"), (2, "bo"), (40, "ada")):
        engine.track(customer, "purchase", {"amount": 20}, at=iso(START + day * DAY), id=str(day))
    clock.forward(50)
    engine.tick()
    deploy(HELLO, settings=SETTINGS + KPIS)
    clock.forward(1)

    told = report(engine.database, Asked(START, START + 31 * DAY, "week"))

    assert [one.name for one in told.kpis] == ["early", "value", "rate"]
    found = {sheet.about: sheet for sheet in sheets(told) if sheet.figure == "kpis"}
    assert found["leading"].rows == (("early", Quantity(2.0, ""), None, (2.0, 0.0, 0.0, 0.0, 0.0)),)
    value, rate = found[""].rows
    assert rate[:3] == ("Twice", Quantity(0.5, "%"), Quantity(0.6, "%"))
    assert value[1] == Quantity(20.0, "EUR")
    assert found[""].said == ("target missed: Twice", "still open, for it looks ahead: Twice")


def test_more_periods_than_one_statement_tells_are_told(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Day by day for half a year: what was bought stands on its day, and on none of the others."""
    deploy(HELLO, settings=SETTINGS + KPIS)
    days = (0, 98, 99, 100, 101, 179)
    for day in days:
        engine.track("ada", "purchase", {"amount": day + 1}, at=iso(START + day * DAY), id=str(day))
    clock.forward(200)
    engine.tick()

    told = report(engine.database, Asked(START, START + 180 * DAY, "day", kpis=("early", "value")))

    found = {one.name: [value.value for value in one.values] for one in told.kpis}
    bought = {START + day * DAY: day + 1.0 for day in days}
    spent = [[n for at, n in bought.items() if p.since <= at < p.until] for p in told.spans]
    assert found["early"] == [float(len(one)) for one in spent]
    assert found["value"] == [one[0] if one else None for one in spent]
    assert len(told.spans) > 100
    assert [one.whole[0].value for one in told.kpis] == [1.0, sum(days) / 6 + 1]


def test_who_was_erased_is_still_counted_without_values(
    engine: Engine, deploy: Callable[..., Path], clock: Clock
) -> None:
    """That somebody bought is evidence, for how much is personal."""
    deploy(HELLO, settings=SETTINGS + KPIS)
    for customer, amount in (("ada", 20), ("bo", 40)):
        engine.track(customer, "purchase", {"amount": amount}, at=iso(START), id=customer)
    engine.tick()
    clock.forward(1)
    engine.erase("ada")

    told = report(engine.database, Asked(START, START + DAY, kpis=("early", "value")))

    assert {one.name: one.whole[0].value for one in told.kpis} == {"early": 2, "value": 40}


def test_a_kpi_that_nobody_declares_is_told_with_the_nearest(
    engine: Engine, deploy: Callable[..., Path]
) -> None:
    """As everything else that a report cannot be asked for."""
    deploy(HELLO, settings=SETTINGS + KPIS)

    with pytest.raises(NothingToTell, match="no KPI `vallue`") as caught:
        report(engine.database, Asked(kpis=("vallue",)))

    assert caught.value.hint == "report --kpi value"


def _told(found: list[KpiSeries]) -> list[tuple[Any, ...]]:
    return [
        (one.name, value.period, value.since, value.group, value.value)
        for one in found
        for value in (*one.whole, *one.values)
    ]


def same(found: tuple[Any, ...], expected: float | None) -> bool:
    """Whether two numbers are equal, but for the order in which a database adds up."""
    value = found[-1]
    if value is None or expected is None:
        return value is expected
    return math.isclose(value, expected, rel_tol=1e-12, abs_tol=1e-12)


class Told:
    """A random log: how it came in, and what it says."""

    def __init__(self, dice: random.Random, project: Project) -> None:
        self.dice = dice
        self.words = project.vocabulary
        self.lives: dict[str, Life] = {}
        self.letters: list[Any] = []
        for order in range(dice.choice([0, 40, 250])):
            self._tell(f"c{dice.randint(0, 12)}", order)

    def _tell(self, customer: str, order: int) -> None:
        at = BEGIN + self.dice.randint(0, 100 * 4) * 6 * HOUR
        life = self.lives.setdefault(customer, Life())
        if self.dice.random() < 0.2:
            raw, values = self._values(["plan", "seats", "source", "trial"])
            self.letters.append(change(customer, raw, at=at, id=str(order)))
            life.changes.append((at, order, values))
            return
        name = self.dice.choice(list(self.words.events))
        raw, values = self._values(list(self.words.events[name]))
        letter = happening(customer, self._spelt(name), raw, at=at, id=str(order))
        self.letters += [letter] * self.dice.choice([1, 1, 2])
        life.events.append(Event(at, order, name, values))

    def _values(self, names: list[str]) -> tuple[dict[str, object], dict[str, object]]:
        raw, values = dict[str, object](), dict[str, object]()
        for name in names:
            if self.dice.random() < 0.8:
                came, is_ = self.dice.choice(CHOICES[name])
                raw[self._spelt(name)], values[name] = came, is_
        return raw, values

    def _spelt(self, name: str) -> str:
        other = [name.upper(), name.title(), name.replace("-", "_"), name.replace("-", " ")]
        return self.dice.choice([name] * 4 + other)

    def write(self, database: Database) -> None:
        """Write it to the log, decided; and something that waits, which does not count."""
        with database.write() as connection:
            database.run(connection, "DELETE FROM cuebook_inbox")
            post(database, connection, self.letters)
            database.run(connection, "UPDATE cuebook_inbox SET number = id")
            waiting = happening("late", "purchase", {"amount": 1e6}, at=BEGIN + 20 * DAY)
            post(database, connection, [waiting])

    def expected(self, project: Project, grid: Grid) -> dict[tuple[Any, ...], float | None]:
        """Return every number by its definition."""
        if not self.letters:
            return {}
        known = max(grid.until, *(letter.at + 1 for letter in self.letters))
        found = dict[tuple[Any, ...], float | None]()
        for period in grid.periods():
            here = Here(project, grid, period, self.lives, known)
            for kpi in project.kpis:
                for label, group in self._groups(kpi.by):
                    key = (kpi.name, period.name, period.since, label)
                    found[key] = reckoned(kpi.name, group, here)
        return found

    def _groups(self, by: str) -> Iterator[tuple[str | None, object]]:
        options = self.words.attributes[by].options if by else ()
        yield from ((one, one) for one in options)
        if by and not options:
            yield from (("true", True), ("false", False))
        yield None, None
