"""Why: what was decided about a customer, and how each trigger stands, at any instant.

A runtime hands in a `Life`, whether it lies in a database or in the files of a rehearsal.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from .core.compile import Condition
from .core.drawn import HELD_OUT
from .core.journal import Line
from .core.judging import judge, world_of
from .core.occurrence import Occurrence
from .core.plan import Json
from .core.program import Program
from .core.ready import ReadyPlan, version_of
from .core.state import Customer, Run
from .core.trace import Source, Trace
from .core.witnessing import Attempt
from .core.zone import Zone
from .foresight import Foresight, foresee, supposed_run
from .outlook import Outlook, Scene, outlook, refusal

__all__ = [
    "Decision",
    "HeldBack",
    "Life",
    "PlaybookWhy",
    "RunWhy",
    "Standing",
    "Why",
    "decisions",
    "explain",
]


@dataclass(frozen=True, slots=True)
class Decision:
    """A line of the journal with its reasons; instants in microseconds UTC."""

    at: int
    kind: str
    """`started`, `not started`, `waiting`, `performed`, `skipped`, `ended`, …"""
    run: str
    step: str
    note: str
    due_at: int | None
    why: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class HeldBack:
    """An action that limits do not let through yet; instants in microseconds UTC."""

    step: str
    note: str
    """Which limit, in words, and what took the place."""
    due_at: int
    """When it is looked at again."""


@dataclass(frozen=True, slots=True)
class Standing:
    """A condition as it stands now."""

    where: str
    """`if`, `stop when`, `wait until`."""
    trace: Trace
    failed: Trace | None
    """The first part that is not true, of those that all have to be."""
    true_at: int | None = None
    """When it becomes true if nothing else happens; None for never, as far as was foreseen."""


@dataclass(frozen=True, slots=True)
class RunWhy:
    """A run; instants in microseconds UTC."""

    id: str
    version: str
    started_at: int
    cause: str
    step: str
    waits: str
    due_at: int | None
    """When it goes on by itself; None for a run that has ended or waits for something to happen."""
    ended_at: int | None = None
    ending: str = ""
    held_out: bool = False
    """Whether nothing is done, because its customer is held out."""
    conditions: tuple[Standing, ...] = ()
    """What it waits for, and what would stop it, as they stand now."""
    next_at: int | None = None
    """When time alone would move it, if nothing else happens."""
    next: str = ""
    """What would come of that: `performed: create-task …`."""


@dataclass(frozen=True, slots=True)
class PlaybookWhy:
    """One playbook and one customer."""

    playbook: str
    version: str
    """Empty for a lifecycle, and for one that the program does not hold any more."""
    runs: tuple[RunWhy, ...]
    """The earliest first."""
    decisions: tuple[Decision, ...]
    triggers: tuple[Outlook, ...]
    refusal: str
    """What would keep a run from beginning although its trigger fires: `again`, `while running`."""
    held_back: tuple[HeldBack, ...] = ()
    condition: Standing | None = None
    """The `if` of the playbook, where it has one."""
    held_out: bool = False
    """Whether the customer is one of those who get no action of it."""
    lifecycle: bool = False
    """Whether it is a lifecycle, named by its attribute: its moves are decisions, too."""


@dataclass(frozen=True, slots=True)
class Why:
    """What was decided about a customer until `at`, and how things stood then."""

    customer: str
    at: int
    zone: Zone
    playbooks: tuple[PlaybookWhy, ...]
    foreseen_until: int | None = None
    """How far ahead was looked for what time alone brings; None for to the end."""


@dataclass(frozen=True, slots=True)
class Life:
    """One customer at an instant, with what was decided and seen until then."""

    customer: Customer
    program: Program
    at: int
    decisions: Mapping[str, Sequence[Decision]]
    """By playbook, in order."""
    attempts: Mapping[str, Attempt] = field(default_factory=dict)
    """The last attempt of each trigger, by its key."""
    sources: Mapping[str, Source] = field(default_factory=dict)
    """Where the value of each attribute came from."""
    past: Mapping[str, int] = field(default_factory=dict)
    """When each event happened last, by its declared name."""
    versions: Mapping[str, str] = field(default_factory=dict)
    """Which version of its playbook each run follows, or followed."""
    ahead: Sequence[Occurrence] = ()
    """What is known to happen afterwards, in order of time."""
    answers: Mapping[str, Json] | None = field(default_factory=dict)
    """What actions answer at once in a supposed future, by the name given with `as:`; None for nothing."""


def explain(life: Life, playbook: str | None = None) -> Why:
    """Return why each playbook (or this one) did what it did, or did nothing.

    Raises KeyError for a playbook that the program of that time does not hold.
    """
    known = life.program.plans
    if playbook is not None and playbook not in known and playbook not in life.decisions:
        raise KeyError(f"there is no playbook {playbook} in the program of that time")
    names = [playbook] if playbook is not None else list(dict.fromkeys([*known, *life.decisions]))
    asked = _asked(life.program, frozenset(names))
    foresight = foresee(life.customer, life.program, life.at, asked)
    scene = Scene(
        life.customer, life.program, life.at, life.sources, life.past, life.attempts, foresight
    )
    told = tuple(_playbook(life, scene, name) for name in names)
    return Why(life.customer.id, life.at, life.customer.zone, told, foresight.until)


def decisions(
    lines: Iterable[tuple[Line, tuple[Trace, ...]]], until: int
) -> dict[str, list[Decision]]:
    """Return lines of the journal, each with its reasons, by playbook and in order."""
    found: dict[str, list[Decision]] = {}
    reasons: tuple[Trace, ...] = ()
    for line, own in lines:
        if line[0] == "action":
            reasons = own  # The line that says it was performed has none.
            continue
        _, at, kind, playbook, run, step, note, due, _ = line
        because = own or (reasons if kind == "performed" else ())
        reasons = ()
        if playbook and at <= until:
            decision = Decision(at, kind, run, step, note, due, because)
            found.setdefault(playbook, []).append(decision)
    return found


def _asked(program: Program, names: frozenset[str]) -> dict[str, Condition]:
    """Return the conditions of playbooks: their `if`, by name, and those they watch, by key."""
    found = {
        name: ready.condition
        for name, ready in program.plans.items()
        if name in names and ready.condition is not None
    }
    for spec in program.specs:
        if spec.plan.plan.playbook in names and spec.condition is not None:
            found[spec.key] = spec.condition
    return found


def _playbook(life: Life, scene: Scene, name: str) -> PlaybookWhy:
    ready, decided = life.program.plans.get(name), tuple(life.decisions.get(name, ()))
    held = (one for one in life.customer.held if one.run.playbook == name)
    return PlaybookWhy(
        name,
        version_of(ready.plan) if ready is not None else "",
        tuple(_runs(life, scene.foresight, name, decided)),
        decided,
        tuple(_outlooks(scene, ready)),
        refusal(scene, name),
        tuple(HeldBack(one.run.step, one.note, one.due) for one in held),
        _condition(life, scene.foresight, ready),
        ready is not None and life.customer.arms.get(ready.name) == HELD_OUT,
        name in life.program.lifecycles,
    )


def _outlooks(scene: Scene, ready: ReadyPlan | None) -> Iterator[Outlook]:
    if ready is not None:
        for number, trigger in enumerate(ready.plan.triggers):
            yield outlook(scene, ready, number, trigger)


def _condition(life: Life, foresight: Foresight, ready: ReadyPlan | None) -> Standing | None:
    if ready is None or ready.condition is None:
        return None
    name = ready.plan.playbook
    run = supposed_run(life.customer, name, life.at)
    return _standing(life, "if", ready.condition, run, foresight.true_at.get(name))


def _standing(
    life: Life, where: str, condition: Condition, run: Run, true_at: int | None = None
) -> Standing:
    world = world_of(life.customer, life.program, life.at, run)
    found = judge(condition.expr, world, life.program, life.sources)
    return Standing(where, found.trace, found.failed, true_at)


# --- runs ---------------------------------------------------------------------------------------


def _runs(
    life: Life, foresight: Foresight, name: str, decided: Sequence[Decision]
) -> Iterator[RunWhy]:
    """Yield the runs that the journal tells of, and those in flight that it tells of no more."""
    told: dict[str, list[Decision]] = {}
    for decision in decided:
        if decision.run:
            told.setdefault(decision.run, []).append(decision)
    flying = {run.id: run for run in life.customer.runs.values() if run.playbook == name}
    begun = [decision.run for decision in decided if decision.kind == "started"]
    for run in dict.fromkeys([*begun, *flying]):
        found = _run(life, run, told.get(run, []), flying.get(run))
        yield found if run not in flying else _in_flight(life, foresight, found, flying[run])


def _run(life: Life, name: str, told: Sequence[Decision], run: Run | None) -> RunWhy:
    """Return what the journal says of a run."""
    started_at, cause = next(
        ((one.at, one.note) for one in told if one.kind == "started"),
        (run.began_at if run is not None else life.at, ""),
    )
    last = next((one for one in reversed(told) if one.kind == "ended"), None)
    waits = next((one.note for one in reversed(told) if one.kind == "waiting"), "")
    return RunWhy(
        name, life.versions.get(name, ""), started_at, cause,
        told[-1].step if told else "", "" if last is not None else waits, None,
        last.at if last is not None else None, last.note if last is not None else "",
        any(one.kind == "holdout" for one in told),
    )  # fmt: skip


def _in_flight(life: Life, foresight: Foresight, found: RunWhy, run: Run) -> RunWhy:
    """Add how a run stands now, and what time will do with it."""
    ready = life.program.plan_of(run)
    conditions = []
    if ready is not None:
        step = ready.steps.get(run.step)
        if run.phase == "until" and step is not None and step.until is not None:
            conditions.append(_standing(life, "wait until", step.until, run))
        if ready.stop is not None:
            conditions.append(_standing(life, "stop when", ready.stop, run))
    move = foresight.moves.get(run.id)
    return replace(
        found, version=run.version, step=run.step, held_out=run.held,
        due_at=life.customer.armed.get(f"run:{run.id}"), conditions=tuple(conditions),
        next_at=move.at if move is not None else None,
        next=f"{move.kind}: {move.note}" if move is not None else "",
    )  # fmt: skip
