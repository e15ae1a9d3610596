"""A rehearsal on paper: lines for programs, a table for people, and the summary beside it."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import Final, TextIO

from ..engine.core.duration import DAY, SECOND
from ..engine.core.instant import iso
from ..engine.core.plan import Json
from ..engine.core.trace import Trace
from ..engine.core.zone import Zone
from ..engine.lines import Bad
from ..engine.rehearsal.material import Read
from ..engine.rehearsal.rehearse import Action, Rehearsal
from .terminal import Paint, count, harmless, painted_table, plural, table

__all__ = [
    "action_json",
    "by_playbook",
    "gist",
    "json_line",
    "show_bad",
    "summary",
    "summary_json",
    "totals",
    "trace_lines",
    "written",
]

_MOST_ROWS: Final = 200
"""Rows of the painted_table, table; a year of a whole population is for programs, or for the totals."""
_MOST_BAD: Final = 100
_TELLING: Final = ("title", "question", "subject", "template", "message", "text", "to", "url")
"""What of an action's arguments tells a person most, in this order."""
_BARS: Final = " ▁▂▃▄▅▆▇█"
_BUCKETS: Final = 24


def json_line(action: Action, *, why: bool) -> str:
    """Return an action as one line of JSON."""
    return json.dumps(action_json(action, why=why), ensure_ascii=False) + "\n"


def action_json(action: Action, *, why: bool) -> dict[str, object]:
    """Return an action as JSON; the keys and their order are promised."""
    line: dict[str, object] = {
        "at": iso(action.at),
        "customer": action.customer,
        "playbook": action.playbook,
        "step": action.step,
        "do": action.do,
        "with": action.args,
        "run": action.run,
        "key": action.key,
    }
    if action.skipped:
        line["skipped"] = action.skipped
    if why:
        line["cause"] = action.cause
        line["why"] = [_trace_json(trace) for trace in action.why]
    return line


def written(actions: Sequence[Action], zone: Zone, paint: Paint, *, why: bool) -> Iterator[str]:
    """Yield the table's lines: a day and a time are said once, what did not happen steps back."""
    if not actions:
        yield "nothing would have been done\n"
        return
    shown = actions[:_MOST_ROWS]
    rows, before = [], ("", "")
    for action in shown:
        day, clock = iso(action.at, zone)[:10], iso(action.at, zone)[11:16]
        same = day == before[0]
        rows.append((
            "" if same else day,
            "" if same and clock == before[1] else clock,
            action.customer, action.playbook, action.step, gist(action),
        ))  # fmt: skip
        before = day, clock
    headers = ("date", "time", "customer", "playbook", "step", "what")
    lines = iter(table(rows, headers).split("\n"))
    yield paint.bold(next(lines)) + "\n"
    yield paint.dim(next(lines)) + "\n"
    for action, line in zip(shown, lines, strict=True):
        yield (paint.dim(line) if action.skipped else line) + "\n"
        if why:
            yield paint.dim(f"    because of {action.cause}") + "\n"
            yield from (
                paint.dim(f"    {told}") + "\n"
                for trace in action.why
                for told in trace_lines(trace)
            )
    if len(actions) > len(shown):
        more = count(len(actions) - len(shown))
        yield paint.dim(f"… and {more} more; --format jsonl tells them all") + "\n"


def totals(rehearsal: Rehearsal, actions: Sequence[Action], paint: Paint) -> str:
    """Return what each playbook did, with its volume from the start to the end."""
    rows = [
        (name, rehearsal.runs[name], len(done), _customers(done), _spark(done, rehearsal))
        for name, done in by_playbook(rehearsal, actions).items()
    ]
    if not rows:
        return ""
    headers = ("playbook", "runs", "actions", "customers", "over time")
    return f"\n{painted_table(rows, headers, paint)}\n"


def by_playbook(rehearsal: Rehearsal, actions: Sequence[Action]) -> dict[str, list[Action]]:
    """Return what each playbook would do; also those that began runs and did nothing."""
    found: dict[str, list[Action]] = {
        name: [] for name in sorted({*rehearsal.runs, *(action.playbook for action in actions)})
    }
    for action in actions:
        if not action.skipped:
            found[action.playbook].append(action)
    return found


def _customers(actions: Iterable[Action]) -> int:
    return len({action.customer for action in actions})


def summary_json(rehearsal: Rehearsal, material: Read) -> dict[str, object]:
    """Return the summary as JSON: instants in UTC, runs by playbook, actions by kind."""
    return {
        "from": iso(rehearsal.start),
        "until": iso(rehearsal.until),
        "customers": rehearsal.customers,
        "events": rehearsal.events,
        "events_before": rehearsal.recalled,
        "events_beyond": rehearsal.beyond,
        "runs": dict(sorted(rehearsal.runs.items())),
        "actions": dict(sorted(Counter(one.do for one in rehearsal.performed).items())),
        "skipped": dict(Counter(one.skipped for one in rehearsal.actions if one.skipped)),
        "goals": [
            {"playbook": name, "held_out": held, "runs": runs, "reached": reached}
            for name, held, runs, reached in _goals(rehearsal)
        ],
        "held_back": dict(rehearsal.held),
        "still_held_back": rehearsal.holding,
        "bad_lines": material.bad_lines,
        "duplicates": material.duplicates,
        "still_waiting": rehearsal.waiting,
        "next_due": None if rehearsal.next_due is None else iso(rehearsal.next_due),
    }


