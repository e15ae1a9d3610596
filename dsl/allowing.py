"""Warnings that an author has seen and means: `# cuebook: allow L101`, at the line or above it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from ..engine.core.origin import Span
from .diagnostics import Diagnostic, Report
from .sources import Source, Sources

__all__ = ["allow"]

_ALLOWANCE: Final = re.compile(
    r"(?P<own>^[ \t]*)?(?<!\S)#[ \t]*cuebook:[ \t]*allow[ \t]+"
    r"(?P<codes>[A-Z][0-9]+(?:[ ,]+[A-Z][0-9]+)*)",
    re.MULTILINE,
)
_CODE: Final = re.compile(r"[A-Z][0-9]+")
_MARK: Final = "cuebook:"


@dataclass(slots=True, eq=False)
class _Allowance:
    """One code that a comment allows on one line."""

    code: str
    row: int
    span: Span
    used: bool = False


def allow(report: Report, sources: Sources, *, whole: bool = True) -> None:
    """Take the warnings that are allowed out of a report; say which allowances allow nothing.

    Mistakes cannot be allowed: what cannot be compiled cannot run. Where not the `whole` of what
    there is to find was looked for, nobody knows which allowances are needed.
    """
    for source in sources.values():
        if _MARK in source.text:
            _allow_in(source, report, whole=whole)


def _allow_in(source: Source, report: Report, *, whole: bool) -> None:
    allowances = list(_allowances(source))
    kept = []
    for note in report.found:
        row = source.position(note.span.start)[0] if note.span.file == source.file else 0
        found = [a for a in allowances if a.code == note.code and a.row == row]
        if found and note.severity == "warning":
            found[0].used = True
        else:
            kept.append(note)
    report.found[:] = kept
    errors = {note.code for note in kept if note.severity == "error"}
    for unused in (a for a in allowances if not a.used and (whole or a.code in errors)):
        report.found.append(_unused(unused, refused=unused.code in errors))


def _allowances(source: Source) -> Iterator[_Allowance]:
    """Yield what comments allow; one on a line of its own is about the next line that is none."""
    for found in _ALLOWANCE.finditer(source.text):
        row = source.position(found.start("codes"))[0]
        if found["own"] is not None:
            row = _next_row(source, row)
        for code in _CODE.finditer(source.text, found.start("codes"), found.end("codes")):
            yield _Allowance(code[0], row, Span(source.file, code.start(), code.end()))


def _next_row(source: Source, row: int) -> int:
    last = source.position(len(source.text))[0]
    row += 1
    while row < last and source.line(row).lstrip()[:1] in ("", "#"):
        row += 1
    return row


def _unused(allowance: _Allowance, *, refused: bool) -> Diagnostic:
    why = "mistakes cannot be allowed" if refused else f"no `{allowance.code}` is found there"
    hint = "mend the mistake" if refused else "remove the comment"
    title = f"nothing is allowed by this: {why}"
    return Diagnostic("L102", title, allowance.span, "", (hint,), severity="warning")
