"""Waits without an end and messages that come twice: found where they are, and nowhere else."""

import shutil
from pathlib import Path

import pytest

from cuebook.dsl import compile_project

CORPUS = Path(__file__).parents[1] / "corpus"
RULES = {"P402", "P405", "P406", "P408"}


def told(folder: Path, text: str, limits: str = "") -> list[str]:
    """Return the codes that are told of some playbooks, with limits beside them if wanted."""
    settings = (CORPUS / "cuebook.yaml").read_text(encoding="utf-8")
    (folder / "cuebook.yaml").write_text(settings + limits, encoding="utf-8")
    shutil.copy(CORPUS / "actions.yaml", folder / "actions.yaml")
    shutil.copytree(CORPUS / "templates", folder / "templates", dirs_exist_ok=True)
    (folder / "playbooks").mkdir(exist_ok=True)
    (folder / "playbooks" / "p.yaml").write_text(text, encoding="utf-8")
    result = compile_project(folder, year=2026)
    assert result.project is not None, list(result.report)
    return [note.code for note in result.report if note.code in RULES]


def book(name: str, on: str, *steps: str, more: str = "") -> str:
    lines = "".join(f"  - {step}\n" for step in steps)
    return f"---\nplaybook: {name}\non: {on}\nsteps:\n{lines}{more}"


@pytest.mark.parametrize(
    ("text", "codes"),
    [
        (book("p", "go-live", "wait for: purchase", more="stop when: has purchase\n"), ["P405"]),
        (
            book(
                "p",
                "go-live",
                "wait for: purchase where (amount > 100)",
                more="stop when: count of purchase where (amount > 50) >= 1 or churned\n",
            ),
            ["P405"],
        ),
        (
            book(
                "p",
                "go-live",
                "wait for: purchase where (amount > 100)",
                more="stop when: has purchase where (amount > 500)\n",
            ),
            [],
        ),
        (
            book("p", "go-live", "wait for: purchase", more="stop when: has purchase ever\n"),
            ["P405"],
        ),
        (book("p", "go-live", "wait for: purchase", more="stop when: has payment\n"), []),
        (book("p", "purchase", "wait until: event.amount > 100"), ["P405"]),
        (book("p", "purchase", "wait until: event.amount > seats"), []),
        (book("p", "go-live", "wait until: seats > 10", more="stop when: seats > 5\n"), ["P405"]),
        (book("p", "go-live", "wait until: seats > 5", more="stop when: seats > 10\n"), []),
        (book("p", "go-live", "wait until: seats > 5 and seats < 3"), ["P402"]),
        (book("p", "go-live", "wait for: renewed", "emit: renewed"), ["P406"]),
        (book("p", "go-live", "{wait for: renewed, up to: 1 day}", "emit: renewed"), []),
        (book("p", "go-live", "emit: renewed", "wait for: renewed"), []),
        (
            book("p", "go-live", "wait for: renewed", "emit: renewed")
            + book("q", "login", "emit: renewed"),
            [],
        ),
        (
            book("p", "go-live", "wait for: renewed", "start: q")
            + book("q", "payment", "emit: renewed")
            + book("r", "go-live", "{wait for: login, up to: 1 day}", "emit: payment"),
            [],
        ),
        (
            book("p", "go-live", "wait for: renewed", "emit: payment")
            + book("q", "payment", "wait: 1 day", "emit: renewed"),
            ["P406"],
        ),
        (
            book(
                "p",
                "go-live",
                "wait for: renewed",
                "emit: renewed",
                more="while running: parallel\n",
            ),
            [],
        ),
    ],
)
def test_a_wait_that_nothing_ends_is_told(text: str, codes: list[str], tmp_path: Path) -> None:
    """Such a run waits for years, and nobody misses it."""
    assert told(tmp_path, text) == codes


A, B = book("a", "purchase", "do: thank-you"), book("b", "purchase", "do: thank-you")


@pytest.mark.parametrize(
    ("text", "limits", "codes"),
    [
        (A + B, "", ["P408"]),
        (A + B, "limits: {email: {at most: 1 per day}}\n", []),
        (A + B, "limits: {everything: {at most: 1 per day}}\n", []),
        (A + B, "limits: {email: {at most: 2 per day}}\n", ["P408"]),
        (A + B, "limits: {email: {at most: 1 per day, per: playbook}}\n", ["P408"]),
        (A + B, "limits: {notify: {at most: 1 per day}}\n", ["P408"]),
        (
            A + B,
            'limits: {email: {digest: {every: 1 day, at: "09:00", do: thank-you}}}\n',
            [],
        ),
        (A + book("b", "payment", "do: thank-you"), "", []),
        (A + book("b", "purchase", "do: check-in"), "", []),
        (A + book("b", "purchase", "{do: thank-you, after: 1 day}"), "", []),
        (
            book("a", "purchase", "wait: 1 day", "do: thank-you")
            + book("b", "purchase", "{do: thank-you, after: 1 day}"),
            "",
            ["P408"],
        ),
        (
            A
            + book(
                "b",
                "purchase",
                "{do: send-email, with: {template: thank-you, to: ann@a.example}}",
            ),
            "",
            [],
        ),
        (
            A
            + book(
                "b",
                "purchase",
                "{do: thank-you, with: {purpose: service}}",
            ),
            "",
            [],
        ),
        (
            book("a", "purchase where (amount > 100)", "do: thank-you")
            + book("b", "purchase where (amount <= 100)", "do: thank-you"),
            "",
            [],
        ),
        (
            book("a", "purchase where (amount > 100)", "do: thank-you")
            + book("b", "purchase", "{do: thank-you, unless: event.amount > 50}"),
            "",
            [],
        ),
        (
            book("a", "purchase", "do: thank-you", more='if: plan == "free"\n')
            + book("b", "purchase", "do: thank-you", more='if: plan == "growth"\n'),
            "",
            [],
        ),
        (
            book("a", "purchase", "do: thank-you", more="if: logins > 5\n")
            + book(
                "b", "purchase", "do: thank-you", more="if: count of login in last 30 days < 3\n"
            ),
            "",
            [],
        ),
        (
            book("a", "plan changes to growth", "do: thank-you")
            + book("b", "plan changes to free", "do: thank-you"),
            "",
            [],
        ),
        (
            book("a", "plan changes", "do: thank-you")
            + book("b", "plan changes to free", "do: thank-you"),
            "",
            ["P408"],
        ),
        (
            book("a", "90 days before renewal_date", "do: thank-you")
            + book("b", "90 days before renewal_date", "do: thank-you"),
            "",
            ["P408"],
        ),
        (
            book("a", "every monday at 09:00 while churned", "do: thank-you")
            + book("b", "every monday at 09:00 while not (churned default false)", "do: thank-you"),
            "",
            [],
        ),
        (
            book("a", "purchase where (amount > 100)", "do: thank-you")
            + book("b", "purchase", "{stop: big, if: event.amount > 10}", "do: thank-you"),
            "",
            [],
        ),
    ],
)
def test_two_messages_at_one_instant_are_told(
    text: str, limits: str, codes: list[str], tmp_path: Path
) -> None:
    """Nobody sees it who looks at one playbook; whoever gets both does."""
    assert told(tmp_path, text, limits) == codes
