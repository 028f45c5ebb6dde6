"""Telling what a page is: present, gone, asking for a login, or blocked; from the site file's words and the status."""

from __future__ import annotations

import re

from cssselect import HTMLTranslator, SelectorError
from parsel import Selector

from patrol.directory.site_model import States
from patrol.nouns import PageState

_STATUS = re.compile(r"^status:\s*(\d{3})$")
_ALWAYS = {404: PageState.GONE, 410: PageState.GONE, 429: PageState.BLOCKED}


class Teller:
    """``tell(html, status)``; a site's own signs come before what a status means everywhere."""

    def __init__(self, states: States) -> None:
        self._statuses: dict[int, PageState] = {}
        self._paths: list[tuple[str, PageState]] = []
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
            try:
                self._paths.append((HTMLTranslator().css_to_xpath(sign[4:].strip()), state))
            except SelectorError as error:
                raise ValueError(f"states：“{sign}”不是正确的 CSS 选择器") from error
        else:
            self._words.append((sign, state))

    def tell(self, html: str, status: int) -> PageState:
        if status in self._statuses:
            return self._statuses[status]
        for word, state in self._words:
            if word in html:
                return state
        if self._paths:
            tree = Selector(html or "<html></html>", type="html")
            for path, state in self._paths:
                if tree.xpath(path):
                    return state
        return _ALWAYS.get(status, PageState.PRESENT)
