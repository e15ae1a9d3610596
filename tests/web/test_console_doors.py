"""Who may come in, and who may change something: the host says, and the console holds to it."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.testclient import TestClient

from cuebook.engine.runtime import Engine
from cuebook.web.console import Principal, console
from cuebook.web.console.visits import MOST_BYTES, Role

from ..runtime.playing import Clock
from .house import ADA, HOME, build, client
from .reading import read

QUESTION = "welcome/c00/1/ready"
DEEDS = (
    ("/inbox/answer", {"key": QUESTION, "said": "yes"}),
    ("/inbox/delegate", {"key": QUESTION, "to": "eve"}),
    ("/inbox/comment", {"key": QUESTION, "said": "hm"}),
    ("/inbox/tick", {"key": "welcome/c00/1/call", "point": "1", "done": "yes"}),
    ("/given-up/retry", {"key": "welcome/c00/1/greet-1"}),
    ("/given-up/dismiss", {"key": "welcome/c00/1/greet-1"}),
    ("/given-up/forget", {"number": "1"}),
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Engine, Clock, Path]]:
    """Yield a house of its own for each test, as they change something in it."""
    engine, clock = build(tmp_path)
    yield engine, clock, tmp_path
    engine.stop()
    engine.database.pool.dispose()


def held(engine: Engine) -> tuple[object, ...]:
    """Return what a deed would change."""
    tasks = (engine.task(QUESTION), engine.task("welcome/c00/1/call"))
    return *tasks, engine.given_up("dead"), engine.given_up("in doubt"), engine.refused()


def as_if(name: str, *roles: Role) -> Callable[[Request], Principal]:
    """Return an `authorize` that takes everybody for one person."""
    return lambda _: Principal(name, frozenset(roles))


def test_an_approval_moves_the_run(house: tuple[Engine, Clock, Path]) -> None:
    """It is written down who approved, and the run goes on at once."""
    engine, _, folder = house
    browser = client(engine, folder)

    answer = browser.post("/inbox/answer", data=DEEDS[0][1], headers=HOME)
    engine.tick()

    assert answer.status_code == 200
    assert "Answered." in answer.text
    assert (engine.task(QUESTION).answer, engine.task(QUESTION).answered_by) == ("yes", "console")
    [run] = engine.runs("c00", "welcome")
    assert run.step == "wait-1"


def test_an_answer_that_comes_twice_changes_nothing(house: tuple[Engine, Clock, Path]) -> None:
    """Two people see the same inbox."""
    engine, _, folder = house
    browser = client(engine, folder)
    browser.post("/inbox/answer", data=DEEDS[0][1], headers=HOME)

    again = browser.post("/inbox/answer", data={"key": QUESTION, "said": "no"}, headers=HOME)

    assert "That was over before" in again.text
    assert engine.task(QUESTION).answer == "yes"


def test_a_task_is_handed_on(house: tuple[Engine, Clock, Path]) -> None:
    """Whoever is ill has colleagues."""
    engine, _, folder = house

    client(engine, folder).post("/inbox/delegate", data=DEEDS[1][1], headers=HOME)

    assert engine.task(QUESTION).assignee == "eve"


def test_a_task_is_not_handed_to_a_team_that_there_is_not(
    house: tuple[Engine, Clock, Path],
) -> None:
    """It would be nobody's; whose it is stays, and the page says what was wrong."""
    engine, _, folder = house
    before = engine.task(QUESTION)
    to = {"key": QUESTION, "to": "least loaded of nobodies"}

    answer = client(engine, folder).post("/inbox/delegate", data=to, headers=HOME)

    assert answer.status_code == 404
    assert "This cannot be handed on: " in answer.text
    assert "nobodies" in answer.text
    assert engine.task(QUESTION) == before


def test_a_checklist_is_ticked_and_a_comment_stands_below(
    house: tuple[Engine, Clock, Path],
) -> None:
    """Who takes over sees what was done and said."""
    engine, _, folder = house
    browser, key = client(engine, folder), "welcome/c00/1/call"

    browser.post("/inbox/tick", data=DEEDS[3][1], headers=HOME)
    answer = browser.post("/inbox/comment", data={"key": key, "said": "no reply"}, headers=HOME)

    assert [point.done for point in engine.task(key).points] == [True]
    assert engine.task(key).remarks[-1].by == "console"
    assert "no reply" in answer.text
    for point in ("2", "0", "x"):
        wrong = browser.post("/inbox/tick", data={"key": key, "point": point}, headers=HOME)
        assert wrong.status_code == 404


