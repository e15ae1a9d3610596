"""A test, played: what was done beside what was expected, and why."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace

from ..core.advance import apply
from ..core.effects import Effect, Entry, Perform
from ..core.evaluate import World, walked
from ..core.occurrence import Changed, Deployed, Happened, Occurrence, Passed
from ..core.plan import Do, Json, OnManual, Plan, Project
from ..core.program import Program
from ..core.state import Customer
from ..core.trace import Trace
from ..core.witnessing import Attempt, Book, witness
from ..patterns import program
from ..render import Renderer
from ..standing_in import StandIn
from .coverage import Sightings, observed
from .script import Expected, InStage, Late, Never, Question, Skipped, Trial
from .timeline import Play

__all__ = ["Attempts", "Done", "Verdict", "ask", "attempt", "unfolded"]

_NEVER = -(2**62)


@dataclass(frozen=True, slots=True)
class Done:
    """An action that was performed, or skipped with a reason."""

    at: int
    customer: str
    playbook: str
    do: str
    action: str
    step: str
    args: Mapping[str, Json]
    skipped: str
    why: tuple[Trace, ...]
    run: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of a test: it passed when nothing differs."""

    pairs: tuple[tuple[Expected | None, Done | None], ...] = ()
    """What was expected beside what was done, in order of time; None where one has no other."""
    broken: tuple[tuple[Never, Done], ...] = ()
    """What should never have been done."""
    done: tuple[Done, ...] = ()
    """All that was done or skipped, in the order in which it was decided."""
    unskipped: tuple[Skipped, ...] = ()
    """What should have been decided upon and not performed, and was not."""
    elsewhere: tuple[tuple[InStage, str | None], ...] = ()
    """Where the customer should have been, and was not, with the stage it was in instead."""
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

    promised: tuple[Perform, ...] = ()
    """What actions and people can be heard of."""
    concerned: Mapping[str, int] = field(default_factory=dict)
    """Runs that have a part in what differs, and playbooks that might have had one, each with the
    last instant that matters; nothing where that is not known of all that differs."""
    refused: tuple[Attempt, ...] = ()
    """When a playbook that might have had a part did not begin, for a condition was not true."""

    @property
    def skipped(self) -> tuple[Done, ...]:
        """What was decided upon and not performed."""
        return tuple(one for one in self.done if one.skipped)

    @property
    def on_the_way(self) -> tuple[Entry, ...]:
        """What was decided that has a part in what differs."""
        return tuple(one for one in self.journal if self._matters(one))

    @property
    def held_up(self) -> tuple[Done, ...]:
        """What was decided upon and not performed, and has a part in what differs."""
        return tuple(one for one in self.skipped if self._matters(one))

    def _matters(self, one: Entry | Done) -> bool:
        last = max(self.concerned.get(one.run, _NEVER), self.concerned.get(one.playbook, _NEVER))
        return not self.concerned or one.at <= last

    @property
    def passed(self) -> bool:
        """Whether all is as expected."""
        if self.answer is not None:
            return self.answer.value is self.expected
        trouble = self.broken or self.unskipped or self.elsewhere or self.unclear
        return not trouble and all(
            done is not None and (self.extra or wanted is not None) and _fits(wanted, done)
            for wanted, done in self.pairs
        )


