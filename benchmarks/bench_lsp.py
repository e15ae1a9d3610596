"""From a keystroke to the mistakes on the screen: a real server, a real client, a file of 300 lines.

The server runs as editors start it. Alone, and beside 200 other playbooks; each key changes the
first playbook of the file, so that all of it is read anew. So does each key after which it is asked
what may stand at the cursor. Goal: 50 ms for either.
"""

import asyncio
import sys
import tempfile
import time
from pathlib import Path
from statistics import median, quantiles

from bench_check import HEADER, PLAYBOOK
from lsprotocol import types
from measure import report
from pygls.lsp.client import LanguageClient

BENCH = "editor"
KEYS = 60
LINES = 300
GOAL_MS = 50
BESIDE = 200
IN_A_FILE = 20
SERVER = "from cuebook.cli.main import main; raise SystemExit(main(['lsp', '--stdio']))"


def books(first: int, last: int) -> str:
    """Return playbooks, one after the other."""
    return "".join(PLAYBOOK.format(n, n % 100, n % 28 + 1) for n in range(first, last))


def write(folder: Path, beside: int) -> Path:
    """Write a project with a file of 300 lines, and return that file."""
    for name in ("playbooks", "templates"):
        (folder / name).mkdir(parents=True)
    (folder / "cuebook.yaml").write_text(HEADER, encoding="utf-8")
    (folder / "templates" / "nudge.txt").write_text("We miss you.\n", encoding="utf-8")
    for first in range(1_000, 1_000 + beside, IN_A_FILE):
        path = folder / "playbooks" / f"books-{first}.yaml"
        path.write_text(books(first, first + IN_A_FILE), encoding="utf-8")
    edited = folder / "playbooks" / "edited.yaml"
    edited.write_text(books(0, LINES // PLAYBOOK.count("\n")), encoding="utf-8")
    return edited


class Editor:
    """A client with one file open, and what it was told about it."""

    def __init__(self, edited: Path) -> None:
        self.uri, self.text = edited.as_uri(), edited.read_text(encoding="utf-8")
        self.client = LanguageClient("bench", "1")
        self.news: asyncio.Queue[bool] = asyncio.Queue()
        self.version = 0

        @self.client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def told(params: types.PublishDiagnosticsParams) -> None:
            if params.uri == self.uri:
                self.news.put_nowait(any(one.code == "N104" for one in params.diagnostics))

    async def open(self, folder: Path) -> None:
        """Start the server, and open the file."""
        client = self.client
        await client.start_io(sys.executable, "-c", SERVER)
        capabilities = types.ClientCapabilities()
        params = types.InitializeParams(capabilities, root_uri=folder.as_uri())
        await client.initialize_async(params)
        client.initialized(types.InitializedParams())
        item = types.TextDocumentItem(self.uri, "yaml", 0, self.text)
        client.text_document_did_open(types.DidOpenTextDocumentParams(item))
        assert not await self.news.get()

    async def close(self) -> None:
        """End the server."""
        await self.client.shutdown_async(None)
        self.client.exit(None)
        await self.client.stop()

    def type(self, text: str) -> None:
        """Put another text in the place of the one that is open."""
        self.version += 1
        document = types.VersionedTextDocumentIdentifier(version=self.version, uri=self.uri)
        change = types.TextDocumentContentChangeWholeDocument(text)
        self.client.text_document_did_change(types.DidChangeTextDocumentParams(document, [change]))

    async def mistakes(self) -> float:
        """Type, and return the milliseconds to the mistakes of that text."""
        wrong = self.version % 2 == 0
        changed = self.text.replace("on: purchase", f"on: purchas{'' if wrong else 'e'}", 1)
        began = time.perf_counter()
        self.type(changed)
        while await self.news.get() is not wrong:
            pass  # What is told about an older text does not count.
        return (time.perf_counter() - began) * 1_000

    async def offers(self) -> float:
        """Type the beginning of a name, and return the milliseconds to what it may become."""
        typed = "  - health_sc"[: 9 + self.version % 4]
        lines = self.text.splitlines()
        row = next(number for number, line in enumerate(lines) if line.startswith("  - health"))
        lines[row] = typed
        began = time.perf_counter()
        self.type("\n".join(lines))
        found = await self.client.text_document_completion_async(
            types.CompletionParams(
                types.TextDocumentIdentifier(self.uri), types.Position(row, len(typed))
            )
        )
        took = (time.perf_counter() - began) * 1_000
        items = found.items if isinstance(found, types.CompletionList) else found or []
        assert any(one.label == "health_score" for one in items)
        return took


async def typed(folder: Path, edited: Path) -> tuple[list[float], list[float]]:
    """Type, and return the milliseconds from each key to its mistakes, and to its offers."""
    editor = Editor(edited)
    await editor.open(folder)
    mistakes = [await editor.mistakes() for _ in range(KEYS)]
    offers = [await editor.offers() for _ in range(KEYS)]
    await editor.close()
    return mistakes, offers


def tell(what: str, beside: int, took: list[float]) -> None:
    """Report what was measured of one thing."""
    report(
        BENCH,
        f"{what}: {LINES} lines, {beside} playbooks beside",
        median_ms=round(median(took), 1),
        p95_ms=round(quantiles(took, n=20)[-1], 1),
        goal_ms=GOAL_MS,
    )


if __name__ == "__main__":
    for beside in (0, BESIDE):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "project"
            mistakes, offers = asyncio.run(typed(folder, write(folder, beside)))
        tell("mistakes", beside, mistakes)
        tell("completion", beside, offers)
