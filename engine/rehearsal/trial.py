"""A test of a playbook: one customer, a virtual clock, what happens, and what should come of it."""

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..core.advance import apply, recall
from ..core.effects import Effect, Entry, Perform
from ..core.evaluate import World, walked
from ..core.expr import Expr
from ..core.occurrence import Changed, Deployed, Happened, Occurrence, Passed, Settled
from ..core.plan import Json, OnManual, Plan, Project
from ..core.program import Program
from ..core.trace import Trace
from ..patterns import program
from ..render import Renderer
from .coverage import Sightings, observed
from .standing_in import Answer, StandIn, answer_of

__all__ = [
    "Expected",
    "Never",
    "Question",
    "Restart",
    "Skipped",
    "Trial",
    "Verdict",
    "ask",
    "attempt",
    "unfolded",
]


@dataclass(frozen=True, slots=True)
class Restart:
    """The engine stops and starts: the customer's state goes through JSON."""

    at: int


@dataclass(frozen=True, slots=True)
class Expected:
    """An action that should be performed; what is None may be anything."""

    at: int | None = None
    do: str | None = None
    """The kind of action, or the name the author gave it."""
    step: str | None = None
    customer: str | None = None
    args: Mapping[str, Json] | None = None
    """What must be among what it was given."""


@dataclass(frozen=True, slots=True)
class Never:
    """An action that should not be performed, at all or in a stretch of time."""

    do: str
    after: int | None = None
    """Inclusive."""
    before: int | None = None
    """Exclusive."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """An action that should be decided upon and not performed; what is None may be anything."""

    do: str
    because: str = ""
    """What must be in the reason."""
    at: int | None = None


@dataclass(frozen=True, slots=True)
class Trial:
    """One test. Instants are microseconds since 1970 UTC, values as declared."""

    customer: str
    attributes: Mapping[str, object]
    start: int
    until: int
    """Exclusive, as in a dry run."""
    timeline: tuple[Happened | Changed | Restart | Answer, ...]
    """In order of time; what lies before `start` is history."""
    expected: tuple[Expected, ...]
    never: tuple[Never, ...] = ()
    skipped: tuple[Skipped, ...] = ()
    extra: bool = False
    """Whether other actions may be performed, too."""
    playbook: str | None = None
    """The only playbook that plays; None for all of the project."""
    answers: Mapping[str, Json] = field(default_factory=dict)
    """What actions answer, by the name given with `as:`."""
    fails: frozenset[str] = frozenset()
    """The names of the answers whose actions fail."""


@dataclass(frozen=True, slots=True)
class Question:
    """A test of a condition: what it comes to for a customer at an instant."""

    condition: Expr
    customer: str
    attributes: Mapping[str, object]
    timeline: tuple[Happened | Changed | Restart | Answer, ...]
    at: int
    expected: bool | None
    """None is unknown."""


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was performed, or skipped with a reason."""

    at: int
    customer: str
    do: str
    action: str
    step: str
    args: Mapping[str, Json]
    skipped: str
    why: tuple[Trace, ...]


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a test: it passed when nothing differs."""

    pairs: tuple[tuple[Expected | None, Done | None], ...] = ()
    """What was expected beside what was done, in order of time; None where one has no other."""
    broken: tuple[tuple[Never, Done], ...] = ()
    """What should never have been done."""
    skipped: tuple[Done, ...] = ()
    unskipped: tuple[Skipped, ...] = ()
    """What should have been decided upon and not performed, and was not."""
    journal: tuple[Entry, ...] = ()
    answer: Trace | None = None
    """For a condition: what it came to."""
    extra: bool = False
    expected: bool | None = None
    reached: frozenset[tuple[str, str]] = frozenset()
    """Playbook and step of everything that was decided."""
    unclear: tuple[str, ...] = ()
    """Answers of the timeline that may have meant several questions."""
    seen: Sightings = field(default_factory=Counter)
    """What the legs of conditions came to; empty unless they were to be looked at."""

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        if self.answer is not None:
            return self.answer.value is self.expected
        return not (self.broken or self.unskipped or self.unclear) and all(
            done is not None and (self.extra or wanted is not None) and _fits(wanted, done)
            for wanted, done in self.pairs
        )


def attempt(project: Project, trial: Trial, *, watch: bool = False) -> Verdict:
    """Play one test, from deployment at its start to its end, and compare.

    With `watch` the verdict also tells what each leg of each condition was seen to be.
    """
    if trial.playbook is not None:
        plans = tuple(plan for plan in project.plans if plan.playbook == trial.playbook)
        project = replace(project, plans=plans)
    renderer = Renderer(project)
    ready, seen = observed(project) if watch else (program(project), Counter())
    unclear: list[str] = []
    effects = list(_played(ready, trial, unclear, lambda _: None))
    done = [_done(effect, renderer) for effect in effects if isinstance(effect, Perform)]
    performed = [one for one in done if not one.skipped]
    skipped = [one for one in done if one.skipped]
    broken = [(never, one) for never in trial.never for one in performed if _breaks(never, one)]
    return Verdict(
        tuple(_paired(trial.expected, performed)),
        tuple(broken),
        tuple(skipped),
        tuple(_missed(trial.skipped, skipped)),
        tuple(effect for effect in effects if isinstance(effect, Entry)),
        extra=trial.extra,
        reached=frozenset((effect.playbook, effect.step) for effect in effects if effect.step),
        seen=seen,
        unclear=tuple(unclear),
    )


def unfolded(project: Project, trial: Trial) -> list[Occurrence]:
    """Return all that happens in a test after its start, answers included, in order."""
    if trial.playbook is not None:
        plans = tuple(plan for plan in project.plans if plan.playbook == trial.playbook)
        project = replace(project, plans=plans)
    found: list[Occurrence] = []
    for _ in _played(program(project), trial, [], found.append):
        pass  # Only what happens is asked for.
    return found


def ask(project: Project, question: Question) -> Verdict:
    """Look at a condition after everything up to the question's instant has happened."""
    # The history keeps what some condition reads, so the question joins as a playbook.
    asking = Plan("?", (OnManual(),), (), None, condition=question.condition)
    ready = program(replace(project, plans=(asking,)))
    customer = ready.customer(question.customer, question.attributes)
    told = [
        what
        for what in question.timeline
        if isinstance(what, Happened | Changed) and what.at <= question.at
    ]
    # Played, not recalled: rules of lifecycles and segments with two levels depend on the way.
    apply(customer, Deployed(told[0].at if told else question.at), ready)
    for what in told:
        apply(customer, what, ready)
    apply(customer, Passed(question.at), ready)
    world = World(
        customer.attributes, customer.history, question.at, customer.zone, None, ready.calendar,
        ready.matchers,
    )  # fmt: skip
    answer = walked(question.condition, world, ready.compiler.origins)
    return Verdict(answer=answer, expected=question.expected)


