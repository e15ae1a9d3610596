"""What is written out compiles to the same plan, whatever it was written as."""

import shutil
from pathlib import Path

import pytest

from cuebook.dsl.diagnostics import Report
from cuebook.dsl.formatting import format_yaml
from cuebook.dsl.project import compile_project
from cuebook.dsl.writing import as_yaml
from cuebook.engine.core.codec import digest

ROOT = Path(__file__).resolve().parents[2]
CORPUS = ROOT / "tests" / "corpus"
OWN_ACTIONS = {"sections.yaml", "for-each.yaml"}
"""Playbook files that declare actions: these are no part of a plan."""
WRITTEN = [
    *(path.parent for path in sorted((ROOT / "examples").rglob("cuebook.yaml"))),
    *(path.parent for path in sorted((ROOT / "playbooks").rglob("cuebook.yaml"))),
    ROOT / "tests" / "stories",
    *(p for p in sorted((CORPUS / "ok").iterdir()) if p.is_file() and p.name not in OWN_ACTIONS),
]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_playbook_written_out_is_the_same_playbook(path: Path, tmp_path: Path) -> None:
    """All is laid out as `fmt` would, and compiles to the same content."""
    before = compile_project(path).project
    assert before is not None
    root = path if path.is_dir() else CORPUS
    for name in ("cuebook.yaml", "actions.yaml", "templates"):
        if (root / name).is_dir():
            shutil.copytree(root / name, tmp_path / name)
        elif (root / name).exists():
            shutil.copy(root / name, tmp_path / name)
    (tmp_path / "playbooks").mkdir()
    for number, plan in enumerate(before.plans):
        text = as_yaml(plan, before.vocabulary)
        assert format_yaml("a.yaml", text, Report()) == text
        (tmp_path / "playbooks" / f"{number:03}.yaml").write_text(text)

    after = compile_project(tmp_path)

    assert after.project is not None, [note.title for note in after.report]
    assert [digest(plan) for plan in after.project.plans] == [digest(plan) for plan in before.plans]
