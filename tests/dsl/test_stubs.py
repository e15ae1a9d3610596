"""`check --fix` declares the actions that steps name and nobody has declared."""

from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.dsl.fixing import fixed
from cuebook.dsl.stubs import stubbed

PLAYBOOK = """\
playbook: welcome
on: go-live
steps: [{do: greet-them}, {do: "Call, now"}, {do: greet-them}, {do: create-tusk, with: {title: Ring}}]
"""
STUBS = """\
  greet-them:
    do: create-task
    with: {title: Greet them}
  "Call, now":
    do: create-task
    with: {title: "Call, now"}
"""


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "cuebook.yaml").write_text("project: acme\nevents: {go-live: {}}\n")
    (tmp_path / "playbooks" / "welcome.yaml").write_text(PLAYBOOK)
    return tmp_path


def mended(project: Path) -> str | None:
    """Do what `check --fix` does; return the text of the actions, None where it is left alone."""
    compiled = compile_project(project)
    done = fixed(compiled.report, compiled.sources)
    done |= stubbed(compiled.report, compiled.sources, done)
    for file, (text, _) in done.items():
        Path(file).write_text(text, encoding="utf-8")
    found = done.get(str(project / "actions.yaml"))
    return None if found is None else found[0]


def test_each_action_is_declared_once_and_then_the_project_compiles(acme: Path) -> None:
    """In a new file; a name that is nearly a known one is mended and not declared."""
    assert mended(acme) == f"actions:\n{STUBS}"

    again = compile_project(acme)

    assert list(again.report) == []
    assert "create-task" in (acme / "playbooks" / "welcome.yaml").read_text()


@pytest.mark.parametrize(
    ("before", "margin"),
    [
        ("# ours\nactions:\n  told: {do: notify}", "  "),
        ("actions:\n    told:\n        do: notify\n", "    "),
        ("# nothing yet\n", "  "),
    ],
)
def test_what_is_there_stays_and_is_continued_as_it_was_begun(
    acme: Path, before: str, margin: str
) -> None:
    """With its comments and its indentation, and a line that ends."""
    (acme / "actions.yaml").write_text(before)

    found = mended(acme)

    assert found is not None
    assert found.startswith(before.rstrip("\n"))
    assert f"\n{margin}greet-them:\n{margin}  do: create-task\n" in found
    assert [note.code for note in compile_project(acme).report] == []


@pytest.mark.parametrize("text", ["actions: {told: {do: notify}}\n", "actions: [\n"])
def test_a_file_that_only_its_author_can_continue_is_left_alone(acme: Path, text: str) -> None:
    """Brackets, and what cannot be read: nothing is lost, and the mistake is told again."""
    (acme / "actions.yaml").write_text(text)

    assert mended(acme) is None

    assert (acme / "actions.yaml").read_text() == text
