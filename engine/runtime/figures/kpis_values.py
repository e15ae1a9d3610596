"""Values out of a body of the log, converted in the database as the door converts them.

A body is JSON as it came: a number may be a text, a name spelt in any way. What does not convert is
missing. Both databases come to the same, so that a report does not depend on where it is asked.
"""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import (
    Boolean,
    ColumnElement,
    Double,
    Text,
    and_,
    case,
    cast,
    func,
    null,
    or_,
)
from sqlalchemy.dialects.postgresql import JSONB

from ...core.vocabulary import Type, fold
from .kpis_columns import Sort, sort_of

__all__ = ["Postgresql", "Sqlite", "Values", "folded"]

_SPACE: Final = " \t\r\n\v\f"
_BOOLEANS: Final = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LONGEST: Final = 308
"""Digits of a number that a double can hold."""
_NUMBERLESS: Final = ("NaN", "Infinity", "-Infinity")
"""What Python writes into JSON for numbers that JSON does not have: missing."""
_HALVES: Final = (
    r"\\u0000|\\ud[89ab][0-9a-f]{2}(?!\\ud[c-f])|(?<!\\ud[89ab][0-9a-f]{2})\\ud[c-f][0-9a-f]{2}"
)
"""Signs that PostgreSQL keeps in no text: NUL, and halves of surrogate pairs."""

Column = ColumnElement[Any]


def folded(text: Column) -> Column:
    """Reduce a name to what its spellings share, as far as letters are ASCII."""
    return func.lower(func.replace(func.replace(text, " ", "-"), "_", "-"))


class Values:
    """What both databases share; each says how it reads JSON."""

    def __init__(self, body: Column) -> None:
        self.body = body

    def present(self, key: str) -> Column:
        """Whether a body has a key, also one with null."""
        raise NotImplementedError

    def text(self, key: str) -> Column:
        """Return the value of a key as text: texts, numbers, `true` and `false`; else missing."""
        raise NotImplementedError

    def number(self, key: str) -> Column:
        """Return the value of a key as a double, if it is a number or a text that holds one."""
        raise NotImplementedError

    def keys(self) -> Any:
        """Return the keys of a body as rows with a column `key`, to be joined."""
        raise NotImplementedError

    def value(self, spellings: Sequence[str], kind: Type) -> Column:
        """Return the value under the first of several spellings that has one."""
        found = [self._one(key, kind) for key in spellings]
        return func.coalesce(*found) if len(found) > 1 else found[0]

    def _one(self, key: str, kind: Type) -> Column:
        match sort_of(kind):
            case Sort.NUMBER:
                return self.number(key)
            case Sort.BOOLEAN:
                given = func.lower(func.trim(self.text(key), _SPACE))
                return cast(case(_BOOLEANS, value=given, else_=null()), Boolean)
            case Sort.TEXT if kind.options:
                options = {fold(option): option for option in kind.options}
                return case(options, value=folded(func.trim(self.text(key), _SPACE)), else_=null())
            case Sort.TEXT:
                return self.text(key)


class Sqlite(Values):
    """SQLite's JSON functions."""

    def __init__(self, body: Column) -> None:
        mended = body
        for before in ":,[":
            for word in _NUMBERLESS:
                mended = func.replace(mended, before + word, f"{before}null")
        super().__init__(case((func.json_valid(body) == 1, body), else_=mended))

    def present(self, key: str) -> Column:
        """Whether a body has a key."""
        return func.json_type(self.body, _path(key)).is_not(None)

    def text(self, key: str) -> Column:
        """Return a value as text."""
        kind, found = (
            func.json_type(self.body, _path(key)),
            func.json_extract(self.body, _path(key)),
        )
        return case(
            (kind.in_(("text", "integer", "real")), cast(found, Text)),
            (kind.in_(("true", "false")), kind),
            else_=null(),
        )

    def number(self, key: str) -> Column:
        """Return a value as a double."""
        kind, found = (
            func.json_type(self.body, _path(key)),
            func.json_extract(self.body, _path(key)),
        )
        text = func.trim(found, _SPACE)
        return case(
            (kind.in_(("integer", "real")), _finite(cast(found, Double))),
            (kind == "text", case((_is_number(text), _finite(cast(text, Double))), else_=null())),
            else_=null(),
        )

    def keys(self) -> Any:
        """Return the keys of a body as rows."""
        return func.json_each(self.body).table_valued("key", name="each_key")


def _path(key: str) -> str:
    return f'$."{key}"'


def _finite(number: Column) -> Column:
    return case((func.abs(number) < 1e308, number), else_=null())


def _is_number(text: Column) -> Column:
    """Whether a text is a number: digits with at most one point, or as JSON writes one."""
    sign = func.substr(text, 1, 1).in_(("+", "-"))
    bare = case((sign, func.substr(text, 2)), else_=text)
    points = func.length(bare) - func.length(func.replace(bare, ".", ""))
    plain = (points <= 1) & bare.op("NOT GLOB")("*[^0-9.]*") & bare.op("GLOB")("*[0-9]*")
    return or_(plain, (func.json_valid(bare) == 1) & bare.op("GLOB")("[0-9]*"))


class Postgresql(Values):
    """PostgreSQL's `jsonb`; looked at sign by sign only where something odd may be in it."""

    def __init__(self, body: Column) -> None:
        odd = ("NaN", "Infinity", "\\u0000", "\\ud")
        plain = and_(*(func.strpos(body, one) == 0 for one in odd))
        words = "|".join(_NUMBERLESS)
        mended = func.regexp_replace(body, f"([:,[])({words})", "\\1null", "g")
        mended = func.regexp_replace(mended, _HALVES, "\\\\ufffd", "g")
        fine = case((plain, body), else_=mended)
        super().__init__(cast(fine, JSONB))

    def present(self, key: str) -> Column:
        """Whether a body has a key."""
        return func.jsonb_exists(self.body, key)

    def text(self, key: str) -> Column:
        """Return a value as text."""
        kind = func.jsonb_typeof(self._at(key))
        found = func.jsonb_extract_path_text(self.body, key)
        return case((kind.in_(("string", "number", "boolean")), found), else_=null())

    def number(self, key: str) -> Column:
        """Return a value as a double."""
        kind = func.jsonb_typeof(self._at(key))
        found = func.jsonb_extract_path_text(self.body, key)
        text = func.btrim(found, _SPACE)
        short = func.length(text) <= _LONGEST
        spelt = text.op("~")(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$")
        return case(
            ((kind == "number") & short, cast(found, Double)),
            ((kind == "string") & short & spelt, cast(text, Double)),
            else_=null(),
        )

    def keys(self) -> Any:
        """Return the keys of a body as rows."""
        return (
            func.jsonb_object_keys(self.body).table_valued("key", name="each_key").render_derived()
        )

    def _at(self, key: str) -> Column:
        return func.jsonb_extract_path(self.body, key)
