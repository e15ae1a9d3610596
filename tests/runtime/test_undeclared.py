"""What nobody declared is kept and told once; a later program that declares it finds it."""

import json
import logging
from collections.abc import Callable
from pathlib import Path

import pytest

from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine

from .playing import SETTINGS, Clock
from .scenarios import assert_replays

Deploy = Callable[..., Path]
GREET = "playbook: a\non: login\nsteps: [{do: greet, with: {text: hello}}]\n"
SINCE = """\
playbook: b
on: login
if: count of "Demo Booked" where (seats > 10) >= 2 and tier == "gold" and first_order == date "2025-12-01"
steps: [{do: greet, with: {text: "since {{ customer.first_order }}"}}]
"""
DECLARED = SETTINGS.replace("churned: boolean", "tier: text, first_order: date, churned: boolean")
DECLARED = DECLARED.replace("login: {}", 'login: {}, "Demo Booked": {seats: number}')


def test_what_was_not_declared_is_history_for_a_program_that_declares_it(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Events from the log, attributes as they came, both under the name and type of now."""
    deploy(GREET)
    engine.identify("ada", {"Tier": "gold", "first_order": "2025-12-01", "plan": "free"})
    for seats in ("12", 20, 3):
        engine.track("ada", "demo_booked", {"Seats": seats})
    engine.tick(perform=False)

    clock.forward(1)
    deploy(GREET, SINCE, settings=DECLARED)
    engine.tick(perform=False)
    clock.forward(1)
    engine.track("ada", "login")
    engine.tick(perform=False)

    texts = [json.loads(one.args)["text"] for one in engine.sent()]
    assert sorted(texts) == ["hello", "since 2025-12-01"]
    assert_replays(database)


def test_a_property_that_is_declared_later_is_found_under_its_type(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """The event was known, one of its properties was not."""
    deploy(GREET)
    engine.track("ada", "purchase", {"amount": 5, "Sku": 7})
    engine.tick(perform=False)
    settings = SETTINGS.replace("order: text}", "order: text, sku: text}")
    asks = GREET.replace("steps", 'if: last value of purchase.sku == "7"\nsteps')

    clock.forward(1)
    deploy(asks, settings=settings)
    engine.track("ada", "login")
    engine.tick(perform=False)

    assert len(engine.sent()) == 1
    assert_replays(database)


def test_an_undeclared_name_is_told_once_in_the_status_and_in_the_log(
    engine: Engine, deploy: Deploy, caplog: pytest.LogCaptureFixture
) -> None:
    """Once for each name, whatever it was said of and however often; and without any value."""
    deploy(GREET)
    with caplog.at_level(logging.WARNING, logger="cuebook.worker"):
        for name in ("ada", "bob"):
            for _ in range(3):
                engine.track(name, "demo", {"a": "secret"})
                engine.identify(name, {"tier": "secret"})
                engine.tick(perform=False)

    expected = [
        "attribute `tier` is not declared; its values are kept as they came",
        "event `demo` is not declared",
    ]
    told = [one.getMessage() for one in caplog.records if one.name == "cuebook.worker"]
    assert sorted(told) == expected
    assert sorted(engine.status().notices) == expected


def test_a_value_that_does_not_fit_its_late_declaration_is_missing_and_told(
    engine: Engine, deploy: Deploy, clock: Clock
) -> None:
    """As at the door."""
    deploy(GREET)
    engine.identify("ada", {"first_order": "soon"})
    engine.tick(perform=False)

    clock.forward(1)
    deploy(GREET, settings=DECLARED)
    engine.tick(perform=False)

    [told] = [text for text in engine.status().notices if "a date" in text]
    assert told.startswith("attribute `first_order` is not a date")
