"""What a play needs to know, put into a project's `cuebook.yaml` between the lines of its author."""

from dataclasses import dataclass, field
from typing import Final

from ..dsl.diagnostics import Report
from ..dsl.document import Mapping, Node, Scalar, Sequence, read
from ..dsl.formatting import laid_out, quoted
from ..dsl.plain import plain
from ..dsl.project import SETTINGS
from ..dsl.shapes import empty
from ..engine.core.vocabulary import fold

__all__ = ["Conflict", "Joined", "joined"]

_OWN: Final = ("project", "timezone", "inputs")
"""Keys that each project has for itself."""
_YIELDING: Final = ("limits", "calendar", "calendars", "best hour", "teams")
"""Sections in which what the project says wins over what a play was written with."""


@dataclass(frozen=True, slots=True)
class Conflict:
    """A name that means one thing here and another in the play."""

    what: str
    line: int
    mine: str
    theirs: str


@dataclass(slots=True)
class Joined:
    """The text afterwards, and what was done: names as `attributes.email_opt_in`."""

    text: str
    added: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)
    """What the project says otherwise, and may."""
    conflicts: list[Conflict] = field(default_factory=list)


def joined(mine: str, theirs: str) -> Joined:
    """Return the declarations of a project with those it lacks; comments and layout stay."""
    ours, others = _top(mine), _top(theirs)
    done = Joined(mine)
    if ours is None or others is None:
        return done
    work = _Work(mine, theirs, done)
    work.walk((), ours, others)
    text = work.written()
    if laid_out(SETTINGS, mine, Report()) == mine:
        text = laid_out(SETTINGS, text, Report()) or text
    done.text = text
    return done


def _top(text: str) -> Mapping | None:
    documents = [node for node in read(SETTINGS, text, Report()) if not empty(node)]
    return documents[0] if documents and isinstance(documents[0], Mapping) else None