def _played(
    ready: Program,
    trial: Trial,
    unclear: list[str],
    heard: Callable[[Occurrence], None],
) -> Iterator[Effect]:
    customer = ready.customer(trial.customer, trial.attributes)
    ahead = [what for what in trial.timeline if trial.start <= what.at < trial.until]
    for what in trial.timeline:
        if what.at < trial.start and isinstance(what, Happened | Changed):
            recall(customer, what, ready)
    stand_in = StandIn(trial.answers, trial.fails)
    yield from stand_in.play(customer, [Deployed(trial.start)], ready, heard)
    for what in ahead:
        if isinstance(what, Restart | Answer):
            # The customer is looked at as it is by then, all that was due before included.
            yield from stand_in.play(customer, [Passed(what.at)], ready, heard)
        match what:
            case Restart():
                customer = ready.restored(json.loads(json.dumps(customer.to_json())))
            case Answer():
                found = answer_of(customer, what)
                if isinstance(found, Settled):
                    yield from stand_in.play(customer, [found], ready, heard)
                else:
                    runs = ", ".join(f"{run.playbook}/{run.step}" for run in found)
                    unclear.append(f"`{what.said}` may answer any of {runs}: name its `step:`")
            case _:
                yield from stand_in.play(customer, [what], ready, heard)
    yield from stand_in.play(customer, [Passed(trial.until - 1)], ready, heard)


