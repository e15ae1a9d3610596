"""Each request of the protocol, and its answer; None where there is nothing to say."""

from collections.abc import Sequence
from typing import Final, NoReturn

from lsprotocol import types
from pygls.exceptions import JsonRpcException

from ...dsl.diagnostics import Report
from ...dsl.editing.desk import Refused
from ...dsl.formatting import laid_out
from .lenses import counted, lenses
from .server import Here, Server
from .told import as_items, as_symbols

__all__ = ["answer_all"]

_TYPED: Final = [".", " ", '"', "{", "|", ":"]
"""Characters after which something may be offered without being asked for."""
_FIX_ALL: Final = "source.fixAll.cuebook"


def opened(ls: Server, params: types.DidOpenTextDocumentParams) -> None:
    """Take a file that was opened."""
    ls.opened(params.text_document.uri, params.text_document.text)


def changed(ls: Server, params: types.DidChangeTextDocumentParams) -> None:
    """Take what was typed."""
    uri = params.text_document.uri
    ls.opened(uri, ls.workspace.get_text_document(uri).source)


def closed(ls: Server, params: types.DidCloseTextDocumentParams) -> None:
    """Let go of a file that was closed: what is on the disk counts again."""
    ls.opened(params.text_document.uri, None)


def watched(ls: Server, params: types.DidChangeWatchedFilesParams) -> None:
    """Check the projects of files that changed on the disk."""
    touched = [here.project for change in params.changes if (here := ls.here(change.uri))]
    for project in {id(one): one for one in touched}.values():
        ls.bench.check(project)


async def complete(ls: Server, params: types.CompletionParams) -> types.CompletionList:
    """Offer what may stand at the cursor, by the names as they were last understood."""
    here = ls.here(params.text_document.uri)
    if here is None:
        return types.CompletionList(is_incomplete=False, items=[])
    if here.desk.words is None:
        await ls.bench.fresh(here.project)
    cursor = here.places.offset(params.position)
    begin, offers = here.desk.complete(here.path, here.text, cursor)
    items = as_items(offers, begin, cursor, here.places)
    return types.CompletionList(is_incomplete=False, items=items)


async def hover(ls: Server, params: types.HoverParams) -> types.Hover | None:
    """Say what a name stands for, or what a key is for."""
    here = await ls.understood(params.text_document.uri)
    if here is None:
        return None
    said = here.desk.hover(here.path, here.text, here.places.offset(params.position))
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, said)) if said else None


async def definition(ls: Server, params: types.DefinitionParams) -> types.Location | None:
    """Lead to where a name is declared."""
    here = await ls.understood(params.text_document.uri)
    if here is None:
        return None
    found = here.desk.definition(here.path, here.places.offset(params.position))
    return ls.locate(found.span, here.project) if found is not None else None


async def references(ls: Server, params: types.ReferenceParams) -> list[types.Location]:
    """List every place of a name."""
    here = await ls.understood(params.text_document.uri)
    if here is None:
        return []
    found = here.desk.references(here.path, here.places.offset(params.position))
    wanted = [one for one in found if params.context.include_declaration or not one.declares]
    places = [ls.locate(one.span, here.project) for one in wanted]
    return [place for place in places if place is not None]


async def before_rename(
    ls: Server, params: types.PrepareRenameParams
) -> types.PrepareRenamePlaceholder | None:
    """Say which name would be changed."""
    here = await ls.understood(params.text_document.uri)
    if here is None:
        return None
    try:
        _, fix = here.desk.name_at(here.path, here.places.offset(params.position))
    except Refused as why:
        _refuse(why)
    where = here.places.range(fix.span.start, fix.span.end)
    return types.PrepareRenamePlaceholder(where, fix.text)


async def rename(ls: Server, params: types.RenameParams) -> types.WorkspaceEdit | None:
    """Change a name in every file of the project."""
    here = await ls.understood(params.text_document.uri)
    if here is None:
        return None
    cursor, new = here.places.offset(params.position), params.new_name
    try:
        fixes = await ls.bench.aside(lambda: here.desk.rename(here.path, cursor, new))
    except Refused as why:
        _refuse(why)
    return ls.edits(fixes, here.project)


def _refuse(why: Refused) -> NoReturn:
    raise JsonRpcException(str(why), types.LSPErrorCodes.RequestFailed) from why


