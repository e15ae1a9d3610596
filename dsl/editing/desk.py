"""One project that somebody edits: checked again and again, and asked about what is in it."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from ..diagnostics import Diagnostic, Fix, Label, Mention
from ..fixing import fixed
from ..known import Known
from ..memory import Memory
from ..project import Compiled, compile_project
from ..schema import nameable
from ..sources import Files, Source
from . import symbols
from .complete import complete_message, complete_rules, complete_yaml
from .hover import about_key, about_name
from .naming import alike, at, declaration, inside, mentions_in
from .offers import Words
from .outline import outline, slot_at
from .renaming import piece, refusal, renamed, simple, with_edits
from .shapes import key_at, top_of
from .valued import Completion

__all__ = ["Desk", "Refused"]

_TEMPLATES: Final = "templates"


class Refused(Exception):  # noqa: N818 - no error of ours: somebody asked for what cannot be
    """What was asked for cannot be done; the message says why."""


class Desk:
    """A project, its open texts, and what was last understood of it."""

    def __init__(self, root: Path, files: Files) -> None:
        self.root = root
        self.files = files
        self.compiled: Compiled | None = None
        self._memory = Memory()
        self._known: Known | None = None
        self._proven: list[Diagnostic] = []
        """What only a whole check finds, with the texts of that check."""
        self._texts: dict[str, str] = {}

    # --- checks -----------------------------------------------------------------------------------

    def check(
        self, *, proven: bool, pause: Callable[[], None] = lambda: None
    ) -> dict[Path, list[Diagnostic]]:
        """Compile the project as it stands; return what is found in each of its files.

        A check that is not `proven` takes over what the last whole one found, wherever the text
        is still the same. `pause` may raise, which ends the check.
        """
        self._memory.pause = pause
        quick = compile_project(self.root, files=self.files, memory=self._memory, proven=False)
        self.compiled = quick
        self._keep(quick.known)
        found = list(quick.report)
        if proven:
            whole = compile_project(self.root, files=self.files, memory=self._memory)
            self.compiled = whole
            self._proven = [note for note in whole.report if note not in set(found)]
            self._texts = {file: source.text for file, source in whole.sources.items()}
            found = list(whole.report)
        elif quick.project is not None:
            found += self._still_proven(quick)
        by_file: dict[Path, list[Diagnostic]] = {Path(file): [] for file in quick.sources}
        for note in dict.fromkeys(found):
            by_file.setdefault(Path(note.span.file), []).append(note)
        return by_file

    def _keep(self, known: Known | None) -> None:
        """Keep what is declared, unless that cannot be read while somebody edits it."""
        words = known.vocabulary if known is not None else None
        if self._known is None or (words is not None and (words.attributes or words.events)):
            self._known = known

    def _still_proven(self, compiled: Compiled) -> Iterator[Diagnostic]:
        for note in self._proven:
            file = note.span.file
            old, new = self._texts.get(file), compiled.sources.get(file)
            moved = _moved(note, old, new.text) if old is not None and new is not None else None
            if moved is not None:
                yield moved

    @property
    def words(self) -> Words | None:
        """All names of the project, as they were last understood; None before any check."""
        if self._known is None:
            return None
        playbooks = self.compiled.playbooks if self.compiled is not None else ()
        return Words(self._known, nameable(self._known, playbooks))

    # --- a place in a file ------------------------------------------------------------------------

    def complete(self, path: Path, text: str, cursor: int) -> Completion:
        """Return what may be typed at a place, and from where on it replaces what is there."""
        words = self.words
        if words is None:
            return cursor, []
        if path.suffix == ".play":
            return complete_rules(text, cursor, words)
        if path.relative_to(self.root).parts[0] == _TEMPLATES:
            return complete_message(text, cursor, words)
        top = top_of(self.root, path)
        return complete_yaml(text, cursor, top, words) if top is not None else (cursor, [])

    def hover(self, path: Path, text: str, cursor: int) -> str | None:
        """Return Markdown about the name or the key at a place; None where there is neither."""
        words, mentions = self.words, self.mentions()
        found = at(mentions, str(path), cursor)
        if found is not None and words is not None:
            place = declaration(mentions, found)
            return about_name(found, words, place, self._source(place))
        top = top_of(self.root, path)
        slot = slot_at(outline(text), cursor) if top is not None else None
        if top is None or slot is None or slot.role == "value":
            return None
        key = key_at(top, (*slot.path, slot.text))
        return about_key(slot.text, key) if key is not None else None

    def symbols(self, path: Path, text: str) -> list[symbols.Symbol]:
        """Return what a file declares."""
        if path.suffix == ".play":
            return symbols.of_rules(text)
        top = top_of(self.root, path)
        return symbols.of_yaml(text, top) if top is not None else []

    def fixes(self, path: Path, start: int, end: int) -> list[tuple[Diagnostic, Fix]]:
        """Return the safe fixes of what is found between two places of a file."""
        found = self.compiled.report if self.compiled is not None else ()
        return [
            (note, note.fix)
            for note in found
            if note.fix is not None
            and note.span.file == str(path)
            and note.span.start <= end
            and note.span.end >= start
        ]

    def mended(self, path: Path) -> str | None:
        """Return a file with all that can be mended safely in it; None where nothing can."""
        if self.compiled is None:
            return None
        done = fixed(self.compiled.report, self.compiled.sources).get(str(path))
        return done[0] if done is not None else None

    # --- names ------------------------------------------------------------------------------------

    def mentions(self) -> list[Mention]:
        """Return every name in every file of the project."""
        words, compiled = self.words, self.compiled
        if words is None or compiled is None:
            return []
        found = list(compiled.report.mentions)
        for file, source in compiled.sources.items():
            top = top_of(self.root, Path(file))
            if top is not None:
                found += mentions_in(source, top, words.names)
        return found

    def definition(self, path: Path, cursor: int) -> Mention | None:
        """Return where the name at a place is declared."""
        mentions = self.mentions()
        found = at(mentions, str(path), cursor)
        return declaration(mentions, found) if found is not None else None

    def references(self, path: Path, cursor: int) -> list[Mention]:
        """Return every place of the name at a place, its declaration included."""
        mentions = self.mentions()
        found = at(mentions, str(path), cursor)
        return alike(mentions, found) if found is not None else []

    def name_at(self, path: Path, cursor: int) -> tuple[Mention, Fix]:
        """Return the name at a place that could be renamed; Refused where there is none."""
        mentions = self.mentions()
        found = at(mentions, str(path), cursor)
        span = piece(found, simple(found), self._sources) if found is not None else None
        if found is None or span is None:
            raise Refused("there is no name here that could be changed")
        if declaration(mentions, found) is None:
            raise Refused(f"`{found.name}` is declared in no file of this project")
        text = self._sources[span.file].text[span.start : span.end]
        return found, Fix(span, text)

    def rename(self, path: Path, cursor: int, new: str) -> list[Fix]:
        """Return the edits that give the name at a place another one in every file.

        Raises Refused for a name that cannot be, or where the project would not be the same.
        """
        found, _ = self.name_at(path, cursor)
        words = self.words
        why = refusal(found, new, words.names) if words is not None else "nothing is known yet"
        if why is not None:
            raise Refused(why)
        mentions = self.mentions()
        same = [*alike(mentions, found), *inside(mentions, found)]
        fixes, left = renamed(found, same, new, self._sources)
        if left:
            raise Refused(f"`{found.name}` is spelt in a way that cannot be changed from here")
        self._try(found, fixes, new)
        return fixes

    def _try(self, found: Mention, fixes: Iterable[Fix], new: str) -> None:
        """Compile the project with edits in it; Refused where that makes new mistakes."""
        files = Files()
        changed = with_edits(self._sources, fixes)
        files.open = {**self.files.open, **{Path(file): text for file, text in changed.items()}}
        after = compile_project(self.root, files=files, proven=False)
        before = self.compiled.report if self.compiled is not None else ()
        known = {(note.code, note.title.replace(found.name, new)) for note in before}
        for note in after.report:
            if note.severity == "error" and (note.code, note.title) not in known:
                raise Refused(f"then there would be a mistake: {note.title}")

    @property
    def _sources(self) -> dict[str, Source]:
        return self.compiled.sources if self.compiled is not None else {}

    def _source(self, place: Mention | None) -> Source | None:
        return self._sources.get(place.span.file) if place is not None else None


def _moved(note: Diagnostic, old: str, new: str) -> Diagnostic | None:
    """Return a diagnostic where its text stands now; None where that text was edited."""
    if old == new:
        return note
    same = next(
        (at for at, (a, b) in enumerate(zip(old, new, strict=False)) if a != b),
        min(len(old), len(new)),
    )
    tail = 0
    while tail < min(len(old), len(new)) - same and old[-1 - tail] == new[-1 - tail]:
        tail += 1
    if note.span.end <= same:
        return note
    if note.span.start < len(old) - tail:
        return None
    shift = len(new) - len(old)
    span = replace(note.span, start=note.span.start + shift, end=note.span.end + shift)
    return replace(note, span=span, fix=None, others=tuple[Label, ...]())
