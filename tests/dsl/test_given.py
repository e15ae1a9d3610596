"""The words that `check` knows of actions are those which the actions and recipes declare."""

import pytest
from pydantic import AliasChoices, BaseModel

from cuebook.actions.call_webhook import CallWebhook
from cuebook.actions.recipe_book import recipe, recipes
from cuebook.dsl.given import ANY, KINDS, RECIPES
from cuebook.dsl.known import KINDS as COME_ALONG
from cuebook.engine.contract import LIMITS_READ
from cuebook.engine.registry import Registry


def words_of(model: type[BaseModel]) -> set[str]:
    """Return each spelling of each word that a model takes."""
    found = set[str]()
    for name, field in model.model_fields.items():
        other = field.validation_alias or field.alias
        found |= set(
            map(str, other.choices if isinstance(other, AliasChoices) else [other or name])
        )
    return found


@pytest.mark.parametrize("kind", COME_ALONG)
def test_what_an_action_takes_is_what_it_declares(kind: str) -> None:
    """A word that is new in an action would else be called unknown."""
    found = Registry().find(kind)
    assert found is not None
    model = CallWebhook if kind == "call-webhook" else found.words
    assert model is not None

    assert set(KINDS[kind].words) | set(ANY) == words_of(model) | set(ANY)


def test_what_a_recipe_takes_and_needs_is_what_it_declares() -> None:
    """And each recipe there is can be named."""
    told = {name: (set(takes.words), set(takes.needs)) for name, takes in RECIPES.items()}

    assert told == {
        name: (set(found.words), found.words.keys() - found.usual.keys())
        for name in recipes()
        for found in [recipe(name)]
    }


def test_limits_read_the_same_words_of_any_action() -> None:
    """They are taken out before an action is given its own."""
    assert ANY == LIMITS_READ
