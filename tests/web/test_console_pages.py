"""Pages of the console: each shows what the database says, and what is not there is said to be so."""

import hashlib
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from cuebook.engine.runtime import Engine
from cuebook.engine.runtime.figures.report import Asked, report
from cuebook.engine.runtime.schema import upgrade
from cuebook.web.console import asking, console
from cuebook.web.console.paper import HERE

from ..runtime.playing import SETTINGS, Clock, write_project
from .house import ADA, HOME, build, client, shown
from .reading import Page, read

KPIS = """\
kpis:
  often: {is: count of login / come, title: Often, indicator: lagging}
  come: {is: number of customers where (has login), title: People who came, indicator: leading, target: 5}
"""
PAGES = (
    "/",
    "/playbook?name=welcome",
    "/playbook/flow?name=welcome",
    "/playbook/tests?name=welcome",
    "/map",
    "/customers",
    "/ask",
    "/ask?if=name+is+present",
    f"/customer?{urlencode({'id': ADA})}",
    "/customer?id=parked",
    "/inbox",
    "/given-up",
    "/numbers",
    "/rehearse",
    "/rehearse?playbook=welcome",
)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Engine, Clock, Path]]:
    """Yield a house in which something of everything stands; tests here change nothing in it."""
    folder = tmp_path_factory.mktemp("house")
    engine, clock = build(folder)
    yield engine, clock, folder
    engine.stop()
    engine.database.pool.dispose()


@pytest.fixture
def browser(house: tuple[Engine, Clock, Path]) -> TestClient:
    """Return a browser before its console."""
    engine, _, folder = house
    return client(engine, folder)


def page(browser: TestClient, address: str) -> Page:
    """Return a page that is there."""
    answer = browser.get(address)
    assert answer.status_code == 200, answer.text
    return read(answer.text)


@pytest.mark.parametrize("address", PAGES)
def test_nothing_on_any_page_runs_but_our_own_files(browser: TestClient, address: str) -> None:
    """A text from outside that became an element, or a handler, would run in a colleague's name."""
    found = page(browser, address)

    assert found.harmful == []
    assert not found.having("style")


@pytest.mark.parametrize(
    ("field", "address"),
    [
        ("title", "/"),
        ("owner", "/"),
        ("title", "/playbook?name=welcome"),
        ("customer", "/playbook?name=welcome"),
        ("test", "/playbook/tests?name=welcome"),
        ("customer", "/customers"),
        ("trouble", "/customers"),
        *((one, f"/customer?{urlencode({'id': ADA})}")
          for one in ("customer", "name", "csm", "property", "rejected", "doubt")),
        ("trouble", "/customer?id=parked"),
        *((one, "/inbox") for one in ("customer", "name", "csm", "body", "point", "comment", "commenter", "question")),
        *((one, "/given-up") for one in ("rejected", "doubt", "trouble", "source", "stranger", "refusal", "sent")),
    ],
)  # fmt: skip
def test_hostile_texts_are_shown_as_texts(browser: TestClient, field: str, address: str) -> None:
    """Where a field is shown it is all there, to the letter, and it is only text."""
    found = page(browser, address)

    assert shown(field) in found.text


def ask(condition: str) -> str:
    """Return the address that a question has."""
    return f"/ask?{urlencode({'if': condition})}"


def test_a_condition_is_answered_with_how_many_and_who(browser: TestClient) -> None:
    """And with what was asked of the database, and what was judged."""
    found = page(browser, ask('name is present and name matches "^.+"'))
    nobody = page(browser, ask('name == "Nobody at all"'))

    assert "Asked of the database: name is present." in found.text
    assert 'Judged one by one: name matches "^.+".' in found.text
    assert shown("customer") in found.text
    assert "0 customers" in nobody.text
    assert "It is true of nobody." in nobody.text


def test_a_question_with_a_mistake_is_told_where_it_is(browser: TestClient) -> None:
    """As `check` tells it; what was typed stays."""
    found = page(browser, ask("nme is present"))

    assert "unknown attribute" in found.text
    assert {one["value"] for one in found.having("input", name="if")} == {"nme is present"}
    assert "longer than" in page(browser, ask("x" * 3_000)).text


