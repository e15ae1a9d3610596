"""The shelf and the examples: whoever copies them gets something that works."""

import json
import re
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.document import Mapping
from cuebook.dsl.trials.read_tests import written_in
from cuebook.engine.core.plan import Do
from cuebook.engine.rehearsal.script import Trial
from cuebook.engine.rehearsal.trial import Attempts, Done
from cuebook.playbooks import shelf
from cuebook.playbooks.catalogue import Play, catalogue
from cuebook.playbooks.filling import play_texts

from .shelves import faults
from .typing_in import cuebook

ROOT = Path(__file__).parents[1]
LIST = ROOT / "playbooks" / "README.md"
EXAMPLES = tuple(ROOT / "examples" / name for name in ("b2b", "retail", "lifecycle", "first"))
PROJECTS = [*shelf(), *EXAMPLES]
STAGES = (
    "adoption",
    "billing",
    "engagement",
    "growth",
    "loyalty",
    "onboarding",
    "renewal",
    "risk",
    "sales",
    "support",
    "trial",
    "winback",
)
ASKED = (
    "onboarding/onboarding-by-day",
    "onboarding/go-live-check-in",
    "onboarding/kickoff",
    "trial/trial-days-3-7-12",
    "engagement/thank-you-after-purchase",
    "engagement/second-week-drop",
    "engagement/usage-reminder",
    "adoption/unused-feature",
    "adoption/quarterly-value-report",
    "sales/proposal-follow-up",
    "risk/champion-leaves",
    "renewal/renewal-120-90-60-30",
    "risk/at-risk-by-health",
    "winback/three-touches",
    "sales/cart-abandonment",
    "billing/overdue-invoice",
    "onboarding/onboarding-survey",
    "loyalty/nps-closed-loop",
    "sales/lost-deal-survey",
    "sales/long-nurture",
    "sales/lead-scoring",
    "sales/buying-signal",
    "growth/upsell-at-90-percent",
    "growth/cross-sell-by-affinity",
    "growth/referral-reward",
    "loyalty/tier-perks",
    "loyalty/anniversary",
    "loyalty/back-from-loyalty",
    "onboarding/condensed-after-referral",
    "engagement/extended-stay",
    "growth/second-product-line",
    "support/open-p1-pauses-promotion",
    "support/sensitive-case",
)
"""What a team that begins looks for, from the signed contract to the second product line."""
COPIED = (
    "go-live-check-in",
    "renewal-at-90-days",
    "thank-you-after-purchase",
    "win-back-after-inactivity",
)
"""What `examples/b2b` took from the shelf."""


def test_the_shelf_has_a_playbook_for_each_stage() -> None:
    """A shelf with a gap is noticed by the customer who stands in front of it."""
    assert {folder.parent.name for folder in shelf()} == set(STAGES)


def test_what_teams_look_for_stands_on_the_shelf_and_in_the_manual() -> None:
    """A play that is looked for under another name is found by the page that says it in plain words."""
    page = (ROOT / "docs" / "library.md").read_text(encoding="utf-8")
    told = re.findall(r"^\| .+ \| \[[\w-]+\]\(\.\./playbooks/([\w/-]+)\) \|$", page, re.MULTILINE)

    assert tuple(told) == ASKED
    assert set(ASKED) <= {play.path for play in catalogue()}


@pytest.mark.parametrize("model", ["business", "trial", "subscription", "retail"])
def test_each_model_of_a_lifecycle_is_served(model: str) -> None:
    """A shop, a tool that is tried and an account with people need other plays."""
    assert len([play for play in catalogue() if play.model == model]) >= 3


@pytest.mark.parametrize("play", catalogue(), ids=lambda play: play.path)
def test_a_play_acts_by_names_of_its_own(play: Play) -> None:
    """Whoever changes the words finds them in one place, by a name that says what they are for."""
    project = compile_project(play.folder).project
    assert project is not None
    deeds = [one.body for plan in project.plans for one in plan.steps if isinstance(one.body, Do)]

    assert deeds
    assert [one.action for one in deeds if one.action == one.kind] == []


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_a_project_is_handed_out_without_a_fault(project: Path) -> None:
    """Not a warning, the one layout, tests that pass and reach all steps: looked at once."""
    assert faults(project) == []


@pytest.mark.parametrize("play", catalogue(), ids=lambda play: play.path)
def test_a_play_says_what_it_is_for(play: Play) -> None:
    """A play without a goal is never known to work, one without inputs is nobody's own."""
    assert play.title
    assert play.goal
    assert play.does
    assert play.inputs()
    assert all(one.meaning for one in play.inputs().values())


