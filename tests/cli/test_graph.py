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


PROMISED = """\
project: promised
attributes: {churned: boolean, email: text}
events: {go-live: {}}
never:
  - {do: send-email, if: churned, unless: with.purpose == "service"}
"""
STEPS = """\
playbook: letters
on: go-live
steps:
  - {do: send-email, id: first, if: not churned, with: {to: "{{ customer.email }}", body: Hi}}
  - wait: 3 days
  - {do: send-email, id: later, with: {to: "{{ customer.email }}", body: Hi}}
  - {do: send-email, id: bill, with: {to: "{{ customer.email }}", body: Hi, purpose: service}}
  - {do: create-task, id: task, with: {title: Call}}
"""


def test_a_step_shows_the_promises_that_may_forbid_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Not where what was asked at the same instant, or what the action is given, excludes them."""
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "cuebook.yaml").write_text(PROMISED)
    (tmp_path / "playbooks" / "letters.yaml").write_text(STEPS)

    code = main(["graph", str(tmp_path), "--playbook", "letters", "--format", "json"])

    boxes = {one["id"]: one["label"] for one in json.loads(capsys.readouterr().out)["vertices"]}
    refused = {name for name, label in boxes.items() if any("refused" in line for line in label)}
    assert code == Exit.CLEAN
    assert refused == {"step later"}
    assert 'refused if churned unless with.purpose == "service"' in boxes["step later"]
