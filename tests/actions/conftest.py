"""What the tests of actions share: a receiver that may be called though it is on this machine."""

from collections.abc import Iterator

import pytest

from cuebook.actions.addresses import ALLOW

from .listening import Receiver, receiving


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Yield a receiver that listens."""
    monkeypatch.setenv(ALLOW, "127.0.0.0/8")
    with receiving() as listening:
        yield listening
