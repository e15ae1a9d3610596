"""Diagnostics for programs: JSON, annotations of GitHub's workflows, and SARIF."""

import json
from collections.abc import Iterable
from typing import Any
from urllib.parse import quote

from ..engine.core.origin import Span
from .codes import CODES
from .diagnostics import Diagnostic
from .sources import Sources

__all__ = ["as_json", "github", "sarif"]


def as_json(found: Iterable[Diagnostic], sources: Sources) -> str:
    """Write a JSON list with one object for each diagnostic; lines and columns count from 1."""
    return (
        json.dumps([_record(note, sources) for note in found], ensure_ascii=False, indent=2) + "\n"
    )


def github(found: Iterable[Diagnostic], sources: Sources) -> str:
    """Write one workflow command for each diagnostic: `::error file=…,line=…::message`."""
    return "".join(_annotation(note, sources) for note in found)


def sarif(found: Iterable[Diagnostic], sources: Sources) -> str:
    """Write a SARIF 2.1.0 log with one run."""
    notes = list(found)
    rules = [
        {"id": code, "shortDescription": {"text": CODES[code]}}
        for code in sorted({note.code for note in notes} & CODES.keys())
    ]
    run = {
        "tool": {"driver": {"name": "cuebook", "rules": rules}},
        "columnKind": "unicodeCodePoints",
        "results": [_result(note, sources) for note in notes],
    }
    log = {
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [run],
    }
    return json.dumps(log, ensure_ascii=False, indent=2) + "\n"


def _record(note: Diagnostic, sources: Sources) -> dict[str, Any]:
    record: dict[str, Any] = {
        "code": note.code,
        "severity": note.severity,
        "title": note.title,
        "label": note.label,
        "hints": list(note.hints),
        **_range(note.span, sources),
        "others": [{"text": other.text, **_range(other.span, sources)} for other in note.others],
    }
    if note.fix is not None:
        place = _range(note.fix.span, sources)
        record["fix"] = {"text": note.fix.text, "safe": note.fix.safe, **place}
    return record


def _range(span: Span, sources: Sources) -> dict[str, Any]:
    source = sources.get(span.file)
    if source is None:
        return {"file": span.file, "line": 1, "column": 1, "end_line": 1, "end_column": 1}
    (line, column), (end_line, end_column) = source.position(span.start), source.position(span.end)
    return {
        "file": span.file,
        "line": line,
        "column": column,
        "end_line": end_line,
        "end_column": end_column,
    }


def _annotation(note: Diagnostic, sources: Sources) -> str:
    place = _range(note.span, sources)
    properties = ",".join(
        f"{key}={_escaped(str(value), properties=True)}"
        for key, value in (
            ("file", place["file"]),
            ("line", place["line"]),
            ("endLine", place["end_line"]),
            ("col", place["column"]),
            ("endColumn", place["end_column"]),
            ("title", note.code),
        )
    )
    # Workflow commands know one place, so the others are told in words.
    others = (f"{_line(other.span, sources)}: {other.text}" for other in note.others)
    message = _escaped("\n".join((_message(note), *others, *note.hints)), properties=False)
    return f"::{note.severity} {properties}::{message}\n"


def _line(span: Span, sources: Sources) -> str:
    place = _range(span, sources)
    return f"{place['file']}:{place['line']}"


def _escaped(text: str, *, properties: bool) -> str:
    """Escape what would end a workflow command, or one of its properties."""
    text = text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")
    return text.replace(":", "%3A").replace(",", "%2C") if properties else text


def _message(note: Diagnostic) -> str:
    return f"{note.title}: {note.label}" if note.label else note.title


def _result(note: Diagnostic, sources: Sources) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": note.code,
        "level": note.severity,
        "message": {"text": " — ".join((_message(note), *note.hints))},
        "locations": [_location(note.span, sources)],
    }
    if note.others:
        result["relatedLocations"] = [
            {"id": number, "message": {"text": other.text}, **_location(other.span, sources)}
            for number, other in enumerate(note.others, start=1)
        ]
    return result


def _location(span: Span, sources: Sources) -> dict[str, Any]:
    place = _range(span, sources)
    region = {
        "startLine": place["line"],
        "startColumn": place["column"],
        "endLine": place["end_line"],
        "endColumn": place["end_column"],
    }
    where = {"artifactLocation": {"uri": quote(place["file"])}, "region": region}
    return {"physicalLocation": where}
