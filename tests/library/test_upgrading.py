"""Plays that were taken are brought up to date, with what their authors changed."""

import json
from pathlib import Path

import pytest

from cuebook.cli.main import main

from .conftest import Type, contents, replace


@pytest.mark.parametrize("play", ["winback/three-touches", "risk/at-risk-by-health"])
def test_what_was_taken_is_up_to_date(play: str, acme: Path, type_: Type) -> None:
    """Taken and filled in, there is nothing to bring up to date, and nothing was changed."""
    assert type_("add", play, "--to", acme)[0] == 0

    assert type_("upgrade", "--to", acme)[1].startswith("nothing to do")
    assert type_("diff", "--to", acme)[1].startswith("nothing was changed")


def test_an_upgrade_keeps_what_the_author_changed(acme: Path, shelf: Path, type_: Type) -> None:
    """Both sides moved on, in different lines: neither loses."""
    where = ("--to", acme, "--shelf", shelf)
    type_("add", "three-touches", *where, "--set", "silence=45 days")
    mine = acme / "playbooks" / "three-touches.yaml"
    replace(mine, "owner: marketing", "owner: growth")
    replace(
        shelf / "winback/three-touches/playbooks/three-touches.yaml",
        "again: after 180 days",
        "again: after 200 days",
    )

    _, shown, _ = type_("upgrade", *where, "--diff")
    _, changed, _ = type_("diff", *where)
    code, _, complaint = type_("upgrade", *where)

    text = mine.read_text(encoding="utf-8")
    assert code == 0, complaint
    assert "+again: after 200 days\n" in shown
    assert "+owner: growth\n" in changed
    for line in ("owner: growth", "on: no login for 45 days", "again: after 200 days"):
        assert f"{line}\n" in text
    assert type_("upgrade", *where)[1].startswith("nothing to do")


def test_an_upgrade_marks_where_both_changed_one_line(acme: Path, shelf: Path, type_: Type) -> None:
    """Only a person knows which of two changes is meant."""
    where = ("--to", acme, "--shelf", shelf)
    type_("add", "three-touches", *where)
    mine = acme / "playbooks" / "three-touches.yaml"
    replace(mine, "owner: marketing", "owner: growth")
    replace(
        shelf / "winback/three-touches/playbooks/three-touches.yaml",
        "owner: marketing  # input: marketing",
        "owner: sales",
    )

    code, out, _ = type_("upgrade", *where)

    text = mine.read_text(encoding="utf-8")
    assert code == 1
    assert "playbooks/three-touches.yaml:4: you and the shelf changed the same lines\n" in out
    assert "between <<<<<<< and >>>>>>>" in out
    assert "<<<<<<< yours\nowner: growth\n=======\nowner: sales\n>>>>>>> the shelf\n" in text


def test_inputs_can_be_filled_in_anew(acme: Path, type_: Type) -> None:
    """A value that turned out wrong is changed where it is used, and recorded."""
    type_("add", "three-touches", "--to", acme)

    code, _, _ = type_("upgrade", "three-touches", "--to", acme, "--set", "silence=90 days")

    taken = json.loads((acme / "cuebook.lock").read_text("utf-8"))["plays"]["winback/three-touches"]
    assert code == 0
    assert "on: no login for 90 days\n" in (acme / "playbooks/three-touches.yaml").read_text(
        "utf-8"
    )
    assert taken["inputs"] == {"silence": "90 days"}

    type_("upgrade", "three-touches", "--to", acme, "--set", "silence=60 days")

    again = json.loads((acme / "cuebook.lock").read_text("utf-8"))["plays"]["winback/three-touches"]
    assert again["inputs"] == {}


def test_a_level_that_is_declared_is_filled_in_anew(acme: Path, type_: Type) -> None:
    """What stands in `cuebook.yaml` follows its input as long as nobody has changed it there."""
    settings = acme / "cuebook.yaml"
    where = ("at-risk-by-health", "--to", acme, "--set")
    type_("add", *where, "level=40")
    first = settings.read_text("utf-8")

    type_("upgrade", *where, "level=45")
    second = settings.read_text("utf-8")
    replace(settings, "health_score < 45", "health_score < 44")
    code, _, complaint = type_("upgrade", *where, "level=48")

    assert "at-risk: {enter: health_score < 40, leave: health_score > 60}" in first
    assert "at-risk: {enter: health_score < 45, leave: health_score > 60}" in second
    assert code == 1
    assert "segments.at-risk is {enter: health_score < 44" in complaint


