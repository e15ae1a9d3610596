"""A plan over 100,000 customers and 30 days, beside a rehearsal of the same days.

A plan lives each customer on twice, under the version that decides and under the edited one, renders
and compares what would be done. The rehearsal lives the same material once. The customers are those of
the rehearsal benchmark; the edit moves one playbook of five and leaves the others alone. They are
looked at as they stand after 60 days of history, and without any. `CUEBOOK_CUSTOMERS` asks for fewer.
"""

import os
import random
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from bench_rehearsal import PLAYBOOKS, PROJECT, Histories
from measure import Case, measure

from cuebook.dsl import compile_project
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.occurrence import Happened
from cuebook.engine.core.plan import Project
from cuebook.engine.core.zone import zone
from cuebook.engine.forecast import Forecast
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.rehearse import rehearse
from cuebook.engine.rehearsal.standing import standing

BENCH = "plan"
CUSTOMERS = int(os.environ.get("CUEBOOK_CUSTOMERS", "100000"))
AT = parse_instant("2026-03-01T00:00:00Z", zone("UTC"))
UNTIL = AT + 30 * DAY
A_DAY = 0.12
"""Events a customer and day."""
EDITED = PLAYBOOKS.replace("- wait: 1 day\n", "- wait: 2 days\n")


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
    old, new = compiled(PLAYBOOKS), compiled(EDITED)
    ready = program(old, reasons=False)
    for before in spans:
        told = histories(before)
        start = AT - before * DAY - 1
        found = planned(old, new, dict(list(told.items())[:1000]), start)
        assert found.counts["thank-you"]["moved"] > 0
        assert set(found.counts["win-back"]) == {"same"}
        name = f"after {before} days of history"
        measure(
            BENCH,
            [
                Case(
                    f"rehearsal, {name}",
                    lambda told=told, start=start: rehearse(
                        ready, {}, told, start=start, until=UNTIL
                    ),
                    CUSTOMERS,
                ),
                Case(
                    f"plan, {name}",
                    lambda told=told, start=start: planned(old, new, told, start),
                    CUSTOMERS,
                    against=(f"rehearsal, {name}",),
                ),
            ],
            unit="customers/s",
            rounds=3,
        )


if __name__ == "__main__":
    main()
