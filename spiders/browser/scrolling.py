"""Scrolling: unrolls lists that grow, by scrolling and their “load more” button, until nothing new comes.

Links are collected on the way, since some lists take away above what they add below.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Any

from playwright.async_api import Error as BrowserError

from patrol.directory.steps import Step
from spiders.browser.network_log import NetworkLog
from spiders.browser.steps import first_of, move_down
from spiders.reading.extract import CompiledRule

USUAL_ROUNDS = 50
MAX_SECONDS = 120
MAX_LINKS = 20_000
_SCREENS = 60
_GROWTH_TIMEOUT = 1.5

_COLLECT = """([paths, most]) => {
  const found = new Set();
  for (const path of paths) {
    const nodes = document.evaluate(path, document, null, XPathResult.ORDERED_NODE_SNAPSHOT_TYPE, null);
    for (let n = 0; n < nodes.snapshotLength && found.size < most; n++) {
      const node = nodes.snapshotItem(n);
      found.add(String(node.nodeValue ?? node.textContent).slice(0, 2000));
    }
    if (found.size) break;
  }
  return [...found];
}"""


class List:
    """One list page being unrolled. ``rounds``: how often its end is gone to; ``button``: a selector, or ""."""

    def __init__(self, page: Any, seen: NetworkLog, rules: list[CompiledRule], rounds: int, button: str) -> None:
        self._page, self._seen, self._rounds = page, seen, rounds or USUAL_ROUNDS
        named = [r.rule.expression for r in rules if r.rule.language in ("css", "xpath")]
        self._is_named, self._paths = bool(named), named or ["//a/@href"]
        self._button = Step("click", "load_more", ((button,),)) if button else None
        self._links: dict[str, None] = {}
        self.whole = True

    async def unroll(self) -> tuple[str, ...]:
        """Unroll the list and return everything that the rules for elements found at any moment, in order. ``whole``
        tells whether the end was reached in time."""
        try:
            async with asyncio.timeout(MAX_SECONDS):
                self.whole = await self._rounds_until_still()
        except TimeoutError:
            self.whole = False
        return tuple(self._links) if self._is_named else ()

    async def _rounds_until_still(self) -> bool:
        await self._collect()
        still = 0
        for _ in range(self._rounds):
            before = self._size()
            for _ in range(_SCREENS):
                moved = await move_down(self._page)
                await asyncio.sleep(0.05)
                await self._collect()
                if not moved:
                    break
            pressed = await self._press()
            await self._grown(before)
            still = 0 if self._size() > before else still + 1
            if still == 2 or (still and self._button is not None and not pressed):
                return True
        return False

    async def _grown(self, before: int) -> None:
        for _ in range(int(_GROWTH_TIMEOUT / 0.1)):
            await asyncio.sleep(0.1)
            await self._collect()
            if self._size() > before:
                return

    async def _press(self) -> bool:
        if self._button is None:
            return False
        with suppress(BrowserError):
            button = await first_of(self._page, self._button)
            if button is not None and await button.is_visible() and await button.is_enabled():
                await button.click(timeout=3000)
                return True
        return False

    async def _collect(self) -> None:
        for link in await self._page.evaluate(_COLLECT, [self._paths, MAX_LINKS]):
            if len(self._links) < MAX_LINKS:
                self._links[str(link)] = None

    def _size(self) -> int:
        return len(self._links) + len(self._seen.api)
