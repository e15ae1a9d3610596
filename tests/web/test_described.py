"""What Schemathesis makes of the description, against a running `cuebook serve`.

It runs as a process of its own: as a plug-in it would be loaded into every test there is.
"""

import subprocess
import sys
from pathlib import Path

from ..runtime.serving import environment
from .conftest import HOOK
from .processes import new_database, serving

KEY = "a-long-secret-of-ours"
CHECKS = (
    "not_a_server_error", "status_code_conformance", "content_type_conformance",
    "response_schema_conformance", "response_headers_conformance", "missing_required_header",
    "unsupported_method", "allow_header_conformance", "ignored_auth",
)  # fmt: skip
"""All but those of what is taken: that a name is no blank, or a time is one, no schema can say."""
SITE = {"CUEBOOK_URL": "http://127.0.0.1", "CUEBOOK_SECRET": "s" * 40}


def test_the_description_is_true_of_a_running_server(tmp_path: Path) -> None:
    """Whatever is sent, each answer is one that is described, links of messages included."""
    words = ["--write-key", "web=env:KEY", "--hook", "shop=env:SECRET", "--console", "none"]
    secrets = {"KEY": KEY, "SECRET": HOOK.secret, **SITE}
    with serving(new_database(tmp_path), *words, **secrets) as (address, _):
        done = subprocess.run(
            [
                sys.executable, "-m", "schemathesis.cli", "run", f"{address}/openapi.json",
                "--header", f"Authorization: Bearer {KEY}", "--checks", ",".join(CHECKS),
                "--phases", "examples,coverage,fuzzing", "--max-examples", "10", "--seed", "1",
                "--warnings", "off", "--no-color", "--generation-database", "none",
            ],
            cwd=tmp_path, env=environment(), capture_output=True, text=True, check=False,
        )  # fmt: skip

    assert done.returncode == 0, f"{done.stdout}{done.stderr}"
    assert "25/25" in done.stdout
