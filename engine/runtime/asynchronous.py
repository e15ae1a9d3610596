"""The engine for hosts that must not block: each of its doors once more, as something to await.

Every call runs on a thread; nothing is decided differently.
"""

import asyncio
from collections.abc import Callable, Coroutine
from functools import wraps
from types import TracebackType
from typing import Any, ParamSpec, Self, TypeVar

from .engine import Engine

__all__ = ["AsyncEngine"]

P = ParamSpec("P")
T = TypeVar("T")


class AsyncEngine:
    """An engine whose doors are awaited, under the same names and with the same words.

    What never waits for the database (`action`, `add`, `gate`, `mirror`, `now`, `signal`, `running`) is asked of the
    `engine` itself. In a transaction of an AsyncSession, let it carry the call:
    `await session.run_sync(lambda s: engine.track("acme", "go-live", session=s))`.
    """

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        self._open_to_web(engine)
        self.identify = _twin(engine.identify)
        self.track = _twin(engine.track)
        self.track_many = _twin(engine.track_many)
        self.import_files = _twin(engine.import_files)
        self.request = _twin(engine.request)
        self.answer = _twin(engine.answer)
        self.deploy = _twin(engine.deploy)
        self.start = _twin(engine.start)
        self.stop = _twin(engine.stop)
        self.tick = _twin(engine.tick)
        self.runs = _twin(engine.runs)
        self.tasks = _twin(engine.tasks)
        self.teams = _twin(engine.teams)
        self.absences = _twin(engine.absences)
        self.delegate = _twin(engine.delegate)
        self.comment = _twin(engine.comment)
        self.tick_off = _twin(engine.tick_off)
        self.away = _twin(engine.away)
        self.back = _twin(engine.back)
        self.sent = _twin(engine.sent)
        self.status = _twin(engine.status)
        self.pulse = _twin(engine.pulse)
        self.in_flight = _twin(engine.in_flight)
        self.deployment = _twin(engine.deployment)
        self.project = _twin(engine.project)
        self.zone = _twin(engine.zone)
        self.kept_zone = _twin(engine.kept_zone)
        self.who = _twin(engine.who)
        self.entering = _twin(engine.entering)
        self.index = _twin(engine.index)
        self.drop_index = _twin(engine.drop_index)
        self.why = _twin(engine.why)
        self.what_if = _twin(engine.what_if)
        self.forecast = _twin(engine.forecast)
        self.export = _twin(engine.export)
        self.story = _twin(engine.story)
        self.retry = _twin(engine.retry)
        self.dismiss = _twin(engine.dismiss)
        self.erase = _twin(engine.erase)
        self.ready = _twin(engine.ready)

    def _open_to_web(self, engine: Engine) -> None:
        """Make the doors that pages and the intake use."""
        self.attributes = _twin(engine.attributes)
        self.customers = _twin(engine.customers)
        self.decided = _twin(engine.decided)
        self.decided_between = _twin(engine.decided_between)
        self.deployments = _twin(engine.deployments)
        self.given_up = _twin(engine.given_up)
        self.heard = _twin(engine.heard)
        self.inside = _twin(engine.inside)
        self.last_decided = _twin(engine.last_decided)
        self.parked = _twin(engine.parked)
        self.program = _twin(engine.program)
        self.task = _twin(engine.task)
        self.whereabouts = _twin(engine.whereabouts)
        self.receive = engine.take_in
        self.refused = _twin(engine.refused)
        self.forget_refused = _twin(engine.forget_refused)
        self.forget_strangers = _twin(engine.forget_strangers)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        trouble: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.stop()


def _twin(door: Callable[P, T]) -> Callable[P, Coroutine[Any, Any, T]]:
    """Return a door as something to await."""

    @wraps(door)
    async def awaited(*args: P.args, **kwargs: P.kwargs) -> T:
        return await asyncio.to_thread(door, *args, **kwargs)

    return awaited
