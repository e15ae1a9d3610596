"""A whole project beside a small one: 200 playbooks, 30 signals and 20 segments over 100,000 customers.

The limit is the project of five playbooks that `bench_rehearsal.py` measures, over the same customers
and events. What is compared is events a second, the arrival of every customer included: an event costs
what reads it, not what else there is. A signal that changes on every day costs every day; a third case has
none. `bench_whole.py 2000` takes fewer customers, and three rounds instead of one.
"""

import random
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench_rehearsal import PLAYBOOKS, PROJECT
from measure import Case, measure, report

from cuebook.dsl import compile_project
from cuebook.engine.core.advance import apply
from cuebook.engine.core.compile import Condition, Inlining
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import parse_instant
from cuebook.engine.core.occurrence import Changed, Happened, Occurrence
from cuebook.engine.core.program import Program
from cuebook.engine.core.zone import zone

BENCH = "whole"
CUSTOMERS = 100_000
EVENTS = 75
"""Events a customer in the quarter that is played."""
START = parse_instant("2026-01-01T00:00:00Z", zone("UTC"))
QUARTER = 90 * DAY
AREAS = 24
"""Parts of a product, each with an event, an attribute, signals, segments and playbooks of its own."""


DAILY = "100 - 2 * (days since last login default 50)"
"""A signal that has another value on every day, whether anything happens or not."""


def settings(*, whole: bool, health: str = DAILY) -> str:
    """Return what both projects declare, and what only the large one computes."""
    lines = [*PROJECT.splitlines(), *(f"  used-{n}: {{amount: number}}" for n in range(AREAS))]
    lines += ["attributes:", "  plan: {one of: [free, growth, enterprise]}"]
    lines += [f"  score_{n}: number" for n in range(AREAS)]
    if whole:
        lines += ["signals:", "  logins_30d: count of login in last 30 days"]
        lines += ["  spent_90d: sum of purchase.amount in last 90 days"]
        lines += [f"  health: {health}"]
        lines += ["  value: spent_90d * 2", "  active: logins_30d >= 5", "  sound: health > 60"]
        lines += [f"  uses_{n}: count of used-{n} in last 14 days" for n in range(AREAS)]
        lines += ["segments:", "  loyal: active and sound", "  valued: value > 1000"]
        lines += [f"  keen-{n}: uses_{n} >= 3 and score_{n} > 50" for n in range(18)]
    return "\n".join(lines)


def playbooks() -> str:
    """Return the other 195 playbooks: eight for each area, and three about the whole customer."""
    found = []
    for n in range(AREAS):
        found += [
            f"first-{n}: on used-{n} where (amount > 290) -> note",
            f"much-{n}: on used-{n} if count of used-{n} in last 30 days > 9 -> note; again after 30 days",
            f"low-{n}: on score_{n} drops below 10 -> note",
            f"high-{n}: on score_{n} rises above 95 -> note",
            f"lost-{n}: when uses_{n} == 0 and score_{n} < 5 -> note",
            f'keen-{n}: on enters segment keen-{n % 18} if plan == "enterprise" -> note',
            f"changed-{n}: on plan changes from free to growth if score_{n} > 90 -> note after 3 days",
            f"follow-{n}: on used-{n} where (amount > 295) -> wait for login up to 5 days -> note",
        ]
    found += ["loyal: on enters segment loyal -> note", "valued: on enters segment valued -> note"]
    found += ["unwell: on health drops below 20 -> note"]
    return "\n".join(found)


def program(folder: Path, *, whole: bool, health: str = DAILY) -> Program:
    """Compile one of the projects."""
    (folder / "playbooks").mkdir(parents=True)
    (folder / "cuebook.yaml").write_text(settings(whole=whole, health=health), encoding="utf-8")
    (folder / "actions.yaml").write_text("actions: {note: {do: create-task}}\n", encoding="utf-8")
    (folder / "playbooks" / "five.yaml").write_text(PLAYBOOKS, encoding="utf-8")
    if whole:
        (folder / "playbooks" / "more.play").write_text(playbooks(), encoding="utf-8")
    found = compile_project(folder)
    assert found.project is not None, list(found.report)[:3]
    return Program(found.project, reasons=False, compiler=Inlining)


