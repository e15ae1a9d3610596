"""What `cuebook plan` announces of random edits is what two runs really differ in."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, reject, seed, settings
from hypothesis import strategies as st

from cuebook.cli.exits import Exit
from cuebook.cli.main import main
from cuebook.dsl import compile_project
from cuebook.engine.core.duration import DAY, HOUR
from cuebook.engine.core.instant import iso, parse_instant
from cuebook.engine.core.plan import Project
from cuebook.engine.core.ready import version_of
from cuebook.engine.core.zone import UTC, zone
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.schema import upgrade

from ..properties.written import START, Written, edited, lives, projects
from ..runtime.playing import Clock
from ..runtime.scenarios import written

BERLIN = zone("Europe/Berlin")
DAYS = 20
KINDS = {
    "added",
    "removed",
    "moved",
    "changed",
    "same",
    "follow",
    "finish their old version",
    "end",
}
_DRAWS, _MOST = 16, 80
"""From how many seeds pairs of versions are drawn at least, and at most until each kind is met."""
instants = st.integers(3 * 24, 25 * 24).map(lambda hours: START + hours * HOUR + 1_000_000)
"""When the new version takes over, a second after whatever else happens."""
Action = tuple[int, str, str, str, str, str]
"""Instant, customer, playbook, step, kind, and what it is given as JSON."""


def test_what_is_announced_is_what_two_runs_differ_in(capsys: pytest.CaptureFixture[str]) -> None:
    """The one is a dry run of the old version, the other an engine in which the new one is deployed."""
    reached: Counter[str] = Counter()

    @settings(
        max_examples=4, deadline=None, database=None, phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )  # fmt: skip
    @given(before=projects, data=st.data(), told=lives, at=instants)
    def compare(
        before: Written, data: st.DataObject, told: Sequence[Mapping[str, Any]], at: int
    ) -> None:
        after = data.draw(edited(before))
        with TemporaryDirectory() as scratch:
            reached.update(announced(before, after, told, at, Path(scratch), capsys))

    # From one seed many would be variations of a few. What a seed gives depends on which modules
    # are loaded: Hypothesis takes up constants from their source.
    for number in range(_MOST):
        if number >= _DRAWS and reached.keys() >= KINDS:
            break
        seed(number)(compare)()

    assert reached.keys() >= KINDS, f"nobody came there: {KINDS - reached.keys()}; {reached}"


def announced(
    before: Written,
    after: Written,
    told: Sequence[Mapping[str, Any]],
    at: int,
    folder: Path,
    heard: pytest.CaptureFixture[str],
) -> Iterator[str]:
    """Compare one announcement with what comes; yield the kinds of differences it holds."""
    old, new = before.write(folder / "old"), after.write(folder / "new")
    now, then = (compile_project(one).project for one in (old, new))
    if now is None or then is None:
        reject()
    events = folder / "events.jsonl"
    events.write_text("".join(f"{json.dumps(line)}\n" for line in told))

    said, code = planned(old, new, events, at, heard)
    was = [one for one in rehearsed(old, events, at + DAYS * DAY, heard) if one[0] >= at]
    became, flying = swapped(now, then, events, at)

    assert_counts(said, was, became)
    assert_tables(said, was, became)
    assert said["touched"] == len({one[1] for one in different(was, became)} | flying)
    nothing = not (said["declarations"] or said["playbooks"] or said["touched"])
    assert (code == Exit.CLEAN) == nothing
    if replace(after, layout=before.layout) == before:
        assert nothing
    for one in said["playbooks"]:
        yield from (kind for kind, number in one["actions"].items() if number)
        yield from one["runs"]


def planned(
    old: Path, new: Path, events: Path, at: int, heard: pytest.CaptureFixture[str]
) -> tuple[Any, int]:
    """Return what `cuebook plan` says, and its exit code; Markdown shows the same tables, if any."""
    heard.readouterr()
    words = ["plan", str(new), "--from", str(old), "--events", str(events), "--at", iso(at)]
    words += ["--days", str(DAYS), "--format"]
    code = main([*words, "json"])
    said = json.loads(heard.readouterr().out)
    assert main([*words, "markdown"]) == code
    shown = heard.readouterr().out.splitlines()
    for title in ("playbook", "day", "assignee") if code else ():
        for row in said.get(f"by {title}", ()):
            assert f"| {row[title]} | {row['before']} | {row['after']} |" in shown
    return said, code


def rehearsed(
    project: Path, events: Path, until: int, heard: pytest.CaptureFixture[str]
) -> list[Action]:
    """Return what `cuebook dry-run` would do from the start on."""
    heard.readouterr()
    words = ["--events", str(events), "--from", iso(START), "--until", iso(until)]
    assert main(["dry-run", str(project), *words, "--format", "jsonl"]) == Exit.CLEAN
    return [
        (parse_instant(one["at"], UTC), one["customer"], one["playbook"], one["step"], one["do"],
         json.dumps(one["with"], sort_keys=True))
        for one in map(json.loads, heard.readouterr().out.splitlines())
    ]  # fmt: skip


def swapped(old: Project, new: Project, events: Path, at: int) -> tuple[list[Action], set[str]]:
    """Live it in an engine in which the new version takes over; return what it promises from then on.

    The second are the customers with runs in flight whose playbook is another then.
    """
    clock = Clock(START)
    engine = Engine("sqlite://", clock=clock)
    upgrade(engine.database)
    engine.deploy(old, at=START)
    engine.import_files(events=[events])
    engine.tick(at, perform=False)
    clock.now = at
    versions = [{plan.playbook: version_of(plan) for plan in one.plans} for one in (old, new)]
    flying = {
        run.customer for run in engine.runs(ended=False)
        if versions[0].get(run.playbook) != versions[1].get(run.playbook)
    }  # fmt: skip
    done = Counter(promised(engine))
    engine.deploy(new, at=at)
    engine.tick(at + DAYS * DAY - 1, perform=False)
    return list((Counter(promised(engine)) - done).elements()), flying


def promised(engine: Engine) -> Iterator[Action]:
    for at, customer, playbook, _, step, kind, args, _ in written(engine.database).actions:
        yield at, customer, playbook, step, kind, json.dumps(args, sort_keys=True)


def different(was: Iterable[Action], became: Iterable[Action]) -> list[Action]:
    """Return all that is in one of them alone."""
    one, other = Counter(was), Counter(became)
    return [*(one - other).elements(), *(other - one).elements()]


def assert_counts(said: Any, was: Sequence[Action], became: Sequence[Action]) -> None:
    """Per playbook: what is the same is the same to the letter, and what is not adds up."""
    told = {one["playbook"]: one for one in said["playbooks"]}
    for name in {*told, *(one[2] for one in (*was, *became))}:
        mine, its = ([one for one in side if one[2] == name] for side in (was, became))
        same = (Counter(mine) & Counter(its)).total()
        if name not in told:
            assert (len(mine), len(its)) == (same, same)
            continue
        counts = told[name]["actions"]
        assert counts["same"] == same
        assert counts["removed"] + counts["moved"] + counts["changed"] == len(mine) - same
        assert counts["added"] + counts["moved"] + counts["changed"] == len(its) - same
        for example in told[name]["examples"]:
            for side, all_of_it in (("before", mine), ("after", its)):
                if example[side] is not None:
                    assert spelt(example[side]) in all_of_it


def spelt(one: Mapping[str, Any]) -> Action:
    args = json.dumps(one["args"], sort_keys=True)
    at = parse_instant(one["at"], UTC)
    return (at, one["customer"], one["playbook"], one["step"], one["do"], args)


def assert_tables(said: Any, was: Sequence[Action], became: Sequence[Action]) -> None:
    """Count it all again by playbook, day and assignee."""
    ways = {
        "playbook": lambda one: one[2],
        "day": lambda one: iso(one[0], BERLIN)[:10],
        "assignee": lambda one: json.loads(one[5]).get("assignee"),
    }
    for title, key in ways.items():
        counted = [Counter(filter(None, map(key, side))) for side in (was, became)]
        names = sorted({*counted[0], *counted[1]})
        assert said.get(f"by {title}", []) == [
            {title: name, "before": counted[0][name], "after": counted[1][name]} for name in names
        ]
