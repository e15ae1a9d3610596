"""What became of the runs of each playbook: how far they came, how they ended, and their goals.

Runs count from the instant they began, goals by customers: whoever is in a playbook twice is one.
"""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from sqlalchemy import Select, case, distinct, func, select

from ...core.plan import Plan, Project
from ...core.say import say
from ...core.ways import ways
from ...graphs import verb
from .intervals import Interval, Share, difference, said
from .told import LINES, RUNS, Told

__all__ = ["Compared", "Goal", "Play", "Reached", "plays"]

_HELD_OUT: Final = "held out"
_NOBODY: Final = Share(0, 0)
_FORGOTTEN: Final = ("unknown", "gone")
_GOALS: Final = ("reached", "missed", *_FORGOTTEN)
_NEXT: Final = "\x1f"
"""Between steps, and before one that was skipped: no name holds them."""
_SKIPPED: Final = "\x1e"


@dataclass(frozen=True, slots=True)
class Reached:
    """How many runs came to a step, and of how many it was skipped there."""

    step: str
    what: str
    """What it does, in words; empty for a step that the playbook has no more."""
    runs: int
    skipped: int


@dataclass(frozen=True, slots=True)
class Compared:
    """Customers that went one way beside those that went another, by how many reached the goal."""

    where: str
    """The step that parts them; `held out` for those with whom nothing is done."""
    one: str
    other: str
    ones: Share
    others: Share
    by: Interval | None
    """By how much the first share is larger, with its interval."""
    said: str
    """What that tells, in a sentence."""


@dataclass(frozen=True, slots=True)
class Goal:
    """How often the goal of a playbook was reached, without the held out."""

    what: str
    """The condition, as it is written."""
    reached: int
    missed: int
    open: int
    """Runs of which it was not decided before the end of the period."""
    unknown: int
    """Runs of customers who were erased."""
    quartiles: tuple[float, float, float] | None
    """From the beginning to the goal: a quarter, half and three quarters were as fast. Seconds."""
    compared: tuple[Compared, ...]


@dataclass(frozen=True, slots=True)
class Play:
    """One playbook in a period; runs that are held out are counted apart."""

    playbook: str
    title: str
    entered: int
    """Runs that began."""
    customers: int
    held_out: int
    running: int
    """Runs that were under way at the end of the period."""
    steps: tuple[Reached, ...]
    endings: tuple[tuple[str, int], ...]
    """How runs ended, the most frequent first."""
    goal: Goal | None
    series: tuple[tuple[int, int], ...] = ()
    """For each part of the period how many runs began, and how many of these reached the goal."""


@dataclass(slots=True)
class _Counts:
    """Of one playbook, with or without what is done."""

    runs: int = 0
    customers: int = 0
    running: int = 0
    goals: Mapping[str, int] = field(default_factory=dict)
    share: Share = _NOBODY
    """Of those who were not erased, who reached it."""
    judged: bool = False
    """Whether of any run something is told of a goal."""


def plays(told: Told, project: Project, only: Sequence[str] = (), parts: int = 0) -> list[Play]:
    """Return each playbook of a project, and those of which runs are told, in the project's order.

    `only` names those that are meant, else all. `parts` is how many parts `told` was cut into.
    """
    counts = _counts(told)
    names = dict.fromkeys([plan.playbook for plan in project.plans])
    names |= dict.fromkeys(sorted(name for name, _ in counts if name not in names))
    plans = {plan.playbook: plan for plan in project.plans}
    steps, endings, fast = _steps(told, plans), _endings(told), _quartiles(told)
    arms, series = _arms(told), _series(told, parts)
    found = []
    for name in names:
        if only and name not in only:
            continue
        plan, own = plans.get(name), counts.get((name, False), _Counts())
        held = counts.get((name, True), _Counts())
        goal = None
        if (plan and plan.goal is not None) or own.judged or held.judged:
            goal = _goal(plan, own, held, fast.get(name), arms.get(name, {}))
        found.append(
            Play(
                name, plan.title if plan else "", own.runs, own.customers, held.runs, own.running,
                tuple(steps.get(name, ())), tuple(endings.get(name, ())), goal,
                tuple(series.get(name, [(0, 0)] * parts)),
            )
        )  # fmt: skip
    return found


