"""Scenarios as data: what happens to whom and when, played in rehearsal or lived through a database."""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cuebook.engine.core.instant import to_datetime
from cuebook.engine.core.journal import Line, lines_hash, to_line
from cuebook.engine.core.occurrence import Changed, Happened, Requested
from cuebook.engine.core.plan import Project
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.rehearse import Seen, rehearse
from cuebook.engine.rehearsal.trial import Restart, Trial
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.mail import Letter

from .playing import rows

__all__ = ["Came", "Scenario", "assert_same", "letter", "lived", "of_trial", "rehearsed", "written"]


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
    told = [what for what in trial.timeline if not isinstance(what, Restart)]
    before = min([trial.start, *(what.at for what in told)]) - 1
    return Scenario(
        project,
        trial.start,
        trial.until,
        {trial.customer: [Changed(before, trial.attributes), *told]},
        tuple(what.at for what in trial.timeline if isinstance(what, Restart)),
    )


def rehearsed(scenario: Scenario) -> Came:
    """Play a scenario in memory."""
    found = rehearse(
        program(scenario.project), {}, scenario.histories,
        start=scenario.start, until=scenario.until, journal=True,
    )  # fmt: skip
    lines = [(one.customer, json.loads(json.dumps(to_line(one)))) for one in found.journal]
    actions = [
        (a.at, a.customer, a.playbook, a.run, a.step, a.do, dict(a.args), a.key)
        for a in found.performed
    ]
    return Came(lines, sorted(actions, key=_order))


def lived(
    scenario: Scenario,
    database: Database,
    another: Callable[..., Engine],
    ticks: Sequence[int] = (),
) -> Came:
    """Live through a scenario: what happened is told before each tick, and the last one ends it."""
    engine = another()
    engine.deploy(scenario.project, at=scenario.start)
    waiting = list(letters(scenario))
    last = scenario.until - 1
    for at in sorted({*scenario.restarts, *ticks, last}):
        engine.track_many(one for one in waiting if one.at <= at)
        waiting = [one for one in waiting if one.at > at]
        engine.tick(at, perform=False)
        if at in scenario.restarts:
            engine = another()
    return written(database)


def letters(scenario: Scenario) -> Iterator[Letter]:
    """Yield all that is told, in order of time; each carries an id of its own."""
    told = [
        letter(scenario.project, customer, what, f"{customer}/{number}")
        for customer, history in scenario.histories.items()
        for number, what in enumerate(history)
        if what.at < scenario.until
    ]
    return iter(sorted(told, key=lambda one: one.at))


def letter(project: Project, customer: str, what: Seen, key: str | None) -> Letter:
    """Return what happened as a host would tell it."""
    words = project.vocabulary
    match what:
        case Happened():
            properties = _told(what.properties, words.events.get(what.event, {}))
            return Letter(customer, "event", what.event, properties, what.at, key)
        case Changed():
            values = _told(what.values, words.attributes)
            return Letter(customer, "change", "", values, what.at, key)
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
    return Came(lines, sorted(actions, key=_order))


def assert_same(came: Came, wanted: Came, about: str = "") -> None:
    """Compare two journals line by line, which tells more than their hashes do; then those."""
    for mine, theirs in zip(came.lines, wanted.lines, strict=False):
        assert mine == theirs, about
    assert len(came.lines) == len(wanted.lines), about
    assert came.actions == wanted.actions, about
    assert came.journal == wanted.journal, about


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
