"""Recipes: each system gets the request that it documents, and a repetition finds what is there."""

import base64
import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

from cuebook.actions.call_webhook import call_webhook
from cuebook.actions.recipe_book import recipe, recipes
from cuebook.engine.contract import Done, Rejected

from .listening import Receiver, context

KEY = hashlib.sha256(b"care/ada/1/tell").hexdigest()[:32]
BASIC = "Basic " + base64.b64encode(b"s3cret").decode()


@pytest.fixture(autouse=True)
def _secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("JIRA", "ASANA", "HUBSPOT", "SALESFORCE", "ZENDESK", "GITHUB"):
        monkeypatch.setenv(f"CUEBOOK_SECRET_{name}", "s3cret")


def cook(receiver: Receiver, name: str, **words: Any) -> Any:
    """Call by a recipe, with the receiver as its site; return what was answered."""
    given = {"recipe": name, "site": receiver.url, **words}
    outcome = call_webhook.perform(given, context())
    assert isinstance(outcome, Done), outcome
    return outcome.answer


def test_jira_gets_an_issue_with_a_label_to_find_it_by(receiver: Receiver) -> None:
    """Its description is a document, and the search for the label comes first."""
    receiver.answers = {
        "GET /rest/api/3/search/jql": {"issues": []},
        "POST /rest/api/3/issue": {"id": "10000", "key": "CS-24", "self": "…"},
    }

    answer = cook(receiver, "jira-issue", project="CS", title='Say "hello"', text="{title} & é")

    looked, made = receiver.heard
    assert answer == {"id": "10000", "key": "CS-24"}
    assert looked.path == (
        f"/rest/api/3/search/jql?jql=labels%20%3D%20%22cuebook-{KEY}%22&fields=key&maxResults=1"
    )
    assert looked.headers["authorization"] == made.headers["authorization"] == BASIC
    fields = made.json["fields"]
    assert fields["project"] == {"key": "CS"}
    assert fields["issuetype"] == {"name": "Task"}
    assert (fields["summary"], fields["labels"]) == ('Say "hello"', [f"cuebook-{KEY}"])
    assert fields["description"]["content"][0]["content"] == [
        {"type": "text", "text": "{title} & é"}
    ]


def test_jira_finds_the_issue_that_is_there(receiver: Receiver) -> None:
    """After a crash between the call and its record."""
    receiver.answers = {"GET /rest/api/3/search/jql": {"issues": [{"id": "9", "key": "CS-9"}]}}

    answer = cook(receiver, "jira-issue", project="CS", title="Call")

    assert answer == {"id": "9", "key": "CS-9"}
    assert [one.method for one in receiver.heard] == ["GET"]


def test_asana_knows_its_task_by_an_external_id(receiver: Receiver) -> None:
    """What nobody has said is left out."""
    receiver.answers["POST /api/1.0/tasks"] = {"data": {"gid": "12", "permalink_url": "https://a"}}

    answer = cook(receiver, "asana-task", project="77", title="Call Ada", due="2026-12-24")

    looked, made = receiver.heard
    assert answer == {"id": "12", "url": "https://a"}
    assert looked.path.startswith(f"/api/1.0/tasks/external:cuebook-{KEY}?")
    assert made.headers["authorization"] == "Bearer s3cret"
    assert made.json == {
        "data": {
            "name": "Call Ada", "notes": "", "projects": ["77"], "due_on": "2026-12-24",
            "external": {"gid": f"cuebook-{KEY}"},
        }
    }  # fmt: skip


def test_hubspot_gets_an_upsert_by_its_unique_property(receiver: Receiver) -> None:
    """One call, the same however often it is made."""
    receiver.answers["POST /crm/v3/objects/tasks/batch/upsert"] = {"results": [{"id": "51"}]}

    answer = cook(receiver, "hubspot-task", title="Call", due="2026-12-24T12:00:00Z", owner="7")

    [heard] = receiver.heard
    assert answer == {"id": "51"}
    [put] = heard.json["inputs"]
    assert (put["idProperty"], put["id"]) == ("cuebook_key", KEY)
    assert put["properties"]["hs_timestamp"] == "2026-12-24T12:00:00Z"
    assert put["properties"]["cuebook_key"] == KEY


def test_salesforce_gets_an_upsert_by_its_external_id(receiver: Receiver) -> None:
    """201 for a new one with its id, 200 for one that was there."""
    receiver.status = 201
    receiver.answers["PATCH /"] = {"id": "00T5", "success": True, "created": True}

    answer = cook(receiver, "salesforce-task", title="Call", about="001A")

    [heard] = receiver.heard
    assert answer == {"id": "00T5"}
    assert heard.path == f"/services/data/v60.0/sobjects/Task/Cuebook_Key__c/{KEY}"
    assert heard.json == {
        "Subject": "Call", "Description": "", "WhatId": "001A", "Priority": "Normal",
        "Status": "Not Started",
    }  # fmt: skip


