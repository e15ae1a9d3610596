"""How names, texts and stages are spelt: as they are, or in quotes where they would read otherwise."""

import json
import re
from typing import Final

__all__ = [
    "NAME",
    "WEEKDAYS",
    "is_free",
    "say_clock",
    "say_days",
    "say_name",
    "say_stage",
    "say_text",
]

NAME: Final = re.compile(r"[^\W\d_]\w*(?:-\w+)*")
_RESERVED: Final = frozenset(
    [
        "after",
        "all",
        "and",
        "any",
        "as",
        "at",
        "avg",
        "before",
        "between",
        "changes",
        "contains",
        "count",
        "customer",
        "date",
        "days",
        "default",
        "drops",
        "ends",
        "enters",
        "event",
        "ever",
        "every",
        "false",
        "first",
        "for",
        "from",
        "has",
        "if",
        "ignoring",
        "in",
        "is",
        "last",
        "leaves",
        "like",
        "matches",
        "max",
        "min",
        "missing",
        "next",
        "no",
        "none",
        "not",
        "now",
        "number",
        "of",
        "on",
        "or",
        "present",
        "rises",
        "segment",
        "since",
        "stage",
        "starts",
        "stop",
        "sum",
        "then",
        "time",
        "to",
        "today",
        "trigger",
        "true",
        "unless",
        "until",
        "value",
        "wait",
        "when",
        "where",
        "while",
        "with",
        "within",
        "without",
    ]
)


def say_name(name: str) -> str:
    """Spell a declared name: as it is, or in quotes where it would read as something else.

    >>> say_name("go-live"), say_name("Order Completed"), say_name("first")
    ('go-live', '"Order Completed"', '"first"')
    """
    return name if is_free(name) else say_text(name)


def say_text(text: str) -> str:
    r"""Spell a text in quotes, double ones unless only single ones fit.

    A text that fits in neither cannot be written by an author; it is spelt as JSON.

    >>> say_text("pro"), say_text('5" pipe')
    ('"pro"', '\'5" pipe\'')
    """
    if "\n" in text or ('"' in text and "'" in text):
        return json.dumps(text, ensure_ascii=False)
    return f"'{text}'" if '"' in text else f'"{text}"'


def say_stage(name: object) -> str:
    """Spell a stage by its declared name: bare where every part of it may stand bare.

    >>> say_stage("engagement.trial"), say_stage("at risk")
    ('engagement.trial', '"at risk"')
    """
    text = str(name)
    return text if all(map(is_free, text.split("."))) else say_text(text)


WEEKDAYS: Final = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
"""The days of the week by their numbers, Monday 0."""


def say_days(on: tuple[int, ...] | str) -> str:
    """Spell the days something is for: `business days`, or weekdays by their numbers.

    >>> say_days((0, 4)), say_days("business days")
    ('mon, fri', 'business days')
    """
    return on if isinstance(on, str) else ", ".join(WEEKDAYS[day][:3] for day in on)


def say_clock(minutes: int) -> str:
    """Spell a time of day, given in minutes after midnight.

    >>> say_clock(9 * 60)
    '09:00'
    """
    return f"{minutes // 60:02}:{minutes % 60:02}"


def is_free(name: str) -> bool:
    """Tell whether a name may stand bare anywhere."""
    return NAME.fullmatch(name) is not None and name.casefold() not in _RESERVED
