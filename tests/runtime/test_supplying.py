"""Signals that the host supplies: functions are asked, and what they answer is told like anything else."""

from collections.abc import Callable, Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from cuebook.engine.contract import Context
from cuebook.engine.core.duration import DAY, HOUR, MINUTE
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .patience import until
from .playing import SETTINGS, Clock, notes, rows
from .scenarios import assert_replays

SIGNALS = (
    SETTINGS
    + """\
signals:
  churn: {from: host, type: number}
  worried: churn > 0.5 and seats < 10
segments:
  lost: {enter: churn > 0.8, leave: churn < 0.6}
"""
)
CALL = "call: on when worried -> greet"
LOST = "lost: on enters segment lost -> greet"


class Model:
    """A function of a host that counts how often it is asked."""

    def __init__(self) -> None:
        self.answer: object = 0.2
        self.asked: list[tuple[str, Mapping[str, object]]] = []

    def __call__(self, customer: str, attributes: Mapping[str, object]) -> object:
        """Return the score of now."""
        self.asked.append((customer, attributes))
        return self.answer


def greet(args: object, context: Context) -> None:
    """Perform what the playbooks here promise."""


@pytest.fixture
def model(engine: Engine, deploy: Callable[..., Path]) -> Model:
    """Return the model behind `churn`, with a project deployed that reads it."""
    made = Model()
    engine.signal("churn", soonest=timedelta(hours=1))(made)
    deploy(CALL, LOST, settings=SIGNALS)
    return made


def churn(database: Database, customer: str = "ada") -> list[str]:
    """Return what was told of the signal, in order."""
    sql = "SELECT body FROM cuebook_inbox WHERE customer = ? AND kind = 'signal' ORDER BY id"
    return [body for (body,) in rows(database, sql, customer)]


def test_a_customer_is_asked_about_when_it_is_first_heard_of(
    engine: Engine, database: Database, model: Model, clock: Clock
) -> None:
    """And what the function answers sets in motion whatever reads it."""
    model.answer = 0.9
    engine.identify("ada", seats=3)
    engine.tick(perform=False)

    assert [(name, told["seats"], told["churn"]) for name, told in model.asked] == [
        ("ada", 3, None)
    ]
    assert churn(database) == ['{"churn":0.9}']
    assert sorted(run.playbook for run in engine.runs()) == ["call", "lost"]
    assert notes(database, "started") == ["a condition that became true"] * 2
    assert_replays(database)


def test_it_is_asked_again_when_something_is_heard_but_not_too_soon(
    engine: Engine, database: Database, model: Model, clock: Clock
) -> None:
    """However much happens, once within `soonest`; and an answer that is the same tells nothing."""
    engine.identify("ada", seats=3)
    engine.tick(perform=False)

    for _ in range(5):
        clock.forward(1 / 24 / 12)
        engine.track("ada", "login")
        engine.tick(perform=False)
    assert len(model.asked) == 1

    clock.now += HOUR
    engine.tick(perform=False)
    assert len(model.asked) == 2
    assert churn(database) == ['{"churn":0.2}']

    clock.now += 2 * HOUR
    engine.tick(perform=False)
    assert len(model.asked) == 2


def test_it_is_asked_again_after_a_day_although_nothing_was_heard(
    engine: Engine, database: Database, model: Model, clock: Clock
) -> None:
    """A score falls by silence, too."""
    engine.identify("ada", seats=3)
    engine.tick(perform=False)
    model.answer = 0.7

    clock.now += DAY - MINUTE
    engine.tick(perform=False)
    assert len(model.asked) == 1

    clock.now += MINUTE
    engine.tick(perform=False)
    assert len(model.asked) == 2
    assert churn(database) == ['{"churn":0.2}', '{"churn":0.7}']
    assert [run.playbook for run in engine.runs()] == ["call"]


def test_a_function_that_raises_is_reported_and_changes_nothing(
    engine: Engine, database: Database, model: Model, clock: Clock
) -> None:
    """The other customers are asked about all the same."""

    def fails(customer: str, attributes: Mapping[str, object]) -> object:
        if customer == "ada":
            raise ConnectionError("the model is not there")
        return 0.3

    engine.identify("ada", seats=3, churn=0.1)
    engine.tick(perform=False)
    another = Engine(database.pool, clock=clock)
    another.signal("churn")(fails)
    engine.identify("bo", seats=3)
    clock.now += 2 * DAY
    another.tick(perform=False)

    assert churn(database) == ['{"churn":0.2}']
    assert churn(database, "bo") == ['{"churn":0.3}']
    [notice] = another.status().notices
    assert notice == "signal `churn`: its function raised ConnectionError; nothing was changed"
    another.stop()


