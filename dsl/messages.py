"""The files of templates/: how each is called, and its subject and body, checked where they stand."""

import re
from collections.abc import Mapping
from pathlib import PurePosixPath
from typing import Final

from ..engine.core.origin import Span
from ..engine.core.plan import Template
from . import templates
from .diagnostics import Diagnostic, Label, Report
from .document import Scalar
from .scope import Scope
from .sources import Source

__all__ = ["read_messages"]

_PARTS: Final = (
    r"(?is)\ufeff?(?:subject:[ \t]*(?P<subject>[^\r\n]*?)[ \t]*(?:\r?\n(?:[ \t]*\r?\n)?|\Z))?"
    r"(?P<body>.*)"
)
"""A first line `Subject: …` and the empty line below it, where there are such, then the body."""


def read_messages(
    sources: Mapping[PurePosixPath, Source], scope: Scope, report: Report
) -> dict[str, Template]:
    """Return each template by the path of its file without the suffix; report what is wrong in it.

    Which playbooks send it is not known here: a property is right if some event has it.
    """
    found: dict[str, Template] = {}
    first: dict[str, Source] = {}
    for path, source in sources.items():
        name = str(path.with_suffix(""))
        subject, body = _parts(source)
        for part in (subject, body):
            templates.check_text(part, scope, report, any_event=True)
        if first.setdefault(name, source) is not source:
            _report_twice(name, source, first[name], report)
        # The same content whatever a checkout made of its line breaks.
        found[name] = Template(subject.value, body.value.replace("\r\n", "\n"))
    return found


def _parts(source: Source) -> tuple[Scalar, Scalar]:
    whole = Scalar(source.text, Span(source.file, 0, len(source.text)))
    found = re.fullmatch(_PARTS, source.text)
    assert found is not None  # noqa: S101 - the body may be anything
    start, end = found.span("subject") if found["subject"] else (0, 0)
    return whole.part(start, end), whole.part(*found.span("body"))


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
