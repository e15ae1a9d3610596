"""A rehearsal of five playbooks with waits and history, beside the same decisions written by hand.

The limit is one plain loop a customer that knows these five playbooks and nothing else: no states,
no journal, no templates. Both must find the same actions before they are timed. Memory is measured
on its own: what the states of all customers take when each history is drawn, met and dropped, over
a year and over ten years at the same rate; and what a whole process takes that reads such years from
a file, with no more of it in memory than it is allowed. With the CDNOW log (its path in CUEBOOK_CDNOW or as the
only argument) the retail example is rehearsed over the whole of it, reading included.
"""

import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing
from pathlib import Path

from measure import Case, measure, missing, report

from cuebook.dsl import compile_project
from cuebook.engine.core.duration import DAY
from cuebook.engine.core.instant import iso, parse_instant
from cuebook.engine.core.occurrence import Happened
from cuebook.engine.core.program import Program
from cuebook.engine.core.zone import zone
from cuebook.engine.rehearsal.material import read_material
from cuebook.engine.rehearsal.parts import open_material
from cuebook.engine.rehearsal.rehearse import rehearse, rehearse_parts
from cuebook.engine.standing_in import play

BENCH = "rehearsal"
CUSTOMERS = 1_000
A_YEAR = 40
"""Events a customer and year where every second event leads to an action."""
BUSY_YEAR = 300
"""Events a customer and year where people log in every working day, and few events matter."""
START = parse_instant("2025-01-01T00:00:00Z", zone("UTC"))
YEAR = 365 * DAY
RETAIL = Path(__file__).parent.parent / "examples" / "retail"

PROJECT = """\
project: five
timezone: UTC
events:
  go-live: {}
  login: {}
  purchase: {amount: number}
  refund: {}
  page-viewed: {}
"""

PLAYBOOKS = """\
playbook: check-in
on: go-live
steps:
  - wait: 7 days
  - {do: create-task, with: {title: "Check in with {{ customer.id }}"}}
---
playbook: first-login
on: go-live
steps:
  - wait for: login
    up to: 3 days
    else:
      - {do: create-task, with: {title: Ask whether they found the door}}
---
playbook: win-back
on: no login for 14 days
steps:
  - {do: create-task, with: {title: Win back}}
---
playbook: vip
on: purchase
if: sum of purchase.amount in last 90 days >= 600
again: after 90 days
steps:
  - {do: create-task, with: {title: "Thank for {{ event.amount }}"}}
---
playbook: thank-you
on: purchase where (amount > 100)
steps:
  - wait: 1 day
  - {do: create-task, unless: has refund since trigger, with: {title: Thank you}}
"""

PATIENCE = """\
---
playbook: patience
on: refund
if: has login without page-viewed within 60 days
steps:
  - {do: create-task, with: {title: Ask why}}
"""
"""A question for which each login is remembered, until it is over what may follow it."""

Histories = Mapping[str, Sequence[Happened]]


def make_program(folder: Path, more: str = "") -> Program:
    """Compile the five playbooks, and perhaps another."""
    (folder / "playbooks").mkdir(parents=True)
    (folder / "cuebook.yaml").write_text(PROJECT, encoding="utf-8")
    (folder / "playbooks" / "five.yaml").write_text(PLAYBOOKS + more, encoding="utf-8")
    return compiled(folder)


def compiled(folder: Path) -> Program:
    """Compile a project that must be without mistakes."""
    found = compile_project(folder)
    assert found.project is not None, list(found.report)[:3]
    return Program(found.project, reasons=False)  # As `dry-run` does without `--why`.


def draw_history(
    customer: int, years: int, *, a_year: int = A_YEAR, weights: Sequence[int] = (60, 20, 5, 15)
) -> list[Happened]:
    """Invent what happens to one customer: it goes live, then logs in, buys, and sends back."""
    draw = random.Random(customer)
    instants = sorted(START + draw.randrange(years * YEAR) for _ in range(years * a_year))
    events = [Happened(instants[0], "go-live")]
    for at in instants[1:]:
        kind = draw.choices(("login", "purchase", "refund", "page-viewed"), weights)[0]
        amount = {"amount": draw.randrange(1, 300)} if kind == "purchase" else {}
        events.append(Happened(at, kind, amount))
    return events


