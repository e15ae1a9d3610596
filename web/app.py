"""All that cuebook serves over HTTP, as one application: `cuebook serve` runs it, a host mounts it.

It neither starts nor stops the engine: a mounted application is not told when its host begins or ends.
"""

from collections.abc import Awaitable, Callable, Sequence

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse
from starlette.routing import BaseRoute, Mount, Route
from starlette.types import ASGIApp

from ..engine.runtime import Engine
from ..engine.runtime.database import Trouble, reason

__all__ = ["application"]


def application(engine: Engine, *, console: ASGIApp | None = None) -> Starlette:
    """Return what is served beside an engine: how it is, and the console at `/console` if there is one."""
    routes: list[BaseRoute] = [Route("/health", _health(engine))]
    if console is not None:
        routes += _console(console)
    return Starlette(routes=routes)


def _console(console: ASGIApp) -> Sequence[BaseRoute]:
    """Return the console's place, and the way there from the front page."""

    async def front(request: Request) -> RedirectResponse:
        return RedirectResponse(request.url_for("console", path="/"))

    return [Route("/", front), Mount("/console", console, name="console")]


def _health(engine: Engine) -> Callable[[Request], Awaitable[JSONResponse]]:
    """Return the answer for whoever watches: 200, or 503 when the database does not serve us."""

    async def health(_: Request) -> JSONResponse:
        try:
            pulse = await run_in_threadpool(engine.pulse)
        except Trouble as trouble:
            return JSONResponse({"code": "database", "message": reason(trouble)}, 503)
        return JSONResponse({"status": "ok", "decides": engine.running, "idle": pulse.idle})

    return health
