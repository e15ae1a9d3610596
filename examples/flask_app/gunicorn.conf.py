"""Two processes, loaded once and then forked: each starts the engine, one of them decides."""

import os

from app import PLAYS, engine

bind = os.environ.get("DESK_ADDRESS", "127.0.0.1:8000")
workers = 2
preload_app = True


def on_starting(_server: object) -> None:
    """Deploy once, before any worker is there."""
    engine.deploy(PLAYS)


def post_worker_init(_worker: object) -> None:
    """Start in the process that was forked."""
    engine.start()


def worker_exit(_server: object, _worker: object) -> None:
    """Let calls that are out come back."""
    engine.stop()
