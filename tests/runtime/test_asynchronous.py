"""Whoever awaits the engine finds every door, and each does what its twin does."""

import asyncio
import inspect
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, create_async_engine

from cuebook.engine.runtime import AsyncEngine, Engine
from cuebook.engine.runtime.database import Database

from .hosts import NOON, Desk, write_host

AT_ONCE = {"action", "add", "gate", "mirror", "signal", "forked", "lifespan", "now", "take_in"}
"""What never waits for the database, or is awaited as it is."""

DOORS = sorted(
    name
    for name, member in inspect.getmembers(Engine, inspect.isfunction)
    if not name.startswith("_") and name not in AT_ONCE
)


@pytest.mark.parametrize("name", DOORS)
def test_every_door_has_its_twin(name: str) -> None:
    """A door that was forgotten would have to be opened with a thread by hand."""
    engine = Engine("sqlite://")

    twin = getattr(AsyncEngine(engine), name)

    assert inspect.iscoroutinefunction(twin)
    assert inspect.signature(twin) == inspect.signature(getattr(engine, name))


def test_what_is_awaited_is_decided(database: Database, tmp_path: Path) -> None:
    """From the deployment to the action, without a blocking call in the host's loop."""
    engine = Engine(database.pool)
    desk = Desk(engine)

    async def live() -> bool:
        awaited = AsyncEngine(engine)
        await awaited.deploy(write_host(tmp_path / "project"), at=NOON)
        async with awaited:
            new = await awaited.track("acme", "go-live", id="1")
            assert not await awaited.track("acme", "go-live", id="1")
            while not [run for run in await awaited.runs("acme") if run.ended_at]:
                await asyncio.sleep(0.02)
        return new

    assert asyncio.run(live())
    assert desk.greeted == ["hello acme"]
    assert not engine.running


@pytest.mark.parametrize("commits", [True, False])
def test_an_asynchronous_session_carries_the_call(
    database: Database, tmp_path: Path, commits: bool
) -> None:
    """Rolled back it leaves nothing; committed it is decided."""
    engine = Engine(database.pool)
    desk = Desk(engine)
    engine.deploy(write_host(tmp_path / "project"), at=NOON)
    url = database.pool.url
    if database.dialect == "sqlite":
        url = url.set(drivername="sqlite+aiosqlite")

    async def request() -> None:
        pool = create_async_engine(url)
        async with AsyncSession(pool) as session:
            await session.run_sync(lambda s: engine.track("acme", "go-live", at=NOON, session=s))
            await (session.commit() if commits else session.rollback())
        await pool.dispose()

    asyncio.run(request())
    engine.tick(NOON)

    assert desk.greeted == (["hello acme"] if commits else [])
