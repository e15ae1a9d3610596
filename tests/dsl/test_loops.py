"""Circles through playbooks: those that never rest are found, those that something ends are not."""

import random
import shutil
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.engine.core.advance import apply
from cuebook.engine.core.effects import Entry
from cuebook.engine.core.occurrence import Arrived, Changed, Happened, Requested
from cuebook.engine.core.plan import Project
from cuebook.engine.core.program import Program

CORPUS = Path(__file__).parents[1] / "corpus"
LOOPS = {"P404", "P407"}


def told(folder: Path, text: str) -> set[str]:
    """Return the codes about circles that are told of some playbooks."""
    for name in ("cuebook.yaml", "actions.yaml"):
        shutil.copy(CORPUS / name, folder / name)
    shutil.copytree(CORPUS / "templates", folder / "templates", dirs_exist_ok=True)
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "playbooks" / "p.yaml").write_text(text, encoding="utf-8")
    result = compile_project(folder, year=2026)
    codes = {note.code for note in result.report}
    assert (result.project is None) is any(note.severity == "error" for note in result.report)
    return codes & LOOPS


def book(name: str, on: str, *steps: str, more: str = "") -> str:
    lines = "".join(f"  - {step}\n" for step in steps)
    return f"---\nplaybook: {name}\non: {on}\nsteps:\n{lines}{more}"


PAYS = book("pays", "renewed", "emit: payment")
RENEWS = book("renews", "payment", "emit: renewed")


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (PAYS + RENEWS, {"P404"}),
        (book("self", "payment", "emit: payment"), {"P404"}),
        (PAYS + book("renews", "payment", "emit: renewed", more="again: never\n"), set()),
        (PAYS + book("renews", "payment", "emit: renewed", more="again: after 90 days\n"), set()),
        # A wait on the way makes it slow; what waits, or could be otherwise, is not told.
        (PAYS + book("renews", "payment", "wait: 7 days", "emit: renewed"), {"P407"}),
        (PAYS + book("renews", "payment", "wait: 7 days", "emit: renewed", "wait: 9 days"), set()),
        (
            PAYS
            + book(
                "renews", "payment", "wait: 7 days", "emit: renewed", more="stop when: churned\n"
            ),
            set(),
        ),
        (
            PAYS + book("renews", "payment", "{wait for: login, up to: 7 days}", "emit: renewed"),
            set(),
        ),
        (
            book("again", "payment", "wait: 7 days", "emit: payment", more="again: after 3 days\n"),
            {"P407"},
        ),
        # Conditions that some customer meets every time round do not help.
        (PAYS + book("renews", "payment", "emit: renewed", more='if: plan == "free"\n'), {"P404"}),
        (
            PAYS + book("renews", "payment", "emit: renewed", more="if: count of payment < 5\n"),
            set(),
        ),
        (
            book(
                "pays",
                "payment where (order_id == 'A')",
                "emit: {payment: {order_id: '\"B\"'}}",
            ),
            set(),
        ),
        (
            book(
                "pays",
                "payment where (order_id == 'A')",
                'emit: {payment: {order_id: "{{ event.order_id }}"}}',
            ),
            {"P404"},
        ),
        # Values that are set come to rest, unless two take turns.
        (book("one", "churned changes", "set: {churned: true}"), set()),
        (
            book("one", "churned changes to true", "set: {churned: false}")
            + book("two", "churned changes to false", "set: {churned: true}"),
            {"P404"},
        ),
        (
            book("one", "when risk", "set: {risk: false}")
            + book("two", "when not (risk default true)", "set: {risk: true}"),
            set(),  # What has been set back when it is looked at, is no change.
        ),
        (
            book("one", "when risk", "wait: 1 day", "set: {risk: false}")
            + book("two", "when not (risk default true)", "wait: 1 day", "set: {risk: true}"),
            {"P407"},
        ),
        (
            book("up", "seats rises above 5", "set: {seats: 1}")
            + book("down", "seats drops below 3", "set: {seats: 9}"),
            {"P404"},
        ),
        (book("more", "seats changes", "set: {seats: seats + 1}"), {"P404"}),
        (
            book("more", "seats changes", "set: {seats: seats + 1}", more="if: seats < 5\n"),
            set(),
        ),
        # By way of stages, rules of lifecycles, signals and segments.
        (
            book("up", "stage of product-b changes to trial", "move to stage: {product-b: wide}")
            + book(
                "back", "stage of product-b changes to wide", "move to stage: {product-b: trial}"
            ),
            {"P404"},
        ),
        (
            book("sold", "stage of sales changes to qualified", "set: {seats: 1, churned: true}")
            + book("back", "stage of sales changes to lost", "set: {churned: false, seats: 60}"),
            set(),
        ),
        (
            book("in", "enters segment power-users", "emit: login")
            + book("logs", "login", "do: check-in"),
            set(),
        ),
        (
            book("free", "tier changes to free", "set: {plan: growth}")
            + book("grows", "tier changes to growth", "set: {plan: free}"),
            {"P404"},
        ),
        (book("nurture", "go-live", "wait: 30 days", "start: nurture"), {"P407"}),
        (book("nurture", "go-live", "start: nurture"), {"P404"}),
        (
            book(
                "drip",
                "go-live",
                "{repeat: {every: 7 days, up to: 3 times, steps: [{do: check-in}]}}",
            ),
            set(),
        ),
    ],
)
def test_a_circle_is_told_if_nothing_ends_it(text: str, codes: set[str], tmp_path: Path) -> None:
    """At once it is a mistake, with waits a doubt; what may end by itself is neither."""
    assert told(tmp_path, text) == codes


