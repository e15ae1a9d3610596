"""What a node must be where it stands: a text, a list, a mapping with known keys, one of few words."""

from collections.abc import Iterable
from typing import TypeVar

from .diagnostics import Report, Word
from .document import Mapping, Node, Scalar, Sequence
from .elsewhere import belongs, meant_by

__all__ = [
    "chosen",
    "empty",
    "known_keys",
    "list_of",
    "mapping_of",
    "missing_key",
    "text_of",
    "whole_number",
]

_T = TypeVar("_T", bound=str)
_MISTAKEN = (" step", "a playbook", "`cuebook.yaml`")
"""Mappings whose keys are easily mistaken for each other's."""


def empty(node: Node) -> bool:
    """Return whether nothing is written here: `key:`, `~` or `null`.

    >>> from ..engine.core.origin import NOWHERE
    >>> empty(Scalar("", NOWHERE)), empty(Scalar("", NOWHERE, "double"))
    (True, False)
    """
    return (
        isinstance(node, Scalar)
        and node.style == "plain"
        and node.value in ("", "~", "null", "Null", "NULL")
    )


def text_of(node: Node, what: str, report: Report, *hints: str) -> Scalar | None:
    """Return a text that says something; report a list, a mapping or nothing at all."""
    if isinstance(node, Scalar) and not empty(node):
        return node
    found = "nothing is written here" if empty(node) else _kind(node)
    report.error("P103", node.span, f"{what} is a text", found, *hints)
    return None


def list_of(node: Node, what: str, report: Report, nothing: str = "") -> tuple[Node, ...]:
    """Return the items of a list; a single item may stand there alone.

    With `nothing` a list without any is reported, and that is what the label says.
    """
    if isinstance(node, Sequence):
        if not node.items and nothing:
            report.error("P103", node.span, f"{what} has an empty list", nothing)
        return node.items
    if empty(node):
        report.error("P103", node.span, f"{what} is a list", "nothing is written here")
        return ()
    return (node,)


def mapping_of(node: Node, what: str, report: Report, *hints: str) -> Mapping | None:
    """Return a mapping; report anything else."""
    if isinstance(node, Mapping):
        return node
    found = "nothing is written here" if empty(node) else _kind(node)
    report.error("P103", node.span, f"{what} is a mapping: `key: value`", found, *hints)
    return None


def known_keys(
    mapping: Mapping,
    what: str,
    legal: Iterable[str],
    report: Report,
    *,
    instead: dict[str, str] | None = None,
) -> None:
    """Report each key without a meaning here.

    `instead` says for words of other languages what is written here.
    """
    allowed = tuple(legal)
    for key, _ in mapping.entries:
        name = key.value
        if name in allowed:
            continue
        meant = (instead or {}).get(name)
        hint = f"{what} has the keys {', '.join(f'`{one}`' for one in allowed)}"
        title, label = f"unknown key `{name}`", f"not a key of {what}"
        if meant:
            report.error("P101", key.span, title, label, f"write `{meant}`", hint)
        else:
            free = [one for one in allowed if mapping.get(one) is None]
            there = belongs(name) if what.endswith(_MISTAKEN) else None
            if there is not None:
                report.error("P101", key.span, title, label, there, hint)
            else:
                report.unknown("P101", Word(name, key.span, free), title, label, hint)


def missing_key(node: Node, what: str, key: str, report: Report, hint: str) -> None:
    """Report that a key which must be there is not, at the first character of what lacks it."""
    first = node.entries[0][0].span if isinstance(node, Mapping) and node.entries else node.span
    report.error("P102", first, f"{what} needs `{key}:`", f"`{key}:` is missing", hint)


def chosen(node: Node, key: str, choices: tuple[_T, ...], report: Report) -> _T | None:
    """Return which of a few words stands here."""
    text = text_of(node, f"`{key}:`", report)
    if text is None:
        return None
    for choice in choices:
        if choice == text.value:
            return choice
    hint = f"write one of {', '.join(f'`{choice}`' for choice in choices)}"
    title, label = f"`{key}:` does not know `{text.value}`", "not one of its words"
    meant = meant_by(key, text.value)
    if meant is not None:
        report.error("P104", text.span, title, label, f"did you mean `{meant}`?", hint)
    else:
        report.unknown("P104", Word(text.value, text.span, choices), title, label, hint)
    return None


def whole_number(node: Node, key: str, report: Report) -> int | None:
    """Return a whole number, as `priority: 5` has it."""
    text = text_of(node, f"`{key}:`", report)
    if text is None:
        return None
    digits = text.value.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= 9:
        return int(text.value)
    report.error("P105", text.span, f"`{key}:` is a whole number", "not a whole number", "as in 5")
    return None


def _kind(node: Node) -> str:
    match node:
        case Mapping():
            return "a mapping"
        case Sequence():
            return "a list"
        case Scalar():
            return "a text"
