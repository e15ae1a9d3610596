"""Every code has a page at the counter."""

import json

import pytest

from cuebook.cli.exits import Exit
from cuebook.cli.main import main
from cuebook.dsl.codes import CODES


def test_a_code_is_explained_with_an_example(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "n103"]) == Exit.CLEAN
    said = capsys.readouterr().out
    assert said.startswith(f"N103  names\n\n{CODES['N103']}\n")
    assert "error[N103]: unknown attribute" in said


def test_all_codes_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "--format", "json"]) == Exit.CLEAN
    assert [one["code"] for one in json.loads(capsys.readouterr().out)] == list(CODES)
    assert main(["explain"]) == Exit.CLEAN
    listed = capsys.readouterr().out
    assert all(f"  {code}  {why}\n" in listed for code, why in CODES.items())


def test_a_code_of_nobody_is_a_misuse(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "N999"]) == Exit.MISUSE
    assert " next: cuebook explain N" in capsys.readouterr().err