def test_the_way_round_is_printed_from_line_to_line(tmp_path: Path) -> None:
    """Two playbooks of a circle may stand in two files, and none of them looks wrong."""
    told(tmp_path, PAYS)
    (tmp_path / "playbooks" / "q.yaml").write_text(RENEWS, encoding="utf-8")
    result = compile_project(tmp_path, year=2026)

    (note,) = [note for note in result.report if note.code == "P404"]
    files = [
        Path(part).name for part in note.hints[0].removeprefix("the way round is ").split(" -> ")
    ]

    assert files == ["p.yaml:5", "q.yaml:5", "p.yaml:5"]
    assert result.project is None


TRIGGERS = [
    "payment",
    "renewed",
    "risk changes",
    "risk changes to true",
    "when risk",
    "when churned and not (risk default true)",
    "churned changes to false",
    "manual",
]
STEPS = [
    "emit: payment",
    "emit: renewed",
    "set: {risk: true}",
    "set: {risk: false}",
    "set: {churned: true}",
    "set: {churned: false}",
    "start: b1",
    "{emit: payment, if: risk}",
    "{set: {risk: false}, unless: churned}",
    "do: check-in",
]
MORE = ["", "", "if: risk\n", "again: never\n", "while running: parallel\n", "stop when: churned\n"]


def random_books(seed: int) -> str:
    chance = random.Random(seed)  # noqa: S311 - the same projects in every run
    return "".join(
        book(
            f"b{number}",
            chance.choice(TRIGGERS),
            *chance.sample(STEPS, chance.randint(1, 2)),
            more=chance.choice(MORE),
        )
        for number in range(1, 4)
    )


def never_rests(project: Project) -> bool:
    """Try every customer with every occurrence, and see whether the engine has to cut anything off."""
    program = Program(project, reasons=False)
    values = [None, True, False]
    for risk, churned in product(values, values):
        customer = program.customer("c")
        effects = apply(customer, Arrived(0, {"risk": risk, "churned": churned}), program)
        for occurrence in outside(project):
            one = customer.copy()
            effects = effects + apply(one, occurrence, program)
        if any(isinstance(effect, Entry) and effect.kind == "cut" for effect in effects):
            return True
    return False


def outside(project: Project) -> Iterator[Happened | Changed | Requested]:
    yield from (Happened(10, event) for event in ("payment", "renewed"))
    for name, value in product(("risk", "churned"), (None, True, False)):
        yield Changed(10, {name: value})
    yield from (Requested(10, plan.playbook) for plan in project.plans)


@pytest.mark.parametrize("seed", range(40))
def test_what_is_told_of_circles_is_what_the_engine_does(seed: int, tmp_path: Path) -> None:
    """No circle at one instant is missed in a small world, and none is invented."""
    text = random_books(seed)
    codes = told(tmp_path, text)
    result = compile_project(tmp_path, year=2026, proven=False)
    assert result.project is not None

    assert ("P404" in codes) is never_rests(result.project)
