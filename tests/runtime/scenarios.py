"""Scenarios as data: what happens to whom and when, played in rehearsal or lived through a database."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Any

from cuebook.engine.core.advance import apply, recall
from cuebook.engine.core.effects import Effect, Perform
from cuebook.engine.core.instant import to_datetime
from cuebook.engine.core.journal import Line, lines_hash, to_line
from cuebook.engine.core.occurrence import (
    Arrived,
    Changed,
    Deployed,
    Happened,
    Occurrence,
    Passed,
    Requested,
    Settled,
)
from cuebook.engine.core.plan import Project
from cuebook.engine.core.program import Program
from cuebook.engine.core.state import Customer
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.rehearse import Seen, rehearse
from cuebook.engine.rehearsal.script import Restart, Trial
from cuebook.engine.rehearsal.trial import unfolded
from cuebook.engine.render import Renderer
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.mail import Letter
from cuebook.engine.runtime.programs import Programs
from cuebook.engine.runtime.replay import Log
from cuebook.engine.runtime.spelling import spell

from .playing import rows

__all__ = [
    "Batch",
    "Came",
    "Scenario",
    "Told",
    "assert_replays",
    "assert_same",
    "decided",
    "heard",
    "letter",
    "lived",
    "numbered",
    "of_trial",
    "rehearsed",
    "written",
]


_TELLING = Happened | Changed | Settled | Requested
"""What a host tells, or is told by people and actions."""


@dataclass(frozen=True, slots=True)
class Scenario:
    """A project, and what happens to some customers from its deployment to the end."""

    project: Project
    start: int
    until: int
    """Exclusive."""
    histories: Mapping[str, Sequence[Seen]]
    """In order of time; what lies before the start is only remembered."""
    restarts: tuple[int, ...] = ()
    """When the engine stops, and another one goes on with what the database holds."""


@dataclass(frozen=True, slots=True)
class Came:
    """What came of a scenario."""

    lines: list[tuple[str, Line]]
    """The journal, customer after customer."""
    actions: list[tuple[Any, ...]]
    """What was promised, rendered, in order of time."""

    @property
    def journal(self) -> str:
        """The hash of the journal."""
        return lines_hash(self.lines)


def of_trial(project: Project, trial: Trial) -> Scenario:
    """Return the scenario of a test in YAML."""
    if trial.playbook is not None:
        plans = tuple(plan for plan in project.plans if plan.playbook == trial.playbook)
        project = replace(project, plans=plans)
    past = [what for what in trial.timeline if what.at < trial.start]
    history = [what for what in past if isinstance(what, Happened | Changed)]
    # What people and actions have answered in the test is told to every runtime alike.
    ahead = [what for what in unfolded(project, trial) if isinstance(what, _TELLING)]
    before = min([trial.start, *(what.at for what in history)]) - 1
    first = trial.start if trial.new else before
    return Scenario(
        project,
        trial.start,
        trial.until,
        {trial.customer: [Changed(first, trial.attributes), *history, *ahead]},
        tuple(what.at for what in trial.timeline if isinstance(what, Restart)),
    )


def rehearsed(scenario: Scenario) -> Came:
    """Play a scenario in memory."""
    found = rehearse(
        program(scenario.project), {}, scenario.histories,
        start=scenario.start, until=scenario.until, journal=True, answers=None,
    )  # fmt: skip
    lines = [(one.customer, json.loads(json.dumps(to_line(one)))) for one in found.journal]
    actions = [
        (a.at, a.customer, a.playbook, a.run, a.step, a.do, dict(a.args), a.key)
        for a in found.performed
    ]
    return Came(lines, sorted(actions, key=_order))


def lived(scenario: Scenario, database: Database, another: Callable[..., Engine]) -> Came:
    """Live through a scenario: all that happens is told when it happens, a restart or the end."""
    ends = [*scenario.restarts, scenario.until - 1]
    every = sorted(numbered(scenario.histories), key=lambda one: one[1].at)
    batches = []
    for begin, end in pairwise((-(2**62), *ends)):
        batches.append(Batch(end, [one for one in every if begin < one[1].at <= end], restart=True))
    return heard(scenario.project, scenario.start, batches, database, another)


Told = tuple[str, Seen, str]
"""Whom it is about, what happened, and the id it is told under."""


def numbered(histories: Mapping[str, Sequence[Seen]]) -> Iterator[Told]:
    """Yield all that happens, each with an id of its own."""
    for customer, history in histories.items():
        for number, what in enumerate(history):
            yield customer, what, f"{customer}/{number}"


@dataclass(frozen=True, slots=True)
class Batch:
    """What an engine is told, in order of arrival, before it looks at `now`."""

    now: int
    told: list[Told]
    restart: bool = False
    """Whether another engine goes on afterwards."""


def heard(
    project: Project,
    start: int,
    batches: Iterable[Batch],
    database: Database,
    another: Callable[..., Engine],
) -> Came:
    """Let an engine be told of things in pieces; return what it made of them."""
    engine = another(clock=lambda: start)
    engine.deploy(project)
    for batch in batches:
        engine.track_many(letter(project, *told) for told in batch.told)
        engine.tick(batch.now, perform=False)
        if batch.restart:
            engine = another()
    return written(database)


def decided(project: Project, start: int, batches: Iterable[Batch]) -> Came:
    """Decide the same in memory, with the core alone: what is due is taken in order of time."""
    ready = program(project)
    renderer = Renderer(project)
    customers: dict[str, Customer] = {}
    effects: dict[str, list[Effect]] = {}
    ids: set[str] = set()
    waiting: list[Told] = []
    for batch in batches:
        for told in batch.told:
            if told[2] not in ids:
                ids.add(told[2])
                waiting.append(told)
        due = sorted((t for t in waiting if t[1].at <= batch.now), key=lambda t: t[1].at)
        waiting = [told for told in waiting if told[1].at > batch.now]
        for name in dict.fromkeys([*customers, *(told[0] for told in due)]):
            occurrences: list[Occurrence] = [what for who, what, _ in due if who == name]
            if name not in customers:
                customers[name] = ready.customer(name)
                occurrences = _first(customers[name], occurrences, start, ready)
            mine = effects.setdefault(name, [])
            for occurrence in occurrences:
                mine += apply(customers[name], occurrence, ready)
            # Time in which nothing is due is no occurrence: it leaves the customer's clock alone.
            while (at := customers[name].next_due()) is not None and at <= batch.now:
                mine += apply(customers[name], Passed(at), ready)
    every = [effect for name in sorted(effects) for effect in effects[name]]
    rendered = [
        (e.at, e.customer, e.playbook, e.run, e.step, e.kind, dict(renderer.render(e).args), e.key)
        for e in every
        if isinstance(e, Perform) and not e.skipped and not renderer.render(e).error
    ]
    lines = [(one.customer, json.loads(json.dumps(to_line(one)))) for one in every]
    return Came(lines, sorted(rendered, key=_order))


def _first(
    customer: Customer, told: Sequence[Occurrence], start: int, ready: Program
) -> list[Occurrence]:
    """Return what a customer's first letters mean: history, then an arrival or a deployment."""
    past = [what for what in told if what.at < start]
    ahead = [what for what in told if what.at >= start]
    for what in past:
        if isinstance(what, Happened | Changed):
            recall(customer, what, ready)
    if past:
        return [Deployed(start), *ahead]
    if ahead and isinstance(ahead[0], Changed):
        return [Arrived(ahead[0].at, ahead[0].values), *ahead[1:]]
    return [Arrived(one.at) for one in ahead[:1]] + ahead