# --- the limit ----------------------------------------------------------------------------------


def by_hand(history: Sequence[Happened], until: int, found: Counter[str]) -> None:
    """Count the actions for one customer, in one pass that knows these five playbooks."""
    seen = history[0].at  # the go-live, and the first sight
    login = next((e.at for e in history if e.event == "login"), until)
    if seen + 7 * DAY < until:
        found["check-in"] += 1
    if seen + 3 * DAY < min(until, login + 1):
        found["first-login"] += 1
    thanked, vip, last, window = seen - DAY, seen - 90 * DAY, seen, []
    pending: int | None = None
    for e in history:
        if pending is not None and e.at >= pending:
            found["thank-you"] += 1
            pending = None
        if e.event == "login":
            if e.at >= last + 14 * DAY:
                found["win-back"] += 1
            last = e.at
        elif e.event == "refund":
            pending = None
        elif e.event == "purchase":
            window.append((e.at, e.properties["amount"]))
            while window[0][0] + 90 * DAY <= e.at:
                window.pop(0)
            if e.at >= vip + 90 * DAY and sum(amount for _, amount in window) >= 600:
                found["vip"] += 1
                vip = e.at
            if e.properties["amount"] > 100 and e.at >= thanked + DAY:
                thanked, pending = e.at, e.at + DAY
    if pending is not None and pending < until:
        found["thank-you"] += 1
    if last + 14 * DAY < until:
        found["win-back"] += 1


# --- speed --------------------------------------------------------------------------------------


def speed(program: Program) -> None:
    """Measure rehearsals of one year against the loop by hand: busy customers, then quiet ones."""
    cases: list[Case] = []
    for kind, a_year, weights in (
        ("300 events a year, few matter", BUSY_YEAR, (60, 4, 1, 35)),
        ("40 events a year, half of them matter", A_YEAR, (60, 20, 5, 15)),
    ):
        number = CUSTOMERS * A_YEAR // a_year
        histories = {
            f"c{n}": draw_history(n, 1, a_year=a_year, weights=weights) for n in range(number)
        }
        cases += cases_of(program, kind, histories)
    measure(BENCH, cases, unit="events/s")


def cases_of(program: Program, kind: str, histories: Histories) -> list[Case]:
    """Return the loop by hand and the rehearsal, both seen to find the same actions."""
    until = START + YEAR

    def limit() -> Counter[str]:
        found: Counter[str] = Counter()
        for history in histories.values():
            by_hand(history, until, found)
        return found

    def ours() -> Counter[str]:
        result = rehearse(program, {}, histories, start=START, until=until)
        return Counter(action.playbook for action in result.performed)

    assert ours() == limit(), (ours(), limit())
    events = sum(map(len, histories.values()))
    name = f"limit: by hand, {kind}"
    return [Case(name, limit, events), Case(f"cuebook: {kind}", ours, events, (name,))]


# --- memory -------------------------------------------------------------------------------------


def memory(program: Program, case: str, customers: int = 300) -> None:
    """Measure what states take after one year and after ten, histories drawn one by one."""
    peaks = {}
    for years in (1, 10):
        tracemalloc.start()
        states = []
        for number in range(customers):
            customer = program.customer(f"c{number}")
            for _ in play(customer, occurrences(number, years), program):
                pass  # Effects are for whoever performs them; the state is what stays.
            states.append(customer)
        peaks[years] = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    report(
        BENCH,
        f"cuebook: {case}",
        customers=customers,
        one_year_kb=round(peaks[1] / 1024),
        ten_years_kb=round(peaks[10] / 1024),
        growth=round(peaks[10] / peaks[1], 2),
    )


def occurrences(customer: int, years: int) -> Iterator[Happened]:
    """Draw ten years one after the other, so that the history itself is never held whole."""
    for year in range(years):
        for event in draw_history(customer * 100 + year, 1):
            yield Happened(event.at + year * YEAR, event.event, event.properties)


# --- memory of a process ------------------------------------------------------------------------

