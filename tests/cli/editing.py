"""A real client beside a real `cuebook lsp`: what an editor does, over standard input and output.

The client is pygls' own. pytest-lsp would bring a client with fixtures, but as a plug-in of pytest
it is loaded everywhere and its asyncio fixtures disturb the plug-in that collects authors' tests.
"""

import asyncio
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from lsprotocol import types
from pygls.lsp.client import LanguageClient

PATIENCE = 60
"""Seconds that anything may take, on a machine that does much else."""
CODE = "from cuebook.cli.main import main; raise SystemExit(main(['lsp', '--stdio']))"


class Editor:
    """An editor with a project open."""

    def __init__(self, client: LanguageClient, root: Path) -> None:
        self.client = client
        self.root = root
        self.found: dict[str, list[types.Diagnostic]] = {}
        self.messages: list[str] = []
        self.texts: dict[str, str] = {}
        self.versions: dict[str, int] = {}
        self._news = asyncio.Event()
        client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)(self._publish())
        client.feature(types.WINDOW_SHOW_MESSAGE)(self._message())
        client.feature(types.WINDOW_LOG_MESSAGE)(self._message())

    def _publish(self):  # type: ignore[no-untyped-def]  # pygls looks at the function itself
        def publish(params: types.PublishDiagnosticsParams) -> None:
            path = Path(params.uri.removeprefix("file://"))
            self.found[str(path.relative_to(self.root))] = list(params.diagnostics)
            self._news.set()

        return publish

    def _message(self):  # type: ignore[no-untyped-def]  # as above
        def message(params: types.ShowMessageParams) -> None:
            self.messages.append(params.message)

        return message

    def document(self, file: str) -> types.TextDocumentIdentifier:
        return types.TextDocumentIdentifier((self.root / file).as_uri())

    def open(self, file: str, text: str | None = None) -> str:
        """Open a file, as it is on the disk or with another text."""
        text = (self.root / file).read_text(encoding="utf-8") if text is None else text
        self.texts[file], self.versions[file] = text, 1
        item = types.TextDocumentItem(self.document(file).uri, "yaml", 1, text)
        self.client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return text

    def type(self, file: str, text: str) -> None:
        """Replace the text of an open file."""
        self.texts[file] = text
        self.versions[file] += 1
        self.client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(
                    uri=self.document(file).uri, version=self.versions[file]
                ),
                [types.TextDocumentContentChangeWholeDocument(text)],
            )
        )

    def place(self, file: str, wanted: str, within: int = 0) -> types.Position:
        """Return where something stands in an open file, in UTF-16 units."""
        before = self.texts[file][: self.texts[file].index(wanted) + within]
        line = before.rpartition("\n")[2]
        return types.Position(before.count("\n"), len(line.encode("utf-16-le")) // 2)

    async def until(self, file: str, *codes: str) -> list[types.Diagnostic]:
        """Wait until exactly these codes are found in a file."""
        async with asyncio.timeout(PATIENCE):
            while file not in self.found or self.codes(file) != list(codes):
                self._news.clear()
                await self._news.wait()
        return self.found[file]

    def codes(self, file: str) -> list[str]:
        return [str(one.code or one.source) for one in self.found[file]]

    async def run(self, command: str, *arguments: object) -> object:
        params = types.ExecuteCommandParams(command, list(arguments))
        return await self.client.workspace_execute_command_async(params)


@asynccontextmanager
async def editor(root: Path) -> AsyncIterator[Editor]:
    """Start a server and a client for a project; both end with the block, without a word on stderr."""
    client = LanguageClient("tests", "1")
    one = Editor(client, root)
    await client.start_io(sys.executable, "-c", CODE)
    capabilities = types.ClientCapabilities()
    await client.initialize_async(types.InitializeParams(capabilities, root_uri=root.as_uri()))
    client.initialized(types.InitializedParams())
    try:
        yield one
    finally:
        async with asyncio.timeout(PATIENCE):
            await client.shutdown_async(None)
            client.exit(None)
            server = client._server
            assert server is not None
            assert server.stderr is not None
            said = (await server.stderr.read()).decode()
            await client.stop()
        assert said == ""
        assert server.returncode == 0
