"""Weighted semaphore: shares the places of a crawl among sites by how busy each keeps one, first come, first served.

So a site that waits thirty seconds between pages does not keep six others from theirs.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

MIN_SHARE = 0.125


def share_of(delay: float, at_once: int) -> float:
    """Return the part of a place that a site takes: its greatest rate in pages a second, at most one, at least an
    eighth.

    >>> share_of(0, 1), share_of(4, 1), share_of(60, 1)
    (1.0, 0.25, 0.125)
    """
    return min(1.0, max(MIN_SHARE, at_once / delay)) if delay > 0 else 1.0


class WeightedSemaphore:
    """``async with semaphore.acquire(share)``: waits until there is room. Who came first goes first, so all get their turn."""

    def __init__(self, number: float) -> None:
        self._free = number
        self._waiting: deque[tuple[float, asyncio.Future[None]]] = deque()

    @asynccontextmanager
    async def acquire(self, share: float) -> AsyncIterator[None]:
        turn = asyncio.get_running_loop().create_future()
        self._waiting.append((share, turn))
        self._admit()
        try:
            await turn
        except asyncio.CancelledError:
            if not turn.done() or turn.cancelled():
                self._waiting = deque(waiting for waiting in self._waiting if waiting[1] is not turn)
            else:
                self._free += share
            self._admit()
            raise
        try:
            yield
        finally:
            self._free += share
            self._admit()

    def _admit(self) -> None:
        # A hair of tolerance: shares are sums of fractions.
        while self._waiting and self._waiting[0][0] <= self._free + 1e-9:
            share, turn = self._waiting.popleft()
            self._free -= share
            turn.set_result(None)
