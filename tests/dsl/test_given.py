"""The words that `check` knows of actions are those which the actions and recipes declare."""

from dataclasses import replace

import pytest
from pydantic import AliasChoices, BaseModel, ConfigDict, Field

from cuebook.actions.call_webhook import CallWebhook
from cuebook.actions.recipe_book import recipe, recipes
from cuebook.dsl.given import ANY, KINDS, RECIPES
from cuebook.dsl.known import KINDS as COME_ALONG
from cuebook.engine.contract import LIMITS_READ, Context, action
from cuebook.engine.core.takes import Takes
from cuebook.engine.registry import Registry

BY_TEMPLATE = {"send-email": {("subject",), ("body", "html")}}
"""What a model leaves to its template, and is refused all the same where neither says it."""


@pytest.mark.parametrize("kind", COME_ALONG)
def test_what_an_action_takes_and_needs_is_what_it_declares(kind: str) -> None:
    """A word that is new in an action would else be called unknown, or forgotten in silence."""
    found = Registry().find(kind)
    assert found is not None
    model = CallWebhook if kind == "call-webhook" else found.words
    declared = replace(found, words=model).takes
    assert declared is not None

    told = KINDS[kind]

    assert set(told.words) | set(ANY) == set(declared.words) | set(ANY)
    needs = set(map(frozenset, declared.needs)) | set(map(frozenset, BY_TEMPLATE.get(kind, ())))
    assert set(map(frozenset, told.needs)) == needs


def test_what_a_recipe_takes_and_needs_is_what_it_declares() -> None:
    """And each recipe there is can be named."""
    told = {
        name: (set(takes.words), {one for [one] in takes.needs}) for name, takes in RECIPES.items()
    }

    assert told == {
        name: (set(found.words), found.words.keys() - found.usual.keys())
        for name in recipes()
        for found in [recipe(name)]
    }


def test_limits_read_the_same_words_of_any_action() -> None:
    """They are taken out before an action is given its own."""
    assert ANY == LIMITS_READ


class Own(BaseModel):
    """The words of an action of one's own."""

    model_config = ConfigDict(extra="forbid")

    text: str
    loud: bool = False
    reply_to: str = Field(validation_alias=AliasChoices("reply to", "reply_to"))


class Anything(Own):
    model_config = ConfigDict(extra="allow")


def test_an_action_tells_the_words_of_its_model() -> None:
    """So that `check` can tell what would be refused, of actions that others bring along."""

    @action("own")
    def own(_args: Own, _context: Context) -> None: ...

    @action("anything")
    def anything(_args: Anything, _context: Context) -> None: ...

    @action("any")
    def any_mapping(_args: dict[str, str], _context: Context) -> None: ...

    spelt = ("reply to", "reply_to")
    assert own.takes == Takes(("text", "loud", *spelt), (("text",), spelt))
    assert own.takes.lacks({"reply_to"}) == (("text",),)
    assert (anything.takes, any_mapping.takes) == (None, None)
