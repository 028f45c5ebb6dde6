"""The ``patrol`` command called within the test's process: as a person types it, without an interpreter's start."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest

from patrol.cli import main


@dataclass(frozen=True, slots=True)
class Called:
    returncode: int
    stdout: str
    stderr: str


def call(capsys: pytest.CaptureFixture[str], *words: str) -> Called:
    """Run one command; what it printed and how it ended."""
    capsys.readouterr()
    given, sys.argv = sys.argv, ["patrol", *words]
    code = 0
    try:
        main()
    except SystemExit as end:
        code = int(end.code or 0)
    finally:
        sys.argv = given
    said = capsys.readouterr()
    return Called(code, said.out, said.err)
