"""The description is true: valid, complete, and each of its examples gives the answer it promises."""

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from standardwebhooks.webhooks import Webhook
from starlette.routing import Route
from starlette.testclient import TestClient

from cuebook.engine.core.instant import to_datetime
from cuebook.engine.links import Site
from cuebook.engine.runtime import Engine
from cuebook.web.app import application
from cuebook.web.intake.operations import OPERATIONS

from ..runtime.playing import Clock
from .conftest import HOOK as SHOP
from .conftest import SOURCES

HOOK = replace(SHOP, customer="data.customer")
REFUSED = {"mergeCustomers"}
"""What is described as never taken."""
EXAMPLES = [
    (one.name, form.kind, name)
    for one in OPERATIONS
    for form in one.forms
    for name in form.examples
]


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    """Yield a client that has a key, of an intake whose hook is the one in the description."""
    app = application(engine, sources=SOURCES, hooks=[HOOK])
    with TestClient(app, headers={"Authorization": f"Bearer {SOURCES[0].key}"}) as client:
        yield client


def test_links_of_messages_are_described_where_they_are_served(engine: Engine) -> None:
    """And nowhere else; each kind has its page and its form."""
    site = Site("https://plays.example.com", ("s" * 40,))
    paths = {}
    for name, found in (("with", site), ("without", None)):
        with TestClient(application(engine, site=found)) as client:
            told = client.get("/openapi.json").json()
            validate(told)
            paths[name] = told["paths"]

    more = {
        path: [*methods] for path, methods in paths["with"].items() if path not in paths["without"]
    }
    assert more == {"/u/{token}": ["get", "post"], "/a/{token}": ["get", "post"]}


@pytest.fixture
def described(client: TestClient) -> Any:
    """Return the description as it is served."""
    return client.get("/openapi.json").json()


def operation(described: Any, name: str) -> tuple[str, str, Any]:
    """Return an operation with its path and its method."""
    [found] = [
        (path, method, one)
        for path, methods in described["paths"].items()
        for method, one in methods.items()
        if one["operationId"] == name
    ]
    return found


def test_it_is_valid(described: Any) -> None:
    """By the rules of OpenAPI itself."""
    validate(described)


def test_it_knows_every_route_of_the_intake_and_no_other(described: Any, engine: Engine) -> None:
    """What is served and not described is found by nobody, or by the wrong ones."""
    served = {
        (route.path.replace(":path", ""), method.lower())
        for route in application(engine, sources=SOURCES).routes
        if isinstance(route, Route)
        for method in (route.methods or ()) - {"HEAD"}
    } - {("/openapi.json", "get")}

    assert served == {
        (path, method) for path, methods in described["paths"].items() for method in methods
    }


@pytest.mark.parametrize(("name", "kind", "example"), EXAMPLES)
def test_each_example_gives_the_answer_that_is_described(
    name: str, kind: str, example: str, described: Any, client: TestClient, clock: Clock
) -> None:
    """Whoever copies an example begins with something that works."""
    path, method, told = operation(described, name)
    content = told["requestBody"]["content"][kind]
    body = content["examples"][example]["value"]
    Draft202012Validator(content["schema"]).validate(body)
    raw = json.dumps(body).encode()
    headers = {one["name"]: one["example"] for one in told["parameters"] if one["in"] == "header"}
    headers |= {"Content-Type": kind} | ({} if "security" in told else signed(raw, clock))
    where = path.format(customer="ada", device="d1", hook=HOOK.name)

    answer = client.request(method, where, content=raw, headers=headers)

    status = 400 if name in REFUSED else 200
    assert answer.status_code == status, answer.text
    schema = told["responses"][str(status)]["content"]["application/json"]["schema"]
    Draft202012Validator({**schema, "components": described["components"]}).validate(answer.json())


def signed(raw: bytes, clock: Clock) -> dict[str, str]:
    """Return the headers of a signed hook."""
    at = to_datetime(clock.now)
    signature = Webhook(HOOK.secret).sign("msg_1", at, raw.decode())
    return {
        "webhook-id": "msg_1", "webhook-timestamp": str(int(at.timestamp())),
        "webhook-signature": signature, "Authorization": "",
    }  # fmt: skip
