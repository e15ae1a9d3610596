"""Histories laid aside on disk: the same rehearsal as in memory, and nothing left behind."""

import json
import random
import tempfile
from contextlib import closing
from dataclasses import fields
from pathlib import Path

import pytest

from cuebook.dsl import compile_project
from cuebook.engine.core.program import Program
from cuebook.engine.patterns import program
from cuebook.engine.rehearsal.material import Material, read_material
from cuebook.engine.rehearsal.parts import Parted, open_material
from cuebook.engine.rehearsal.rehearse import Rehearsal, rehearse_parts

SETTINGS = """\
project: shop
timezone: Europe/Berlin
attributes: {name: text, seats: number, timezone: timezone, tags: {list of: text}}
events: {login: {}, purchase: {amount: number, items: {list of: text}}}
"""
RULES = """\
win-back: no login for 14 days -> notify
welcome: on purchase where (amount > 20) -> create-task -> notify after 3 days at 09:00
grown: when seats > 10 -> notify
"""


@pytest.fixture
def shop(tmp_path: Path) -> Program:
    (tmp_path / "playbooks").mkdir()
    (tmp_path / "cuebook.yaml").write_text(SETTINGS)
    (tmp_path / "playbooks" / "all.play").write_text(RULES)
    compiled = compile_project(tmp_path)
    assert compiled.project is not None, [note.title for note in compiled.report]
    return program(compiled.project)


def line(chance: random.Random) -> str:
    """Return a line as exports have them: right, wrong, told before, undeclared, without a zone."""
    at = f"2026-0{chance.randint(1, 6)}-{chance.randint(1, 28):02}T{chance.randint(0, 23):02}:00:00"
    record: dict[str, object] = {"at": at + chance.choice(["", "Z", "+05:30"])}
    record["customer"] = chance.choice([f"c{chance.randint(0, 20)}", "ü\ud800", 7])
    match chance.randrange(12):
        case 0:
            return chance.choice(["{", "[]", '{"at": "soon", "customer": "c1", "event": "login"}'])
        case 1:
            record |= {"set": {"seats": chance.choice([5, "12", "many", None]), "colour": "red"}}
        case 2:
            record |= {"event": "unheard-of", "x": [1, {"y": None}], "id": chance.randint(0, 9)}
        case 3 | 4:
            record |= {"event": "purchase", "properties": {"amount": 9.5, "items": ["a", "b"]}}
        case 5 | 6:
            record |= {"event": "Purchase", "amount": "30", "id": f"e{chance.randint(0, 30)}"}
        case _:
            record |= {"event": "login", "id": f"e{chance.randint(0, 200)}"}
    return json.dumps(record)


@pytest.mark.parametrize("seed", range(12))
def test_in_parts_it_is_the_same_rehearsal(shop: Program, tmp_path: Path, seed: int) -> None:
    """Actions, counts, bad lines and duplicates, whatever the lines and however many parts."""
    chance = random.Random(seed)  # noqa: S311 - any lines will do, the same every time
    logs = [tmp_path / "b.jsonl", tmp_path / "a.jsonl"]
    for log in logs:
        log.write_text("\n".join(line(chance) for _ in range(chance.choice([40, 90, 300]))) + "\n")
    people = tmp_path / "customers.csv"
    people.write_text("id,name,timezone\nc1,Ada,Asia/Tokyo\nc2,Bo,\nc99,Cy,nowhere\nc1,twice,\n")

    whole = read_material(shop, [people], logs)
    most = chance.choice([1, 500, 5_000])

    with closing(open_material(shop, [people], logs, most=most)) as parted:
        assert isinstance(parted, Parted)
        for name in ("customers", "bad", "bad_lines", "duplicates", "lines", "first_at", "last_at"):
            assert getattr(parted, name) == getattr(whole, name), name
        assert told(shop, parted) == told(shop, whole)


def told(shop: Program, material: Material | Parted) -> dict[str, object]:
    """Return all that came of a rehearsal from the middle of what was read."""
    first = material.first_at or 0
    last = material.last_at or 1
    found = rehearse_parts(shop, material.parts(), start=(first + last) // 2, until=last + 1)
    return {field.name: getattr(found, field.name) for field in fields(Rehearsal)}


def test_what_is_laid_aside_has_no_name_that_could_be_left_behind(
    shop: Program, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not while it is read, not after an error, not when the process is killed."""
    aside = tmp_path / "aside"
    aside.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(aside))
    log = tmp_path / "events.jsonl"
    log.write_text("\n".join(line(random.Random(1)) for _ in range(50)))  # noqa: S311 - as above

    with closing(open_material(shop, [], [log], most=1)) as parted:
        next(parted.parts())

        assert list(aside.iterdir()) == []


def test_little_is_held_in_memory_and_much_is_not(shop: Program, tmp_path: Path) -> None:
    """The size of the files decides, and the next part is read only when it is asked for."""
    log = tmp_path / "events.csv"
    log.write_text("at,customer,event\n" + "2026-01-01,c1,login\n" * 10)
    size = log.stat().st_size

    with closing(open_material(shop, [], [log], most=size)) as little:
        assert isinstance(little, Material)
    with closing(open_material(shop, [], [tmp_path], most=size - 1)) as much:
        assert isinstance(much, Parted)
