"""Wizard spider (``patrol sites new``): opens a page and a handful that it leads to, and yields one ``Draft``.

It asks by the same door as every patrol (guard, robots.txt, pace). What a page is, it tells by comparing pages: what
several of them share is the site's frame; a page whose own part is a list of links of another shape is a list.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any, ClassVar
from urllib.parse import urlsplit

from scrapy import Request
from scrapy.exceptions import CloseSpider, IgnoreRequest
from scrapy.http import Response

from patrol.directory import Rule, SiteFile
from patrol.directory.site_draft import Draft, DraftField
from patrol.vocabulary import PageKind
from spiders.page_spider import PageSpider
from spiders.reading.extract import CompiledRule, Extractor
from spiders.reading.page import Page
from spiders.url_expansion import canonical
from spiders.wizard import fields, pager, site_kind
from spiders.wizard.link_groups import MAX_GROUPS, MAX_LISTS, are_items, are_lists, is_same, named, site_name, urls
from spiders.wizard.proposals import folded, given, items_rule, proposals
from spiders.wizard.shapes import MIN_LINKS, Group, fits, groups

MAX_OPENED = 30
SAMPLES = 6
THIN = 60
"""Visible characters under which a page is taken to be built by scripts."""


@dataclass
class _Found:
    """What is known of the site so far. ``lists``: list pages looked at; ``starts``: addresses to begin from."""

    group: Group | None = None
    items: list[Page] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    lists: list[Page] = field(default_factory=list)
    starts: list[str] = field(default_factory=list)


class WizardSpider(PageSpider):
    """``scrapy crawl wizard -a url=ADDRESS [-a render=browser] [-a allow=HOST:PORT]``."""

    name = "wizard"
    kind: ClassVar[PageKind] = PageKind.ARTICLE

    def __init__(self, url: str = "", render: str = "http", allow: str = "", **options: Any) -> None:
        self._url = url
        self._render = render
        self._allow = tuple(filter(None, allow.split(",")))
        self._opened: list[str] = []
        self._refused_why: list[str] = []
        super().__init__(site="new", **options)

    def _load_file(self) -> SiteFile:
        pace = {"delay": 0, "at_once": 4} if self._allow else {"delay": 1}
        return SiteFile.model_validate(
            {"name": "new", "kind": "article", "start": self._url, "render": self._render, "pace": pace}
            | ({"allow_private": self._allow} if self._allow else {})
            # What is opened as a list is scrolled a little, to see whether more comes.
            | ({"scroll": 2} if self._render == "browser" else {})
        )

    async def start(self) -> AsyncIterator[Any]:
        if self.file.render == "browser" and self._browser is None:
            raise CloseSpider("no_browser")
        yield Request(
            self._url, callback=self.look, errback=self.unreachable, dont_filter=True,
            meta={"handle_httpstatus_all": True, **(self._browser.request_meta() if self._browser else {})},
        )  # fmt: skip

    def unreachable(self, failure: Any) -> list[Draft]:
        self._abandon(getattr(failure, "request", None))
        if isinstance(failure.value, IgnoreRequest):
            said = str(failure.value)
            why = (
                "网站的 robots.txt 不允许访问"
                if "robots" in said.lower()
                else "这个地址在本机或内网，不能访问"
                if "private" in said
                else said
            )
        else:
            why = f"没有连上网站（{type(failure.value).__name__}）"
        return [Draft(url=self._url, problem=why)]

    async def look(self, response: Response) -> AsyncIterator[Any]:
        page = await self._page_of(response)
        if page is None:
            yield Draft(url=self._url, problem="这个地址不是网页")
            return
        if response.status >= 400:
            yield Draft(url=self._url, problem=f"网站返回错误 {response.status}")
            return
        if self._browser is None and len(page.visible) < THIN and not groups(page):
            yield Draft(url=self._url, thin=True, problem="页面几乎是空的，可能要用浏览器打开")
            return
        found = await self._search(page)
        yield await self._draft(page, found)

    # -- finding the items --------------------------------------------------------------------------------------------

    async def _search(self, page: Page) -> _Found:
        """The items: linked from this page, or from the lists that this page links to."""
        found = _Found()
        lists: list[tuple[Group, list[Page]]] = []
        tried: list[Group] = []
        for group in groups(page):
            if len(tried) >= MAX_GROUPS or any(is_same(group, other) for other in tried):
                continue
            tried.append(group)
            probes = await self._probe(group, 2)
            if not probes:
                continue
            if are_lists(probes, group, page):
                lists.append((group, probes))
            elif found.group is None and are_items(probes, group):
                found.group, found.items, found.words = group, *named(probes, group)
                found.lists, found.starts = [page], [page.url]
            if found.group is not None and (pager.next_ways(page) or lists or group.score < 0.35 * tried[0].score):
                break
        if found.group is None or not pager.next_ways(page):
            for group, probes in lists:
                await self._search_below(page, group, probes, found)
                if found.group is not None and len(found.starts) > 1:
                    break
        return found

    async def _search_below(self, page: Page, lists: Group, probes: list[Page], found: _Found) -> None:
        """Items on the lists of a group: begin from all of those lists."""
        frame = {canonical(link) for link in urls(page)}
        for below in probes:
            for group in groups(below)[:MAX_GROUPS]:
                if is_same(group, lists) or len(group.urls - frame) < MIN_LINKS:
                    continue
                if found.group is not None and group.shape != found.group.shape:
                    continue
                seen = await self._probe(group, 2)
                if seen and not are_lists(seen, group, below) and are_items(seen, group):
                    if found.group is None:
                        found.items, found.words = named(seen, group)
                    found.group = group
                    found.lists = [below, *(other for other in probes if other is not below), *found.lists]
                    # A page that shows only some of the items is left out: each of its lists shows all of its own.
                    found.starts = [link.url for link in lists.links[:MAX_LISTS]]
                    return

    async def _probe(self, group: Group, count: int) -> list[Page]:
        """Some of a group's pages, spread over it; those that lead elsewhere are left out."""
        links = group.links
        chosen = dict.fromkeys(links[round((len(links) - 1) * (n + 1) / (count + 1))].url for n in range(count))
        pages = [await self._open(url) for url in chosen]
        return [page for page in pages if page is not None and fits(page.url, group.shape)]

    # -- putting it together ------------------------------------------------------------------------------------------

    async def _draft(self, page: Page, found: _Found) -> Draft:
        host = urlsplit(page.url)
        base: dict[str, Any] = {
            "url": self._url, "render": self._render, "allow_private": self._allow,
            "home": f"{host.scheme}://{host.netloc}/", "name": site_name(page, found.items),
        }  # fmt: skip
        notes: list[str] = []
        if found.group is None:
            if len(page.visible) < THIN and self._browser is None:
                return Draft(url=self._url, thin=True, problem="页面几乎是空的，可能要用浏览器打开")
            if len(page.visible) < THIN:
                return Draft(
                    url=self._url,
                    problem="用浏览器打开，页面还是几乎空的，可能要先登录或点开才有内容；请换成列表页的网址",
                )
            notes.append("没有在这一页找到成批的条目，只把它当作一个正文页；要巡查一批，请换成列表页的地址再试")
            about = await self._about([page], [""], [])
            return Draft(
                **base, **about, start=(page.url,), crawl="direct", notes=tuple(notes), opened=tuple(self._opened)
            )
        first = found.lists[0]
        following, ranged, second = await self._paging(first, found)
        lists = [*found.lists, *([second] if second else [])]
        items = items_rule(found.group, lists)
        scroll = await self._scroll(first, items) if not following and not ranged else 0
        await self._more_items(found, first)
        starts = ranged or list(found.starts)
        if not items:
            notes.append("没有找到能只选中条目的规则，请自己写 items")
        if not following and not ranged and not scroll:
            notes.append("没有找到下一页。如果列表不止一页，请自己写 next，或在 start 里写 {1..5} 这样的页码")
        if len(found.starts) >= MAX_LISTS:
            notes.append(f"分类很多，只写了前 {MAX_LISTS} 个")
        about = await self._about(found.items, found.words, found.lists)
        return Draft(
            **base, **about, start=tuple(folded(starts)), crawl="pagination_only" if items else "automatic",
            items=items, links=len(found.group.links), next=following, scroll=scroll, notes=tuple(notes),
            opened=tuple(self._opened),
        )  # fmt: skip

    async def _paging(self, first: Page, found: _Found) -> tuple[str, list[str], Page | None]:
        """The rule for the next page, or start addresses with a range of numbers, and the second page seen."""
        for listed in [first, *found.lists[1:3]]:
            ways = pager.next_ways(listed)
            if not ways:
                continue
            second = await self._open(ways[0].url)
            if second is None:
                continue
            same = [way for way in ways if canonical(way.url) == canonical(ways[0].url)]
            if way := pager.confirmed(same, second, listed):
                return f"{way.rule}", [], second
            ranged = pager.numbered_range(listed, ways[0].url)
            if ranged and len(found.starts) == 1:
                return "", [ranged], second
        return "", [], None

    async def _scroll(self, first: Page, items: str) -> int:
        """Whether scrolling a browser's list brings more items."""
        if self._browser is None or not items:
            return 0
        run = CompiledRule(Rule.parse(items))
        further = await self._open(first.url, [run], is_list=True, again=True)
        return 50 if further is not None and len(run(further)) > len(run(first)) else 0

    async def _more_items(self, found: _Found, first: Page) -> None:
        """Further items, so that a rule is not made from two pages."""
        assert found.group is not None
        known = {canonical(page.url) for page in found.items}
        links = found.group.links
        step = max(1, len(links) // SAMPLES)
        for link in (*links[::step], *links):
            if len(found.items) >= SAMPLES or len(self._opened) >= MAX_OPENED:
                return
            if canonical(link.url) in known:
                continue
            known.add(canonical(link.url))
            page = await self._open(link.url)
            if page is not None and fits(page.url, found.group.shape):
                found.items.append(page)
                found.words.append(link.words)

    async def _about(self, items: list[Page], words: list[str], lists: list[Page]) -> dict[str, Any]:
        """Kind, rules for fields, and the rule for a text's next page."""
        plain = Extractor(SiteFile.model_validate({"name": "x", "kind": "article", "start": self._url}))
        read = [await plain.read(page) for page in items]
        price = None if given(read, "price") else fields.price(items)
        priced = 1.0 if price else sum(1 for one in read if one.price is not None) / len(read)
        prose = median(len(one.text) for one in read)
        kind, because = site_kind.kind_of([*items, *lists[:1]], prose, priced)
        proposed = proposals(items, words, read, kind)
        if price is not None and kind in (PageKind.LISTING, PageKind.COLLECTIBLE, PageKind.POST):
            proposed["price"] = DraftField(rule=price.rule, shown=price.shown)
        part = (
            next((way for page in items if (way := pager.next_part(page))), None) if kind is PageKind.ARTICLE else None
        )
        return {"kind": kind, "because": because, "fields": proposed, "next_part": part.rule if part else ""}

    # -- fetching -----------------------------------------------------------------------------------------------------

    async def _open(
        self, url: str, awaited: list[CompiledRule] | None = None, *, is_list: bool = False, again: bool = False
    ) -> Page | None:
        """One page by the crawler's own door; None when it cannot be had, is no page, or enough were opened."""
        if len(self._opened) >= MAX_OPENED or (url in self._opened and not again):
            return None
        meta = self._browser.request_meta() if self._browser is not None else {}
        request = Request(url, dont_filter=True, meta=meta)
        assert self.crawler.engine is not None
        try:
            response = await self.crawler.engine.download_async(request)
        except Exception as error:  # noqa: BLE001 - whatever a site does, the survey goes on with the pages it has
            self.logger.info("没有取到 %s：%r", url, error)
            self._abandon(request)
            return None
        if response.status >= 400:
            self._abandon(request)
            return None
        return await self._page_of(response, awaited or [], is_list=is_list)

    async def _page_of(
        self, response: Response, awaited: Sequence[CompiledRule] = (), *, is_list: bool = False
    ) -> Page | None:
        read = await self._read(response, list(awaited), "list" if is_list else "item")
        if read is None:
            return None
        self._opened.append(response.request.url if response.request else response.url)
        return read[1]
