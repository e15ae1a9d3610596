"""Whatever somebody may word, on every page that shows it: it is text, whole, and nothing else."""

import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.engine import NotDeployed
from cuebook.web.console import Principal, console

from ..runtime.playing import write_project
from .house import HOME, client, evil, shown
from .reading import read
from .strange import ASKED, EVE, GONE, MALLORY, PLAYBOOK, estrange


def about(customer: str) -> str:
    """Return the address of a customer's page."""
    return f"/customer?{urlencode({'id': customer})}"


NAMED = urlencode({"name": PLAYBOOK})
ANYBODY = "has upset or no upset in last 30 days"
DECIDED = (
    "action's event", "answer", "attribute", "by", "channel", "deep", "done", "doubt",
    "due", "escalated", "event", "id", "if", "instead", "key", "kind", "listener", "name", "nested",
    "never", "playbook", "property", "rejected", "set", "task", "value", "where", "word",
)  # fmt: skip
"""What is shown of somebody who has been through most of the playbook."""
SHOWN = {
    "/": ("listener", "playbook", "project", "retired", "title", "where"),
    f"/playbook?{NAMED}": (
        "absent", "asked", "customer", "goal", "if", "kind", "of", "playbook", "set",
        "step-if", "stop", "stop-when", "task", "title", "until", "waiting", "where",
    ),
    f"/playbook/flow?{NAMED}": ("playbook", "stop"),
    f"/playbook/tests?{NAMED}": ("playbook",),
    "/map": ("listener", "playbook", "project"),
    "/customers": ("asked", "customer", "gone", "undecided"),
    about(EVE): ("ahead", "crewed", "customer", "ring", "stop-when", "until", "waiting", *DECIDED),
    about(GONE): ("dismissed", "gone", "settler", "stop", *DECIDED),
    about(ASKED): ("asked", "of"),
    about(MALLORY): ("event", "undecided"),
    f"/ask?{urlencode({'if': ANYBODY})}": ("asked", "customer", "gone"),
    f"/ask?{urlencode({'if': evil('condition')})}": ("condition",),
    "/inbox": (
        "asked", "body", "comment", "commenter", "customer", "escalated", "gone",
        "instead", "of", "playbook", "point", "task",
    ),
    f"/inbox?{urlencode({'of': evil('of')})}": ("of",),
    "/given-up": ("answer", "crewed", "doubt", "due", "given", "gone", "playbook", "purpose", "ring", "word given"),
    "/numbers": ("channel", "kind", "listener", "never", "playbook", "stop"),
    f"/rehearse?{urlencode({'playbook': PLAYBOOK})}": ("emitted", "member", "playbook", "project"),
}  # fmt: skip
"""By page, which texts stand on it."""


ASK = f"{PLAYBOOK}/{ASKED}/1/ask"
TASK = f"{PLAYBOOK}/{ASKED}/1/{evil('id')}"


@pytest.fixture(scope="module")
def strange(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Path]]:
    """Yield an engine in whose database everything is hostile; tests here change nothing in it."""
    folder = tmp_path_factory.mktemp("strange")
    engine, _ = estrange(folder)
    yield engine, folder
    engine.stop()
    engine.database.pool.dispose()


@pytest.fixture
def browser(strange: tuple[Engine, Path]) -> TestClient:
    """Return a browser before its console."""
    return client(*strange)


@pytest.mark.parametrize("address", SHOWN)
@pytest.mark.parametrize("writable", [True, False])
def test_nothing_that_was_worded_runs(
    strange: tuple[Engine, Path], address: str, writable: bool
) -> None:
    """What became an element, a handler or an address would act in a colleague's name."""
    engine, folder = strange
    answer = client(engine, folder, writable=writable).get(address)

    assert answer.status_code == 200, answer.text
    assert read(answer.text).harmful == []
    assert not read(answer.text).having("style")