def formatting(ls: Server, params: types.DocumentFormattingParams) -> list[types.TextEdit] | None:
    """Lay a file out as `cuebook fmt` does; one that cannot be read is left as it is."""
    here = ls.here(params.text_document.uri)
    if here is None or not _has_layout(here):
        return None
    after = laid_out(str(here.path), here.text, Report())
    return None if after in (None, here.text) else [types.TextEdit(here.places.whole, after or "")]


def _has_layout(here: Here) -> bool:
    return here.path.suffix in (".play", ".yaml", ".yml")


async def code_actions(ls: Server, params: types.CodeActionParams) -> list[types.CodeAction]:
    """Offer to mend what is found in a range, and all that can be mended safely in the file."""
    here = await ls.understood(params.text_document.uri)
    if here is None:
        return []
    start, end = (here.places.offset(one) for one in (params.range.start, params.range.end))
    found = [
        types.CodeAction(
            title=f"Change to `{fix.text}`",
            kind=types.CodeActionKind.QuickFix,
            diagnostics=[one for one in params.context.diagnostics if one.code == note.code],
            is_preferred=fix.safe,
            edit=ls.edits([fix], here.project),
        )
        for note, fix in here.desk.fixes(here.path, start, end)
    ]
    mended = here.desk.mended(here.path)
    if mended is not None:
        edit = types.TextEdit(here.places.whole, mended)
        changes = types.WorkspaceEdit(changes={here.uri: [edit]})
        title = "Mend all that can be mended safely"
        found.append(types.CodeAction(title=title, kind=_FIX_ALL, edit=changes))
    wanted = params.context.only
    return [one for one in found if wanted is None or _within(str(one.kind), wanted)]


def _within(kind: str, wanted: Sequence[str]) -> bool:
    return any(kind == one or kind.startswith(f"{one}.") for one in wanted)


async def code_lens(ls: Server, params: types.CodeLensParams) -> list[types.CodeLens]:
    """Offer to run tests, and to count the customers of the data file."""
    here = await ls.understood(params.text_document.uri)
    if here is None:
        return []
    return list(lenses(here.project, here.path, here.uri, here.places))


async def resolve_lens(ls: Server, lens: types.CodeLens) -> types.CodeLens:
    """Count, now that somebody looks."""
    data = lens.data
    here = ls.here(str(data["uri"])) if isinstance(data, dict) else None
    if here is not None and isinstance(data, dict):
        title = await ls.bench.aside(lambda: counted(here.project, data))
        lens.command = types.Command(title, "")
    return lens


def symbols(ls: Server, params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
    """List what a file declares."""
    here = ls.here(params.text_document.uri)
    if here is None:
        return []
    return as_symbols(here.desk.symbols(here.path, here.text), here.places)


def answer_all(server: Server) -> None:
    """Let a server answer every request of this file."""
    actions = types.CodeActionOptions([types.CodeActionKind.QuickFix, _FIX_ALL])
    for name, answer, options in (
        (types.TEXT_DOCUMENT_DID_OPEN, opened, None),
        (types.TEXT_DOCUMENT_DID_CHANGE, changed, None),
        (types.TEXT_DOCUMENT_DID_CLOSE, closed, None),
        (types.WORKSPACE_DID_CHANGE_WATCHED_FILES, watched, None),
        (types.TEXT_DOCUMENT_COMPLETION, complete, types.CompletionOptions(_TYPED)),
        (types.TEXT_DOCUMENT_HOVER, hover, None),
        (types.TEXT_DOCUMENT_DEFINITION, definition, None),
        (types.TEXT_DOCUMENT_REFERENCES, references, None),
        (types.TEXT_DOCUMENT_PREPARE_RENAME, before_rename, None),
        (types.TEXT_DOCUMENT_RENAME, rename, types.RenameOptions(prepare_provider=True)),
        (types.TEXT_DOCUMENT_FORMATTING, formatting, None),
        (types.TEXT_DOCUMENT_CODE_ACTION, code_actions, actions),
        (types.TEXT_DOCUMENT_CODE_LENS, code_lens, types.CodeLensOptions(resolve_provider=True)),
        (types.CODE_LENS_RESOLVE, resolve_lens, None),
        (types.TEXT_DOCUMENT_DOCUMENT_SYMBOL, symbols, None),
    ):
        server.feature(name, options)(answer)
