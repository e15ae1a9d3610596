"""The CRM with the console at `/plays`, for any WSGI server and for `runserver`."""

import os
from base64 import b64encode
from collections.abc import Iterable
from functools import cache
from hmac import compare_digest
from typing import Any

from a2wsgi import ASGIMiddleware
from django.core.wsgi import get_wsgi_application
from starlette.exceptions import HTTPException
from starlette.requests import Request

from cuebook.engine.runtime import Engine
from cuebook.web.console import Principal, console

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
crm = get_wsgi_application()


def staff(request: Request) -> Principal:
    """Let in who knows the word in CRM_STAFF, `name:password`; yours asks the login you have."""
    known = os.environ.get("CRM_STAFF", "").encode()
    said = request.headers.get("authorization", "").encode()
    if not known or not compare_digest(said, b"Basic " + b64encode(known)):
        raise HTTPException(401, "sign in first", {"www-authenticate": 'Basic realm="plays"'})
    name = known.decode().partition(":")[0]
    return Principal(name, frozenset({"read", "answer", "settle"}))


@cache
def pages() -> ASGIMiddleware:
    """Make the console when it is first asked for; the engine here only answers, `run_plays` decides."""
    from django.conf import settings  # noqa: PLC0415 - read when they are configured

    engine = Engine(settings.URL)
    return ASGIMiddleware(console(engine, project=settings.PLAYS, authorize=staff, writable=True))


def application(environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
    """Answer a request: the console's below `/plays`, all others by Django."""
    path = environ.get("PATH_INFO", "")
    if path != "/plays" and not path.startswith("/plays/"):
        return crm(environ, start_response)
    root = environ.get("SCRIPT_NAME", "") + "/plays"
    below = {"SCRIPT_NAME": root, "PATH_INFO": path.removeprefix("/plays") or "/"}
    return pages()({**environ, **below}, start_response)
