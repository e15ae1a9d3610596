"""The words a template is written in: what it may name, and what may stand after `|` and `is`.

`check` reads them here; `engine/filters.py` and `engine/templates.py` give them their meaning.
"""

from typing import Final

__all__ = ["FILTERS", "LOCALIZED", "LONGEST", "NAMES", "TESTS"]

LONGEST: Final = 32_000
"""Characters of a template, as it is written."""

NAMES: Final = ("customer", "event", "trigger", "run", "now", "messages", "each")
"""What a template may name; everything else it must have named itself, by `for` or `set`."""

LOCALIZED: Final = ("decimal", "listed", "money")
"""Filters that write as people of the customer's language do."""

FILTERS: Final = (
    *LOCALIZED,
    *("abs", "capitalize", "date", "default", "escape", "first", "int", "join", "json", "last"),
    *("length", "list", "lower", "map", "max", "min", "number", "replace", "round", "sort", "sum"),
    *("title", "trim", "truncate", "unique", "upper", "urlencode"),
)
TESTS: Final = ("defined", "undefined", "odd", "even", "divisibleby", "in", "string", "number")
