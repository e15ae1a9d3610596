"""A customer-success desk on Flask: other systems report what happened, people answer tasks."""

import os
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hmac import compare_digest
from pathlib import Path
from typing import Any

from a2wsgi import ASGIMiddleware
from flask import Flask, request
from starlette.exceptions import HTTPException
from starlette.requests import Request
from werkzeug.middleware.dispatcher import DispatcherMiddleware

from cuebook.engine.contract import Context
from cuebook.engine.runtime import Engine
from cuebook.web.console import Principal, console

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


def staff(request: Request) -> Principal:
    """Let in who knows the word in DESK_STAFF, `name:password`; yours asks the login you have."""
    known = os.environ.get("DESK_STAFF", "").encode()
    said = request.headers.get("authorization", "").encode()
    if not known or not compare_digest(said, b"Basic " + b64encode(known)):
        raise HTTPException(401, "sign in first", {"www-authenticate": 'Basic realm="plays"'})
    name = known.decode().partition(":")[0]
    return Principal(name, frozenset({"read", "answer", "settle"}))


@cache
def pages() -> ASGIMiddleware:
    """Make the console when it is first asked for: after the fork, which takes no threads along."""
    return ASGIMiddleware(console(engine, project=PLAYS, authorize=staff, writable=True))


def plays(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Hand a request over to the console."""
    return pages()(environ, start_response)


app.wsgi_app = DispatcherMiddleware(app.wsgi_app, {"/plays": plays})
