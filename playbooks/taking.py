"""A play taken from the shelf into a project, or brought up to date there: decided, not yet written."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from ..dsl import compile_project
from ..dsl.diagnostics import Report, Word
from ..dsl.document import Scalar
from ..dsl.inputs import takes
from ..dsl.project import SETTINGS, Compiled
from ..dsl.sources import Files, Source
from ..engine.core.origin import Span
from .catalogue import Play
from .filling import play_settings, play_texts
from .joining import Joined, joined
from .merging import marks, merged
from .origins import LOCK, Origin, locked, origins

__all__ = ["Change", "NotText", "added", "given", "sources_of", "text_of", "upgraded"]

_WORDS = "--set"


class NotText(Exception):  # noqa: N818 - named for what the file is not
    """A file of a project that belongs to a play is not UTF-8 text."""


def text_of(path: Path) -> str | None:
    """Return what stands in a file, None where there is none; raises NotText."""
    try:
        return path.read_text(encoding="utf-8") if path.exists() else None
    except UnicodeDecodeError as trouble:
        raise NotText(f"{path} is not UTF-8 text: {trouble.reason}") from trouble


@dataclass(slots=True)
class Change:
    """What would be written, by the place in the project; None: the file goes."""

    texts: dict[str, str | None] = field(default_factory=dict)
    origins: dict[str, Origin] = field(default_factory=dict)
    """Which plays the project has taken afterwards, and how; nothing where that is as it was."""
    settings: Joined = field(default_factory=lambda: Joined(""))
    marked: dict[str, list[int]] = field(default_factory=dict)
    """Files with places that need a person, and the lines in which these begin."""
    told: list[str] = field(default_factory=list)
    """What was left alone, and why."""
    taken: list[str] = field(default_factory=list)
    """Files that stand where a play's file would, and are not its own."""

    def compiled(self, project: Path) -> Compiled:
        """Compile the project as it would be."""
        files = Files()
        for place, text in self.texts.items():
            if text is not None:
                files.open[project / place] = text
        return compile_project(project, files=files)

    def write(self, project: Path) -> None:
        """Write it, the record of where it came from last; each file whole or not at all."""
        ready: list[tuple[Path, Path]] = []
        try:
            for place, text in self.texts.items():
                if text is not None:
                    path = project / place
                    ready.append((path.with_name(f".{path.name}.new"), path))
                    _write(ready[-1][0], text)
            for beside, path in ready:
                beside.replace(path)
        finally:
            for beside, _ in ready:
                beside.unlink(missing_ok=True)
        for place, text in self.texts.items():
            if text is None:
                (project / place).unlink(missing_ok=True)


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def sources_of(values: Mapping[str, str]) -> dict[str, Source]:
    """Return what was typed as texts that a report can show, each named for what it fills in."""
    return {f"{_WORDS} {name}": Source(f"{_WORDS} {name}", text) for name, text in values.items()}


def given(play: Play, values: Mapping[str, str], report: Report) -> dict[str, str]:
    """Return what is filled in; report what is unknown or of another type."""
    inputs = play.inputs()
    found = {}
    for name, text in values.items():
        span = Span(f"{_WORDS} {name}", 0, len(text))
        one = inputs.get(name)
        if one is None:
            names = ", ".join(f"`{each}`" for each in inputs) or "none"
            title = f"{play.path} has no input `{name}`"
            hint = f"the inputs of {play.path}: {names}"
            word = Word(name, span, tuple(inputs), safe=False)
            report.unknown("P101", word, title, "not an input", hint)
        elif takes(one, Scalar(text, span), report):
            found[name] = text
    return found


def added(
    play: Play,
    project: Path,
    values: Mapping[str, str],
    version: str,
    *,
    after: Change | None = None,
) -> Change:
    """Decide how a play is taken in, on top of what is taken in with it; raises NotText.

    A file that stands there already, and says something else, is `taken`.
    """
    done = after or Change()
    values = _otherwise(play, values)
    texts = play_texts(play, values)
    change = Change(dict(texts))
    change.taken = [place for place, text in texts.items() if _other(project, place, text, done)]
    settings = play_settings(play, values)
    _declare(project, settings, "", change, done)
    _record(play, project, change, Origin(version, values, texts, settings), done)
    return change


def _otherwise(play: Play, values: Mapping[str, str]) -> dict[str, str]:
    """Return what is filled in with something else than the default."""
    inputs = play.inputs()
    return {name: text for name, text in values.items() if text != inputs[name].default}


def _other(project: Path, place: str, text: str, done: Change) -> bool:
    if place in done.texts:
        return done.texts[place] != text
    path = project / place
    return path.exists() and path.read_bytes().replace(b"\r\n", b"\n") != text.encode()


def _declare(project: Path, settings: str, before: str, change: Change, done: Change) -> None:
    """Let the project declare what a play says, and no longer what it said before."""
    mine = done.texts.get(SETTINGS) or text_of(project / SETTINGS) or ""
    change.settings = joined(mine, settings, before)
    if change.settings.text != mine:
        change.texts[SETTINGS] = change.settings.text


def _record(play: Play, project: Path, change: Change, origin: Origin, done: Change) -> None:
    change.origins = {**(done.origins or origins(project)), play.path: origin}
    change.texts[LOCK] = locked(change.origins)


def upgraded(play: Play, project: Path, values: Mapping[str, str], version: str) -> Change:
    """Decide how a play that was taken becomes what it is today, with what its author changed.

    Raises NotText.
    """
    origin = origins(project)[play.path]
    inputs = play.inputs()
    change = Change()
    filled = {**origin.inputs, **values}
    for name in [name for name in filled if name not in inputs]:
        change.told.append(f"the input {name} is gone; {filled.pop(name)} is left as it stands")
    filled = _otherwise(play, filled)
    texts = play_texts(play, filled)
    for place in sorted({*origin.files, *texts}):
        _bring(project, place, origin.files.get(place), texts.get(place), change)
    settings = play_settings(play, filled)
    _declare(project, settings, origin.declares, change, Change())
    now = Origin(version, filled, texts, settings)
    if replace(now, version=origin.version) != origin:
        _record(play, project, change, now, Change())
    return change


def _bring(project: Path, place: str, base: str | None, theirs: str | None, change: Change) -> None:
    """Bring one file up to date."""
    mine = text_of(project / place)
    match mine, base, theirs:
        case None, None, str(text):
            change.texts[place] = text
        case str(here), None, str(text) if here != text:
            change.taken.append(place)
        case None, str(), str() if base != theirs:
            change.told.append(f"{place} was deleted here, and is left so")
        case str(here), str(), None if here == base:
            change.texts[place] = None
        case str(), str(), None:
            change.told.append(f"{place} is no longer on the shelf; yours is left as it is")
        case str(here), str(before), str(text):
            made, conflicts = merged(here, before, text)
            if made != here:
                change.texts[place] = made
            if conflicts:
                change.marked[place] = marks(made)
        case _:
            pass
