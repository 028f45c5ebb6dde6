"""Main text: finds the text of a page that no rule reads, by resiliparse, then trafilatura where that finds too little.

On 62 real Chinese pages the two agree about as well as any two such programs; resiliparse takes 3 ms a page and
trafilatura 97 ms (``docs/decisions.md``), so the slow one runs only where the fast one fails, and in a thread.
"""

from __future__ import annotations

from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from spiders.reading.page import fold

MIN_TEXT = 80
"""Characters: main text shorter than this is looked for again with the slower program."""

MAX_SLOW = 600_000
"""Characters of source beyond which the slow program is not tried: it would take seconds."""


def fast(html: str) -> str:
    """Find main text by resiliparse, lines trimmed."""
    tree = HTMLTree.parse(html)
    return fold(extract_plain_text(tree, main_content=True, alt_texts=False, list_bullets=False) or "")


def slow(html: str) -> str:
    """Find main text by trafilatura, preferring to find too much."""
    if len(html) > MAX_SLOW:
        return ""
    # Loaded for the page that needs it: most patrols have none.
    import trafilatura

    found = trafilatura.extract(html, include_comments=False, include_tables=True, favor_recall=True)
    return fold(found or "")
