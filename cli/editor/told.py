"""What the compiler and the desk know, as an editor wants to be told it."""

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from lsprotocol import types

from ...dsl.diagnostics import Diagnostic
from ...dsl.editing.offers import Kind, Offer
from ...dsl.editing.symbols import Symbol
from ...engine.core.origin import Span
from .places import Places

__all__ = ["Locate", "as_diagnostic", "as_items", "as_symbols"]

Locate = Callable[[Span], types.Location | None]
"""Where a span stands, if its file is known."""

_KINDS: Final[Mapping[Kind, types.CompletionItemKind]] = {
    "key": types.CompletionItemKind.Property,
    "keyword": types.CompletionItemKind.Keyword,
    "value": types.CompletionItemKind.Value,
    "attribute": types.CompletionItemKind.Field,
    "event": types.CompletionItemKind.Event,
    "property": types.CompletionItemKind.Property,
    "field": types.CompletionItemKind.Field,
    "lifecycle": types.CompletionItemKind.Class,
    "stage": types.CompletionItemKind.EnumMember,
    "segment": types.CompletionItemKind.Interface,
    "action": types.CompletionItemKind.Function,
    "kind": types.CompletionItemKind.Function,
    "playbook": types.CompletionItemKind.Module,
    "template": types.CompletionItemKind.File,
    "target": types.CompletionItemKind.Function,
    "deed": types.CompletionItemKind.Function,
    "filter": types.CompletionItemKind.Method,
    "kpi": types.CompletionItemKind.Constant,
}
_SYMBOLS: Final = {
    "playbook": types.SymbolKind.Module,
    "step": types.SymbolKind.Function,
    "test": types.SymbolKind.Method,
    "action": types.SymbolKind.Function,
    "section": types.SymbolKind.Namespace,
    "name": types.SymbolKind.Field,
}


def as_diagnostic(note: Diagnostic, places: Places, locate: Locate) -> types.Diagnostic:
    """Return a diagnostic whose message is what `check` prints beside the carets."""
    lines = [note.title, *(f"{hint}" for hint in note.hints)]
    related = [
        types.DiagnosticRelatedInformation(place, other.text)
        for other in note.others
        if (place := locate(other.span)) is not None
    ]
    return types.Diagnostic(
        range=places.range(note.span.start, note.span.end),
        message="\n".join(lines),
        severity=(
            types.DiagnosticSeverity.Error
            if note.severity == "error"
            else types.DiagnosticSeverity.Warning
        ),
        code=note.code,
        source="cuebook",
        related_information=related or None,
    )


def as_items(
    offers: Iterable[Offer], begin: int, cursor: int, places: Places
) -> list[types.CompletionItem]:
    """Return offers as items that replace what is typed, in the order in which they are offered."""
    where = places.range(begin, cursor)
    return [
        types.CompletionItem(
            label=offer.label,
            kind=_KINDS[offer.kind],
            detail=offer.detail or None,
            documentation=offer.says or None,
            sort_text=f"{number:04}",
            text_edit=types.TextEdit(where, offer.text or offer.label),
            filter_text=offer.text or offer.label,
        )
        for number, offer in enumerate(offers)
    ]


def as_symbols(symbols: Iterable[Symbol], places: Places) -> list[types.DocumentSymbol]:
    """Return symbols with those inside them."""
    return [
        types.DocumentSymbol(
            name=symbol.name,
            kind=_SYMBOLS[symbol.kind],
            range=places.range(symbol.start, symbol.end),
            selection_range=places.range(symbol.start, symbol.start),
            children=as_symbols(symbol.inside, places),
        )
        for symbol in symbols
    ]
