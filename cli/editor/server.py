"""The server of an editor: which project a file belongs to, what is told when, who answers what."""

import logging
from collections.abc import Iterable
from pathlib import Path

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from ...dsl.diagnostics import Fix
from ...engine.core.origin import Span
from ..show_trials import Outcome
from .bench import Bench, Found, Open
from .places import Places
from .told import as_diagnostic

__all__ = ["Here", "Server"]


class Here:
    """A place in an open file of a project."""

    def __init__(self, project: Open, path: Path, uri: str, places: Places) -> None:
        self.project = project
        self.desk = project.desk
        self.path = path
        self.uri = uri
        self.places = places
        self.text = places.text


class Server(LanguageServer):
    """Keeps the projects of an editor, and tells it what is wrong in them."""

    def __init__(self, version: str) -> None:
        # What goes wrong is answered or shown; nobody reads the log of a server.
        logging.getLogger("pygls").setLevel(logging.CRITICAL)
        super().__init__("cuebook", version)
        self.bench = Bench(self._publish, self._failed)
        self.failures: dict[Path, list[tuple[Span, str]]] = {}
        """Tests that were run and failed, by file, until anything is edited."""
        self._uris: dict[Path, str] = {}
        """Open files, as their editor calls them."""
        self._told: dict[Path, list[types.Diagnostic]] = {}

    @property
    def encoding(self) -> str:
        """The encoding whose units columns count."""
        return types.PositionEncodingKind(self.workspace.position_encoding or "utf-16").value

    def here(self, uri: str) -> Here | None:
        """Return a file that is asked about; None for one of no project."""
        path = _path(uri)
        project = self.bench.project(path) if path is not None else None
        if path is None or project is None:
            return None
        text = self.workspace.get_text_document(uri).source
        return Here(project, path, uri, Places(text, self.encoding))

    async def understood(self, uri: str) -> Here | None:
        """Return a file once its project is understood as it stands now."""
        here = self.here(uri)
        if here is not None:
            await self.bench.fresh(here.project)
            here = self.here(uri)
        return here

    # --- what is told -----------------------------------------------------------------------------

    def opened(self, uri: str, text: str | None) -> None:
        """Take the text of a file as it stands now; None for one that was closed."""
        path = _path(uri)
        if path is None:
            return
        if text is None:
            self._uris.pop(path, None)
        else:
            self._uris[path] = uri
        self.failures.clear()
        self.bench.changed(path, text)

    def uri_of(self, path: Path) -> str:
        """Return what the editor calls a file."""
        return self._uris.get(path) or path.as_uri()

    def locate(self, span: Span, project: Open) -> types.Location | None:
        """Return where a span stands, if its file belongs to the project."""
        places = self.places_of(span.file, project)
        if places is None:
            return None
        return types.Location(self.uri_of(Path(span.file)), places.range(span.start, span.end))

    def places_of(self, file: str, project: Open) -> Places | None:
        """Return the places of a file as its project was last understood."""
        compiled = project.desk.compiled
        source = compiled.sources.get(file) if compiled is not None else None
        return Places(source.text, self.encoding) if source is not None else None

    def edits(self, fixes: Iterable[Fix], project: Open) -> types.WorkspaceEdit:
        """Return edits of any files of a project as an editor makes them."""
        changes: dict[str, list[types.TextEdit]] = {}
        for fix in fixes:
            place = self.locate(fix.span, project)
            if place is not None:
                edit = types.TextEdit(place.range, fix.text)
                changes.setdefault(place.uri, []).append(edit)
        return types.WorkspaceEdit(changes=changes)

    def _publish(self, project: Open, found: Found) -> None:
        for path, notes in found.items():
            places = self.places_of(str(path), project) or Places("", self.encoding)
            told = [
                as_diagnostic(note, places, lambda span: self.locate(span, project))
                for note in notes
            ]
            told += [
                types.Diagnostic(places.range(span.start, span.end), said, source="cuebook test")
                for span, said in self.failures.get(path, ())
            ]
            if told != self._told.get(path, []) or path in self._uris:
                self._told[path] = told
                self.text_document_publish_diagnostics(
                    types.PublishDiagnosticsParams(self.uri_of(path), told)
                )

    def tell_failure(self, project: Open, span: Span, outcome: Outcome, lines: list[str]) -> None:
        """Mark a test that failed in its file, until anything is edited."""
        path = Path(span.file)
        said = "\n".join([f"failed: {outcome.name}", *lines])
        kept = [one for one in self.failures.get(path, []) if one[0] != span]
        self.failures[path] = kept if outcome.passed else [*kept, (span, said)]
        self.bench.check(project)

    def _failed(self, bug: Exception) -> None:
        said = f"cuebook made a mistake of its own: {type(bug).__name__}: {bug}"
        self.window_log_message(types.LogMessageParams(types.MessageType.Error, said))


def _path(uri: str) -> Path | None:
    """Return the path of a file; None for a text that is none."""
    path = uris.to_fs_path(uri) if uri.startswith("file:") else None
    return Path(path) if path else None
