"""A server's other end: an engine on both databases, and a client of what is served beside it."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from starlette.testclient import TestClient

from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.database import Database
from cuebook.web.app import application
from cuebook.web.intake.keys import Hook, Source

from ..runtime.playing import rows

KEY = "a-key-for-the-website"
HOOK = Hook("shop", "whsec_c2VjcmV0IG9mIHRoZSBzaG9wLCBsb25nIGVub3VnaA==", "data.buyer.id")
SOURCES = (Source("website", KEY), Source("crm", "a-key-for-the-crm"))


@pytest.fixture
def client(engine: Engine) -> Iterator[TestClient]:
    """Yield a client that has the website's key."""
    app = application(engine, sources=SOURCES, hooks=[HOOK])
    with TestClient(app, headers={"Authorization": f"Bearer {KEY}"}) as client:
        yield client


def inbox(database: Database) -> list[tuple[Any, ...]]:
    """Return what was taken in: customer, kind, name, values and key, in order of the key."""
    found = rows(database, "SELECT customer, kind, name, body, key FROM cuebook_inbox")
    told = [(*row[:3], json.loads(row[3]), row[4]) for row in found]
    return sorted(told, key=lambda row: row[4] or "")
