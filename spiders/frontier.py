"""What of a site is opened in one run, and what is not and why: seen addresses, budgets, traps.

Every refusal is counted as ``patrol/skipped/REASON``; an address met a second time is no refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Container

from patrol.directory.site_model import Limit
from spiders.addresses import canonical, is_endless, is_trap


class Frontier:
    """``done``: canonical addresses that this patrol has kept already; ``skip`` counts a reason."""

    def __init__(self, limit: Limit, done: Container[str], skip: Callable[[str], None]) -> None:
        self._limit = limit
        self._done = done
        self.skip = skip
        # Numbers instead of addresses: a hundred thousand pages must not cost a hundred megabytes.
        self._seen: set[int] = set()
        self._taken: dict[str, int] = {}
        self.opened = 0

    def admit_list(self, url: str, depth: int, *, named: bool) -> bool:
        """Whether to open a list. ``named``: the site file names it, so only loops are refused as traps."""
        if not self._is_web(url) or self._known("list", url) or self._is_trap(url, named):
            return False
        if depth > self._limit.depth:
            self.skip("depth_limit")
            return False
        return self._within_pages() and self._enter("list", url)

    def admit_item(self, url: str, term: str = "", *, named: bool = True) -> bool:
        """Whether to open an item, found by searching for ``term`` if any."""
        if not self._is_web(url) or self._known("item", url) or self._is_trap(url, named):
            return False
        if self.is_done(url):
            self._enter("item", url)
            self.skip("captured_before")
            return False
        if not self._within_pages():
            return False
        if term:
            if self._taken.get(term, 0) >= self._limit.per_work:
                self.skip("per_work_limit")
                return False
            self._taken[term] = self._taken.get(term, 0) + 1
        return self._enter("item", url)

    def admit_part(self, url: str) -> bool:
        """Whether to open the next part of a split text. Parts are not refused by the budget: half a text is no text."""
        return self._is_web(url) and not self._known("part", url) and self._enter("part", url)

    def arrive(self, asked: str, url: str) -> bool:
        """Whether a page that came from ``url`` though ``asked`` was asked for is a new one."""
        if canonical(asked) == canonical(url):
            return True
        if self._known("item", url):
            return False
        self._seen.add(_number("item", url))
        return True

    def is_done(self, url: str) -> bool:
        return canonical(url) in self._done

    def _enter(self, what: str, url: str) -> bool:
        self._seen.add(_number(what, url))
        self.opened += 1
        return True

    def _known(self, what: str, url: str) -> bool:
        return _number(what, url) in self._seen

    def _is_web(self, url: str) -> bool:
        if url.startswith(("http://", "https://")):
            return True
        if url:
            self.skip("scheme")
        return False

    def _is_trap(self, url: str, named: bool) -> bool:
        if is_endless(url) or (not named and is_trap(url)):
            self.skip("trap")
            return True
        return False

    def _within_pages(self) -> bool:
        if self.opened >= self._limit.pages:
            self.skip("page_limit")
            return False
        return True


def _number(what: str, url: str) -> int:
    return hash((what, canonical(url)))
