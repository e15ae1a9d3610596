"""`cuebook show` reads a playbook aloud: every part of it is in the text."""

import json
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main

B2B = str(Path(__file__).resolve().parents[2] / "examples" / "b2b")


def test_a_playbook_is_read_aloud(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", B2B, "--playbook", "health-alarm"]) == Exit.CLEAN
    assert (
        capsys.readouterr().out
        == """\
React when a customer's health falls (health-alarm), looked after by customer-success.

It begins when health_score drops below 50, if seats >= 5.

1. Health-alarm (notify): "{{ customer.name | default(customer.id) }} fell to {{ customer.health_score }}", for \
#customer-health.
2. Wait until health_score >= 60, up to 14 days.
   When it comes in time:
     - Health-recovered (notify): "{{ customer.name | default(customer.id) }} is well again", for #customer-health.
   Otherwise:
     - At 09:00 on a business day, health-call (create-task): "{{ customer.name | default(customer.id) }} has been unwell \
for two weeks", for {{ customer.csm | default('customer-success') }}.

It ends at once when churned.
"""
    )


def test_programs_get_all_by_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", B2B, "--format", "json"]) == Exit.CLEAN
    told = json.loads(capsys.readouterr().out)
    assert "It begins when no login for 30 days" in told["win-back-after-inactivity"]
    assert all(text.endswith(".") for text in told.values())


def test_an_unknown_playbook_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["show", B2B, "--playbook", "health-alarms"]) == Exit.MISUSE
    assert " next: cuebook show --playbook health-alarm" in capsys.readouterr().err


def test_what_is_no_rule_line_says_what_and_where(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """A comment takes its place, so that what is shown stays a file of rule lines."""
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "cuebook.yaml").write_text("project: a\nevents: {go: {}}\nkinds: [page]\n")
    told = tmp_path / "playbooks" / "a.yaml"
    told.write_text(
        "playbook: said\non: go\npriority: 2\nsteps: [{wait: 3 days}, {do: page, id: now}]\n"
        "---\nplaybook: texts\non: go\nsteps:\n  - {do: page, with: {text: Hello}}\n"
    )

    assert main(["show", str(tmp_path), "--as", "play"]) == Exit.CLEAN

    assert capsys.readouterr().out == (
        'said: on go -> wait 3 days -> "now": page; priority 2\n'
        "# texts is no rule line: page-1: it has a `with:` of its own; declare an action for it "
        f"({told}:9:6)\n"
    )
