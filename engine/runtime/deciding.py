"""One customer's turn: what waits for it is decided in order, and comes out as rows to write.

Touches nothing but values: the worker reads what goes in and writes what comes out, in the one
transaction that holds the customer.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from ..core.advance import apply, recall
from ..core.door import Problem
from ..core.effects import ASK, Effect, Entry, Perform
from ..core.instant import iso
from ..core.journal import to_line
from ..core.occurrence import Arrived, Changed, Deployed, Happened, Occurrence, Passed
from ..core.plan import Json
from .facts import Mark, Row
from .mail import read_body
from .programs import Loaded, Version
from .spelling import read, spell

__all__ = ["Kept", "Lane", "Mail", "Turn", "Turned", "arrival"]

Lane = Callable[[str, Mapping[str, Json]], str]
"""Tells what shares a receiver with an action, from its kind and what it is given."""

_MOST_TIMERS: Final = 1_000
"""How many instants with timers one turn settles; the rest comes in the next, others in between."""


class Kept(NamedTuple):
    """A row of the customers' table."""

    decided: int
    program: str
    state: str


class Mail(NamedTuple):
    """A row of the inbox that has come due."""

    id: int
    kind: str
    name: str
    body: str
    at: int
    stamped: bool
    key: str | None


@dataclass(slots=True)
class Turned:
    """What a turn has to write."""

    customer: str
    program: str
    decided: int = 0
    was: int | None = None
    """How many occurrences were decided before; None for a new customer."""
    state: str = ""
    facts: tuple[tuple[str, ...], Row] | None = None
    """Columns of its facts with what is written there, None where they are as they were."""
    moved: bool = False
    """Whether another program has taken over."""
    numbers: list[tuple[int, int]] = field(default_factory=list)
    """Place and row of each letter that was decided."""
    journal: list[tuple[Any, ...]] = field(default_factory=list)
    runs: dict[str, dict[str, Any]] = field(default_factory=dict)
    """What has changed of each run, by its id; those that began in this turn have a `cause`."""
    outbox: list[tuple[Any, ...]] = field(default_factory=list)
    tasks: list[tuple[Any, ...]] = field(default_factory=list)
    """Questions that people are asked."""
    closed: list[tuple[Any, ...]] = field(default_factory=list)
    """Questions that nobody has to answer any more, with when and why."""
    notices: dict[str, int] = field(default_factory=dict)
    """Oddities of what came in, with when."""
    undeclared: set[str] = field(default_factory=set)
    """Those of them that are about a name which nobody declared: they quote no value."""
    due_at: int | None = None
    """When the customer has to be looked at again."""
    heard: bool = False
    """Whether anything but a signal of the host's own was heard of it, or a deployment."""


