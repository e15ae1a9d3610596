"""Mistakes are told all at once, each at its place, in the form that was asked for."""

import json
from pathlib import Path

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main

PLAYBOOK = "playbooks/go-live-check-in.yaml"


@pytest.fixture
def project(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Path:
    """Write the starter project, in `acme` below the current folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NO_COLOR", "1")
    main(["init", "acme"])
    capsys.readouterr()
    return Path("acme")


def spoil(project: Path, old: str = "if: plan in", new: str = "if: plann in") -> None:
    path = project / PLAYBOOK
    path.write_text(path.read_text("utf-8").replace(old, new, 1), "utf-8")


def test_a_mistake_is_shown_at_its_place(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The author's own line, a caret, and what was probably meant."""
    spoil(project)

    assert main(["check", "acme"]) == Exit.FOUND

    out = capsys.readouterr().out
    assert f"--> acme/{PLAYBOOK}:7:5\n" in out
    assert "did you mean `plan`?" in out
    assert out.endswith("\n1 error in 1 file\n")


def test_mistakes_in_several_files_are_told_in_one_run(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Mending one mistake must not be the price of seeing the next."""
    spoil(project)
    with (project / "playbooks" / "lifecycle.play").open("a", encoding="utf-8") as rules:
        rules.write("third: on nothing-we-know -> win-back\n")

    assert main(["check", "acme", "--format", "concise"]) == Exit.FOUND

    *lines, summary = capsys.readouterr().out.splitlines()
    assert [line.split(":")[0] for line in lines] == [
        f"acme/{PLAYBOOK}",
        "acme/playbooks/lifecycle.play",
    ]
    assert summary == "2 errors in 2 files"


def test_one_file_is_checked_with_the_project_around_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Editors and commit hooks name single files; a mistake named twice is told once."""
    spoil(project)
    path = f"acme/{PLAYBOOK}"

    assert main(["check", path, path, "acme/playbooks/lifecycle.play"]) == Exit.FOUND
    assert capsys.readouterr().out.endswith("\n1 error in 1 file\n")


def test_warnings_do_not_change_the_exit_code(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What is only doubtful must not stop a deployment."""
    spoil(project, 'if: plan in ["growth", "enterprise"]', 'if: plan != "free"')

    assert main(["check", "acme"]) == Exit.CLEAN
    assert capsys.readouterr().out.endswith("\n1 warning in 1 file\n")


@pytest.mark.parametrize("where", ["nowhere", "."])
def test_where_no_project_is_the_next_command_makes_one(
    where: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An empty folder is not clean, it is the wrong folder."""
    assert main(["check", where]) == Exit.MISUSE
    assert capsys.readouterr().err.endswith(f" next: cuebook init {where}\n")


def test_json_is_data_and_the_summary_stays_beside_it(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Standard output is for the program that reads it."""
    spoil(project)

    assert main(["check", "acme", "--format", "json"]) == Exit.FOUND

    printed = capsys.readouterr()
    assert [note["code"] for note in json.loads(printed.out)] == ["N103"]
    assert printed.err == "1 error in 1 file\n"


@pytest.mark.parametrize("form", ["json", "sarif"])
def test_without_mistakes_there_is_still_a_document(
    form: str, project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A program that expects JSON must get some."""
    assert main(["check", "acme", "--format", form]) == Exit.CLEAN
    assert json.loads(capsys.readouterr().out) is not None


def test_github_gets_its_marks(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A mistake appears in the pull request, at its line."""
    spoil(project)

    assert main(["check", "acme", "--format", "github"]) == Exit.FOUND
    assert capsys.readouterr().out.startswith(f"::error file=acme/{PLAYBOOK},line=7,")


def test_colour_is_there_when_asked_for(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """`--color always` outdoes NO_COLOR and a pipe."""
    spoil(project)
    main(["check", "acme", "--color", "always"])

    assert "\x1b[1;31merror[N103]\x1b[0m" in capsys.readouterr().out


def test_fix_mends_what_is_safe_and_tells_the_rest(
    project: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    spoil(project, "if: plan in", "if: seats = 3 and plann in")
    spoil(project, "on: go-live", "on: signed-up")

    assert main(["check", "acme", "--fix"]) == Exit.FOUND

    said = capsys.readouterr()
    assert said.err == "mended 2 places in 1 file\n\n"
    assert "unknown event `signed-up`" in said.out
    assert "if: seats == 3 and plan in" in (project / PLAYBOOK).read_text("utf-8")


def test_fix_can_be_looked_at_before(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever has not committed yet wants to see what a program would do to the files."""
    spoil(project)
    before = (project / PLAYBOOK).read_text("utf-8")

    assert main(["check", "acme", "--fix", "--diff"]) == Exit.FOUND

    said = capsys.readouterr()
    assert said.err == "would mend 1 place in 1 file\n"
    assert said.out.splitlines()[:2] == [f"--- acme/{PLAYBOOK}", f"+++ acme/{PLAYBOOK}"]
    assert "\n-if: plann in" in said.out
    assert "\n+if: plan in" in said.out
    assert (project / PLAYBOOK).read_text("utf-8") == before


def test_a_difference_alone_is_refused(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Without `--fix` there is nothing to show."""
    assert main(["check", str(project), "--diff"]) == Exit.MISUSE
    assert "cuebook check --fix --diff" in capsys.readouterr().err


def test_names_in_tests_are_mended_too(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A test file is written by the same hands as a playbook."""
    (project / "tests" / "more.yaml").write_text(
        "tests:\n"
        "  - test: somebody who goes live\n"
        '    playbook: "go-live-chek-in"\n'
        "    customer: {id: c1, paln: growth}\n"
        "    timeline: [{at: +0d, event: go-lvie}]\n"
        "    expect: []\n",
        "utf-8",
    )

    main(["check", "acme", "--fix"])

    mended = (project / "tests" / "more.yaml").read_text("utf-8")
    assert capsys.readouterr().err.startswith("mended 3 places in 1 file\n")
    assert '"go-live-check-in"' in mended
    assert "{id: c1, plan: growth}" in mended
    assert "event: go-live}" in mended


def test_what_is_meant_can_be_allowed(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with (project / "playbooks" / "lifecycle.play").open("a", encoding="utf-8") as rules:
        rules.write("on go-live -> win-back  # cuebook: allow L101\n")
        rules.write("# cuebook: allow L101, M201\n# named later\n")
        rules.write("on go-live -> check-in -> win-back\n")

    assert main(["check", "acme", "--format", "concise"]) == Exit.CLEAN

    told = capsys.readouterr().out
    assert "L101" not in told.replace("allow", "")
    assert "L102 nothing is allowed by this: no `M201` is found there" in told
