"""From a keystroke to the mistakes on the screen: a real server, a real client, a file of 300 lines.

The server runs as editors start it. Alone, and beside 200 other playbooks; each key changes the
first playbook of the file, so that all of it is read anew. Goal: 50 ms.
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


async def typed(folder: Path, edited: Path) -> list[float]:
    """Type, and return the milliseconds from each key to the mistakes of that text."""
    client = LanguageClient("bench", "1")
    news: asyncio.Queue[bool] = asyncio.Queue()
    uri, text = edited.as_uri(), edited.read_text(encoding="utf-8")

    @client.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
    def told(params: types.PublishDiagnosticsParams) -> None:
        if params.uri == uri:
            news.put_nowait(any(one.code == "N104" for one in params.diagnostics))

    await client.start_io(sys.executable, "-c", SERVER)
    capabilities = types.ClientCapabilities()
    await client.initialize_async(types.InitializeParams(capabilities, root_uri=folder.as_uri()))
    client.initialized(types.InitializedParams())
    client.text_document_did_open(
        types.DidOpenTextDocumentParams(types.TextDocumentItem(uri, "yaml", 0, text))
    )
    assert not await news.get()
    took = []
    for key in range(1, KEYS + 1):
        wrong = key % 2 == 1
        changed = text.replace("on: purchase", f"on: purchas{'' if wrong else 'e'}", 1)
        began = time.perf_counter()
        client.text_document_did_change(
            types.DidChangeTextDocumentParams(
                types.VersionedTextDocumentIdentifier(version=key, uri=uri),
                [types.TextDocumentContentChangeWholeDocument(changed)],
            )
        )
        while await news.get() is not wrong:
            pass  # What is told about an older text does not count.
        took.append((time.perf_counter() - began) * 1_000)
    await client.shutdown_async(None)
    client.exit(None)
    await client.stop()
    return took


if __name__ == "__main__":
    for beside in (0, BESIDE):
        with tempfile.TemporaryDirectory() as name:
            folder = Path(name) / "project"
            took = asyncio.run(typed(folder, write(folder, beside)))
        report(
            BENCH,
            f"{LINES} lines, {beside} playbooks beside",
            median_ms=round(median(took), 1),
            p95_ms=round(quantiles(took, n=20)[-1], 1),
            goal_ms=GOAL_MS,
        )
