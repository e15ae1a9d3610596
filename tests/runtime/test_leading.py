"""Who leads on a SQLite file."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

from cuebook.engine.runtime.leading import Leadership


def test_threads_of_one_process_lead_together(tmp_path: Path) -> None:
    """Else the one that asked second would rest for half a second at every start."""
    together = Barrier(2)

    def ask(leadership: Leadership) -> bool:
        together.wait()
        return leadership.held()

    with ThreadPoolExecutor(2) as threads:
        for number in range(200):
            leadership = Leadership(str(tmp_path / f"{number}.db"))
            assert all(threads.map(ask, [leadership, leadership]))
            leadership.release()


def test_another_holder_of_the_file_stands_by_until_the_first_lets_go(tmp_path: Path) -> None:
    """One process decides at a time."""
    first, second = (Leadership(str(tmp_path / "plays.db")) for _ in range(2))

    assert first.held()
    assert not second.held()

    first.release()
    assert second.held()
    second.release()
