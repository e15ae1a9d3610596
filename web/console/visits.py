"""Who comes to a page, from where, and with what: every request passes here before anything is shown.

A page is a plain function from a `Visit` to a response; it runs on a thread, as the engine blocks.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from inspect import isawaitable
from typing import Final, Literal
from urllib.parse import parse_qsl, urlencode, urlsplit

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

__all__ = [
    "Authorize",
    "Handler",
    "NotThere",
    "Principal",
    "Role",
    "Visit",
    "everybody",
    "guarded",
]

Role = Literal["read", "answer", "settle"]
"""`read` sees all pages, `answer` answers tasks and hands them on, `settle` decides what becomes of
actions that were given up."""
MOST_BYTES: Final = 512 * 1024
"""The largest form that is read: a project's settings, a playbook and a scene fit into it."""
_MOST_FIELDS: Final = 32


@dataclass(frozen=True, slots=True)
class Principal:
    """Somebody whom the host lets in."""

    name: str
    """Written beside what they answer and settle."""
    roles: frozenset[Role] = frozenset({"read"})


Authorize = Callable[[Request], Principal | Awaitable[Principal | None] | None]
"""Tells who a request comes from; None for nobody who may see anything."""


def everybody(_: Request) -> Principal:
    """Let in whoever reaches the address: for a console that only one machine or network reaches."""
    return Principal("console", frozenset({"read", "answer", "settle"}))


class NotThere(Exception):  # noqa: N818 - its docstring is its sentence
    """A page was asked for something that does not exist; the text says what."""


@dataclass(frozen=True, slots=True)
class Visit:
    """One request of somebody who may make it."""

    request: Request
    principal: Principal
    writable: bool
    form: Mapping[str, str] = field(default_factory=dict)

    def asked(self, name: str) -> str:
        """Return what the address says after `?name=`, or nothing."""
        return self.request.query_params.get(name, "")

    def to(self, page: str = "", **query: object) -> str:
        """Return the address of a page, wherever the console is mounted."""
        root = self.request.scope.get("root_path", "").rstrip("/")
        told = urlencode({name: str(value) for name, value in query.items() if value != ""})
        return f"{root}/{page}{'?' if told else ''}{told}"

    def go(self, page: str, **query: object) -> Response:
        """Send the browser on after something was done, so that reloading does not do it again."""
        return RedirectResponse(self.to(page, **query), 303)

    def may(self, role: Role) -> bool:
        """Whether this visitor may do what only a role may, here."""
        return role in self.principal.roles and (self.writable or role == "read")

    @property
    def piece(self) -> bool:
        """Whether a script asks for a piece of a page."""
        return self.request.headers.get("hx-request") == "true"


Handler = Callable[[Visit], Response]


def guarded(
    handler: Handler, authorize: Authorize, role: Role = "read", *, writable: bool
) -> Callable[[Request], Awaitable[Response]]:
    """Return an endpoint that lets a handler answer those who may ask it. Others get a status."""

    async def answer(request: Request) -> Response:
        found = authorize(request)
        principal = await found if isawaitable(found) else found
        if principal is None or "read" not in principal.roles:
            raise HTTPException(403, "you may not see this console")
        form = await _form(request) if request.method == "POST" else {}
        visit = Visit(request, principal, writable, form)
        if not visit.may(role):
            raise HTTPException(403, _why_not(visit))
        return await run_in_threadpool(handler, visit)

    return answer


def _why_not(visit: Visit) -> str:
    if not visit.writable:
        return "this console is for reading only: its host has not made it writable"
    return "you may not do this here: somebody with another role may"


async def _form(request: Request) -> dict[str, str]:
    """Return what a form of ours sends. Raises HTTPException for any other body."""
    if not _from_here(request):
        raise HTTPException(403, "this form was not sent from a page of the console")
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != "application/x-www-form-urlencoded":
        raise HTTPException(415, "a form is expected (application/x-www-form-urlencoded)")
    body = bytearray()
    async for part in request.stream():
        body += part
        if len(body) > MOST_BYTES:
            raise HTTPException(413, f"this is more than {MOST_BYTES // 1024} KB")
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict",
            max_num_fields=_MOST_FIELDS,
        )  # fmt: skip
    except ValueError:
        raise HTTPException(400, "this form cannot be read: is it UTF-8?") from None
    return dict(pairs)


def _from_here(request: Request) -> bool:
    """Whether a form comes from our own pages: browsers say so, and scripts elsewhere cannot lie.

    Who sends neither header is no browser of today, and has to name the origin itself.
    """
    site = request.headers.get("sec-fetch-site")
    if site is not None:
        return site == "same-origin"
    origin = request.headers.get("origin", "")
    return bool(origin) and urlsplit(origin).netloc == request.headers.get("host", "")