def test_zendesk_gets_an_idempotency_key_and_an_external_id(receiver: Receiver) -> None:
    """The first for the next hours, the second for ever."""
    receiver.answers = {
        "GET /api/v2/tickets.json": {"tickets": []},
        "POST /api/v2/tickets.json": {"ticket": {"id": 35436}},
    }

    answer = cook(receiver, "zendesk-ticket", title="Help", text="It rains in", priority="high")

    looked, made = receiver.heard
    assert answer == {"id": 35436}
    assert looked.path == f"/api/v2/tickets.json?external_id=cuebook-{KEY}"
    assert made.headers["idempotency-key"] == KEY
    assert made.json == {
        "ticket": {
            "subject": "Help", "comment": {"body": "It rains in"}, "priority": "high",
            "external_id": f"cuebook-{KEY}",
        }
    }  # fmt: skip


def test_github_gets_an_issue_with_a_mark_to_find_it_by(receiver: Receiver) -> None:
    """A list stays a list, and a repository's name cannot leave its place in the URL."""
    receiver.answers["POST /"] = {"number": 7, "html_url": "https://g/7"}

    words = {"owner": "acme", "repository": "shop/../x?y", "title": "Call", "labels": ["cs", "a"]}
    answer = cook(receiver, "github-issue", **words)

    looked, made = receiver.heard
    assert answer == {"id": 7, "url": "https://g/7"}
    assert looked.path.startswith("/search/issues?q=repo:acme/shop%2F..%2Fx%3Fy%20cuebook-")
    assert made.path == "/repos/acme/shop%2F..%2Fx%3Fy/issues"
    assert made.json["labels"] == ["cs", "a"]
    assert made.json["body"].endswith(f"<!-- cuebook-{KEY} -->")
    assert made.headers["accept"] == "application/vnd.github+json"


def test_slack_gets_a_message_at_a_url_that_is_a_secret(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Which answers with a plain `ok`."""
    monkeypatch.setenv("CUEBOOK_SECRET_SLACK", f"{receiver.url}/services/T/B/x")
    receiver.raw = b"ok"

    words = {"recipe": "slack-message", "text": "*Ada* is live {secret}"}
    outcome = call_webhook.perform(words, context())

    assert outcome == Done("ok")
    [heard] = receiver.heard
    assert (heard.path, heard.json) == ("/services/T/B/x", {"text": "*Ada* is live {secret}"})


def test_a_customer_named_like_a_command_calls_nobody(
    receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Slack would tell everybody in the channel."""
    monkeypatch.setenv("CUEBOOK_SECRET_SLACK", f"{receiver.url}/services/T/B/x")
    receiver.raw = b"ok"

    words = {"recipe": "slack-message", "text": "<!channel> & Sons are live"}
    assert call_webhook.perform(words, context()) == Done("ok")

    assert receiver.heard[0].json == {"text": "&lt;!channel&gt; &amp; Sons are live"}


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        ({"recipe": "jira-isue"}, "there is no recipe `jira-isue`: did you mean `jira-issue`?"),
        (
            {"recipe": "../../etc/passwd"},
            "there is no recipe `../../etc/passwd`: there are asana-task",
        ),
        ({"recipe": "jira-issue", "titel": "x"}, "takes no `titel`: it takes site, project, title"),
        ({"recipe": "jira-issue", "site": "https://a.example"}, "needs `project`: the key of"),
        ({"recipe": "slack-message", "text": ""}, "needs `text`"),
        ({"recipe": "slack-message", "text": "x", "secret": "a b"}, "names no secret"),
    ],
)
def test_a_recipe_says_what_it_takes(words: dict[str, str], reason: str) -> None:
    """A slip is told with what was probably meant."""
    outcome = call_webhook.perform(words, context())

    assert isinstance(outcome, Rejected)
    assert reason in outcome.reason


@pytest.mark.parametrize("name", recipes())
def test_every_recipe_says_what_it_is_for_and_uses_what_it_asks_for(name: str) -> None:
    """A word that goes nowhere would be written in vain."""
    found = recipe(name)

    assert found.says.endswith(".")
    assert found.usual.keys() <= found.words.keys()
    for word in found.words:
        assert f"{{{word}}}" in repr(found.call), word


@pytest.mark.parametrize("name", recipes())
def test_the_manual_lists_every_recipe_with_its_words(name: str) -> None:
    """Whoever writes an action looks there."""
    manual = (Path(__file__).parents[2] / "docs" / "actions.md").read_text(encoding="utf-8")
    row = next(line for line in manual.splitlines() if line.startswith(f"| `{name}` |"))
    cells = row.split("|")
    needed = {word for word in recipe(name).words if word not in recipe(name).usual}

    assert set(re.findall(r"`(\w+)`", cells[2])) == needed
    assert set(re.findall(r"`(\w+)`", cells[3])) == recipe(name).usual.keys() - {"secret"}
    assert f"`{recipe(name).usual['secret']}`" in cells[4]
