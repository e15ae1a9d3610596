"""A purchase log through the whole of cuebook, against plain Python over sorted dates.

The recomputation below reads the raw log and imports nothing of cuebook.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
RETAIL = ROOT / "examples" / "retail"
INVENTED = RETAIL / "data" / "invented.txt"
CDNOW = Path(os.environ.get("CUEBOOK_CDNOW") or ROOT / "../shared/data/cdnow/CDNOW_master.txt")
END = "1998-07-01T00:00:00+00:00"

Found = set[tuple[str, str, str]]
"""What was done: playbook, customer, instant."""


@pytest.mark.parametrize("playbook", ["welcome", "win-back", "vip"])
def test_an_invented_log_gives_what_plain_python_finds(playbook: str, invented: Found) -> None:
    """The comparison itself never depends on a file that is not in the repository."""
    assert only(playbook, invented) == only(playbook, expected(INVENTED))


@pytest.mark.parametrize("playbook", ["welcome", "win-back", "vip"])
def test_the_cdnow_log_gives_what_plain_python_finds(playbook: str, cdnow: Found) -> None:
    """18 months of 23,570 real customers: the same set, to the second."""
    assert only(playbook, cdnow) == only(playbook, expected(CDNOW))


def test_the_cdnow_log_is_the_published_one(cdnow: Found) -> None:
    """Each of its 23,570 customers bought first in these months, and is welcomed once."""
    welcomed = only("welcome", cdnow)

    assert len(welcomed) == len({customer for _, customer, _ in welcomed}) == 23_570


def test_the_invented_log_is_what_its_program_invents() -> None:
    """Data that was edited by hand would prove something else than it says."""
    made = subprocess.run([sys.executable, RETAIL / "invent.py"], capture_output=True, check=True)

    assert made.stdout == INVENTED.read_bytes()


@pytest.fixture(scope="module")
def invented(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Rehearse the project over the invented log."""
    return rehearsed(INVENTED, tmp_path_factory.mktemp("invented"))


@pytest.fixture(scope="module")
def cdnow(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """Rehearse the project over the real log, where somebody has put it."""
    if not CDNOW.is_file():
        pytest.skip(
            "the CDNOW log is not part of this repository: fetch lifetimes/datasets/CDNOW_master.txt "
            "from github.com/CamDavidsonPilon/lifetimes and set CUEBOOK_CDNOW to its path"
        )
    return rehearsed(CDNOW, tmp_path_factory.mktemp("cdnow"))


def rehearsed(log: Path, folder: Path) -> Found:
    """Convert a log and run it through `cuebook dry-run`, as a person at a shell would."""
    events = folder / "events.csv"
    with events.open("wb") as out:
        subprocess.run([sys.executable, RETAIL / "convert.py", log], stdout=out, check=True)
    words = ("--events", events, "--until", END, "--format", "jsonl")
    run = subprocess.run(
        [sys.executable, "-m", "cuebook.cli.main", "dry-run", RETAIL, *words],
        capture_output=True,
        check=False,
        text=True,
        encoding="utf-8",
        env=os.environ | {"PYTHONPATH": str(ROOT / ".typing")},
    )
    assert run.returncode == 0, run.stderr
    lines = [json.loads(line) for line in run.stdout.splitlines()]
    found = [(line["playbook"], line["customer"], line["at"]) for line in lines]
    assert len(found) == len(set(found)), "something was done twice at one instant"
    return set(found)


def only(playbook: str, found: Found) -> Found:
    """Return what one playbook did."""
    return {line for line in found if line[0] == playbook}


# --- by independent means ------------------------------------------------------------------------


def expected(log: Path) -> Found:
    """Recompute everything from the raw log: dates in a list, and a loop."""
    bought: dict[str, list[datetime]] = {}
    for line in log.read_text(encoding="utf-8").splitlines()[1:]:
        customer, day, _, _ = line.split()
        bought.setdefault(customer, []).append(datetime.strptime(f"{day}+0000", "%Y%m%d%z"))
    return {
        (playbook, customer, at.isoformat())
        for customer, days in bought.items()
        for playbook, at in in_one_life(sorted(days))
    }


def in_one_life(days: list[datetime]) -> Iterator[tuple[str, datetime]]:
    """Return what should happen to somebody who bought on these days, in order."""
    yield "welcome", days[0]
    end = datetime.fromisoformat(END)
    for day, following in zip(days, [*days[1:], end + timedelta(days=999)], strict=True):
        silent = day + timedelta(days=60)
        if silent <= following and silent < end:
            yield "win-back", silent
    thanked = datetime.min.replace(tzinfo=end.tzinfo)
    for index, day in enumerate(days):
        window = [other for other in days[: index + 1] if day < other + timedelta(days=180)]
        if len(window) >= 5 and (day >= thanked + timedelta(days=180)):
            yield "vip", day
            thanked = day