@pytest.mark.parametrize("answer", ["high", [1], float("nan"), object()])
def test_an_answer_that_is_no_number_is_reported_and_changes_nothing(
    engine: Engine, database: Database, model: Model, clock: Clock, answer: object
) -> None:
    """What the signal cannot be is not what it is."""
    model.answer = answer
    engine.identify("ada", seats=3)
    engine.tick(perform=False)

    assert churn(database) == []
    assert engine.status().notices == [
        "signal `churn`: its function answered no number; nothing was changed"
    ]


def test_an_answer_in_another_spelling_is_converted_at_the_door(
    engine: Engine, database: Database, model: Model
) -> None:
    """Like any value from outside; None says that there is none."""
    model.answer = "0.9"
    engine.identify("ada", seats=30)
    engine.tick(perform=False)

    assert [run.playbook for run in engine.runs()] == ["lost"]


def test_a_coroutine_is_awaited(
    engine: Engine, database: Database, deploy: Callable[..., Path]
) -> None:
    """A host that lives asynchronously asks its model asynchronously."""

    @engine.signal("churn")
    async def score(customer: str, attributes: Mapping[str, object]) -> float:
        return 0.4

    deploy(CALL, settings=SIGNALS)
    engine.identify("ada", seats=3)
    engine.tick(perform=False)

    assert churn(database) == ['{"churn":0.4}']


def test_a_host_may_push_instead(
    engine: Engine, database: Database, deploy: Callable[..., Path], clock: Clock
) -> None:
    """Then it is an attribute like any other, and nobody is asked."""
    deploy(LOST, settings=SIGNALS)
    engine.identify("ada", churn=0.9)
    engine.tick(perform=False)
    for score in (0.7, 0.85, 0.5, 0.9):
        clock.forward(1)
        engine.identify("ada", churn=score)
        engine.tick(perform=False)

    assert len(engine.runs()) == 2
    assert rows(database, "SELECT count(*) FROM cuebook_asked") == [(0,)]


def test_what_is_computed_cannot_be_pushed(
    engine: Engine, database: Database, deploy: Callable[..., Path]
) -> None:
    """It is reported once and left out."""
    deploy(CALL, settings=SIGNALS)
    engine.identify("ada", worried=True, seats=3)
    engine.identify("bo", worried=True)
    engine.tick(perform=False)

    assert engine.runs() == []
    assert engine.status().notices == [
        "attribute `worried` is computed; what is told of it is ignored"
    ]


def test_a_function_for_a_signal_nobody_declares_is_reported(
    engine: Engine, deploy: Callable[..., Path]
) -> None:
    """A slip in the name would otherwise look like a model without an opinion."""
    engine.signal("chrun")(Model())
    deploy(CALL, settings=SIGNALS)
    engine.identify("ada", seats=3)
    engine.tick(perform=False)

    assert engine.status().notices == ["signal `chrun` is not declared `from: host`"]


def test_one_signal_has_one_function_and_a_pace_that_rests(engine: Engine) -> None:
    """Two would take turns, and none would rest."""
    engine.signal("churn")(Model())

    with pytest.raises(ValueError, match="a function already"):
        engine.signal("churn")
    with pytest.raises(ValueError, match="without a rest"):
        engine.signal("worth", every=timedelta())(Model())


def test_who_was_there_before_the_function_is_asked_about(
    engine: Engine, another: Callable[..., Engine], deploy: Callable[..., Path], database: Database
) -> None:
    """A model that is new to a company finds its customers there."""
    deploy(CALL, settings=SIGNALS)
    for name in ("ada", "bo", "cy"):
        engine.identify(name, seats=3)
    engine.tick(perform=False)

    later, made = another(), Model()
    later.signal("churn", most=2)(made)
    later.tick(perform=False)

    assert sorted(name for name, _ in made.asked) == ["ada", "bo", "cy"]


def test_an_erased_customer_is_not_asked_about(
    engine: Engine, model: Model, clock: Clock, database: Database
) -> None:
    """Nothing is left that could be asked."""
    engine.identify("ada", seats=3)
    engine.tick(perform=False)
    engine.erase("ada")
    clock.now += 2 * DAY
    engine.tick(perform=False)

    assert len(model.asked) == 1
    assert rows(database, "SELECT count(*) FROM cuebook_asked") == [(0,)]


def test_a_running_engine_asks_on_a_thread_of_its_own(
    engine: Engine, model: Model, database: Database
) -> None:
    """A slow model holds up neither decisions nor dispatch."""
    with engine:
        engine.identify("ada", seats=3)
        until(lambda: churn(database) == ['{"churn":0.2}'])

    assert [name for name, _ in model.asked] == ["ada"]
