"""The shelf at work: plays are listed, shown, taken into projects, and brought up to date there."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from cuebook.cli.main import main
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.inputs import Input
from cuebook.engine.core import vocabulary
from cuebook.playbooks.catalogue import LIST, Play, catalogue
from cuebook.playbooks.filling import filled
from cuebook.playbooks.taking import added, given

from .shelves import faults, otherwise

Said = tuple[int, str, str]
Type = Callable[..., Said]

SETTINGS = "project: acme\ntimezone: Europe/Berlin\n"


@pytest.fixture
def type_(capsys: pytest.CaptureFixture[str]) -> Type:
    """Types `cuebook library …` and hears what is said."""

    def typed(*words: object) -> Said:
        capsys.readouterr()
        code = main(["library", *map(str, words)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return typed


@pytest.fixture
def acme(tmp_path: Path) -> Path:
    """Return a project in which nothing is declared yet."""
    folder = tmp_path / "acme"
    folder.mkdir()
    (folder / "cuebook.yaml").write_text(SETTINGS)
    return folder


@pytest.fixture
def shelf(tmp_path: Path) -> Path:
    """Return a shelf of one play, to be edited."""
    play = "winback/three-touches"
    copytree(LIST.parent / play, tmp_path / "shelf" / play)
    row = re.search(rf"^.*\({play}\).*$", LIST.read_text("utf-8"), re.MULTILINE)
    assert row is not None
    (tmp_path / "shelf" / "README.md").write_text(f"{row[0]}\n", encoding="utf-8")
    return tmp_path / "shelf"


def contents(folder: Path) -> dict[str, bytes]:
    """Every file of a folder."""
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def replace(path: Path, old: str, new: str) -> None:
    """Edit a file as a person would."""
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def test_the_list_is_that_of_the_shelf_and_can_be_narrowed(type_: Type) -> None:
    """What fits every model is offered for each of them."""
    _, whole, _ = type_("list", "--format", "json")
    _, some, _ = type_("list", "--stage", "loyalty", "--model", "retail", "--format", "json")
    _, text, _ = type_("list", "--stage", "winback")
    _, table, _ = type_("list")

    assert [one["play"] for one in json.loads(whole)] == [play.path for play in catalogue()]
    assert [(one["play"], one["model"]) for one in json.loads(some)] == [
        ("loyalty/back-from-loyalty", "retail"),
        ("loyalty/nps-closed-loop", "every"),
        ("loyalty/tier-perks", "retail"),
    ]
    assert "winback/three-touches  for subscription\n  Win back in three touches\n" in text
    assert "  goal: has login within 30 days\n  inputs: silence=60 days, holdout=10%, " in text
    assert len(table.splitlines()) == len(catalogue()) + 2


@pytest.mark.parametrize(
    ("words", "following"),
    [
        (("list", "--stage", "winbock"), "cuebook library list --stage winback"),
        (("show", "three-tuches"), "cuebook library show three-touches"),
        (("add",), "cuebook library list"),
        (("add", "three-touches", "--to", "nowhere"), "cuebook init nowhere"),
        (("list", "--shelf", "nowhere"), "cuebook library list"),
    ],
)
def test_a_slip_is_answered_with_what_to_type(
    words: tuple[str, ...], following: str, type_: Type
) -> None:
    """Whoever mistypes a name sees the right one."""
    code, _, complaint = type_(*words)

    assert code == 2
    assert complaint.endswith(f" next: {following}\n")


def test_a_play_is_shown_with_what_it_needs_and_does(type_: Type) -> None:
    """Who decides whether to take a play reads it first."""
    code, text, _ = type_("show", "three-touches")
    _, told, _ = type_("show", "winback/three-touches", "--format", "json")

    assert code == 0
    assert "  silence (duration, 60 days): how long without a login is too long\n" in text
    assert "  events: login\n" in text
    assert "It has reached its goal when" in text
    assert json.loads(told)["inputs"]["holdout"]["default"] == "10%"


@pytest.mark.parametrize("more", [True, False], ids=["more", "less"])
@pytest.mark.parametrize("play", catalogue(), ids=lambda play: play.path)
def test_every_play_can_be_filled_in_otherwise(play: Play, more: bool, acme: Path) -> None:
    """Another company has other days, levels, teams: all inputs at once, in a project of nothing.

    The play compiles without a warning, is laid out, and its own tests pass with its new values.
    """
    report = Report()
    values = {name: otherwise(one, more=more) for name, one in play.inputs().items()}
    if not more:
        replace(acme / "cuebook.yaml", "project: acme", "project: elsewhere")  # It draws otherwise.

    added(play, acme, given(play, values, report), "1").write(acme)

    assert list(report) == []
    assert faults(acme) == []


@pytest.mark.parametrize("play", ["winback/three-touches", "risk/at-risk-by-health"])
def test_what_was_taken_is_up_to_date(play: str, acme: Path, type_: Type) -> None:
    """Taken and filled in, there is nothing to bring up to date, and nothing was changed."""
    assert type_("add", play, "--to", acme)[0] == 0

    assert type_("upgrade", "--to", acme)[1].startswith("nothing to do")
    assert type_("diff", "--to", acme)[1].startswith("nothing was changed")


def test_all_plays_live_in_one_project(tmp_path: Path) -> None:
    """The shelf has one vocabulary: whoever takes everything has no clash, and no warning either.

    The tests of each play hold with all the others around, and so does what `cuebook init` declares.
    """
    project = tmp_path / "starter"
    main(["init", str(project)])
    for path in (*project.glob("playbooks/*"), *project.glob("tests/*")):
        path.unlink()  # Its own playbooks are tried elsewhere; one of them is on the shelf, too.
    for play in catalogue():
        change = added(play, project, {}, "1")
        assert (change.taken, change.settings.conflicts) == ([], []), play.path
        change.write(project)

    assert faults(project) == []


@pytest.mark.parametrize(
    ("typed", "code", "said"),
    [
        ("silense=45 days", "P101", "did you mean `silence`?"),
        ("silence=blue", "T202", "as in `30 days`"),
        ("silence=", "T202", "takes a duration of one line"),
        ("silence=5 parsecs", "T202", "not a duration"),
    ],
)
def test_what_cannot_be_filled_in_is_a_diagnostic(
    typed: str, code: str, said: str, acme: Path, type_: Type
) -> None:
    """A wrong value is found before anything is written, where it was typed."""
    before = contents(acme)

    ended, _, complaint = type_("add", "three-touches", "--to", acme, "--set", typed)

    assert ended == 1
    assert f"error[{code}]" in complaint
    assert said in complaint
    assert contents(acme) == before


def test_a_value_that_compiles_nowhere_is_told_before_it_is_written(
    acme: Path, type_: Type
) -> None:
    """A text may be of its type and still be no share of customers."""
    before = contents(acme)

    code, _, complaint = type_("add", "three-touches", "--to", acme, "--set", "holdout=many")

    assert (code, contents(acme) == before) == (1, True)
    assert "holdout: many" in complaint


@pytest.mark.parametrize("play", catalogue(), ids=lambda play: play.path)
def test_every_input_changes_something_that_is_played(play: Play) -> None:
    """An input that stands nowhere promises what nobody keeps; one in tests alone, even less."""
    inputs = play.inputs()
    texts = [text for place, text in play.texts().items() if not place.startswith("tests/")]
    for name, one in inputs.items():
        values = {name: otherwise(one, more=True)}

        assert any(
            filled(text, inputs, values, "") != filled(text, inputs, {}, "")
            for text in (*texts, play.settings())
        ), name


def test_a_mark_of_several_fills_them_in_from_left_to_right() -> None:
    """What was filled in already is not taken for the default of what comes after it."""
    days = {
        name: Input(name, vocabulary.Type("duration"), f"{n} days")
        for name, n in (("a", 3), ("b", 7))
    }
    line = "at: +3 days +7 days +7 days  # input: a, b, b"

    assert filled(line, days, {"a": "7 days", "b": "3 days"}, "") == "at: +7 days +3 days +3 days"


def test_what_the_project_computes_need_not_be_told(acme: Path, type_: Type) -> None:
    """A health that is a signal here stays one where a play expects to be told it."""
    settings = acme / "cuebook.yaml"
    settings.write_text(
        f"{SETTINGS}signals:\n  health_score: 100 - count of login\nevents: {{login: {{}}}}\n"
    )

    code, _, complaint = type_("add", "at-risk-by-health", "--to", acme)

    assert code == 0, complaint
    assert "health_score: number" not in settings.read_text("utf-8")


def test_plans_of_another_name_are_filled_in(acme: Path, type_: Type) -> None:
    """A company has its own plans; a play that would never begin there is not taken in silence."""
    settings = acme / "cuebook.yaml"
    settings.write_text(f"{SETTINGS}attributes:\n  plan: {{one of: [basic, pro]}}\n")

    refused, _, complaint = type_("add", "go-live-check-in", "--to", acme)
    taken, _, _ = type_("add", "go-live-check-in", "--to", acme, "--set", 'plans="pro"')

    assert (refused, "not one of the declared values" in complaint) == (1, True)
    assert taken == 0
    assert "plan: {one of: [basic, pro]}" in settings.read_text("utf-8")


def test_a_name_that_means_something_else_here_is_told_with_its_line(
    acme: Path, type_: Type
) -> None:
    """Two meanings under one name would each break the other's playbooks."""
    (acme / "cuebook.yaml").write_text(f"{SETTINGS}attributes:\n  churned: number\n")
    before = contents(acme)

    code, _, complaint = type_("add", "three-touches", "--to", acme)

    assert (code, contents(acme) == before) == (1, True)
    assert "cuebook.yaml:4: attributes.churned is number here, and boolean in" in complaint


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
    assert "playbooks/three-touches.yaml: 1 place where you and the shelf differ" in out
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
