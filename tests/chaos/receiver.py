"""A receiver of webhooks that writes down every delivery, and sometimes fails after it did."""

import json
import random
import threading
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Literal

__all__ = ["Delivery", "Receiver"]

Answer = Literal["200", "500", "dropped"]


@dataclass(frozen=True, slots=True)
class Delivery:
    """One request that arrived whole."""

    at: float
    key: str
    says: str
    answer: Answer


@dataclass
class Receiver:
    """Listens on 127.0.0.1; of 100 requests it answers `bad` with 500 and drops another `bad`."""

    seed: int
    bad: int = 4
    deliveries: list[Delivery] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._chance = random.Random(self.seed)
        self._lock = threading.Lock()
        self._server = _Server(("127.0.0.1", 0), _Handler)
        self._server.receiver = self
        self._thread = threading.Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    @property
    def port(self) -> int:
        return int(self._server.server_address[1])

    def take(self, key: str, says: str) -> Answer:
        """Write a delivery down and decide how it is answered."""
        with self._lock:
            drawn = self._chance.randrange(100)
            answer: Answer = (
                "500" if drawn < self.bad else "dropped" if drawn < 2 * self.bad else "200"
            )
            self.deliveries.append(Delivery(time.monotonic(), key, says, answer))
        return answer

    def accepted(self) -> Counter[str]:
        """Return how often each key was answered with 200."""
        return Counter(one.key for one in self.deliveries if one.answer == "200")

    def keys_of(self) -> dict[str, set[str]]:
        """Return under which keys each saying has come."""
        found: dict[str, set[str]] = defaultdict(set)
        for one in self.deliveries:
            found[one.says].add(one.key)
        return found

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 64
    receiver: Receiver

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing: a killed worker leaves half a request behind, which is what we are here for."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        if len(body) < length:
            return  # Its sender died in the middle of it.
        told = json.loads(body)
        answer = self.server.receiver.take(told["key"], told["says"])
        if answer == "dropped":
            return
        self.send_response(int(answer))
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 - the name it is called by
        """Keep quiet."""
