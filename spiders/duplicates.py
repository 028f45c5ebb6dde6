"""Duplicate detection: tells whether a page was read already at another address, as its site hints.

Hints (``rel=canonical``, the mobile twin's ``rel=alternate``) are believed only within the same site and only where title and
text are the same. A hint alone may be a template's mistake, and a page taken for another would be missed.
"""

from __future__ import annotations

from patrol.items import Extracted
from spiders.reading.page import Page
from spiders.url_expansion import canonical, same_site

MIN_TEXT = 50
"""Characters of text below which two pages being equal says nothing."""


class DuplicatePages:
    """What this run has read: content at its address and at the addresses that pages named as their own."""

    def __init__(self) -> None:
        self._read: set[int] = set()

    def is_repeat(self, page: Page, extracted: Extracted) -> bool:
        """Tell whether this page was read already at an address that it, or the other, names as the same page."""
        if len(extracted.text) < MIN_TEXT:
            return False
        content = (extracted.title, extracted.text)
        # With the address, so that a page which wrongly names another's address does not stand in that one's way.
        here = {hash((canonical(url), content)) for url in (page.url, *_hints(page))}
        if not here.isdisjoint(self._read):
            return True
        self._read |= here
        return False


def _hints(page: Page) -> list[str]:
    if "canonical" not in page.html and "alternate" not in page.html:
        return []
    named = []
    for node in page.root.iter("link"):
        rel = (node.get("rel") or "").lower().split()
        if "canonical" in rel or ("alternate" in rel and node.get("media")):
            url = page.absolute(node.get("href") or "")
            if url.startswith(("http://", "https://")) and same_site(url, page.url):
                named.append(url)
    return named[:4]
