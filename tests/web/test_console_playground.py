"""The playground: anybody may send it anything, and it answers soon, touches nothing, and keeps nothing."""

import re
from collections.abc import Iterator
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from cuebook.dsl import compile_project
from cuebook.engine.runtime import Engine
from cuebook.web.console import console, sandbox
from cuebook.web.console.rehearse import SAMPLE
from cuebook.web.console.sandbox import FIELDS, rehearsed

from .house import HOME, build, client, evil
from .reading import Page, read

B2B = Path(__file__).parents[2] / "examples" / "b2b"
AREA = re.compile(r'<textarea id="(\w+)"[^>]*>\n(.*?)</textarea>', re.DOTALL)


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """Yield an engine whose house is not changed by any rehearsal."""
    made, _ = build(tmp_path_factory.mktemp("house"))
    yield made
    made.stop()
    made.database.pool.dispose()


def sent(engine: Engine, **texts: str) -> tuple[int, Page]:
    """Send the sample with other texts in it, and read what comes back."""
    answer = TestClient(console(engine)).post("/rehearse", data={**SAMPLE, **texts}, headers=HOME)
    return answer.status_code, read(answer.text)


def test_the_sample_shows_what_would_be_done(engine: Engine) -> None:
    """The first thing that a visitor presses."""
    status, found = sent(engine)

    assert status == 200
    assert "Check in with Ada" in found.text
    assert "not within 5 days" in found.text or "Is Ada on a good way?" in found.text


def test_what_is_done_stands_where_it_was_decided(engine: Engine) -> None:
    """A run begins before its first step is performed, though both have one instant."""
    play = "playbook: p\non: go-live\nsteps: [{do: check-in, id: a}, {ask: Well?, id: b, up to: 1 day, fine: []}]\n"

    found = TestClient(console(engine)).post(
        "/rehearse", data={**SAMPLE, "playbook": play}, headers=HOME
    )
    kinds = re.findall('<b class="kind">(.+?)</b> (.*?) <span', found.text)

    assert kinds == [
        ("started", ""), ("performed", "a (create-task)"), ("performed", "b (ask)"),
        ("waiting", "b"), ("withdrawn", "b"), ("ended", "b"),
    ]  # fmt: skip


def test_a_playbook_comes_with_a_test_in_which_it_acts(engine: Engine) -> None:
    """Nobody has to invent a customer; what the test expects is what comes of it."""
    page = TestClient(console(engine, project=B2B))
    unlike = []
    for name in compile_project(B2B, proven=False).places:
        begun = page.get("/rehearse", params={"playbook": name}, headers=HOME)
        texts = {field: unescape(text) for field, text in AREA.findall(begun.text)}
        found = read(page.post("/rehearse", data=texts, headers=HOME).text)
        if "This is what the scene expects." not in found.text:
            unlike.append(name)

    # The test in which these two act needs others beside them: they begin with an event alone.
    assert unlike == ["onboarding-done", "quarterly-review"]


def test_what_a_scene_expects_and_does_not_happen_is_said(engine: Engine) -> None:
    """Somebody who changes a playbook learns that its test does not pass any more."""
    scene = f"{SAMPLE['scene']}expect: [{{at: +1d, do: create-task}}]\n"

    assert "This is not what the scene expects." in sent(engine, scene=scene)[1].text


def test_rule_lines_are_understood_too(engine: Engine) -> None:
    """A playbook is a line for whoever thinks in lines."""
    status, found = sent(engine, playbook="on go-live -> check-in after 3 days")

    assert status == 200
    assert "2026-03-05T10:00:00+01:00" in str(found.tags)
    assert "Check in with Ada" in found.text


def test_what_does_not_begin_is_told_with_the_reason(engine: Engine) -> None:
    """An empty answer is the one that needs an explanation most."""
    status, found = sent(engine, scene=SAMPLE["scene"].replace("plan: growth", "plan: free"))

    assert status == 200
    assert "go-live-check-in did not begin." in found.text
    assert 'plan in ["growth", "enterprise"]: false' in found.text


@pytest.mark.parametrize(
    ("field", "text", "says"),
    [
        ("playbook", SAMPLE["playbook"].replace("growth", "grwth"), "error T104"),
        ("playbook", "playbook: [", "playbook, line 1"),
        ("scene", SAMPLE["scene"].replace("go-live", "go-life"), "unknown event `go-life`"),
        ("scene", "customer: {id: c1}\nplaybok: x", "scene, line 2"),
        ("settings", "attributes: {plan: colour}", "settings, line 1"),
        ("actions", "actions: {check-in: {do: fly}}", "actions, line 1"),
        ("scene", "- a list", "scene, line 1"),
    ],
)
def test_mistakes_are_told_at_their_place(engine: Engine, field: str, text: str, says: str) -> None:
    """In the text in which they stand, and nothing is rehearsed; what was typed is still there."""
    status, found = sent(engine, **{field: text})

    assert status == 422
    assert says in found.text
    assert text.split("\n", maxsplit=1)[0] in found.text


