"""Holidays of a country or a part of one, looked up in the `holidays` package as dated lists."""

from types import ModuleType
from typing import Final

from .diagnostics import Report, Word
from .document import Scalar

__all__ = ["YEARS_AHEAD", "YEARS_BACK", "dates_of"]

YEARS_BACK: Final = 5
"""How far back from the year of compiling the dates of a region reach, so that what happened before
a playbook was written is judged by the same days."""
YEARS_AHEAD: Final = 10
"""How far ahead: longer than any playbook waits, shorter than laws stay as they are."""


def dates_of(region: Scalar, year: int, report: Report) -> tuple[frozenset[str], str] | None:
    """Return a region's holidays around a year as ISO dates, and the last day they are known for.

    None when there is no such region, or nothing to look it up in; both are reported.
    """
    library = _library()
    if library is None:
        title = f"the holidays of `{region.value}` need the package `holidays`"
        hint = "`pip install 'cuebook[holidays]'`, or list the dates"
        report.error("D204", region.span, title, "it is not installed", hint)
        return None
    country, _, part = region.value.partition("-")
    until = year + YEARS_AHEAD
    try:
        found = library.country_holidays(
            country, subdiv=part or None, years=range(year - YEARS_BACK, until + 1)
        )
    except NotImplementedError:
        _unknown(region, library, report)
        return None
    until = min(until, getattr(found, "end_year", until))
    return frozenset(day.isoformat() for day in found), f"{until}-12-31"


def _library() -> ModuleType | None:
    """Load the package only where a region is written: nobody else should pay for it."""
    try:
        import holidays  # noqa: PLC0415 - see above
    except ImportError:
        return None
    return holidays


def _unknown(region: Scalar, library: ModuleType, report: Report) -> None:
    """Report a region that does not exist, with the one that was probably meant."""
    known: dict[str, list[str]] = library.list_supported_countries()
    country, _, part = region.value.partition("-")
    parts = known.get(country)
    if parts is None:
        every = [*known, *(f"{name}-{one}" for name in known for one in known[name])]
        near = [one for one in every if "-" in one or not part]
        hint = "a country of two letters, as in `DE`, and perhaps a part of it: `DE-BE`"
    else:
        near = [f"{country}-{one}" for one in parts]
        shown = ", ".join(f"`{one}`" for one in parts[:20])
        hint = f"the parts of {country} are {shown}" if parts else f"{country} has no parts"
    word = Word(region.value, region.span, near, safe=False)
    title = f"there is no region `{region.value}`"
    report.unknown("D203", word, title, "no holidays are known for it", hint)
