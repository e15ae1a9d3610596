"""Values of a condition as columns of the facts, and what the two databases spell differently."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final, Literal

from sqlalchemy import ColumnElement, Double, and_, bindparam, case, func, literal, literal_column
from sqlalchemy import Text as SqlText

from ..core import expr as E
from ..core.expr import Expr
from ..core.readers import channel_of, is_fixed
from ..core.tzif import EPOCH_DAY
from .facts import BETWEEN, Kind, Layout
from .tables import FACTS

__all__ = ["Columns", "Sql", "Valued", "day_of", "literal_of", "texts"]

Sql = ColumnElement[Any]

_EXACT: Final = 2**53


@dataclass(frozen=True, slots=True)
class Valued:
    """A value as SQL; missing is NULL."""

    sql: Sql
    kind: Kind
    plain: object = None
    """The value itself, where it is written out."""


class Columns:
    """Finds the columns of values; `used` are the bits of those that were found."""

    def __init__(self, layout: Layout, dialect: Literal["sqlite", "postgresql"]) -> None:
        self._layout = layout
        self._dialect = dialect
        self.used = 0
        # With nothing added, so that no index is thought of: all places are asked about.
        self.place: Sql = FACTS.c.place.concat(literal_column("''"))

    def fact(self, *key: str) -> Valued | None:
        """Return a fact's column, None for what has none."""
        fact = self._layout.find(*key)
        if fact is None:
            return None
        self.used |= fact.bit
        return Valued(FACTS.c[fact.column], fact.kind)

    def value(self, expr: Expr) -> Valued | None:
        """Return a value that stands in a column or is written out; None for any other."""
        match expr:
            case E.Attribute(name, path):
                return self.fact("attribute", name, *path)
            case E.Constant(bool() as truth):
                return Valued(literal(float(truth), Double()), "boolean", float(truth))
            case E.Constant(int() | float() as number) if abs(number) <= _EXACT:
                return Valued(literal(float(number), Double()), "number", float(number))
            case E.Constant(str() as words) if texts(words):
                return Valued(literal(words, SqlText()), "text", words)
            case E.DayOf(iso):
                return Valued(literal(float(day_of(iso)), Double()), "date", float(day_of(iso)))
            case E.Count(what, E.AllTime()) if is_fixed(what.where):
                total = self.fact("total", channel_of(what))
                return None if total is None else Valued(func.coalesce(total.sql, 0.0), "number")
            case E.Default(value, otherwise):
                first, second = self.value(value), self.value(otherwise)
                if first is None or second is None or first.kind != second.kind:
                    return None
                return Valued(func.coalesce(first.sql, second.sql), first.kind)
            case _:
                return None

    def holds(self, items: Sql, item: str) -> Sql:
        """Ask whether a list has an item."""
        return self.inside("contains", items, literal(f"{BETWEEN}{item}{BETWEEN}", SqlText()))

    def later(self, maybe: Sql, sure: Sql) -> Sql:
        """Return the later of two instants, of which the first may be missing."""
        return case((maybe > sure, maybe), else_=sure)

    def chosen(self, alike: Mapping[Any, Sequence[str]]) -> Sql:
        """Return one of several numbers: the one of the places that a customer's is among."""
        *others, last = alike.items()
        final: Sql = literal(float(last[0]), Double())
        if not others:
            return final
        found: list[tuple[Sql, Sql]] = [
            (self.place.in_(names), literal(float(one), Double())) for one, names in others
        ]
        return case(*found, else_=final)

    def like(self, text: Sql, pattern: str) -> Sql:
        """Ask whether a text fits a pattern in which `*` stands for any characters."""
        pieces = pattern.split("*")
        if self._dialect == "sqlite":
            # GLOB has a star of its own, and minds case; its other signs stand in brackets.
            spelt = "*".join("".join(f"[{c}]" if c in "?[" else c for c in one) for one in pieces)
            return text.op("GLOB", is_comparison=True)(bindparam(None, spelt, SqlText()))
        spelt = "%".join("".join(f"\\{c}" if c in "\\%_" else c for c in one) for one in pieces)
        return text.like(spelt, escape="\\")

    def inside(self, op: str, text: Sql, part: Sql) -> Sql:
        """Ask whether a text contains another one, starts with it or ends with it."""
        if op == "contains":
            find = func.instr if self._dialect == "sqlite" else func.strpos
            return find(text, part) > 0
        length = func.length(part)
        if op == "starts with":
            return func.substr(text, 1, length) == part
        whole = func.length(text)
        return and_(whole >= length, func.substr(text, whole - length + 1) == part)


def day_of(iso: str) -> int:
    """Return a date as the days since 1970."""
    return date.fromisoformat(iso).toordinal() - EPOCH_DAY


def texts(words: str) -> bool:
    """Whether a text can be handed to any database as it is."""
    try:
        words.encode()
    except UnicodeEncodeError:
        return False
    return "\0" not in words


def literal_of(
    pattern: str,
) -> tuple[Literal["==", "starts with", "ends with", "contains"] | None, str]:
    r"""Return how a text relates to another one that fits a pattern without signs: None for others.

    >>> literal_of(r"@acme\.com$"), literal_of("a+")
    (('ends with', '@acme.com'), (None, ''))
    """
    found = _LITERAL.fullmatch(pattern)
    if found is None or not texts(pattern):
        return None, ""
    begins, words, ends = found.groups()
    op = _ANCHORED[bool(begins), bool(ends)]
    return op, _ESCAPED.sub(r"\1", words)


# What is escaped is a sign: a letter or a digit would mean something else.
_LITERAL: Final = re.compile(r"(\^?)((?:[^\\^$.|?*+()\[\]{}]|\\[!-/:-@\[-`{-~])*)(\$?)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)
_ANCHORED: Final[Mapping[tuple[bool, bool], Literal["==", "starts with", "ends with", "contains"]]] = {
    (True, True): "==", (True, False): "starts with", (False, True): "ends with",
    (False, False): "contains",
}  # fmt: skip
