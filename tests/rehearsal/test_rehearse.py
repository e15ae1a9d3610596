"""A rehearsal: the production core, a clock moved by hand, and actions in order of time."""

import random
from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.engine.core.duration import DAY, SECOND
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.journal import journal_hash
from cuebook.engine.core.occurrence import Changed, Happened
from cuebook.engine.core.program import Program
from cuebook.engine.core.zone import UTC
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.rehearse import Rehearsal, Seen, rehearse

SETTINGS = """\
project: shop
timezone: UTC
attributes: {name: text, churned: boolean}
events: {login: {}, purchase: {amount: number}}
"""
RULES = """\
win-back: no login for 14 days -> notify
welcome: on purchase if count of purchase == 1 -> create-task
gone: when churned -> call-webhook
"""
START = parse_instant("2026-01-01", UTC)


@pytest.fixture
def shop(tmp_path: Path) -> Program:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "cuebook.yaml").write_text(SETTINGS)
    (tmp_path / "playbooks" / "all.play").write_text(RULES)
    compiled = compile_project(tmp_path)
    assert compiled.project is not None, [note.title for note in compiled.report]
    return program(compiled.project)


def day(number: float) -> int:
    return START + round(number * DAY)


def done(rehearsal: Rehearsal) -> list[tuple[int, str, str]]:
    return [(action.at, action.customer, action.playbook) for action in rehearsal.performed]


def invented(seed: int) -> dict[str, list[Seen]]:
    """Return some customers who come and go for a quarter."""
    chance = random.Random(seed)  # noqa: S311 - invented data, the same every time
    histories: dict[str, list[Seen]] = {}
    for number in range(30):
        moments = sorted({START + chance.randrange(90 * DAY // SECOND) * SECOND for _ in range(12)})
        histories[f"c{number:02}"] = [
            Happened(at, chance.choice(["login", "login", "purchase"]), {"amount": 1})
            for at in moments
        ]
    return histories


@pytest.mark.parametrize("seed", range(5))
def test_it_finds_what_a_loop_over_sorted_dates_finds(shop: Program, seed: int) -> None:
    """Recomputed by means that share nothing with the engine."""
    histories = invented(seed)
    until = day(90)
    expected = []
    for customer, told in histories.items():
        logins = [one.at for one in told if isinstance(one, Happened) and one.event == "login"]
        seen = [told[0].at, *[at for at in logins if at > told[0].at]]
        for at, following in zip(seen, [*seen[1:], until], strict=True):
            if at + 14 * DAY < until and at + 14 * DAY <= following:
                expected.append((at + 14 * DAY, customer, "win-back"))
        bought = [one.at for one in told if isinstance(one, Happened) and one.event == "purchase"]
        expected += [(at, customer, "welcome") for at in bought[:1]]

    found = rehearse(shop, {}, histories, start=START, until=until)

    assert done(found) == sorted(expected)
    assert (found.customers, found.events) == (30, sum(map(len, histories.values())))


def test_what_lies_before_the_start_is_history_and_decides_nothing(shop: Program) -> None:
    """Absence counts from the last login, also when that was before the deployment."""
    told: list[Seen] = [Happened(day(-20), "purchase"), Happened(day(-4), "login")]

    found = rehearse(
        shop, {}, {"c": [*told, Happened(day(1), "purchase")]}, start=START, until=day(30)
    )

    assert done(found) == [(day(10), "c", "win-back")]
    assert (found.recalled, found.events) == (2, 1)


def test_the_start_belongs_to_it_and_the_end_does_not(shop: Program) -> None:
    """`--from` is inclusive, `--until` exclusive, for events and for timers."""
    histories: dict[str, list[Seen]] = {
        "a": [Happened(START, "purchase")],
        "b": [Happened(day(14), "purchase")],
    }

    found = rehearse(shop, {}, histories, start=START, until=day(14))
    longer = rehearse(shop, {}, histories, start=START, until=day(14) + 1)

    assert done(found) == [(START, "a", "welcome")]
    assert (found.customers, found.beyond) == (1, 1)
    assert done(longer)[1:] == [(day(14), "a", "win-back"), (day(14), "b", "welcome")]


def test_customers_of_the_file_are_in_place_and_others_are_compared_with_nobody(
    shop: Program,
) -> None:
    """Who was churned at deployment is only learnt; who arrives churned is news."""
    histories: dict[str, list[Seen]] = {"new": [Changed(day(1), {"churned": True})]}

    found = rehearse(shop, {"old": {"churned": True}}, histories, start=START, until=day(2))

    assert done(found) == [(day(1), "new", "gone")]


def test_the_journal_is_the_same_in_every_rehearsal_and_tells_when_something_differs(
    shop: Program,
) -> None:
    """One hash stands for every decision and its reasons."""
    histories = invented(1)
    shuffled = {name: list(told) for name, told in reversed(histories.items())}

    def journal(told: dict[str, list[Seen]]) -> str:
        found = rehearse(shop, {}, told, start=START, until=day(90), journal=True)
        return journal_hash(found.journal)

    assert journal(histories) == journal(shuffled)
    del histories["c07"][0]
    assert journal(histories) != journal(shuffled)


def test_progress_is_told_as_far_as_it_goes(shop: Program) -> None:
    """The bar ends at its end."""
    ticks: list[int] = []
    histories = invented(2)

    rehearse(shop, {}, histories, start=day(10), until=day(40), on_progress=ticks.append)

    assert ticks == sorted(ticks)
    assert ticks[-1] == sum(map(len, histories.values()))
