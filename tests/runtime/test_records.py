"""Sequences and records through a database: deployed late, asked about, erased."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from cuebook.engine.core.duration import DAY
from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.engine import Engine
from cuebook.engine.runtime.tables import METADATA

from .playing import SETTINGS, Clock, rows
from .scenarios import assert_replays

Deploy = Callable[..., Path]
GREET = "playbook: a\non: login\nsteps: [{do: greet, with: {text: hello}}]\n"
UNPAID = """\
playbook: unpaid
on: purchase without paid where (order == first.order) within 7 days
late: run
existing: {existing}
per: event.order
steps: [{{do: greet, with: {{text: "{{{{ event.order }}}} over {{{{ event.amount }}}}"}}}}]
"""
INVITE = """\
playbook: invite
on: go-live
steps:
  - do: greet
    for each: contacts where (role == "user")
    with: {text: "{{ each.email }}"}
"""
CONTACTS = "contacts: {list of: {email: text, role: text}}"


def said(engine: Engine) -> list[str]:
    """Return which texts were promised, in order."""
    return [json.loads(one.args)["text"] for one in reversed(engine.sent())]


@pytest.mark.parametrize(
    ("existing", "expected"), [("ignore", ["c over 3"]), ("enter", ["b over 2", "c over 3"])]
)
def test_a_sequence_that_is_deployed_later_learns_from_the_log_what_is_open(
    existing: str,
    expected: list[str],
    engine: Engine,
    deploy: Deploy,
    clock: Clock,
    database: Database,
) -> None:
    """The program before it kept no such history; with `existing: enter` what is over counts too."""
    deploy(GREET)
    for number, (order, days) in enumerate((("a", 0), ("b", 1), ("c", 8)), 1):
        clock.forward(days)
        engine.track("ada", "purchase", {"order": order, "amount": number})
    engine.track("ada", "paid", {"order": "a"}, at=clock.now - 8 * DAY)
    engine.tick(perform=False)

    deploy(GREET, UNPAID.format(existing=existing))
    clock.forward(20)
    engine.tick(perform=False)

    assert said(engine) == expected
    assert_replays(database)


def test_why_tells_what_a_sequence_waits_for(engine: Engine, deploy: Deploy, clock: Clock) -> None:
    """Who wonders why nobody was written to sees until when it waits."""
    deploy(UNPAID.format(existing="ignore"))
    engine.track("ada", "login")
    engine.tick()
    [idle] = engine.why("ada", "unpaid").playbooks[0].triggers
    engine.track("ada", "purchase", {"order": "a", "amount": 3})
    engine.tick()
    [waiting] = engine.why("ada", "unpaid").playbooks[0].triggers

    assert (idle.says, idle.due_at) == ("waits for purchase", None)
    assert waiting.says == "purchase has happened, and no paid since"
    assert waiting.due_at == clock.now + 7 * DAY


def test_nothing_of_a_contact_is_left_when_the_customer_is_erased(
    engine: Engine, deploy: Deploy, clock: Clock, database: Database
) -> None:
    """Each contact's action has a key of its own, and the key holds no address."""
    deploy(INVITE, settings=SETTINGS.replace("churned: boolean", f"churned: boolean, {CONTACTS}"))
    people = [{"email": f"{name}@acme.example", "role": "user"} for name in ("ada", "bo")]
    engine.identify("acme", contacts=people)
    engine.track("acme", "go-live")
    engine.tick(perform=False)
    assert said(engine) == ["ada@acme.example", "bo@acme.example"]
    assert len({one.key for one in engine.sent()}) == 2

    engine.erase("acme")

    for table in METADATA.sorted_tables:
        found = rows(database, f"SELECT * FROM {table.name}")  # noqa: S608 - ours
        assert "acme.example" not in str(found), table.name
