"""The files of templates/: how each is called, and its parts, checked where they stand."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Final

from ..engine.core.origin import Span
from ..engine.core.plan import Template
from . import templates
from .diagnostics import Diagnostic, Label, Report
from .document import Scalar
from .scope import Scope
from .sources import Source

__all__ = ["parts_of", "read_messages"]

_HEADER: Final = r"(?i)(?P<name>subject|from|purpose):[ \t]*(?P<said>[^\r\n]*?)[ \t]*(?:\r?\n|\Z)"
"""A line above the text, as letters have them."""
_EMPTY: Final = r"[ \t]*\r?\n"
_UNMERGED: Final = re.compile(r"^(?:<{7}|>{7})(?= |$)", re.MULTILINE)
"""What git, and `cuebook library upgrade`, write around two changes of one place."""
_HTML: Final = (".html", ".htm")


@dataclass(slots=True)
class _Message:
    """What the files of one name say."""

    headers: dict[str, Scalar] = field(default_factory=dict)
    texts: dict[str, tuple[Source, str]] = field(default_factory=dict)
    """The file and the text that make up the plain part, and the one in HTML."""

    def made(self) -> Template:
        said = {name: value.value for name, value in self.headers.items()}
        # The same content whatever a checkout made of its line breaks.
        body, html = (
            self.texts[part][1].replace("\r\n", "\n") if part in self.texts else ""
            for part in ("body", "html")
        )
        subject, sender, purpose = (said.get(name, "") for name in ("subject", "from", "purpose"))
        return Template(subject, body, html, sender, purpose)


def read_messages(
    sources: Mapping[PurePosixPath, Source], scope: Scope, report: Report
) -> dict[str, Template]:
    """Return each template by the path of its files without the suffix; report what is wrong in it.

    `NAME.html` and one file of another suffix are two ways to read one message. Which playbooks
    send it is not known here: a property is right if some event has it.
    """
    found: dict[str, _Message] = {}
    for path, source in sources.items():
        name = str(path.with_suffix(""))
        message = found.setdefault(name, _Message())
        part = "html" if path.suffix.lower() in _HTML else "body"
        headers, text = parts_of(source)
        for said in (*(value for _, value in headers), text):
            templates.check_text(said, scope, report, any_event=True)
        _report_unmerged(source, report)
        first = message.texts.setdefault(part, (source, text.value))[0]
        if first is not source:
            _report_twice(name, source, first, report)
        for header, value in headers:
            _add(header, value, message, report)
    return {name: message.made() for name, message in found.items()}


def parts_of(source: Source) -> tuple[list[tuple[str, Scalar]], Scalar]:
    """Return the lines above a text with what they are called, and the text itself.

    Each is known where it stands.
    """
    whole = Scalar(source.text, Span(source.file, 0, len(source.text)))
    line, headers = re.compile(_HEADER), list[tuple[str, Scalar]]()
    at = 1 if source.text.startswith("\ufeff") else 0
    while found := line.match(source.text, at):
        headers.append((found["name"].lower(), whole.part(*found.span("said"))))
        at = found.end()
    if headers and (blank := re.compile(_EMPTY).match(source.text, at)):
        at = blank.end()
    return headers, whole.part(at, len(source.text))


def _add(name: str, value: Scalar, message: _Message, report: Report) -> None:
    """Take a line above a text; report one that says something else than another, or what it cannot."""
    first = message.headers.setdefault(name, value)
    if first.value != value.value:
        title, label = f"`{name}:` is said twice, and not the same", "the second one"
        hint = "say it once, in either of the two files"
        others = (Label(first.span, "the first one"),)
        report.add(Diagnostic("A111", title, value.span, label, (hint,), others=others))
    if name == "purpose" and "{" in value.value:
        title = "a purpose is a word, and no template"
        hint = "limits ask for it before anything is rendered: write two messages"
        report.error("A111", value.span, title, "not a purpose", hint)


def _report_unmerged(source: Source, report: Report) -> None:
    found = _UNMERGED.search(source.text)
    if found is not None:
        title, label = "a merge is not finished here", "two changes of one place"
        hint = "keep what is right of the lines between `<<<<<<<` and `>>>>>>>`, and no mark"
        report.error("A112", Span(source.file, *found.span()), title, label, hint)


def _report_twice(name: str, source: Source, first: Source, report: Report) -> None:
    report.add(
        Diagnostic(
            "A107",
            f"two templates are called `{name}`",
            Span(source.file, 0, 0),
            "the second one",
            ("a template is named by its file without the suffix: give one another name",),
            others=(Label(Span(first.file, 0, 0), "the first one"),),
        )
    )
