"""The playground: a playbook, a customer and a timeline on one side, what comes of them on the other."""

from collections import defaultdict, deque
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Final

from starlette.responses import JSONResponse, Response

from ...dsl import compile_project
from ...dsl.known import KINDS
from ...dsl.sources import MAX_BYTES, Files
from ...engine.core.effects import Entry
from ...engine.rehearsal.trial import Done, Verdict
from .desk import Desk
from .sandbox import FIELDS, Rehearsed, rehearsed
from .scenes import first_scene
from .timeline import Moment
from .visits import NotThere, Visit

__all__ = ["SAMPLE", "checked", "played", "playground"]

_ACTS: Final = frozenset({"performed", "skipped", "asked"})
"""Entries in whose place stands what was done, with its words."""
_MOST: Final = 200
"""Lines of the result."""
_TEMPLATES: Final = 200
_SETTINGS: Final = """\
project: acme
timezone: Europe/Berlin
attributes:
  name: text
  plan: {one of: [free, growth, enterprise]}
  csm: text
  churned: boolean
events:
  go-live: {}
  survey-answered: {score: number}
"""
_ACTIONS: Final = """\
actions:
  check-in:
    do: create-task
    with: {title: "Check in with {{ customer.name }}", assignee: "{{ customer.csm }}"}
"""
_PLAYBOOK: Final = """\
playbook: go-live-check-in
title: Check in a week after go-live
on: go-live
if: plan in ["growth", "enterprise"]
steps:
  - wait: 7 days
    at: "09:00"
  - do: check-in
  - wait for: survey-answered
    up to: 5 days
    else:
      - ask: Is {{ customer.name }} on a good way?
        of: "{{ customer.csm }}"
        up to: 3 business days
        yes: [{stop: all is well}]
        no: [{do: check-in}]
stop when: churned
"""
_SCENE: Final = """\
start: 2026-03-02T10:00
customer: {id: c1, name: Ada, plan: growth, csm: bo@acme.example}
timeline:
  - {at: +0d, event: go-live}
until: +30d
"""
SAMPLE: Final[Mapping[str, str]] = {
    "playbook": _PLAYBOOK,
    "scene": _SCENE,
    "settings": _SETTINGS,
    "actions": _ACTIONS,
}
"""What a playground without a project begins with."""


def playground(desk: Desk, visit: Visit) -> Response:
    """Show the playground, with a playbook of the project if the console knows its files."""
    return _shown(desk, visit, _begun(desk, visit.asked("playbook")), None)


def played(desk: Desk, visit: Visit) -> Response:
    """Rehearse what was sent, and show it beside what came of it."""
    texts = _sent(visit)
    return _shown(desk, visit, texts, _rehearsed(desk, texts, play=True))


def checked(desk: Desk, visit: Visit) -> Response:
    """Say what is wrong with what was sent, for an editor that asks while somebody types."""
    done = _rehearsed(desk, _sent(visit), play=False)
    return JSONResponse({"found": [asdict(one) for one in done.found], "trouble": done.trouble})


def _shown(desk: Desk, visit: Visit, texts: Mapping[str, str], done: Rehearsed | None) -> Response:
    verdict = done.verdict if done is not None else None
    lines = _lines(verdict) if verdict is not None else []
    expects = verdict is not None and any(wanted for wanted, _ in verdict.pairs)
    name = "rehearsed.html" if visit.piece else "rehearse.html"
    status = 422 if done is not None and (done.trouble or verdict is None) else 200
    return desk.paper.page(
        visit, name, status=200 if visit.piece else status, texts=texts, done=done,
        lines=lines[:_MOST], more=len(lines) - _MOST, most=FIELDS, verdict=verdict,
        expects=expects,
    )  # fmt: skip


def _lines(verdict: Verdict) -> list[Moment]:
    """Return what was decided and done, in the order in which it was decided."""
    done: defaultdict[tuple[int, str, str], deque[Moment]] = defaultdict(deque)
    for one in verdict.done:
        done[one.at, one.playbook, one.step].append(_performed(one))
    found = list[Moment]()
    for entry in (one for one in verdict.journal if one.playbook):
        acts = done[entry.at, entry.playbook, entry.step]
        if entry.kind not in _ACTS:
            found.append(_decided(entry))
        elif acts:
            found.append(acts.popleft())
    found += (one for acts in done.values() for one in acts)
    return sorted(found, key=lambda one: one.at)


def _performed(one: Done) -> Moment:
    kind, title = ("skipped" if one.skipped else "performed"), f"{one.step} ({one.do})"
    return Moment(one.at, kind, title, one.skipped, one.playbook, tuple(one.args.items()), one.why)


def _decided(one: Entry) -> Moment:
    return Moment(
        one.at, one.kind, one.step, one.note, one.playbook, why=one.why, due_at=one.due_at
    )


def _sent(visit: Visit) -> dict[str, str]:
    """Return the texts of a form; forms end their lines in two signs."""
    return {name: visit.form.get(name, "").replace("\r\n", "\n") for name in FIELDS}


def _rehearsed(desk: Desk, texts: Mapping[str, str], *, play: bool) -> Rehearsed:
    kinds = tuple(dict.fromkeys((*KINDS, *sorted(desk.engine.registry.kinds))))
    return rehearsed(texts, _templates(desk.folder), kinds, play=play)


def _templates(folder: Path | None) -> dict[str, str]:
    """Return the project's templates, which playbooks that are tried out may name."""
    if folder is None:
        return {}
    below, found = folder / "templates", dict[str, str]()
    for path in Files().below(below)[:_TEMPLATES]:
        if path.stat().st_size <= MAX_BYTES:
            found[path.relative_to(below).as_posix()] = path.read_text("utf-8", "replace")
    return found


def _begun(desk: Desk, name: str) -> dict[str, str]:
    """Return the texts that a playground begins with."""
    texts = dict(SAMPLE)
    if desk.folder is None:
        if name:
            raise NotThere("This console was not told where the files of its playbooks are.")
        return texts
    compiled = compile_project(desk.folder, proven=False)
    chosen = name or next(iter(compiled.places), "")
    place = compiled.places.get(chosen)
    if name and name not in compiled.places:
        raise NotThere(f"No file of this project holds a playbook called “{name}”.")
    for file, source in compiled.sources.items():
        if Path(file).name in ("cuebook.yaml", "actions.yaml"):
            texts["settings" if Path(file).name == "cuebook.yaml" else "actions"] = source.text
        if place is not None and file == place.name.file:
            texts["playbook"] = source.text
    texts["scene"] = first_scene(compiled, chosen)
    return texts
