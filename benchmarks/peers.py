"""Queues of jobs on the engine's work: one durable job that does nothing for each event.

Run as a program, one of them in a process of its own: `peers.py NAME URL COUNT` prints the seconds it
took to tell of the jobs, and those to perform them. None of these packages is needed by the
project; `pip install huey procrastinate dbos` lets them be measured.
"""

import asyncio
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from itertools import count

from places import Place

__all__ = ["PEERS", "peer", "told_as_well"]

JOBS = 1_000

Took = tuple[float, float]
"""Seconds of telling, seconds of performing."""

PEERS = {
    "huey: flushed, one worker": "SQLite",
    "procrastinate: told in batches, 10 at once": "PostgreSQL",
    "dbos: a workflow of one step each, 8 threads": "PostgreSQL",
    "dbos: all as steps of one workflow": "PostgreSQL",
}
"""Each in the modes that were fastest, and the database it works on."""


def peer(name: str, place: Place) -> Mapping[str, float]:
    """Measure one of them: performing alone, and telling as well. RuntimeError when it breaks."""
    url = place.empty()
    done = subprocess.run(
        [sys.executable, __file__, name, url, str(JOBS)], capture_output=True, encoding="utf-8",
        timeout=300, check=False,
    )  # fmt: skip
    place.drop(url)
    if done.returncode:
        raise RuntimeError(done.stderr.strip().splitlines()[-1])
    told, performed = json.loads(done.stdout.splitlines()[-1])
    return {name: JOBS / performed, told_as_well(name): JOBS / (told + performed)}


def told_as_well(name: str) -> str:
    """Return the case of one of them that counts telling, too."""
    return f"{name}, told as well"


def huey(url: str, jobs: int) -> Took:
    """Run jobs at most once: each leaves its table before it is run."""
    from huey import SqliteHuey

    queue = SqliteHuey("bench", filename=url.removeprefix("sqlite:///"), fsync=True, results=False)
    times, numbers, ended = [], count(1), threading.Event()

    def act(_number: int) -> None:
        times.append(time.perf_counter())
        if next(numbers) == jobs:
            ended.set()

    task = queue.task()(act)
    telling = time.perf_counter()
    for number in range(jobs):
        task(number)
    consumer = queue.create_consumer(workers=1, periodic=False)
    began = time.perf_counter()
    consumer.start()
    assert ended.wait(250)
    return began - telling, times[-1] - began


def procrastinate(url: str, jobs: int) -> Took:
    import procrastinate

    app = procrastinate.App(connector=procrastinate.PsycopgConnector(conninfo=url, max_size=6))

    @app.task(name="act")
    async def act(number: int) -> None:
        pass

    async def run() -> Took:
        async with app.open_async():
            await app.schema_manager.apply_schema_async()
            telling = time.perf_counter()
            for start in range(0, jobs, 500):
                batch = range(start, min(start + 500, jobs))
                await act.batch_defer_async(*({"number": number} for number in batch))
            began = time.perf_counter()
            await app.run_worker_async(
                wait=False, concurrency=10, fetch_job_polling_interval=0.05,
                install_signal_handlers=False, listen_notify=False,
            )  # fmt: skip
            return began - telling, time.perf_counter() - began

    return asyncio.run(run())


def dbos(url: str, jobs: int, *, together: bool) -> Took:
    """Call workflows; nothing is told beforehand, and each comes back when it is through."""
    from dbos import DBOS

    DBOS(config={"name": "bench", "system_database_url": url, "log_level": "ERROR"})

    @DBOS.step()
    def act(number: int) -> int:
        return number

    @DBOS.workflow()
    def one(number: int) -> int:
        return act(number)

    @DBOS.workflow()
    def many(jobs: int) -> None:
        for number in range(jobs):
            act(number)

    DBOS.launch()
    one(-1)
    with ThreadPoolExecutor(8) as threads:
        began = time.perf_counter()
        many(jobs) if together else list(threads.map(one, range(jobs)))
        return 0.0, time.perf_counter() - began


def dbos_each(url: str, jobs: int) -> Took:
    return dbos(url, jobs, together=False)


def dbos_steps(url: str, jobs: int) -> Took:
    return dbos(url, jobs, together=True)


_RUNS: dict[str, Callable[[str, int], Took]] = dict(
    zip(PEERS, (huey, procrastinate, dbos_each, dbos_steps), strict=True)
)

if __name__ == "__main__":
    print(json.dumps(_RUNS[sys.argv[1]](sys.argv[2], int(sys.argv[3]))), flush=True)
    os._exit(0)  # Some of them keep threads that nobody ends.
