"""Links: find where a page leads: to items, to the next page of its list, to other lists, to the next part of its text.

A site file's ``items``, ``next`` and ``next_part`` decide; what they leave open is found by what links usually look
like, within the same site only.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from urllib.parse import unquote, urlsplit

from patrol.directory import Rule, SiteFile
from patrol.items import Extracted
from patrol.vocabulary import PageKind
from spiders.paging import next_page, next_part
from spiders.reading.extract import CompiledRule
from spiders.reading.page import Page
from spiders.url_expansion import canonical, is_trap, same_site

MIN_ARTICLE_LENGTH = 200
"""Characters of main text that make a page an item where nobody said what an item is."""

_ID = re.compile(
    r"\d{2,}|[0-9a-f]{8,}|[-_/]\d+/?$|\.s?html?$|/(item|product|goods|detail|article|post|thread|book|video|p|a|v)/",
    re.I,
)
_SECTION = re.compile(r"(^|/)(categor(y|ies)|tags?|authors?|archives?|page|search)([/.]|$)", re.I)


_MOVES = re.compile(
    r"[\W\d_]*|\W*(首页|主页|[上下前后首末尾][一1]?[页頁].*|上一个|下一个|上一篇.*|下一篇.*|更多|全部|返回|顶部|回复|评论|打印|登录|注册|收藏|举报|"
    r"编辑|分享|购买|详情|点赞|关注|home|more|prev|next|previous page|next page|reply|login)\W*",
    re.I,
)
MIN_HEADINGS = 10
"""Headings that are links, from which on a page is a list; what a page recommends at its end is less."""

_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")


class Links:
    """The compiled ways of one site."""

    def __init__(self, site: SiteFile) -> None:
        self._site = site
        self.items = [CompiledRule(rule) for rule in site.items]
        self.next = _compiled(site.next)
        self.next_part = _compiled(site.next_part)

    def to_items(self, page: Page) -> list[str]:
        """Find links to items: by all rules; else same-site links with words, to what looks like a single page's
        address; else the headings that are links."""
        if self.items:
            ruled = (page.absolute(text) for rule in self.items for text in rule(page))
            return _unique((*(page.absolute(text) for text in page.passed), *ruled))
        if self._site.crawl == "full":
            return []
        elsewhere = {canonical(url) for url in (page.url, next_page(page)) if url}
        named = [
            (url, heads) for url, words, heads in _links(page)
            if _names_something(words) and same_site(url, page.url) and canonical(url) not in elsewhere
        ]  # fmt: skip
        return _unique(url for url, _ in named if _is_deep(url)) or _unique(
            url for url, heads in named if heads and not _is_section(url)
        )

    def to_next(self, page: Page) -> list[str]:
        """Find the next page of the same list: by rule; else what ``paging`` finds. Browser lists are scrolled instead."""
        if self.next:
            return _follow(self.next, page)[:1]
        if self._site.scroll or self._site.load_more:
            return []
        url = next_page(page)
        # A row of items that are called 1, 2, 3 is no row of pages.
        return [url] if url and not (self.items and url in self.to_items(page)) else []

    def to_lists(self, page: Page) -> list[str]:
        """Find other lists: what a frameset is made of; in ``navigation`` what leads to sections, in ``full`` every
        link of the site."""
        if framed := frames(page):
            return framed
        mode = self._site.crawl
        if mode not in ("navigation", "full"):
            return []
        here = (url for url, _ in anchors(page) if same_site(url, page.url) and not is_trap(url))
        return _unique(url for url in here if mode == "full" or not _is_deep(url))

    def to_next_part(self, page: Page) -> list[str]:
        """Find where a text goes on: by rule; else, of an article, the link that says so and differs in the part's
        number only."""
        if self.next_part or self._site.kind is not PageKind.ARTICLE:
            return _follow(self.next_part, page)
        return [url] if (url := next_part(page)) else []

    def is_item(self, page: Page, found: Extracted) -> bool:
        """Tell whether a page nobody named reads like an item: long text or a price, and not mostly links."""
        if len(urlsplit(page.url).path.strip("/")) == 0 or frames(page):
            return False
        if self._is_list(page):
            return False
        linked = sum(len(words) for _, words in anchors(page))
        return found.price is not None or (len(found.text) >= MIN_ARTICLE_LENGTH and linked < len(page.visible) // 2)

    def _is_list(self, page: Page) -> bool:
        """Whether a page goes on with more of its kind, or is mostly headings that lead elsewhere."""
        if (url := next_page(page)) and url != next_part(page):
            return True
        here = canonical(page.url)
        return len({url for url, _, heads in _links(page) if heads and canonical(url) != here}) >= MIN_HEADINGS


def _compiled(rules: Iterable[Rule]) -> list[CompiledRule]:
    return [CompiledRule(rule) for rule in rules]


def _follow(rules: list[CompiledRule], page: Page) -> list[str]:
    """The addresses of the first rule that yields any."""
    for rule in rules:
        if found := _unique(page.absolute(text) for text in rule(page)):
            return found
    return []


def _unique(urls: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(url for url in urls if url))


def anchors(page: Page) -> Iterator[tuple[str, str]]:
    """Yield ``(address, words)`` of every link."""
    return ((url, words) for url, words, _ in _links(page))


def _links(page: Page) -> Iterator[tuple[str, str, bool]]:
    """``(address, words, whether it is a heading)`` of every link; a route after ``#`` belongs to the address."""
    for node in page.root.iter("a"):
        href = node.get("href")
        if href and (url := page.absolute(href)):
            place, _, route = url.partition("#")
            url = url if route.startswith(("!", "/")) else place
            words = page.text(node) or (node.get("title") or "").strip()
            yield (
                url,
                words,
                "bookmark" in (node.get("rel") or "") or next(node.iterancestors(*_HEADINGS), None) is not None,
            )


def _names_something(words: str) -> bool:
    """Whether a link's words may be a title, however short: 活着 is one; page numbers and 更多 are none."""
    return len(words) >= 2 and not _MOVES.fullmatch(words)


def is_shell(page: Page) -> bool:
    """Tell whether a page is an empty shell that scripts would fill."""
    return "<script" in page.html and len(page.visible) < 40 and not frames(page)


def frames(page: Page) -> list[str]:
    """Return what a frameset is made of, the site's own frames only; none on an ordinary page."""
    if "<frame" not in page.html and "<FRAME" not in page.html:
        return []
    inside = (page.absolute(node.get("src") or "") for node in page.root.iter("frame"))
    return [url for url in _unique(inside) if same_site(url, page.url)]


def _is_deep(url: str) -> bool:
    """Whether an address looks like that of a single page rather than of a section."""
    if _is_section(url):
        return False
    return bool(_ID.search(_path(url))) or bool(re.search(r"(^|&)(id|tid|aid|vid|pid|gid)=\w+", urlsplit(url).query))


def _is_section(url: str) -> bool:
    path = _path(url)
    return bool(_SECTION.search(path)) or not (path.strip("/") or urlsplit(url).query)


def _path(url: str) -> str:
    """Path and route as written: in an encoded Chinese path nearly every character has two figures."""
    parts = urlsplit(url)
    return unquote(parts.path + parts.fragment.removeprefix("!"))
