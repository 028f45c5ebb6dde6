"""Telling what a page is: present, gone, asking for a login, or blocked; from the site file's words and the status."""

from __future__ import annotations

import re
from typing import Any

from cssselect import HTMLTranslator
from lxml import etree

from patrol.directory.site_model import States
from patrol.nouns import PageState
from spiders.page import Page

_STATUS = re.compile(r"^status:\s*(\d{3})$")
_ALWAYS = {404: PageState.GONE, 410: PageState.GONE, 429: PageState.BLOCKED}


class Teller:
    """``tell(page, status)``; a site's own signs come before what a status means everywhere."""

    def __init__(self, states: States) -> None:
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

    def tell(self, page: Page, status: int) -> PageState:
        """A word counts where a reader sees it: scripts of every page of a site may hold the sentence for a page that
        is gone."""
        if status in self._statuses:
            return self._statuses[status]
        for word, state in self._words:
            if word in page.html and word in page.visible:
                return state
        for path, state in self._paths:
            if path(page.root):
                return state
        return _ALWAYS.get(status, PageState.PRESENT)
