"""What there is to say about a code: why it exists, and a mistake that draws it."""

import json
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Final

from .codes import CODES

__all__ = ["FAMILIES", "Explanation", "explanation", "near"]

FAMILIES: Final = {
    "Y": "YAML",
    "S": "syntax",
    "N": "names",
    "T": "types",
    "M": "missing values",
    "D": "dates and times",
    "P": "playbooks",
    "A": "actions",
    "L": "style",
}


@dataclass(frozen=True, slots=True)
class Explanation:
    """One code, explained."""

    code: str
    family: str
    why: str
    """One sentence."""
    example: str
    """How a mistake of this kind is told, with the line it stands in; empty for one of a file."""


def explanation(code: str) -> Explanation | None:
    """Return what there is to say about a code, however it is written; None for one of nobody."""
    known = code.upper()
    if known not in CODES:
        return None
    return Explanation(known, FAMILIES[known[0]], CODES[known], _examples().get(known, ""))


def near(code: str) -> tuple[str, ...]:
    """Return the codes that were probably meant."""
    return tuple(get_close_matches(code.upper(), CODES, n=3, cutoff=0.5))


@cache
def _examples() -> dict[str, str]:
    found: dict[str, str] = json.loads(Path(__file__).with_name("examples.json").read_bytes())
    return found
