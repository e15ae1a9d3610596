"""One canonical layout for playbooks: what `cuebook fmt` writes. Comments stay, meaning stays."""

import re
from collections.abc import Iterator
from typing import Final

from .diagnostics import Report
from .document import Mapping, Node, Scalar, Sequence, read
from .keys import KINDS_OF_STEP, STARTS, table
from .respell import respelt
from .rule_layout import WIDTH, Lines, clean, format_rules
from .shapes import empty
from .trivia import Between, Remark, column, comments, is_flow, leaves, trivia

__all__ = ["WIDTH", "format_rules", "format_yaml", "laid_out", "quoted"]

_PLAYBOOK: Final = (
    *("playbook", "title", "owner", "on", "if", "per", "again", "while running", "late"),
    *("existing", "in flight", "holdout", "priority", "held back", "limits", "steps"),
    *("stop when", "goal"),
)
"""What begins a run, what it does, what ends it."""
_SECTIONS: Final = ("actions", "rules", "tests")
_BRANCHING: Final = ("choose", "split", "repeat")
_KINDS: Final = tuple(kind for kind in KINDS_OF_STEP if kind not in _BRANCHING)
_STEP: Final = (
    *(
        *_KINDS,
        "id",
        "for each",
        "if",
        "unless",
        "after",
        "at",
        "on",
        "in zone",
        "with",
        "as",
        "of",
    ),
    *("up to", *_BRANCHING),
)

_ONE_LINERS: Final = {
    "per": "condition",
    "goal": "goal",
    "again": "again",
    "rules": "rule",
    "signals": "condition",
    "segments": "condition",
    "condition": "condition",
    **{
        key: STARTS[one.takes]
        for name in ("playbook file", "steps", "repeat", "band", "branch", "promise")
        for key, one in table(name).items()
        if one.takes in STARTS
    },
}
"""The keys whose texts the grammar reads, and as what."""
_NUMBERS: Final = {k: STARTS[v.takes] for k, v in table("kpi").items() if v.takes in STARTS}
_JOINING: Final = ("all", "any", "none")
_OPAQUE: Final = frozenset(
    {
        "with",
        "set",
        "emit",
        "customer",
        "timeline",
        "expect",
        "attributes",
        "events",
        "answers",
        "drawn",
    }
)
"""Below these stand data, not conditions."""
_PLAIN: Final = re.compile(r"[A-Za-z0-9(](?:.*[^\s:])?|-(?=\S).*[^\s:]")


def laid_out(file: str, text: str, report: Report) -> str | None:
    """Return a file of a project in its canonical layout, whichever kind of file it is."""
    return format_rules(text) if file.endswith(".play") else format_yaml(file, text, report)


def format_yaml(file: str, text: str, report: Report) -> str | None:
    """Return a YAML file in its canonical layout; None when it cannot be read, which is reported.

    Raises RuntimeError rather than return a text that means something else or lacks a comment.
    """
    text = clean(text)
    inner = Report()
    documents = [node for node in read(file, text, inner) if not empty(node)]
    report.found += inner.found
    if inner.failed:
        return None
    out = _Layout(text, trivia(documents, text)).documents(documents)
    again = [node for node in read(file, out, Report()) if not empty(node)]
    if [_meaning(node, ()) for node in again] != [_meaning(node, ()) for node in documents]:
        raise RuntimeError(f"the canonical layout of {file} would mean something else")
    if comments(again, out) != comments(documents, text):
        raise RuntimeError(f"the canonical layout of {file} would lose a comment")
    return out


