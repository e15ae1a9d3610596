"""Values out of a body of the log, converted in the database as the door converts them.

A body is JSON as it came: a number may be a text, a name spelt in any way. What does not convert is
missing. Both databases come to the same, so that a report does not depend on where it is asked.
"""

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
    """What both databases share; each says how it reads JSON.

    `body` mends a body, `kind` and `found` look a key up in it, and the rest converts what they
    found: three steps, each in a query around the one before, so that none is done twice for a row.
    """

    @staticmethod
    def body(text: Column) -> Column:
        """Return a body in the form that the other functions read."""
        raise NotImplementedError

    @staticmethod
    def present(body: Column, key: str) -> Column:
        """Whether a body has a key, also one with null."""
        raise NotImplementedError

    @staticmethod
    def kind(body: Column, key: str) -> Column:
        """Return what kind of JSON stands under a key; NULL where nothing does."""
        raise NotImplementedError

    @staticmethod
    def found(body: Column, key: str) -> Column:
        """Return what stands under a key, whatever it is."""
        raise NotImplementedError

    @staticmethod
    def keys(body: Column) -> Any:
        """Return the keys of a body as rows with a column `key`, to be joined."""
        raise NotImplementedError

    def text(self, kind: Column, found: Column) -> Column:
        """Return what was found as text: texts, numbers, `true` and `false`; else missing."""
        raise NotImplementedError

    def number(self, kind: Column, found: Column) -> Column:
        """Return what was found as a double, if it is a number or a text that holds one."""
        raise NotImplementedError

    def value(self, kind: Column, found: Column, wanted: Type) -> Column:
        """Return what was found as a value of a declared type."""
        given: Column
        match sort_of(wanted):
            case Sort.NUMBER:
                return self.number(kind, found)
            case Sort.BOOLEAN:
                given = func.lower(func.trim(self.text(kind, found), _SPACE))
                return cast(case(_BOOLEANS, value=given, else_=null()), Boolean)
            case Sort.TEXT if wanted.options:
                options = {fold(option): option for option in wanted.options}
                given = folded(func.trim(self.text(kind, found), _SPACE))
                return case(options, value=given, else_=null())
            case Sort.TEXT:
                return self.text(kind, found)


class Sqlite(Values):
    """SQLite's JSON functions."""

    @staticmethod
    def body(text: Column) -> Column:
        """Return a body that is JSON."""
        mended = text
        for before in ":,[":
            for word in _NUMBERLESS:
                mended = func.replace(mended, before + word, f"{before}null")
        return case((func.json_valid(text) == 1, text), else_=mended)

    @staticmethod
    def present(body: Column, key: str) -> Column:
        """Whether a body has a key."""
        return func.json_type(body, _path(key)).is_not(None)

    @staticmethod
    def kind(body: Column, key: str) -> Column:
        """Return the kind, as `text`, `integer`, `real` or `true`."""
        return func.json_type(body, _path(key))

    @staticmethod
    def found(body: Column, key: str) -> Column:
        """Return a value of SQLite."""
        return func.json_extract(body, _path(key))

    @staticmethod
    def keys(body: Column) -> Any:
        """Return the keys of a body as rows."""
        return func.json_each(body).table_valued("key", name="each_key")

    def text(self, kind: Column, found: Column) -> Column:
        """Return a value as text."""
        return case(
            (kind.in_(("text", "integer", "real")), cast(found, Text)),
            (kind.in_(("true", "false")), kind),
            else_=null(),
        )

    def number(self, kind: Column, found: Column) -> Column:
        """Return a value as a double."""
        text = func.trim(found, _SPACE)
        return case(
            (kind.in_(("integer", "real")), _finite(cast(found, Double))),
            (kind == "text", case((_is_number(text), _finite(cast(text, Double))), else_=null())),
            else_=null(),
        )


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

    @staticmethod
    def body(text: Column) -> Column:
        """Return a body as `jsonb`."""
        odd = ("NaN", "Infinity", "\\u0000", "\\ud")
        plain = and_(*(func.strpos(text, one) == 0 for one in odd))
        words = "|".join(_NUMBERLESS)
        mended = func.regexp_replace(text, f"([:,[])({words})", "\\1null", "g")
        mended = func.regexp_replace(mended, _HALVES, "\\\\ufffd", "g")
        return cast(case((plain, text), else_=mended), JSONB)

    @staticmethod
    def present(body: Column, key: str) -> Column:
        """Whether a body has a key."""
        return func.jsonb_exists(body, key)

    @staticmethod
    def kind(body: Column, key: str) -> Column:
        """Return the kind, as `string`, `number` or `boolean`."""
        return func.jsonb_typeof(func.jsonb_extract_path(body, key))

    @staticmethod
    def found(body: Column, key: str) -> Column:
        """Return a value as text."""
        return func.jsonb_extract_path_text(body, key)

    @staticmethod
    def keys(body: Column) -> Any:
        """Return the keys of a body as rows."""
        return func.jsonb_object_keys(body).table_valued("key", name="each_key").render_derived()

    def text(self, kind: Column, found: Column) -> Column:
        """Return a value as text."""
        return case((kind.in_(("string", "number", "boolean")), found), else_=null())

    def number(self, kind: Column, found: Column) -> Column:
        """Return a value as a double."""
        text = func.btrim(found, _SPACE)
        short = func.length(text) <= _LONGEST
        spelt = text.op("~")(r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d{1,2})?$")
        return case(
            ((kind == "number") & short, cast(found, Double)),
            ((kind == "string") & short & spelt, cast(text, Double)),
            else_=null(),
        )