def letter(project: Project, customer: str, what: Seen, key: str) -> Letter:
    """Return what happened as a host would tell it."""
    words = project.vocabulary
    match what:
        case Happened():
            properties = _told(what.properties, words.events.get(what.event, {}))
            return Letter(customer, "event", what.event, properties, what.at, key)
        case Changed():
            values = _told(what.values, words.attributes)
            return Letter(customer, "change", "", values, what.at, key)
        case Settled():
            body = {
                "playbook": what.playbook, "run": what.run, "step": what.step,
                "ending": what.ending, "note": what.note, "key": what.key, "answer": what.answer,
                "by": what.by,
            }  # fmt: skip
            return Letter(customer, "settled", "", body, what.at, key)
        case Requested():
            return Letter(customer, "request", what.playbook, what.properties, what.at, key)


def written(database: Database) -> Came:
    """Return what a database holds of decisions."""
    journal = rows(database, "SELECT customer, number, lines FROM cuebook_journal")
    promised = rows(
        database,
        """SELECT decided_at, customer, playbook, run, step, kind, args, key FROM cuebook_outbox
        WHERE status <> 'dead'""",
    )
    lines = [(name, line) for name, _, many in sorted(journal) for line in json.loads(many)]
    actions = [(*row[:6], json.loads(row[6]), row[7]) for row in promised]
    asked = rows(
        database,
        """SELECT opened_at, customer, playbook, run, step, title, assignee, team, key FROM cuebook_task
        WHERE choices <> ''""",
    )
    for *where, question, assignee, team, key in asked:
        # Whose turn it is among a team depends on all other customers: only a database knows.
        of = f"least loaded of {team}" if team else assignee
        words = {"question": question, "of": of} if of else {"question": question}
        actions.append((*where, "ask", words, key))
    return Came(lines, sorted(actions, key=_order))


def assert_same(came: Came, wanted: Came, about: str = "") -> None:
    """Compare two journals line by line, which tells more than their hashes do; then those."""
    for mine, theirs in zip(came.lines, wanted.lines, strict=False):
        assert mine == theirs, about
    assert len(came.lines) == len(wanted.lines), about
    assert came.actions == wanted.actions, about
    assert came.journal == wanted.journal, about


def assert_replays(database: Database) -> None:
    """Decide about every customer again, from the log: the same state and journal, bit for bit."""
    with database.read() as connection:
        log = Log(database, connection, Programs(database))
        kept = database.rows(connection, "SELECT id, state FROM cuebook_customer ORDER BY id")
        for name, state in kept:
            turn = log.replay(name)
            assert spell(turn.customer.to_json()) == state
            sql = """SELECT customer, number, kind, at, program, before, lines
                FROM cuebook_journal WHERE customer = ? ORDER BY number"""
            assert turn.turned.journal == database.rows(connection, sql, name)


def _order(action: tuple[Any, ...]) -> tuple[int, str, str]:
    return action[0], action[1], action[7]


def _told(values: Mapping[str, object], kinds: Mapping[str, Any]) -> dict[str, object]:
    """Return values as a host has them: an instant is no bare number."""
    return {
        name: to_datetime(value)
        if isinstance(value, int) and name in kinds and kinds[name].kind == "instant"
        else value
        for name, value in values.items()
    }