def draw(customer: int) -> list[Occurrence]:
    """Invent a quarter of one customer: it goes live, logs in, uses three areas, buys, is scored."""
    chance = random.Random(customer)
    mine = [chance.randrange(AREAS) for _ in range(3)]
    instants = sorted(START + chance.randrange(QUARTER) for _ in range(EVENTS))
    told: list[Occurrence] = [Happened(instants[0], "go-live")]
    for at in instants[1:]:
        match chance.choices(("login", "used", "purchase", "viewed", "scored"), (40, 25, 5, 25, 5))[
            0
        ]:
            case "used":
                amount = {"amount": chance.randrange(1, 300)}
                told.append(Happened(at, f"used-{chance.choice(mine)}", amount))
            case "purchase":
                told.append(Happened(at, "purchase", {"amount": chance.randrange(1, 300)}))
            case "scored":
                told.append(Changed(at, {f"score_{chance.choice(mine)}": chance.randrange(100)}))
            case "viewed":
                told.append(Happened(at, "page-viewed"))
            case name:
                told.append(Happened(at, name))
    return told


@dataclass(slots=True)
class Crowd:
    """Customers who come one after the other, so that nothing of them has to be held."""

    program: Program
    customers: int

    def play(self) -> int:
        """Let every customer live its quarter; return how many effects came of it."""
        ready, found = self.program, 0
        for number in range(self.customers):
            customer = ready.customer(f"c{number}")
            for occurrence in DRAWN[number % len(DRAWN)]:
                found += len(apply(customer, occurrence, ready))
        return found


DRAWN: list[Sequence[Occurrence]] = []
"""A thousand lives, lived by all: drawing a hundred thousand would take longer than playing them."""


def readers(ready: Program) -> Iterator[tuple[str, int]]:
    """Yield how many conditions are looked at when one attribute of a settled customer changes."""
    customer = ready.customer("one")
    for occurrence in DRAWN[0]:
        apply(customer, occurrence, ready)
    asked: list[Condition] = []
    for spec in ready.specs:
        if spec.condition is not None:
            holds, condition = spec.condition.holds, spec.condition
            spec.condition.holds = lambda *a, c=condition, h=holds: asked.append(c) or h(*a)
    for name in ("score_0", "score_23", "plan"):
        asked.clear()
        value = "growth" if name == "plan" else 42
        apply(customer, Changed(customer.clock + 1, {name: value}), ready)
        yield name, len(asked)


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else CUSTOMERS
    DRAWN += [draw(number) for number in range(1_000)]
    with tempfile.TemporaryDirectory() as scratch:
        five = program(Path(scratch) / "five", whole=False)
        large = program(Path(scratch) / "large", whole=True)
        still = program(Path(scratch) / "still", whole=True, health="logins_30d * 10")
    limit = "limit: five playbooks"
    name = f"cuebook: {len(large.plans)} playbooks, 30 signals, 20 segments"
    events = sum(map(len, DRAWN)) * count // len(DRAWN)
    cases = [
        Case(limit, Crowd(five, count).play, events),
        Case(name, Crowd(large, count).play, events, (limit,), facts={"customers": count}),
        Case(f"{name}, none changes every day", Crowd(still, count).play, events, (limit,)),
    ]
    measure(BENCH, cases, unit="events/s", rounds=3 if count < CUSTOMERS else 1)
    watched = sum(spec.condition is not None for spec in large.specs)
    looked = dict(readers(large))
    report(BENCH, "conditions looked at when an attribute changes", watched=watched, **looked)
