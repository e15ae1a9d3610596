"""Lifecycles as they are read: stages in order, moves in chains, and names that mean one thing."""

import json
from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.engine.core.codec import from_json, to_json
from cuebook.engine.core.expr import Compare, Constant, In
from cuebook.engine.core.lifecycles import Move, leaves_of
from cuebook.engine.core.plan import Project, SetAttributes
from cuebook.engine.core.say import say

SETTINGS = """\
project: acme
attributes: {score: number}
events: {go-live: {}, purchase: {}}
lifecycles:
  customer:
    stages: [lead, engagement: [trial, active], "at risk"]
    start: engagement
    moves:
      - lead -> trial when score > 5 -> active
      - any -> "at risk" when score < 1 for 3 days
signals:
  active: stage is active
  trial: stage in [trial, active] and was ever in stage lead
"""


def compiled(folder: Path, *files: str) -> Project:
    """Compile playbooks beside the settings above."""
    (folder / "playbooks").mkdir()
    (folder / "cuebook.yaml").write_text(SETTINGS, encoding="utf-8")
    for number, text in enumerate(files):
        (folder / f"playbooks/p{number}.yaml").write_text(text, encoding="utf-8")
    found = compile_project(folder)
    assert [(note.code, note.title) for note in found.report] == []
    assert found.project is not None
    return found.project


def test_a_chain_of_moves_is_read_as_its_moves(tmp_path: Path) -> None:
    """Each `when` belongs to the move before it, and stages stand under their whole names."""
    project = compiled(tmp_path)

    (lifecycle,) = project.lifecycles
    moves = lifecycle.moves or ()
    assert leaves_of(project.vocabulary.attributes["stage of customer"]) == (
        "lead",
        "engagement.trial",
        "engagement.active",
        "at risk",
    )
    assert lifecycle.start == "engagement"
    assert [(move.old, move.new) for move in moves] == [
        ("lead", "engagement.trial"),
        ("engagement.trial", "engagement.active"),
        (None, "at risk"),
    ]
    assert [move.condition and say(move.condition) for move in moves] == [
        "score > 5",
        None,
        "score < 1",
    ]
    assert isinstance(moves[0], Move)
    assert str(moves[2].hold) == "3 days"


def test_a_signal_may_be_called_like_a_stage(tmp_path: Path) -> None:
    """Behind `stage is` stands a stage, so that such a signal does not read itself."""
    project = compiled(tmp_path)

    assert [signal.attribute for signal in project.derived] == ["active", "trial"]


def test_a_project_with_lifecycles_survives_json(tmp_path: Path) -> None:
    """What is deployed is what was compiled."""
    project = compiled(
        tmp_path, "playbook: a\non: stage moves forward\nsteps: [{do: notify, with: {text: Hi}}]\n"
    )

    assert from_json(json.loads(json.dumps(to_json(project)))) == project


@pytest.mark.parametrize(
    ("text", "stages"),
    [
        ("stage is lead", "lead"),
        ("stage is engagement", ("engagement.trial", "engagement.active")),
        ("stage is at least active", ("engagement.active", "at risk")),
        ("stage is at most trial", ("lead", "engagement.trial")),
        ('stage == "trial"', "engagement.trial"),
        ("stage in [engagement, 'at risk']", ("engagement.trial", "engagement.active", "at risk")),
    ],
)
def test_a_condition_on_a_stage_is_a_plain_comparison(
    text: str, stages: str | tuple[str, ...], tmp_path: Path
) -> None:
    """So the index of triggers and the compiled conditions need to know nothing of lifecycles."""
    quoted = text.replace('"', '\\"')
    book = (
        f'playbook: a\non: go-live\nif: "{quoted}"\nsteps: [{{do: notify, with: {{text: Hi}}}}]\n'
    )

    match compiled(tmp_path, book).plans[0].condition:
        case Compare("==", _, Constant(value)):
            assert value == stages
        case In(_, items):
            assert tuple(item.value for item in items if isinstance(item, Constant)) == stages
        case other:
            pytest.fail(f"{text} is {other!r}")


def test_a_line_moves_to_a_stage_as_yaml_does(tmp_path: Path) -> None:
    """Two ways to write it, one meaning."""
    lines = 'rules:\n  - "a: on go-live -> move to stage trial after 3 days"\n'
    yaml = "playbook: b\non: go-live\nsteps: [{move to stage: engagement.trial, after: 3 days}]\n"

    line, book = compiled(tmp_path, lines, yaml).plans

    assert line.steps == book.steps
    assert isinstance(book.steps[0].body, SetAttributes)
    assert book.steps[0].id == "move-1"
