"""The example applications do what their pages say, as processes of their own."""

import os
import re
import signal
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import quote

from cuebook.engine.runtime.database import Database

from .playing import rows
from .serving import EXAMPLES, ask, free_port, python, running, until


def fresh(path: Path) -> str:
    """Make a SQLite file that holds our tables, and return its URL."""
    url = f"sqlite:///{path}"
    python("-m", "cuebook.cli.main", "db", "upgrade", url, cwd=path.parent)
    return url


def test_the_shop_on_fastapi(tmp_path: Path) -> None:
    """An order that fails before its commit leaves neither a row nor a letter of thanks."""
    url, log, port = fresh(tmp_path / "shop.db"), tmp_path / "log", free_port()
    shop = f"http://127.0.0.1:{port}/customers/ada"
    words = ("-m", "uvicorn", "app:app", "--port", str(port))

    with running(*words, cwd=EXAMPLES / "fastapi_app", log=log, SHOP_DATABASE=url):
        until(lambda: ask(f"{shop}?name=Ada", method="PUT")[0] == 200, log)
        assert ask(f"{shop}/orders?amount=700&card=stolen", method="POST")[0] == 500
        status, order = ask(f"{shop}/orders?amount=20", method="POST")
        notes = until(lambda: ask(f"{shop}/notes")[1], log)

    assert (status, order["amount"]) == (200, 20)
    assert [note["text"] for note in notes] == ["Thank you, Ada"]
    assert "Application shutdown complete" in log.read_text()


def test_the_desk_on_flask_under_gunicorn(tmp_path: Path) -> None:
    """Two preforked processes take each event once; when the one that decides dies, another does."""
    url, log, port = fresh(tmp_path / "desk.db"), tmp_path / "log", free_port()
    desk = f"http://127.0.0.1:{port}"
    sent = {"id": "1", "customer": "ada", "event": "signed-up"}

    def said() -> list[tuple[str, str]]:
        return re.findall(r"hello (\w+) \(process (\d+)\)", log.read_text())

    with running(
        "-m", "gunicorn", "app:app", cwd=EXAMPLES / "flask_app", log=log,
        DESK_DATABASE=url, DESK_ADDRESS=f"127.0.0.1:{port}",
    ) as server:  # fmt: skip
        until(lambda: ask(f"{desk}/tasks")[0] == 200, log)
        assert [ask(f"{desk}/events", body=sent) for _ in range(3)] == [
            (202, {"new": True}), (202, {"new": False}), (202, {"new": False}),
        ]  # fmt: skip
        [task] = until(lambda: ask(f"{desk}/tasks")[1], log)
        answer = f"{desk}/tasks/{quote(task['key'])}"
        assert ask(answer, body={"answer": "done"}) == (200, {"was_open": True})
        assert ask(answer, body={"answer": "done"}) == (200, {"was_open": False})

        until(said, log)
        [(_, leader)] = said()
        assert int(leader) != server.pid
        os.kill(int(leader), signal.SIGKILL)
        until(lambda: ask(f"{desk}/events", body=sent | {"id": "2", "customer": "bo"}), log)
        until(lambda: len(said()) == 2, log)

    assert [name for name, _ in said()] == ["ada", "bo"]
    assert len({process for _, process in said()}) == 2


def test_the_crm_on_django(url: str, tmp_path: Path) -> None:
    """Inside `atomic()` the row and the event are there together, or neither is."""
    log, port = tmp_path / "log", free_port()
    crm = f"http://127.0.0.1:{port}/companies"
    here = EXAMPLES / "django_app"
    python("manage.py", "migrate", cwd=here, CRM_DATABASE=url)
    assert "No changes" in python(
        "manage.py", "makemigrations", "--check", "--dry-run", cwd=here, CRM_DATABASE=url
    )

    database = Database(url)
    with ExitStack() as both:
        plays = tmp_path / "plays.log"
        both.enter_context(running("manage.py", "run_plays", cwd=here, log=plays, CRM_DATABASE=url))
        until(lambda: rows(database, "SELECT 1 FROM cuebook_deployment"), plays)
        serve = ("manage.py", "runserver", "--noreload", str(port))
        both.enter_context(running(*serve, cwd=here, log=log, CRM_DATABASE=url))
        until(lambda: ask(f"{crm}/acme/go-live")[0] == 200, log)
        assert ask(f"{crm}/bolt/go-live?fail=1")[0] == 500
        until(lambda: ask(f"{crm}/acme")[1].get("note") == "acme went live", plays)
        assert ask(f"{crm}/bolt") == (200, {})

    assert rows(database, "SELECT customer FROM cuebook_inbox") == [("acme",)]
    database.pool.dispose()


def test_the_nightly_script(tmp_path: Path) -> None:
    """Run again, it tells the same and nothing happens twice; a week later the rest is due."""
    url = fresh(tmp_path / "letters.db")
    nightly = ("nightly.py", url)

    def run(now: str) -> list[str]:
        return python(*nightly, now, cwd=EXAMPLES / "script").splitlines()

    welcome = "to ada@mills.example: Welcome on board"
    refused = "given up for bo: there is no address to write to"
    assert run("2026-01-05T12:00") == [welcome, "2 actions; 2 runs wait", refused]
    assert run("2026-01-05T13:00") == ["0 actions; 2 runs wait", refused]
    again = run("2026-01-12T12:00")

    asked = "to ada@mills.example: How is it going?"
    assert again == [asked, "2 actions; 0 runs wait", refused, refused]
