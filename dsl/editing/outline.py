"""YAML as it stands while somebody types it: keys and values by their paths, found line by line.

The compiler's reader refuses what is half typed; this one never does, and guesses by indentation.
"""

import re
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = ["Path", "Slot", "outline", "slot_at"]

Path = tuple[str | int, ...]
"""Keys and places in lists, from the top of a document down."""

_KEY: Final = re.compile(
    r"""(?P<key>"[^"\n]*"|'[^'\n]*'|[^\s"'{}\[\],#&*!|>%@`-][^\n:#]*?|-[^\s:#][^\n:#]*?)\s*:(?=[ \t]|$)""",
    re.MULTILINE,
)
_DASH: Final = re.compile(r"-(?=[ \t]|$)", re.MULTILINE)
_BLOCK: Final = re.compile(r"[|>][-+0-9]*[ \t]*(?:#.*)?$", re.MULTILINE)
_PLAIN: Final = re.compile(r"(?:(?![ \t]#)[^\n])*")
_FLOW_PLAIN: Final = re.compile(r"(?:(?![ \t]#|:[ \t\n]|:$)[^\n,{}\[\]])*", re.MULTILINE)
_QUOTED: Final = {
    '"': re.compile(r'"(?:[^"\\\n]|\\.|\n[ \t]+)*"?'),
    "'": re.compile(r"'(?:[^'\n]|''|\n[ \t]+)*'?"),
}
_BLANK: Final = re.compile(r"[ \t]*")
_GAP: Final = re.compile(r"(?:[ \t\n]|(?<![^\s])#[^\n]*)*")


_Steps = Generator["Slot", None, int]
"""Slots, and at last the offset behind them."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A place where a key or a value stands, or could."""

    role: Literal["key", "value", "bare"]
    """`bare` is what may become either: a line, or an item of a list, without a colon yet."""
    path: Path
    """Of a key, the mapping it is in; of a value, its own."""
    start: int
    end: int
    document: int
    """How many documents of the file come before."""
    text: str = ""
    """What stands there, without quotes."""
    inset: int = 0
    """How many characters stand before `text`: a quote."""


@dataclass(slots=True)
class _Frame:
    """A list or a mapping that is open at a line."""

    column: int
    path: Path
    index: int | None = None
    """Which item of a list is being read; None in a mapping."""
    key: str = ""
    """The last key of a mapping; of an item in brackets, the one that makes it a mapping."""
    filled: bool = False
    """Whether the value of the last key stands on its own line."""

    @property
    def here(self) -> Path:
        """The path of what is being read."""
        if self.index is None:
            return (*self.path, self.key)
        return (*self.path, self.index, *([self.key] if self.key else []))


def outline(text: str, cursor: int | None = None) -> list[Slot]:
    """Return all slots of a file, and the empty one at the cursor."""
    return list(_Scanner(text, cursor).slots())


def slot_at(slots: list[Slot], cursor: int) -> Slot | None:
    """Return the innermost slot that the cursor touches."""
    touched = [slot for slot in slots if slot.start <= cursor <= slot.end]
    return max(touched, key=lambda slot: (slot.start, slot.role == "bare"), default=None)


