"""What runs in processes of its own: a worker that waits to be killed, and whoever tells it things."""

import http.client
import json
import random
import signal
import threading
import time
from collections.abc import Mapping
from datetime import timedelta
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from cuebook.engine.contract import Context, Done, Outcome, Retry
from cuebook.engine.runtime import Engine, change, happening
from cuebook.engine.runtime.mail import Letter

__all__ = ["MARGIN", "PROJECT", "THREADS", "TIMEOUT", "equip", "feed", "work"]

THREADS = 4
TIMEOUT = timedelta(seconds=2.5)
MARGIN = timedelta(seconds=1)

PROJECT = {
    "cuebook.yaml": """
project: chaos
timezone: UTC
attributes: {name: text, tier: {one of: [new, regular]}}
events:
  order: {number: number}
""",
    "playbooks/orders.yaml": """
playbook: each-order
on: order
per: event.number
steps:
  - do: tell
    with: {says: "{{ customer.id }} thanks {{ event.number }}"}
  - wait: 0.005 minutes
  - do: tell
    with: {says: "{{ customer.id }} after {{ event.number }}"}
---
playbook: regular
on: order
per: event.number
if: count of order >= 3
steps:
  - wait: 0.002 minutes
  - set: {tier: regular}
  - do: tell
    with: {says: "{{ customer.id }} regular {{ event.number }}"}
---
playbook: promoted
on: tier changes to regular
steps:
  - do: tell
    with: {says: "{{ customer.id }} promoted"}
""",
}
"""Two actions for each order, one more for each from the third on, and one for the first of these."""


def equip(engine: Engine, port: int) -> None:
    """Let an engine tell the receiver what its playbooks say."""

    @engine.action("tell", timeout=TIMEOUT, attempts=1_000)
    def tell(args: Mapping[str, Any], context: Context) -> Outcome:
        body = json.dumps({"key": context.key, "says": args["says"]})
        line = http.client.HTTPConnection("127.0.0.1", port, timeout=2.0)
        try:
            line.request("POST", "/", body)
            status = line.getresponse().status
        except OSError as trouble:
            return Retry(str(trouble) or type(trouble).__name__, timedelta(seconds=0.2))
        except http.client.HTTPException as trouble:
            return Retry(type(trouble).__name__, timedelta(seconds=0.2))
        finally:
            line.close()
        return Done() if status == 200 else Retry(str(status), timedelta(seconds=0.2))


def work(url: str, port: int) -> None:
    """Run an engine until somebody kills this process; on SIGTERM drain first."""
    stop = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: stop.set())
    engine = Engine(url, threads=THREADS, margin=MARGIN)
    equip(engine, port)
    with engine:
        stop.wait()


def feed(url: str, seed: int, customers: int, seconds: float, orders: "Synchronized[int]") -> None:
    """Tell of orders, in bulk and one by one, some of them twice, for so many seconds.

    Order k of a customer is its k-th; `orders` is how many each customer has got in the end.
    """
    chance, engine = random.Random(seed), Engine(url)
    until, told = time.monotonic() + seconds, 0
    engine.track_many(change(f"c{n}", {"name": f"C {n}"}, now=_now()) for n in range(customers))
    while time.monotonic() < until:
        told += 1
        if told % 3:
            engine.track_many([_order(f"c{n}", told) for n in range(customers)])
        else:
            for n in range(customers):
                engine.track(f"c{n}", "order", {"number": told}, id=f"c{n}-{told}")
        if chance.random() < 0.3:  # Told twice, taken once.
            engine.track_many([_order(f"c{n}", told) for n in range(customers)])
        orders.value = told
        time.sleep(chance.uniform(0.1, 0.4))


def _order(customer: str, number: int) -> Letter:
    return happening(customer, "order", {"number": number}, now=_now(), id=f"{customer}-{number}")


def _now() -> int:
    return time.time_ns() // 1_000
