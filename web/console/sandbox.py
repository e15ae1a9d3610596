"""Text that anybody may send, compiled and rehearsed: in memory, in bounded time, with nothing kept.

Neither a file nor the database is touched. Compiling looks at the clock between its parts, playing
before every occurrence; templates and conditions are bounded by themselves.
"""

import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import BoundedSemaphore
from typing import Any, Final, Literal

from ...dsl import compile_project
from ...dsl.diagnostics import Diagnostic, Report
from ...dsl.document import Mapping as MappingNode
from ...dsl.document import Scalar, Sequence, read
from ...dsl.memory import Memory
from ...dsl.project import Compiled
from ...dsl.sources import Files, Source
from ...dsl.trials.read_tests import read_tests
from ...engine.core.occurrence import Changed, Happened, Requested
from ...engine.core.origin import NOWHERE
from ...engine.core.plan import Project
from ...engine.core.zone import Zone, zone
from ...engine.explaining import PlaybookWhy, explain
from ...engine.patterns import program
from ...engine.rehearsal.living import life
from ...engine.rehearsal.script import Trial
from ...engine.rehearsal.trial import Attempts, Verdict
from .trying import TooLong, until

__all__ = ["FIELDS", "Found", "Rehearsed", "rehearsed"]

Field = Literal["playbook", "scene", "settings", "actions"]
FIELDS: Final[Mapping[Field, int]] = {
    "playbook": 64 * 1024,
    "scene": 16 * 1024,
    "settings": 64 * 1024,
    "actions": 64 * 1024,
}
"""The texts of a playground, and how many characters each may have."""
_ROOT: Final = Path("playground")
_FILES: Final[Mapping[Field, Path]] = {
    "playbook": _ROOT / "playbooks" / "playbook.yaml",
    "settings": _ROOT / "cuebook.yaml",
    "actions": _ROOT / "actions.yaml",
}
_SCENE: Final = "scene"
_ARROW: Final = re.compile("->|\u2192")
_KEY: Final = re.compile(r"^(playbook|rules|actions|tests)\s*:", re.MULTILINE)
_SECONDS: Final = 3.0
_TOLD: Final = 200
"""How long a timeline may be to be played once more, closely, for the reasons."""
_OCCURRENCES: Final = 5_000
"""How much may happen: timers count too."""
_TURN: Final = BoundedSemaphore(2)
_PATIENCE_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Found:
    """One thing that is wrong, at its place in one of the texts; offsets count from 0."""

    field: str
    """Which text it is, or the file beside them."""
    start: int
    end: int
    line: int
    column: int
    severity: str
    code: str
    title: str
    label: str
    hints: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Rehearsed:
    """What came of it: diagnostics, and if nothing is wrong what would have been done."""

    found: tuple[Found, ...]
    verdict: Verdict | None
    trial: Trial | None
    zone: Zone
    trouble: str = ""
    """Why it ended before its end."""
    why: tuple[PlaybookWhy, ...] = ()
    """How things stood at the end for what did not begin."""


class _Texts(Files):
    """Texts in memory; there is no other file."""

    def load(self, path: Path, file: str, _: Report) -> Source | None:
        """Return a text that was sent."""
        return Source(file, self.open[path])

    def there(self, path: Path) -> bool:
        """Whether such a text was sent."""
        return path in self.open

    def below(self, folder: Path, *suffixes: str) -> list[Path]:
        """Return the texts of a folder."""
        found = (path for path in self.open if folder in path.parents)
        return sorted(path for path in found if not suffixes or path.suffix in suffixes)


def rehearsed(
    texts: Mapping[str, str], templates: Mapping[str, str], kinds: tuple[str, ...], *, play: bool
) -> Rehearsed:
    """Compile what was sent, and play its scene unless there is a mistake in it, or only look."""
    look = until(_SECONDS)
    long = [name for name, most in FIELDS.items() if len(texts.get(name, "")) > most]
    if long:
        said = f"the {long[0]} is longer than {FIELDS[long[0]]:,} characters"
        return Rehearsed((), None, None, zone("UTC"), said)
    try:
        with _turn():
            return _rehearsed(texts, templates, kinds, look, play=play)
    except TooLong as trouble:
        return Rehearsed((), None, None, zone("UTC"), str(trouble))


@contextmanager
def _turn() -> Iterator[None]:
    """Let two at a time work, so that the pages of others stay quick."""
    if not _TURN.acquire(timeout=_PATIENCE_S):
        raise TooLong("others are rehearsing: try again in a moment")
    try:
        yield
    finally:
        _TURN.release()