@pytest.mark.parametrize("play", catalogue(), ids=lambda play: play.path)
def test_a_play_reaches_those_whose_name_nobody_knows(play: Play) -> None:
    """A text that names what is missing is held back: no play may lose a task or a letter by a name.

    Nor by an owner. And what is sent reads like a text, whether the name is known or not.
    """
    compiled = compile_project(play.folder)
    assert compiled.project is not None
    attempts = Attempts(compiled.project)

    for test in written_in(compiled, Report()):
        if isinstance(test.body, Trial):
            known = attempts.attempt(test.body).done
            unknown = attempts.attempt(replace(test.body, attributes=nameless(test.body))).done

            assert [_deed(one) for one in unknown] == [_deed(one) for one in known], test.name
            for one in (one for one in (*known, *unknown) if not one.skipped):
                assert not SLIP.search(json.dumps(one.args, ensure_ascii=False)), one.args


SLIP = re.compile(
    r"\{\{|\}\}|\{%|\{#|\bNone\b|Undefined|TODO|XXX|[Ll]orem|Hello ,|[^ \\n]  +[^ ]| [,.;?!]"
)
"""What no customer should read: marks of a template, what stands for a missing value, doubled blanks."""


def nameless(trial: Trial) -> dict[str, object]:
    """Return what is known of the customer of a test, without names and without who looks after it."""
    return {name: _bare(value) for name, value in trial.attributes.items() if name not in UNKNOWN}


UNKNOWN = ("name", "csm", "account_executive")


def _bare(value: object) -> object:
    match value:
        case list() | tuple():
            return type(value)(map(_bare, value))
        case dict():
            return {key: inner for key, inner in value.items() if key != "name"}
        case _:
            return value


def _deed(one: Done) -> tuple[int, str, str, str]:
    return one.at, one.playbook, one.step, one.skipped


def test_the_list_of_the_shelf_names_what_stands_there() -> None:
    """What is not in the list is found by nobody."""
    listed = re.findall(
        r"^\| \S+ \| \[\S+\]\((\S+)\) \| (\w+) ", LIST.read_text("utf-8"), re.MULTILINE
    )

    assert sorted(path for path, _ in listed) == [f"{p.parent.name}/{p.name}" for p in shelf()]
    assert {model for _, model in listed} == {
        "business",
        "every",
        "retail",
        "subscription",
        "trial",
    }


def test_the_list_of_the_shelf_knows_every_word_of_its_plays() -> None:
    """Whoever tells cuebook of customers looks up there what to tell."""
    page = LIST.read_text(encoding="utf-8")
    words = {
        *re.findall(r"`([\w-]+)`", page),
        *re.findall(r"[\w-]+", page.split("**Who does it.**")[1]),
    }
    needed: set[str] = set()
    for play in catalogue():
        for key, node in play.declared().entries:
            if key.value in ("attributes", "events") and isinstance(node, Mapping):
                needed |= {name.value for name, _ in node.entries}
        needed |= {name for name, one in play.inputs().items() if name == one.default}

    assert needed - words == set()


def test_the_example_plays_what_lies_on_the_shelf() -> None:
    """The example holds plays as they are taken, so that it cannot grow old beside the shelf."""
    for play in (play for play in catalogue() if play.name in COPIED):
        for place, text in play_texts(play, {}).items():
            if not place.endswith(".actions.yaml"):
                assert (EXAMPLES[0] / place).read_text(encoding="utf-8") == text, place


def test_the_invented_year_is_what_its_program_invents(tmp_path: Path) -> None:
    """Data that was edited by hand would prove something else than it says."""
    data = EXAMPLES[0] / "data"
    subprocess.run([sys.executable, EXAMPLES[0] / "generate.py", tmp_path], check=True)

    made = {path.relative_to(tmp_path): path.read_bytes() for path in tmp_path.rglob("*.*")}
    kept = {path.relative_to(data): path.read_bytes() for path in data.rglob("*.*")}

    assert made == kept


def test_every_playbook_of_the_example_does_something() -> None:
    """A demonstration in which a playbook stays silent demonstrates nothing."""
    data = EXAMPLES[0] / "data"
    words = ("--customers", data / "customers.csv", "--events", data / "events")
    run = cuebook("dry-run", EXAMPLES[0], *words, "--format", "jsonl")
    project = compile_project(EXAMPLES[0]).project

    done = {json.loads(line)["playbook"] for line in run.stdout.splitlines()}

    assert project is not None
    assert done == {plan.playbook for plan in project.plans} - {"onboarding-done"}
