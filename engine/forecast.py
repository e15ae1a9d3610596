"""Two futures of each customer: mostly under the program that decides now, and under another.

Both begin with the customer as it is. What would be done until a given instant is compared, action
by action, and so is what becomes of the runs in flight when the other program takes over.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from heapq import nsmallest
from itertools import zip_longest
from typing import Final, Literal

from .core.codec import digest
from .core.duration import HOUR
from .core.effects import Entry, Perform
from .core.expressions import project_expressions
from .core.occurrence import Deployed, Occurrence, Passed
from .core.plan import Json, Plan, Project
from .core.program import Program
from .core.state import Customer
from .patterns import program
from .render import Renderer
from .rousing import roused, rousing
from .standing_in import player

__all__ = ["Change", "Fate", "Fated", "Forecast", "Future", "Kind", "Side", "pairs"]

Kind = Literal["added", "removed", "moved", "changed", "same"]
"""How an action of one future is found in the other; `moved` in time, `changed` in what it is given."""
Fate = Literal["follow", "finish their old version", "end"]
"""What becomes of a run whose playbook has changed."""

_EXAMPLES: Final = 3
"""How many changes of each kind are named for a playbook."""


@dataclass(frozen=True, slots=True)
class Future:
    """An action that would be performed; `at` in microseconds UTC."""

    at: int
    customer: str
    playbook: str
    step: str
    do: str
    args: dict[str, Json]


@dataclass(frozen=True, slots=True)
class Change:
    """An action in both futures, or in one of them."""

    kind: Kind
    before: Future | None
    after: Future | None

    @property
    def shown(self) -> Future:
        """The action to name it by."""
        found = self.after or self.before
        assert found is not None  # noqa: S101 - there is no change of nothing
        return found


@dataclass(frozen=True, slots=True)
class Fated:
    """A run in flight whose playbook is another now, and what becomes of it."""

    run: str
    customer: str
    step: str
    """Where it waits when the other program takes over."""
    fate: Fate


@dataclass(slots=True, eq=False)
class Forecast:
    """Lives customers on under two programs, and counts what is different."""

    before: Project
    after: Project
    at: int = 0
    """When the other program would take over, microseconds since 1970 UTC."""
    until: int = 0
    """Just before when the comparison ends."""
    listen: Callable[[Change], None] | None = None
    """Told of every action of both futures."""
    older: tuple[Plan, ...] = ()
    """Plans of programs before, which runs in flight may still follow."""
    answers: Mapping[str, Json] | None = field(default_factory=dict)
    """What actions answer at once, by the name given with `as:` (missing by default); None for nothing."""
    deciding: Project | None = None
    """The program that decides now, from which both take over; None where that is `before`."""
    customers: int = 0
    touched: int = 0
    """Customers to whom anything else would be done, or whose runs something becomes of."""
    counts: dict[str, Counter[Kind]] = field(default_factory=lambda: defaultdict(Counter))
    """By playbook."""
    fates: dict[str, Counter[Fate]] = field(default_factory=lambda: defaultdict(Counter))
    """By playbook."""
    fated: dict[tuple[str, Fate], list[Fated]] = field(default_factory=lambda: defaultdict(list))
    """The first runs of each fate, by playbook."""
    found: dict[tuple[str, Kind], list[Change]] = field(default_factory=lambda: defaultdict(list))
    """The first changes of each kind, by playbook."""
    times: Counter[tuple[int, str, bool]] = field(default_factory=Counter)
    """Actions by hour since 1970 UTC, playbook, and whether they are of the other program."""
    assignees: Counter[tuple[str, bool]] = field(default_factory=Counter)
    """Actions by whom they are assigned to, and whether they are of the other program."""
    _name: str = field(init=False)
    """The digest of the program that decides now."""
    _now: "Side" = field(init=False)
    _old: "Side" = field(init=False)
    _new: "Side" = field(init=False)
    _edited: frozenset[str] = field(init=False)
    """The playbooks that are another under the second program, or are not there."""
    _later: bool = field(init=False)
    """Whether whatever differs does so only once a run of an edited playbook has begun."""
    _rousing: frozenset[str] | None = field(init=False)
    """The events by which alone runs of edited playbooks begin, where nothing else is edited."""

    def __post_init__(self) -> None:
        deciding = self.deciding or self.before
        asked = [*project_expressions(self.before), *project_expressions(self.after)]
        ready = program(deciding, reasons=False, older=self.older, remember=asked)
        self._name, self._now = digest(deciding), Side(ready, self.answers)
        self._old = self._side(self.before, deciding)
        self._new = self._side(self.after, deciding)
        old, new = self._old.versions, self._new.versions
        names = {*old, *new, *self._now.versions}
        self._edited = frozenset(name for name in names if old.get(name) != new.get(name))
        same = self._old is self._now
        self._later = same and _beginnings(self.before) == _beginnings(self.after)
        self._rousing = rousing(self.before, self.after, self._edited) if same else None

    def _side(self, project: Project, deciding: Project) -> "Side":
        if digest(project) == self._name:
            return self._now
        ready = program(project, reasons=False, older=(*self.older, *deciding.plans))
        ready.succeed(self._name, deciding)
        return Side(ready, self.answers)

    @property
    def program(self) -> Program:
        """The program that decides now; it remembers what the others will ask for."""
        return self._now.program

    def take(self, customer: Customer, ahead: Sequence[Occurrence] = ()) -> None:
        """Live one customer on, twice, from the state it has before `at`.

        `ahead` is what is known to happen from then on, in order of time. The state may be changed:
        it belongs to the second future, which is not lived where it cannot differ from the first.
        """
        self.customers += 1
        rest = [*ahead, Passed(self.until - 1)]
        fresh = customer.history.first_seen_at is None
        if not fresh:
            self._now.live(customer, [Passed(self.at)])
        flying = [
            (key, run.playbook, run.version, run.id, run.step)
            for key, run in customer.runs.items() if run.playbook in self._edited
        ]  # fmt: skip
        other = customer.copy()
        self._old.begun.clear()
        before = self._taken_over(self._old, other, fresh=fresh) + self._old.live(other, rest)
        if not flying and self._untouched(customer, rest):
            self._compare(before, before)
            return
        after = self._taken_over(self._new, customer, fresh=fresh)
        fated = [self._count_fate(customer, *run) for run in flying]
        after += self._new.live(customer, rest)
        if self._compare(before, after) or any(fated):
            self.touched += 1

    def _untouched(self, customer: Customer, rest: Iterable[Occurrence]) -> bool:
        """Whether no edited playbook has a part in either future, nor anything to do before."""
        if not self._edited.isdisjoint({one.run.playbook for one in customer.held}):
            return False
        if self._later:
            return self._edited.isdisjoint(self._old.begun)
        return self._rousing is not None and not roused(rest, self._rousing, self._edited)

    def _taken_over(self, side: "Side", customer: Customer, *, fresh: bool) -> list[Future]:
        """Let a program take over from the one that decides, unless it is that one."""
        if side is self._now:
            return []
        customer.attributes = side.program.blank | customer.attributes
        return side.live(customer, () if fresh else (Deployed(self.at, self._name),))

    def _count_fate(
        self, customer: Customer, key: str, playbook: str, version: str, run: str, step: str
    ) -> bool:
        """Count what has become of a run whose playbook is another now; return whether anything has."""
        now = customer.runs.get(key)
        if version == self._new.versions.get(playbook):
            return False
        fate: Fate = "follow"
        if now is None:
            fate = "end"
        elif now.version == version:
            fate = "finish their old version"
        self.fates[playbook][fate] += 1
        kept = self.fated[playbook, fate]
        if len(kept) < _EXAMPLES:
            kept.append(Fated(run, customer.id, step, fate))
        return True

    def _compare(self, before: list[Future], after: list[Future]) -> bool:
        """Count how the actions of one customer differ; return whether they do."""
        self._count(before, other=False)
        self._count(after, other=True)
        if before == after and self.listen is None:  # Most customers see no difference.
            for future in after:
                self.counts[future.playbook]["same"] += 1
            return False
        different = False
        for change in pairs(before, after):
            self.counts[change.shown.playbook][change.kind] += 1
            if self.listen is not None:
                self.listen(change)
            if change.kind != "same":
                different = True
                self._show(change)
        return different

    def _count(self, futures: Iterable[Future], *, other: bool) -> None:
        """Count the actions of one customer by when they are, and by whom they are assigned to."""
        times, assignees = self.times, self.assignees
        for future in futures:
            times[future.at // HOUR, future.playbook, other] += 1
            assignee = future.args.get("assignee")
            if isinstance(assignee, str):
                assignees[assignee, other] += 1

    def _show(self, change: Change) -> None:
        """Keep the first few changes of each kind, whatever the order of the customers."""
        kept = self.found[change.shown.playbook, change.kind]
        kept.append(change)
        if len(kept) > 8 * _EXAMPLES:
            kept[:] = nsmallest(_EXAMPLES, kept, key=_order)

    def examples(self, playbook: str, kind: Kind) -> list[Change]:
        """Return the first changes of a kind, in order of time and customer."""
        return nsmallest(_EXAMPLES, self.found.get((playbook, kind), ()), key=_order)


class Side:
    """One of two futures: its program, who answers in it, and what fills in its templates."""

    def __init__(self, ready: Program, answers: Mapping[str, Json] | None) -> None:
        self.program = ready
        self.versions = {playbook: plan.version for playbook, plan in ready.plans.items()}
        self._play = player(ready, answers)
        self.renderer = Renderer(ready.project)
        self.begun: set[str] = set()
        """The playbooks of which runs have begun, since it was last cleared."""

    def live(self, customer: Customer, occurrences: Iterable[Occurrence]) -> list[Future]:
        """Let things happen to a customer; return what would be done, in order."""
        found = []
        for effect in self._play(customer, occurrences, self.program):
            if isinstance(effect, Entry):
                if effect.kind == "started":
                    self.begun.add(effect.playbook)
            elif not effect.skipped:
                rendered = self.renderer.render(effect)
                if not rendered.error:
                    found.append(_future(effect, dict(rendered.args)))
        return found


def _beginnings(project: Project) -> str:
    """Return what stands for a project without what its playbooks do once they have begun."""
    plans = tuple(replace(plan, steps=(), first=None, title="", owner="") for plan in project.plans)
    return digest(replace(project, plans=plans))


def _future(effect: Perform, args: dict[str, Json]) -> Future:
    return Future(effect.at, effect.customer, effect.playbook, effect.step, effect.kind, args)


def _order(change: Change) -> tuple[int, str, str]:
    shown = change.shown
    return shown.at, shown.customer, shown.step


def pairs(before: list[Future], after: list[Future]) -> Iterator[Change]:
    """Match the actions of two futures: the same, then step by step in order of time."""
    if before == after:
        yield from (Change("same", future, future) for future in before)
        return
    steps: defaultdict[tuple[str, str, str], tuple[list[Future], list[Future]]] = defaultdict(
        lambda: ([], [])
    )
    for side, futures in enumerate((before, after)):
        for future in futures:
            steps[future.playbook, future.step, future.do][side].append(future)
    for old, new in steps.values():
        yield from _matched(old, new)


def _matched(old: list[Future], new: list[Future]) -> Iterator[Change]:
    for future in [one for one in old if one in new]:
        if future in new:  # The same action may be there twice.
            old.remove(future)
            new.remove(future)
            yield Change("same", future, future)
    for mine, its in zip_longest(old, new):
        if mine is None or its is None:
            yield Change("added" if mine is None else "removed", mine, its)
        else:
            yield Change("moved" if mine.args == its.args else "changed", mine, its)
