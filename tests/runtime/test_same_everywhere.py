"""One suite, three runtimes: rehearsal, SQLite and PostgreSQL decide the same, to the letter."""

from collections.abc import Callable
from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.dsl.diagnostics import Report
from cuebook.dsl.trials.read_tests import written_in
from cuebook.engine.core.occurrence import Changed
from cuebook.engine.core.plan import Project
from cuebook.engine.core.program import Program
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.material import read_material
from cuebook.engine.rehearsal.script import Trial
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.playbooks import shelf

from .nodes import NODES, nodes_of
from .playing import wipe
from .scenarios import Scenario, assert_replays, assert_same, lived, of_trial, rehearsed

ROOT = Path(__file__).parents[2]
B2B = ROOT / "examples" / "b2b"
PROJECTS = [
    ROOT / "tests" / "stories",
    ROOT / "tests" / "stories" / "limits",
    *shelf(),
    ROOT / "tests" / "asked_for",
    B2B,
    ROOT / "examples" / "retail",
    ROOT / "examples" / "lifecycle",
]


def compiled(folder: Path) -> tuple[Project, list[tuple[str, Trial]]]:
    """Return a project and its tests that are timelines, by name."""
    found = compile_project(folder)
    assert found.project is not None
    tests = [(test.name, test.body) for test in written_in(found, Report())]
    return found.project, [(name, body) for name, body in tests if isinstance(body, Trial)]


@pytest.mark.parametrize("folder", PROJECTS, ids=lambda path: path.name)
def test_every_test_in_yaml_is_decided_alike(
    folder: Path, database: Database, another: Callable[..., Engine]
) -> None:
    """What an author sees in `cuebook test` is what customers will get."""
    project, trials = compiled(folder)
    promised = 0

    for name, trial in trials:
        scenario = of_trial(project, trial)
        wanted = rehearsed(scenario)
        wipe(database)
        assert_same(lived(scenario, database, another), wanted, name)
        assert_replays(database)
        promised += len(wanted.actions)

    assert promised > 0


def test_what_is_lived_alike_is_everything_a_plan_can_hold() -> None:
    """A construct without a story would be one that each runtime may understand in its own way."""
    found = {name for folder in PROJECTS for name in nodes_of(compiled(folder)[0])}

    assert sorted(NODES - found) == []


def test_a_year_of_the_example_is_decided_alike(
    database: Database, another: Callable[..., Engine]
) -> None:
    """All playbooks, all customers, all events of a year, with a restart in every quarter."""
    scenario = a_year(B2B)
    wanted = rehearsed(scenario)

    assert len(wanted.actions) > 100
    assert_same(lived(scenario, database, another), wanted)
    assert_replays(database)


def a_year(folder: Path) -> Scenario:
    """Return what the example's data tells, deployed when the first thing happens."""
    project, _ = compiled(folder)
    ready: Program = program(project)
    data = read_material(ready, [folder / "data" / "customers.csv"], [folder / "data" / "events"])
    assert data.first_at is not None
    assert data.last_at is not None
    start, until = data.first_at, data.last_at + 1
    known = {
        name: [Changed(start - 1, values), *data.histories.get(name, ())]
        for name, values in data.customers.items()
    }
    quarters = tuple(start + (until - start) * part // 4 for part in (1, 2, 3))
    return Scenario(project, start, until, {**data.histories, **known}, quarters)
