"""Dates, money, numbers and lists as people of a language write them, for templates; knows Babel."""

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from types import ModuleType
from typing import Any, Final

from .core.wording import LOCALIZED

__all__ = ["LENGTHS", "by_length", "decimal", "listed", "money"]

LENGTHS: Final = ("short", "medium", "long", "full")
"""How much of a date is written out, as `| date("long")` says."""
_OTHERWISE: Final = "en"
"""The locale of whoever has none, or one that nobody knows."""


def by_length(value: date, length: str, locale: object) -> str:
    """Return a day as people write it; of an instant, its day on the clocks of its zone."""
    day = value.date() if isinstance(value, datetime) else value
    return str(_babel("dates").format_date(day, length, locale=_locale(locale)))


def money(value: object, currency: object, *, locale: object = "") -> str:
    """Return an amount with its currency: 1234.5 in EUR is €1,234.50, or 1.234,50 €."""
    if not (isinstance(currency, str) and re.fullmatch("[A-Z]{3}", currency)):
        raise ValueError('`| money` takes a currency of three letters, as in `| money("EUR")`')
    amount = _number(value, "money")
    return str(_babel("numbers").format_currency(amount, currency, locale=_locale(locale)))


def decimal(value: object, *, locale: object = "") -> str:
    """Return a number with the separators of a language: 1234.5 is 1,234.5, or 1.234,5."""
    return str(_babel("numbers").format_decimal(_number(value, "decimal"), locale=_locale(locale)))


def listed(values: Iterable[object], *, locale: object = "") -> str:
    """Return texts as a list in a sentence: a, b and c."""
    texts = list(values) if isinstance(values, list) else []
    if len(texts) == 0 or not all(isinstance(text, str) for text in texts):
        raise TypeError("`| listed` takes a list of texts")
    return str(_babel("lists").format_list(texts, locale=_locale(locale)))


def _number(value: object, name: str) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"`| {name}` takes a number")
    return value


def _locale(name: object) -> Any:
    """Return the locale of a name such as `de` or `pt-BR`, that of its language, or the usual one."""
    return _found(name if isinstance(name, str) else "")


@lru_cache(maxsize=1_000)
def _found(name: str) -> Any:
    core = _babel("core")
    for tag in (name.replace("-", "_"), name.replace("-", "_").partition("_")[0]):
        try:
            return core.Locale.parse(tag)
        except (ValueError, TypeError, core.UnknownLocaleError):
            continue
    return core.Locale.parse(_OTHERWISE)


def _babel(part: str) -> ModuleType:
    from importlib import import_module  # noqa: PLC0415 - few templates need it

    try:
        return import_module(f"babel.{part}")
    except ImportError:
        names = ", ".join(f"`{name}`" for name in LOCALIZED)
        raise ValueError(f"{names} need more: pip install 'cuebook[locale]'") from None
