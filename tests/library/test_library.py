"""The shelf at work: plays are listed, shown, and taken into projects."""

import json
from pathlib import Path

import pytest

from cuebook.cli.main import main
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.inputs import Input
from cuebook.engine.core import vocabulary
from cuebook.playbooks.catalogue import Play, catalogue
from cuebook.playbooks.filling import filled
from cuebook.playbooks.taking import added, given

from ..shelves import faults, otherwise
from .conftest import SETTINGS, Type, contents, replace


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
        (("list", "kickoff"), "cuebook library show kickoff"),
        (("show", "kickoff", "three-touches"), "cuebook library show kickoff"),
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
    """Another company has other days, levels, teams, clocks: all at once, in a project of nothing.

    The play compiles without a warning, is laid out, and its own tests pass with its new values.
    """
    report = Report()
    values = {name: otherwise(one, more=more) for name, one in play.inputs().items()}
    settings = acme / "cuebook.yaml"
    if more:
        # Another clock goes here, and other days are free.
        elsewhere = "Asia/Dubai\ncalendar: {business days: sun-thu, holidays: [AE]}"
        replace(settings, "Europe/Berlin", elsewhere)
    else:
        replace(settings, "project: acme", "project: elsewhere")  # It draws otherwise.

    added(play, acme, given(play, values, report), "1").write(acme)

    assert list(report) == []
    assert faults(acme) == []


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


def test_several_plays_are_taken_at_once(acme: Path, type_: Type) -> None:
    """A value goes to each play that has an input of its name; `--dry-run` writes nothing."""
    words = (
        "kickoff",
        "onboarding/onboarding-by-day",
        "--to",
        acme,
        "--set",
        "customer-success=care",
    )
    before = contents(acme)

    _, shown, _ = type_("add", *words, "--dry-run")
    untouched = contents(acme) == before
    code, out, complaint = type_(
        "add", *words, "--set", "ahead=4 business days", "--format", "json"
    )

    told = json.loads(out)["plays"]
    assert (code, untouched) == (0, True), complaint
    assert "+++ playbooks/kickoff.yaml" in shown
    assert [one["play"] for one in told] == ["onboarding/kickoff", "onboarding/onboarding-by-day"]
    assert told[0]["files"]["playbooks/kickoff.yaml"] == "new"
    assert "attributes.kickoff_date" in told[0]["declared"]
    assert told[1]["declared"] == ["events.contract-signed", "events.login", "events.first-value"]
    for name in ("kickoff", "onboarding-by-day"):
        assert "owner: care\n" in (acme / "playbooks" / f"{name}.yaml").read_text("utf-8")
    assert faults(acme) == []


def test_a_project_among_the_plays_is_told_where_it_belongs(acme: Path, type_: Type) -> None:
    """Every other command takes it without an option."""
    code, _, said = type_("add", "three-touches", acme)

    assert code == 2
    assert f"{acme} is a project, not a play" in said
    assert f"next: cuebook library add three-touches --to {acme}" in said


def test_of_several_plays_all_are_taken_or_none(acme: Path, type_: Type) -> None:
    """Half of what was asked for is what nobody asked for."""
    (acme / "templates").mkdir()
    (acme / "templates" / "last-word.txt").write_text("Mine.\n")
    before = contents(acme)

    code, out, complaint = type_(
        "add", "kickoff", "three-touches", "--to", acme, "--format", "json"
    )

    told = json.loads(out)["plays"]
    assert (code, contents(acme) == before) == (1, True)
    assert "templates/last-word.txt stands there already" in complaint
    assert [one["written"] for one in told] == [False, False]
    assert ["last-word.txt" in " ".join(one["refused"]) for one in told] == [False, True]


def test_a_value_that_no_play_takes_is_told_once(acme: Path, type_: Type) -> None:
    """A slip is a slip in front of two plays, too."""
    words = ("kickoff", "three-touches", "--to", acme, "--set", "aheat=2 days")

    code, _, complaint = type_("add", *words)

    assert code == 1
    assert complaint.count("error[P101]") == 1
    assert "did you mean `ahead`?" in complaint


def test_a_project_that_declares_nothing_yet_begins_with_a_play(acme: Path, type_: Type) -> None:
    """An empty file is where everybody starts who does not use `init`."""
    (acme / "cuebook.yaml").write_text("")

    code, _, complaint = type_("add", "cart-abandonment", "--to", acme)

    assert code == 0, complaint
    assert faults(acme) == []


def test_where_nothing_can_be_written_nothing_is(acme: Path, type_: Type) -> None:
    """A disk that is full, or read-only, in the middle of it: no file is left half written."""
    (acme / "tests").write_text("in the way of a folder")
    before = contents(acme)

    code, _, complaint = type_("add", "three-touches", "--to", acme)

    assert code == 2
    assert "/tests/.three-touches.yaml.new cannot be written: " in complaint
    assert complaint.endswith(f" next: ls -ld {acme}\n")
    assert contents(acme) == before
