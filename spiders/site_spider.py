"""The spider that all kinds of page share: it reads a site file, walks lists, and yields one ``PageItem`` a page.

Lists lead to items and to further lists; an item may be split over several pages, which are joined. Every page
that is not followed is counted with its reason (``patrol/skipped/REASON``); what an officer should know about the run
as a whole stands in ``patrol/yellow`` (see ``health``).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Self
from urllib.parse import urlsplit

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response
from twisted.python.failure import Failure

from patrol.browser import find_browser
from patrol.config import CHECKOUT, Workspace
from patrol.directory import Assignment, Assignments, SearchStart, SiteFile, assignments, load_site, search_terms
from patrol.errors import ConfigError
from patrol.items import Exchange, Extracted, PageItem
from patrol.nouns import PageKind, PageState
from spiders import browser, guard
from spiders.addresses import canonical, expand, searches
from spiders.extract import LARGE, CompiledRule, Extractor
from spiders.frontier import Frontier
from spiders.health import Health, within_hours
from spiders.links import Links
from spiders.page import Page, is_text
from spiders.states import Teller

HANDLED = [401, 403, 404, 410, 429, 451]
MOST_PARTS = 100
MOST_REFUSED = 5
"""Refusals (401, 403, 429, 451) one after another after which a site is taken to have blocked us."""

_ARRIVED = "patrol_arrived"


@dataclass(frozen=True, slots=True)
class _Way:
    """How a request came about: for which target, at what depth, by which search term; how many lists before it on the
    same chain had nothing new; which address was asked for."""

    target: int | None = None
    depth: int = 0
    term: str = ""
    stale: int = 0
    asked: str = ""


class SiteSpider(Spider):
    """``scrapy crawl KIND -a site=NAME [-a url=ADDRESS]``; with ``url`` only that page is read, as an item."""

    kind: ClassVar[PageKind]

    def __init__(self, site: str = "", url: str = "", **options: Any) -> None:
        super().__init__(**options)
        if not site:
            raise ConfigError(f"请用 -a site=站点名 指明站点，例如 scrapy crawl {self.name} -a site=mysite")
        self.site = site
        self.only = url
        self._refused = 0
        self._work = Assignments()

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **options: Any) -> Self:
        spider = super().from_crawler(crawler, *args, **options)
        spider._prepare(crawler)
        return spider

    def _prepare(self, crawler: Crawler) -> None:
        """Read the site file and put what it asks for into this crawler's settings."""
        settings = crawler.settings
        try:
            self.workspace: Workspace | None = Workspace.find(settings.get("PATROL_WORKSPACE") or None)
        except ConfigError:
            self.workspace = None
        self.file = self._load_file()
        self.patrol_id = settings.getint("PATROL_PATROL_ID")
        self._extractor = Extractor(self.file)
        self._links = Links(self.file)
        self._frontier = Frontier(self.file.limit, frozenset(), self._skip)
        self._health = Health(self.file)
        rules = self.file.extract.rules
        self._awaited = [CompiledRule(rule) for rule in rules.get("title") or rules.get("text") or ()]
        self._teller = Teller(self.file.states)
        for name, value in self._settings().items():
            settings.set(name, value, priority="spider")
        guard.allow(crawler, self.file.allow_private)
        self._browser = find_browser(self.workspace) if self.file.render == "browser" else None
        if self._browser is not None:
            addresses = [s.search if isinstance(s, SearchStart) else s for s in self.file.start]
            browser.prepare(settings, self._browser, {address.partition(":")[0] for address in addresses})
        crawler.signals.connect(self._note_arrival, signals.response_downloaded)

    def _load_file(self) -> SiteFile:
        """The site file to go by; a survey of a site that has none yet makes one up."""
        return _site_file(self.workspace, self.site)

    def _settings(self) -> dict[str, Any]:
        """What the office sets for all sites; a site file may only be more patient."""
        pace = self.file.pace
        values: dict[str, Any] = {"DOWNLOAD_DELAY": pace.delay, "CONCURRENT_REQUESTS_PER_DOMAIN": pace.at_once}
        if self.workspace is not None:
            crawl = self.workspace.config.crawl
            values["DOWNLOAD_DELAY"] = max(pace.delay, crawl.delay)
            values["CONCURRENT_REQUESTS_PER_DOMAIN"] = min(pace.at_once, crawl.at_once)
            values["USER_AGENT"] = crawl.user_agent
            values["DOWNLOAD_TIMEOUT"] = crawl.timeout
            values["DOWNLOAD_MAXSIZE"] = crawl.max_page_bytes
        patient = values["DOWNLOAD_DELAY"] > 0
        at_once = values["CONCURRENT_REQUESTS_PER_DOMAIN"]
        values["AUTOTHROTTLE_ENABLED"] = patient
        values["AUTOTHROTTLE_START_DELAY"] = values["DOWNLOAD_DELAY"]
        values["AUTOTHROTTLE_TARGET_CONCURRENCY"] = float(at_once)
        if patient:
            # What waits in the downloader is sent even when the site has shown us the door meanwhile.
            values["CONCURRENT_REQUESTS"] = at_once
        return values

    def _note_arrival(self, response: Response, request: Request) -> None:
        request.meta[_ARRIVED] = datetime.now(UTC)

    # -- where to begin -------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        if self.file.render == "browser" and self._browser is None:
            raise CloseSpider("no_browser")
        if self.only:
            yield self._request(self.only, self.parse_item, _Way())
            return
        self._stop_outside_hours()
        self._work = self._assigned()
        self._frontier = Frontier(self.file.limit, self._work.done, self._skip)
        named = [target for target in self._work.targets if target.url]
        for target in named:
            yield self._start_at(target.url, _Way(target.target_id))
        if len(named) == len(self._work.targets) and named:
            return
        whole = next((t.target_id for t in self._work.targets if not t.url and not t.account), None)
        for request in self._starts(whole):
            yield request

    def _assigned(self) -> Assignments:
        if self.workspace is None:
            return Assignments()
        if self.patrol_id:
            return assignments(self.workspace.database_url, self.patrol_id, self.site)
        needs_terms = any(isinstance(start, SearchStart) for start in self.file.start)
        return Assignments(terms=search_terms(self.workspace.database_url)) if needs_terms else Assignments()

    def _starts(self, target: int | None) -> Iterator[Request]:
        for start in self.file.start:
            if isinstance(start, SearchStart):
                yield from self._searches(start, target)
                continue
            for address in expand(start):
                if self.file.crawl == "direct" and self._frontier.is_done(address):
                    self._skip("captured_before")
                    continue
                yield self._start_at(address, _Way(target))

    def _searches(self, start: SearchStart, target: int | None) -> Iterator[Request]:
        """As many searches as half the budget allows; each patrol begins with another work, so that all get their turn."""
        each = 1 + len(start.also)
        fits = max(1, self.file.limit.pages // 2 // each)
        terms = self._work.terms
        if len(terms) > fits:
            first = self.patrol_id * fits % len(terms)
            terms = (*terms[first:], *terms[:first])[:fits]
            self._health.warn(
                f"作品太多，这次只搜了其中 {fits} 个名称，其余轮到以后的巡查；可在站点文件里调高 limit: pages"
            )
        for term, address in searches(start, terms):
            if self._frontier.admit_list(address, 0, named=True):
                yield self._request(address, self.parse_list, _Way(target, term=term))

    def _start_at(self, url: str, way: _Way) -> Request:
        """A start is opened whatever the budget says, and once only as a list."""
        if self.file.crawl == "direct":
            self._frontier.admit_item(url)
            return self._request(url, self.parse_item, way)
        self._frontier.admit_list(url, 0, named=True)
        return self._request(url, self.parse_list, way)

    def _request(self, url: str, callback: Any, way: _Way, **more: Any) -> Request:
        meta: dict[str, Any] = {"handle_httpstatus_list": HANDLED}
        if self._browser is not None:
            meta |= browser.request_meta()
        arguments = {"way": replace(way, asked=url), **more}
        return Request(
            url, callback=callback, errback=self.failed, meta=meta, cb_kwargs=arguments, dont_filter=True,
            priority=1 if callback == self.parse_item else 0,
        )  # fmt: skip

    def failed(self, failure: Failure) -> None:
        """Scrapy's statistics have counted the failure already; it is logged, and a browser page must not stay open."""
        self._health.failed += 1
        self.logger.warning("没有取到 %s：%r", getattr(failure, "request", None), failure.value)
        browser.abandon(getattr(failure, "request", None))

    # -- lists ----------------------------------------------------------------------------------------------------

    async def parse_list(self, response: Response, way: _Way) -> AsyncIterator[Any]:
        """Follow a list's items and its further pages. Where nobody said what an item is, a page that reads like one is
        taken for one."""
        read = await self._read(response, self._links.items, self.file.scroll)
        if read is None:
            return
        exchange, page = read
        state = self._told(page, exchange)
        if state is PageState.GONE:
            self._skip("gone_list")
            return
        found = self._links.to_items(page)
        fresh = [url for url in found if self._frontier.admit_item(url, way.term, named=bool(self._links.items))]
        for url in fresh:
            yield self._request(url, self.parse_item, replace(way, stale=0))
        if not found:
            if not self._links.items and self.file.crawl in ("automatic", "full"):
                extracted = await self._extractor.read(page)
                taken = self.file.crawl == "automatic" or self._links.is_item(page, extracted)
                if taken and self._is_new(way, page):
                    yield self._item(exchange, page, extracted, state, way, ())
            elif self.file.crawl != "full":
                self._skip("empty_list")
        way = replace(way, stale=0 if fresh or not found else way.stale + 1)
        if way.stale >= 2:
            self._skip("nothing_new_on_lists")
            return
        for url in self._links.to_next(page):
            if self._frontier.admit_list(url, way.depth + 1, named=True):
                yield self._request(url, self.parse_list, replace(way, depth=way.depth + 1))
        for url in self._links.to_lists(page):
            if self._frontier.admit_list(url, way.depth + 1, named=False):
                yield self._request(url, self.parse_list, replace(way, depth=way.depth + 1, stale=0))

    def _is_new(self, way: _Way, page: Page) -> bool:
        if self._frontier.is_done(page.url):
            self._skip("captured_before")
            return False
        return self._frontier.arrive(way.asked, page.url)

    # -- items ----------------------------------------------------------------------------------------------------

    async def parse_item(
        self, response: Response, way: _Way, parts: tuple[Exchange, ...] = (), so_far: Extracted | None = None
    ) -> AsyncIterator[Any]:
        """Read one page; go on with its next part, or yield the whole."""
        read = await self._read(response, self._awaited, 0)
        if read is None:
            if parts and so_far is not None:
                yield self._whole(parts, so_far, way)
            return
        exchange, page = read
        state = self._told(page, exchange)
        if state is PageState.PRESENT and self._was_sent_home(way, page):
            state = PageState.GONE
        if state is PageState.PRESENT and not 200 <= exchange.status < 300:
            self._skip(f"http_{exchange.status}")
            return
        if not parts and state is PageState.PRESENT and not self._is_new_item(way, page):
            return
        extracted = await self._extractor.read(page)
        if so_far is not None:
            if state is not PageState.PRESENT:
                yield self._whole(parts, so_far, way)
                return
            extracted = replace(so_far, text=f"{so_far.text}\n{extracted.text}")
        following = self._part_after(page, len(parts)) if state is PageState.PRESENT else ""
        if following:
            more = {"parts": (*parts, exchange), "so_far": extracted}
            request = self._request(following, self.parse_item, way, **more)
            yield request.replace(errback=self._part_failed)
            return
        yield self._item(exchange, page, extracted, state, way, parts)

    def _part_failed(self, failure: Failure) -> Iterator[PageItem]:
        """A part could not be had: what was read before it is kept and compared."""
        self.failed(failure)
        given = getattr(failure, "request").cb_kwargs  # noqa: B009 - set by Scrapy on every failure of a request
        self._health.warn("有的正文没有取全，只比对了前几页")
        yield self._whole(given["parts"], given["so_far"], given["way"])

    def _whole(self, parts: tuple[Exchange, ...], extracted: Extracted, way: _Way) -> PageItem:
        page = Page(parts[-1].url, "", parts[-1].fetched_at)
        return self._item(parts[-1], page, extracted, PageState.PRESENT, way, parts[:-1])

    def _is_new_item(self, way: _Way, page: Page) -> bool:
        if canonical(way.asked) == canonical(page.url):
            return True
        return self._is_new(way, page)

    def _was_sent_home(self, way: _Way, page: Page) -> bool:
        """Whether the page asked for was answered by the site's front page, as many sites do with what they took down."""
        asked, came = urlsplit(way.asked), urlsplit(page.url)
        return (
            bool(asked.path.strip("/")) and not came.path.strip("/") and not came.query and asked.netloc == came.netloc
        )

    def _part_after(self, page: Page, count: int) -> str:
        for url in self._links.to_next_part(page):
            if count + 1 < MOST_PARTS and self._frontier.admit_part(url):
                return url
        return ""

    def _item(
        self,
        exchange: Exchange,
        page: Page,
        extracted: Extracted,
        state: PageState,
        way: _Way,
        parts: tuple[Exchange, ...],
    ) -> PageItem:
        first = parts[0] if parts else exchange
        # A page that is gone is known by the address that was asked for, not by where we were sent.
        url = first.url if state is PageState.PRESENT else way.asked or first.url
        if canonical(first.url) != canonical(way.asked) and not parts:
            extracted = replace(extracted, extra=(*extracted.extra, ("redirected_from", way.asked)))
        if state is PageState.PRESENT:
            self._health.note(extracted)
        return PageItem(
            patrol_id=self.patrol_id,
            target_id=self._target_of(extracted, way),
            site=self.site,
            page_kind=self.kind,
            state=state,
            url=url,
            canonical_url=canonical(url),
            exchange=first,
            extracted=extracted,
            site_file_sha256=self.file.sha256,
            parts=(*parts[1:], exchange) if parts else (),
        )

    def _target_of(self, extracted: Extracted, way: _Way) -> int | None:
        names = {extracted.seller, extracted.author} - {""}
        found: Assignment | None = next((t for t in self._work.targets if t.account and t.account in names), None)
        return found.target_id if found else way.target

    # -- shared ---------------------------------------------------------------------------------------------------

    async def _read(
        self, response: Response, awaited: list[CompiledRule], scrolls: int
    ) -> tuple[Exchange, Page] | None:
        """What was exchanged and the page as it is to be read; a browser's page is waited for, scrolled and closed.
        None, counted, when it is nothing to read."""
        self._stop_outside_hours()
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        if self._browser is None and not is_text(response.body, kind):
            self._skip("not_a_page")
            return None
        view = await browser.view(response, awaited, scrolls) if self._browser is not None else None
        arrived = response.meta.get(_ARRIVED) or datetime.now(UTC)
        exchange = Exchange(
            method=response.request.method if response.request else "GET",
            url=response.url,
            request_headers=_headers(response.request.headers) if response.request else (),
            status=response.status,
            response_headers=_headers(response.headers),
            response_body=view.document if view else response.body,
            fetched_at=arrived,
            ip_address=str(response.ip_address or ""),
            rendered_dom=view.dom.encode("utf-8", "surrogatepass") if view else None,
            screenshot_png=view.screenshot if view else None,
            api_responses=view.api if view else (),
        )
        if view is not None:
            page = Page(response.url, view.dom, arrived, view.api)
        else:
            page = Page.from_bytes(response.url, response.body, kind, arrived)
        if len(page.html) > LARGE:
            await asyncio.to_thread(lambda: page.visible)
        return exchange, page

    def _told(self, page: Page, exchange: Exchange) -> PageState:
        """The page's state. Stops the crawl where the site asks for a login or blocks us."""
        state = self._teller.tell(page, exchange.status)
        refused = exchange.status in (401, 403, 429, 451)
        self._refused = self._refused + 1 if refused and state is PageState.PRESENT else 0
        if state is PageState.LOGGED_OUT:
            raise CloseSpider("logged_out")
        if state is PageState.BLOCKED or self._refused >= MOST_REFUSED:
            raise CloseSpider("blocked")
        return state

    def _stop_outside_hours(self) -> None:
        if not within_hours(self.file.pace.hours, datetime.now(UTC)):
            raise CloseSpider("outside_hours")

    def _skip(self, why: str) -> None:
        assert self.crawler.stats is not None
        self.crawler.stats.inc_value(f"patrol/skipped/{why}")

    def closed(self, reason: str) -> None:
        """Say what an officer should know about the run as a whole."""
        assert self.crawler.stats is not None
        for name, value in self._health.figures(self.crawler.stats.get_stats(), whole=reason == "finished").items():
            self.crawler.stats.set_value(name, value)


def _site_file(workspace: Workspace | None, name: str) -> SiteFile:
    folders = workspace.site_folders if workspace else (CHECKOUT / "spiders" / "sites",)
    for folder in folders:
        if (folder / name / "site.yaml").is_file():
            return load_site(folder / name)
    raise ConfigError(f"没有名为“{name}”的站点文件。可用 patrol sites list 查看已有站点")


def _headers(headers: Any) -> tuple[tuple[str, str], ...]:
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values
    )