def test_what_was_given_up_is_tried_again_or_dismissed(house: tuple[Engine, Clock, Path]) -> None:
    """One button each; what may have been done already asks for a word more."""
    engine, _, folder = house
    browser = client(engine, folder)
    dead, doubt = "welcome/c00/1/greet-1", "welcome/c00/1/ring-1"

    def post(page: str, **form: str) -> str:
        return browser.post(f"/given-up/{page}", data=form, headers=HOME).text

    def status(key: str) -> str:
        return next(one.status for one in engine.sent("c00") if one.key == key)

    assert "It was settled before." in post("retry", key=doubt)
    assert status(doubt) == "in doubt"
    assert "It will be tried again." in post("retry", key=doubt, sure="yes")
    assert status(doubt) == "waiting"
    assert "It will be tried again." in post("retry", key=dead)
    assert status(dead) == "waiting"
    engine.tick()
    assert "Dismissed, for good." in post("dismiss", key=dead, why="called instead")
    assert status(dead) == "dismissed"
    assert "dismissed by console: called instead" in engine.sent("c00")[0].note + "".join(
        one.note for one in engine.sent("c00")
    )


def test_what_was_refused_is_deleted_when_somebody_has_looked_at_it(
    house: tuple[Engine, Clock, Path],
) -> None:
    """One by one, and twice is once."""
    engine, _, folder = house
    browser = client(engine, folder)

    first, second = (
        browser.post("/given-up/forget", data={"number": "1"}, headers=HOME).text for _ in range(2)
    )

    assert engine.refused() == []
    assert "Deleted." in first
    assert "It was settled before." in second
    for wrong in ("", "x", "-1", "9" * 30):
        answer = browser.post("/given-up/forget", data={"number": wrong}, headers=HOME)
        assert answer.status_code == 404


def test_a_parked_customer_is_looked_at_again(house: tuple[Engine, Clock, Path]) -> None:
    """Nothing that waits for it is lost."""
    engine, _, folder = house

    answer = client(engine, folder).post(
        "/given-up/retry", data={"customer": "parked"}, headers=HOME
    )

    assert "The customer will be looked at again." in answer.text
    assert engine.parked() == []


@pytest.mark.parametrize(("address", "form"), DEEDS)
def test_a_console_for_reading_has_no_buttons_and_takes_no_deeds(
    house: tuple[Engine, Clock, Path], address: str, form: dict[str, str]
) -> None:
    """It is so unless the host says otherwise."""
    engine, _, folder = house
    browser, before = client(engine, folder, writable=False), held(engine)

    answer = browser.post(address, data=form, headers=HOME)

    assert answer.status_code == 403
    assert "this console is for reading only" in answer.text
    assert held(engine) == before
    for page in ("/inbox", "/given-up"):
        assert not read(browser.get(page).text).having("form", method="post")


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "https://elsewhere.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site", **HOME},
        {"sec-fetch-site": "same-site", **HOME},
        {"sec-fetch-site": "none", **HOME},
        {"origin": "http://testserver.elsewhere.example"},
    ],
)
@pytest.mark.parametrize(("address", "form"), DEEDS)
def test_a_form_from_elsewhere_is_refused(
    house: tuple[Engine, Clock, Path],
    address: str,
    form: dict[str, str],
    headers: dict[str, str],
) -> None:
    """A page of somebody else's, open in the next tab, must not answer in our name."""
    engine, _, folder = house
    before = held(engine)

    answer = client(engine, folder).post(address, data=form, headers=headers)

    assert answer.status_code == 403
    assert "not sent from a page of the console" in answer.text
    assert held(engine) == before


def test_nothing_changes_by_being_looked_at(house: tuple[Engine, Clock, Path]) -> None:
    """Browsers fetch links ahead, and a link in a mail is a GET."""
    engine, _, folder = house
    browser, before = client(engine, folder), held(engine)

    for address, form in DEEDS:
        assert browser.get(address, params=form).status_code == 405
    assert held(engine) == before