def _counts(told: Told) -> dict[tuple[str, bool], _Counts]:
    run = RUNS.c
    known = case((func.coalesce(run.goal, "").not_in(_FORGOTTEN), run.customer))
    question = select(
        run.playbook, run.held, func.count(), func.count(distinct(run.customer)),
        func.count() - func.count(run.ended_at), func.count(distinct(known)),
        func.count(distinct(case((run.goal == "reached", run.customer)))),
        *(func.count(case((run.goal == how, 1))) for how in _GOALS),
    ).group_by(run.playbook, run.held)  # fmt: skip
    found = {}
    for name, held, runs, customers, running, of, who, *goals in told.rows(question):
        decided = dict(zip(_GOALS, goals, strict=True))
        some = any(decided[how] for how in _GOALS if how != "gone")
        share = Share(who, of)
        found[name, bool(held)] = _Counts(runs, customers, running, decided, share, judged=some)
    return found


def _goal(
    plan: Plan | None,
    own: _Counts,
    held: _Counts,
    quartiles: tuple[float, float, float] | None,
    arms: Mapping[str, Mapping[str, Share]],
) -> Goal:
    goals = own.goals
    reached, missed = goals.get("reached", 0), goals.get("missed", 0)
    still = own.runs - sum(goals.values())
    forgotten = sum(goals.get(how, 0) for how in _FORGOTTEN)
    compared = []
    if held.runs or (plan and plan.holdout):
        names = ("with its actions", _HELD_OUT)
        compared.append(_compared(_HELD_OUT, names, own.share, held.share))
    for step, shares in sorted(arms.items()):
        (first, share), *others = sorted(shares.items())
        for other, its in others:
            names = (f"by {first}", f"by {other}")
            compared.append(_compared(step, names, share, its, (first, other)))
    what = ""
    if plan is not None and plan.goal is not None:
        within = f" within {plan.goal_within}" if plan.goal_within else ""
        what = say(plan.goal, in_run=True) + within
    return Goal(what, reached, missed, still, forgotten, quartiles, tuple(compared))


def _compared(
    where: str,
    names: tuple[str, str],
    ones: Share,
    others: Share,
    short: tuple[str, str] | None = None,
) -> Compared:
    one, other = short or names
    by, sentence = difference(ones, others), said(ones, others, names)
    return Compared(where, one, other, ones, others, by, sentence)


def _endings(told: Told) -> dict[str, list[tuple[str, int]]]:
    run = RUNS.c
    how = case(
        (func.substr(run.ending, 1, 13) == "cancelled by ", "cancelled"),
        else_=told.before(run.ending, ":"),
    ).label("how")
    question = (
        select(run.playbook, how, func.count())
        .where(run.held == 0, run.ended_at.is_not(None))
        .group_by(run.playbook, how)
    )
    found: dict[str, list[tuple[str, int]]] = defaultdict(list)
    for name, ending, number in told.rows(question):
        found[name].append((ending, number))
    for endings in found.values():
        endings.sort(key=_most_first)
    return found


def _most_first(counted: tuple[str, int]) -> tuple[int, str]:
    return -counted[1], counted[0]


def _quartiles(told: Told) -> dict[str, tuple[float, float, float]]:
    """Return the quartiles of how long goals took, as the values that stand beside each of them."""
    run = RUNS.c
    took = run.goal_at - run.began_at
    ranked = (
        select(
            run.playbook, took.label("took"),
            (func.row_number().over(partition_by=run.playbook, order_by=took) - 1).label("place"),
            (func.count().over(partition_by=run.playbook) - 1).label("last"),
        )
        .where(run.goal == "reached", run.held == 0)
        .subquery()
    )  # fmt: skip
    row = ranked.c
    near = [func.abs(row.place * 4 - row.last * quarter) < 4 for quarter in (1, 2, 3)]
    question = select(row.playbook, row.place, row.took, row.last).where(
        near[0] | near[1] | near[2]
    )
    values: dict[str, dict[int, int]] = defaultdict(dict)
    ends = {}
    for name, place, value, last in told.rows(question):
        values[name][place], ends[name] = value, last
    return {name: _at_quarters(places, ends[name]) for name, places in values.items()}


def _at_quarters(places: Mapping[int, int], last: int) -> tuple[float, float, float]:
    found = []
    for quarter in (1, 2, 3):
        place, rest = divmod(last * quarter, 4)
        below, above = places[place], places[place + 1] if rest else places[place]
        found.append((below * (4 - rest) + above * rest) / 4 / 1_000_000)
    return found[0], found[1], found[2]