@dataclass(slots=True)
class _Scanner:
    text: str
    cursor: int | None
    at: int = 0
    document: int = 0
    frames: list[_Frame] = field(default_factory=list)
    opened: int = 0
    """Where the brackets began that are being read."""
    column: int = 0
    """The column that their lines have to stand right of."""

    def slots(self) -> Iterator[Slot]:
        while self.at <= len(self.text):
            start, end = self.at, self._line_end(self.at)
            line = self.text[start:end]
            content = start + len(line) - len(line.lstrip(" "))
            bare = line.strip()
            if line.startswith(("---", "...")):
                self.document += line.startswith("---")
                self.frames.clear()
                self.at = end + 1
            elif not bare or bare.startswith("#"):
                if self.cursor is not None and start <= self.cursor <= end and not bare:
                    yield self._empty(start, self.cursor, end)
                self.at = end + 1
            else:
                yield from self._line(content, content - start)
                if self.at <= end or self.text[end : self.at].rpartition("\n")[2].strip(" "):
                    self.at = self._line_end(max(self.at, end)) + 1
                else:
                    self.at = self.text.rfind("\n", 0, self.at) + 1

    def _line_end(self, at: int) -> int:
        end = self.text.find("\n", at)
        return len(self.text) if end < 0 else end

    def _empty(self, start: int, cursor: int, end: int) -> Slot:
        """Return the slot of an empty line, by the column of the cursor."""
        path = self._container(cursor - start)
        return Slot("bare", path, cursor, end, self.document)

    def _container(self, column: int) -> Path:
        """Return what a line at this column belongs to: a mapping begun before, or a new value."""
        for frame in reversed(self.frames):
            if frame.column == column and frame.index is None:
                return frame.path
            if frame.column < column:
                return frame.here if not frame.filled else frame.path
        return ()

    # --- lines ------------------------------------------------------------------------------------

    def _line(self, at: int, column: int) -> Iterator[Slot]:
        """Read what a line begins: items of lists, then a key or a text."""
        while _DASH.match(self.text, at):
            self._item(column)
            blank = _BLANK.match(self.text, at + 1)
            after = blank.end() if blank else at + 1
            column += after - at
            at = after
            if self._line_end(at) == at or self.text[at] == "#":
                yield Slot("bare", self.frames[-1].here, at, at, self.document)
                self.at = at
                return
        key = _KEY.match(self.text, at)
        if key is not None:
            yield from self._entry(key, column)
            return
        path = self._container(column) if not self._is_item(column) else self.frames[-1].here
        yield from self._value(at, path, column - 1, "bare")

    def _is_item(self, column: int) -> bool:
        """Whether a dash stands before this column on the same line."""
        top = self.frames[-1] if self.frames else None
        return top is not None and top.index is not None and top.column < column and not top.filled

    def _item(self, column: int) -> None:
        """Begin the next item of the list whose dashes stand in this column."""
        while self.frames and self.frames[-1].column > column:
            self.frames.pop()
        top = self.frames[-1] if self.frames else None
        if top is not None and top.index is not None and top.column == column:
            top.index, top.filled = top.index + 1, False
            return
        self.frames.append(_Frame(column, top.here if top is not None else (), 0))

    def _entry(self, key: "re.Match[str]", column: int) -> Iterator[Slot]:
        """Read a key and what stands behind its colon."""
        while self.frames and (
            self.frames[-1].column > column
            or (self.frames[-1].column == column and self.frames[-1].index is not None)
        ):
            self.frames.pop()
        top = self.frames[-1] if self.frames else None
        if top is None or top.column < column:
            top = _Frame(column, top.here if top is not None else ())
            self.frames.append(top)
        name = _unquoted(key["key"])
        top.key = name
        yield Slot("key", top.path, key.start(), key.end("key"), self.document, name)
        blank = _BLANK.match(self.text, key.end())
        at = blank.end() if blank else key.end()
        top.filled = self.text[at : at + 1] not in ("", "\n", "#")
        yield from self._value(at, top.here, column, "value")

    def _value(
        self, at: int, path: Path, column: int, role: Literal["value", "bare"]
    ) -> Iterator[Slot]:
        """Read a value from where it begins; its lines stand further right than `column`."""
        sign = self.text[at : at + 1]
        if sign in ("{", "["):
            self.opened, self.column = at, column
            yield from self._flow(at, path)
        elif _BLOCK.match(self.text, at):
            end = self._indented(self._line_end(at), column)
            yield Slot(role, path, at, end, self.document, self.text[self._line_end(at) : end])
            self.at = end
        elif sign in _QUOTED:
            yield self._quoted(at, path, role)
        else:
            found = _PLAIN.match(self.text, at)
            end = found.end() if found else at
            if sign not in ("", "\n", "#"):
                end = self._continued(end, column)
            yield Slot(role, path, at, end, self.document, self.text[at:end])
            self.at = end

    def _indented(self, end: int, column: int) -> int:
        """Return where the lines that stand further right than a column end."""
        while end < len(self.text):
            following = self._line_end(end + 1)
            line = self.text[end + 1 : following]
            if line.strip() and len(line) - len(line.lstrip(" ")) <= column:
                break
            end = following
        return end

    def _continued(self, end: int, column: int) -> int:
        """Return where a plain text ends that goes on in lines further right."""
        while end < len(self.text) and self.text[end] == "\n":
            following = self._line_end(end + 1)
            line = self.text[end + 1 : following]
            indent = len(line) - len(line.lstrip(" "))
            content = end + 1 + indent
            begins = _KEY.match(self.text, content) or _DASH.match(self.text, content)
            if not line.strip() or indent <= column or begins or line.lstrip().startswith("#"):
                break
            found = _PLAIN.match(self.text, content)
            end = found.end() if found else following
        return end

    def _quoted(self, at: int, path: Path, role: Literal["value", "bare"]) -> Slot:
        found = _QUOTED[self.text[at]].match(self.text, at)
        written = found[0] if found else self.text[at]
        closed = len(written) > 1 and written[-1] == written[0]
        self.at = at + len(written)
        inside = written[1:-1] if closed else written[1:]
        return Slot(role, path, at, self.at, self.document, inside, 1)

    # --- brackets ---------------------------------------------------------------------------------

    def _flow(self, at: int, path: Path) -> Iterator[Slot]:
        """Read what stands in brackets, to where they close or the text ends."""
        opened: list[_Frame] = []
        while at < len(self.text):
            sign = self.text[at]
            if sign in "{[":
                inner = opened[-1].here if opened else path
                opened.append(_Frame(0, inner, 0 if sign == "[" else None))
                at = yield from self._begin(at + 1, opened[-1])
            elif sign in "}]":
                opened.pop()
                at += 1
            elif sign == ",":
                top = opened[-1]
                if top.index is not None:
                    top.index, top.key = top.index + 1, ""
                at = yield from self._begin(at + 1, top)
            else:
                gap = _GAP.match(self.text, at)
                at = gap.end() if gap and gap.end() > at else at + 1
            if not opened or self._left(at):
                break
        self.at = at

    def _left(self, at: int) -> bool:
        """Whether a line begins that cannot belong to brackets: they were never closed."""
        line = self.text.rfind("\n", 0, at) + 1
        begins = line > self.opened and not self.text[line:at].strip()
        out = at - line <= self.column and self.text[at : at + 1] not in ("}", "]", "\n", "#", "")
        return begins and out

    def _begin(self, at: int, frame: _Frame) -> _Steps:
        """Read a key, an item or a gap that begins behind a bracket or a comma."""
        gap = _GAP.match(self.text, at)
        start = gap.end() if gap else at
        sign = self.text[start : start + 1]
        if sign in ("{", "["):
            return start
        if sign in ("", "}", "]", ",") or self._left(start):
            role: Literal["key", "bare"] = "key" if frame.index is None else "bare"
            where = frame.path if frame.index is None else frame.here
            yield Slot(role, where, at, start, self.document)
            return start
        if frame.index is not None and not self._is_key(start):
            return (yield from self._flow_value(start, frame.here, "bare"))
        return (yield from self._flow_entry(start, frame))

    def _is_key(self, start: int) -> bool:
        """Whether an item in brackets is a mapping of one key: `[trial: [early, late]]`."""
        end = start + len(self._flow_scalar(start))
        return self.text[end : end + 1] == ":"

    def _flow_entry(self, start: int, frame: _Frame) -> _Steps:
        written = self._flow_scalar(start)
        end = start + len(written)
        where = frame.path if frame.index is None else frame.here
        frame.key = _unquoted(written)
        yield Slot("key", where, start, end, self.document, frame.key)
        gap = _BLANK.match(self.text, end)
        colon = gap.end() if gap else end
        if self.text[colon : colon + 1] != ":":
            return colon
        gap = _GAP.match(self.text, colon + 1)
        at = gap.end() if gap else colon + 1
        if self.text[at : at + 1] in ("{", "["):
            return at
        if self.text[at : at + 1] in ("", "}", "]", ",") or self._left(at):
            yield Slot("value", frame.here, colon + 1, at, self.document)
            return at
        return (yield from self._flow_value(at, frame.here, "value"))

    def _flow_value(self, at: int, path: Path, role: Literal["value", "bare"]) -> _Steps:
        written = self._flow_scalar(at)
        inset = int(written[:1] in _QUOTED)
        yield Slot(role, path, at, at + len(written), self.document, _unquoted(written), inset)
        return at + len(written)

    def _flow_scalar(self, at: int) -> str:
        """Return what is written as one scalar; at least a character, so that reading goes on."""
        pattern = _QUOTED.get(self.text[at], _FLOW_PLAIN)
        found = pattern.match(self.text, at)
        return (found[0] if found else "") or self.text[at]


def _unquoted(written: str) -> str:
    if written[:1] in ("'", '"'):
        return written[1:-1] if len(written) > 1 and written[-1] == written[0] else written[1:]
    return written.strip()