def _done(effect: Perform, renderer: Renderer) -> Done:
    rendered = renderer.render(effect)
    return Done(
        effect.at, effect.customer, effect.kind, effect.action, effect.step, rendered.args,
        effect.skipped or rendered.error, effect.why,
    )  # fmt: skip


def _breaks(never: Never, done: Done) -> bool:
    if never.do not in (done.do, done.action):
        return False
    return (never.after is None or done.at >= never.after) and (
        never.before is None or done.at < never.before
    )


def _missed(wanted: Sequence[Skipped], skipped: Sequence[Done]) -> Iterator[Skipped]:
    """Yield what was not skipped as it should; each action that was answers for one."""
    left = list(skipped)
    for one in wanted:
        found = next((done for done in left if _was(one, done)), None)
        if found is None:
            yield one
        else:
            left.remove(found)


def _was(wanted: Skipped, done: Done) -> bool:
    return (
        wanted.do in (done.do, done.action)
        and wanted.because in done.skipped
        and wanted.at in (None, done.at)
    )


def _fits(wanted: Expected | None, done: Done) -> bool:
    if wanted is None:
        return True
    return (
        wanted.at in (None, done.at)
        and wanted.do in (None, done.do, done.action)
        and wanted.step in (None, done.step)
        and wanted.customer in (None, done.customer)
        and _among(dict(wanted.args or {}), dict(done.args))
    )


def _among(wanted: Json, found: Json) -> bool:
    """Whether what is written is there; records may hold more, lists and values may not."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        return all(key in found and _among(value, found[key]) for key, value in wanted.items())
    if isinstance(wanted, str) != isinstance(found, str):
        # Templates make texts: `amount: 12` is met by "12".
        return str(wanted) == str(found)
    return wanted == found


def _paired(
    expected: Sequence[Expected], done: Sequence[Done]
) -> list[tuple[Expected | None, Done | None]]:
    """Set what was expected beside what was done: all that fit first, then those of one kind."""
    taken: dict[int, int] = {}
    for index in range(len(expected)):
        _match(index, expected, done, taken, set())
    of = {wanted: one for one, wanted in taken.items()}
    free = [index for index in range(len(done)) if index not in taken]
    for index, wanted in enumerate(expected):
        if index not in of:
            near = min(
                (one for one in free if wanted.do in (None, done[one].do, done[one].action)),
                key=lambda one: abs(done[one].at - (wanted.at or 0)),
                default=None,
            )
            if near is not None:
                of[index] = near
                free.remove(near)
    pairs: list[tuple[Expected | None, Done | None]] = [
        (wanted, done[of[index]] if index in of else None) for index, wanted in enumerate(expected)
    ]
    pairs += [(None, done[index]) for index in free]
    return sorted(pairs, key=_when)


def _match(
    index: int,
    expected: Sequence[Expected],
    done: Sequence[Done],
    taken: dict[int, int],
    tried: set[int],
) -> bool:
    """Find an action for one expectation, letting others move to where they fit as well."""
    for one, action in enumerate(done):
        if one not in tried and _fits(expected[index], action):
            tried.add(one)
            if one not in taken or _match(taken[one], expected, done, taken, tried):
                taken[one] = index
                return True
    return False


def _when(pair: tuple[Expected | None, Done | None]) -> int:
    wanted, done = pair
    if done is not None:
        return done.at
    return wanted.at or 0 if wanted is not None else 0