def test_files_that_go_or_come_on_the_shelf(acme: Path, shelf: Path, type_: Type) -> None:
    """What was deleted here stays deleted; what is new there comes; what nobody changed may go."""
    where = ("--to", acme, "--shelf", shelf)
    type_("add", "three-touches", *where)
    templates = shelf / "winback/three-touches/templates"
    (templates / "new.txt").write_text("Subject: New\n\nNew.\n")
    replace(templates / "last-word.txt", "last time", "very last time")
    (acme / "templates" / "last-word.txt").unlink()

    code, out, complaint = type_("upgrade", *where)

    assert code == 0, complaint
    assert "templates/last-word.txt was deleted here, and is left so" in out
    assert (acme / "templates" / "new.txt").is_file()
    assert not (acme / "templates" / "last-word.txt").exists()


@pytest.mark.parametrize(
    "text",
    [
        "nonsense",
        '{"form": 9, "plays": {}}',
        '{"form": 1, "plays": {"a/b": {"files": {"../x": ""}}}}',
    ],
)
def test_a_lock_file_that_cannot_be_right_is_not_followed(
    text: str, acme: Path, type_: Type
) -> None:
    """It may come from anybody, and says which files are written."""
    (acme / "cuebook.lock").write_text(text)

    code, _, complaint = type_("upgrade", "--to", acme)

    assert code == 2
    assert "cuebook.lock" in complaint


def test_a_step_that_the_author_took_out_and_the_shelf_mended_needs_a_person(
    acme: Path, shelf: Path, type_: Type
) -> None:
    """Told with its line before and after; until it is settled nothing is laid on top, or deployed."""
    where = ("--to", acme, "--shelf", shelf)
    type_("add", "three-touches", *where)
    mine = acme / "playbooks" / "three-touches.yaml"
    text = mine.read_text("utf-8")
    mine.write_text(
        text.replace(text[text.index("  - do: touch-2") : text.index("  - do: touch-3")], "")
    )
    replace(
        shelf / "winback/three-touches/playbooks/three-touches.yaml",
        'after: 7 days  # input: second\n    at: "10:00"',
        'after: 7 days  # input: second\n    at: "11:00"',
    )

    before = contents(acme)
    foreseen, _, _ = type_("upgrade", *where, "--diff")
    untouched = contents(acme) == before
    code, out, _ = type_("upgrade", *where, "--format", "json")
    again, _, complaint = type_("upgrade", *where)

    assert (foreseen, untouched, code, again) == (1, True, 1, 1)
    assert json.loads(out)["plays"][0]["conflicts"] == {"playbooks/three-touches.yaml": [14]}
    assert "playbooks/three-touches.yaml:14: you and the shelf changed the same lines" in complaint
    assert main(["check", str(acme)]) == 1


def test_a_letter_with_an_unfinished_merge_is_a_mistake(
    acme: Path, shelf: Path, type_: Type, capsys: pytest.CaptureFixture[str]
) -> None:
    """A text takes any line: without a rule the marks would go out to customers."""
    where = ("--to", acme, "--shelf", shelf)
    type_("add", "three-touches", *where)
    replace(acme / "templates" / "last-word.txt", "Shall we keep your place?", "Mine")
    replace(
        shelf / "winback/three-touches/templates/last-word.txt",
        "Shall we keep your place?",
        "Theirs",
    )

    code, out, _ = type_("upgrade", *where)

    assert (code, "templates/last-word.txt:1: " in out) == (1, True)
    assert main(["check", str(acme)]) == 1
    assert "error[A112]: a merge is not finished here" in capsys.readouterr().out


@pytest.mark.parametrize("what", ["upgrade", "diff"])
def test_a_file_that_is_no_text_is_told(what: str, acme: Path, shelf: Path, type_: Type) -> None:
    """An old editor saves as it likes; nothing is overwritten that could not be read."""
    where = ("--to", acme, "--shelf", shelf)
    type_("add", "three-touches", *where)
    (acme / "templates" / "last-word.txt").write_bytes(b"caf\xe9\n")
    before = contents(acme)

    code, _, complaint = type_(what, *where)

    assert (code, contents(acme) == before) == (2, True)
    assert "templates/last-word.txt is not UTF-8 text" in complaint
    assert f"next: cuebook check {acme}" in complaint


def test_line_breaks_of_another_system_are_no_change(acme: Path, type_: Type) -> None:
    """A checkout on Windows has other line breaks, and nobody has edited anything."""
    type_("add", "three-touches", "--to", acme)
    for path in acme.rglob("*.txt"):
        path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))

    assert type_("diff", "--to", acme)[1].startswith("nothing was changed")
    assert type_("upgrade", "--to", acme)[1].startswith("nothing to do")
