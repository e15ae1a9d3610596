"""The console as an application: to mount into a host's own, or to be served by `cuebook serve`.

It never starts or stops the engine, and shows everything without a script; scripts make it livelier.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.middleware.trustedhost import TrustedHostMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Mount, Route
from starlette.staticfiles import StaticFiles

from ...engine.drawing import STYLE
from ...engine.runtime import Engine, Unusable
from ...engine.runtime.database import Trouble, reason
from ...engine.sparks import STYLE as SPARKS
from ...engine.streams import STYLE as STREAMS
from . import asking, customers, inbox, numbers, playbooks, rehearse, settling
from .desk import Desk
from .paper import HERE
from .sealing import Sealed
from .visits import Authorize, NotThere, Principal, Role, Visit, everybody, guarded

__all__ = ["console"]

Page = Callable[[Desk, Visit], Response]

_PAGES: Final[tuple[tuple[str, Page], ...]] = (
    ("/", playbooks.listing),
    ("/playbook", playbooks.one),
    ("/playbook/flow", playbooks.picture),
    ("/playbook/tests", playbooks.tests),
    ("/map", playbooks.overview),
    ("/customers", customers.listing),
    ("/customer", customers.one),
    ("/ask", asking.page),
    ("/inbox", inbox.listing),
    ("/given-up", settling.listing),
    ("/numbers", numbers.dashboard),
    ("/rehearse", rehearse.playground),
)
_DEEDS: Final[tuple[tuple[str, Page, Role], ...]] = (
    ("/inbox/answer", inbox.answer, "answer"),
    ("/inbox/delegate", inbox.delegate, "answer"),
    ("/inbox/comment", inbox.comment, "answer"),
    ("/inbox/tick", inbox.tick, "answer"),
    ("/given-up/retry", settling.retry, "settle"),
    ("/given-up/dismiss", settling.dismiss, "settle"),
    ("/given-up/forget", settling.forget, "settle"),
    ("/rehearse", rehearse.played, "read"),
    ("/rehearse/check", rehearse.checked, "read"),
)
"""What is asked for by POST. A rehearsal changes nothing, so whoever reads may rehearse."""


def console(
    engine: Engine,
    *,
    authorize: Authorize = everybody,
    project: str | Path | None = None,
    writable: bool = False,
    hosts: Sequence[str] = (),
) -> Starlette:
    """Return the console of an engine.

    `authorize` tells who a request comes from, and may be asynchronous; the default lets in
    everybody who reaches the address. Only a `writable` console has buttons that change something,
    for those with the role. `project` is the folder with the playbooks' files: with it, pages show
    their tests, and the playground begins with them. `hosts` are the names under which it answers;
    by default any.
    """
    desk = Desk(engine, None if project is None else Path(project))

    def at(path: str, page: Page, role: Role = "read", method: str = "GET") -> Route:
        endpoint = guarded(partial(page, desk), authorize, role, writable=writable)
        return Route(path, endpoint, methods=[method])

    routes: list[BaseRoute] = [at(path, page) for path, page in _PAGES]
    routes += [at(path, page, role, "POST") for path, page, role in _DEEDS]
    routes += [
        Route("/static/drawing.css", _drawing),
        Mount("/static", StaticFiles(directory=HERE / "static")),
    ]
    trouble = partial(_trouble, desk)
    names = [*hosts]
    named = [Middleware(TrustedHostMiddleware, allowed_hosts=names)] if names else []
    return Starlette(
        routes=routes,
        middleware=[Middleware(Sealed), *named],
        exception_handlers=dict.fromkeys((HTTPException, NotThere, Trouble, Unusable), trouble),
    )


def _drawing(_: Request) -> Response:
    """Return the style of pictures, which those who draw them know."""
    return PlainTextResponse(
        STYLE + STREAMS + SPARKS,
        media_type="text/css",
        headers={"cache-control": "public, max-age=3600"},
    )


def _trouble(desk: Desk, request: Request, trouble: Exception) -> Response:
    """Return the page that says what is wrong, and where to go from there."""
    match trouble:
        case HTTPException(status_code=404):
            status, said = 404, "There is no such page."
        case HTTPException():
            status, said = trouble.status_code, str(trouble.detail)
        case NotThere():
            status, said = 404, str(trouble)
        case Trouble():
            status, said = 503, f"The database does not answer: {reason(trouble)}"
        case _:
            status, said = 503, str(trouble)
    visit = Visit(request, Principal("", frozenset()), writable=False)
    answer = desk.paper.page(visit, "trouble.html", status=status, said=said)
    if isinstance(trouble, HTTPException):
        answer.headers.update(trouble.headers or {})
    return answer
