"""A receiver on this machine that writes down what it is told, and answers as it is told to."""

import json
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from cuebook.engine.contract import PLAIN, Context, Details, Opened

__all__ = ["NOWHERE", "Heard", "Receiver", "context", "receiving"]


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """Return the body."""
        return json.loads(self.body)


@dataclass(slots=True)
class Receiver:
    """Where it listens, what it has heard, and what it answers."""

    url: str
    heard: list[Heard] = field(default_factory=list)
    status: int = 200
    answers: dict[str, Any] = field(default_factory=dict)
    """By the beginning of a method and path; else `{}`."""
    headers: dict[str, str] = field(default_factory=dict)
    raw: bytes | None = None
    """Sent as it is in place of an answer in JSON."""
    names: list[str] = field(default_factory=list)
    """For whom callers asked when they wanted to be sure whom they talk to."""
    drip_s: float = 0.0
    """How long to wait before each byte of the answer."""


@contextmanager
def receiving(secured: ssl.SSLContext | None = None) -> Iterator[Receiver]:
    """Listen on a port of this machine, with a certificate where one is given."""
    server = _Server(("127.0.0.1", 0), _Handler)
    receiver = Receiver(f"http://127.0.0.1:{server.server_port}")
    server.receiver = receiver  # type: ignore[attr-defined]
    if secured is not None:
        receiver.url = receiver.url.replace("http:", "https:")
        secured.sni_callback = lambda _, name, __: receiver.names.append(name or "")
        server.socket = secured.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    try:
        yield receiver
    finally:
        server.shutdown()
        server.server_close()


class _Server(ThreadingHTTPServer):
    """A server to whom it is no trouble that a caller hangs up."""

    daemon_threads = True

    def handle_error(self, *_: Any) -> None:
        """Say nothing: who does not trust a certificate hangs up, which tests ask for."""


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def _take(self) -> None:
        receiver: Receiver = self.server.receiver  # type: ignore[attr-defined]
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        receiver.heard.append(Heard(self.command, self.path, headers, body))
        status, answer = receiver.status, self._answer(receiver)
        self.send_response(status)
        for name, value in receiver.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        if not receiver.drip_s:
            self.wfile.write(answer)
            return
        for byte in answer:
            time.sleep(receiver.drip_s)
            self.wfile.write(bytes([byte]))
            self.wfile.flush()

    do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = _take  # noqa: N815 - as the library asks

    def _answer(self, receiver: Receiver) -> bytes:
        if receiver.raw is not None:
            return receiver.raw
        asked = f"{self.command} {self.path}"
        found = next((a for start, a in receiver.answers.items() if asked.startswith(start)), {})
        return json.dumps(found).encode()

    def handle_one_request(self) -> None:
        try:
            super().handle_one_request()
        except ConnectionError:
            self.close_connection = True  # The caller has had enough, which is what some tests ask.

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


class NoTasks:
    """Where calls open no tasks."""

    def open(self, key: str, title: str, details: Details = PLAIN) -> Opened | None:
        raise AssertionError(key, title, details)

    def escalate(self, key: str) -> bool:
        raise AssertionError(key)


NOWHERE = NoTasks()


def context(key: str = "care/ada/1/tell", attempt: int = 1) -> Context:
    """Return what a handler is told about a promise."""
    at = datetime(2026, 1, 1, 10, tzinfo=UTC)
    return Context(key, "ada", "care", "care/ada/1", "tell", attempt, at, NOWHERE)
