"""Cells as people read them, and the picture of a flow: for terminals and pages alike."""

from ...sparks import spark
from ...streams import Band, as_sankey
from .report import Report
from .sheets import Cell, Column, Quantity, day, took
from .stages import NOT_YET, Lifecycle

__all__ = ["flowing", "shade", "shown"]


def shown(cell: Cell, column: Column, *, plain: bool = False) -> str | int | None:
    """Return a cell as people read it; whole numbers stay what they are, to stand to the right."""
    match cell, column.kind:
        case None, _:
            return None
        case Quantity(value, "%"), _:
            return f"{value:.1%}"
        case Quantity(value, unit), _:
            return f"{f'{value:,.2f}'.removesuffix('.00')} {unit}".strip()
        case tuple(), _:
            return spark(cell, plain=plain)
        case int() | float(), "share":
            return f"{cell:.1%}"
        case int() | float(), "points":
            return f"{cell * 100:+.1f}"
        case int() | float(), "seconds":
            return took(cell)
        case float(), _:
            return f"{cell:,.2f}"
        case _:
            return cell


def shade(cell: Cell) -> int:
    """Return in which of ten shades a share stands; 0 for none.

    >>> shade(0.0), shade(0.04), shade(1.0), shade(None)
    (0, 1, 10, 0)
    """
    return -int(-cell * 10 // 1) if isinstance(cell, int | float) else 0


def flowing(one: Lifecycle, told: Report) -> str:
    """Return the flow through a lifecycle as SVG; who is in no stage stands below, without colour."""
    bands = [Band(flow.place, flow.old, flow.new, flow.customers) for flow in one.flows]
    bands += _still_to_come(one)
    drawn = {name: None for band in bands for name in (band.old, band.new)}
    order = [stage.stage for stage in one.stages if stage.stage in drawn]
    aside = [name for name in drawn if name not in order]
    title = f"Flow through the stages of {one.name}"
    days = [day(at, told.zone) for at in one.marks]
    return as_sankey(title, days, [*order, *aside], bands, frozenset(aside))


def _still_to_come(one: Lifecycle) -> list[Band]:
    """Return a band between two instants for all who come later, so that everybody is in each column."""
    came = [
        sum(flow.customers for flow in one.flows if (flow.place, flow.old) == (place, NOT_YET))
        for place in range(len(one.marks) - 1)
    ]
    later = [(place, sum(came[place + 1 :])) for place in range(len(came))]
    return [Band(place, NOT_YET, NOT_YET, number) for place, number in later if number]
