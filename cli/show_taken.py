"""What taking a play, or bringing it up to date, does to a project: as people and programs read it."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from ..dsl.project import SETTINGS
from ..playbooks.catalogue import Play
from ..playbooks.origins import LOCK
from ..playbooks.taking import Change, text_of
from .differences import difference
from .terminal import harmless, plural

__all__ = ["Step", "differing", "print_json"]

_LONGEST: Final = 72


@dataclass(slots=True)
class Step:
    """One play of a command, with what it changes."""

    play: Play
    change: Change
    refused: list[str] = field(init=False)
    """Why nothing is written."""
    fates: dict[str, str] = field(default_factory=dict)
    """By file what becomes of it, in one word."""
    changes: dict[str, str] = field(default_factory=dict)
    """By file what changes in it, as a unified diff; not of the lock file."""
    written: bool = False

    def __post_init__(self) -> None:
        self.refused = list(_refused(self.change, self.play))

    def found(self, project: Path) -> None:
        """Look at the project before it is written to."""
        for place, text in self.change.texts.items():
            before = text_of(project / place)
            self.fates[place] = _fate(place, self.change, before)
            if place != LOCK:
                self.changes[place] = difference(place, before or "", text or "")

    def told(self) -> str:
        """Return what was done, as people read it."""
        change = self.change
        lines = [f"{self.play.path}: {plural(len(change.texts), 'file')}"]
        lines += [f"  {fate}  {place}" for place, fate in self.fates.items()]
        lines += _listed("declared", change.settings.added)
        lines += _listed("kept as yours", change.settings.kept)
        lines += [*change.told, *differing(change.marked)]
        return "\n".join([*map(harmless, lines), ""])

    def as_json(self) -> dict[str, object]:
        """Return what was done, or would be, or why not."""
        return {
            "play": self.play.path,
            "written": self.written,
            "refused": self.refused,
            "files": self.fates,
            "declared": self.change.settings.added,
            "kept": self.change.settings.kept,
            "conflicts": self.change.marked,
            "notes": self.change.told,
            "diff": self.changes,
        }


def print_json(steps: Sequence[Step]) -> None:
    """Print what a command did, play by play."""
    told = {"plays": [step.as_json() for step in steps]}
    sys.stdout.write(json.dumps(told, ensure_ascii=False, indent=2) + "\n")


def differing(marked: Mapping[str, Sequence[int]]) -> list[str]:
    """Return each place of a file that needs a person, with its line."""
    return [
        f"{place}:{line}: you and the shelf changed the same lines"
        for place, lines in marked.items()
        for line in lines
    ]


def _refused(change: Change, play: Play) -> Iterator[str]:
    for place in change.taken:
        yield f"{place} stands there already, and is not that of {play.path}: move it first"
    for one in change.settings.conflicts:
        where = f"{SETTINGS}:{one.line}"
        mine, theirs = _short(one.mine), _short(one.theirs)
        yield f"{where}: {one.what} is {mine} here, and {theirs} in {play.path}"


def _short(text: str) -> str:
    return text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…"


def _fate(place: str, change: Change, before: str | None) -> str:
    if change.texts[place] is None:
        return "deleted"
    if place in change.marked:
        return "marked"
    return "new" if before is None else "changed"


def _listed(what: str, names: Sequence[str]) -> list[str]:
    return [f"{what}: {', '.join(names)}"] if names else []
