"""Every run that goes in comes out: the numbers on the arrows of a picture add up."""

from collections import Counter
from pathlib import Path

import pytest

from cuebook.dsl.project import compile_project
from cuebook.engine.graphs import END, START
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.journeys import Journeys
from cuebook.engine.rehearsal.material import read_material
from cuebook.engine.rehearsal.rehearse import rehearse_parts

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.parametrize("name", ["b2b", "first"])
def test_what_goes_in_comes_out_or_waits(name: str) -> None:
    project = compile_project(ROOT / "examples" / name).project
    assert project is not None
    ready = program(project)
    data = ROOT / "examples" / name / "data"
    events = [path for path in sorted(data.iterdir()) if path.stem == "events"]
    customers = sorted(data.glob("customers*"))
    material = read_material(ready, customers, events)
    journeys = Journeys(project)
    start, until = material.first_at, material.last_at
    assert start is not None
    assert until is not None

    done = rehearse_parts(
        ready, material.parts(), start=start, until=until + 1, listen=journeys.listen
    )

    for plan in project.plans:
        balance: Counter[str] = Counter()
        for (playbook, source, target), number in journeys.passed.items():
            if playbook == plan.playbook:
                balance[source] -= number
                balance[target] += number
        for (playbook, source), number in journeys.left.items():
            if playbook == plan.playbook:
                balance[source] -= number
                balance[END] += number
        assert -balance[START] <= done.runs[plan.playbook]
        assert all(number >= 0 for place, number in balance.items() if place != START)
    waiting = sum(done.runs.values()) - sum(
        n for (_, _, target), n in journeys.passed.items() if target == END
    )
    assert waiting - journeys.left.total() == done.waiting
