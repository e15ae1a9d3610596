"""`cuebook fmt` writes what must change, and only that; `--check` and `--diff` only look."""

import io
import json
import stat
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main

UNTIDY = "steps: [{do:   create-task}]\non:  go-live   # first\nplaybook: a\n"
TIDY = "playbook: a\non: go-live  # first\nsteps: [{do: create-task}]\n"


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    main(["init", "acme"])
    (tmp_path / "acme/playbooks/a.yaml").write_text(UNTIDY, "utf-8")
    capsys.readouterr()
    return Path("acme")


def test_what_init_writes_needs_no_change(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    main(["init", str(tmp_path / "new")])
    assert main(["fmt", str(tmp_path / "new"), "--check"]) == Exit.CLEAN
    assert "all as they should be" in capsys.readouterr().err


def test_only_what_must_change_is_written(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    untouched = (project / "cuebook.yaml").stat().st_mtime_ns
    (project / "playbooks/a.yaml").chmod(0o640)

    assert main(["fmt", "acme"]) == Exit.CLEAN

    said = capsys.readouterr().err
    assert said.splitlines()[0] == "changed acme/playbooks/a.yaml"
    assert (project / "playbooks/a.yaml").read_text("utf-8") == TIDY
    assert stat.S_IMODE((project / "playbooks/a.yaml").stat().st_mode) == 0o640
    assert (project / "cuebook.yaml").stat().st_mtime_ns == untouched
    assert not list(project.rglob(".*.new"))
    assert main(["fmt", "acme", "--check"]) == Exit.CLEAN


def test_check_and_diff_write_nothing(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "acme", "--check"]) == Exit.FOUND
    assert "would change acme/playbooks/a.yaml" in capsys.readouterr().err
    assert main(["fmt", "acme", "--diff"]) == Exit.CLEAN
    assert "-steps: [{do:   create-task}]\n" in capsys.readouterr().out
    assert (project / "playbooks/a.yaml").read_text("utf-8") == UNTIDY


def test_programs_get_the_names(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["fmt", "acme", "--format", "json"]) == Exit.CLEAN
    assert json.loads(capsys.readouterr().out)["changed"] == ["acme/playbooks/a.yaml"]


def test_a_broken_file_does_not_stop_the_others(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken = project / "playbooks/b.yaml"
    broken.write_text("playbook: [b\n", "utf-8")

    assert main(["fmt", "acme"]) == Exit.FOUND

    assert "acme/playbooks/b.yaml" in capsys.readouterr().err
    assert broken.read_text("utf-8") == "playbook: [b\n"
    assert (project / "playbooks/a.yaml").read_text("utf-8") == TIDY


@pytest.mark.parametrize(("given", "handed"), [(UNTIDY, TIDY), ("a: [1\n", "a: [1\n")])
def test_an_editor_gets_its_text_back(
    given: str,
    handed: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(given))
    code = main(["fmt", "-"])
    assert capsys.readouterr().out == handed
    assert code == (Exit.CLEAN if given == UNTIDY else Exit.FOUND)


@pytest.mark.parametrize("path", ["nowhere", "notes.txt", "."])
def test_nothing_to_format_is_a_misuse(
    path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("notes.txt").write_text("hello", "utf-8")
    assert main(["fmt", path]) == Exit.MISUSE
    assert " next: cuebook " in capsys.readouterr().err


def test_a_folder_inside_a_project_is_formatted_alone(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Whoever stands among the playbooks means the playbooks."""
    with (project / "actions.yaml").open("a") as file:
        file.write("\n\n\n\n# the end\n")

    assert main(["fmt", "acme/playbooks", "--check"]) == Exit.FOUND

    assert capsys.readouterr().err.splitlines()[0] == "would change acme/playbooks/a.yaml"
    assert main(["fmt", "acme", "--check"]) == Exit.FOUND
    assert "would change acme/actions.yaml" in capsys.readouterr().err
