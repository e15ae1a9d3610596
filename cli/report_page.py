"""A report as one page that needs nothing else: no script, nothing from the network, for any paper."""

from collections.abc import Iterator
from html import escape
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
:root { color-scheme: light dark; --rule: #8884; --dim: #767676; --paper: #fff; --shade: 59 111 182;
  --c0: #3b6fb6; --c1: #c9721f; --c2: #3d8a5f; --c3: #b8453c;
  --c4: #7d5fb2; --c5: #8a6d4d; --c6: #23868a; --c7: #84909c; }
@media (prefers-color-scheme: dark) { :root { --dim: #9aa4ae; --shade: 111 159 224;
  --c0: #6f9fe0; --c1: #e0944d; --c2: #62b487; --c3: #e0776d;
  --c4: #a78bdc; --c5: #b89873; --c6: #4fb5ba; --c7: #94a1ae; } }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 1040px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.15rem; margin: 2.5rem 0 .3rem; }
h3 { font-size: 1rem; margin: 1.4rem 0 .2rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .2rem .8rem .2rem 0;
  border-bottom: 1px solid var(--rule); }
th { color: var(--dim); font-weight: 500; } .n { text-align: right; white-space: nowrap; }
td.shade { padding: .2rem .5rem; }
{shades}.dim { color: var(--dim); } .said { margin: .1rem 0; }
.c0 { fill: var(--c0); } .c1 { fill: var(--c1); } .c2 { fill: var(--c2); } .c3 { fill: var(--c3); }
.c4 { fill: var(--c4); } .c5 { fill: var(--c5); } .c6 { fill: var(--c6); } .c7 { fill: var(--c7); }
@media print { body { max-width: none; margin: 0; } h2, h3 { break-after: avoid; }
  tr { break-inside: avoid; } td.shade { print-color-adjust: exact; } .wide { overflow: visible; } }
"""
_SHADES: Final = "".join(
    f".s{number} {{ background: rgb(var(--shade) / {number * 7}%); }}\n" for number in range(1, 11)
)
_HEAD: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/>
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
"""


def page(told: "Report") -> Iterator[str]:
    """Yield the page: the overview, each playbook, channels, lifecycles, cohorts and ways."""
    from ..engine.runtime.figures.sheets import day, sheets  # noqa: PLC0415 - see above
    from ..engine.runtime.figures.wording import flowing  # noqa: PLC0415

    first, last = day(told.since, told.zone), day(told.until - 1, told.zone)
    title = _text(f"Report of {told.project}")
    yield _HEAD.format(title=title, style=_STYLE.replace("{shades}", _SHADES) + STREAMS + SPARKS)
    yield f'<p class="dim">{first} to {last}, {_text(told.zone)}, by {told.per}</p>\n'
    about, flows = "", {one.name: one for one in told.lifecycles}
    titles = {play.playbook: play.title for play in told.plays}
    for sheet in sheets(told):
        if sheet.about and sheet.about != about:
            yield f"<h2>{_text(sheet.about)}</h2>\n"
            if titles.get(sheet.about):
                yield f'<p class="dim">{_text(titles[sheet.about])}</p>\n'
        about = sheet.about
        level = 3 if about else 2
        yield f"<h{level}>{_text(sheet.title)}</h{level}>\n"
        if sheet.figure == "flow":
            yield flowing(flows[sheet.about], told)
        yield from _sheet(sheet, told)
    yield "</body>\n</html>\n"


def _sheet(sheet: "Sheet", told: "Report") -> Iterator[str]:
    yield from (f'<p class="said">{_text(said)}</p>\n' for said in sheet.said)
    if not sheet.rows:
        return
    label = _text(f"{sheet.about} {sheet.title}".strip())
    yield f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><table>\n<thead><tr>'
    for column in sheet.columns:
        kind = "" if column.kind in ("text", "series") else ' class="n"'
        yield f'<th scope="col"{kind}>{_text(column.head or column.name)}</th>'
    yield "</tr></thead>\n<tbody>\n"
    shaded = sheet.figure == "cohorts"
    for row in sheet.rows:
        cells = zip(row, sheet.columns, strict=True)
        yield "<tr>"
        yield "".join(_cell(cell, column, told, shaded=shaded) for cell, column in cells)
        yield "</tr>\n"
    yield "</tbody></table></div>\n"


def _cell(cell: "Cell", column: "Column", told: "Report", *, shaded: bool) -> str:
    from ..engine.runtime.figures.wording import shade, shown  # noqa: PLC0415 - see above

    if isinstance(cell, tuple):
        numbers = ", ".join("-" if value is None else f"{value:g}" for value in cell)
        return f"<td>{as_svg(cell, f'{column.name}, by {told.per}: {numbers}')}</td>"
    if cell is None:
        return "<td></td>"
    text = shown(cell, column)
    text = count(text) if isinstance(text, int) else str(text)
    if shaded and column.kind == "share":
        return f'<td class="n shade s{shade(cell)}">{text}</td>'
    kind = "" if column.kind == "text" else ' class="n"'
    return f"<td{kind}>{_text(text)}</td>"


def _text(text: str) -> str:
    """Return a text on one line, harmless in a page."""
    return escape(harmless(text))