def test_a_question_that_takes_long_is_given_up(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page is no place to judge a million customers one by one."""
    monkeypatch.setattr(asking, "_SECONDS", -1.0)

    found = page(browser, ask('name matches "^.+"'))

    assert "takes longer than" in found.text


def test_nobody_is_asked_about_before_a_deployment(tmp_path: Path) -> None:
    """Nothing is declared yet that a condition could name."""
    engine = Engine(f"sqlite:///{tmp_path / 'empty.db'}")
    upgrade(engine.database)

    found = page(TestClient(console(engine)), ask("name is present"))

    assert "nothing was deployed" in found.text
    engine.database.pool.dispose()


def test_a_question_and_its_answers_stand_in_the_inbox(browser: TestClient) -> None:
    """What may be answered is a button each, so that nobody has to know how it is spelt."""
    found = page(browser, "/inbox")

    assert {one["value"] for one in found.having("button", name="said")} == {"yes", "no"}


def test_every_link_of_every_page_leads_somewhere(browser: TestClient) -> None:
    """A console with a dead end is one that people stop to trust."""
    seen = set(PAGES)
    for address in PAGES:
        for link in page(browser, address).links:
            target = link.partition("#")[0]
            if target and target not in seen:
                seen.add(target)
                assert browser.get(target).status_code == 200, (address, target)


@pytest.mark.parametrize(
    ("address", "says"),
    [
        ("/nothing", "There is no such page."),
        ("/playbook?name=nope", "There is no playbook called “nope”"),
        ("/playbook/tests?name=nope", "There is no playbook called “nope”"),
        ("/customer?id=nobody", "Nothing is known of a customer “nobody”."),
        ("/customer", "Nothing is known of a customer “”."),
        ("/rehearse?playbook=nope", "No file of this project holds a playbook called “nope”."),
    ],
)
def test_what_is_not_there_is_said_to_be_so(browser: TestClient, address: str, says: str) -> None:
    """And there is a way back."""
    answer = browser.get(address)
    found = read(answer.text)

    assert answer.status_code == 404
    assert says in found.text
    assert {"/", "/customers"} <= set(found.links)


def test_every_answer_is_sealed(browser: TestClient) -> None:
    """The browser is the second wall: it refuses what should have been escaped and was not."""
    for address in ("/", "/nothing", "/static/console.css", "/static/drawing.css", "/static/nope"):
        headers = browser.get(address).headers
        assert headers["content-security-policy"].startswith("default-src 'self'; ")
        assert "unsafe" not in headers["content-security-policy"]
        assert "frame-ancestors 'none'" in headers["content-security-policy"]
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "same-origin"
    assert browser.get("/").headers["cache-control"] == "no-store"


def test_customers_are_found_from_what_was_typed_on(browser: TestClient) -> None:
    """An index answers that at any size; looking inside of all ids would read them all."""
    first = page(browser, "/customers").text
    found = page(browser, "/customers?from=c18").text

    assert "c00" in first
    assert "c18" in found
    assert "c19" in found
    assert "c17" not in found


def test_a_timeline_tells_what_happened_why_and_what_is_coming(browser: TestClient) -> None:
    """Whoever looks at a customer asks these three things."""
    found = page(browser, f"/customer?{urlencode({'id': ADA})}").text

    assert "happened go-live" in re.sub(r"\s+", " ", found)
    assert "performed call" in re.sub(r"\s+", " ", found)
    assert "What is coming" in found
    coming = found.partition("What is coming")[2].partition("What is known")[0]
    assert "ready" in coming
    assert "would not begin now: already running" in found


def test_a_timeline_goes_back_to_its_beginning(house: tuple[Engine, Clock, Path]) -> None:
    """Of a long life one screenful is shown, and the way to the one before it."""
    engine, clock, folder = house
    for number in range(400):
        engine.track("talker", "paid", id=f"talk-{number}", at=clock.now - number * 60_000_000)
    engine.tick()
    browser = client(engine, folder)
    address, pages = "/customer?id=talker", 0

    while address:
        found = page(browser, address)
        pages += 1
        earlier = [link for link in found.links if "before=" in link]
        address = earlier[0] if earlier else ""

    assert 3 <= pages <= 6


def test_the_picture_tells_how_many_went_which_way(browser: TestClient) -> None:
    """A drawing with numbers answers what a list of runs does not."""
    found = page(browser, "/playbook/flow?name=welcome").text

    assert re.search(r"\b\d+ here\b", found)
    assert "21" in found


def test_goals_stand_beside_those_held_out(house: tuple[Engine, Clock, Path]) -> None:
    """A goal says something only beside those to whom nothing was done."""
    engine, clock, folder = house
    clock.forward(6)
    engine.tick()

    found = page(client(engine, folder), "/numbers").text

    assert "With its actions" in found
    assert re.search(r"0 % +0 of \d+", re.sub(r"\s+", " ", found))


def test_kpis_stand_on_the_page_as_a_report_tells_them(tmp_path: Path) -> None:
    """Leading ones first, with their targets; the numbers are those of `cuebook report`."""
    engine, clock = build_empty(tmp_path)
    folder = write_project(
        tmp_path / "kpis", "hello: on login -> create-task", settings=SETTINGS + KPIS
    )
    engine.deploy(folder)
    for number in range(6):
        engine.track(f"c{number % 4}", "login", id=f"{number}")
        clock.forward(1)
    engine.tick()

    found = page(client(engine, folder), "/numbers").text

    told = report(engine.database, Asked(per="week"))
    assert [one.whole[0].value for one in told.kpis] == [4, 1.5]
    assert found.index("People who came") < found.index("Often")
    assert re.search(r"People who came\s*4\s*5", found)
    assert re.search(r"Often\s*1\.50", found)
    assert "target missed: People who came" in found
    engine.database.pool.dispose()


def test_tests_are_played_from_the_files(browser: TestClient) -> None:
    """What is promised stands beside what decides."""
    found = page(browser, "/playbook/tests?name=welcome")

    assert "failed" in found.text or "passed" in found.text
    assert "welcome.yaml:2" in found.text


def test_what_comes_along_is_what_was_built() -> None:
    """Nobody reads half a megabyte of script in a review: its checksum is what can be looked at."""
    listed = (HERE / "editor" / "checksums.txt").read_text().split()

    for wanted, name in zip(listed[::2], listed[1::2], strict=True):
        assert hashlib.sha256((HERE / "static" / name).read_bytes()).hexdigest() == wanted, name


def test_before_the_first_deployment_pages_say_what_to_do(tmp_path: Path) -> None:
    """The first look at a console is at an empty one."""
    engine, _ = build_empty(tmp_path)
    browser = TestClient(console(engine))

    assert "cuebook deploy" in read(browser.get("/").text).text
    assert "Nobody is asked to do anything." in browser.get("/inbox").text
    assert browser.get("/numbers").status_code == 404
    assert browser.get("/customers").status_code == 200
    engine.database.pool.dispose()


def test_a_database_without_tables_is_told_with_the_next_step(tmp_path: Path) -> None:
    """A host that forgot to upgrade reads which command is missing."""
    engine = Engine(f"sqlite:///{tmp_path / 'none.db'}")
    answer = TestClient(console(engine)).get("/")

    assert answer.status_code == 503
    assert "cuebook db upgrade" in answer.text
    engine.database.pool.dispose()


def test_mounted_below_a_path_every_address_is_below_it(
    house: tuple[Engine, Clock, Path],
) -> None:
    """A host gives it a place of its own choosing."""
    from starlette.applications import Starlette
    from starlette.routing import Mount

    engine, _, folder = house
    app = Starlette(routes=[Mount("/ops/plays", console(engine, project=folder / "project"))])
    browser = TestClient(app)

    for address in PAGES:
        found = page(browser, f"/ops/plays{address}")
        for tag, attributes in found.tags:
            for name in ("href", "action", "hx-get", "hx-post", "src"):
                if tag != "use" and attributes.get(name, "")[:1] == "/":
                    assert attributes[name].startswith("/ops/plays/"), attributes
    assert (
        browser.post("/ops/plays/rehearse/check", data={"scene": ""}, headers=HOME).status_code
        == 200
    )


def build_empty(folder: Path) -> tuple[Engine, Clock]:
    """Return an engine whose database holds tables and nothing in them."""
    from cuebook.engine.runtime.schema import upgrade

    clock = Clock()
    engine = Engine(f"sqlite:///{folder / 'empty.db'}", clock=clock)
    upgrade(engine.database)
    return engine, clock
