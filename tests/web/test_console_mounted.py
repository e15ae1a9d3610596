"""The console inside the example applications, as processes: behind a login of theirs, below their path."""

from base64 import b64encode
from contextlib import ExitStack
from functools import partial
from pathlib import Path

import httpx2
import pytest

from ..runtime.serving import EXAMPLES, PATIENCE_S, ask, free_port, python, running, until
from .reading import read

STAFF = {"authorization": "Basic " + b64encode(b"ann:secret").decode()}


get = partial(httpx2.get, timeout=PATIENCE_S)
post = partial(httpx2.post, timeout=PATIENCE_S)


def asked(url: str) -> int:
    """Return the status of a page; 0 from a server that is not there yet."""
    try:
        return get(url).status_code
    except httpx2.TransportError:
        return 0


def looked_at(host: str, log: Path) -> None:
    """Hold that the pages of a host show nothing to strangers, and everything to its staff."""
    until(lambda: asked(f"{host}/plays/") == 401, log)
    assert "basic" in get(f"{host}/plays/").headers["www-authenticate"].lower()
    wrong = {"authorization": "Basic " + b64encode(b"ann:guess").decode()}
    assert get(f"{host}/plays/customers", headers=wrong).status_code == 401
    for page in ("", "customers", "inbox", "given-up", "rehearse"):
        answer = get(f"{host}/plays/{page}", headers=STAFF)
        assert answer.status_code == 200, answer.text
        found = read(answer.text)
        assert "Signed in as ann" in found.text
        assert all(link.startswith(("/plays/", "#")) for link in found.links), found.links
        for style in found.having("link", rel="stylesheet"):
            assert get(host + style["href"]).status_code == 200
    assert get(f"{host}/plays/nothing", headers=STAFF).status_code == 404


def fresh(path: Path) -> str:
    """Make a SQLite file that holds our tables, and return its URL."""
    url = f"sqlite:///{path}"
    python("-m", "cuebook.cli.main", "db", "upgrade", url, cwd=path.parent)
    return url


@pytest.fixture
def log(tmp_path: Path) -> Path:
    """Return where a server writes."""
    return tmp_path / "log"


def test_in_fastapi(tmp_path: Path, log: Path) -> None:
    """Mounted by one line, beside routes of the shop's own."""
    port, url = free_port(), fresh(tmp_path / "shop.db")
    words = ("-m", "uvicorn", "app:app", "--port", str(port))
    here = EXAMPLES / "fastapi_app"
    with running(*words, cwd=here, log=log, SHOP_DATABASE=url, SHOP_STAFF="ann:secret"):
        looked_at(f"http://127.0.0.1:{port}", log)


def test_in_flask_under_preforked_workers(tmp_path: Path, log: Path) -> None:
    """Made after the fork; a task answered there moves on in whichever process decides."""
    port, url = free_port(), fresh(tmp_path / "desk.db")
    host = f"http://127.0.0.1:{port}"
    with running(
        "-m", "gunicorn", "app:app", cwd=EXAMPLES / "flask_app", log=log,
        DESK_DATABASE=url, DESK_ADDRESS=f"127.0.0.1:{port}", DESK_STAFF="ann:secret",
    ):  # fmt: skip
        looked_at(host, log)
        ask(f"{host}/events", body={"id": "1", "customer": "ada", "event": "signed-up"})
        [task] = until(lambda: ask(f"{host}/tasks")[1], log)
        sent = {"key": task["key"], "said": "done"}
        origin = {"origin": host, **STAFF}
        assert post(f"{host}/plays/inbox/answer", data=sent, headers=STAFF).status_code == 403
        answer = post(f"{host}/plays/inbox/answer", data=sent, headers=origin)

        assert answer.headers["location"] == "/plays/inbox?done=answered"
        assert ask(f"{host}/tasks")[1] == []


def test_in_django(tmp_path: Path, log: Path) -> None:
    """Below a path that `wsgi.py` hands over; Django answers all the others."""
    port, url = free_port(), fresh(tmp_path / "crm.db")
    here = EXAMPLES / "django_app"
    python("manage.py", "migrate", cwd=here, CRM_DATABASE=url)
    with ExitStack() as both:
        plays = tmp_path / "plays.log"
        both.enter_context(running("manage.py", "run_plays", cwd=here, log=plays, CRM_DATABASE=url))
        serve = ("manage.py", "runserver", "--noreload", str(port))
        told = {"CRM_DATABASE": url, "CRM_STAFF": "ann:secret"}
        both.enter_context(running(*serve, cwd=here, log=log, **told))
        looked_at(f"http://127.0.0.1:{port}", log)
        assert ask(f"http://127.0.0.1:{port}/companies/acme") == (200, {})
