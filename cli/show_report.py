"""A report for people at a terminal, and as CSV: both of the same sheets."""

import csv
import io
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, TextIO

from .terminal import Paint, count, harmless, painted_table

if TYPE_CHECKING:  # the engine is loaded when it is asked
    from ..engine.runtime.figures.report import Report
    from ..engine.runtime.figures.sheets import Cell, Sheet

__all__ = ["as_csv", "as_text", "shows_signs"]

_MOST_COLUMNS: Final = 12
"""Columns a person can read side by side; the others are in the other formats."""
_LONG: Final = ("flow",)
"""Figures that are looked at as a picture; `--format html` draws them, `csv` tells them."""
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a table calculator takes for the beginning of a formula."""


def shows_signs(stream: TextIO | None) -> bool:
    """Whether a stream can show the signs of a sparkline; a file of ours can."""
    if stream is None:
        return True
    encoding = (getattr(stream, "encoding", None) or "").casefold().replace("-", "")
    return encoding.startswith("utf") and os.environ.get("TERM") != "dumb"


def as_text(told: "Report", *, color: bool, plain: bool) -> Iterator[str]:
    """Yield the report in lines, sheet after sheet."""
    from ..engine.runtime.figures.sheets import day, filled, sheets  # noqa: PLC0415 - see above

    paint = Paint(color)
    first, last = day(told.since, told.zone), day(told.until - 1, told.zone)
    head = f"{told.project}: {first} to {last} ({told.zone}), by {told.per}"
    yield f"{paint.bold(harmless(head))}\n"
    for sheet in map(filled, sheets(told)):
        if sheet.figure in _LONG:
            continue
        about = f"{sheet.about}: " if sheet.about else ""
        yield f"\n{paint.cyan(harmless(about + sheet.title))}\n"
        yield from (f"{harmless(said)}\n" for said in sheet.said)
        if sheet.rows:
            yield _table(sheet, paint, plain=plain) + "\n"
        if len(sheet.columns) > _MOST_COLUMNS:
            more = count(len(sheet.columns) - _MOST_COLUMNS)
            yield paint.dim(f"… and {more} more columns; --format html and csv tell them") + "\n"


def _table(sheet: "Sheet", paint: Paint, *, plain: bool) -> str:
    from ..engine.runtime.figures.wording import shown  # noqa: PLC0415 - see above

    kept = sheet.columns[:_MOST_COLUMNS]
    rows = [
        [shown(cell, column, plain=plain) for cell, column in zip(row, kept, strict=False)]
        for row in sheet.rows
    ]
    return painted_table(rows, [column.head or column.name for column in kept], paint)


def as_csv(told: "Report") -> Iterator[str]:
    """Yield a line for each number: figure, about, item, measure, part, value.

    Shares are parts of one and lengths of time seconds. A text that a table calculator would take
    for a formula begins with an apostrophe.
    """
    from ..engine.runtime.figures.sheets import sheets  # noqa: PLC0415 - see above

    yield _line(("figure", "about", "item", "measure", "part", "value"))
    names = [span.name for span in told.spans]
    for sheet in sheets(told):
        for row in sheet.rows:
            for item, measure, part, value in _numbers(sheet, row, names):
                yield _line((sheet.figure, sheet.about, item, measure, part, value))


def _numbers(
    sheet: "Sheet", row: "tuple[Cell, ...]", names: list[str]
) -> Iterator[tuple[str, str, str, object]]:
    cells = list(zip(row, sheet.columns, strict=True))
    item = " / ".join(str(cell) for cell, column in cells if column.kind == "text" and cell)
    for cell, column in cells:
        if isinstance(cell, tuple):
            for name, value in zip(names, cell, strict=True):
                yield item, column.name, name, value
        elif column.kind != "text" and cell is not None:
            yield item, column.name, "", getattr(cell, "value", cell)


def _line(cells: tuple[object, ...]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerow([_safe(cell) for cell in cells])
    return out.getvalue()


def _safe(cell: object) -> object:
    """Return a text that no table calculator runs; numbers are numbers."""
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
