"""What authors and exports get wrong, as somebody at a shell meets it: a sentence, never a crash."""

from pathlib import Path

import pytest

from cuebook.cli import main as front
from cuebook.cli.exits import Exit
from cuebook.dsl import compile_project

HEAD = "playbook: p\non: go-live\n"
STEPS = "steps: [{do: check-in}]\n"
BOMB = "a: &a [x, x, x, x, x, x, x, x, x]\n" + "".join(
    f"{name}: &{name} [{', '.join([f'*{before}'] * 9)}]\n"
    for before, name in zip("abcdefgh", "bcdefghi", strict=True)
)
PLAYBOOKS = {
    "alias bomb": (BOMB.encode(), "Y105"),
    "open brackets": (f"{HEAD}if: {'[' * 25_000}\n".encode(), "Y103"),
    "brackets": (f"{HEAD}if: {'[' * 25_000}{']' * 25_000}\n".encode(), "Y103"),
    "braces": (f"{HEAD}if: {'{a: ' * 25_000}\n".encode(), "Y103"),
    "300 KB": (b"# a playbook\n" * 24_000, "Y102"),
    "binary": (b"\x7fELF\x02\x01\x01\x00\xd0\xff", "Y101"),
    "binary in ASCII": (b"playbook: \x00\x01\n", "Y101"),
    "key twice": (f"{HEAD}on: login\n{STEPS}".encode(), "Y104"),
    "unit": (f"{HEAD}steps:\n- wait: 4 hrs\n- do: check-in\n".encode(), "S106"),
    "nots": (f"{HEAD}if: {'not ' * 1_000}churned\n{STEPS}".encode(), "S109"),
    "short nots": (f"{HEAD}if: {'not ' * 490}churned\n{STEPS}".encode(), "S110"),
    "round brackets": (f"{HEAD}if: {'(' * 990}churned{')' * 990}\n{STEPS}".encode(), "S110"),
    "sums": (f"{HEAD}if: {'(1 + ' * 300}1{')' * 300} > 2\n{STEPS}".encode(), "S110"),
}


@pytest.fixture
def acme(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Path:
    """Return a project that works, in which something will be wrong."""
    front.main(["init", str(tmp_path / "acme")])
    capsys.readouterr()
    return tmp_path / "acme"


@pytest.mark.parametrize(("data", "code"), PLAYBOOKS.values(), ids=PLAYBOOKS)
def test_a_hostile_or_broken_playbook_is_one_clear_error(
    acme: Path, data: bytes, code: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit 1, one diagnostic with its place, and the other files are read all the same."""
    (acme / "playbooks" / "bad.yaml").write_bytes(data)

    assert front.main(["check", str(acme), "--format", "concise"]) == Exit.FOUND

    told, summary = capsys.readouterr().out.splitlines()
    assert told.startswith(f"{acme / 'playbooks' / 'bad.yaml'}:")
    assert f": {code} " in told
    assert summary == "1 error in 1 file"


def test_a_key_twice_names_both_lines(acme: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Only the author knows which of them is meant."""
    (acme / "playbooks" / "bad.yaml").write_text(f"{HEAD}on: login\n{STEPS}")

    front.main(["check", str(acme)])

    assert "the key `on` stands twice, in lines 2 and 3" in capsys.readouterr().out


def test_words_that_other_readers_of_yaml_turn_around_are_what_they_look_like(acme: Path) -> None:
    """`on:` is a key and `10:00` a time of day; neither needs quotes."""
    text = f"{HEAD}steps:\n- wait: 1 day\n  at: 10:00\n- do: check-in\n"
    (acme / "playbooks" / "good.yaml").write_text(text)

    project = compile_project(acme).project

    assert project is not None
    (plan,) = (plan for plan in project.plans if plan.playbook == "p")
    assert plan.steps[0].timing.at == 10 * 60


@pytest.mark.parametrize("data", [b"\x00\x01", b"\xff\xfe", b"x" * 300_000])
def test_a_text_that_is_none_is_told_by_its_name(
    acme: Path, data: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    """A picture among the templates, too."""
    (acme / "templates" / "logo.png").write_bytes(data)

    assert front.main(["check", str(acme), "--format", "concise"]) == Exit.FOUND

    assert capsys.readouterr().out.splitlines()[-1] == "1 error in 1 file"


def test_each_row_that_is_broken_is_told_and_the_rest_goes_on(
    acme: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """By file and line, in both forms, and counted."""
    (tmp_path / "log.jsonl").write_text(
        '{"at": "2026-03-01", "customer": "c1", "event": "login"}\n'
        '{"at": "2026-03-01", "customer": "c1", "event": "login"\n'
        '{"at": "2026-03-01", "event": "login"}\n'
        '{"at": "in spring", "customer": "c1", "event": "login"}\n'
        f"{'[' * 100_000}\n"
    )
    (tmp_path / "log.csv").write_bytes(
        b"at,customer,event\n2026-03-02,c1,login\n2026-03-02,,login\n2026-02-30,c1,login\n"
        b'2026-03-02,c1\n\xff,c1,login\n2026-03-02,"c1,login\n2026-03-03,c1,login\n'
    )
    words = ["--events", str(tmp_path / "log.jsonl"), "--events", str(tmp_path / "log.csv")]

    assert front.main(["dry-run", str(acme), *words, "--format", "jsonl"]) == Exit.CLEAN

    told = capsys.readouterr().err
    for file, lines in (("log.jsonl", (2, 3, 4, 5)), ("log.csv", (3, 4, 5, 6, 7))):
        for line in lines:
            assert f"{file}:{line}: bad data: " in told
    assert told.count(": bad data: ") == 9
    assert "1 customer, 3 events" in told
    assert "9 bad lines" in told
    assert front.main(["dry-run", str(acme), *words, "--strict"]) == Exit.FOUND
