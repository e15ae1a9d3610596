"""What a play needs to know, put into a project's `cuebook.yaml` between the lines of its author."""

from dataclasses import dataclass, field
from typing import Final

from ..dsl.diagnostics import Report
from ..dsl.document import Mapping, Node, Scalar, Sequence, read
from ..dsl.formatting import laid_out, quoted
from ..dsl.plain import plain
from ..dsl.project import SETTINGS
from ..dsl.shapes import empty
from ..engine.core.origin import NOWHERE
from ..engine.core.vocabulary import fold
from .staging import missing_stages

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


def joined(mine: str, theirs: str, before: str = "") -> Joined:
    """Return the declarations of a project with those it lacks; comments and layout stay.

    What still stands as `before` said it, and is said otherwise now, is brought up to date.
    """
    ours, others = _top(mine), _top(theirs)
    done = Joined(mine)
    if others is None:
        return done
    if ours is None:
        return _begun(mine, theirs, others)
    work = _Work(mine, theirs, done)
    work.walk((), ours, others, _top(before))
    text = work.written()
    if laid_out(SETTINGS, mine, Report()) == mine:
        text = laid_out(SETTINGS, text, Report()) or text
    done.text = text
    return done


def _top(text: str) -> Mapping | None:
    documents = [node for node in read(SETTINGS, text, Report()) if not empty(node)]
    return documents[0] if documents and isinstance(documents[0], Mapping) else None


def _begun(mine: str, theirs: str, others: Mapping) -> Joined:
    """Return the declarations of a play as those of a project that declares nothing."""
    done = Joined(mine)
    parts = [mine.rstrip()] if mine.strip() else []
    for key, node in others.entries:
        if key.value not in _OWN:
            parts.append(theirs[key.span.start : node.span.end].rstrip())
            done.added.append(key.value)
    done.text = "\n".join(parts) + "\n"
    return done


class _Work:
    """Collects insertions into one text, each at its offset."""

    def __init__(self, mine: str, theirs: str, done: Joined) -> None:
        self.mine = mine
        self.theirs = theirs
        self.done = done
        ours = _top(mine)
        signals = ours.get("signals") if ours is not None else None
        names = signals.entries if isinstance(signals, Mapping) else ()
        self.signals = tuple(fold(key.value) for key, _ in names)
        """What the project computes, and nobody need tell."""
        self.edits: list[tuple[int, int, int, str, int]] = []

    def written(self) -> str:
        """Return the text with all edits, inner ones before outer ones at the same place."""
        text = self.mine
        for offset, _, _, added, end in sorted(self.edits, reverse=True):
            text = f"{text[:offset]}{added}{text[end:]}"
        return text

    def walk(
        self, path: tuple[str, ...], mine: Mapping, theirs: Mapping, before: Node | None = None
    ) -> None:
        """Insert what `mine` lacks of `theirs`, and compare what both have."""
        taken = {fold(key.value): value for key, value in mine.entries}
        computed = self.signals if path == ("attributes",) else ()
        for key, node in theirs.entries:
            if not path and key.value in _OWN:
                continue
            here = (*path, key.value)
            found = taken.get(fold(key.value))
            was = before.get(key.value) if isinstance(before, Mapping) else None
            if fold(key.value) in computed:
                self.done.kept.append(".".join(here))
            elif found is None:
                self._insert(here, mine, key, self._told(here, node))
            elif plain(found) != plain(node):
                self._compare(here, found, node, was)

    def _told(self, path: tuple[str, ...], node: Node) -> Node:
        """Return a section without what the project computes."""
        if path != ("attributes",) or not isinstance(node, Mapping):
            return node
        entries = tuple(one for one in node.entries if fold(one[0].value) not in self.signals)
        return node if entries == node.entries else Mapping(entries, NOWHERE)

    def _compare(
        self, path: tuple[str, ...], mine: Node, theirs: Node, before: Node | None
    ) -> None:
        opened = len(path) == 1 or (path[0] == "events" and len(path) == 2)
        match mine, theirs:
            case _ if not opened and before is not None and plain(mine) == plain(before):
                self._replace(path, mine, theirs)
            case Mapping(), Mapping() if opened:
                self.walk(path, mine, theirs, before)
            case Scalar(), Mapping() if opened and empty(mine):
                self._begin(path, mine, theirs)
            case Sequence(), Sequence() if len(path) == 1:
                self._append(path, mine, theirs)
            case Mapping(), Mapping() if path[0] == "lifecycles":
                self._lengthen(path, mine, theirs)
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
        short = f"{_key(key)}: {_flow(node)}"
        if self.mine[into.span.start : into.span.start + 1] == "{":
            self._between(into.span.end - 1, path, short)
            return
        margin = _column(self.mine, into.entries[0][0].span.start)
        written = node.span is not NOWHERE
        raw = self.theirs[key.span.start : node.span.end] if written else short
        text = _moved(raw, margin - _column(self.theirs, key.span.start), margin)
        self._edit(self._line_end(into.entries[-1]), path, f"\n{text}")

    def _begin(self, path: tuple[str, ...], mine: Scalar, theirs: Mapping) -> None:
        """Fill what is declared with nothing in it."""
        self._added(path, theirs)
        self._edit(mine.span.start, path, f" {_flow(theirs)}")

    def _replace(self, path: tuple[str, ...], mine: Node, theirs: Node) -> None:
        """Bring up to date what nobody has changed since it came."""
        self.done.added.append(".".join(path))
        end = self._end(mine.span.end) if self.mine[mine.span.end - 1] == "\n" else mine.span.end
        self._edit(mine.span.start, path, _flow(theirs), end)

    def _lengthen(self, path: tuple[str, ...], mine: Mapping, theirs: Mapping) -> None:
        """Put stages that a lifecycle lacks behind those that they follow, and add its moves."""
        missing = missing_stages(mine, theirs)
        moves, more = mine.get("moves"), theirs.get("moves")
        if missing is None or (moves is None and more is not None):
            self._conflict(path, mine, theirs)
            return
        for behind, name in missing:
            self._stage(path, behind, name)
        if isinstance(moves, Sequence) and isinstance(more, Sequence):
            self._append((*path, "moves"), moves, more)
        if not missing:
            self.done.kept.append(".".join(path))

    def _stage(self, path: tuple[str, ...], behind: Node, name: str) -> None:
        self.done.added.append(f"{'.'.join(path)}: {name}")
        start = self.mine.rfind("\n", 0, behind.span.start) + 1
        margin, sign = self.mine[start : behind.span.start].partition("-")[:2]
        block = sign and not margin.strip()
        text = f"\n{margin}- {name}" if block else f", {name}"
        self._edit(self._end(behind.span.end) if block else behind.span.end, path, text)

    def _append(self, path: tuple[str, ...], mine: Sequence, theirs: Sequence) -> None:
        have = [plain(item) for item in mine.items]
        for item in theirs.items:
            if plain(item) in have:
                continue
            self.done.added.append(f"{'.'.join(path)}: {_flow(item)}")
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

    def _edit(self, offset: int, path: tuple[str, ...], text: str, end: int | None = None) -> None:
        # Put in from the last to the first; at one place what is deeper stands before what is not.
        self.edits.append((offset, -len(path), len(self.edits), text, end or offset))

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
    """Return whether a declaration may stay though another is meant.

    What a play says of its options is held against those of the project when it is compiled.
    """
    match plain(mine), plain(theirs):
        case {"one of": list()} | "text", {"one of": list()}:
            return True
        case {"one of": list(options)}, "text":
            return bool(options)
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
