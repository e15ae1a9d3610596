"""What runs in processes of its own: a worker that waits to be killed, and whoever tells it things."""

import http.client
import json
import random
import signal
import threading
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from multiprocessing.sharedctypes import Synchronized
from typing import Any

from cuebook.actions.create_task import create_task
from cuebook.engine.contract import Context, Done, Outcome, Retry
from cuebook.engine.runtime import Engine, change, happening
from cuebook.engine.runtime.mail import Letter

__all__ = [
    "LEAST_ORDERS",
    "MARGIN",
    "PROJECT",
    "THREADS",
    "TIMEOUT",
    "WAYS",
    "attend",
    "equip",
    "feed",
    "way_of",
    "work",
]

THREADS = 4
TIMEOUT = timedelta(seconds=2.5)
MARGIN = timedelta(seconds=1)
LEAST_ORDERS = 5
"""How many orders each customer has got in the end, however slow the machine is."""
WAYS = ("approve", "escalate", "call")
"""What people are asked about an order: one after the other."""

PROJECT = {
    "cuebook.yaml": """
project: chaos
timezone: UTC
attributes: {name: text, tier: {one of: [new, regular]}}
events:
  order: {number: number, way: text}
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
    "playbooks/people.yaml": """
playbook: approval
on: order where (way == "approve")
per: event.number
steps:
  - ask: "{{ customer.id }} ready {{ event.number }}"
    of: clerk
    up to: 30 minutes
    approved: [{do: tell, with: {says: "{{ customer.id }} approved {{ event.number }}"}}]
    else: [{do: tell, with: {says: "{{ customer.id }} forgotten {{ event.number }}"}}]
---
playbook: escalation
on: order where (way == "escalate")
per: event.number
steps:
  - ask: "{{ customer.id }} anybody {{ event.number }}"
    up to: 0.01 minutes
    approved: [{do: tell, with: {says: "{{ customer.id }} found {{ event.number }}"}}]
    else: [{do: tell, with: {says: "{{ customer.id }} escalated {{ event.number }}"}}]
---
playbook: to-do
on: order where (way == "call")
per: event.number
steps:
  - do: create-task
    with: {title: "{{ customer.id }} call {{ event.number }}", assignee: clerk}
""",
}
"""Two actions for each order, one more for each from the third on, and one for the first of these.

For each order somebody is asked, too: to approve, which a clerk does; something nobody answers,
which is escalated; or a task, which the clerk does.
"""


def equip(engine: Engine, port: int) -> None:
    """Let an engine tell the receiver what its playbooks say."""
    engine.add(replace(create_task, timeout=TIMEOUT, attempts=1_000))

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


def attend(url: str, seed: int) -> None:
    """Answer what a clerk is asked, some of it after handing it on, until somebody kills this process."""
    chance, engine = random.Random(seed), Engine(url)
    while True:
        for task in engine.tasks():
            if " anybody " in task.title:
                continue
            if task.assignee == "clerk" and chance.random() < 0.2:
                engine.delegate(task.key, "deputy", by="clerk")
            else:
                engine.answer(task.key, "approved" if task.choices else "done", by=task.assignee)
        time.sleep(0.1)


def way_of(customer: int, number: int) -> str:
    """Return what people are asked about an order."""
    return WAYS[(customer + number) % len(WAYS)]


def feed(url: str, seed: int, customers: int, seconds: float, orders: "Synchronized[int]") -> None:
    """Tell of orders, in bulk and one by one, some of them twice, for so many seconds at least.

    Order k of a customer is its k-th; `orders` is how many each customer has got in the end.
    """
    chance, engine = random.Random(seed), Engine(url)
    until, told = time.monotonic() + seconds, 0
    engine.track_many(change(f"c{n}", {"name": f"C {n}"}, now=_now()) for n in range(customers))
    while time.monotonic() < until or told < LEAST_ORDERS:
        told += 1
        if told % 3:
            engine.track_many([_order(n, told) for n in range(customers)])
        else:
            for n in range(customers):
                engine.track(f"c{n}", "order", _told(n, told), id=f"c{n}-{told}")
        if chance.random() < 0.3:  # Told twice, taken once.
            engine.track_many([_order(n, told) for n in range(customers)])
        orders.value = told
        time.sleep(chance.uniform(0.1, 0.4))


def _order(customer: int, number: int) -> Letter:
    told, key = _told(customer, number), f"c{customer}-{number}"
    return happening(f"c{customer}", "order", told, now=_now(), id=key)


def _told(customer: int, number: int) -> dict[str, object]:
    return {"number": number, "way": way_of(customer, number)}


def _now() -> int:
    return time.time_ns() // 1_000