class _Layout:
    """Writes the documents of one file."""

    def __init__(self, text: str, between: Between) -> None:
        self.source = text
        self.between = between
        self.out = Lines()

    def documents(self, documents: list[Node]) -> str:
        """Return all documents, with a `---` between them."""
        for number, document in enumerate(documents):
            if number:
                self.out.add("---")
            self.before(document, 0)
            self.node(document, 0, "", ())
            for leaf in leaves(document, self.source):
                self.remarks(self.between.closing.get(leaf.span.start, []), 0, 0)
            self.out.apart = False
        if not documents:
            self.out.free(self.source.split("\n"))
        return self.out.text()

    def before(self, node: Node, indent: int) -> None:
        """Write the comments and blanks before a node."""
        first = next(leaves(node, self.source), None)
        if first is not None:
            at = first.span.start
            self.remarks(self.between.before.pop(at, []), indent, column(self.source, at))

    def remarks(self, remarks: list[Remark], indent: int, was: int) -> None:
        """Write comments; what stood deeper than what they stand at stays so much deeper."""
        spaces = (" " * (indent + max(remark.column - was, 0)) for remark in remarks)
        self.out.free(f"{space}{r.text}" for space, r in zip(spaces, remarks, strict=True))

    def write(self, lines: str, *nodes: Node) -> None:
        """Write the lines that end with these nodes, with the comments beside and after them."""
        head, *rest = lines.split("\n")
        found = (self.between.beside.get(node.span.start) for node in nodes)
        beside = "".join(f"  {comment}" for comment in found if comment)
        if rest and not _is_block_text(nodes[-1]):
            self.out.add(head, *rest[:-1], f"{rest[-1]}{beside}")
        else:
            self.out.add(f"{head}{beside}", *rest)
        indent = len(head) - len(head.lstrip(" "))
        for node in nodes:
            at = node.span.start
            self.remarks(self.between.after.get(at, []), indent, column(self.source, at))

    def node(self, node: Node, indent: int, lead: str, path: tuple[str, ...]) -> None:
        """Write a node of a document; `lead` already stands on its first line."""
        match node:
            case Mapping() if not self.fits(node, len(lead), path):
                self.mapping(node, indent, lead, path)
            case Sequence() if not self.fits(node, len(lead), path):
                self.sequence(node, indent, lead, path)
            case _:
                self.write(f"{lead}{self.short(node, indent, path)}", node)

    def fits(self, node: Node, width: int, path: tuple[str, ...]) -> bool:
        """Whether a list or mapping stays in its brackets."""
        if not is_flow(node, self.source):
            return False
        flow = self.flow(node, path)
        return width + len(flow) <= WIDTH or "\n" in flow or not _children(node)

    def mapping(self, node: Mapping, indent: int, lead: str, path: tuple[str, ...]) -> None:
        """Write a mapping, a key a line, in the order in which such keys are read."""
        for key, value in _ordered(node, path):
            self.before(key, indent)
            self.entry(key, value, indent, lead, path)
            lead = " " * indent

    def entry(
        self, key: Scalar, value: Node, indent: int, lead: str, path: tuple[str, ...]
    ) -> None:
        """Write one key with its value."""
        start = f"{lead}{self.raw(key)}:"
        inner = (*path, key.value)
        if isinstance(value, Scalar) or is_flow(value, self.source):
            self.before(value, indent)
        if isinstance(value, Scalar) or self.fits(value, len(start) + 1, inner):
            short = self.short(value, indent, inner)
            self.write(f"{start} {short}" if short else start, key, value)
            return
        self.write(f"{start}{self.beside_bracket(value)}", key)
        deeper = indent + 2
        if isinstance(value, Mapping):
            self.mapping(value, deeper, " " * deeper, inner)
        else:
            self.sequence(value, deeper, " " * deeper, inner)
        self.after_bracket(value, deeper)

    def sequence(self, node: Sequence, indent: int, lead: str, path: tuple[str, ...]) -> None:
        """Write a list, an item a line."""
        for item in node.items:
            self.before(item, indent)
            opened = not self.fits(item, len(lead) + 2, path)
            if opened and (comment := self.beside_bracket(item)):
                self.out.add(f"{' ' * indent}{comment.strip()}")
            self.node(item, indent + 2, f"{lead}- ", path)
            if opened:
                self.after_bracket(item, indent)
            lead = " " * indent

    def beside_bracket(self, node: Node) -> str:
        """Return the comment beside a bracket that is opened; it goes to where the lines begin."""
        comment = self.between.beside.get(node.span.start) if is_flow(node, self.source) else None
        return f"  {comment}" if comment else ""

    def after_bracket(self, node: Node, indent: int) -> None:
        """Write the comments that stood below a bracket, when it was opened."""
        if is_flow(node, self.source):
            at = node.span.start
            self.remarks(self.between.after.get(at, []), indent, column(self.source, at))

    # --- what stands on one line ----------------------------------------------------------------

    def short(self, node: Node, indent: int, path: tuple[str, ...]) -> str:
        """Return a text, or what stands in brackets."""
        if not isinstance(node, Scalar):
            return self.flow(node, path)
        if node.span.start == node.span.end:
            return ""
        spelt = _spelt(node, path)
        if spelt is not None:
            return quoted(spelt, flow=False)
        if _is_block_text(node):
            return self.block_text(node, indent + 2)
        return "\n".join(self.shifted(self.raw(node), indent + 2))

    def shifted(self, raw: str, indent: int) -> Iterator[str]:
        """Yield a text of several lines, which are folded anyway, under its key."""
        first, *rest = raw.split("\n")
        yield first
        for line in rest:
            yield f"{' ' * indent}{line.strip()}" if line.strip() else ""

    def block_text(self, node: Scalar, indent: int) -> str:
        """Return a `|` or `>` text, moved to another depth."""
        head, *rest = self.raw(node).split("\n")
        given = re.search(r"[1-9]", head.split("#")[0])
        filled = [line for line in rest if line.strip()]
        least = min((len(line) - len(line.lstrip(" ")) for line in filled), default=0)
        if given is not None:
            deep = column(self.source, node.span.start) + int(given[0])
            indent, least = indent - 2 + int(given[0]), min(deep, least)
        moved = [f"{' ' * indent}{line[least:]}" if line.strip() else "" for line in rest]
        if "+" in head:
            moved += [""] * (len(node.value) - len(node.value.rstrip("\n")) - 1)
        return "\n".join([head, *moved])

    def flow(self, node: Node, path: tuple[str, ...]) -> str:
        """Return what stands in brackets, on one line unless it holds comments or long texts."""
        if self.commented(node):
            return self.raw(node)
        return self.joined(node, path)

    def joined(self, node: Node, path: tuple[str, ...]) -> str:
        match node:
            case Mapping(entries):
                pairs = (f"{self.raw(k)}: {self.joined(v, (*path, k.value))}" for k, v in entries)
                return f"{{{', '.join(pairs)}}}"
            case Sequence(items):
                return f"[{', '.join(self.joined(item, path) for item in items)}]"
            case _:
                spelt = _spelt(node, path)
                return self.raw(node) if spelt is None else quoted(spelt, flow=True)

    def commented(self, node: Node) -> bool:
        """Whether comments, or texts of several lines, stand inside brackets."""
        scalars = list(_scalars(node))
        starts = [node.span.start, *(scalar.span.end for scalar in scalars)]
        ends = [*(scalar.span.start for scalar in scalars), node.span.end]
        gaps = (self.source[start:end] for start, end in zip(starts, ends, strict=True))
        return any("#" in gap for gap in gaps) or any("\n" in self.raw(s) for s in scalars)

    def raw(self, node: Node) -> str:
        """Return a node as it was written."""
        return self.source[node.span.start : node.span.end]


