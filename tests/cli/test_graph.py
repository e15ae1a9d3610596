"""`cuebook graph` draws what is asked for, in the form that is asked for."""

import json
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main

B2B = str(Path(__file__).resolve().parents[2] / "examples" / "b2b")


@pytest.mark.parametrize(
    ("form", "begins"),
    [("svg", "<svg "), ("mermaid", "flowchart TD\n"), ("dot", 'digraph "renewal-at-90-days" {')],
)
def test_a_playbook_is_drawn(form: str, begins: str, capsys: pytest.CaptureFixture[str]) -> None:
    words = ["graph", B2B, "--playbook", "renewal-at-90-days", "--format", form]
    assert main(words) == Exit.CLEAN
    told = capsys.readouterr().out
    assert told.startswith(begins)
    assert "wait for proposal-sent" in told


def test_programs_get_vertices_and_edges(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", B2B, "--format", "json"]) == Exit.CLEAN
    told = json.loads(capsys.readouterr().out)
    assert {vertex["shape"] for vertex in told["vertices"]} == {"playbook"}
    assert told["edges"][0]["label"] == "sets onboarded"


def test_an_unknown_playbook_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["graph", B2B, "--playbook", "renewal"]) == Exit.MISUSE
    assert "there is no playbook renewal" in capsys.readouterr().err
