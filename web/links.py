"""What the links in messages lead to: `/u/TOKEN` unsubscribes, `/a/TOKEN` answers a survey.

Looking changes nothing: mailboxes open links before people do. Only a POST is a person's word.
"""

import hashlib
from base64 import b64encode
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs

from jinja2 import Environment, FileSystemLoader
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from ..engine.core.limits import purpose_of
from ..engine.core.plan import Project, limits_of
from ..engine.core.plan_limits import meets
from ..engine.core.vocabulary import fold
from ..engine.links import PATHS, Kind, Site
from ..engine.runtime import Engine
from ..engine.runtime.database import Trouble
from ..engine.runtime.intake import change, happening
from ..engine.runtime.mail import row_of
from .intake.bodies import Unread, collected

__all__ = ["Links"]

_STYLE: Final = (
    ":root{color-scheme:light dark}body{font:1.1rem/1.5 system-ui,sans-serif;margin:0}"
    "main{max-width:34rem;margin:12vh auto;padding:0 1.25rem}label{display:block}"
    "textarea{width:100%;box-sizing:border-box;font:inherit;margin:.4rem 0 1rem}"
    "button{font:inherit;padding:.6rem 1.4rem;cursor:pointer}"
)
_DIGEST: Final = b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
_HEADERS: Final = {
    "Content-Security-Policy": f"default-src 'none'; style-src 'sha256-{_DIGEST}'; "
    "form-action 'self'; frame-ancestors 'none'; base-uri 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex",
    "Cache-Control": "no-store",
}
_LONGEST_FORM: Final = 16 * 1024
_LONGEST_COMMENT: Final = 2_000
_CONSENT: Final = "email_opt_in"
"""What is withdrawn where no limit on e-mail names a consent."""


@dataclass(frozen=True, slots=True)
class _Page:
    """What somebody sees who has followed a link."""

    title: str
    text: str
    button: str = ""
    comment: bool = False


_UNSUBSCRIBE: Final = _Page(
    "Unsubscribe", "You will get no more messages of this kind.", "Unsubscribe"
)
_UNSUBSCRIBED: Final = _Page("You are unsubscribed", "You will get no more messages of this kind.")
_ANSWERED: Final = _Page("Thank you", "Your answer has arrived.")
_UNKNOWN: Final = _Page(
    "This link does not work",
    "It was not made here, or was cut off when it was copied. Nothing was changed.",
)
_LATER: Final = _Page(
    "This does not work at the moment", "Nothing was changed. Please come back in a few minutes."
)


class Links:
    """Serves the links that a site has signed, and tells the engine what was said by them."""

    def __init__(self, engine: Engine, site: Site) -> None:
        self._engine, self._site = engine, site
        here = FileSystemLoader(Path(__file__).parent / "pages")
        self._page = Environment(loader=here, autoescape=True).get_template("link.html")

    def routes(self) -> list[Route]:
        """Return a route for each kind of link."""
        deeds: dict[Kind, Callable[[Mapping[str, str], str, str], _Page]] = {
            "unsubscribe": self._unsubscribe,
            "answer": self._answer,
        }
        return [
            Route(
                f"/{PATHS[kind]}/{{token}}",
                self._serve(kind, deed),
                methods=["GET", "POST"],
                name=kind,
            )
            for kind, deed in deeds.items()
        ]

    def _serve(
        self, kind: Kind, deed: Callable[[Mapping[str, str], str, str], _Page]
    ) -> Callable[[Request], Awaitable[Response]]:
        async def answer(request: Request) -> Response:
            token = request.path_params["token"]
            claims = self._site.opened(kind, token)
            if claims is None or not claims.get("customer"):
                return self._shown(_UNKNOWN, 404)
            if request.method != "POST":
                return self._shown(_UNSUBSCRIBE if kind == "unsubscribe" else _asked(claims))
            try:
                comment = await _comment(request)
                return self._shown(await run_in_threadpool(deed, claims, token, comment))
            except Trouble:
                return self._shown(_LATER, 503)

        return answer

    def _shown(self, page: _Page, status: int = 200) -> Response:
        text = self._page.render(page=page, style=_STYLE)
        return HTMLResponse(text, status, _HEADERS)

    def _unsubscribe(self, claims: Mapping[str, str], token: str, _: str) -> _Page:
        """Withdraw consent, each time: somebody may have agreed anew and changed their mind."""
        customer, now = claims["customer"], self._engine.now()
        withdrawn = _withdrawn(self._engine.project(), claims)
        told = _event("Unsubscribed", claims, token, now)
        self._engine.receive([row_of(change(customer, withdrawn, now=now)), told])
        return _UNSUBSCRIBED

    def _answer(self, claims: Mapping[str, str], token: str, comment: str) -> _Page:
        """Take one answer for one link; what is sent again changes nothing."""
        more = {"comment": comment} if comment else {}
        told = _event("Survey Answered", claims, token, self._engine.now(), **more)
        self._engine.receive([told])
        return _ANSWERED


def _event(
    name: str, claims: Mapping[str, str], token: str, now: int, **more: object
) -> tuple[object, ...]:
    """Return an event of what a link says, known by its token; a score is a number."""
    values: dict[str, object] = {n: value for n, value in claims.items() if n != "customer"}
    if claims.get("score", "").isdecimal():
        values["score"] = int(claims["score"])
    digest = hashlib.sha256(token.encode()).hexdigest()[:32]
    told = happening(
        claims["customer"], name, {**values, **more}, now=now, id=digest, source="links"
    )
    return row_of(told)


def _withdrawn(project: Project | None, claims: Mapping[str, str]) -> Mapping[str, bool]:
    """Return the consents that limits on the channel ask for, of this purpose, as withdrawn."""
    purpose, channel, kinds = (
        purpose_of(claims),
        claims.get("channel", "email"),
        {fold("send-email")},
    )
    found = {
        consent.attribute
        for limit in (limits_of(project) if project else ())
        if meets(limit.target, kinds if channel == "email" else (), channel)
        for consent in limit.consents
        if consent.purpose in ("", purpose)
    }
    return dict.fromkeys(sorted(found) or [_CONSENT], False)


def _asked(claims: Mapping[str, str]) -> _Page:
    """Return the page on which an answer is looked at before it is sent."""
    said = claims.get("answer") or claims.get("score") or ""
    return _Page("Your answer", said, "Send", comment=True)


async def _comment(request: Request) -> str:
    """Return what was written beside an answer; nothing where the form is no form of ours."""
    if not request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded"):
        return ""
    try:
        form = await collected(request.stream(), _LONGEST_FORM)
    except Unread:
        return ""
    told = parse_qs(form.decode(errors="replace"), max_num_fields=10)
    return told.get("comment", [""])[0].strip()[:_LONGEST_COMMENT]