def test_an_editor_is_told_offsets(engine: Engine) -> None:
    """The place is where the caret stands, also after a line that an author left unfinished."""
    text = SAMPLE["playbook"].replace("growth", "grwth")

    answer = TestClient(console(engine)).post(
        "/rehearse/check", data={**SAMPLE, "playbook": text}, headers=HOME
    )

    [first] = [one for one in answer.json()["found"] if one["code"] == "T104"]
    assert first["field"] == "playbook"
    assert text[first["start"] : first["end"]] == '"grwth"'


def test_hostile_texts_come_back_as_texts(engine: Engine) -> None:
    """Names, values, templates and diagnostics all repeat what was typed."""
    hostile = evil("typed").replace("'", "''")
    playbook = f"playbook: p\ntitle: '{hostile}'\non: go-live\nsteps:\n  - {{do: create-task, with: {{title: '{hostile}'}}}}\n"

    for texts in (
        {"playbook": playbook},
        {"playbook": f"playbook: '{hostile}'\non: '{hostile}'\nsteps: [{{do: '{hostile}'}}]"},
        {
            "scene": f"customer: {{id: '{hostile}', name: '{hostile}'}}\ntimeline: [{{at: +0d, event: '{hostile}'}}]"
        },
        {"settings": f"project: '{hostile}'\nattributes: {{'{hostile}': '{hostile}'}}"},
        dict.fromkeys(FIELDS, evil("typed")),
    ):
        _, found = sent(engine, **texts)
        assert found.harmful == []
        assert "onerror=alert" in found.text


def test_what_is_too_long_is_refused(engine: Engine) -> None:
    """Before anything is read of it."""
    status, found = sent(engine, playbook="#" * (FIELDS["playbook"] + 1))

    assert status == 422
    assert "the playbook is longer than 65,536 characters" in found.text


def test_what_goes_on_and_on_is_ended(engine: Engine) -> None:
    """A tick a minute for a century is a short text."""
    status, found = sent(
        engine,
        playbook="on go-live -> check-in\nevery 1 minute -> check-in",
        scene=SAMPLE["scene"].replace("+30d", "+36500d"),
    )

    assert status == 422
    assert "things happen: let the scene end earlier" in found.text


def test_what_takes_too_long_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock is looked at between the parts of compiling, and before everything that happens."""
    monkeypatch.setattr(sandbox, "_SECONDS", -1.0)

    done = rehearsed(SAMPLE, {}, ("create-task",), play=True)

    assert (done.verdict, done.trouble) == (None, "this takes longer than -1 seconds")


def test_more_than_two_at_once_wait_and_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """A playground must not take the machine from those who work."""
    monkeypatch.setattr(sandbox, "_PATIENCE_S", 0.01)

    with sandbox._turn(), sandbox._turn():
        done = rehearsed(SAMPLE, {}, ("create-task",), play=True)
    after = rehearsed(SAMPLE, {}, ("create-task",), play=True)

    assert "try again in a moment" in done.trouble
    assert after.verdict is not None


def test_no_file_but_what_was_sent_is_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A project that happens to be called like ours, where the server was started, stays unread."""
    secret = tmp_path / "playground"
    (secret / "playbooks").mkdir(parents=True)
    (secret / "templates").mkdir()
    (secret / "templates" / "secret.txt").write_text("the secret")
    (secret / "cuebook.yaml").write_text("project: secret\nattributes: {secret: text}\n")
    monkeypatch.chdir(tmp_path)
    playbook = "playbook: p\non: go-live\nif: secret is present\nsteps: [{do: send-email, with: {template: secret, to: a@b.example}}]"

    done = rehearsed({**SAMPLE, "playbook": playbook}, {}, ("send-email", "create-task"), play=True)

    assert done.verdict is None
    assert {"N103"} <= {one.code for one in done.found}
    assert not any("the secret" in one.title for one in done.found)


def test_a_rehearsal_leaves_the_database_alone(engine: Engine) -> None:
    """Not a row, and not a customer of the same name."""
    before = engine.status()

    sent(engine, scene=SAMPLE["scene"].replace("c1", "c00"))

    assert engine.status() == before


def test_whoever_reads_may_rehearse(engine: Engine) -> None:
    """It changes nothing, so a console for reading has it as well."""
    answer = TestClient(console(engine, writable=False)).post(
        "/rehearse", data=SAMPLE, headers=HOME
    )

    assert answer.status_code == 200


def test_with_a_project_it_begins_with_its_files(engine: Engine, tmp_path: Path) -> None:
    """Whoever looks at a playbook is one click from trying another wording."""
    _, folder = build(tmp_path)[0], tmp_path

    found = read(client(engine, folder).get("/rehearse?playbook=welcome").text)

    assert "id: ready" in found.text
    assert 'event: "go-live"' in found.text
