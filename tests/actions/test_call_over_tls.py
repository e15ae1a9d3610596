"""Calls over TLS: to the address that was looked at, under the name that was asked for."""

import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from cuebook.actions import addresses, calling
from cuebook.actions.addresses import ALLOW
from cuebook.actions.call_webhook import call_webhook
from cuebook.engine.contract import Done, Retry

from .listening import Receiver, context, receiving

NAME = "hooks.example"


@pytest.fixture
def secured(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    """Yield a receiver with a certificate for one name, trusted in this test only."""
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1",
         "-nodes", "-days", "2", "-keyout", key, "-out", certificate, "-subj", f"/CN={NAME}",
         "-addext", f"subjectAltName=DNS:{NAME}"],
        check=True, capture_output=True,
    )  # fmt: skip
    monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
    monkeypatch.setenv(ALLOW, "127.0.0.1")
    monkeypatch.setattr(addresses.Pinned.__init__, "__defaults__", (lambda *_: ["127.0.0.1"],))
    context_of_server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context_of_server.load_cert_chain(certificate, key)
    calling.trusted.cache_clear()
    with receiving(context_of_server) as listening:
        yield listening
    calling.trusted.cache_clear()


def tell(secured: Receiver, name: str) -> object:
    """Call a name, which means the receiver whatever it is."""
    port = secured.url.rpartition(":")[2]
    return call_webhook.perform({"url": f"https://{name}:{port}/hook", "json": {}}, context())


def test_the_certificate_is_that_of_the_name(secured: Receiver) -> None:
    """Though an address is connected to, the name is what is asked for and looked at."""
    assert tell(secured, NAME) == Done({})

    [heard] = secured.heard
    assert secured.names == [NAME]
    assert heard.headers["host"] == f"{NAME}:{secured.url.rpartition(':')[2]}"


def test_a_certificate_for_another_name_is_not_taken(secured: Receiver) -> None:
    """Nothing is said to whoever has it."""
    outcome = tell(secured, "other.example")

    assert isinstance(outcome, Retry)
    assert "certificate" in outcome.reason
    assert secured.heard == []
