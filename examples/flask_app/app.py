"""A customer-success desk on Flask: other systems report what happened, people answer tasks."""

import os
from pathlib import Path

from flask import Flask, request

from cuebook.engine.contract import Context
from cuebook.engine.runtime import Engine

PLAYS = Path(__file__).parent / "plays"
engine = Engine(os.environ.get("DESK_DATABASE", "sqlite:///desk.db"))
app = Flask(__name__)


@engine.action("log")
def log(words: dict[str, str], context: Context) -> None:
    """Say something in the server's log; told twice, it stands there twice under one key."""
    app.logger.warning("%s %s (process %d)", context.key, words["text"], os.getpid())


@app.post("/events")
def event() -> tuple[dict[str, bool], int]:
    """Take an event of another system; one that it sends twice is taken once, by its id."""
    said = request.get_json()
    new = engine.track(said["customer"], said["event"], said.get("properties"), id=said["id"])
    return {"new": new}, 202


@app.get("/tasks")
def tasks() -> list[dict[str, str]]:
    """Return what waits for somebody."""
    return [{"key": task.key, "title": task.title} for task in engine.tasks()]


@app.post("/tasks/<path:key>")
def answer(key: str) -> dict[str, bool]:
    """Answer a task."""
    return {"was_open": engine.answer(key, request.get_json()["answer"])}
