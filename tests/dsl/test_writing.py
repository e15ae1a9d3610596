"""What is written out compiles to the same plan, whatever it was written as."""

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from cuebook.dsl.diagnostics import Report
from cuebook.dsl.formatting import format_yaml
from cuebook.dsl.known import Known
from cuebook.dsl.playbooks import from_line
from cuebook.dsl.project import compile_project
from cuebook.dsl.rule_layout import format_rules
from cuebook.dsl.rule_writing import Unsaid, as_rule
from cuebook.dsl.writing import as_yaml
from cuebook.engine.core.codec import digest
from cuebook.engine.core.plan import Plan, Project

from ..runtime.inventing import projects
from .reading import scalar

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


def said_of(plan: Plan, known: Known) -> str | Unsaid:
    """Return a playbook as a rule line, or what has no place in one."""
    try:
        return as_rule(plan, known)
    except Unsaid as unsaid:
        return unsaid


def copy_declarations(path: Path, folder: Path) -> None:
    """Copy all of a project but its playbooks."""
    root = path if path.is_dir() else CORPUS
    for name in ("cuebook.yaml", "actions.yaml", "templates"):
        if (root / name).is_dir():
            shutil.copytree(root / name, folder / name)
        elif (root / name).exists():
            shutil.copy(root / name, folder / name)
    (folder / "playbooks").mkdir()


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_playbook_written_out_is_the_same_playbook(path: Path, tmp_path: Path) -> None:
    """All is laid out as `fmt` would, and compiles to the same content."""
    before = compile_project(path).project
    assert before is not None
    copy_declarations(path, tmp_path)
    for number, plan in enumerate(before.plans):
        text = as_yaml(plan, before.vocabulary)
        assert format_yaml("a.yaml", text, Report()) == text
        (tmp_path / "playbooks" / f"{number:03}.yaml").write_text(text)

    after = compile_project(tmp_path)

    assert after.project is not None, [note.title for note in after.report]
    assert [digest(plan) for plan in after.project.plans] == [digest(plan) for plan in before.plans]


@pytest.mark.parametrize("path", WRITTEN, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_playbook_written_as_a_rule_line_is_the_same_playbook(path: Path, tmp_path: Path) -> None:
    """What can be said in a line compiles to the same content, and all that was a line can."""
    compiled = compile_project(path)
    before, known = compiled.project, compiled.known
    assert before is not None
    assert known is not None
    said: dict[str, str] = {}
    for plan in before.plans:
        line = said_of(plan, known)
        if isinstance(line, str):
            said[plan.playbook] = line
        else:
            place = compiled.places[plan.playbook].name
            assert (place.file.endswith(".play"), "texts" in line.why) == (False, False), line.why

    copy_declarations(path, tmp_path)
    text = "".join(f"{line}\n" for line in said.values())
    (tmp_path / "playbooks" / "a.play").write_text(text)
    after = compile_project(tmp_path)

    wrong = [note.title for note in after.report.found if note.severity == "error"]
    assert [title for title in wrong if not title.startswith("unknown playbook")] == []
    assert format_rules(text) == text
    assert after.known is not None
    assert set(after.playbooks) == set(said)


@given(project=projects)
@settings(max_examples=15, deadline=None, suppress_health_check=list(HealthCheck))
def test_whatever_a_playbook_asks_is_said_in_a_line_or_told(project: Project) -> None:
    """What is shown as a line is that playbook, whatever it is made of."""
    known = Known(project.vocabulary, project.calendar, lifecycles=project.lifecycles)
    for plan in project.plans:
        line = said_of(plan, known)
        if isinstance(line, str):
            read = from_line(scalar(line), known, Report())
            assert read is not None
            assert digest(read[0]) == digest(plan)
        else:
            assert line.why
