"""A report as one page that needs nothing else: no script, nothing from the network, for any paper."""

from collections.abc import Iterator, Mapping
from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Final

from ..engine.sparks import STYLE as SPARKS
from ..engine.sparks import as_svg
from ..engine.streams import STYLE as STREAMS
from .terminal import count, harmless

if TYPE_CHECKING:  # the engine is loaded when it is asked
    from ..engine.runtime.figures.report import Report
    from ..engine.runtime.figures.sheets import Cell, Column, Sheet

__all__ = ["page"]

_STYLE: Final = """
:root { color-scheme: light dark; --rule: #8884; --dim: #6b6b6b; --paper: #fff; --shade: 59 111 182;
  --c0: #3b6fb6; --c1: #c9721f; --c2: #3d8a5f; --c3: #b8453c;
  --c4: #7d5fb2; --c5: #8a6d4d; --c6: #23868a; --c7: #84909c; }
@media screen and (prefers-color-scheme: dark) { :root { --dim: #9aa4ae; --paper: #14191f; --shade: 111 159 224;
  --c0: #6f9fe0; --c1: #e0944d; --c2: #62b487; --c3: #e0776d;
  --c4: #a78bdc; --c5: #b89873; --c6: #4fb5ba; --c7: #94a1ae; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1040px; margin: 2rem auto; padding: 0 1rem;
  background: var(--paper); }
h1 { font-size: 1.5rem; margin-bottom: 0; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .3rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .2rem; } p { margin: .2rem 0; }
h1, h2 { overflow-wrap: anywhere; } td a { color: inherit; text-decoration-color: var(--dim); }
.side { display: flex; flex-wrap: wrap; gap: 0 3rem; } .side > div { min-width: 0; max-width: 100%; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0;
  border-bottom: 1px solid var(--rule); }
th { color: var(--dim); font-weight: 500; } .n, td:first-child { white-space: nowrap; }
.n { text-align: right; } .long { white-space: normal; overflow-wrap: anywhere; min-width: 12rem; }
td.bar { padding-left: 3rem; background: linear-gradient(to right, rgb(var(--shade) / 35%) var(--is), #0000 0)
  no-repeat .3rem 50% / calc(100% - 1.1rem) 70%; }
th.shade, td.shade { padding: .2rem .5rem; } .s0 { color: var(--dim); }
{shades}.dim { color: var(--dim); } summary { cursor: pointer; color: var(--dim); }
.c0 { fill: var(--c0); } .c1 { fill: var(--c1); } .c2 { fill: var(--c2); } .c3 { fill: var(--c3); }
.c4 { fill: var(--c4); } .c5 { fill: var(--c5); } .c6 { fill: var(--c6); } .c7 { fill: var(--c7); }
@media print { :root { color-scheme: light; } @page { margin: 1.4cm; }
  body { max-width: none; margin: 0; font-size: 11px; } h2, h3 { break-after: avoid; }
  tr, svg { break-inside: avoid; } td { print-color-adjust: exact; } .wide { overflow: visible; }
  svg.sankey { min-width: 0; } th, td { padding-right: .5rem; }
  .many { font-size: 8px; } .many th, .many td { padding: .1rem .2rem; } }
"""
_BARS: Final = ("steps", "endings")
"""Figures whose shares are drawn as bars, too."""
_LONG: Final = ("way", "reason", "what")
"""Columns with texts of any length."""
_MANY: Final = 12
"""Columns that paper has room for."""
_SHADES: Final = "".join(
    f".s{number} {{ background: rgb(var(--shade) / {number * 7}%); }}\n" for number in range(1, 11)
)
_HEAD: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
"""


def page(told: "Report") -> Iterator[str]:
    """Yield the page: the overview, each playbook, channels, lifecycles, cohorts and ways."""
    from ..engine.runtime.figures.sheets import day, filled, sheets  # noqa: PLC0415 - see above

    first, last = day(told.since, told.zone), day(told.until - 1, told.zone)
    title = _text(f"Report of {told.project}")
    yield _HEAD.format(title=title, style=_STYLE.replace("{shades}", _SHADES) + STREAMS + SPARKS)
    yield f'<p class="dim">{first} to {last}, {_text(told.zone)}, by {told.per}</p>\n'
    found = list(map(filled, sheets(told)))
    there = {sheet.about: number for number, sheet in enumerate(found)}  # Where links lead.
    for (_, about), own in groupby(found, key=_section):
        if about:
            yield _headed(about, f"p{there[about]}", told)
        level = 3 if about else 2
        yield '<div class="side">\n'
        for sheet in own:
            yield f"<div><h{level}>{_text(_titled(sheet))}</h{level}>\n"
            yield from _sheet(sheet, told, there)
            yield "</div>\n"
        yield "</div>\n"
    yield "</body>\n</html>\n"


def _section(sheet: "Sheet") -> tuple[bool, str]:
    """Return what stands together: KPIs, those that lead beside those that lag, and what is of one thing."""
    of_numbers = sheet.figure == "kpis"
    return of_numbers, "" if of_numbers else sheet.about


def _titled(sheet: "Sheet") -> str:
    return (
        f"{sheet.title}: {sheet.about}" if sheet.figure == "kpis" and sheet.about else sheet.title
    )


def _headed(about: str, link: str, told: "Report") -> str:
    titles = {play.playbook: play.title for play in told.plays}
    title = f'<p class="dim">{_text(titles[about])}</p>\n' if titles.get(about) else ""
    return f'<h2 id="{link}">{_text(about)}</h2>\n{title}'


def _sheet(sheet: "Sheet", told: "Report", there: Mapping[str, int]) -> Iterator[str]:
    from ..engine.runtime.figures.wording import flowing  # noqa: PLC0415 - see above

    yield from (f"<p>{_text(said)}</p>\n" for said in sheet.said)
    if not sheet.rows:
        return
    if sheet.figure != "flow":
        yield from _table(sheet, told, there)
        return
    (flow,) = (one for one in told.lifecycles if one.name == sheet.about)
    yield _wide(sheet, flowing(flow, told))
    yield "<details><summary>as a table</summary>\n"
    yield from _table(sheet, told, there)
    yield "</details>\n"


def _wide(sheet: "Sheet", inside: str) -> str:
    """Return what scrolls where there is no room for it, also by keys."""
    label = _text(f"{sheet.about} {sheet.title}".strip())
    many = " many" if len(sheet.columns) > _MANY else ""
    return (
        f'<div class="wide{many}" tabindex="0" role="region" aria-label="{label}">{inside}</div>\n'
    )


def _table(sheet: "Sheet", told: "Report", there: Mapping[str, int]) -> Iterator[str]:
    heads = []
    for column in sheet.columns:
        kind = _class(sheet, column)
        heads.append(f'<th scope="col"{kind}>{_text(column.head or column.name)}</th>')
    rows = []
    for row in sheet.rows:
        cells = [
            _cell(cell, sheet, column, told)
            for cell, column in zip(row, sheet.columns, strict=True)
        ]
        if sheet.figure == "playbooks" and row[0] in there:
            cells[0] = f'<td><a href="#p{there[str(row[0])]}">{_text(str(row[0]))}</a></td>'
        rows.append(f"<tr>{''.join(cells)}</tr>\n")
    head = f"<thead><tr>{''.join(heads)}</tr></thead>\n"
    yield _wide(sheet, f"<table>\n{head}<tbody>\n{''.join(rows)}</tbody></table>")


def _class(sheet: "Sheet", column: "Column", more: str = "") -> str:
    """Return how a column is set: numbers to the right, shares of cohorts shaded, long texts broken."""
    kinds = [more] if more else []
    if column.kind not in ("text", "series"):
        kinds.append("n")
    if sheet.figure == "cohorts" and column.kind == "share":
        kinds.append("shade")
    if column.name in _LONG:
        kinds.append("long")
    return f' class="{" ".join(kinds)}"' if kinds else ""


def _cell(cell: "Cell", sheet: "Sheet", column: "Column", told: "Report") -> str:
    from ..engine.runtime.figures.wording import shade, shown  # noqa: PLC0415 - see above

    if isinstance(cell, tuple):
        numbers = ", ".join("-" if value is None else f"{value:g}" for value in cell)
        return f"<td>{as_svg(cell, f'{column.name}, by {told.per}: {numbers}')}</td>"
    if cell is None:
        return "<td></td>"
    text = shown(cell, column)
    text = count(text) if isinstance(text, int) else str(text)
    more, style = "", ""
    if column.kind == "share" and sheet.figure == "cohorts":
        more = f"s{shade(cell)}"
    elif column.kind == "share" and sheet.figure in _BARS:
        more, style = "bar", f' style="--is: {text}"'
    return f"<td{_class(sheet, column, more)}{style}>{_text(text)}</td>"


def _text(text: str) -> str:
    """Return a text on one line, harmless in a page."""
    return escape(harmless(text))
