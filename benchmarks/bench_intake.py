"""The intake over HTTP: batches in Segment's shape, durable when they are answered, beside a bare endpoint.

Both servers are processes under uvicorn. The bare one reads a batch, parses it and says yes; ours has
each event in the database, flushed, before it answers. The wall clock and the server's own processor
time are told apart: one waits for the disk and for whoever else uses the machine.
"""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from measure import Clocked, clocked
from places import SQLite, tables

BENCH = "intake"
BATCHES = 320
SIZE = 100
"""How many events Segment's libraries put into one batch."""
SENDERS = (16, 32)
"""How many send at a time, each over a connection that stays open."""
KEY = "a-key-of-the-benchmark"
BARE = """
import json, socket, sys
import uvicorn
from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

async def batch(request):
    assert json.loads(await request.body())["batch"]
    return JSONResponse({"success": True})

door = socket.create_server(("127.0.0.1", 0))
door.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
print(json.dumps({"url": f"http://127.0.0.1:{door.getsockname()[1]}"}), flush=True)
app = Starlette(routes=[Route("/v1/batch", batch, methods=["POST"])])
uvicorn.Server(uvicorn.Config(app, log_config=None, access_log=False, lifespan="off")).run([door])
"""
_OURS = ["-m", "cuebook.cli.main", "serve", "--port", "0", "--format", "json"]


@contextmanager
def serving(*words: str) -> Iterator[tuple[int, int]]:
    """Yield the port on which a server listens, and its process's number."""
    root = Path(__file__).parent.parent
    env = os.environ | {"PYTHONPATH": str(root / ".typing"), "BENCH_KEY": KEY}
    process = subprocess.Popen([sys.executable, *words], env=env, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield int(json.loads(process.stdout.readline())["url"].rpartition(":")[2]), process.pid
    finally:
        process.terminate()
        process.communicate(timeout=60)


def requests(round_: int) -> list[bytes]:
    """Return batches as they stand on the wire, each event with an id of its own."""
    made = []
    for number in range(BATCHES):
        calls = [
            {
                "type": "track", "userId": f"c{(number * SIZE + n) % 5_000}", "event": "login",
                "messageId": f"{round_}-{number}-{n}-7b6f0d3c", "anonymousId": None,
                "timestamp": "2026-01-02T10:00:00.123456+00:00", "integrations": {},
                "context": {"library": {"name": "analytics-python", "version": "2.4.0"}},
                "properties": {"device": "web", "seconds": n, "plan": "growth"},
            }
            for n in range(SIZE)
        ]  # fmt: skip
        body = json.dumps({"batch": calls, "sentAt": "2026-01-02T10:00:01Z"}).encode()
        head = (
            f"POST /v1/batch HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {KEY}\r\n"
            f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        )
        made.append(head.encode() + body)
    return made


def send(port: int, wire: list[bytes]) -> None:
    """Send requests one after the other over one connection, each when the last was answered."""
    with socket.create_connection(("127.0.0.1", port)) as line:
        # As the libraries do; else what is held back for an acknowledgement is most of what is measured.
        line.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for request in wire:
            line.sendall(request)
            said = b""
            while not said.endswith(b'{"success":true}'):
                got = line.recv(65536)
                assert got, said
                said += got


def sent(port: int, pid: int, wire: list[bytes], at_a_time: int) -> tuple[float, float]:
    """Send all by several senders; return events a second, and a second of the server's processor."""
    spent, began = processor(pid), time.perf_counter()
    with ThreadPoolExecutor(at_a_time) as senders:
        shares = [wire[n::at_a_time] for n in range(at_a_time)]
        list(senders.map(lambda share: send(port, share), shares))
    wall, busy = time.perf_counter() - began, processor(pid) - spent
    return BATCHES * SIZE / wall, BATCHES * SIZE / busy


def processor(pid: int) -> float:
    """Return how many seconds of the processor a process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def compare(place: SQLite, at_a_time: int) -> Mapping[str, float]:
    """Send the same to both servers, one after the other."""
    url, wire = tables(place), requests(0)
    words = [*_OURS, "--db", url, "--write-key", "web=env:BENCH_KEY"]
    found = []
    for line in (["-c", BARE], words):
        with serving(*line) as (port, pid):
            send(port, requests(1)[:3])
            found += sent(port, pid, wire, at_a_time)
    connection = place.connect(url)
    [(count,)] = connection.execute("SELECT count(*) FROM cuebook_inbox").fetchall()
    connection.close()
    assert count == (BATCHES + 3) * SIZE, count
    place.drop(url)
    return dict(zip(names(at_a_time), found, strict=True))


def names(at_a_time: int) -> list[str]:
    """Return what is measured, as `compare` returns it."""
    return [
        f"{server}, {at_a_time} senders: events a second{of}"
        for server in ("bare endpoint", "cuebook serve, durable")
        for of in ("", " of its processor")
    ]


def sides(place: SQLite) -> list[Clocked]:
    """Return what is compared: by the clock and by the processor, for few senders and for many."""
    found = []
    for at_a_time in SENDERS:
        bare, bare_busy, ours, ours_busy = names(at_a_time)
        against = {bare: (), bare_busy: (), ours: (bare,), ours_busy: (bare_busy,)}
        found.append(Clocked(partial(compare, place, at_a_time), against))
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="cuebook-bench-") as folder:
        clocked(BENCH, sides(SQLite(Path(folder))), unit="events/s", rounds=5)
