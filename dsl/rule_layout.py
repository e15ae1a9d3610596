"""The layout of rule lines, and the lines that every layout is written in."""

import re
from collections.abc import Iterable, Iterator
from typing import Final

from .respell import respelt
from .rule_lines import lines as rule_lines

__all__ = ["WIDTH", "Lines", "clean", "format_rules"]

WIDTH: Final = 100
"""Columns within which what stands in brackets stays on one line."""


def format_rules(text: str) -> str:
    """Return a file of rule lines in its canonical layout: one rule in a line, if it fits."""
    text = clean(text)
    out = Lines()
    at = 0
    for rule in rule_lines(text, ""):
        out.free(_remarks(text[at : rule.span.start]))
        out.add(*_broken(rule.value))
        at = rule.span.end
    out.free(_remarks(text[at:]))
    return out.text()


def clean(text: str) -> str:
    """Return a text with the line ends of this house, the last line included."""
    text = text.removeprefix("\ufeff").replace("\r\n", "\n")
    return text if not text or text.endswith("\n") else f"{text}\n"


def _remarks(gap: str) -> Iterator[str]:
    return (line.strip() for line in gap.split("\n")[1 if gap.startswith("\n") else 0 : -1])


def _broken(rule: str) -> Iterator[str]:
    """Yield a rule in one line, or before its arrows and behind its semicolons in several."""
    if any(line.strip().startswith("#") for line in rule.split("\n")):
        yield from (line.rstrip() for line in rule.split("\n"))
        return
    spelt = respelt(rule, "rule")
    if spelt is None or len(spelt) <= WIDTH:
        yield from (spelt or rule).split("\n")
        return
    parts = re.split(r"(?<=;) | (?=-> )", spelt)
    if respelt("\n".join(parts), "rule") != spelt:
        parts = [spelt]  # An arrow or a semicolon inside a text.
    yield parts[0]
    yield from (f"    {part}" for part in parts[1:])


class Lines:
    """Lines written one after the other: no blank first or last, never two in a row by our hand."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.apart = False

    def add(self, *lines: str) -> None:
        """Write lines as they are."""
        if self.apart and self.lines and self.lines[-1]:
            self.lines.append("")
        self.apart = False
        self.lines += lines

    def free(self, lines: Iterable[str]) -> None:
        """Write comments, and blanks only between what is not blank."""
        for line in lines:
            if line.strip():
                self.add(line.rstrip())
            else:
                self.apart = True

    def text(self) -> str:
        """Return all of it."""
        return "\n".join([*self.lines, ""]) if self.lines else ""
