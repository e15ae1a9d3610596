"""A rehearsal as one page to look at: nothing to load, every text escaped, one script that searches.

The page is well-formed XML as well as HTML, so that a test can read it strictly.
"""

import hashlib
import json
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from html import escape
from typing import Final

from ..engine.core.duration import DAY
from ..engine.core.instant import iso
from ..engine.core.plan import Json
from ..engine.core.program import Program
from ..engine.core.zone import Zone
from ..engine.drawing import as_svg
from ..engine.rehearsal.journeys import Journeys
from ..engine.rehearsal.rehearse import Action, Rehearsal
from .show_rehearsal import by_playbook, gist, trace_lines
from .show_silence import MOST_ASKED, Silence
from .terminal import count, harmless, plural

__all__ = ["page"]

_MOST_ROWS: Final = 2_000
"""Actions on the page; it is to be looked at, and a year of a whole population is not."""
_MOST_BARS: Final = 60
_MOST_OPEN: Final = 3
"""Pictures that are shown without being asked for."""
_MOST_COLOURS: Final = 8
_WIDTH: Final = 960
_HEIGHT: Final = 200

_STYLE: Final = """
:root { color-scheme: light dark; --rule: #8884; --dim: #888;
  --c0: #3b6fb6; --c1: #d9822b; --c2: #3d9a68; --c3: #c4473d;
  --c4: #7d5fb2; --c5: #8a6d4d; --c6: #2a9d9d; --c7: #c75a97; --c8: #999; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 960px; margin: 2rem auto; padding: 0 1rem; }
h1 { font-size: 1.5rem; } h2 { font-size: 1.1rem; margin-top: 2.5rem; }
table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums; }
th, td { text-align: left; vertical-align: top; padding: .25rem .6rem .25rem 0;
  border-bottom: 1px solid var(--rule); }
th { color: var(--dim); font-weight: 500; } .n { text-align: right; }
svg.bars { width: 100%; height: auto; } svg.bars text { font-size: 12px; fill: var(--dim); }
svg.cuebook { max-width: 100%; height: auto; }
input { font: inherit; width: 100%; box-sizing: border-box; padding: .3rem .5rem; }
.key { display: inline-block; width: .8em; height: .8em; margin-right: .4em; border-radius: 2px; }
.not, .dim { color: var(--dim); } summary { cursor: pointer; }
pre { white-space: pre-wrap; margin: .3rem 0; }
@media print { input { display: none; } details > * { display: block; } }
"""
_SEARCH: Final = """
const box = document.querySelector('input');
box.addEventListener('input', () => {
  const wanted = box.value.toLowerCase();
  for (const row of document.querySelectorAll('tbody tr'))
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
});
"""
_ALLOWED: Final = b64encode(hashlib.sha256(_SEARCH.encode()).digest()).decode()
"""By its hash the page's own script may run, and no other."""
_HEAD: Final = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width"/>
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; \
style-src 'unsafe-inline'; script-src 'sha256-{allowed}'"/>
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<h1>{title}</h1>
"""


def page(
    ready: Program,
    rehearsal: Rehearsal,
    actions: Sequence[Action],
    said: str,
    journeys: Journeys,
    *,
    why: bool,
    silent: Iterable[Silence] = (),
) -> Iterator[str]:
    """Yield the page: the summary `said`, actions a week, each playbook, the ways, the actions.

    `silent` says below them why nothing came of playbooks.
    """
    title = _text(f"Rehearsal of {ready.vocabulary.project}")
    yield _HEAD.format(title=title, style=_STYLE, allowed=_ALLOWED)
    yield from (f"<p>{_text(line)}</p>\n" for line in said.splitlines())
    done = by_playbook(rehearsal, actions)
    busiest = sorted(done, key=lambda name: (-len(done[name]), name))
    colours = {name: min(place, _MOST_COLOURS) for place, name in enumerate(busiest)}
    yield from _chart(done, rehearsal, ready.zone, colours)
    yield from _playbooks(done, rehearsal, ready.zone, colours)
    yield from _ways(busiest, journeys)
    quiet = list(silent)
    if actions or quiet:
        yield '<p><input type="search" placeholder="search" aria-label="search"/></p>\n'
    yield from _listed(actions, ready.zone, why=why)
    yield from _silent(quiet)
    if actions or quiet:
        yield f"<script>{_SEARCH}</script>\n"
    yield "</body>\n</html>\n"


# --- actions a week -----------------------------------------------------------------------------


def _chart(
    done: Mapping[str, Sequence[Action]],
    rehearsal: Rehearsal,
    zone: Zone,
    colours: Mapping[str, int],
) -> Iterator[str]:
    """Yield stacked bars, one for a week or, of a long time, for several."""
    first, last = _week(rehearsal.start, zone), _week(rehearsal.until - 1, zone)
    weeks = (last - first) // _MOST_BARS + 1
    bars = [Counter[str]() for _ in range((last - first) // weeks + 1)]
    for name, actions in done.items():
        for action in actions:
            bars[(_week(action.at, zone) - first) // weeks][name] += 1
    top = max([bar.total() for bar in bars], default=0)
    if not top:
        yield "<p>Nothing would have been done.</p>\n"
        return
    each = "a week" if weeks == 1 else f"every {weeks} weeks"
    yield f"<h2>Actions {each}, by playbook</h2>\n"
    yield f'<svg viewBox="0 -18 {_WIDTH} {_HEIGHT + 40}" role="img" class="bars">\n'
    yield f"<title>Actions {each}: at most {count(top)}</title>\n"
    yield f'<text x="0" y="-4">{count(top)}</text>\n'
    yield f'<path d="M0 0H{_WIDTH}M0 {_HEIGHT}H{_WIDTH}" stroke="var(--rule)"/>\n'
    step = _WIDTH / len(bars)
    for number, bar in enumerate(bars):
        day = _monday(first + number * weeks)
        if number % -(-len(bars) // 8) == 0:
            yield f'<text x="{number * step:.1f}" y="{_HEIGHT + 16}">{day}</text>\n'
        yield from _bar(bar, day, number * step, step, _HEIGHT / top, colours)
    yield "</svg>\n"


def _bar(
    bar: Counter[str], day: str, x: float, step: float, unit: float, colours: Mapping[str, int]
) -> Iterator[str]:
    y = float(_HEIGHT)
    for name in sorted(bar, key=lambda name: (colours[name], name)):
        height = bar[name] * unit
        y -= height
        yield (
            f'<rect x="{x + step * 0.1:.1f}" y="{y:.1f}" width="{step * 0.8:.1f}" '
            f'height="{height:.1f}" fill="var(--c{colours[name]})">'
            f"<title>{day}, {_text(name)}: {count(bar[name])}</title></rect>\n"
        )


def _week(at: int, zone: Zone) -> int:
    """Return the number of a week on the clocks of a zone; the first day of 1970 was a Thursday."""
    return (zone.local(at) // DAY + 3) // 7


def _monday(week: int) -> str:
    return iso((week * 7 - 3) * DAY)[:10]


# --- the tables ---------------------------------------------------------------------------------


def _playbooks(
    done: Mapping[str, Sequence[Action]],
    rehearsal: Rehearsal,
    zone: Zone,
    colours: Mapping[str, int],
) -> Iterator[str]:
    yield "<h2>By playbook</h2>\n<table>\n<tr><th>playbook</th>"
    yield '<th class="n">runs</th><th class="n">actions</th><th class="n">customers</th>'
    yield "<th>first</th><th>last</th></tr>\n"
    for name, actions in done.items():
        key = f'<span class="key" style="background: var(--c{colours[name]})"></span>'
        customers = len({action.customer for action in actions})
        numbers = (rehearsal.runs[name], len(actions), customers)
        days = [iso(action.at, zone)[:10] for action in (*actions[:1], *actions[-1:])] or ["", ""]
        yield f"<tr><td>{key}{_text(name)}</td>"
        yield "".join(f'<td class="n">{count(number)}</td>' for number in numbers)
        yield "".join(f"<td>{day}</td>" for day in days) + "</tr>\n"
    yield "</table>\n"


def _ways(playbooks: Sequence[str], journeys: Journeys) -> Iterator[str]:
    """Yield each playbook as a picture, with how many runs went which way; the busiest are open."""
    for number, name in enumerate(playbooks):
        if not number:
            yield "<h2>The way through each playbook</h2>\n"
        opened = ' open="open"' if number < _MOST_OPEN else ""
        yield f"<details{opened}><summary>{_text(name)}</summary>\n"
        yield as_svg(journeys.picture(name))
        yield "</details>\n"


def _listed(actions: Sequence[Action], zone: Zone, *, why: bool) -> Iterator[str]:
    if not actions:
        return
    yield "<h2>Action by action</h2>\n<table>\n<thead>"
    yield "<tr><th>at</th><th>customer</th><th>playbook</th><th>step</th><th>what</th></tr>"
    yield "</thead>\n<tbody>\n"
    for action in actions[:_MOST_ROWS]:
        at = iso(action.at, zone)
        told = (at[:16].replace("T", " "), action.customer, action.playbook, action.step)
        yield '<tr class="not">' if action.skipped else "<tr>"
        yield "".join(f"<td>{_text(cell)}</td>" for cell in told)
        yield f"<td><details><summary>{_text(gist(action))}</summary>\n"
        yield from _given(action.args)
        if why:
            yield from _reasons(action)
        yield "</details></td></tr>\n"
    yield "</tbody>\n</table>\n"
    if len(actions) > _MOST_ROWS:
        more = plural(len(actions) - _MOST_ROWS, "more action")
        yield f'<p class="dim">… and {more}; --format jsonl tells them all</p>\n'


def _silent(silent: Sequence[Silence]) -> Iterator[str]:
    """Yield a row for each customer and playbook of which nothing came; searched like the actions."""
    if not silent:
        return
    yield "<h2>Why nothing came</h2>\n<table>\n<thead>"
    yield "<tr><th>customer</th><th>playbook</th><th>why</th></tr></thead>\n<tbody>\n"
    for one in silent[:_MOST_ROWS]:
        yield f"<tr><td>{_text(one.customer)}</td><td>{_text(one.playbook)}</td>"
        yield f"<td><details><summary>{_text(_shortly(one))}</summary>\n<pre>"
        yield "\n".join(escape(line) for line in one.why[1:])
        yield "</pre></details></td></tr>\n"
    yield "</tbody>\n</table>\n"
    if len({one.customer for one in silent}) == MOST_ASKED or len(silent) > _MOST_ROWS:
        yield '<p class="dim">of the first customers; cuebook why tells of each</p>\n'


def _shortly(one: Silence) -> str:
    """Return the first part that is not true, else how the first trigger stands."""
    lines = [line.strip() for line in one.why]
    failed = next((line for line in lines if line.startswith("not true: ")), None)
    return failed or next((line for line in lines if line.startswith("on ")), lines[0])


def _given(args: Mapping[str, Json]) -> Iterator[str]:
    for key, value in args.items():
        text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
        yield f'<pre><span class="dim">{_text(key)}:</span> {_lines(text)}</pre>\n'


def _reasons(action: Action) -> Iterator[str]:
    yield f'<pre class="dim">because of {_text(action.cause)}\n'
    for trace in action.why:
        yield from (f"{_text(line)}\n" for line in trace_lines(trace))
    yield "</pre>\n"


def _text(text: str) -> str:
    """Return a text on one line, harmless in a page."""
    return escape(harmless(text))


def _lines(text: str) -> str:
    return "\n".join(_text(line) for line in text.splitlines())
