"""One-line texts in their canonical spelling: spaces, arrows, quotes and units; meaning untouched."""

import re
from collections.abc import Sequence
from typing import Final

from .parser import Mistake, Token, parse, tokens

__all__ = ["respelt"]

_TIGHT_BEFORE: Final = frozenset({"RPAR", "RSQB", "COMMA", "SEMICOLON", "COLON", "DOT_NAME"})
_TIGHT_AFTER: Final = frozenset({"LPAR", "LSQB", "SUB"})
_UNITS: Final = {"h": "hour", "d": "day", "w": "week"}
_LENGTH: Final = re.compile(r"(?P<count>[0-9]+(?:\.[0-9]+)?)\s*(?P<unit>[a-z][a-z\s]*)")


def respelt(text: str, start: str) -> str | None:
    """Return a text, read as one `start` of the grammar, the way all are spelt.

    None for what cannot be read, and for what holds a comment.

    >>> respelt("no login   for 14d", "condition")
    'no login for 14 days'
    >>> respelt("on go-live → check-in after 1 days", "rule")
    'on go-live -> check-in after 1 day'
    """
    found = list(tokens(text))
    if not found or _comments(text, found) or isinstance(parse(found, start), Mistake):
        return None
    words = [_word(token) for token in found]
    out = words[0]
    for before, token, word in zip(found, found[1:], words[1:], strict=False):
        tight = token.kind in _TIGHT_BEFORE or before.kind in _TIGHT_AFTER
        out += word if tight else f" {word}"
    return out


def _comments(text: str, found: Sequence[Token]) -> bool:
    """Whether anything but space stands between the tokens."""
    ends = [0, *(token.end for token in found)]
    starts = [*(token.start for token in found), len(text)]
    return any(text[end:start].strip() for end, start in zip(ends, starts, strict=True))


def _word(token: Token) -> str:
    match token.kind:
        case "STRING" if token.text[0] == "'" and '"' not in token.text:
            return f'"{token.text[1:-1]}"'
        case "STRING" | "DOT_NAME":
            return token.text
        case "DURATION" | "AGO":
            return _length(" ".join(token.text.split()))
        case "ARROW":
            return "->"
        case "CLOCK":
            return token.text.zfill(5)
        case "IN_LAST" | "IN_NEXT":
            return f"in {token.text.split()[-1]}"
        case _:
            return " ".join(token.text.split())


def _length(text: str) -> str:
    """Spell a length of time out: `7d` is `7 days`, `1 days ago` is `1 day ago`."""
    ago = " ago" if text.endswith(" ago") else ""
    found = _LENGTH.fullmatch(text.removesuffix(" ago"))
    if found is None:
        return text
    unit = found["unit"].strip().removesuffix("s")
    count = found["count"]
    if "." in count:
        count = count.rstrip("0").rstrip(".")
    count = count.lstrip("0") or "0"
    count = f"0{count}" if count.startswith(".") else count
    return f"{count} {_UNITS.get(unit, unit)}{'' if count == '1' else 's'}{ago}"
