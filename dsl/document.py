"""YAML 1.2 that remembers where each character stood.

Every scalar stays text (`on`, `no`, `10:00`, dates); duplicate keys, aliases, merge keys and tags
are mistakes. Read from PyYAML's events rather than its nodes: composing recurses, and the C
composer crashes the process on 25,000 nested brackets, while events can be counted as they come.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal

from ..engine.core.origin import Span
from .align import Offsets
from .diagnostics import Diagnostic, Label, Report
from .sources import acceptable
from .yaml_errors import describe, quoted

if TYPE_CHECKING:
    from yaml import YAMLError

from ..engine.core.fixed import fixed

__all__ = ["MAX_DEPTH", "Mapping", "Node", "Scalar", "Sequence", "read"]

MAX_DEPTH: Final = 100
"""How deeply lists and mappings may stand inside each other."""


@fixed
class Scalar:
    """A text in a document; what it means (number, boolean, condition) its reader decides."""

    value: str
    span: Span
    """The whole scalar in the file, quotes included."""
    style: Literal["plain", "single", "double", "literal", "folded"] = "plain"
    offsets: Callable[[], tuple[int, ...]] | None = None
    """For each character of `value`, and its end, the offset in the file; computed when asked."""

    def place(self, start: int, end: int) -> Span:
        """Return where `value[start:end]` stands in the file, exactly, in every style."""
        if self.offsets is None:
            return Span(self.span.file, self.span.start + start, self.span.start + end)
        at = self.offsets()
        last = at[end - 1] + 1 if end > start else at[start]
        return Span(self.span.file, at[start], max(last, at[start]))

    def part(self, start: int, end: int) -> "Scalar":
        """Return `value[start:end]` as a text of its own that knows where it stands."""
        span = self.place(start, end)
        if self.offsets is None:
            return Scalar(self.value[start:end], span, self.style)
        at = self.offsets()[start : end + 1]
        return Scalar(self.value[start:end], span, self.style, lambda: at)


@fixed
class Sequence:
    """A list in a document."""

    items: tuple["Node", ...]
    span: Span


@fixed
class Mapping:
    """Keys and values in the order they were written; keys are unique."""

    entries: tuple[tuple[Scalar, "Node"], ...]
    span: Span

    def get(self, key: str) -> "Node | None":
        """Return what stands under `key`, or None."""
        for name, value in self.entries:
            if name.value == key:
                return value
        return None


Node = Scalar | Sequence | Mapping

Style = Literal["plain", "single", "double", "literal", "folded"]
_STYLES: Final[dict[str | None, Style]] = {
    None: "plain",
    "": "plain",
    "'": "single",
    '"': "double",
    "|": "literal",
    ">": "folded",
}


def read(file: str, text: str, report: Report) -> tuple[Node, ...]:
    """Read each YAML document of a text; one with a mistake in its YAML is left out.

    Reading goes on at the next `---`, so that one run tells the mistakes of every document.
    """
    documents: list[Node] = []
    if not acceptable(file, text, report):
        return ()
    start = 1 if text.startswith("\ufeff") else 0
    while True:
        failed_at = _Reader(file, text, start, report).read_into(documents)
        following = -1 if failed_at is None else text.find("\n---", failed_at)
        if following < 0:
            return tuple(documents)
        start = following + 1


class _Unreadable(Exception):  # noqa: N818 - not an error of ours: it ends the reading of a document
    """The rest of this document cannot be read; what is wrong has been reported."""

    def __init__(self, at: int) -> None:
        self.at = at


@dataclass(slots=True, eq=False, repr=False)
class _Open:
    """A list or mapping whose end has not come yet."""

    start: int
    flow: bool
    items: list[Node] = field(default_factory=list)
    keys: dict[str, Scalar] | None = None
    """The keys so far of a mapping, None for a list."""
    key: Scalar | None = None
    """The key whose value comes next."""
    entries: list[tuple[Scalar, Node]] = field(default_factory=list)

    def close(self, file: str, end: int) -> Node:
        """Return the finished node; a block ends with what stands in it, not with the blank after."""
        if self.keys is not None:
            last = self.entries[-1][1].span.end if self.entries else end
            span = Span(file, self.start, end if self.flow else max(last, self.start))
            return Mapping(tuple(self.entries), span)
        last = self.items[-1].span.end if self.items else end
        span = Span(file, self.start, end if self.flow else max(last, self.start))
        return Sequence(tuple(self.items), span)


class _Reader:
    """Builds nodes from the events of a text, from an offset on."""

    def __init__(self, file: str, text: str, start: int, report: Report) -> None:
        self.file = file
        self.text = text
        self.base = start
        self.report = report
        self.stack: list[_Open] = []
        self.root: Node | None = None

    def read_into(self, documents: list[Node]) -> int | None:
        """Add each document; return the offset at which reading failed, if it did."""
        # Reading YAML is asked for by name: whoever only imports the nodes does not pay for it.
        import yaml  # noqa: PLC0415

        source = self.text[self.base :] if self.base else self.text
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)(source)
        try:
            while loader.check_event():
                if self._take(loader.get_event()) and self.root is not None:
                    documents.append(self.root)
                    self.root = None
        except _Unreadable as stop:
            return stop.at
        except yaml.YAMLError as error:
            return self._report(error)
        finally:
            loader.dispose()
        return None

    def _take(self, event: Any) -> bool:
        """Take one event; return whether it ended a document."""
        match type(event).__name__:
            case "ScalarEvent":
                self._refuse_marks(event)
                self._add(self._scalar(event))
            case "SequenceStartEvent":
                self._open(event, keys=None)
            case "MappingStartEvent":
                self._open(event, keys={})
            case "SequenceEndEvent" | "MappingEndEvent":
                node = self.stack.pop().close(self.file, self.base + event.end_mark.index)
                self._add(node)
            case "AliasEvent":
                self._refuse_reuse(event, f"*{event.anchor}")
            case "DocumentEndEvent":
                return True
            case _:  # Stream and document starts carry nothing.
                pass
        return False

    def _scalar(self, event: Any) -> Scalar:
        start = self.base + event.start_mark.index
        end = self.base + event.end_mark.index
        value: str = event.value
        style = _STYLES[event.style]
        if style == "plain" and end - start == len(value):
            return Scalar(value, Span(self.file, start, end))
        if style in ("literal", "folded"):
            end = start + len(self.text[start:end].rstrip())
        offsets = Offsets(self.text, start, end, value)
        return Scalar(value, Span(self.file, start, end), style, offsets)

    def _open(self, event: Any, *, keys: dict[str, Scalar] | None) -> None:
        self._refuse_marks(event)
        start = self.base + event.start_mark.index
        if len(self.stack) == MAX_DEPTH:
            raise _Unreadable(self._refuse_depth(start))
        self.stack.append(_Open(start, bool(event.flow_style), keys=keys))

    def _refuse_depth(self, at: int) -> int:
        self.report.error(
            "Y103",
            Span(self.file, at, at + 1),
            "nested too deeply",
            f"more than {MAX_DEPTH} lists and mappings inside each other",
            "a playbook needs a handful of levels; is a bracket or a dash left over?",
        )
        return at

    def _add(self, node: Node) -> None:
        """Put a finished node where it belongs: the document, a list, a key or its value."""
        if not self.stack:
            self.root = node
            return
        top = self.stack[-1]
        if top.keys is None:
            top.items.append(node)
        elif top.key is None:
            top.key = self._key(node, top.keys)
        else:
            first = top.keys.setdefault(top.key.value, top.key)
            if first is top.key and not _merges(first):
                top.entries.append((top.key, node))
            top.key = None

    def _key(self, node: Node, known: dict[str, Scalar]) -> Scalar:
        """Return the key, having reported one that is no text, merges, or stands here already."""
        if not isinstance(node, Scalar):
            self._refuse_key(node)
            raise _Unreadable(node.span.end)
        if _merges(node):
            self.report.error(
                "Y106",
                node.span,
                "merge keys are not used here",
                "`<<`",
                "write the keys out; what several steps share belongs into a named action",
            )
        if node.value in known:
            self._report_twice(node, known[node.value])
        return node

    def _refuse_key(self, node: Node) -> None:
        """Report a list or mapping as a key, which mostly is a template without its quotes."""
        start = self.stack[-1].start
        end = self.text.find("}}", start)
        if self.text.startswith("{{", start) and end > 0:
            template = self.text[start : end + 2]
            self.report.error(
                "Y109",
                Span(self.file, start, end + 2),
                "this template needs quotes",
                "YAML reads a mapping here",
                f"write: `{quoted(template)}`",
            )
            return
        self.report.error(
            "Y108", node.span, "a key must be a text", "a list or a mapping", "put it in quotes"
        )

    def _report_twice(self, again: Scalar, first: Scalar) -> None:
        lines = [self.text.count("\n", 0, key.span.start) + 1 for key in (first, again)]
        self.report.add(
            Diagnostic(
                "Y104",
                f"the key `{again.value}` stands twice, in lines {lines[0]} and {lines[1]}",
                again.span,
                "the second one",
                ("keep one of them; several values for one key are written as a list",),
                others=(Label(first.span, "the first one"),),
            )
        )

    def _refuse_marks(self, event: Any) -> None:
        """Report an anchor or a tag before a node."""
        if event.anchor is not None:
            self._refuse_reuse(event, f"&{event.anchor}")
        if event.tag is not None:
            start = self.base + event.start_mark.index
            written = self.text[start : start + 80].split(maxsplit=1)[0]
            self.report.error(
                "Y107",
                Span(self.file, start, start + len(written)),
                f"tags are not used here: `{written}`",
                "a tag",
                "remove it; a text that begins with `!` stands in quotes",
            )

    def _refuse_reuse(self, event: Any, written: str) -> None:
        start = self.base + event.start_mark.index
        self.report.error(
            "Y105",
            Span(self.file, start, start + len(written)),
            f"anchors and aliases are not used here: `{written}`",
            "an alias" if written.startswith("*") else "an anchor",
            f"write the value out; a text that begins with `{written[0]}` stands in quotes",
        )
        raise _Unreadable(start)

    def _report(self, error: "YAMLError") -> int:
        """Say in the author's words what YAML could not read, and where."""
        mark: Any = getattr(error, "problem_mark", None)
        if mark is not None and "nesting depth" in str(getattr(error, "problem", "")):
            # Since 0.2.6 libyaml counts levels itself, before it hands over the first event.
            return self._refuse_depth(self.base + mark.index)
        opened = next((part.start for part in reversed(self.stack) if part.flow), None)
        diagnostic = describe(self.file, self.text, self.base, error, opened=opened)
        self.report.add(diagnostic)
        return diagnostic.span.start


def _merges(key: Scalar) -> bool:
    return key.value == "<<" and key.style == "plain"
