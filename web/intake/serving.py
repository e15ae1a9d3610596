"""The intake as routes: who asks, what it says, whether it could be taken, and the answer."""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Final

from starlette.requests import ClientDisconnect, Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Match, Route
from starlette.types import Scope

from ...engine.runtime import Engine
from ...engine.runtime.database import Trouble
from ...engine.runtime.receiving import Refusal
from .asked import Asked, Json, Odd, Operation
from .bodies import Unread, collected, inflated, parsed, too_deep
from .keys import Hook, Source, by_key, by_word, checked, signed
from .operations import OPERATIONS

__all__ = ["Intake"]

Handler = Callable[[Request], Awaitable[Response]]

_TAKEN: Final = JSONResponse({"success": True})
_FAILED: Final = JSONResponse(
    {"code": "unavailable", "message": "the database does not serve us now: send it again"},
    503,
    {"Retry-After": "5"},
)


class Intake:
    """Takes in for an engine what its sources and hooks send."""

    def __init__(
        self, engine: Engine, sources: Sequence[Source] = (), hooks: Sequence[Hook] = ()
    ) -> None:
        self._engine = engine
        self._sources, self._hooks = tuple(sources), {hook.name: hook for hook in hooks}
        checked(self._sources, tuple(hooks))

    def routes(self) -> list[Route]:
        """Return a route for each path of operations."""
        by_path: dict[str, dict[str, Handler]] = {}
        for one in OPERATIONS:
            by_path.setdefault(one.path, {})[one.method] = self._serve(one)
        return [_Place(path, _chosen(deeds), methods=[*deeds]) for path, deeds in by_path.items()]

    def _serve(self, operation: Operation) -> Handler:
        async def answer(request: Request) -> Response:
            try:
                source = self._known(operation, request)
                try:
                    raw = await collected(request.stream(), operation.most)
                except Unread as trouble:
                    await self._keep(source.name if source else "", trouble, b"")
                    raise
                return await self._answer(operation, request, raw, source)
            except Unread as trouble:
                return _refused(trouble)
            except ClientDisconnect:
                return _refused(Unread(400, "cut_off", "the request ended in the middle"))
            except Trouble:
                return _FAILED

        return answer

    def _known(self, operation: Operation, request: Request) -> Source | None:
        """Return who asks; None while only the body can tell. Raises Unread for strangers."""
        word = request.headers.get("authorization")
        if operation.by == "signature" or (operation.key_in_body and not word):
            return None
        source = by_word(self._sources, word or "")
        if source is None:
            raise _stranger()
        return source

    async def _answer(
        self, operation: Operation, request: Request, raw: bytes, source: Source | None
    ) -> Response:
        name, hook = (source.name if source else ""), None
        if operation.by == "signature":
            hook = self._hook(request, raw)
            name = f"hooks.{hook.name}"
        try:
            body = _body(operation, request, raw)
        except Unread as trouble:
            await self._keep(name, trouble, raw)
            raise
        if not name:
            found = by_key(self._sources, body.get("writeKey") if isinstance(body, dict) else None)
            if found is None:
                raise _stranger()
            name = found.name
        if operation.key_in_body and isinstance(body, dict):
            body = {said: value for said, value in body.items() if said != "writeKey"}
        where = hook.customer if hook else ""
        asked = Asked(name, self._engine.now(), body, request.path_params, request.headers, where)
        try:
            items = list(operation.read(asked))
            odd = [item for item in items if isinstance(item, Odd)]
            refusals = [_kept(name, item) for item in odd]
        except RecursionError:  # Whoever parsed it stood nearer to the ground by a few calls.
            await self._keep(name, too_deep(), raw)
            raise too_deep() from None
        rows = [one for one in items if not isinstance(one, Odd)] if odd else items
        return await self._take(operation, rows, odd, refusals)

    def _hook(self, request: Request, raw: bytes) -> Hook:
        """Return the hook that has signed this. Raises Unread for everything else."""
        hook = self._hooks.get(request.path_params["hook"])
        now_s = self._engine.now() // 1_000_000
        if hook is None or not signed(hook, request.headers, raw, now_s):
            raise _stranger()
        return hook

    async def _take(
        self,
        operation: Operation,
        rows: Sequence[Any],
        odd: Sequence[Odd],
        refusals: Sequence[Refusal],
    ) -> Response:
        await self._engine.take_in(rows, refusals)
        if not odd:
            return _TAKEN
        if not odd[0].aside and (not operation.batch or odd[0].whole):
            return _refused(Unread(400, "not_taken", odd[0].reason))
        errors = [{"index": one.index, "reason": one.reason} for one in odd]
        return JSONResponse({"success": True, "errors": errors})

    async def _keep(self, source: str, trouble: Unread, raw: bytes) -> None:
        """Keep what a source has sent and nobody could read; nothing of a stranger."""
        if source:
            text = raw.decode(errors="replace")
            for one in self._sources:
                text = text.replace(one.key, "…")
            await self._engine.take_in([], [Refusal(source, trouble.message, text)])


class _Place(Route):
    """A path that answers for all methods: a longer name is not asked for what it does not serve.

    The name of a customer may hold slashes, so that `PUT …/ada/events` would name `ada/events`.
    """

    def matches(self, scope: Scope) -> tuple[Match, Scope]:
        match, child = super().matches(scope)
        return (Match.FULL if match is Match.PARTIAL else match), child


def _chosen(deeds: Mapping[str, Handler]) -> Handler:
    async def answer(request: Request) -> Response:
        return await deeds[request.method](request)

    return answer


def _body(operation: Operation, request: Request, raw: bytes) -> Json:
    """Return what a request says, None when it says nothing. Raises Unread when it cannot be read."""
    kind = request.headers.get("content-type", "")
    essence, _, parameters = kind.lower().partition(";")
    if essence.strip() and essence.strip() not in operation.kinds:
        message = f"Content-Type {kind[:60]!r} is not read: send {' or '.join(operation.kinds)}"
        raise Unread(415, "content_type", message)
    if "charset" in parameters and "utf-8" not in parameters:
        raise Unread(415, "charset", f"{parameters.strip()[:60]!r} is not read: send UTF-8")
    text = inflated(raw, request.headers.get("content-encoding", ""), operation.most)
    return parsed(text) if text.strip() else None


def _stranger() -> Unread:
    """Return the answer to whoever is not known; made anew, for an exception keeps who raised it."""
    return Unread(401, "unauthorized", "these credentials are not known here")


def _kept(source: str, odd: Odd) -> Refusal:
    body = json.dumps(odd.about, ensure_ascii=False)
    try:
        body.encode()
    except UnicodeEncodeError:  # Half of a surrogate pair, which stays readable as an escape.
        body = json.dumps(odd.about)
    return Refusal(source, odd.reason, body, odd.customer)


def _refused(trouble: Unread) -> Response:
    """Return an error as Segment's and RudderStack's libraries read it: any other one they repeat."""
    told = {"code": trouble.code, "message": trouble.message}
    headers = {"WWW-Authenticate": 'Basic realm="cuebook"'} if trouble.status == 401 else None
    return JSONResponse(told, trouble.status, headers)
