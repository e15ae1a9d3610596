"""A plan over 100,000 customers and 30 days, beside a rehearsal of the same days.

A plan lives customers on under the version that decides and, where the edit can change anything for
them, under the edited one; it renders and compares what would be done. The rehearsal lives the same
material once. The customers are those of the rehearsal benchmark. One edit moves a step of one
playbook of five; the other moves its trigger, and with it everybody is lived on twice. They are
looked at as they stand after 60 days of history, and without any. `CUEBOOK_CUSTOMERS` asks for fewer.
"""

import os
import random
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from bench_rehearsal import PLAYBOOKS, PROJECT, Histories
from measure import Case, measure

from cuebook.dsl import compile_project
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.occurrence import Happened
from cuebook.engine.core.plan import Project
from cuebook.engine.core.zone import zone
from cuebook.engine.forecast import Forecast, Kind
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.rehearse import rehearse
from cuebook.engine.rehearsal.standing import standing

BENCH = "plan"
CUSTOMERS = int(os.environ.get("CUEBOOK_CUSTOMERS", "100000"))
AT = parse_instant("2026-03-01T00:00:00Z", zone("UTC"))
UNTIL = AT + 30 * DAY
A_DAY = 0.12
"""Events a customer and day."""
EDITED = {
    "a step": PLAYBOOKS.replace("- wait: 1 day\n", "- wait: 2 days\n"),
    "a trigger": PLAYBOOKS.replace("amount > 100", "amount > 120"),
}

KINDS: Mapping[str, Kind] = {"a step": "moved", "a trigger": "removed"}
"""What each edit has to make of some actions."""


def compiled(playbooks: str) -> Project:
    """Compile a project of these playbooks, which must be without mistakes."""
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(scratch)
        (folder / "playbooks").mkdir()
        (folder / "cuebook.yaml").write_text(PROJECT, encoding="utf-8")
        (folder / "playbooks" / "five.yaml").write_text(playbooks, encoding="utf-8")
        found = compile_project(folder)
    assert found.project is not None, list(found.report)[:3]
    return found.project


def histories(before: int) -> Histories:
    """Invent what happens to everybody in so many days before the plan, and in the 30 after it."""
    return {f"c{number}": list(_history(number, before)) for number in range(CUSTOMERS)}


def _history(number: int, before: int) -> Iterator[Happened]:
    draw, span = random.Random(number), (before + 30) * DAY
    count = max(1, round(A_DAY * (before + 30)))
    first, *instants = sorted(AT - before * DAY + draw.randrange(span) for _ in range(count))
    yield Happened(first, "go-live")
    for at in instants:
        kind = draw.choices(("login", "purchase", "refund", "page-viewed"), (60, 20, 5, 15))[0]
        yield Happened(at, kind, {"amount": draw.randrange(1, 300)} if kind == "purchase" else {})


def planned(before: Project, after: Project, told: Histories, start: int) -> Forecast:
    """Live everybody on under both versions, as `cuebook plan` does over files."""
    forecast = Forecast(before, after, AT, UNTIL)
    parts = [({}, told)]
    for customer, ahead in standing(forecast.program, parts, start=start, at=AT, until=UNTIL):
        forecast.take(customer, ahead)
    return forecast


def main(spans: Sequence[int] = (60, 0)) -> None:
    """Measure both, after a history and without one."""
    old = compiled(PLAYBOOKS)
    edits = {what: compiled(text) for what, text in EDITED.items()}
    ready = program(old, reasons=False)
    for before in spans:
        told, start = histories(before), AT - before * DAY - 1
        for what, kind in KINDS.items():
            found = planned(old, edits[what], dict(list(told.items())[:1000]), start)
            assert found.counts["thank-you"][kind] > 0
            assert set(found.counts["win-back"]) == {"same"}
        name = f"after {before} days of history"
        rehearsal = Case(
            f"rehearsal, {name}",
            lambda told=told, start=start: rehearse(ready, {}, told, start=start, until=UNTIL),
            CUSTOMERS,
        )
        plans = [
            Case(
                f"plan of an edit of {what}, {name}",
                lambda new=new, told=told, start=start: planned(old, new, told, start),
                CUSTOMERS,
                against=(rehearsal.name,),
            )
            for what, new in edits.items()
        ]
        measure(BENCH, [rehearsal, *plans], unit="customers/s", rounds=3)


if __name__ == "__main__":
    main()
