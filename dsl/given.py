"""What actions that come along are given: words they do not take, and words that recipes need.

The tables stand here because to load the actions themselves takes longer than to check a project; a
test compares the two. A host may perform a kind in its own way, so what is told are warnings.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from .diagnostics import Report, Word
from .document import Node, Scalar

__all__ = ["ANY", "KINDS", "RECIPES", "Takes", "check_needed", "check_words"]

Given = Mapping[str, tuple[Scalar, Node]]


@dataclass(frozen=True, slots=True)
class Takes:
    """The words that something takes."""

    words: tuple[str, ...]
    needs: tuple[str, ...] = ()
    """Told of recipes only: what an action needs, its template may say."""


ANY: Final = ("purpose", "messages")
"""What limits read of any action."""
_MAIL: Final = (
    "to", "cc", "bcc", "attach", "subject", "from", "reply to", "reply_to", "reply-to", "replyTo", "purpose", "template",
    "body",
)  # fmt: skip
_TASK: Final = (
    "title", "body", "assignee", "due", "priority", "checklist", "escalate to", "escalate after",
)  # fmt: skip
_CALL: Final = (
    "url", "method", "headers", "json", "body", "secret", "timeout", "success", "save", "find",
)  # fmt: skip
_NOTE: Final = ("to", "text", "body", "title", "subject", "template", "type")
KINDS: Final[Mapping[str, Takes]] = {
    "send-email": Takes((*_MAIL, "html")),
    "survey": Takes((*_MAIL, "survey", "kind", "question", "low", "high")),
    "create-task": Takes(_TASK),
    "call-webhook": Takes(_CALL),
    "notify": Takes(_NOTE),
}
"""By kind."""


def _recipe(*words: str, needs: Iterable[str]) -> Takes:
    return Takes((*words, "secret"), tuple(needs))


RECIPES: Final[Mapping[str, Takes]] = {
    "asana-task": _recipe(
        "project", "title", "text", "assignee", "due", "site", needs=("project", "title")
    ),
    "github-issue": _recipe(
        "owner", "repository", "title", "text", "labels", "site",
        needs=("owner", "repository", "title"),
    ),
    "hubspot-task": _recipe(
        "title", "text", "due", "owner", "priority", "site", needs=("title", "due")
    ),
    "jira-issue": _recipe(
        "site", "project", "title", "text", "type", needs=("site", "project", "title")
    ),
    "salesforce-task": _recipe(
        "site", "title", "text", "about", "owner", "due", "priority", needs=("site", "title")
    ),
    "slack-message": _recipe("text", needs=("text",)),
    "zendesk-ticket": _recipe(
        "site", "title", "text", "requester", "name", "priority", needs=("site", "title", "text")
    ),
}  # fmt: skip
"""What `call-webhook` takes where it names a recipe, by name of the recipe."""


def check_words(
    kind: str, words: Iterable[tuple[Scalar, Node]], given: Given, report: Report
) -> None:
    """Warn of words that a kind of action does not take; `given` is all it is given by then."""
    if kind == "call-webhook" and not given.keys() & {"url", "recipe"}:
        return  # A step says which it will be.
    takes, what = _takes(kind, given)
    for word, node in words:
        if word.value == "recipe" and kind == "call-webhook":
            _check_recipe(node, report)
        elif takes is not None and word.value not in (*takes.words, *ANY):
            near = Word(word.value, word.span, takes.words)
            title = f"{what} takes no `{word.value}`"
            hint = f"it takes {', '.join(f'`{one}`' for one in _spoken(takes.words))}"
            report.unknown("A133", near, title, "nobody reads it", hint, severity="warning")


def check_needed(name: Scalar, kind: str, given: Given, report: Report) -> None:
    """Warn of a recipe without a word that it needs."""
    takes, what = _takes(kind, given)
    for needed in takes.needs if takes is not None else ():
        if needed not in given:
            hint = f"as in `with: {{recipe: …, {needed}: …}}`"
            title = f"{what} needs `{needed}:`"
            report.warn("A134", name.span, title, "would be refused when it is performed", hint)


def _takes(kind: str, given: Given) -> tuple[Takes | None, str]:
    """Return what an action takes, and how it is called; None where that cannot be told."""
    if kind != "call-webhook" or "recipe" not in given:
        return KINDS.get(kind), f"`{kind}`"
    _, node = given["recipe"]
    name = node.value if isinstance(node, Scalar) else ""
    return RECIPES.get(name), f"the recipe `{name}`"


def _check_recipe(node: Node, report: Report) -> None:
    name = node.value if isinstance(node, Scalar) else ""
    if name in RECIPES or "{" in name:
        return
    word = Word(name, node.span, sorted(RECIPES))
    hint = f"there are {', '.join(f'`{one}`' for one in sorted(RECIPES))}"
    report.unknown("A135", word, f"there is no recipe `{name}`", "", hint, severity="warning")


def _spoken(words: Iterable[str]) -> list[str]:
    """Return each word in one spelling: the one of the manual."""
    return [word for word in words if word not in ("reply_to", "reply-to", "replyTo")]