def summary(rehearsal: Rehearsal, material: Read, zone: Zone) -> str:
    """Return the summary: what was read, what would be done, and what is still to come."""
    done = Counter(action.do for action in rehearsal.performed)
    skipped = Counter(action.skipped for action in rehearsal.actions if action.skipped)
    begun = plural(sum(rehearsal.runs.values()), "run")
    lines = [
        (
            f"{iso(rehearsal.start, zone)} {_end(rehearsal, zone)}: "
            f"{plural(rehearsal.customers, 'customer')}, {plural(rehearsal.events, 'event')}, {begun}, "
            f"{plural(done.total(), 'action')}{_listed(done)}"
        )
    ]
    if skipped:
        lines.append(f"skipped: {_each(skipped)}")
    if rehearsal.held:
        still = f"; {plural(rehearsal.holding, 'action')} in the end" if rehearsal.holding else ""
        lines.append(f"held back: {_each(rehearsal.held)}{still}")
    for name, held, runs, reached in _goals(rehearsal):
        whose = " held out" if held else ""
        lines.append(f"goal of {name}: reached by {reached} of {plural(runs, 'run')}{whose}")
    if rehearsal.recalled:
        lines.append(f"{plural(rehearsal.recalled, 'event')} before --from: history only")
    if rehearsal.beyond:
        lines.append(f"{plural(rehearsal.beyond, 'event')} at or after --until: left out")
    if material.bad_lines or material.duplicates:
        lines.append(
            f"data: {plural(material.bad_lines, 'bad line')}, {plural(material.duplicates, 'duplicate')}"
        )
    if rehearsal.waiting:
        lines.append(_still_waiting(rehearsal, zone))
    return "\n".join(lines) + "\n"


def _goals(rehearsal: Rehearsal) -> Iterator[tuple[str, bool, int, int]]:
    """Yield of each playbook whose goals were decided: held out or not, runs, and how many reached it."""
    for name, held in sorted({(name, held) for name, held, _ in rehearsal.goals}):
        reached = rehearsal.goals[name, held, True]
        yield name, held, reached + rehearsal.goals[name, held, False], reached


def _end(rehearsal: Rehearsal, zone: Zone) -> str:
    """Say `until T`, or `to T` for the end after the last event, which is a microsecond later."""
    if rehearsal.until % SECOND == 1:
        return f"to {iso(rehearsal.until - 1, zone)}"
    return f"until {iso(rehearsal.until, zone)}"


def show_bad(found: Sequence[Bad], out: TextIO) -> None:
    """Write each bad line with its place; of very many the first, and how many more there are."""
    for bad in found[:_MOST_BAD]:
        kind = "note" if bad.note else "bad data"
        out.write(harmless(f"{bad.file}:{bad.line}: {kind}: {bad.why}") + "\n")
    if len(found) > _MOST_BAD:
        out.write(f"… and {count(len(found) - _MOST_BAD)} more like these\n")


def trace_lines(trace: Trace, depth: int = 0) -> Iterator[str]:
    """Yield a condition as it was found, its parts indented below it."""
    note = f" ({trace.note})" if trace.note else ""
    value = (
        "unknown"
        if trace.value is None
        else json.dumps(trace.value, ensure_ascii=False, default=str)
    )
    yield harmless(f"{'  ' * depth}{trace.text}: {value}{note}")
    for part in trace.parts:
        yield from trace_lines(part, depth + 1)


def _trace_json(trace: Trace) -> dict[str, object]:
    told: dict[str, object] = {"text": trace.text, "value": trace.value}
    if trace.note:
        told["note"] = trace.note
    if trace.parts:
        told["parts"] = [_trace_json(part) for part in trace.parts]
    return told


def gist(action: Action) -> str:
    """Return what an action is in a few words, or that it was not done and why."""
    texts = [text for key in _TELLING if isinstance(text := action.args.get(key), str)]
    texts += [text for value in action.args.values() if (text := _plain(value)) not in texts]
    told = f"{action.do}: {' '.join(texts[:1])}" if texts else action.do
    return f"not {told} ({action.skipped})" if action.skipped else told


def _plain(value: Json) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def _spark(actions: Sequence[Action], rehearsal: Rehearsal) -> str:
    span = rehearsal.until - rehearsal.start
    heights = [0] * _BUCKETS
    for action in actions:
        heights[min((action.at - rehearsal.start) * _BUCKETS // span, _BUCKETS - 1)] += 1
    top = max(heights) or 1
    return "".join(_BARS[-(-height * (len(_BARS) - 1) // top)] for height in heights)


def _listed(counted: Counter[str]) -> str:
    return f" ({_each(counted)})" if counted else ""


def _each(counted: Counter[str]) -> str:
    told: Iterable[tuple[str, int]] = sorted(counted.items(), key=lambda one: (-one[1], one[0]))
    return ", ".join(f"{count(number)} {harmless(name)}" for name, number in told)


def _still_waiting(rehearsal: Rehearsal, zone: Zone) -> str:
    waits = (
        f"{plural(rehearsal.waiting, 'run')} still {'waits' if rehearsal.waiting == 1 else 'wait'}"
    )
    if rehearsal.next_due is None:
        return f"{waits} for something to happen"
    day = iso(rehearsal.next_due + DAY, zone)[:10]
    return f"{waits}; the next is due {iso(rehearsal.next_due, zone)}: add --until {day} to see it"
