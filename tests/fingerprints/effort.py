"""Effort in tests: a text made to be slow is held to what prose of its length costs on the same machine at the same time.

Processor time, not the clock's: other programs make no difference. What grows faster than its text is thousands of times
off at this length.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from tests.fingerprints.prose import prose

LENGTH = 340_000
"""Characters: about a megabyte of Chinese."""

TIMES = 60
"""What a hostile text may cost, measured in prose of the same length."""


def assert_linear(read: Callable[[str], object], hostile: str) -> None:
    """Assert that reading ``hostile`` costs no more than its length allows."""
    usual = (prose(900, 1 + LENGTH // 4) * 4)[: len(hostile)]
    read(usual[:1000])
    allowed = TIMES * max(0.01, _seconds(read, usual))
    assert _seconds(read, hostile) < allowed


def _seconds(read: Callable[[str], object], text: str) -> float:
    started = time.process_time()
    read(text)
    return time.process_time() - started
