"""All that cuebook serves over HTTP, as one application: `cuebook serve` runs it, a host mounts it.

It neither starts nor stops the engine: a mounted application is not told when its host begins or ends.
"""

from collections.abc import Awaitable, Callable, Sequence
from http import HTTPStatus
from typing import Final

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from ..engine.links import Site
from ..engine.runtime import Engine
from ..engine.runtime.database import Trouble, reason
from .intake.keys import Hook, Source
from .intake.operations import OPERATIONS
from .intake.serving import Intake
from .links import Links
from .openapi import describe

__all__ = ["VERSION", "Hook", "Source", "application"]

VERSION: Final = "1"
"""Of what the intake can be asked; it changes when a sender has to."""


def application(
    engine: Engine,
    *,
    sources: Sequence[Source] = (),
    hooks: Sequence[Hook] = (),
    site: Site | None = None,
    console: ASGIApp | None = None,
) -> Starlette:
    """Return what is served beside an engine: its intake, links of messages, and the console.

    `sources` may send events with their write keys, `hooks` are signed with their secrets, `site`
    has signed the links of messages; the console stands at `/console`. Raises ValueError when two
    sources or two hooks cannot be told apart.
    """
    routes: list[BaseRoute] = [*Intake(engine, sources, hooks).routes()]
    routes += [
        Route("/health", _health(engine)),
        Route("/openapi.json", _description(links=site is not None)),
    ]
    if site is not None:
        routes += Links(engine, site).routes()
    if console is not None:
        routes += _console(console)
    return Starlette(routes=routes, exception_handlers={HTTPException: _not_served})


async def _not_served(_: Request, trouble: Exception) -> JSONResponse:
    """Return what is not there as an error that libraries read; any other one they repeat."""
    if not isinstance(trouble, HTTPException):
        raise trouble
    status = HTTPStatus(trouble.status_code)
    told = {"code": status.name.lower(), "message": trouble.detail}
    return JSONResponse(told, status, trouble.headers)


def _console(console: ASGIApp) -> Sequence[BaseRoute]:
    """Return the console's place, and the way there from the front page."""

    async def front(request: Request) -> RedirectResponse:
        return RedirectResponse(request.url_for("console", path="/"))

    return [Route("/", front), Mount("/console", console, name="console")]


def _description(*, links: bool) -> Callable[[Request], Awaitable[JSONResponse]]:
    """Return the answer to what can be asked here, with examples."""

    async def description(request: Request) -> JSONResponse:
        server = f"{request.base_url}".rstrip("/")
        return JSONResponse(describe(OPERATIONS, VERSION, server, links=links))

    return description


def _health(engine: Engine) -> Callable[[Request], Awaitable[JSONResponse]]:
    """Return the answer for whoever watches: 200, or 503 when the database does not serve us."""

    async def health(_: Request) -> JSONResponse:
        try:
            pulse = await run_in_threadpool(engine.pulse)
        except Trouble as trouble:
            return JSONResponse({"code": "database", "message": reason(trouble)}, 503)
        return JSONResponse({"status": "ok", "decides": engine.running, "idle": pulse.idle})

    return health
