"""Waiting in tests: for what another process or thread does, however busy the machine is."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any

PATIENCE = 600.0
"""Seconds after which something hangs. No test is about how long anything takes: that is what ``benchmarks/`` are for."""


def wait_until(condition: Callable[[], bool], by: subprocess.Popen[str] | None = None, every: float = 0.02) -> None:
    """Return once ``condition`` holds. Raises AssertionError where it never comes about, or where the process that was
    to bring it about (``by``) has ended without."""
    end = time.monotonic() + PATIENCE
    while not condition():
        over = by is not None and by.poll() is not None
        assert not over or condition(), "the process ended before it happened"
        assert time.monotonic() < end, "it did not happen"
        time.sleep(every)


@contextmanager
def running(command: Sequence[str], **options: Any) -> Iterator[subprocess.Popen[str]]:
    """A program in a process of its own, with its output to be read; gone at the end, whatever the test came to."""
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, **options)
    try:
        yield process
    finally:
        if process.poll() is None:
            process.kill()
        process.communicate()
