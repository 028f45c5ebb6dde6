"""Crawl frontier: decides which URLs a run opens and why the rest are skipped.

Every refusal is counted and listed with its reason (``skip_list.py``); an address met a second time is no refusal.
"""

from __future__ import annotations

from collections.abc import Callable, Container
from datetime import datetime

from patrol.directory import KnownPages
from patrol.directory.site_model import Limit
from spiders.url_expansion import canonical, is_endless, is_trap


class Frontier:
    """``done``: canonical addresses that this patrol has kept already; ``known``: what earlier ones saw; ``skip`` takes a
    reason, the address, and the page that led to it."""

    def __init__(
        self, limit: Limit, done: Container[str], known: KnownPages, skip: Callable[[str, str, str], None]
    ) -> None:
        self._limit = limit
        self._done = done
        self._known_pages = known
        self.skip = skip
        # Numbers instead of addresses: a hundred thousand pages must not cost a hundred megabytes.
        self._seen: set[int] = set()
        self._taken: dict[str, int] = {}
        self.opened = 0

    def admit_list(self, url: str, depth: int, *, named: bool, on: str = "") -> bool:
        """Tell whether to open a list. ``named``: the site file names it, so only loops are refused as traps."""
        if not self._is_web(url, on) or self._known("list", url) or self._is_trap(url, named, on):
            return False
        if depth > self._limit.depth:
            self.skip("depth_limit", url, on)
            return False
        return self._within_pages(url, on) and self._enter("list", url)

    def admit_item(
        self, url: str, term: str = "", *, named: bool = True, on: str = "", changed_at: datetime | None = None
    ) -> bool:
        """Tell whether to open an item, found on page ``on``, by searching for ``term`` if any; ``changed_at``: when
        its site says that it last changed."""
        if not self._is_web(url, on) or self._known("item", url) or self._is_trap(url, named, on):
            return False
        if self.is_done(url):
            self._enter("item", url)
            self.skip("captured_before", url, on)
            return False
        if not self._known_pages.is_due(canonical(url), changed_at):
            self._seen.add(_number("item", url))
            self.skip("not_due", url, on)
            return False
        if not self._within_pages(url, on):
            return False
        if term:
            if self._taken.get(term, 0) >= self._limit.per_work:
                self.skip("per_work_limit", url, on)
                return False
            self._taken[term] = self._taken.get(term, 0) + 1
        return self._enter("item", url)

    def admit_part(self, url: str, on: str = "") -> bool:
        """Tell whether to open the next part of a split text. Parts are not refused by the budget: half a text is no
        text."""
        return self._is_web(url, on) and not self._known("part", url) and self._enter("part", url)

    def arrive(self, asked: str, url: str) -> bool:
        """Tell whether a page that came from ``url`` though ``asked`` was asked for is a new one."""
        if canonical(asked) == canonical(url):
            return True
        if self._known("item", url):
            return False
        self._seen.add(_number("item", url))
        return True

    def is_new(self, url: str) -> bool:
        """Tell whether this run has not met the item yet, whatever earlier runs did: what tells a list that goes on
        from one that repeats itself."""
        return not self._known("item", url)

    @property
    def is_spent(self) -> bool:
        return self.opened >= self._limit.pages

    def is_done(self, url: str) -> bool:
        return canonical(url) in self._done

    def _enter(self, what: str, url: str) -> bool:
        self._seen.add(_number(what, url))
        self.opened += 1
        return True

    def _known(self, what: str, url: str) -> bool:
        return _number(what, url) in self._seen

    def _is_web(self, url: str, on: str) -> bool:
        if url.startswith(("http://", "https://")):
            return True
        if url:
            self.skip("scheme", url, on)
        return False

    def _is_trap(self, url: str, named: bool, on: str) -> bool:
        if is_endless(url) or (not named and is_trap(url)):
            self.skip("trap", url, on)
            return True
        return False

    def _within_pages(self, url: str, on: str) -> bool:
        if self.is_spent:
            self.skip("page_limit", url, on)
            return False
        return True


def _number(what: str, url: str) -> int:
    return hash((what, canonical(url)))
