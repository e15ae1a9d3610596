"""Texts that find nothing, promises, latecomers, moved dates: what is told, against playing everybody through."""

from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from itertools import product
from pathlib import Path
from random import Random

import pytest

from cuebook.dsl import compile_project
from cuebook.engine.core.effects import Perform
from cuebook.engine.core.occurrence import Arrived, Changed, Happened, Occurrence, Passed
from cuebook.engine.core.plan import Project
from cuebook.engine.core.program import Program
from cuebook.engine.render import Renderer
from cuebook.engine.standing_in import player

SETTINGS = """\
project: played
attributes:
  plan: {one of: [free, growth]}
  seats: number
  email: text
  renewal_date: date
events:
  go-live: {amount: number}
  signed: {}
"""
DAY = 86_400_000_000
BEGIN = 1_767_600_000_000_000
"""Monday, 5 January 2026, 8:00 UTC."""
CUSTOMERS = [
    {"plan": plan, "seats": seats, "email": "a@b.example"}
    for plan, seats in product((None, "free", "growth"), (None, 3, 12))
]
"""A customer for every way in which the conditions can come out."""
CONDITIONS = (
    *('plan == "free"', 'plan == "growth"', 'plan in ["free", "growth"]', "plan is missing"),
    *("seats > 5", "seats <= 5", "seats is present", "seats is missing"),
)
PURPOSES = (
    'with: {body: Hi, to: "{{ customer.email }}"}',
    "with: {body: Hi, to: a@b.example, purpose: service}",
)


