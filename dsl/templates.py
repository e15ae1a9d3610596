"""Templates looked at before anything is sent: whether they parse, and what they name exists.

Nearly all are `{{ customer.name }}` and the like, which is seen at a glance; only another form is
worth the import of Jinja2.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from typing import Final

from ..engine.core.given import given_by_some
from ..engine.core.wording import FILTERS, LOCALIZED, LONGEST, NAMES
from .answers import answer_field
from .diagnostics import Diagnostic, Fix, Report, Word
from .document import Mapping, Node, Scalar, Sequence
from .names import resolve
from .scope import Scope, declared

__all__ = ["TAGS", "Piece", "check", "check_text", "mentions_each", "pieces", "within"]

_VALUE: Final = r"""(?:"[^"{}]*"|'[^'{}]*'|[0-9]+(?:\.[0-9]+)?|[A-Za-z_]\w*)"""
# Compiled when first used, as are those below: most projects are checked without some of them.
_SIMPLE: Final = (
    rf"\{{\{{-?\s*[A-Za-z_]\w*(?:\.\w+)*"
    rf"(?:\s*\|\s*[A-Za-z_]\w*(?:\(\s*(?:{_VALUE}(?:\s*,\s*{_VALUE})*)?\s*\))?)*\s*-?\}}\}}"
)
_MARKS: Final = re.compile(r"\{[{%#]|[}%#]\}")
TAGS: Final = r"(?s)\{#.*?#\}|\{\{.*?\}\}|\{%.*?%\}"
_WORD: Final = r"[A-Za-z_]\w*"
_WORDS: Final = (
    r"""(?s)\{#.*|"[^"]*"|'[^']*'|\{%-?\s*(?:for|set)\s+(?P<own>[\w\s,]+?)(?:=|\sin\s)"""
    rf"|\{{%-?\s*\w+|\bis\s+(?:not\s+)?{_WORD}|{_WORD}\s*=(?!=)|\|\s*(?P<filter>{_WORD})"
    rf"|(?<![\w.])(?P<root>{_WORD})(?:\.(?P<name>{_WORD}))?"
)
"""The words of a tag: a comment, texts and what the syntax takes first, then filters and names."""
_SYNTAX: Final = frozenset(
    ["and", "or", "not", "in", "if", "else", "true", "false", "none", "True", "False", "None"]
)
_ONE: Final = (
    rf"\{{\{{-?\s*(?P<path>{_WORD}(?:\.\w+)+)"
    rf"(?:\s*\|\s*default\(\s*(?P<otherwise>{_VALUE})\s*\))?\s*-?\}}\}}"
)
"""A template that is one value, with what stands in for it."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a text: as it stands, or a value in a template."""

    text: Scalar
    path: Scalar | None = None
    """The name of the value, as in `customer.plan`; None where there is more to it."""
    otherwise: Scalar | None = None
    """What `| default(…)` gives."""
    plain: bool = False
    """Whether it stands for itself."""


def check(node: Node, scope: Scope, report: Report, *, any_event: bool = False) -> None:
    """Report templates in the texts of a node that cannot be read, and names they may not use.

    With `any_event` the trigger is not known yet: a property is right if some event has it.
    """
    match node:
        case Scalar() if "{" in node.value:
            check_text(node, scope, report, any_event=any_event)
        case Scalar():
            pass
        case Sequence(items):
            for item in items:
                check(item, scope, report, any_event=any_event)
        case Mapping(entries):
            for _, value in entries:
                check(value, scope, report, any_event=any_event)


def within(node: Node) -> Iterator[Scalar]:
    """Yield the texts of a node that hold templates."""
    match node:
        case Scalar():
            if _MARKS.search(node.value) is not None:
                yield node
        case Sequence(items):
            for item in items:
                yield from within(item)
        case Mapping(entries):
            for _, value in entries:
                yield from within(value)


def check_text(text: Scalar, scope: Scope, report: Report, *, any_event: bool) -> None:
    """Check one template."""
    if _MARKS.search(text.value) is None:
        return
    if len(text.value) > LONGEST:
        title = f"this template has more than {LONGEST:,} characters"
        report.error("A103", text.place(0, 0), title, "", "a message is shorter")
        return
    rest = re.sub(_SIMPLE, "", text.value)
    if _MARKS.search(rest) is not None and not _parses(text, report):
        return
    words = re.compile(_WORDS)
    found = [
        word
        for tag in re.finditer(TAGS, text.value)
        for word in words.finditer(text.value, tag.start(), tag.end())
    ]
    own = {"loop", "recursive"}
    own.update(name.strip() for word in found for name in (word["own"] or "").split(","))
    for word in found:
        if word["filter"]:
            _check_filter(text, word, report)
        elif word["root"] == "each" and scope.each is None and not any_event:
            _report_each(text, word, report)
        elif word["root"] in ("customer", "event", "trigger", "each"):
            if word["name"]:
                _check_value(text, word, scope, report, any_event=any_event)
        elif word["root"] in scope.answers:
            path = (word["root"], *filter(None, [word["name"]]))
            answer_field(path, text.place(word.start("root"), word.end()), scope, report)
        elif word["root"] and word["root"] not in own:
            _check_name(text, word, scope, report)


