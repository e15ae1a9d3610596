"""What actions are given: words they do not take, and words they need.

The tables stand here because to load the actions themselves takes longer than to check a project; a
test compares the two. A host may perform a kind in its own way, so what is told are warnings.
"""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from ..engine.core.plan import Template
from ..engine.core.takes import Takes
from .diagnostics import Report, Word
from .document import Node, Scalar

__all__ = ["ANY", "KINDS", "RECIPES", "Own", "check_needed", "check_words"]

Given = Mapping[str, tuple[Scalar, Node]]


Own = Callable[[str], Takes | None]
"""What kinds take that do not come along: those the project declares, and those of packages."""
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
    "url", "method", "headers", "json", "body", "secret", "timeout", "success", "save", "find", "expect",
)  # fmt: skip
_NOTE: Final = ("to", "text", "body", "title", "subject", "template", "type")
_TEXT: Final = ("body", "html")
KINDS: Final[Mapping[str, Takes]] = {
    "send-email": Takes((*_MAIL, "html"), (("to",), ("subject",), _TEXT)),
    "survey": Takes((*_MAIL, "survey", "kind", "question", "low", "high"), (("to",), ("survey",))),
    "create-task": Takes(_TASK, (("title",),)),
    "call-webhook": Takes(_CALL, (("url",),)),
    "notify": Takes(_NOTE, (("text", "body"),)),
}
"""By kind; what a template may say counts as given where it says so."""


def _recipe(*words: str, needs: Iterable[str]) -> Takes:
    return Takes((*words, "secret"), tuple((one,) for one in needs))


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
    kind: str, words: Iterable[tuple[Scalar, Node]], given: Given, own: Own, report: Report
) -> None:
    """Warn of words that a kind of action does not take; `given` is all it is given by then."""
    if kind == "call-webhook" and not given.keys() & {"url", "recipe"}:
        return  # A step says which it will be.
    takes, what = _takes(kind, given, own)
    for word, node in words:
        if word.value == "recipe" and kind == "call-webhook":
            _check_recipe(node, report)
        elif takes is not None and word.value not in (*takes.words, *ANY):
            near = Word(word.value, word.span, takes.words)
            title = f"{what} takes no `{word.value}`"
            hint = f"it takes {', '.join(f'`{one}`' for one in _spoken(takes.words))}"
            report.unknown("A133", near, title, "nobody reads it", hint, severity="warning")


def check_needed(
    name: Scalar,
    kind: str,
    given: Given,
    own: Own,
    templates: Mapping[str, Template],
    report: Report,
) -> None:
    """Warn of an action without a word that it needs, of its own or of its template."""
    said = _said(given, templates)
    takes, what = _takes(kind, given, own)
    if takes is None or said is None:
        return
    lacks = takes.lacks(said)
    if lacks:
        recipe = "recipe: …, " if "recipe" in given else ""
        hint = f"as in `with: {{{recipe}{', '.join(f'{one[0]}: …' for one in lacks)}}}`"
        words = ", and ".join(" or ".join(f"`{word}:`" for word in one) for one in lacks)
        title, label = f"{what} needs {words}", "would be refused when it is performed"
        report.warn("A134", name.span, title, label, hint)


def _said(given: Given, templates: Mapping[str, Template]) -> set[str] | None:
    """Return the words that an action has by its template, too; None where only the decision tells."""
    said = set(given)
    if "template" not in given:
        return said
    _, node = given["template"]
    template = templates.get(node.value) if isinstance(node, Scalar) else None
    if template is None:
        return None  # It is chosen when it is sent, or told to be missing.
    parts = {"subject": template.subject, "from": template.sender, "purpose": template.purpose}
    parts |= {"body": template.body, "html": template.html}
    return said | {word for word, text in parts.items() if text}


def _takes(kind: str, given: Given, own: Own) -> tuple[Takes | None, str]:
    """Return what an action takes, and how it is called; None where that cannot be told."""
    if kind != "call-webhook" or "recipe" not in given:
        return own(kind) or KINDS.get(kind), f"`{kind}`"
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