def _is_block_text(node: Node) -> bool:
    return isinstance(node, Scalar) and node.style in ("literal", "folded")


def _children(node: Node) -> bool:
    return bool(node.entries if isinstance(node, Mapping) else getattr(node, "items", ()))


def _scalars(node: Node) -> Iterator[Scalar]:
    match node:
        case Scalar():
            yield node
        case Sequence(items):
            for item in items:
                yield from _scalars(item)
        case Mapping(entries):
            for key, value in entries:
                yield key
                yield from _scalars(value)


def _ordered(node: Mapping, path: tuple[str, ...]) -> list[tuple[Scalar, Node]]:
    """Return the entries of a playbook or a step in the order in which they are read."""
    keys = {key.value for key, _ in node.entries}
    order: tuple[str, ...] = ()
    if not path and "playbook" in keys:
        order = _PLAYBOOK
    elif keys.intersection((*_KINDS, *_BRANCHING)) and "steps" in path and _open(path):
        order = _STEP
    ranks = {key: number for number, key in enumerate(order)}
    last = {key: len(ranks) + 1 + number for number, key in enumerate(_SECTIONS)}
    ranks = {**last, **ranks} if order is _PLAYBOOK else ranks
    return sorted(node.entries, key=lambda entry: ranks.get(entry[0].value, len(order)))


def _spelt(node: Scalar, path: tuple[str, ...]) -> str | None:
    """Return the canonical spelling of a text the grammar reads, None for any other."""
    if not _open(path) or empty(node):
        return None
    keys = [key for key in path if key not in _JOINING]
    if path[:1] == ("kpis",):
        start = "figure" if len(path) == 2 else _NUMBERS.get(path[-1])
        return respelt(node.value, start) if start is not None else None
    start = _ONE_LINERS.get(keys[-1]) if keys else None
    if start is None and len(keys) == 2:
        start = _ONE_LINERS.get(keys[0]) if keys[0] in ("rules", "signals", "segments") else None
    if start is None:
        return None
    return respelt(node.value, start)


def _open(path: tuple[str, ...]) -> bool:
    """Whether conditions may stand here, rather than data."""
    if path and path[0] == "tests":
        return path[1:] == ("condition",)
    return not _OPAQUE.intersection(path)


def quoted(value: str, *, flow: bool) -> str:
    """Return a text with quotes only where YAML needs them."""
    free = _PLAIN.fullmatch(value) and ": " not in value and " #" not in value
    if free and not (flow and set(value) & set(",[]{}")):
        return value
    if '"' not in value and "\\" not in value:
        return f'"{value}"'
    doubled = value.replace("'", "''")
    return f"'{doubled}'"


def _meaning(node: Node, path: tuple[str, ...]) -> object:
    match node:
        case Scalar():
            spelt = _spelt(node, path)
            return node.value if spelt is None else spelt
        case Sequence(items):
            return [_meaning(item, path) for item in items]
        case Mapping(entries):
            return {key.value: _meaning(value, (*path, key.value)) for key, value in entries}
