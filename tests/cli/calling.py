"""The command line in this process: runs ``patrol …`` as it is typed and hands back status and output.

Starting Python costs more than what most commands do; ``tests/cli/test_commands.py`` starts the real program once.
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from typer.testing import CliRunner

from patrol.cli import main


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended and what it printed."""

    returncode: int
    stdout: str
    stderr: str


def patrol(*words: object, at: Path | None = None, given: str = "") -> Ended:
    """Run ``patrol WORDS`` as a person would: in the workspace ``at`` (else as the environment says), with ``given`` on
    standard input."""
    typed = ["patrol", *(("-w", str(at)) if at is not None else ()), *map(str, words)]
    status: object = 0
    with (
        mock.patch.dict(os.environ),  # ``-w`` goes into the environment, for the processes that a command starts
        mock.patch.object(sys, "argv", typed),
        CliRunner().isolation(given) as (out, errors, _),
    ):
        if at is not None:
            os.environ.pop("PATROL_DATABASE", None)
        try:
            main()
        except SystemExit as ended:
            status = ended.code or 0
        sys.stdout.flush()
        printed, said = out.getvalue().decode(), errors.getvalue().decode()
    assert isinstance(status, int), status
    return Ended(status, printed, said)