def _rehearsed(
    texts: Mapping[str, str],
    templates: Mapping[str, str],
    kinds: tuple[str, ...],
    look: Callable[..., None],
    *,
    play: bool,
) -> Rehearsed:
    compiled = _compiled(texts, templates, kinds, look)
    found = list(_located(compiled.report, compiled.sources))
    if compiled.project is None:
        return Rehearsed(tuple(found), None, None, zone("UTC"))
    report = Report()
    trial = _scene(texts.get("scene", ""), compiled.project, report)
    found += _located(report, {_SCENE: Source(_SCENE, texts.get("scene", ""))})
    there = zone(compiled.project.vocabulary.timezone)
    if trial is None or not play:
        return Rehearsed(tuple(found), None, trial, there)
    verdict = Attempts(compiled.project).attempt(trial, _counting(look))
    why = tuple(_why_not(compiled.project, trial, verdict))
    return Rehearsed(tuple(found), verdict, trial, there, why=why)


def _why_not(project: Project, trial: Trial, verdict: Verdict) -> Iterator[PlaybookWhy]:
    """Yield what did not begin with the reasons, of a scene that can be played once more for them."""
    begun = {one.playbook for one in verdict.journal if one.kind == "started"}
    told = [what for what in trial.timeline if isinstance(what, Happened | Changed | Requested)]
    if begun or len(told) > _TOLD:
        return
    lived = life(
        program(project), trial.customer, trial.attributes, told, start=trial.start,
        at=max([trial.start, *(what.at for what in told)]),
    )  # fmt: skip
    yield from explain(lived).playbooks


def _compiled(
    texts: Mapping[str, str],
    templates: Mapping[str, str],
    kinds: tuple[str, ...],
    look: Callable[..., None],
) -> Compiled:
    files, written = _Texts(), texts.get("playbook", "")
    path = _FILES["playbook"].with_suffix(".play" if _is_rules(written) else ".yaml")
    files.open = {path: written}
    files.open |= {_FILES[name]: texts.get(name, "") for name in ("settings", "actions")}
    said = f"{written}\n{texts.get('actions', '')}"
    for name, text in templates.items():
        if Path(name).stem in said:  # Others may speak of what these settings do not declare.
            files.open[_ROOT / "templates" / name] = text
    return compile_project(path, kinds=kinds, files=files, memory=Memory(look))


def _is_rules(text: str) -> bool:
    """Whether a text is rule lines rather than YAML."""
    return _ARROW.search(text) is not None and _KEY.search(text) is None


def _scene(text: str, project: Project, report: Report) -> Trial | None:
    """Read a scene as what it is: a test that expects nothing and allows everything."""
    nodes = read(_SCENE, text, report)
    top = nodes[0] if nodes else MappingNode((), NOWHERE)
    if isinstance(top, MappingNode):
        said = {name.value for name, _ in top.entries}
        given: dict[str, Any] = {
            "test": Scalar("the scene", top.span),
            "expect": Sequence((), top.span),
            "allow extra": Scalar("true", top.span),
        }
        more = tuple(
            (Scalar(key, top.span), node) for key, node in given.items() if key not in said
        )
        top = MappingNode((*top.entries, *more), top.span)
    tests = read_tests([Sequence((top,), top.span)], project, report)
    body = tests[0].body if tests and not report.failed else None
    return body if isinstance(body, Trial) else None


def _counting(look: Callable[..., None]) -> Callable[[object], None]:
    """Return what is told of every occurrence, and ends a play in which too many happen."""
    left = _OCCURRENCES

    def heard(_: object) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise TooLong(f"more than {_OCCURRENCES:,} things happen: let the scene end earlier")
        look()

    return heard


def _located(found: Report, sources: Mapping[str, Source]) -> Iterator[Found]:
    fields = {str(path): name for name, path in _FILES.items()}
    fields[str(_FILES["playbook"].with_suffix(".play"))] = "playbook"
    for note in found:
        file = note.span.file
        field = fields.get(file, file.removeprefix(f"{_ROOT}/"))
        yield _found(note, field, sources.get(file))


def _found(note: Diagnostic, field: str, source: Source | None) -> Found:
    text = source.text if source is not None else ""
    start = min(note.span.start, len(text))
    end = max(start, min(note.span.end, len(text)))
    line, column = source.position(start) if source is not None else (1, 1)
    return Found(
        field, start, end, line, column, note.severity, note.code, note.title, note.label,
        note.hints,
    )  # fmt: skip
