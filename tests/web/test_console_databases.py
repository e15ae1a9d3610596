"""Pages of the console over PostgreSQL: they say what they say over SQLite."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ..runtime.databases import DIALECTS, fresh
from .house import build, client
from .reading import read
from .test_console_pages import PAGES


@contextmanager
def looking(dialect: str, folder: Path, request: pytest.FixtureRequest) -> Iterator[TestClient]:
    """Yield a browser before the console of a house in one of the databases."""
    for url in fresh(dialect, folder, request, upgraded=False):
        engine, _ = build(folder, url=url)
        yield client(engine, folder)
        engine.stop()
        engine.database.pool.dispose()


@pytest.fixture(scope="module")
def browsers(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[list[TestClient]]:
    """Yield a browser for each database, before houses that are alike."""
    with ExitStack() as stack:
        yield [
            stack.enter_context(looking(dialect, tmp_path_factory.mktemp(dialect), request))
            for dialect in DIALECTS
        ]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_says_the_same_over_each_database(address: str, browsers: list[TestClient]) -> None:
    """Order, counts, JSON and times are each database's own to get wrong."""
    answers = [browser.get(address) for browser in browsers]

    assert [answer.status_code for answer in answers] == [200, 200]
    [lite, postgresql] = [read(answer.text) for answer in answers]
    assert postgresql.text == lite.text
