"""`as: credit`: the names under which a playbook keeps the answers to its actions."""

import re
from typing import Final

from ..engine.core.expr import AnswerField
from ..engine.core.origin import Span
from ..engine.core.say import say_name
from ..engine.core.vocabulary import Type
from ..engine.core.wording import NAMES
from .diagnostics import Report, Word
from .document import Mapping, Node, Scalar, Sequence
from .scope import Scope, declared
from .shapes import text_of

__all__ = ["FIELDS", "answer_field", "check_name", "named", "names_in"]

FIELDS: Final[dict[str, Type | None]] = {
    "answer": None,
    "failed": Type("boolean"),
    "status": Type("one of", ("done", "failed", "in doubt", "refused", "timed out")),
}
"""What an answer has, with its type; nobody declares what is in `answer` itself."""
SILENT: Final = ("send-email", "notify", "survey")
"""Kinds of action whose answer says nothing."""
_NAME: Final = re.compile(r"[a-zA-Z]\w*")


def names_in(node: Node | None) -> tuple[str, ...]:
    """Return every name given with `as:` beside a `do:`, however deep it stands."""
    found = list[str]()
    if node is not None:
        _collect(node, found)
    return tuple(found)


def _collect(node: Node, found: list[str]) -> None:
    if isinstance(node, Mapping):
        name = node.get("as")
        if isinstance(name, Scalar) and node.get("do") is not None:
            found.append(name.value)
        inside = [value for _, value in node.entries]
    else:
        inside = list(node.items) if isinstance(node, Sequence) else []
    for one in inside:
        if not isinstance(one, Scalar):  # Nearly all are, and a text holds no steps.
            _collect(one, found)


def named(step: Mapping, kind: str, scope: Scope, report: Report) -> str:
    """Return the name a step gives its answer; empty without one, and where it cannot be one."""
    node = step.get("as")
    text = text_of(node, "`as:`", report) if node is not None else None
    return "" if text is None or not check_name(text, kind, scope, report) else text.value


def check_name(text: Scalar, kind: str, scope: Scope, report: Report) -> bool:
    """Report what cannot be the name of an answer; warn of an answer that says nothing."""
    name = text.value
    own = declared(name, scope.vocabulary.attributes)
    title = f"`{name}` cannot be the name of an answer"
    if own is not None:
        hint = f"`{own}` is an attribute; call the answer otherwise"
        report.error("N131", text.span, title, "means something else", hint)
        return False
    if not _NAME.fullmatch(name) or say_name(name) != name or name in NAMES:
        hint = "use letters, digits and `_`, and no word of the language"
        report.error("N131", text.span, title, "", hint)
        return False
    if kind in SILENT:
        hint = f"leave `as: {name}` out, unless it matters whether it failed"
        report.warn("A130", text.span, f"`{kind}` answers nothing", "only how it ended", hint)
    return True


def answer_field(
    names: tuple[str, ...], span: Span, scope: Scope, report: Report
) -> AnswerField | None:
    """Return what `credit.answer.limit` stands for, where `credit` is the name of an answer."""
    name = declared(names[0], scope.answers) or names[0]
    if len(names) > 1 and names[1] in FIELDS:
        return AnswerField(name, names[1:], span=span)
    listed = f"an answer has {', '.join(f'`{name}.{field}`' for field in FIELDS)}"
    title = f"`{'.'.join(names)}` says nothing"
    if len(names) == 1:
        report.error("N105", span, title, "", listed)
        return None
    start = span.end - len(".".join(names[1:]))
    place = Span(span.file, start, start + len(names[1]))
    word = Word(names[1], place, FIELDS, place=span)
    report.unknown("N105", word, title, "", otherwise=(listed,))
    return None
