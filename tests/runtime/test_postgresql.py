"""The servers that tests start: nothing of them stays behind."""

import os
import subprocess
import sys
from pathlib import Path

from .patience import until
from .serving import ROOT, environment

SCRIPT = """
import time
from tests.runtime.postgresql import server

with server() as started:
    print(started.get_pid(), started.pgdata.parent, flush=True)
    time.sleep(600)
"""


def test_a_server_ends_with_a_process_that_is_killed() -> None:
    """Tests that were killed used to leave a server each, and its data."""
    with subprocess.Popen(
        [sys.executable, "-c", SCRIPT],
        cwd=ROOT,
        env=environment(),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        number, folder = process.stdout.readline().split()
        assert _runs(int(number))
        process.kill()

    until(lambda: not _runs(int(number)))
    until(lambda: not Path(folder).exists())


def _runs(number: int) -> bool:
    try:
        os.kill(number, 0)
    except ProcessLookupError:
        return False
    return True
