"""The figures once more, customer by customer and line by line, as somebody with a pencil would."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from statistics import median, quantiles
from typing import Any

from cuebook.engine.core.lifecycles import leaves_of, stages, the_stage
from cuebook.engine.core.plan import Plan, Project
from cuebook.engine.core.plan_limits import CHANNELS, channel_of
from cuebook.engine.core.vocabulary import fold
from cuebook.engine.core.ways import ways
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.figures.spans import Span

from ..playing import rows

Told = dict[str, Any]
"""A figure as JSON would have it, lists for tuples."""


@dataclass
class Run:
    """A run, and the lines of it that are told."""

    playbook: str
    customer: str
    began: int
    lines: list[list[Any]] = field(default_factory=list)

    def of(self, kind: str) -> list[list[Any]]:
        """Return its entries of a kind."""
        return [line for line in self.lines if line[0] == "entry" and line[2] == kind]

    @property
    def held(self) -> bool:
        return bool(self.of("holdout"))

    @property
    def goal(self) -> str:
        """Return how its goal ended, empty while it is open."""
        notes = [line[6] for line in self.of("goal")]
        if not notes:
            return ""
        if notes[0].startswith("reached"):
            return "reached"
        return "missed" if notes[0].startswith("not reached") else "unknown"


class Pencil:
    """What the journal and the log hold of a period."""

    def __init__(
        self, database: Database, project: Project, since: int, until: int, parts: list[Span]
    ):
        self.project, self.since, self.until, self.parts = project, since, until, parts
        sql = "SELECT customer, number, lines FROM cuebook_journal"
        self.lines = [
            (customer, line)
            for customer, _, lines in sorted(rows(database, sql), key=lambda row: row[:2])
            for line in json.loads(lines)
            if line[1] < until
        ]
        sql = "SELECT customer, at, number, name FROM cuebook_inbox WHERE kind = 'event' AND number IS NOT NULL"
        self.events = sorted(row for row in rows(database, sql) if row[1] < until)
        self.runs: dict[str, Run] = {}
        for customer, line in self.lines:
            if line[0] == "entry" and line[2] == "started" and line[1] >= since:
                self.runs[line[4]] = Run(line[3], customer, line[1])
        for _, line in self.lines:
            if line[4] in self.runs and line[1] >= since:
                self.runs[line[4]].lines.append(line)

    def part(self, at: int) -> int:
        return next(n for n, one in enumerate(self.parts) if one.since <= at < one.until)

    # --- playbooks ---------------------------------------------------------------------------------

    def play(self, name: str) -> Told:
        plan = next((one for one in self.project.plans if one.playbook == name), None)
        runs = [run for run in self.runs.values() if run.playbook == name]
        own, held = [r for r in runs if not r.held], [r for r in runs if r.held]
        series = [[0, 0] for _ in self.parts]
        for run in own:
            series[self.part(run.began)][0] += 1
            series[self.part(run.began)][1] += run.goal == "reached"
        ended = Counter(_ending(run.of("ended")[0][6]) for run in own if run.of("ended"))
        told = {
            "entered": len(own), "customers": len({run.customer for run in own}),
            "held_out": len(held), "running": sum(not run.of("ended") for run in own),
            "steps": self.steps(plan, own), "series": series,
            "endings": sorted(map(list, ended.items()), key=lambda one: (-one[1], one[0])),
        }  # fmt: skip
        return told | {"goal": self.goal(plan, own, held)}

    def steps(self, plan: Plan | None, runs: list[Run]) -> list[list[Any]]:
        seen = [{line[5] for line in run.lines if line[5]} for run in runs]
        skipped = Counter(step for run in runs for step in {one[5] for one in run.of("skipped")})
        through = _through(plan) if plan else {}
        passed = Counter(
            step
            for steps in seen
            for step in {also for one in steps for also in through.get(one, {one})}
        )
        known = [step.id for step in plan.steps] if plan else []
        rest = sorted(set().union(*seen) - set(known)) if seen else []
        return [[step, passed[step], skipped[step]] for step in (*known, *rest)]

    def goal(self, plan: Plan | None, own: list[Run], held: list[Run]) -> Told | None:
        if not (plan and plan.goal is not None) and not any(run.goal for run in (*own, *held)):
            return None
        took = sorted(run.of("goal")[0][1] - run.began for run in own if run.goal == "reached")
        cuts = quantiles(took, n=4, method="inclusive") if len(took) > 1 else took * 3
        compared = []
        if held or (plan and plan.holdout):
            compared.append(["held out", *_share(own), *_share(held)])
        arms: dict[str, dict[str, list[Run]]] = defaultdict(lambda: defaultdict(list))
        for run in own:
            for line in run.of("branch"):
                if line[6].startswith("arm "):
                    arms[line[5]][line[6][4:]].append(run)
        for step, by in sorted(arms.items()):
            (_, first), *others = sorted(by.items())
            compared += [[step, *_share(first), *_share(other)] for _, other in others]
        return {
            "reached": sum(run.goal == "reached" for run in own),
            "missed": sum(run.goal == "missed" for run in own),
            "open": sum(not run.goal for run in own),
            "quartiles": [cut / 1e6 for cut in cuts] or None, "compared": compared,
        }  # fmt: skip

    # --- deeds and channels ---------------------------------------------------------------------------

    def deeds(self) -> Told:
        done: dict[str, list[int]] = defaultdict(lambda: [0] * len(self.parts))
        reasons: Counter[str] = Counter()
        for _, line in self.actions():
            if line[9]:
                reason = line[9].split(",")[0]
                reasons["late" if reason.startswith("late: ") else reason] += 1
            else:
                done[line[3]][self.part(line[1])] += 1
        return {
            "performed": sorted(
                ([k, v] for k, v in done.items()), key=lambda e: (-sum(e[1]), e[0])
            ),
            "reasons": sorted(map(list, reasons.items()), key=lambda e: (-e[1], e[0]))[:10],
        }

    def actions(self) -> Iterator[tuple[str, list[Any]]]:
        return ((c, one) for c, one in self.lines if one[0] == "action" and one[1] >= self.since)

    def channels(self) -> dict[tuple[str, str], list[int]]:
        """Return messages, those that were opened and clicked, and those that were followed by the goal."""
        sent: dict[tuple[str, str], list[list[Any]]] = defaultdict(list)
        for customer, line in self.actions():
            declared = self.project.channels or tuple(CHANNELS.items())
            channel = channel_of(declared, line[6], line[7])
            if channel and not line[9]:
                sent[customer, channel].append(line)
        found: dict[tuple[str, str], list[int]] = defaultdict(lambda: [0, 0, 0, 0])
        for (customer, channel), messages in sent.items():
            messages.sort(
                key=lambda line: line[1]
            )  # Who was told at one instant was told in order.
            heard = [
                self.heard(customer, channel, deed, messages) for deed in ("opened", "clicked")
            ]
            for number, line in enumerate(messages):
                counts = found[channel, self.stage(customer, line[1])]
                counts[0] += 1
                counts[1] += number in heard[0]
                counts[2] += number in heard[1]
                counts[3] += any(
                    other[0] == "entry" and other[2] == "goal" and other[4] == line[4]
                    and other[1] >= line[1] and other[6].startswith("reached")
                    for _, other in self.lines
                )  # fmt: skip
        return dict(found)

    def heard(self, customer: str, channel: str, deed: str, messages: list[list[Any]]) -> set[int]:
        """Return which messages were opened, say: of each such event, the last message before it."""
        found = set()
        for who, at, _, name in self.events:
            if who == customer and at >= self.since and fold(name) == fold(f"{channel}-{deed}"):
                before = [number for number, line in enumerate(messages) if line[1] <= at]
                found |= set(before[-1:])
        return found

    # --- stages -----------------------------------------------------------------------------------------

    def stays(self, attribute: str) -> Iterator[tuple[str, str, int, int | None, str | None]]:
        """Yield customer, stage, from when, until when, and where it went."""
        for customer, told in groupby(self.lines, key=lambda one: one[0]):
            moves = []
            for _, line in told:
                if line[0] == "entry" and line[2] == "moved" and " -> " in line[6]:
                    note = line[6].removeprefix(f"{attribute}: ") if line[4] else line[6]
                    if (line[4] and note != line[6]) or (not line[4] and line[3] == attribute):
                        moves.append((line[1], note.split(" -> ")[1]))
            for (at, stage), (left, into) in pairwise([*moves, (None, None)]):
                yield customer, stage, at, left, into  # type: ignore[misc]

    def stage(self, customer: str, at: int) -> str:
        attribute = the_stage(self.project.vocabulary.attributes)
        for who, stage, entered, left, _ in self.stays(attribute or ""):
            if who == customer and entered <= at and (left is None or left > at):
                return stage
        return ""

    def lifecycle(self, attribute: str) -> list[list[Any]]:
        kind = stages(self.project.vocabulary.attributes)[attribute]
        stays = list(self.stays(attribute))
        gone = {stay[1] for stay in stays} - set(leaves_of(kind)) - {"no stage"}
        found = []
        for stage in (*leaves_of(kind), *sorted(gone)):
            own = [stay for stay in stays if stay[1] == stage]
            before = sum(e < self.since and (x is None or x >= self.since) for _, _, e, x, _ in own)
            left = [one for one in own if one[3] is not None and self.since <= one[3]]
            to = Counter(into for *_, into in left if into != stage)
            found.append([
                stage, before, sum(e >= self.since for _, _, e, _, _ in own), to.total(),
                sorted(map(list, to.items()), key=lambda one: (-one[1], str(one[0]))),
                sum(x is None for *_, x, _ in own),
                median(x - e for _, _, e, x, _ in left) / 1e6 if left else None,  # type: ignore[operator]
            ])  # fmt: skip
        return found

    def flows(self, attribute: str, marks: Sequence[int]) -> list[list[Any]]:
        stays = list(self.stays(attribute))

        def there(at: int) -> dict[str, str]:
            return {
                who: stage for who, stage, e, x, _ in stays if e < at and (x is None or x >= at)
            }

        found = []
        for place, (one, other) in enumerate(pairwise(marks)):
            old = there(one)
            ways_ = Counter(
                (old.get(who, "not there yet"), now) for who, now in there(other).items()
            )
            found += [[place, *way, number] for way, number in sorted(ways_.items())]
        return found

    # --- cohorts and paths --------------------------------------------------------------------------------

    def cohorts(self, first: str, active: str) -> list[list[Any]]:
        began: dict[str, int] = {}
        for customer, at, _, name in self.events:
            if first in ("", name):
                began[customer] = min(at, began.get(customer, at))
        when = {
            (customer, self.part(at))
            for customer, at, _, name in self.events
            if at >= self.since and active in ("", name)
        }
        own: dict[int, list[str]] = defaultdict(list)
        for customer, at in began.items():
            if at >= self.since:
                own[self.part(at)].append(customer)
        last = len(self.parts)
        return [
            [place, len(who), [sum((c, n) in when for c in who) for n in range(place, last)]]
            for place, who in sorted(own.items())
        ]

    def paths(self) -> dict[tuple[str, bool], Counter[tuple[str, ...]]]:
        found: dict[tuple[str, bool], Counter[tuple[str, ...]]] = defaultdict(Counter)
        for run in self.runs.values():
            if run.held or run.goal not in ("reached", "missed"):
                continue
            until = run.of("goal")[0][1]
            things = [
                (at, 0, number, name)
                for who, at, number, name in self.events
                if who == run.customer and run.began < at <= until
            ]
            things += [
                (line[1], 1, number, f"do {line[5]}")
                for number, line in enumerate(run.lines)
                if line[0] == "action" and not line[9] and line[1] <= until
            ]
            way = [name for name, _ in groupby(thing[3] for thing in sorted(things))]
            found[run.playbook, run.goal == "reached"][tuple(way[:5])] += 1
        return found


def _ending(note: str) -> str:
    return "cancelled" if note.startswith("cancelled by ") else note.partition(":")[0]


def _share(runs: list[Run]) -> list[int]:
    reached = {run.customer for run in runs if run.goal == "reached"}
    return [len(reached), len({run.customer for run in runs})]


def _through(plan: Plan) -> Mapping[str, set[str]]:
    """Return the steps without which a step cannot be reached, itself among them."""
    ahead = {step.id: {to for _, to in ways(step) if to} for step in plan.steps}

    def reached(without: str) -> set[str]:
        found, new = set[str](), {plan.first} - {without, None}
        while new:
            found |= new  # type: ignore[arg-type]
            new = {to for one in new for to in ahead[one]} - found - {without}  # type: ignore[index,assignment]
        return found

    every = reached("")
    return {
        step: {step} | {other for other in ahead if step in every and step not in reached(other)}
        for step in ahead
    }
