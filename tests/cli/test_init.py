"""A new project works as it stands, and never at the expense of an old one."""

import json
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main
from cuebook.dsl import compile_project


def test_a_new_project_passes_everything_as_it_stands(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The first thing an author sees must not be a mistake of ours."""
    project = str(tmp_path / "acme")

    assert main(["init", project]) == Exit.CLEAN
    assert main(["check", project]) == Exit.CLEAN
    assert capsys.readouterr().out.endswith("\n3 playbooks, no mistakes\n")
    assert main(["test", project]) == Exit.CLEAN
    assert main(["dry-run", project, "--format", "jsonl"]) == Exit.CLEAN

    lines = capsys.readouterr().out.splitlines()
    actions = [json.loads(line) for line in lines if line.startswith("{")]
    assert {action["playbook"] for action in actions} == {"go-live-check-in", "renewal", "win-back"}


@pytest.mark.parametrize(
    ("folder", "name"), [("Acme & Sons", "acme-sons"), ("42", "project-42"), ("ünï", "n")]
)
def test_a_project_is_named_after_its_folder(tmp_path: Path, folder: str, name: str) -> None:
    """Whatever a folder is called, the project has a name the language can say."""
    main(["init", str(tmp_path / folder)])

    assert f"\nproject: {name}\n" in (tmp_path / folder / "cuebook.yaml").read_text("utf-8")
    assert not compile_project(tmp_path / folder).report.failed


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One file in the way, and nothing at all is written."""
    (tmp_path / "actions.yaml").write_text("mine\n")

    assert main(["init", str(tmp_path)]) == Exit.MISUSE

    assert [path.name for path in tmp_path.iterdir()] == ["actions.yaml"]
    said = capsys.readouterr().err
    assert "already has actions.yaml; nothing was written" in said
    assert said.endswith(f" next: cuebook init {tmp_path} --force\n")


def test_force_overwrites(tmp_path: Path) -> None:
    """Who says so twice means it; other files stay."""
    (tmp_path / "actions.yaml").write_text("mine\n")
    (tmp_path / "notes.txt").write_text("mine too\n")

    assert main(["init", str(tmp_path), "--force"]) == Exit.CLEAN

    assert "check-in" in (tmp_path / "actions.yaml").read_text("utf-8")
    assert (tmp_path / "notes.txt").read_text("utf-8") == "mine too\n"


def test_a_file_is_no_place_for_a_project(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A slip in the path is answered with a command that works."""
    (tmp_path / "acme").write_text("")

    assert main(["init", str(tmp_path / "acme")]) == Exit.MISUSE
    assert "is a file, not a folder\n next: cuebook init" in capsys.readouterr().err


def test_programs_are_told_what_was_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The files, and the commands that come next."""
    main(["init", str(tmp_path / "acme"), "--format", "json"])
    told = json.loads(capsys.readouterr().out)

    assert all((tmp_path / "acme" / name).is_file() for name in told["files"])
    assert told["next"][0] == f"cuebook check {tmp_path / 'acme'}"


def test_here_is_the_default(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The commands that come next are then the short ones."""
    monkeypatch.chdir(tmp_path)

    assert main(["init"]) == Exit.CLEAN
    assert "  cuebook check\n  cuebook test\n  cuebook dry-run\n" in capsys.readouterr().out
