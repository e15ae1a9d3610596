"""The shelf and the examples: whoever copies them gets something that works."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from cuebook.cli.main import main
from cuebook.cli.run_tests import Runner
from cuebook.cli.show_coverage import Coverage, covered
from cuebook.dsl import compile_project
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.trials.read_tests import written_in
from cuebook.playbooks import shelf

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
COPIED = (
    "go-live-check-in",
    "renewal-at-90-days",
    "thank-you-after-purchase",
    "win-back-after-inactivity",
)
"""What `examples/b2b` took from the shelf."""


def cuebook(*words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run the command line as a person would."""
    return subprocess.run(
        [sys.executable, "-m", "cuebook.cli.main", *words],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT / ".typing")},
    )


def test_the_shelf_has_a_playbook_for_each_stage() -> None:
    """A shelf with a gap is noticed by the customer who stands in front of it."""
    assert {folder.parent.name for folder in shelf()} == set(STAGES)


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_a_project_passes_check_without_a_warning(project: Path) -> None:
    """What we hand out is what we recommend."""
    compiled = compile_project(project)

    assert list(compiled.report) == []


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_a_project_passes_its_own_tests(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A playbook on the shelf arrives with the proof that it works."""
    code = main(["test", str(project)])

    assert code == 0, capsys.readouterr()


@pytest.mark.parametrize("project", PROJECTS, ids=lambda path: path.name)
def test_conditions_on_the_shelf_are_seen_to_be_what_they_can_be(project: Path) -> None:
    """A condition that was only ever true has not been tested: all steps, nine values in ten."""
    compiled = compile_project(project)
    assert compiled.project is not None
    runner = Runner(compiled, watch=True)

    steps, legs = covered(
        Coverage.of(runner.outcome(test).verdict for test in written_in(compiled, Report())),
        compiled.project,
    )

    assert (steps, legs >= 90) == (100, True), (steps, legs)


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


def test_the_shelf_is_laid_out_as_fmt_has_it() -> None:
    """What is copied begins in the one layout."""
    run = cuebook("fmt", "--check", *shelf())

    assert run.returncode == 0, run.stdout + run.stderr


def test_the_example_plays_what_lies_on_the_shelf() -> None:
    """The example copies the shelf word for word, so that it cannot grow old beside it."""
    for folder in (folder for folder in shelf() if folder.name in COPIED):
        for part in ("playbooks", "templates", "tests"):
            for original in (folder / part).iterdir():
                copy = EXAMPLES[0] / part / original.name
                assert copy.read_bytes() == original.read_bytes(), copy


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