SPAN_CUSTOMERS = 300
IN_MEMORY = 4 * 1024 * 1024
"""Bytes of the file that may be in memory, so that one year is laid aside on disk, too."""


def memory_of_spans(folder: Path) -> None:
    """Measure whole processes: the same customers over one year and over ten, read from a file."""
    found = {}
    for years in (1, 10):
        log = folder / f"years-{years}.csv"
        write_log(log, years)
        for most in (IN_MEMORY, sys.maxsize):
            words = (__file__, "peak", folder, log, str(most))
            told = subprocess.run([sys.executable, *words], capture_output=True, check=True)
            found[years, most] = json.loads(told.stdout)
    one, ten = found[1, IN_MEMORY], found[10, IN_MEMORY]
    assert ten["actions"] == found[10, sys.maxsize]["actions"]
    report(
        BENCH,
        "cuebook: peak memory of a process, history laid aside on disk",
        customers=SPAN_CUSTOMERS,
        events=[one["events"], ten["events"]],
        actions=[one["actions"], ten["actions"]],
        one_year_mb=one["mb"],
        ten_years_mb=ten["mb"],
        all_in_memory_mb=[found[1, sys.maxsize]["mb"], found[10, sys.maxsize]["mb"]],
        seconds=[ten["seconds"], found[10, sys.maxsize]["seconds"]],
    )


def write_log(log: Path, years: int) -> None:
    """Write what happens to all customers, most of which matters little, as CSV."""
    with log.open("w", encoding="utf-8") as out:
        out.write("at,customer,event,amount\n")
        for number in range(SPAN_CUSTOMERS):
            for event in draw_history(number, years, a_year=BUSY_YEAR, weights=(60, 4, 1, 35)):
                amount = event.properties.get("amount", "")
                out.write(f"{iso(event.at)},c{number},{event.event},{amount}\n")


def peak(folder: Path, log: Path, most: int) -> None:
    """Rehearse a file in this process, and print what it took."""
    began = time.process_time()
    program = compiled(folder)
    with closing(open_material(program, events=[log], most=most)) as material:
        assert material.first_at is not None
        assert material.last_at is not None
        result = rehearse_parts(
            program, material.parts(), start=material.first_at, until=material.last_at + 1
        )
    kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    told = {"mb": round(kb / 1024), "events": result.events, "actions": len(result.actions)}
    print(json.dumps({**told, "seconds": round(time.process_time() - began, 1)}))


# --- a real log ---------------------------------------------------------------------------------


def real_log(log: Path, folder: Path) -> None:
    """Rehearse the retail example over the whole CDNOW log, from CSV to actions."""
    events = folder / "cdnow.csv"
    with events.open("wb") as out:
        subprocess.run([sys.executable, RETAIL / "convert.py", log], stdout=out, check=True)
    spent = []
    for _ in range(3):
        began = time.process_time()
        program = compiled(RETAIL)
        material = read_material(program, events=[events])
        assert material.first_at is not None
        assert material.last_at is not None
        until = material.last_at + 60 * DAY
        result = rehearse(
            program, material.customers, material.histories, start=material.first_at, until=until
        )
        spent.append(time.process_time() - began)
    report(
        BENCH,
        "cuebook: CDNOW whole, from file to actions",
        seconds=round(sorted(spent)[1], 2),
        events=result.events,
        actions=len(result.actions),
    )


if __name__ == "__main__":
    if sys.argv[1:2] == ["peak"]:
        peak(Path(sys.argv[2]), Path(sys.argv[3]), int(sys.argv[4]))
        sys.exit()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        five = make_program(folder)
        speed(five)
        memory(five, "peak memory of states")
        patient = make_program(folder / "patient", PATIENCE)
        memory(patient, "peak memory of states, asked for logins without a page viewed in 60 days")
        memory_of_spans(folder)
        log = Path(sys.argv[1] if len(sys.argv) > 1 else os.environ.get("CUEBOOK_CDNOW", ""))
        if log.is_file():
            real_log(log, folder)
        else:
            missing(
                BENCH, "CDNOW whole", "no log: set CUEBOOK_CDNOW to the path of CDNOW_master.txt"
            )
