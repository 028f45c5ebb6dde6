"""Page state: tells whether a page is present, gone, asking for a login, or blocked, from its words and the status."""

from __future__ import annotations

import re
from typing import Any

from cssselect import HTMLTranslator
from lxml import etree

from patrol.directory.site_model import States
from patrol.vocabulary import PageState
from spiders.reading.page import Page

_STATUS = re.compile(r"^status:\s*(\d{3})$")
MAX_NOTICE_LENGTH = 600
"""Characters of visible text up to which a page may be nothing but the news that something is gone."""

_ALWAYS = {404: PageState.GONE, 410: PageState.GONE, 429: PageState.BLOCKED}


class StateClassifier:
    """``classify(page, status)``; a site's own signs come before what a status means everywhere, and both before ``general``:
    sentences that mean gone on any site, believed in a title, or alone on a line of a short page."""

    def __init__(self, states: States, general: tuple[str, ...] = ()) -> None:
        self._general = general
        # One pass of a compiled pattern, since nearly every page says none of them.
        self._any_general = re.compile("|".join(map(re.escape, general)) if general else r"(?!)")
        self._statuses: dict[int, PageState] = {}
        self._paths: list[tuple[Any, PageState]] = []
        self._words: list[tuple[str, PageState]] = []
        for state, signs in (
            (PageState.BLOCKED, states.blocked),
            (PageState.LOGGED_OUT, states.logged_out),
            (PageState.GONE, states.gone),
        ):
            for sign in signs:
                self._add(sign, state)

    def _add(self, sign: str, state: PageState) -> None:
        if found := _STATUS.match(sign):
            self._statuses.setdefault(int(found[1]), state)
        elif sign.startswith("css:"):
            self._paths.append((etree.XPath(HTMLTranslator().css_to_xpath(sign[4:].strip())), state))
        else:
            self._words.append((sign, state))

    def classify(self, page: Page, status: int) -> PageState:
        """Tell a page's state. A word counts where a reader sees it: scripts of every page of a site may hold the
        sentence for a page that is gone."""
        if status in self._statuses:
            return self._statuses[status]
        for word, state in self._words:
            if _may_say(page.html, word) and word in page.visible:
                return state
        for path, state in self._paths:
            if path(page.root):
                return state
        if status in _ALWAYS:
            return _ALWAYS[status]
        return PageState.GONE if self._says_gone(page) else PageState.PRESENT

    def _says_gone(self, page: Page) -> bool:
        if not self._any_general.search(page.html):
            return False
        said = [word for word in self._general if word in page.html]
        titles = [page.text(node) for name in ("title", "h1") for node in page.root.iter(name)]
        if any(title.startswith(word) for word in said for title in titles):
            return True
        lines = page.visible.split("\n") if len(page.visible) <= MAX_NOTICE_LENGTH else []
        return any(word in line and len(line) <= len(word) + 8 for word in said for line in lines)


def _may_say(html: str, word: str) -> bool:
    """Whether a page may show a word, asked of the source because its text takes long: a word of a site's own stands
    there in one piece, or cut by tags (``商品<b>已下架</b>``), or as character references."""
    return "&#" in html or all(character in html for character in word)
