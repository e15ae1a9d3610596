"""Templates looked at before anything is sent: whether they parse, and what they name exists.

Nearly all are `{{ customer.name }}` and the like, which is seen at a glance; only another form is
worth the import of Jinja2.
"""

import re
from typing import Final

from .diagnostics import Report
from .document import Mapping, Node, Scalar, Sequence
from .names import resolve
from .scope import Scope, declared

__all__ = ["check", "check_text", "only_value"]

_VALUE: Final = r"""(?:"[^"{}]*"|'[^'{}]*'|[0-9]+(?:\.[0-9]+)?|[A-Za-z_]\w*)"""
# Compiled when first used, as are those below: most projects are checked without some of them.
_SIMPLE: Final = (
    rf"\{{\{{-?\s*[A-Za-z_]\w*(?:\.\w+)*"
    rf"(?:\s*\|\s*[A-Za-z_]\w*(?:\(\s*(?:{_VALUE}(?:\s*,\s*{_VALUE})*)?\s*\))?)*\s*-?\}}\}}"
)
_MARKS: Final = re.compile(r"\{[{%#]|[}%#]\}")
_TAGS: Final = r"(?s)\{\{.*?\}\}|\{%.*?%\}"
_NAMES: Final = r"""(?P<text>"[^"]*"|'[^']*')|(?<![\w.])(?P<root>customer|event|trigger)\.(?P<name>[A-Za-z_]\w*)"""
_ONE: Final = r"\s*\{\{\s*(?P<path>(?:customer|event|trigger)(?:\.\w+)+)\s*\}\}\s*"


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


def check_text(text: Scalar, scope: Scope, report: Report, *, any_event: bool) -> None:
    """Check one template."""
    if _MARKS.search(text.value) is None:
        return
    rest = re.sub(_SIMPLE, "", text.value)
    if _MARKS.search(rest) is not None and not _parses(text, report):
        return
    for tag in re.finditer(_TAGS, text.value):
        for found in re.compile(_NAMES).finditer(text.value, tag.start(), tag.end()):
            if found["root"]:
                _check_name(text, found, scope, report, any_event=any_event)


def only_value(text: Scalar) -> Scalar | None:
    """Return the path of a template that is one value and nothing else: `{{ customer.plan }}`."""
    found = re.fullmatch(_ONE, text.value)
    if found is None:
        return None
    return text.part(found.start("path"), found.end("path"))


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


def _check_name(
    text: Scalar, found: "re.Match[str]", scope: Scope, report: Report, *, any_event: bool
) -> None:
    span = text.place(found.start("root"), found.end("name"))
    name = found["name"]
    if found["root"] == "customer":
        if name != "id":
            resolve(("customer", name), span, scope, report)
    elif any_event:
        events = scope.vocabulary.events
        if all(declared(name, properties) is None for properties in events.values()):
            report.error("N105", span, f"unknown property `{name}`", "not a property of any event")
    else:
        resolve((found["root"], name), span, scope, report)
