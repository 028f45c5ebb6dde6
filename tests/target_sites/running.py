"""Starting a target site as a process of its own, waiting until it answers, and ending it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

CHECKOUT = Path(__file__).resolve().parents[2]
HOST = "127.0.0.1"


def foreign_python() -> Path:
    """The Python of ``.venv-sites``; ``PATROL_SITES_VENV`` names another place."""
    venv = Path(os.environ.get("PATROL_SITES_VENV") or CHECKOUT / ".venv-sites")
    python = venv / "bin" / "python"
    if not python.exists():
        raise FileNotFoundError(f"{python} is missing: run `make test-sites` once, or set PATROL_SITES_VENV")
    return python


def free_port() -> int:
    with socket.socket() as held:
        held.bind((HOST, 0))
        return int(held.getsockname()[1])


@contextmanager
def started(module: str, *words: str, python: Path | None = None) -> Iterator[subprocess.Popen[str]]:
    """``python -m module words…`` from its ``ready`` line on; it ends when its standard input closes."""
    command: Sequence[str] = (str(python or sys.executable), "-W", "ignore", "-m", module, *words)
    environment = os.environ | {"PYTHONPATH": str(CHECKOUT)}
    process = subprocess.Popen(
        command, cwd=CHECKOUT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        # A foreign program may have its own to say first.
        if not any(line.strip() == "ready" for line in process.stdout):
            raise RuntimeError(f"{module} did not start (exit status {process.wait()})")
        yield process
    finally:
        process.stdin.close()
        try:
            process.wait(10)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        process.stdout.close()