def test_whom_the_host_does_not_know_sees_nothing(house: tuple[Engine, Clock, Path]) -> None:
    """Not a name, not a number; the files that come along are everybody's."""
    engine, _, _ = house
    for authorize in (lambda _: None, lambda _: Principal("eve", frozenset({"answer"}))):
        browser = TestClient(console(engine, authorize=authorize, writable=True))
        for page in ("/", "/customers", f"/customer?id={ADA}", "/inbox", "/numbers", "/rehearse"):
            answer = browser.get(page)
            assert answer.status_code == 403
            assert "you may not see this console" in answer.text
            assert "c00" not in answer.text
        assert browser.get("/static/console.css").status_code == 200


def test_each_role_does_what_is_its_own(house: tuple[Engine, Clock, Path]) -> None:
    """Who answers questions need not decide about mail that may have gone out."""
    engine, _, _ = house
    answers = TestClient(console(engine, authorize=as_if("ann", "read", "answer"), writable=True))
    settles = TestClient(console(engine, authorize=as_if("bo", "read", "settle"), writable=True))

    assert (
        answers.post(
            "/given-up/retry", data={"key": "welcome/c00/1/greet-1"}, headers=HOME
        ).status_code
        == 403
    )
    assert settles.post("/inbox/answer", data=DEEDS[0][1], headers=HOME).status_code == 403
    assert answers.post("/inbox/answer", data=DEEDS[0][1], headers=HOME).status_code == 200
    assert engine.task(QUESTION).answered_by == "ann"


def test_authorize_may_be_asynchronous_and_may_send_to_a_login(
    house: tuple[Engine, Clock, Path],
) -> None:
    """Hosts look people up in their own way."""
    engine, _, _ = house

    async def authorize(request: Request) -> Principal:
        if "session" not in request.cookies:
            raise HTTPException(303, headers={"location": "/login"})
        return Principal(request.cookies["session"])

    browser = TestClient(console(engine, authorize=authorize))

    away = browser.get("/", follow_redirects=False)
    assert (away.status_code, away.headers["location"]) == (303, "/login")
    browser.cookies["session"] = "ann"
    assert "Signed in as ann; for reading only" in " ".join(browser.get("/").text.split())


@pytest.mark.parametrize(
    ("content", "kind", "status"),
    [
        (b"said=yes", "text/plain", 415),
        (b'{"said": "yes"}', "application/json", 415),
        (b"said=%ff%fe", "application/x-www-form-urlencoded", 400),
        (b"said=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join([b"a=1"] * 33), "application/x-www-form-urlencoded", 400),
        (b"said=" + b"y" * MOST_BYTES, "application/x-www-form-urlencoded", 413),
        (b"", "application/x-www-form-urlencoded", 404),
        (b"key=nope&said=yes", "application/x-www-form-urlencoded", 404),
        (b"key=welcome/c00/1/ready&said=perhaps", "application/x-www-form-urlencoded", 404),
        (b"key=welcome/c00/1/ready&said=" + b"y" * 2001, "application/x-www-form-urlencoded", 404),
    ],
)
def test_a_form_that_makes_no_sense_is_told_so(
    house: tuple[Engine, Clock, Path], content: bytes, kind: str, status: int
) -> None:
    """With a page, not with a traceback; and the task stays open."""
    engine, _, folder = house
    browser = client(engine, folder)

    answer = browser.post("/inbox/answer", content=content, headers={**HOME, "content-type": kind})

    assert answer.status_code == status
    assert "This did not work" in answer.text
    assert engine.task(QUESTION).answered_at is None


def test_dismissing_without_a_key_dismisses_nothing(house: tuple[Engine, Clock, Path]) -> None:
    """Without a key the engine would mean everything."""
    engine, _, folder = house
    before = held(engine)

    for page in ("retry", "dismiss"):
        answer = client(engine, folder).post(f"/given-up/{page}", data={"why": ""}, headers=HOME)
        assert answer.status_code == 404

    assert held(engine) == before


def test_under_another_name_nothing_is_told(house: tuple[Engine, Clock, Path]) -> None:
    """A page elsewhere may make its own name lead to this machine, and then it is of one origin."""
    engine, _, _ = house
    app = console(engine, hosts=("127.0.0.1", "localhost"))

    assert TestClient(app, base_url="http://localhost:8765").get("/").status_code == 200
    answer = TestClient(app, base_url="http://elsewhere.example").get("/inbox")
    assert answer.status_code == 400
    assert "c00" not in answer.text
