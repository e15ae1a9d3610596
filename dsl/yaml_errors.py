"""What YAML could not read, said in the words of somebody who writes playbooks, not parsers."""

import re
from typing import TYPE_CHECKING, Any, Final

from ..engine.core.origin import Span
from .diagnostics import Diagnostic, Label

if TYPE_CHECKING:
    from yaml import YAMLError

__all__ = ["describe", "quoted"]

_PAIR: Final = r"(?P<lead>\s*(?:[-?]\s+)*)(?:(?P<key>[^\s:#'\"\[{][^:]*):\s+)?(?P<value>\S.*?)\s*"
_QUOTED: Final = r"""(?:^|[,:\[{])\s*(?P<quoted>"(?:[^"\\]|\\.)*"|'(?:[^']|'')*')\s*$"""


def describe(
    file: str, text: str, base: int, error: "YAMLError", *, opened: int | None
) -> Diagnostic:
    """Turn an error of the YAML scanner, which read `text` from `base` on, into a diagnostic.

    `opened` is where the innermost bracket stands that was open then.
    """
    problem: Any = getattr(error, "problem_mark", None)
    at = min(base + (problem.index if problem is not None else 0), len(text))
    context: Any = getattr(error, "context_mark", None)
    begun = base + context.index if context is not None else at
    doing = getattr(error, "context", None) or ""
    if text[at : at + 1] == "\t":
        return _tab(file, at)
    if "quoted scalar" in doing and at >= len(text.rstrip()):
        return _unclosed_quote(file, text, begun)
    if opened is not None:
        return _quote_first(file, text, opened, at) or _unclosed_bracket(file, text, opened, at)
    if "simple key" in doing:
        return _no_colon(file, text, begun)
    return _quotes_needed(file, text, at) or _layout(file, text, at)


def quoted(value: str) -> str:
    r"""Write a text so that YAML takes it as it stands.

    >>> quoted('plan == "a: b"')
    '\'plan == "a: b"\''
    """
    if "'" in value and not set(value) & {'"', "\\"}:
        return f'"{value}"'
    return "'" + value.replace("'", "''") + "'"


def _tab(file: str, at: int) -> Diagnostic:
    return Diagnostic(
        "Y111",
        "a tab cannot indent a line",
        Span(file, at, at + 1),
        "a tab",
        ("use spaces, two for each level",),
    )


def _unclosed_bracket(file: str, text: str, opened: int, at: int) -> Diagnostic:
    closing = {"[": "]", "{": "}"}.get(text[opened : opened + 1], "]")
    return Diagnostic(
        "Y110",
        f"this bracket is not closed with `{closing}`",
        Span(file, opened, opened + 1),
        "opened here",
        (f"close it with `{closing}`, or put the whole text in quotes if it is one text",),
        others=(Label(Span(file, at, min(at + 1, len(text))), "not expected before it closes"),),
    )


def _quote_first(file: str, text: str, opened: int, at: int) -> Diagnostic | None:
    """Recognize a text between brackets that goes on behind a quote: `["a" == plan]`."""
    found = re.search(_QUOTED, text[opened + 1 : at])
    if found is None or "\n" in found[0]:
        return None
    start, end = opened + 1 + found.start("quoted"), _item_end(text, at)
    return Diagnostic(
        "Y109",
        "this text needs quotes",
        Span(file, start, end),
        f"YAML stumbles over `{text[at]}` here",
        (f"write: `{quoted(text[start:end])}`",),
    )


def _item_end(text: str, at: int) -> int:
    """Return where an item between brackets ends: at a comma or a bracket that is not its own."""
    depth, quote, end = 0, "", at
    while end < len(text) and text[end] != "\n":
        sign = text[end]
        if quote or sign in "'\"":
            quote = "" if sign == quote else quote or sign
        elif sign in "[({":
            depth += 1
        elif sign in ",])}":
            if depth == 0:
                break
            depth -= sign != ","
        end += 1
    return at + len(text[at:end].rstrip())


def _unclosed_quote(file: str, text: str, opened: int) -> Diagnostic:
    quote = text[opened : opened + 1]
    return Diagnostic(
        "Y110",
        f"this quote is not closed with `{quote}`",
        Span(file, opened, opened + 1),
        "opened here",
        (f"end the text with `{quote}`",),
    )


def _no_colon(file: str, text: str, at: int) -> Diagnostic:
    return Diagnostic(
        "Y112",
        "this line is neither a key nor part of the text above",
        Span(file, at, _line(text, at)[1]),
        "no `:` after it",
        (
            "write a key as `key: value`",
            "a text that goes on in the next line is indented deeper than its key",
        ),
    )


def _quotes_needed(file: str, text: str, at: int) -> Diagnostic | None:
    """Recognize a value that YAML reads as something else, and show it in quotes."""
    start, end = _line(text, at)
    pair = re.fullmatch(_PAIR, text[start:end])
    if pair is None or at < start + pair.start("value") or not (pair["key"] or pair["lead"]):
        return None
    key = f"{pair['key']}: " if pair["key"] else "- "
    return Diagnostic(
        "Y109",
        "this text needs quotes",
        Span(file, start + pair.start("value"), start + pair.end("value")),
        f"YAML stumbles over `{text[at]}` here" if at < end else "YAML stumbles over this",
        (f"write: `{key}{quoted(pair['value'])}`",),
    )


def _layout(file: str, text: str, at: int) -> Diagnostic:
    start, end = _line(text, at)
    begin = start + len(text[start:end]) - len(text[start:end].lstrip())
    return Diagnostic(
        "Y112",
        "this line does not fit what stands above it",
        Span(file, min(begin, at), max(end, at)),
        "not expected here",
        (
            "keys of one mapping begin in the same column, and so do the dashes of one list",
            "what belongs to a key stands behind it, or indented in the lines below it",
        ),
    )


def _line(text: str, at: int) -> tuple[int, int]:
    """Return where the line around an offset begins and ends, without its line break."""
    start = text.rfind("\n", 0, at) + 1
    end = text.find("\n", at)
    end = len(text) if end < 0 else end
    return start, max(start, end - text[start:end].endswith("\r"))