def compiled(folder: Path, text: str, more: str = "") -> tuple[Project, set[str]]:
    """Compile one playbook; return the project and what is said about it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "cuebook.yaml").write_text(SETTINGS + more, encoding="utf-8")
    (folder / "playbooks" / "p.yaml").write_text(text, encoding="utf-8")
    result = compile_project(folder, year=2026)
    assert result.project is not None, list(result.report)
    return result.project, {note.code for note in result.report}


def lived(
    program: Program, attributes: Mapping[str, object], what: Sequence[Occurrence], until: int
) -> list[Perform]:
    """Let a customer live through some occurrences; return what is done, or refused by a promise."""
    play = player(program, {})
    life = (Arrived(BEGIN, attributes), *what, Passed(BEGIN + until))
    effects = play(program.customer("c"), life, program)
    each = [effect for effect in effects if isinstance(effect, Perform)]
    return [one for one in each if not one.skipped.startswith(("if:", "unless:", "late:"))]


# --- texts that find nothing ----------------------------------------------------------------------

ASKED = ("", "event.amount > 50", "event.amount is present", 'plan == "free"', "seats > 5")
NAMED = ("{{ event.amount }}", "{{ event.amount | default('some') }}", "{{ customer.plan }}")
HAPPENED = (("go-live", {"amount": 20}), ("go-live", {"amount": 90}), ("signed", {}))
"""Each event with all that it may carry: what is declared of an event is always told."""


def sent(seed: int) -> tuple[str, bool]:
    """Return a playbook that sends a text, and whether it says itself that a plan may be missing."""
    dice = Random(seed)  # noqa: S311 - the same every time
    on = dice.choice(("go-live", "signed", "[go-live, signed]"))
    asked, guard, named = dice.choice(ASKED), dice.choice(ASKED), dice.choice(NAMED)
    if on == "signed":
        asked, guard = (one if "event" not in one else "" for one in (asked, guard))
        named = named.replace("event.amount", "customer.seats")
    doubted = dice.random() < 0.5
    lines = [f"playbook: p\non: {on}\n"]
    lines += [f"if: {asked}\n"] if asked else []
    lines += ["steps:\n"]
    lines += ["  - {do: create-task, if: plan is missing, with: {title: Ask}}\n"] if doubted else []
    lines += [f'  - do: create-task\n    id: mail\n    with: {{title: "{named}"}}\n']
    lines += [f"    {dice.choice(('if', 'unless'))}: {guard}\n"] if guard else []
    return "".join(lines), doubted


def test_a_text_is_told_when_some_customer_gets_none(tmp_path: Path) -> None:
    """Every customer and every event: whether a text that is come to finds nothing."""
    told = dict.fromkeys((True, False), 0)
    for seed in range(60):
        text, doubted = sent(seed)
        project, codes = compiled(tmp_path / str(seed), text)
        program, renderer = Program(project, reasons=False), Renderer(project)
        names = {one.what.event for one in project.plans[0].triggers}  # type: ignore[union-attr]
        # What nobody doubts is there: then everybody has a plan, and seats.
        whole = [one for one in CUSTOMERS if doubted or one["plan"] is not None]
        whole = [one for one in whole if one["seats"] is not None]
        fails = any(
            renderer.render(one).error
            for who, (event, carried) in product(whole, HAPPENED)
            if event in names
            for one in lived(program, who, [Happened(BEGIN + 1, event, carried)], DAY)
        )
        told["P415" in codes] += 1

        assert ("P415" in codes) is fails, text

    assert min(told.values()) > 5


ANSWERS = (
    ("", "", True),
    ("    if: seats > 5\n", "", False),
    ("    if: seats > 5\n", "    if: seats > 5\n", False),
    ("    if: seats > 5\n", '    if: credit.status == "done"\n', True),
    ("    unless: seats is missing\n", "", False),
)


@pytest.mark.parametrize(("asking", "guard", "fine"), ANSWERS)
def test_an_answer_is_told_when_some_way_does_not_ask_for_it(
    asking: str, guard: str, fine: bool, tmp_path: Path
) -> None:
    """What is said of an answer that two guards keep together is doubt: who asks twice may know."""
    hook = f'  - do: call-webhook\n    with: {{url: "https://a.example"}}\n    as: credit\n{asking}'
    mail = f'  - do: create-task\n    with: {{title: "{{{{ credit.status }}}}"}}\n{guard}'
    project, codes = compiled(tmp_path, f"playbook: p\non: go-live\nsteps:\n{hook}{mail}")
    program, renderer = Program(project, reasons=False), Renderer(project)

    fails = any(
        renderer.render(one).error
        for who in CUSTOMERS
        for one in lived(program, who, [Happened(BEGIN + 1, "go-live", {"amount": 1})], DAY)
    )

    assert ("P415" in codes) is not fine
    assert not (fine and fails)


# --- promises -------------------------------------------------------------------------------------


def forbidden(seed: int) -> tuple[str, str]:
    """Return a playbook that sends something, and a promise about it."""
    dice = Random(seed)  # noqa: S311 - the same every time
    only_if, never, unless, guard = (dice.choice(CONDITIONS) for _ in range(4))
    what = dice.choice(PURPOSES)
    except_for = dice.choice(("", f", unless: '{unless}'", ', unless: with.purpose == "service"'))
    promise = f"never:\n  - {{do: send-email, if: '{never}'{except_for}}}\n"
    step = f"  - do: send-email\n    {what}\n"
    step += f"    {dice.choice(('if', 'unless'))}: {guard}\n" if dice.random() < 0.4 else ""
    return f"playbook: p\non: go-live\nif: {only_if}\nsteps:\n{step}", promise


def test_a_promise_is_told_when_nobody_ever_gets_what_it_forbids(tmp_path: Path) -> None:
    """Every customer: whether all who come to an action are refused."""
    told = dict.fromkeys((True, False), 0)
    for seed in range(150):
        text, promise = forbidden(seed)
        project, codes = compiled(tmp_path / str(seed), text, promise)
        program = Program(project, reasons=False)
        come = [
            bool(one.skipped)
            for who in CUSTOMERS
            for one in lived(program, who, [Happened(BEGIN + 1, "go-live", {"amount": 1})], DAY)
        ]
        if not come:
            assert "P402" in codes, text  # That nobody comes there is another rule's to tell.
            continue
        told["P416" in codes] += 1

        assert ("P416" in codes) is all(come), text + promise

    assert min(told.values()) > 5


# --- dates ----------------------------------------------------------------------------------------

BEHIND = ("", "  - wait: 2 hours\n", "  - wait: 10 days\n")
"""What stands before the action."""


def dated(days: int) -> str:
    """Return the date so many days after the beginning."""
    return (date(2026, 1, 5) + timedelta(days=days)).isoformat()


def counting() -> Iterator[tuple[str, str, str]]:
    yield from product(
        ("30 days before renewal_date", "30 days after renewal_date", "renewal_date"),
        BEHIND,
        ("", "late: skip\n", "late: run\n"),
    )


@pytest.mark.parametrize(("on", "wait", "late"), list(counting()))
def test_latecomers_are_told_of_when_they_miss_what_others_get(
    on: str, wait: str, late: str, tmp_path: Path
) -> None:
    """Of two customers one is known early, the other when the date is as near as ten days."""
    steps = f"steps:\n{wait}  - {{do: create-task, with: {{title: Call}}}}\n"
    project, codes = compiled(tmp_path, f"playbook: p\non: {on}\n{late}{steps}")
    program = Program(project, reasons=False)

    early, soon = (
        bool(lived(program, {"renewal_date": dated(days)}, [], 120 * DAY)) for days in (60, 10)
    )

    assert early
    assert ("P417" in codes) is (not soon and not late)


BEGUN = (
    *("when renewal_date in next 30 days", "when days until renewal_date <= 30"),
    *("30 days before renewal_date", "when seats > 5"),
)
AGAIN = ("", "stop when: days until renewal_date > 40\n", "stop when: seats > 100\n")


@pytest.mark.parametrize(("on", "wait", "stop"), list(product(BEGUN, BEHIND, AGAIN)))
def test_a_moved_date_is_told_when_it_moves_nothing(
    on: str, wait: str, stop: str, tmp_path: Path
) -> None:
    """A date that is put off by 50 days, three days after a run began, should move what is to come."""
    steps = f"{stop}steps:\n{wait}  - {{do: create-task, with: {{title: Call}}}}\n"
    project, codes = compiled(tmp_path, f"playbook: p\non: {on}\n{steps}")
    program = Program(project, reasons=False)
    about_dates = "renewal" in on
    days, begun = (60, 30) if about_dates else (30, 0)
    moved = Changed(BEGIN + (begun + 3) * DAY, {"renewal_date": dated(days + 50)})
    who = {"renewal_date": dated(days), "seats": 12}

    first, then = (lived(program, who, what, 70 * DAY)[:1] for what in ([], [moved]))

    assert first
    unmoved = [one.at for one in first] == [one.at for one in then]
    assert ("P418" in codes) is (unmoved and "days\n" in wait and about_dates)
