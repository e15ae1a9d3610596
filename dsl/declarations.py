"""Declarations of `cuebook.yaml`: names that are declared once, and the types of values."""

from collections.abc import Iterator
from typing import Final, get_args

from ..engine.core.vocabulary import Kind, Type, fold
from .diagnostics import Diagnostic, Label, Report, Word
from .document import Mapping, Node, Scalar, Sequence
from .shapes import empty, mapping_of, text_of

__all__ = ["Names", "declarations", "distinct", "fields_of", "type_of_node"]

Names = dict[str, Scalar]
"""Names that are taken, folded, with where each was declared."""

_SIMPLE: Final[tuple[Kind, ...]] = tuple(
    kind for kind in get_args(Kind) if kind not in ("one of", "list", "record")
)
_AS_IN: Final = {
    "attributes": "seats: number",
    "events": "go-live: {}`, `login: {device: text}",
    "lifecycles": "customer: {stages: [trial, active]}",
    "signals": "logins: count of login in last 30 days",
    "segments": "power-users: logins >= 20",
}
"""How one of them is declared."""
_ELSEWHERE: Final = {
    **dict.fromkeys(("string", "str", "varchar", "char"), "text"),
    **dict.fromkeys(("integer", "int", "float", "double", "decimal", "numeric"), "number"),
    "bool": "boolean",
    **dict.fromkeys(("datetime", "timestamp", "time"), "instant"),
    "enum": "{one of: [free, pro]}",
    **dict.fromkeys(("list", "array"), "{list of: text}"),
    **dict.fromkeys(("record", "object", "map"), "{name: text, email: text}"),
    **dict.fromkeys(("interval", "timedelta"), "duration"),
}
"""What types are called elsewhere."""


def declarations(
    settings: Mapping, key: str, what: str, report: Report, taken: Names, prefix: str = ""
) -> Iterator[tuple[Scalar, Node]]:
    """Yield each declaration under a key whose name is not `taken` yet, and take it.

    `prefix` is what stands before the name where it stands as an attribute: `segment `.
    """
    node = settings.get(key)
    hints = [f"as in `{_AS_IN[key]}`"] if key in _AS_IN else []
    mapping = None if node is None or empty(node) else mapping_of(node, f"`{key}:`", report, *hints)
    if mapping is not None:
        yield from distinct(mapping, what, report, taken, prefix)


def distinct(
    mapping: Mapping, what: str, report: Report, taken: Names | None = None, prefix: str = ""
) -> Iterator[tuple[Scalar, Node]]:
    """Yield each declaration once; report names that fold together, or that cannot be written."""
    taken = {} if taken is None else taken
    for key, value in mapping.entries:
        if not key.value.strip() or set(key.value) & set("\"'\n"):
            title = f"`{key.value}` cannot be the name of {_a(what)}"
            report.error("N202", key.span, title, "", "use letters, digits, spaces, `-` and `_`")
            continue
        first = taken.setdefault(fold(prefix + key.value), key)
        if first is key:
            yield key, value
            continue
        report.add(
            Diagnostic(
                "N201",
                f"`{key.value}` and `{first.value}` are one name",
                key.span,
                "declared again",
                ("case, space, `-` and `_` do not count; keep one of them",),
                others=(Label(first.span, "declared here"),),
            )
        )


def _a(what: str) -> str:
    return f"an {what}" if what[0] in "aeiou" else f"a {what}"


def fields_of(mapping: Mapping, what: str, report: Report) -> Iterator[tuple[str, Type]]:
    """Yield the names of a mapping with their declared types."""
    for key, value in distinct(mapping, what, report):
        found = type_of_node(value, report)
        if found is not None:
            yield key.value, found


def type_of_node(node: Node, report: Report) -> Type | None:
    """Read a declared type: `text`, `{one of: [free, pro]}`, `{list of: {name: text}}`."""
    match node:
        case Scalar():
            return _simple_type(node, report)
        case Mapping(entries=((Scalar(value="one of"), options),)):
            return _one_of(options, report)
        case Mapping(entries=((Scalar(value="list of"), item),)):
            inner = type_of_node(item, report)
            return Type("list", item=inner) if inner is not None else None
        case Mapping(entries=((Scalar(value="record"), Mapping() as fields),)):
            return Type("record", fields=tuple(fields_of(fields, "property", report)))
        case Mapping() if node.entries:
            return Type("record", fields=tuple(fields_of(node, "property", report)))
        case _:
            hint = "as in `text`, `number`, `{one of: [free, pro]}` or `{list of: text}`"
            report.error("T201", node.span, "this is not a type", "", hint)
            return None


def _simple_type(text: Scalar, report: Report) -> Type | None:
    for kind in _SIMPLE:
        if kind == text.value:
            return Type(kind)
    meant = _ELSEWHERE.get(text.value.casefold())
    hint = f"types are {', '.join(f'`{kind}`' for kind in _SIMPLE)}, `{{one of: […]}}`"
    title = f"unknown type `{text.value or 'nothing'}`"
    if meant is None:
        report.unknown("T201", Word(text.value, text.span, _SIMPLE), title, "not a type", hint)
    else:
        report.error("T201", text.span, title, "not a type", f"write `{meant}`", hint)
    return None


def _one_of(node: Node, report: Report) -> Type | None:
    if not isinstance(node, Sequence) or not node.items:
        hint = "as in `{one of: [free, pro]}`"
        report.error("T201", node.span, "`one of` takes a list of texts", "", hint)
        return None
    options: dict[str, Scalar] = {}
    for item in node.items:
        text = text_of(item, "each of `one of`", report)
        first = options.setdefault(fold(text.value), text) if text is not None else None
        if text is not None and first is not None and first is not text:
            title = f"`{text.value}` and `{first.value}` are one value"
            hint = "case, space, `-` and `_` do not count; keep one of them"
            here = Label(first.span, "declared here")
            note = Diagnostic("N201", title, text.span, "declared again", (hint,), others=(here,))
            report.add(note)
    return Type("one of", tuple(option.value for option in options.values()))
