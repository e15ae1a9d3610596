"""`cuebook serve` as a process, and a network that forgets the first answer to everything."""

import json
import signal
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlsplit

from cuebook.engine.runtime.database import Database
from cuebook.engine.runtime.schema import upgrade

from ..runtime.serving import PATIENCE_S, environment

__all__ = ["forgetful", "new_database", "serving"]


def new_database(folder: Path) -> str:
    """Return the URL of a database that holds our tables and nothing in them."""
    url = f"sqlite:///{folder / 'plays.db'}"
    database = Database(url)
    upgrade(database)
    database.pool.dispose()
    return url


@contextmanager
def serving(url: str, *words: str, **more: str) -> Iterator[tuple[str, "subprocess.Popen[str]"]]:
    """Yield where a server listens, and its process; it is told to stop at the end."""
    line = [sys.executable, "-m", "cuebook.cli.main", "serve", "--port", "0", "--db", url, *words]
    process = subprocess.Popen(
        [*line, "--format", "json"], env=environment(**more), stdout=subprocess.PIPE, text=True
    )
    try:
        assert process.stdout is not None
        yield json.loads(process.stdout.readline())["url"], process
    finally:
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=PATIENCE_S)


@contextmanager
def forgetful(
    server: str, context: ssl.SSLContext | None = None
) -> Iterator[tuple[str, list[str]]]:
    """Yield a way to a server on which the first answer for each path is lost, and what went by.

    The server has taken what it was told; its client is told 503, and has to tell it again.
    """
    there, passed = urlsplit(server), []

    class Way(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def serve(self) -> None:
            """Pass on a request, and its answer unless it is the first one."""
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            onward = HTTPConnection(there.hostname or "", there.port, timeout=PATIENCE_S)
            onward.request(self.command, self.path, body, dict(self.headers))
            answer = onward.getresponse()
            status, said = answer.status, answer.read()
            onward.close()
            first = f"{self.command} {self.path}" not in passed
            passed.append(f"{self.command} {self.path}")
            if first and status == 200:
                status, said = 503, b'{"code": "lost", "message": "the answer was lost"}'
            self.send_response(status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(said)))
            self.end_headers()
            self.wfile.write(said)

        do_POST = do_PUT = do_DELETE = serve  # noqa: N815 - as the library calls them

        def log_message(self, *_: object) -> None:
            """Say nothing: tests are read by what they claim."""

    way = ThreadingHTTPServer(("127.0.0.1", 0), Way)
    if context is not None:
        way.socket = context.wrap_socket(way.socket, server_side=True)
    thread = Thread(target=way.serve_forever)
    thread.start()
    try:
        scheme = "http" if context is None else "https"
        yield f"{scheme}://localhost:{way.server_port}", passed
    finally:
        way.shutdown()
        thread.join()
        way.server_close()
