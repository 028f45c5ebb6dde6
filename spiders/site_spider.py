"""The spider that all kinds of page share: it reads a site file, walks lists, and yields one ``PageItem`` a page.

Lists lead to items and to further lists; an item may be split over several pages, which are joined. Every page
that is not followed is counted with its reason (``patrol/skipped/REASON``).
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, ClassVar, Self

from scrapy import Request, Spider
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
from spiders.addresses import canonical, expand, is_trap, same_site, searches
from spiders.extract import CompiledRule, Extractor
from spiders.page import Page
from spiders.states import Teller

HANDLED = [401, 403, 404, 410, 429, 451]
MOST_PARTS = 100
_NEXT_WORDS = ("下一页", "下页", "后一页", "next")


@dataclass(frozen=True, slots=True)
class _Way:
    """How a request came about: for which target, at what depth, by which search term."""

    target: int | None = None
    depth: int = 0
    term: str = ""


class SiteSpider(Spider):
    """``scrapy crawl KIND -a site=NAME [-a url=ADDRESS]``; with ``url`` only that page is read, as an item."""

    kind: ClassVar[PageKind]

    def __init__(self, site: str = "", url: str = "", **options: Any) -> None:
        super().__init__(**options)
        if not site:
            raise ConfigError(f"请用 -a site=站点名 指明站点，例如 scrapy crawl {self.name} -a site=mysite")
        self.site = site
        self.only = url
        self._seen: set[str] = set()
        self._taken: dict[str, int] = {}
        self._requested = 0
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
        self.file = _site_file(self.workspace, self.site)
        self.patrol_id = settings.getint("PATROL_PATROL_ID")
        self._extractor = Extractor(self.file)
        self._items = [CompiledRule(rule) for rule in self.file.items]
        self._next = [CompiledRule(rule) for rule in self.file.next]
        self._next_part = [CompiledRule(rule) for rule in self.file.next_part]
        rules = self.file.extract.rules
        self._awaited = [CompiledRule(rule) for rule in rules.get("title") or rules.get("text") or ()]
        self._teller = Teller(self.file.states)
        pace = self.file.pace
        settings.set("DOWNLOAD_DELAY", pace.delay, priority="spider")
        settings.set("CONCURRENT_REQUESTS_PER_DOMAIN", pace.at_once, priority="spider")
        settings.set("AUTOTHROTTLE_ENABLED", pace.delay > 0, priority="spider")
        settings.set("AUTOTHROTTLE_TARGET_CONCURRENCY", float(pace.at_once), priority="spider")
        guard.allow(crawler, self.file.allow_private)
        self._browser = find_browser(self.workspace) if self.file.render == "browser" else None
        if self._browser is not None:
            addresses = [s.search if isinstance(s, SearchStart) else s for s in self.file.start]
            browser.prepare(settings, self._browser, {address.partition(":")[0] for address in addresses})

    # -- where to begin -------------------------------------------------------------------------------------------

    async def start(self) -> AsyncIterator[Any]:
        if self.file.render == "browser" and self._browser is None:
            raise CloseSpider("no_browser")
        if self.only:
            yield self._request(self.only, self.parse_item, _Way())
            return
        self._work = self._assigned()
        named = [target for target in self._work.targets if target.url]
        for target in named:
            callback = self.parse_item if self.file.crawl == "direct" else self.parse_list
            yield self._request(target.url, callback, _Way(target.target_id))
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
        callback = self.parse_item if self.file.crawl == "direct" else self.parse_list
        for start in self.file.start:
            if isinstance(start, SearchStart):
                for term, address in searches(start, self._work.terms):
                    yield self._request(address, self.parse_list, _Way(target, term=term))
            else:
                for address in expand(start):
                    yield self._request(address, callback, _Way(target))

    def _request(self, url: str, callback: Any, way: _Way, **more: Any) -> Request:
        meta: dict[str, Any] = {"handle_httpstatus_list": HANDLED}
        if self._browser is not None:
            meta |= browser.request_meta()
        self._requested += 1
        return Request(
            url, callback=callback, errback=self.failed, meta=meta, cb_kwargs={"way": way, **more}, dont_filter=True
        )

    def failed(self, failure: Failure) -> None:
        """Scrapy's statistics have counted the failure already; it is logged, and a browser page must not stay open."""
        self.logger.warning("没有取到 %s：%r", getattr(failure, "request", None), failure.value)
        browser.abandon(getattr(failure, "request", None))

    # -- lists ----------------------------------------------------------------------------------------------------

    async def parse_list(self, response: Response, way: _Way) -> AsyncIterator[Any]:
        """Follow a list's items and its next page. A page without any link of an item is taken for an item itself
        when the site file leaves the way of crawling to us."""
        exchange, page = await self._read(response, self._items, self.file.scroll)
        state = self._teller.tell(page, exchange.status)
        self._stop_if(state)
        if state is PageState.GONE:
            self._skip("gone_list")
            return
        found = self._item_links(page)
        if not found and not self._items and self.file.crawl == "automatic":
            yield self._item(exchange, page, await self._extractor.read(page), state, way, ())
            return
        if not found:
            self._skip("empty_list")
        for url in found:
            if request := self._item_request(url, way):
                yield request
        for url in self._further_lists(page):
            if way.depth + 1 > self.file.limit.depth:
                self._skip("depth_limit")
            elif self._fresh(url, "list"):
                yield self._request(url, self.parse_list, replace(way, depth=way.depth + 1))

    def _item_links(self, page: Page) -> list[str]:
        if self._items:
            return [url for rule in self._items for text in rule(page) if (url := page.absolute(text))]
        return [url for url, words in _anchors(page) if same_site(url, page.url) and len(words) >= 4 and _deep(url)]

    def _item_request(self, url: str, way: _Way) -> Request | None:
        name = canonical(url)
        if not self._fresh(url, "item"):
            return None
        if name in self._work.done:
            self._skip("captured_before")
            return None
        if way.term:
            if self._taken.get(way.term, 0) >= self.file.limit.per_work:
                self._skip("per_work_limit")
                return None
            self._taken[way.term] = self._taken.get(way.term, 0) + 1
        return self._request(url, self.parse_item, way)

    def _fresh(self, url: str, what: str) -> bool:
        """Whether the address is new, no trap, and within the budget; else the reason is counted."""
        name = f"{what} {canonical(url)}"
        if not url.startswith(("http://", "https://")):
            self._skip("scheme")
        elif name in self._seen:
            return False
        elif is_trap(url):
            self._skip("trap")
        elif self._requested >= self.file.limit.pages:
            self._skip("page_limit")
        else:
            self._seen.add(name)
            return True
        return False

    def _further_lists(self, page: Page) -> list[str]:
        if self._next:
            return [url for rule in self._next for text in rule(page) if (url := page.absolute(text))][:1]
        if self.file.crawl == "pagination_only" or self.file.scroll:
            return []
        marked = page.nodes("//link[@rel='next']/@href | //a[@rel='next']/@href")
        worded = [url for url, words in _anchors(page) if words.lower().strip(" >»›") in _NEXT_WORDS]
        return [url for text in (*marked, *worded) if (url := page.absolute(text)) and same_site(url, page.url)][:1]

    # -- items ----------------------------------------------------------------------------------------------------

    async def parse_item(
        self, response: Response, way: _Way, parts: tuple[Exchange, ...] = (), so_far: Extracted | None = None
    ) -> AsyncIterator[Any]:
        """Read one page; go on with its next part, or yield the whole."""
        exchange, page = await self._read(response, self._awaited, 0)
        state = self._teller.tell(page, exchange.status)
        self._stop_if(state)
        if state is PageState.PRESENT and not 200 <= exchange.status < 300:
            self._skip(f"http_{exchange.status}")
            return
        extracted = await self._extractor.read(page)
        if so_far is not None:
            extracted = replace(so_far, text=f"{so_far.text}\n{extracted.text}")
        following = self._part_after(page, len(parts))
        if following and state is PageState.PRESENT:
            yield self._request(following, self.parse_item, way, parts=(*parts, exchange), so_far=extracted)
            return
        yield self._item(exchange, page, extracted, state, way, parts)

    def _part_after(self, page: Page, count: int) -> str:
        for rule in self._next_part:
            for text in rule(page):
                url = page.absolute(text)
                if count + 1 < MOST_PARTS and self._fresh(url, "part"):
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
        return PageItem(
            patrol_id=self.patrol_id,
            target_id=self._target_of(extracted, way),
            site=self.site,
            page_kind=self.kind,
            state=state,
            url=first.url,
            canonical_url=canonical(first.url),
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

    async def _read(self, response: Response, awaited: list[CompiledRule], scrolls: int) -> tuple[Exchange, Page]:
        """What was exchanged and the page as it is to be read; a browser's page is waited for, scrolled and closed."""
        now = datetime.now(UTC)
        view = await browser.view(response, awaited, scrolls) if self._browser is not None else None
        exchange = Exchange(
            method=response.request.method if response.request else "GET",
            url=response.url,
            request_headers=_headers(response.request.headers) if response.request else (),
            status=response.status,
            response_headers=_headers(response.headers),
            response_body=view.document if view else response.body,
            fetched_at=now,
            ip_address=str(response.ip_address or ""),
            rendered_dom=view.dom.encode("utf-8", "surrogatepass") if view else None,
            screenshot_png=view.screenshot if view else None,
            api_responses=view.api if view else (),
        )
        if view is not None:
            return exchange, Page(response.url, view.dom, now, view.api)
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        return exchange, Page.from_bytes(response.url, response.body, kind, now)

    def _stop_if(self, state: PageState) -> None:
        if state is PageState.LOGGED_OUT:
            raise CloseSpider("logged_out")
        if state is PageState.BLOCKED:
            raise CloseSpider("blocked")

    def _skip(self, why: str) -> None:
        assert self.crawler.stats is not None
        self.crawler.stats.inc_value(f"patrol/skipped/{why}")


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


def _anchors(page: Page) -> Iterator[tuple[str, str]]:
    for node in page.root.iter("a"):
        url = page.absolute(node.get("href") or "")
        if url:
            yield url, page.text(node)


def _deep(url: str) -> bool:
    """Whether an address looks like that of a single page rather than of a section."""
    path = url.split("://", 1)[-1].partition("/")[2].partition("?")[0]
    return any(c.isdigit() for c in path) or path.endswith((".html", ".htm", ".shtml"))