def _arms(told: Told) -> dict[str, dict[str, dict[str, Share]]]:
    """Return by playbook and step that parts its runs, how many customers of each arm got there."""
    line, run = LINES.c, RUNS.c
    arm = func.substr(line.note, 5).label("arm")
    question = (
        select(
            run.playbook, line.step, arm, func.count(distinct(run.customer)),
            func.count(distinct(case((run.goal == "reached", run.customer)))),
        )
        .join_from(LINES, RUNS, line.run == run.run)
        .where(line.kind == "branch", func.substr(line.note, 1, 4) == "arm ", run.held == 0)
        .group_by(run.playbook, line.step, arm)
    )  # fmt: skip
    found: dict[str, dict[str, dict[str, Share]]] = defaultdict(lambda: defaultdict(dict))
    for name, step, which, customers, reached in told.rows(question):
        found[name][step][which] = Share(reached, customers)
    return found


def _series(told: Told, parts: int) -> dict[str, list[tuple[int, int]]]:
    if not parts:
        return {}
    run = RUNS.c
    part = told.part(run.began_at).label("part")
    reached = func.count(case((run.goal == "reached", 1)))
    question = (
        select(run.playbook, part, func.count(), reached)
        .where(run.held == 0)
        .group_by(run.playbook, part)
    )
    found: dict[str, list[tuple[int, int]]] = defaultdict(lambda: [(0, 0)] * parts)
    for name, place, began, reached in told.rows(question):
        found[name][place] = (began, reached)
    return found


# --- steps ----------------------------------------------------------------------------------------


def _steps(told: Told, plans: Mapping[str, Plan]) -> dict[str, list[Reached]]:
    """Return how many runs came to each step, in the order of the playbook."""
    reached, skipped = _passed(told, plans)
    found = {}
    for name in dict.fromkeys([*plans, *sorted({name for name, _ in skipped})]):
        steps = {one.id: verb(one.body) for one in plans[name].steps} if name in plans else {}
        steps |= {s: "" for n, s in sorted(skipped) if n == name and s not in steps}
        found[name] = [
            Reached(step, what, reached[name, step], skipped[name, step])
            for step, what in steps.items()
        ]
    return found


def _passed(
    told: Told, plans: Mapping[str, Plan]
) -> tuple[Counter[tuple[str, str]], Counter[tuple[str, str]]]:
    """Return how many runs came to a step, told of there or beyond, and of how many it was skipped.

    All steps of which something is told have a number of those that were skipped, if it is 0.
    """
    reached, skipped = Counter[tuple[str, str]](), Counter[tuple[str, str]]()
    through = {name: _through(plan) for name, plan in plans.items()}
    for name, told_of, runs in told.rows(_sets(told)):
        seen = [one.removeprefix(_SKIPPED) for one in told_of.split(_NEXT)]
        known = through.get(name, {})
        for step in {also for one in seen for also in known.get(one) or {one}}:
            reached[name, step] += runs
        for step, one in zip(seen, told_of.split(_NEXT), strict=True):
            skipped[name, step] += runs if one.startswith(_SKIPPED) else 0
    return reached, skipped


def _sets(told: Told) -> Select[Any]:
    """Return the question at which steps runs are told of, and how many at the same ones.

    Runs are many, ways through a playbook few: so each run is looked at once, and each way here.
    """
    line, run = LINES.c, RUNS.c
    skipped = func.max(case((line.kind == "skipped", 1), else_=0))
    each = [run.playbook, told.sorted(line.run).label("run"), told.sorted(line.step).label("step")]
    steps = (
        select(*each, case((skipped == 1, _SKIPPED), else_="").label("mark"))
        .join_from(LINES, RUNS, (line.run == run.run) & (run.held == 0))
        .where(line.step != "")
        .group_by(*each)
        .order_by(each[1], each[2])
        .subquery()
    )
    step = steps.c
    seen = func.aggregate_strings(step.mark + step.step, _NEXT).label("seen")
    sets = select(step.playbook, seen).group_by(step.run, step.playbook).subquery()
    return select(sets.c.playbook, sets.c.seen, func.count()).group_by(*sets.c)


def _through(plan: Plan) -> dict[str, set[str]]:
    """Return for each step the steps that every way to it goes through, itself among them."""
    ahead = {
        step.id: [target for _, target in ways(step) if target is not None] for step in plan.steps
    }
    every = _reachable(ahead, plan.first, without=None)
    found = {step: {step} for step in ahead}
    for step in ahead:
        for other in every - _reachable(ahead, plan.first, without=step):
            found[other].add(step)
    return found


def _reachable(ahead: Mapping[str, list[str]], first: str | None, without: str | None) -> set[str]:
    todo, found = [first] if first is not None else [], set[str]()
    while todo:
        here = todo.pop()
        if here != without and here not in found:
            found.add(here)
            todo += ahead.get(here, [])
    return found