@pytest.mark.parametrize(("address", "field"), [(a, f) for a, of in SHOWN.items() for f in of])
def test_what_was_worded_is_shown_as_it_was(browser: TestClient, address: str, field: str) -> None:
    """Who looks for the cause of a trouble needs to see what really came."""
    assert shown(field) in read(browser.get(address).text).text


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/{}", 404),
        ("/playbook?name={}", 404),
        ("/playbook/flow?name={}", 404),
        ("/playbook/tests?name={}", 404),
        ("/?with={}", 200),
        ("/customers?from={}", 200),
        ("/ask?if={}", 200),
        ("/customer?id={}", 404),
        (f"{about(EVE)}&before={{}}", 200),
        ("/inbox?of={}", 200),
        ("/inbox?done={}", 200),
        ("/given-up?done={}", 200),
        ("/rehearse?playbook={}", 404),
        ("/static/{}", 404),
    ],
)
def test_what_an_address_says_comes_back_as_text(
    browser: TestClient, address: str, status: int
) -> None:
    """A link in a mail can say anything, and it is a colleague who follows it."""
    typed = urlencode({"": evil("typed")})[1:].replace("+", "%20")

    answer = browser.get(address.format(typed))

    assert answer.status_code == status, answer.text
    assert read(answer.text).harmful == []


@pytest.mark.parametrize(
    ("deed", "form"),
    [
        ("inbox/answer", {"key": evil("typed"), "said": "yes"}),
        ("inbox/answer", {"key": ASK, "said": evil("typed")}),
        ("inbox/delegate", {"key": evil("typed"), "to": "bo"}),
        ("inbox/delegate", {"key": ASK, "to": f"least loaded of {evil('typed')}"}),
        ("inbox/comment", {"key": evil("typed"), "said": "hm"}),
        ("inbox/tick", {"key": evil("typed"), "point": "1"}),
        ("inbox/tick", {"key": TASK, "point": evil("typed")}),
        ("given-up/retry", {"key": evil("typed")}),
        ("given-up/retry", {"customer": evil("typed")}),
        ("given-up/dismiss", {"key": evil("typed"), "why": evil("typed")}),
        ("given-up/forget", {"number": evil("typed")}),
    ],
)
def test_what_a_form_says_comes_back_as_text(
    browser: TestClient, deed: str, form: dict[str, str]
) -> None:
    """A refusal repeats what was typed, so that one sees the slip."""
    answer = browser.post(f"/{deed}", data=form, headers=HOME)

    assert answer.status_code == (200 if "customer" in form else 404), answer.text
    assert read(answer.text).harmful == []


def test_who_is_signed_in_is_shown_as_text(strange: tuple[Engine, Path]) -> None:
    """Many let people choose their own name."""
    engine, _ = strange
    app = console(engine, authorize=lambda _: Principal(evil("principal")))

    found = read(TestClient(app).get("/").text)

    assert evil("principal") in found.text
    assert found.harmful == []


HOSTILE = json.dumps(evil("declared"))


@pytest.mark.parametrize(
    "line",
    [
        f"attributes: {{{HOSTILE}: text}}",
        f"attributes: {{place: {{{HOSTILE}: text}}}}",
        f"events: {{{HOSTILE}: {{}}}}",
        f"events: {{paid: {{{HOSTILE}: text}}}}",
        f"teams: {{{HOSTILE}: [bo]}}",
        f"lifecycles: {{{HOSTILE}: {{}}}}",
        f"segments: {{{HOSTILE}: seats > 1}}",
        f"signals: {{{HOSTILE}: number}}",
        f"calendars: {{{HOSTILE}: {{business days: mon-fri}}}}",
    ],
)
def test_names_that_conditions_use_are_refused(engine: Engine, tmp_path: Path, line: str) -> None:
    """They are words of the language, so no page has to show another one that was declared."""
    settings = f"project: shop\n{line}\n"
    folder = write_project(tmp_path / "project", "a: manual -> stop\n", settings=settings)

    with pytest.raises(NotDeployed, match="N202"):
        engine.deploy(folder)

    assert engine.deployment() is None