class Turn:
    """A customer as it was kept, and what becomes of it under one program after the other."""

    def __init__(self, name: str, loaded: Loaded, kept: Kept | None, lane: Lane) -> None:
        self.loaded = loaded
        self._lane = lane
        self._mark: Mark | None = None
        self._program = "" if kept is None else kept.program
        if kept is None:
            self.customer = loaded.program.customer(name)
            self.turned = Turned(name, loaded.name)
        else:
            self.customer = loaded.program.restored(read(kept.state))
            self.turned = Turned(name, kept.program, kept.decided, kept.decided)
            self._mark = loaded.layout.mark(self.customer)

    @property
    def versions(self) -> frozenset[Version]:
        """Which versions of which playbooks the customer's runs follow."""
        customer = self.customer
        if not (customer.runs or customer.held or customer.aims):
            return frozenset()
        held = (held.run for held in customer.held)
        runs = frozenset((run.playbook, run.version) for run in (*customer.runs.values(), *held))
        return runs | {(aim.playbook, aim.version) for aim in customer.aims.values()}

    def recall(self, letters: Iterable[Mail]) -> bool:
        """Remember what happened before the first deployment; return whether anything did."""
        anything = False
        for letter in letters:
            told = self.opened(letter)
            if isinstance(told, Happened | Changed):
                recall(self.customer, told, self.loaded.program)
            self._number(letter)
            anything = True
        return anything

    def deploy(self, loaded: Loaded, at: int, before: str) -> None:
        """Let a program take over at an instant, when the old one has settled what was due."""
        customer, program = self.customer, loaded.program
        if before:
            customer.attributes = program.blank | self._declared_now(loaded, at)
        self.loaded = loaded
        self.turned.heard = True
        self.turned.program = loaded.name
        self._decide([Deployed(at, before)], "deployed", at, before=before)

    def _declared_now(self, loaded: Loaded, at: int) -> dict[str, object]:
        """Return the attributes; those that nobody declared until now as they are declared now."""
        values, known = self.customer.attributes, self.loaded.program.blank
        strange = {name: value for name, value in values.items() if name not in known}
        if not strange:
            return values
        taken, problems = loaded.door.attributes(strange, self.customer.zone)
        self._notice(problems, at)
        rest = {name: value for name, value in values.items() if name in known}
        return rest | dict(loaded.program.derivation.told(taken))

    def take(self, letters: Iterable[Mail]) -> None:
        """Decide about letters, in order."""
        for letter in letters:
            told = self.opened(letter)
            self.turned.heard |= letter.kind != "signal"
            causes: list[Occurrence] = [told]
            if self.customer.history.first_seen_at is None:
                causes = arrival(told)
            self._decide(causes, "mail", told.at, letter)

    def settle(self, until: int) -> bool:
        """Settle the timers that are due; return whether there are more than one turn takes."""
        for _ in range(_MOST_TIMERS):
            due = self.customer.next_due()
            if due is None or due > until:
                return False
            self.pass_time(due)
        return True

    def pass_time(self, at: int) -> None:
        """Let a timer's instant come, as it came before."""
        self._decide([Passed(at)], "time", at)

    def done(self, due_at: int | None) -> Turned:
        """Return what has to be written; the next look is at `due_at` or the next timer."""
        turned, next_due = self.turned, self.customer.next_due()
        turned.state = spell(self.customer.to_json())
        self._tell_facts()
        times = [at for at in (due_at, next_due) if at is not None]
        turned.due_at = min(times, default=None)
        for name, run in turned.runs.items():
            here = self.customer.runs.get(name)
            if here is not None:
                due = self.customer.armed.get(f"run:{name}")
                run |= {"version": here.version, "step": here.step, "due_at": due}
        return turned

    def _tell_facts(self) -> None:
        """Tell what has changed of the facts: mostly nothing, or only what has happened."""
        turned, layout = self.turned, self.loaded.layout
        turned.moved = turned.program != self._program != ""
        now, before = layout.mark(self.customer), self._mark
        if before == now and not turned.moved:
            return
        if before is not None and before[:2] == now[:2] and not turned.moved:
            happened = layout.happened(self.customer)
            if happened is not None:
                turned.facts = layout.counted, happened
                return
        turned.facts = layout.columns, layout.row(self.customer)

    def opened(self, letter: Mail) -> Happened | Changed | Any:
        """Return a letter as an occurrence, its values converted as the program declares them."""
        customer, door = self.customer, self.loaded.door
        at = max(letter.at, customer.clock) if letter.stamped else letter.at
        told: Happened | Changed
        match letter.kind:
            case "event":
                raw = read(letter.body)
                name, values, problems = door.event(letter.name, raw, customer.zone)
                told = Happened(at, name, values, letter.key or "")
            case "change" | "signal":
                values, problems = door.attributes(read(letter.body), customer.zone)
                told = Changed(at, values)
            case _:  # A request or an outcome is ours, and as it should be.
                return read_body(letter.kind, letter.name, letter.body, at, letter.key)
        if problems:
            self._notice(problems, at)
        return told

    def _notice(self, problems: Iterable[Problem], at: int) -> None:
        for problem in problems:
            # It quotes what came in, which may be no text that a database takes.
            text = problem.text.replace("\0", "").encode(errors="replace").decode()
            self.turned.notices.setdefault(text, at)
            if problem.undeclared:
                self.turned.undeclared.add(text)

    def _number(self, letter: Mail) -> None:
        self.turned.decided += 1
        self.turned.numbers.append((self.turned.decided, letter.id))

    def _decide(
        self,
        causes: list[Occurrence],
        kind: str,
        at: int,
        letter: Mail | None = None,
        before: str = "",
    ) -> None:
        turned = self.turned
        if letter is None:
            turned.decided += 1
        else:
            self._number(letter)
        effects: list[Effect] = []
        for cause in causes:
            effects += self.decided(cause)
        if self.loaded.older:
            self.loaded = self.loaded.only(self.versions)
        if effects or letter is None:
            lines = spell([to_line(effect) for effect in effects])
            turned.journal.append(
                (turned.customer, turned.decided, kind, at, turned.program, before, lines)
            )
        for effect in effects:
            if isinstance(effect, Entry):
                self._show(effect)
            elif not effect.skipped:
                self._promise(effect)

    def decided(self, cause: Occurrence) -> list[Effect]:
        """Decide about one occurrence."""
        return apply(self.customer, cause, self.loaded.program)

    def _show(self, entry: Entry) -> None:
        """Turn a line of the journal into what others look for it under."""
        if entry.about:
            self.turned.closed.append((entry.at, entry.note, entry.about))
        if entry.run:
            run = self.turned.runs.setdefault(entry.run, {})
            match entry.kind:
                case "started":
                    run |= {
                        "playbook": entry.playbook, "started_at": entry.at, "cause": entry.note,
                        "step": entry.step, "waits": "",
                        # It may be over before this turn is.
                        "version": self.loaded.program.plans[entry.playbook].version,
                    }  # fmt: skip
                case "waiting":
                    run["waits"] = entry.note
                case "ended":
                    run |= {"ended_at": entry.at, "ending": entry.note, "due_at": None, "waits": ""}
                case _:
                    pass  # The run is where it was.

    def _promise(self, effect: Perform) -> None:
        rendered = self.loaded.renderer.render(effect)
        if effect.kind == ASK:
            if not rendered.error:
                self.turned.tasks.append(self._question(effect, rendered.args))
            return
        status, due = ("dead", None) if rendered.error else ("waiting", effect.at)
        lane = self._lane(effect.kind, rendered.args)
        args = spell(rendered.args)
        self.turned.outbox.append(
            (effect.key, effect.customer, effect.playbook, effect.run, effect.step, effect.kind,
             lane, args, effect.at, status, due, 0, "", rendered.error, effect.awaited)
        )  # fmt: skip

    def _question(self, effect: Perform, words: Mapping[str, Json]) -> tuple[Any, ...]:
        """Return a question as a task with its deadline and the answers there are."""
        question, of = (_plain(words.get(name, "")) for name in ("question", "of"))
        choices = spell(effect.choices)
        due = "" if effect.until is None else iso(effect.until, self.customer.zone)
        return (
            effect.key, effect.customer, effect.playbook, effect.run, effect.step,
            question, of, due, effect.at, "", choices, effect.until,
        )  # fmt: skip


def _plain(words: Json) -> str:
    """Return a text as any database takes it."""
    return str(words).replace("\0", "").encode(errors="replace").decode()


def arrival(told: Occurrence) -> list[Occurrence]:
    """Return what the first thing told of a customer means.

    What a new customer is first said to be is no change: there was nothing before.
    """
    if isinstance(told, Changed):
        return [Arrived(told.at, told.values)]
    return [Arrived(told.at), told]
