"""Waits that never end and messages that come twice: what is told, against playing everybody through."""

from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from random import Random

import pytest

from cuebook.dsl import compile_project
from cuebook.engine.core.advance import apply
from cuebook.engine.core.effects import Perform
from cuebook.engine.core.occurrence import Arrived, Changed, Happened, Occurrence
from cuebook.engine.core.plan import Project
from cuebook.engine.core.program import Program

SETTINGS = """\
project: played
attributes:
  plan: {one of: [free, growth]}
  seats: number
events:
  go-live: {amount: number}
  one: {}
  two: {}
  three: {}
"""
CONDITIONS = (
    *('plan == "free"', 'plan == "growth"', 'plan != "free"', "plan is missing"),
    *("seats > 5", "seats <= 5", "seats > 10", "seats is present"),
)
CUSTOMERS = [
    {"plan": plan, "seats": seats}
    for plan, seats in product((None, "free", "growth"), (None, 3, 7, 12))
]
"""A customer for every way in which the conditions can come out."""
DAY = 86_400_000_000
BEGIN = 1_767_600_000_000_000
MAIL = "do: send-email\n    with: {body: Hello, to: a@b.example}"


def compiled(folder: Path, text: str) -> tuple[Project, set[str]]:
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "cuebook.yaml").write_text(SETTINGS, encoding="utf-8")
    (folder / "playbooks" / "p.yaml").write_text(text, encoding="utf-8")
    result = compile_project(folder, year=2026)
    assert result.project is not None, list(result.report)
    return result.project, {note.code for note in result.report}


def book(name: str, on: str, *steps: str, more: str = "") -> str:
    lines = "".join(f"  - {step}\n" for step in steps)
    return f"---\nplaybook: {name}\non: {on}\n{more}steps:\n{lines}"


def performed(
    program: Program, attributes: dict[str, object], what: Sequence[Occurrence]
) -> Iterator[Perform]:
    """Play a customer through some occurrences, and yield what is done."""
    customer = program.customer("c")
    for one in (Arrived(BEGIN, attributes), *what):
        for effect in apply(customer, one, program):
            if isinstance(effect, Perform) and not effect.skipped:
                yield effect


@pytest.mark.parametrize("seed", range(24))
def test_a_wait_is_told_when_no_change_ever_ends_it(seed: int, tmp_path: Path) -> None:
    """Every customer, changed into every other one and again: whether the step behind is come to."""
    until, stop = Random(seed).sample(CONDITIONS, 2)  # noqa: S311 - the same every time
    text = book("p", "go-live", f"wait until: {until}", MAIL, more=f"stop when: {stop}\n")
    project, codes = compiled(tmp_path, text)
    program = Program(project, reasons=False)

    ended = any(
        any(
            performed(
                program,
                begun,
                (
                    Happened(BEGIN + 1, "go-live", {}),
                    Changed(BEGIN + DAY, then),
                    Changed(BEGIN + 2 * DAY, last),
                ),
            )
        )
        for begun, then, last in product(CUSTOMERS, repeat=3)
    )

    assert ("P405" in codes) is not ended


def test_an_event_that_only_comes_behind_a_wait_never_ends_it(tmp_path: Path) -> None:
    """Three playbooks wait for and emit three events; outside, only what nobody emits happens."""
    told = 0
    for seed in range(60):
        folder = tmp_path / str(seed)
        folder.mkdir()
        text, outside = waiting_books(seed)
        project, codes = compiled(folder, text)
        waiting = {plan.playbook for plan in project.plans if plan.first == "wait-for-1"}
        what = [
            Happened(BEGIN + day * DAY, name, {}) for day, name in enumerate(outside * 3, start=1)
        ]
        passed = {one.playbook for one in performed(Program(project, reasons=False), {}, what)}
        told += "P406" in codes

        assert "P406" not in codes or not waiting <= passed

    assert told > 3


def waiting_books(seed: int) -> tuple[str, list[str]]:
    """Return three playbooks, and the events that none of them emits."""
    dice, events = Random(seed), ("one", "two", "three")  # noqa: S311 - the same every time
    books, emitted = list[str](), set[str]()
    for number in range(3):
        on, awaited, sent = (dice.choice(one) for one in (("go-live", *events), events, events))
        first = f"wait for: {awaited}" if dice.random() < 0.6 else "wait: 1 day"
        emitted.add(sent)
        books.append(book(f"p{number}", on, first, f"emit: {sent}", MAIL, more="again: never\n"))
    return "".join(books), [name for name in ("go-live", *events) if name not in emitted]


@pytest.mark.parametrize("seed", range(24))
def test_messages_are_told_when_some_customer_gets_both_at_once(seed: int, tmp_path: Path) -> None:
    """Every customer and every event: whether one instant brings two messages."""
    dice = Random(seed)  # noqa: S311 - the same every time
    conditions = [*CONDITIONS, "event.amount > 50", "event.amount <= 50"]
    first, second, third, fourth = (dice.choice(conditions) for _ in range(4))
    one = book("a", "go-live", f"{MAIL}\n    unless: {second}", more=f"if: {first}\n")
    other = book("b", "go-live", f"{MAIL}\n    if: {fourth}", more=f"if: {third}\n")
    project, codes = compiled(tmp_path, one + other)
    program = Program(project, reasons=False)

    twice = any(
        len(list(performed(program, who, (Happened(BEGIN + 1, "go-live", given),)))) == 2
        for who, given in product(CUSTOMERS, ({}, {"amount": 50}, {"amount": 90}))
    )

    assert ("P408" in codes) is twice
