"""One page at two addresses: a site's own hints (``rel=canonical``, the mobile twin's ``rel=alternate``) are believed only
within the same site and only where title and text are the same. A hint alone may be a template's mistake, and a page
taken for another would be missed."""

from __future__ import annotations

from patrol.items import Extracted
from spiders.addresses import canonical, same_site
from spiders.page import Page

LITTLE = 50
"""Characters of text below which two pages being equal says nothing."""


class Twins:
    """What this run has read, by address and by the addresses that pages named as their own."""

    def __init__(self) -> None:
        self._read: dict[int, int] = {}

    def is_repeat(self, page: Page, extracted: Extracted) -> bool:
        """Whether this page was read already at an address that it, or the other, names as the same page."""
        if len(extracted.text) < LITTLE:
            return False
        keys = [hash(canonical(url)) for url in (page.url, *_hints(page))]
        content = hash((extracted.title, extracted.text))
        if any(self._read.get(key) == content for key in keys):
            return True
        for key in keys:
            self._read.setdefault(key, content)
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
