"""Recipes before stand-ins that take only what their systems document: made once, found again, refused, put off."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from cuebook.actions.addresses import ALLOW
from cuebook.actions.call_webhook import call_webhook
from cuebook.actions.recipe_book import recipes
from cuebook.engine.contract import Done, Outcome, Rejected, Retry

from .listening import context
from .vendors import TOKEN, VENDORS, Vendor, open_for_business

Open = tuple[str, Vendor, str]


@pytest.fixture(params=VENDORS)
def system(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[Open]:
    """Yield a recipe, the system that it calls, and where that is."""
    vendor = VENDORS[request.param]()
    monkeypatch.setenv(f"CUEBOOK_SECRET_{vendor.name}", TOKEN)
    monkeypatch.setenv(ALLOW, "127.0.0.0/8")
    with open_for_business(vendor) as url:
        yield request.param, vendor, url


def cook(system: Open, key: str = "care/ada/1/tell", **words: Any) -> Outcome:
    name, vendor, url = system
    given = {"recipe": name, "site": url, **vendor.words, **words}
    return call_webhook.perform(given, context(key))


def test_there_is_a_stand_in_for_each_system() -> None:
    """Slack's has one path, takes one word, and answers `ok`; test_recipes.py holds it to that."""
    assert set(VENDORS) == set(recipes()) - {"slack-message"}


def test_a_promise_is_kept_once(system: Open) -> None:
    """The attempt after a crash is answered with what the first one has made."""
    _, vendor, _ = system

    first, again = cook(system), cook(system)
    other = cook(system, "care/bo/1/tell")

    assert isinstance(first, Done), first
    assert isinstance(first.answer, dict)
    assert all(first.answer.values())
    assert again == first
    assert isinstance(other, Done)
    assert other != first
    assert len(vendor.made) == 2


def test_words_that_are_left_out_are_not_sent_as_nothing(system: Open) -> None:
    """A null, or an empty owner, is refused by most of them."""
    name, vendor, url = system
    optional = {"assignee", "owner", "about", "due", "requester", "name", "labels"}
    needed = {"repository", "owner"} if name == "github-issue" else set[str]()
    needed |= {"due"} if name == "hubspot-task" else set()
    words = {word: value for word, value in vendor.words.items() if word not in optional - needed}

    outcome = call_webhook.perform({"recipe": name, "site": url, **words}, context())

    assert isinstance(outcome, Done), outcome


def test_texts_of_many_lines_and_alphabets_arrive(system: Open) -> None:
    """Quotes, braces and line breaks stay within the text that they stand in."""
    text = 'Grüße, "Ada"\n{title} {{ 7 * 7 }} \\ 東京'

    outcome = cook(system, text=text)

    assert isinstance(outcome, Done), outcome
    assert "Grüße" in repr(system[1].asked[-1].body)
    assert "{title} {{ 7 * 7 }}" in repr(system[1].asked[-1].body)


def test_what_the_system_does_not_take_is_given_up_with_its_reason(system: Open) -> None:
    """To try again would end the same way, and only a person can mend it."""
    wrong = {
        "asana-task": {"due": "tomorrow"}, "github-issue": {"labels": "cs"}, "hubspot-task": {"due": "tomorrow"},
        "jira-issue": {"project": "no such"}, "salesforce-task": {"priority": "Urgent"},
        "zendesk-ticket": {"priority": "very"},
    }[system[0]]  # fmt: skip

    outcome = cook(system, **wrong)

    assert isinstance(outcome, Rejected), outcome
    assert "$." in outcome.reason
    assert system[1].made == {}


def test_who_is_not_known_is_told_so(system: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what the system says, and without the secret."""
    monkeypatch.setenv(f"CUEBOOK_SECRET_{system[1].name}", "wr0ng-t0ken")

    outcome = cook(system)

    assert isinstance(outcome, Rejected), outcome
    assert "answered 401" in outcome.reason
    assert "who are you?" in outcome.reason
    assert "wr0ng" not in outcome.reason


def test_who_asks_too_often_waits_as_long_as_he_is_told(system: Open) -> None:
    """All of them have limits, and say when to come back."""
    system[1].busy = True

    outcome = cook(system)

    assert isinstance(outcome, Retry), outcome
    assert outcome.after == timedelta(seconds=30)
