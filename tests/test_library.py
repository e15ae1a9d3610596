"""The shelf at work: plays are listed, shown, taken into projects, and brought up to date there."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from shutil import copytree

import pytest

from cuebook.cli.main import main
from cuebook.playbooks.catalogue import LIST, Play, catalogue, play_named
from cuebook.playbooks.filling import play_texts
from cuebook.playbooks.joining import joined

Said = tuple[int, str, str]
Type = Callable[..., Said]

SETTINGS = "project: acme\ntimezone: Europe/Berlin\n"
TOLD = {
    "sales/buying-signal": "attributes.plan",
    "onboarding/go-live-check-in": "stands there already",
    "engagement/extended-stay": "lifecycles.customer",
    "renewal/renewal-at-90-days": "declared twice",
    "loyalty/back-from-loyalty": "lifecycles.customer",
    "growth/second-product-line": "lifecycles.customer",
}
"""Plays that do not fit into a project that began with `init` and took the plays listed before them."""


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

    assert [one["play"] for one in json.loads(whole)] == [play.path for play in catalogue()]
    assert [(one["play"], one["model"]) for one in json.loads(some)] == [
        ("loyalty/back-from-loyalty", "retail"),
        ("loyalty/nps-closed-loop", "every"),
        ("loyalty/tier-perks", "retail"),
    ]
    assert "winback/three-touches" in text


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


@pytest.mark.parametrize("play", catalogue(), ids=lambda play: play.path)
def test_every_play_works_in_a_project_of_nothing(
    play: Play, acme: Path, type_: Type, capsys: pytest.CaptureFixture[str]
) -> None:
    """A play brings along all that it needs."""
    assert type_("add", play.path, "--to", acme)[0] == 0

    for command in (("check",), ("fmt", "--check"), ("test",)):
        assert main([*command, str(acme)]) == 0, capsys.readouterr()
    assert type_("upgrade", "--to", acme)[1].startswith("nothing to do")
    assert type_("diff", "--to", acme)[1].startswith("nothing was changed")


def test_plays_live_in_one_project_and_what_does_not_fit_is_told(
    tmp_path: Path, type_: Type, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is half taken, and the tests of each play hold with all the others around."""
    project = tmp_path / "starter"
    main(["init", str(project)])
    for play in catalogue():
        before = contents(project)
        code, out, complaint = type_("add", play.path, "--to", project)
        if play.path in TOLD:
            assert (code, contents(project) == before) == (1, True), out
            assert TOLD[play.path] in complaint
        else:
            assert code == 0, complaint

    capsys.readouterr()
    assert main(["check", str(project)]) == 0
    assert main(["test", str(project)]) == 0, capsys.readouterr()


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


def test_every_input_of_the_shelf_changes_something() -> None:
    """An input that stands nowhere promises what nobody keeps."""
    samples = {"duration": "77 days", "number": "77", "text": "77%"}
    inputs = [(play, one) for play in catalogue() for one in play.inputs().values()]

    assert len(inputs) >= 10
    for play, one in inputs:
        value = samples[one.type.kind]
        assert play_texts(play, {one.name: value}) != play_texts(play, {}), (play.path, one.name)


def test_comments_and_layout_of_the_project_stay() -> None:
    """Who has explained a line finds the explanation again."""
    mine = "# ours\nproject: acme\nattributes: {name: text} # short\nevents:\n  login: {}   # daily\n\n# the end\n"
    play = play_named("three-touches", catalogue())
    assert play is not None

    done = joined(mine, play.settings())

    assert done.text == (
        "# ours\nproject: acme\n"
        "attributes: {name: text, email: text, email_opt_in: boolean, churned: boolean,"
        " timezone: timezone} # short\nevents:\n  login: {}   # daily\n\n# the end\n"
    )


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
        "owner: marketing",
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