def pieces(text: Scalar) -> tuple[Piece, ...] | None:
    """Return a text that holds templates piece by piece; None for one that holds none.

    A value that is more than a path, with `| default("…")` perhaps, has no path.
    """
    if _MARKS.search(text.value) is None:
        return None
    found = list[Piece]()
    at = 0
    for tag in re.finditer(TAGS, text.value):
        if tag.start() > at:
            found.append(Piece(text.part(at, tag.start()), plain=True))
        found.append(_piece(text, tag))
        at = tag.end()
    rest = text.part(at, len(text.value))
    if rest.value:
        found.append(Piece(rest, plain=_MARKS.search(rest.value) is None))
    # Blanks around the only value of a text are no part of it.
    alone = [piece for piece in found if not piece.plain or piece.text.value.strip()]
    return tuple(alone if len(alone) == 1 else found)


def _piece(text: Scalar, tag: "re.Match[str]") -> Piece:
    part = text.part(*tag.span())
    value = re.fullmatch(_ONE, tag[0])
    if value is None:
        return Piece(part)
    path, otherwise = (value.span(name) for name in ("path", "otherwise"))
    return Piece(part, part.part(*path), part.part(*otherwise) if otherwise[0] >= 0 else None)


def _parses(text: Scalar, report: Report) -> bool:
    # Most projects never need it, and importing it costs more than reading their playbooks.
    from jinja2 import Environment, TemplateSyntaxError  # noqa: PLC0415

    try:
        Environment(autoescape=False).parse(text.value)  # noqa: S701 - parsed, never rendered
    except TemplateSyntaxError as error:
        lines = text.value.splitlines(keepends=True)
        start = sum(map(len, lines[: error.lineno - 1]))
        end = start + len(lines[error.lineno - 1].rstrip()) if error.lineno <= len(lines) else start
        message = f"this template cannot be read: {error.message}"
        hint = "a value is written `{{ customer.name }}`, a choice `{% if … %} … {% endif %}`"
        report.error("A103", text.place(start, max(start, end)), message, "", hint)
        return False
    except RecursionError:
        report.error("A103", text.span, "this template is nested too deeply", "", "make it simpler")
        return False
    return True


def _check_value(
    text: Scalar, found: "re.Match[str]", scope: Scope, report: Report, *, any_event: bool
) -> None:
    span = text.place(found.start("root"), found.end("name"))
    name = found["name"]
    if found["root"] == "customer":
        if name != "id":
            resolve(("customer", name), span, scope, report)
    elif found["root"] == "each" and any_event:
        pass  # Which list it is of is known where the action is done.
    elif any_event:
        if declared(name, given_by_some(scope.vocabulary)) is None:
            report.error("N105", span, f"unknown property `{name}`", "not a property of any event")
    else:
        resolve((found["root"], name), span, scope, report)


def _report_each(text: Scalar, found: "re.Match[str]", report: Report) -> None:
    span = text.place(*found.span("root"))
    hint = "give the step a list: `for each: contacts where (…)`"
    title = "`each` is known in a step with `for each:` only"
    report.error("A105", span, title, "of which list?", hint)


def mentions_each(text: str) -> bool:
    """Return whether a template names the record that a step is done for."""
    return re.search(r"\{[{%][^{}]*(?<![\w.])each\b", text) is not None


def _check_name(text: Scalar, found: "re.Match[str]", scope: Scope, report: Report) -> None:
    name = found["root"]
    if name in _SYNTAX or name in NAMES:
        return
    span = text.place(found.start("root"), found.end("root"))
    attribute = declared(name, scope.vocabulary.attributes)
    title = f"`{name}` is not known in a template"
    if attribute and not found["name"]:
        meant = f"customer.{attribute}"
        fix = Fix(span, meant, instead_of=name)
        hints = (f"write `{meant}`",)
        report.add(Diagnostic("A105", title, span, "not a name", hints, fix=fix))
    else:
        known = (*NAMES, *scope.answers)
        listed = [f"it can name {', '.join(known)}"]
        report.unknown("A105", Word(name, span, known), title, "not a name", otherwise=listed)


def _check_filter(text: Scalar, found: "re.Match[str]", report: Report) -> None:
    name = found["filter"]
    if name in LOCALIZED and find_spec("babel") is None:
        title, label = f"`{name}` cannot be used here", "it needs Babel"
        hint = "pip install 'cuebook[locale]'"
        report.warn("A106", text.place(*found.span("filter")), title, label, hint)
    if name in FILTERS:
        return
    word = Word(name, text.place(*found.span("filter")), FILTERS)
    listed = [f"after `|` stands one of {', '.join(FILTERS)}"]
    title = f"there is no filter `{name}`"
    report.unknown("A106", word, title, "not a filter", otherwise=listed)
