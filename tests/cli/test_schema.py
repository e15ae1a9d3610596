"""Schemas are printed for programs and written for editors."""

import json
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main


def test_a_schema_spells_out_what_the_project_declares(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An editor offers the project's own events, actions and playbooks."""
    main(["init", str(tmp_path / "acme")])
    capsys.readouterr()

    assert main(["schema", str(tmp_path / "acme"), "--of", "playbooks"]) == Exit.CLEAN

    shapes = json.loads(capsys.readouterr().out)["$defs"]
    assert "go-live" in shapes["name of event"]["anyOf"][0]["enum"]
    assert "check-in" in shapes["name of action"]["anyOf"][0]["enum"]
    assert "win-back" in shapes["name of playbook"]["anyOf"][0]["enum"]


def test_schemas_are_written_beside_the_project(tmp_path: Path) -> None:
    """A modeline points to a file that is there."""
    main(["init", str(tmp_path)])

    assert main(["schema", str(tmp_path), "--write"]) == Exit.CLEAN

    found = {path.name for path in (tmp_path / ".cuebook").iterdir()}
    kinds = ("cuebook", "actions", "playbooks", "tests")
    assert found == {f"{kind}.schema.json" for kind in kinds}


def test_a_folder_without_a_project_has_no_schema(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The next command makes one."""
    assert main(["schema", str(tmp_path)]) == Exit.MISUSE
    assert f" next: cuebook init {tmp_path}\n" in capsys.readouterr().err