class Attempts:
    """Plays the tests of one project: what they share is made ready once.

    With `watch` each verdict also tells what each leg of each condition was seen to be.
    """

    def __init__(self, project: Project, *, watch: bool = False) -> None:
        self._project = project
        self._watch = watch
        self._ready: dict[str | None, tuple[Program, Renderer, Sightings]] = {}

    def attempt(
        self, trial: Trial, heard: Callable[[Occurrence], None] = lambda _: None
    ) -> Verdict:
        """Play one test, from deployment at its start to its end, and compare.

        `heard` is told of all that happens; what it raises ends the test.
        """
        ready, renderer, shared = self._of(trial.playbook)
        play = Play(ready, StandIn(trial.answers, trial.fails), heard)
        effects = list(_played(play, trial))
        done = [_done(effect, renderer) for effect in effects if isinstance(effect, Perform)]
        performed = [one for one in done if not one.skipped]
        skipped = [one for one in done if one.skipped]
        broken = [(never, one) for never in trial.never for one in performed if _breaks(never, one)]
        seen = Counter(shared)
        shared.clear()
        verdict = Verdict(
            tuple(_paired(trial.expected, performed)),
            tuple(broken),
            tuple(done),
            tuple(_missed(trial.skipped, skipped)),
            tuple(filter(None, map(play.been.missed, trial.stages))),
            tuple(effect for effect in effects if isinstance(effect, Entry)),
            extra=trial.extra,
            reached=frozenset((effect.playbook, effect.step) for effect in effects if effect.step),
            seen=seen,
            unclear=tuple(play.unclear),
            promised=tuple(play.promised),
        )
        if verdict.passed:
            return verdict
        concerned = _concerned(verdict, ready.project.plans, trial.until)
        refused = (one for one in self._refused(trial) if one.playbook in concerned)
        return replace(verdict, concerned=concerned, refused=tuple(refused))

    def _refused(self, trial: Trial) -> Iterator[Attempt]:
        """Yield when a trigger was met and nothing began because of a condition; no journal tells."""
        found: list[Attempt] = []
        book = Book(found.append, closely=True)

        def decide(customer: Customer, what: Occurrence, ready: Program) -> list[Effect]:
            return witness(customer, what, ready, book)

        ready = program(_alone(self._project, trial.playbook))
        for _ in _played(Play(ready, StandIn(trial.answers, trial.fails, decide)), trial):
            pass  # Only what is attempted is asked for.
        return (one for one in found if one.came == "not true")

    def _of(self, playbook: str | None) -> tuple[Program, Renderer, Sightings]:
        """Return what plays when only one playbook does, or with None all of them."""
        found = self._ready.get(playbook)
        if found is None:
            project = _alone(self._project, playbook)
            ready, seen = observed(project) if self._watch else (program(project), Counter())
            found = self._ready[playbook] = ready, Renderer(project), seen
        return found


def attempt(project: Project, trial: Trial, *, watch: bool = False) -> Verdict:
    """Play one test of a project alone; see `Attempts`."""
    return Attempts(project, watch=watch).attempt(trial)


def unfolded(project: Project, trial: Trial) -> list[Occurrence]:
    """Return all that happens in a test after its start, answers included, in order."""
    found: list[Occurrence] = []
    ready = program(_alone(project, trial.playbook))
    play = Play(ready, StandIn(trial.answers, trial.fails), found.append)
    for _ in _played(play, trial):
        pass  # Only what happens is asked for.
    return found


def ask(project: Project, question: Question) -> Verdict:
    """Look at a condition after everything up to the question's instant has happened."""
    # The history keeps what some condition reads, so the question joins as a playbook.
    asking = Plan("?", (OnManual(),), (), None, condition=question.condition)
    ready = program(replace(project, plans=(asking,)))
    customer = ready.customer(question.customer, question.attributes)
    heard = [what for what in question.timeline if what.at <= question.at]
    plainly = [what.what if isinstance(what, Late) else what for what in heard]
    told = [what for what in plainly if isinstance(what, Happened | Changed)]
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


def _alone(project: Project, playbook: str | None) -> Project:
    if playbook is None:
        return project
    plans = tuple(plan for plan in project.plans if plan.playbook == playbook)
    return replace(project, plans=plans)


def _played(play: Play, trial: Trial) -> Iterator[Effect]:
    """Yield what is decided from the start to the end."""
    yield from play.arrive(trial) if trial.new else play.begin(trial)
    ahead = [what for what in trial.timeline if trial.start <= what.at < trial.until]
    yield from play.go_on(ahead, trial.until)


def _done(effect: Perform, renderer: Renderer) -> Done:
    rendered = renderer.render(effect)
    return Done(
        effect.at, effect.customer, effect.playbook, effect.kind, effect.action, effect.step, rendered.args,
        effect.skipped or rendered.error, effect.why, effect.run,
    )  # fmt: skip


def _concerned(verdict: Verdict, plans: Sequence[Plan], until: int) -> dict[str, int]:
    """Return which runs and playbooks have a part in what differs, and until when."""
    if verdict.unclear or verdict.elsewhere:
        return {}
    wrong = [done for _, done in verdict.broken]
    missed: list[Expected | Skipped] = list(verdict.unskipped)
    for wanted, done in verdict.pairs:
        if done is None and wanted is not None:
            missed.append(wanted)
        elif done is not None and not (verdict.extra if wanted is None else _fits(wanted, done)):
            wrong.append(done)
    found = {done.run: done.at for done in sorted(wrong, key=lambda done: done.at)}
    able = [[plan.playbook for plan in plans if _may(plan, one)] for one in missed]
    return found | {name: until for names in able for name in names} if all(able) else {}


def _may(plan: Plan, wanted: Expected | Skipped) -> bool:
    """Whether one of a playbook's steps does what is wanted."""
    step = wanted.step if isinstance(wanted, Expected) else None
    return any(
        isinstance(one.body, Do)
        and wanted.do in (None, one.body.kind, one.body.action)
        and step in (None, one.id)
        for one in plan.steps
    )


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
