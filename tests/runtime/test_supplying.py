"""Signals that the host supplies: functions are asked, and what they answer is told like anything else."""

import threading
from collections.abc import Callable, Iterator, Mapping
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


class Hanging:
    """A function of a host that does not come back until it is let go, except about some."""

    def __init__(self) -> None:
        self.open = threading.Event()
        self.asked: list[str] = []
        self.ended = 0

    def __call__(self, customer: str, _attributes: Mapping[str, object]) -> float:
        """Hang about whoever is called something with an `h`."""
        self.asked.append(customer)
        if customer.startswith("h"):
            self.open.wait(60)
            self.ended += 1
        return 0.9


@pytest.fixture
def hanging() -> Iterator[Hanging]:
    """Return a function that hangs, and let it go in the end."""
    made = Hanging()
    yield made
    made.open.set()


def test_a_function_that_hangs_holds_up_nobody_and_changes_nothing(
    engine: Engine, deploy: Callable[..., Path], database: Database, clock: Clock, hanging: Hanging
) -> None:
    """It is left behind after its time; the old value stays, and what comes back late is nothing."""
    engine.signal("churn", soonest=timedelta(hours=1), timeout=timedelta(seconds=0.1))(hanging)
    deploy(CALL, settings=SIGNALS)
    engine.identify("hal", seats=3, churn=0.2)
    engine.identify("ada", seats=3)
    engine.tick(perform=False)
    clock.now += 2 * HOUR
    engine.track("hal", "login")
    engine.tick(perform=False)

    assert sorted(hanging.asked) == ["ada", "hal", "hal"]
    assert [run.customer for run in engine.runs()] == ["ada"]
    assert engine.export("hal")["attributes"]["churn"] == 0.2
    assert engine.status().notices == [
        "signal `churn`: its function gave no answer within 0.1 s; nothing was changed"
    ]

    hanging.open.set()
    until(lambda: hanging.ended == 2)
    engine.tick(perform=False)
    assert churn(database, "hal") == []


def test_a_function_that_hangs_always_is_called_no_more_until_it_comes_back(
    engine: Engine, deploy: Callable[..., Path], database: Database, hanging: Hanging
) -> None:
    """Else a model that is gone would cost a thread for each customer; who was left out is not lost."""
    engine.signal("churn", timeout=timedelta(seconds=0.05))(hanging)
    deploy(CALL, settings=SIGNALS)
    for number in range(10):
        engine.identify(f"h{number}", seats=3)
    engine.tick(perform=False)
    engine.tick(perform=False)

    assert len(hanging.asked) == 4
    assert "signal `churn`: its function hangs; it is asked no more" in engine.status().notices

    hanging.open.set()
    until(lambda: hanging.ended == 4)
    engine.tick(perform=False)
    assert len(set(hanging.asked)) == 10
    assert len(engine.runs()) == 6


def test_a_function_that_leaves_the_interpreter_is_reported(
    engine: Engine, deploy: Callable[..., Path]
) -> None:
    """It leaves its own thread and no other."""

    @engine.signal("churn")
    def leaves(customer: str, attributes: Mapping[str, object]) -> object:
        raise SystemExit(3)

    deploy(CALL, settings=SIGNALS)
    engine.identify("ada", seats=3)
    engine.tick(perform=False)

    assert engine.status().notices == [
        "signal `churn`: its function raised SystemExit; nothing was changed"
    ]


def test_a_running_engine_goes_on_and_stops_while_a_function_hangs(
    engine: Engine, deploy: Callable[..., Path], database: Database, hanging: Hanging
) -> None:
    """Decisions and actions are made meanwhile, and `stop` leaves nothing locked behind."""
    engine.signal("churn", timeout=timedelta(seconds=20))(hanging)
    engine.action("greet")(greet)
    deploy("hello: on login -> greet", settings=SIGNALS)
    with engine:
        engine.identify("hal", seats=3)
        until(lambda: hanging.asked == ["hal"])
        engine.track("hal", "login")
        until(lambda: [one.status for one in engine.sent("hal")] == ["done"])
        hanging.open.set()
    assert rows(database, "SELECT count(*) FROM cuebook_worker") == [(0,)]


def test_an_answer_that_comes_after_its_claim_tells_nothing(
    engine: Engine,
    another: Callable[..., Engine],
    deploy: Callable[..., Path],
    database: Database,
    clock: Clock,
) -> None:
    """Another process has asked since, and what it was told stays."""
    later, fresh = another(), Model()
    later.signal("churn")(fresh)
    fresh.answer = 0.7

    @engine.signal("churn")
    def slow(customer: str, attributes: Mapping[str, object]) -> float:
        clock.now += 6 * MINUTE
        later.tick(perform=False)
        return 0.1

    deploy(CALL, settings=SIGNALS)
    engine.identify("ada", seats=3)
    engine.tick(perform=False)

    assert len(fresh.asked) == 1
    assert churn(database) == ['{"churn":0.7}']


@pytest.mark.parametrize("timeout", [timedelta(), timedelta(minutes=2)])
def test_an_answer_is_waited_for_and_not_for_ever(engine: Engine, timeout: timedelta) -> None:
    """A claim lasts five minutes: whoever waits longer loses it."""
    with pytest.raises(ValueError, match="waited for up to 60 s"):
        engine.signal("churn", timeout=timeout)(Model())


def test_a_running_engine_asks_on_a_thread_of_its_own(
    engine: Engine, model: Model, database: Database
) -> None:
    """A slow model holds up neither decisions nor dispatch."""
    with engine:
        engine.identify("ada", seats=3)
        until(lambda: churn(database) == ['{"churn":0.2}'])

    assert [name for name, _ in model.asked] == ["ada"]
