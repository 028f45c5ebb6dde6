"""Site spider: reads a site file, walks lists, and yields one ``PageItem`` a page; all kinds of page share it.

Lists, site maps and feeds lead to items and to further lists; an item may be split over several pages, which are joined.
Every page that is not followed is counted and listed with its reason (``skipped``); what an officer should know about
the run as a whole stands in ``patrol/yellow`` (see ``health``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterable, Iterator
from dataclasses import replace
from typing import Any

from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DontCloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from patrol import clock, crawl_stats
from patrol.directory import Assignments, LastVisit, SearchStart, assignments, search_terms
from patrol.items import HOME, RECHECK, Exchange, Extracted, PageItem
from patrol.vocabulary import PageState
from spiders import feeds, robots
from spiders.duplicates import DuplicatePages
from spiders.feeds import BrokenFeedError, Entry
from spiders.item_factory import of_home
from spiders.links import frames, is_shell
from spiders.page_spider import PageSpider
from spiders.reading.extract import told_by_feed
from spiders.reading.page import Page
from spiders.request_context import RequestContext
from spiders.starts import Begin, Starts
from spiders.url_expansion import MAX_EXPANDED, canonical, with_route

HANDLED = [304, 401, 403, 404, 410, 429, 451]
MAX_PARTS = 100
MAX_MISSED = 5
"""Pages of an open range ({1..}) one after another that are not there, after which it is at its end."""

MAX_RECHECKED = 50
"""Pages a run that no list leads to any more and that are visited all the same, so that a deletion is seen."""


class SiteSpider(PageSpider):
    """The walk: ``scrapy crawl KIND -a site=NAME [-a url=ADDRESS]``; with ``url`` only that page is read, as an item."""

    def _prepare(self, crawler: Crawler) -> None:
        super()._prepare(crawler)
        self._twins = DuplicatePages()
        crawler.signals.connect(self._recheck, signals.spider_idle)

    # -- where to begin -------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        if self.file.render == "browser" and self._browser is None:
            raise CloseSpider("no_browser")
        if self.session is not None and self.session.has_expired(clock.now()):
            raise CloseSpider("session_expired")
        assert self.crawler.stats is not None
        if self.file.robots_authority:
            crawl_stats.AUTHORITY.put(self.crawler.stats, self.file.robots_authority)
        if self.only:
            yield self._request(self.only, self.parse_item, RequestContext())
            return
        self._stop_outside_hours()
        self._work = await asyncio.to_thread(self._assigned)
        self._ready()
        if self.patrol_id and not self._work.home_done:
            request = self._request(self.file.front_page, self.parse_home, RequestContext(role=HOME))
            yield request.replace(errback=self._home_failed, priority=2)
        for begin in Starts(self.file, self._work, self._frontier, self.patrol_id, self._health.warn):
            yield await self._begun(begin)

    def _assigned(self) -> Assignments:
        if self.workspace is None:
            return Assignments()
        url, settings = self.workspace.database_url, self.crawler.settings
        if self.patrol_id:
            everything = settings.getbool("PATROL_ALL_PAGES")
            return assignments(url, self.patrol_id, self.site, self.workspace.root, all_pages=everything)
        needs_terms = any(isinstance(start, SearchStart) for start in self.file.start)
        return Assignments(terms=search_terms(url)) if needs_terms else Assignments()

    async def _begun(self, begin: Begin) -> Request:
        if begin.what == "item":
            return (await self._to_items([(begin.url, begin.way)]))[0]
        if begin.what == "list":
            return self._request(begin.url, self.parse_list, begin.way)
        return self._request(begin.url, self.parse_entries, begin.way, what=begin.what, match=begin.match)

    def _request(
        self, url: str, callback: Any, way: RequestContext, last: LastVisit | None = None, **more: object
    ) -> Request:
        meta: dict[str, Any] = {"handle_httpstatus_list": HANDLED}
        if self._browser is not None:
            meta |= self._browser.request_meta()
        arguments = {"way": replace(way, asked=url), **more} | ({"last": last} if last is not None else {})
        return Request(
            url, callback=callback, errback=self.failed, meta=meta, cb_kwargs=arguments, dont_filter=True,
            headers=self._revisits.headers(last), priority=1 if callback == self.parse_item else 0,
        )  # fmt: skip

    async def _to_items(self, admitted: list[tuple[str, RequestContext]]) -> list[Request]:
        """Requests for items, on condition where the last visit's page is still in evidence."""
        known, last = self._work.known, {}
        if admitted and len(known):
            last = await asyncio.to_thread(known.last, [canonical(url) for url, _ in admitted])
        return [self._request(url, self.parse_item, way, last.get(canonical(url))) for url, way in admitted]

    def _recheck(self) -> None:
        """At the end of a walk: pages that earlier patrols saw and that no list led to this time, a few of them."""
        if self.only or self._frontier.is_spent:
            return
        unseen = [(url, target) for url, target in self._work.known.overdue if self._frontier.is_new(url)]
        gone = [(url, target) for url, target in unseen[:MAX_RECHECKED] if self._frontier.admit_item(url)]
        last = self._work.known.last([canonical(url) for url, _ in gone])
        for url, target in gone:
            request = self._request(
                url, self.parse_item, RequestContext(target, role=RECHECK), last.get(canonical(url))
            )
            assert self.crawler.engine is not None
            self.crawler.engine.crawl(request)
        if gone:
            raise DontCloseSpider

    def failed(self, failure: Failure) -> None:
        """Log the failure, which Scrapy's statistics have counted already; a browser page must not stay open."""
        request: Request | None = getattr(failure, "request", None)
        self.logger.warning("没有取到 %s：%r", request, failure.value)
        if robots.is_refusal(failure.value):
            self._skip("robots", request.url if request is not None else "")
        else:
            self._health.failed += 1
        if request is not None and request.callback in (self.parse_list, self.parse_entries):
            self._note_start(request.cb_kwargs["way"], request.url)
        if why := self._abandon(request):
            self._health.count(why)

    def _note_start(self, way: RequestContext, url: str) -> None:
        """A start that does not open is told: what was seen before may go on coming, and hide it."""
        if way.depth == 0 and not way.term:
            self._health.unopened.append(url)

    # -- the home page, site maps and feeds -----------------------------------------------------------------------

    async def parse_home(self, response: Response, way: RequestContext) -> AsyncIterator[Any]:
        """Keep the home page as evidence, and read it for licence and filing numbers, which the law wants there."""
        read = await self._read(response, [], "home")
        if read is None or not 200 <= read[0].status < 300:
            self._health.warn("主页没有打开，备案号和许可证号没有核对")
            return
        exchange, page = read
        extracted = await self._extractor.read(page)
        yield self._item(exchange, of_home(extracted, page), PageState.PRESENT, way)

    def _home_failed(self, failure: Failure) -> None:
        self._health.warn("主页没有打开，备案号和许可证号没有核对")
        self.logger.warning("没有取到主页：%r", failure.value)
        self._abandon(getattr(failure, "request", None))

    async def parse_entries(
        self, response: Response, way: RequestContext, what: str, match: str = ""
    ) -> AsyncIterator[Any]:
        """Follow a site map or a feed: its entries are items, its further site maps are read as well."""
        self._stop_outside_hours()
        if response.status != 200:
            self._skip("gone_list", response.url)
            self._note_start(way, response.url)
            return
        try:
            further, entries = await asyncio.to_thread(feeds.read, response, what)
        except BrokenFeedError as error:
            self.logger.warning("读不懂 %s：%s", response.url, error)
            self._health.warn(f"{'站点地图' if what == 'sitemap' else '订阅源'} {response.url[:200]} 读不懂")
            self._skip("broken_feed", response.url)
            return
        for url in further:
            if way.depth < feeds.MAX_NESTED and self._frontier.admit_list(url, 0, named=True, on=response.url):
                yield self._request(url, self.parse_entries, replace(way, depth=way.depth + 1), what=what, match=match)
        taken = feeds.matching(entries, match)
        for first in range(0, len(taken), 200):
            # Fifty thousand addresses take a second: others have their turn between.
            await asyncio.sleep(0)
            for request in await self._to_items(
                self._admitted(taken[first : first + 200], way, response.url, named=bool(match))
            ):
                yield request
        if len(taken) < len(entries):
            self._skip("not_matched", response.url)

    def _admitted(
        self, entries: Iterable[Entry], way: RequestContext, on: str, *, named: bool
    ) -> list[tuple[str, RequestContext]]:
        return [
            (entry.url, replace(way, told=entry.told))
            for entry in entries
            if self._frontier.admit_item(entry.url, named=named, on=on, changed_at=entry.changed_at)
        ]

    # -- lists ----------------------------------------------------------------------------------------------------

    async def parse_list(self, response: Response, way: RequestContext) -> AsyncIterator[Any]:
        """Follow a list's items and its further pages. Where nobody said what an item is, a page that reads like one is
        taken for one."""
        read = await self._read(response, self._links.items, "list")
        if read is None:
            return
        exchange, page = read
        state = self._told(page, exchange)
        if state is PageState.GONE:
            self._skip("gone_list" if way.series is None else "end_of_range", page.url)
            if way.series is None:
                self._note_start(way, page.url)
            return
        if not 200 <= exchange.status < 300:
            self._skip(f"http_{exchange.status}", page.url)
            self._note_start(way, page.url)
            return
        found = self._links.to_items(page)
        goes_on = any(self._frontier.is_new(url) for url in found)
        named = bool(self._links.items)
        fresh = [url for url in found if self._frontier.admit_item(url, way.term, named=named, on=page.url)]
        for request in await self._to_items([(url, replace(way, stale=0, series=None)) for url in fresh]):
            yield request
        if not found and self._browser is None and is_shell(page):
            self._skip("needs_browser", page.url)
            self._health.warn("有的页面要靠脚本才有内容，请在站点文件里写 render: browser")
        elif not found:
            if not self._links.items and self.file.crawl in ("automatic", "full"):
                extracted = await self._extractor.read(page)
                named = self.file.crawl == "automatic" and way.depth == 0 and not frames(page)
                taken = named or self._links.is_item(page, extracted)
                if taken and self._is_new(way, page):
                    yield self._item(exchange, extracted, state, way)
            elif self.file.crawl != "full" and (way.series is None or not way.stale):
                self._skip("empty_list", page.url)
        way = replace(way, stale=0 if goes_on or not found else way.stale + 1)
        if way.stale >= 2:
            self._skip("nothing_new_on_lists", page.url)
            return
        for request in self._after(way, there=goes_on):
            yield request
        way = replace(way, series=None)
        for url in self._links.to_next(page):
            if self._frontier.admit_list(url, way.depth + 1, named=True, on=page.url):
                yield self._request(url, self.parse_list, replace(way, depth=way.depth + 1))
        for url in self._links.to_lists(page):
            if self._frontier.admit_list(url, way.depth + 1, named=False, on=page.url):
                yield self._request(url, self.parse_list, replace(way, depth=way.depth + 1, stale=0))

    def _after(self, way: RequestContext, *, there: bool) -> Iterator[Request]:
        """The next of an open range: a list that gave nothing new ends it, items may be missing for a while."""
        series, direct = way.series, self.file.crawl == "direct"
        if series is None or not (there or direct):
            return
        series = replace(series, number=series.number + 1, missed=0 if there else series.missed + 1)
        for _ in range(MAX_EXPANDED):
            if series.missed >= MAX_MISSED or self._frontier.is_spent:
                return
            following = replace(way, series=series, stale=0)
            if not direct and self._frontier.admit_list(series.url, 0, named=True):
                yield self._request(series.url, self.parse_list, following)
                return
            if direct and self._frontier.admit_item(series.url):
                yield self._request(series.url, self.parse_item, following)
                return
            series = replace(series, number=series.number + 1)

    def _is_new(self, way: RequestContext, page: Page) -> bool:
        if self._frontier.is_done(page.url):
            self._skip("captured_before", page.url)
            return False
        return self._frontier.arrive(way.asked, page.url)

    # -- items ----------------------------------------------------------------------------------------------------

    async def parse_item(
        self,
        response: Response,
        way: RequestContext,
        last: LastVisit | None = None,
        parts: tuple[Exchange, ...] = (),
        so_far: Extracted | None = None,
    ) -> AsyncIterator[Any]:
        """Read one page; go on with its next part, or yield the whole."""
        read = await self._read(response, self._awaited, "item")
        if read is None:
            if parts and so_far is not None:
                yield self._whole(parts, so_far, way)
            return
        exchange, page = read
        revisit = self._revisits.found(last, exchange, way.asked) if not parts else None
        if last is not None and revisit is not None and not revisit.judge:
            self._health.unchanged += 1
            same = way if last.target_id is None else replace(way, target=last.target_id)
            yield self._item(exchange, Extracted(title=last.title), last.state, same, (), revisit)
            for request in self._after(way, there=last.state is PageState.PRESENT):
                yield request
            return
        if last is not None and exchange.status == 304:
            # What has not changed is another page, to which we were sent with this one's conditions.
            yield self._request(way.asked, self.parse_item, way)
            return
        state = self._told(page, exchange)
        if state is PageState.PRESENT and self._make.was_sent_home(way.asked, page.url):
            state = PageState.GONE
        if way.series is not None:
            for request in self._after(way, there=state is PageState.PRESENT):
                yield request
            if state is PageState.GONE and last is None:
                self._skip("end_of_range", page.url)
                return
        if state is PageState.PRESENT and not 200 <= exchange.status < 300:
            self._skip(f"http_{exchange.status}", page.url)
            return
        if not parts and state is PageState.PRESENT and not self._is_new_item(way, page):
            return
        extracted = told_by_feed(await self._extractor.read(page), way.told)
        if so_far is not None:
            if state is not PageState.PRESENT:
                yield self._whole(parts, so_far, way)
                return
            if extracted.text in so_far.text:
                # What has pages here is something else, comments say.
                yield self._whole(parts, so_far, way)
                return
            extracted = replace(so_far, text=f"{so_far.text}\n{extracted.text}")
        elif state is PageState.PRESENT and self._twins.is_repeat(page, extracted):
            self._skip("duplicate", page.url)
            return
        following = self._part_after(page, len(parts)) if state is PageState.PRESENT else ""
        if following:
            joined = (*parts, exchange)
            request = self._request(
                following, self.parse_item, replace(way, series=None), parts=joined, so_far=extracted
            )
            yield request.replace(errback=self._part_failed)
            return
        yield self._item(exchange, extracted, state, way, parts, revisit)

    def _part_failed(self, failure: Failure) -> Iterator[PageItem]:
        """A part could not be had: what was read before it is kept and compared."""
        self.failed(failure)
        given = getattr(failure, "request").cb_kwargs  # noqa: B009 - set by Scrapy on every failure of a request
        self._health.warn("有的正文没有取全，只比对了前几页")
        yield self._whole(given["parts"], given["so_far"], given["way"])

    def _whole(self, parts: tuple[Exchange, ...], extracted: Extracted, way: RequestContext) -> PageItem:
        return self._item(parts[-1], extracted, PageState.PRESENT, way, parts[:-1])

    def _is_new_item(self, way: RequestContext, page: Page) -> bool:
        if canonical(way.asked) == canonical(with_route(page.url, way.asked)):
            return True
        return self._is_new(way, page)

    def _part_after(self, page: Page, count: int) -> str:
        for url in self._links.to_next_part(page):
            if count + 1 < MAX_PARTS and self._frontier.admit_part(url, page.url):
                return url
        return ""