class _Work:
    """Collects insertions into one text, each at its offset."""

    def __init__(self, mine: str, theirs: str, done: Joined) -> None:
        self.mine = mine
        self.theirs = theirs
        self.done = done
        self.edits: list[tuple[int, int, int, str]] = []

    def written(self) -> str:
        """Return the text with all insertions, inner ones before outer ones at the same place."""
        text = self.mine
        for offset, _, _, added in sorted(self.edits, reverse=True):
            text = f"{text[:offset]}{added}{text[offset:]}"
        return text

    def walk(self, path: tuple[str, ...], mine: Mapping, theirs: Mapping) -> None:
        """Insert what `mine` lacks of `theirs`, and compare what both have."""
        taken = {fold(key.value): value for key, value in mine.entries}
        for key, node in theirs.entries:
            if not path and key.value in _OWN:
                continue
            here = (*path, key.value)
            found = taken.get(fold(key.value))
            if found is None:
                self._insert(here, mine, key, node)
            elif plain(found) != plain(node):
                self._compare(here, found, node)

    def _compare(self, path: tuple[str, ...], mine: Node, theirs: Node) -> None:
        opened = len(path) == 1 or (path[0] == "events" and len(path) == 2)
        match mine, theirs:
            case Mapping(), Mapping() if opened:
                self.walk(path, mine, theirs)
            case Scalar(), Mapping() if opened and empty(mine):
                self._begin(path, mine, theirs)
            case Sequence(), Sequence() if len(path) == 1:
                self._append(path, mine, theirs)
            case _ if path[0] in _YIELDING or _holds(mine, theirs):
                self.done.kept.append(".".join(path))
            case _:
                self._conflict(path, mine, theirs)

    def _conflict(self, path: tuple[str, ...], mine: Node, theirs: Node) -> None:
        line = self.mine.count("\n", 0, mine.span.start) + 1
        said = _flow(mine), _flow(theirs)
        self.done.conflicts.append(Conflict(".".join(path), line, *said))

    def _insert(self, path: tuple[str, ...], into: Mapping, key: Scalar, node: Node) -> None:
        self._added(path, node)
        if self.mine[into.span.start : into.span.start + 1] == "{":
            self._between(into.span.end - 1, path, f"{_key(key)}: {_flow(node)}")
            return
        margin = _column(self.mine, into.entries[0][0].span.start)
        raw = self.theirs[key.span.start : node.span.end]
        text = _moved(raw, margin - _column(self.theirs, key.span.start), margin)
        self._edit(self._line_end(into.entries[-1]), path, f"\n{text}")

    def _begin(self, path: tuple[str, ...], mine: Scalar, theirs: Mapping) -> None:
        """Fill what is declared with nothing in it."""
        self._added(path, theirs)
        self._edit(mine.span.start, path, f" {_flow(theirs)}")

    def _append(self, path: tuple[str, ...], mine: Sequence, theirs: Sequence) -> None:
        have = [plain(item) for item in mine.items]
        for item in theirs.items:
            if plain(item) in have:
                continue
            self.done.added.append(f"{path[0]}: {_flow(item)}")
            if self.mine[mine.span.start : mine.span.start + 1] == "[":
                self._between(mine.span.end - 1, path, _flow(item))
            else:
                margin = " " * _column(self.mine, mine.span.start)
                end = self._end(mine.items[-1].span.end)
                self._edit(end, path, f"\n{margin}- {_flow(item)}")

    def _added(self, path: tuple[str, ...], node: Node) -> None:
        if len(path) > 1 or not isinstance(node, Mapping):
            self.done.added.append(".".join(path))
        else:
            self.done.added += [f"{path[0]}.{key.value}" for key, _ in node.entries]

    def _between(self, offset: int, path: tuple[str, ...], text: str) -> None:
        """Put something before a closing bracket, with a comma where something stands before it."""
        first = self.mine[:offset].rstrip().endswith((",", "{", "["))
        alone = first and all(at != offset for at, *_ in self.edits)
        self._edit(offset, path, text if alone else f", {text}")

    def _edit(self, offset: int, path: tuple[str, ...], text: str) -> None:
        # Put in from the last to the first; at one place what is deeper stands before what is not.
        self.edits.append((offset, -len(path), len(self.edits), text))

    def _line_end(self, entry: tuple[Scalar, Node]) -> int:
        key, node = entry
        return self._end(max(key.span.end, node.span.end))

    def _end(self, offset: int) -> int:
        """Return the end of the line in which something ends, behind its comment."""
        if self.mine[offset - 1 : offset] == "\n":
            return offset - 1
        found = self.mine.find("\n", offset)
        return found if found >= 0 else len(self.mine)


def _column(text: str, offset: int) -> int:
    return offset - text.rfind("\n", 0, offset) - 1


def _moved(raw: str, by: int, margin: int) -> str:
    """Return lines further to the right, or to the left; the first one begins at its margin."""
    first, *rest = raw.rstrip().split("\n")
    moved = [f"{' ' * by}{line}" if by > 0 else line[-by:] for line in rest]
    return "\n".join([" " * margin + first, *(line.rstrip() for line in moved)])


def _holds(mine: Node, theirs: Node) -> bool:
    """Return whether one declaration has room for another: options for a text, more options, more stages."""
    match plain(mine), plain(theirs):
        case {"one of": list(options)}, "text":
            return bool(options)
        case {"one of": list(options)}, {"one of": list(wanted)}:
            return all(one in options for one in wanted)
        case {"stages": list(stages)}, {"stages": list(wanted)}:
            return all(one in stages for one in wanted)
        case _:
            return False


def _key(key: Scalar) -> str:
    return quoted(key.value, flow=True)


def _flow(node: Node) -> str:
    """Return a node in one line."""
    match node:
        case Scalar(value=value, style="plain"):
            return quoted(value, flow=True) if value else value
        case Scalar(value=value):
            return quoted(value, flow=True)
        case Sequence(items=items):
            return f"[{', '.join(map(_flow, items))}]"
        case Mapping(entries=entries):
            return f"{{{', '.join(f'{_key(key)}: {_flow(value)}' for key, value in entries)}}}"
