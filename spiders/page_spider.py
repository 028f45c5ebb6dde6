"""Page spider: gives every spider of pages its site file, and one way to open, read and judge a response."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Self

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from patrol import clock, crawl_stats
from patrol.chromium import find_browser
from patrol.directory import Assignments, SiteFile
from patrol.directory.login_sessions import Session, load_session, site_hosts
from patrol.errors import ConfigError
from patrol.items import Exchange, Extracted, PageItem
from patrol.tables.gone import gone_words
from patrol.vocabulary import PageKind, PageState
from spiders import guard, responses
from spiders.crawl_settings import crawl_settings, find_site_file, find_workspace
from spiders.frontier import Frontier
from spiders.health import Health, within_hours
from spiders.item_factory import ItemFactory
from spiders.links import Links
from spiders.reading.extract import CompiledRule, Extractor
from spiders.reading.page import STEPS_FAILED, Page
from spiders.reading.page_state import StateClassifier
from spiders.request_context import RequestContext
from spiders.revisits import Revisits
from spiders.skip_list import Skipped, skipped_file

if TYPE_CHECKING:
    from spiders.browser.chromium_pages import SiteBrowser, What

MAX_REFUSED = 5
"""Refusals (401, 403, 429, 451) one after another after which a site is taken to have blocked us."""


class PageSpider(Spider):
    """``-a site=NAME [-a url=ADDRESS]``. Which pages are opened is the business of the spiders made from it."""

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
        self.workspace = find_workspace(settings.get("PATROL_WORKSPACE") or None)
        root = self.workspace.root if self.workspace is not None else None
        self.file = self._load_file()
        self.patrol_id = settings.getint("PATROL_PATROL_ID")
        listed = skipped_file(root, self.patrol_id, self.site) if root is not None and self.patrol_id else None
        self._skipped = Skipped(self._count, listed)
        self._extractor = Extractor(self.file)
        self._links = Links(self.file)
        self._ready()
        self._health = Health(self.file)
        rules = self.file.extract.rules
        # The text comes last, and a page kept without it is a copy missed.
        self._awaited = [CompiledRule(rule) for rule in rules.get("text") or rules.get("title") or ()]
        self._classifier = StateClassifier(self.file.states, gone_words(self.file.kind, root))
        for name, value in crawl_settings(self.file, self.workspace).items():
            settings.set(name, value, priority="spider")
        guarded = guard.allow(crawler, self.file.allow_private)
        held = load_session(self.workspace, self.site)
        self.session: Session | None = held.of(site_hosts(self.file)) if held else None
        settings.set("PATROL_SESSION", self.session is not None, priority="spider")
        executable = find_browser(self.workspace) if self.file.render == "browser" else None
        self._browser: SiteBrowser | None = None
        if executable is not None:
            # Loaded for sites that a browser renders: Playwright takes half a second.
            from spiders.browser.chromium_pages import SiteBrowser

            self._browser = SiteBrowser(crawler, executable, self.file, guarded, self.session)
        self._revisits = Revisits(self.file, rendered=self._browser is not None)
        crawler.signals.connect(responses.note_arrival, signals.response_downloaded)

    def _load_file(self) -> SiteFile:
        """The site file to go by; a survey of a site that has none yet makes one up."""
        return find_site_file(self.workspace, self.site)

    def _ready(self) -> None:
        """What depends on what there is to do."""
        self._frontier = Frontier(self.file.limit, self._work.done, self._work.known, self._skipped.note)
        self._make = ItemFactory(self.site, self.kind, self.file, self.patrol_id, self._work.targets)

    def _item(
        self, exchange: Exchange, extracted: Extracted, state: PageState, way: RequestContext, *more: Any
    ) -> PageItem:
        """The page as it goes down the house, and counted where its fields were read (``more``: see ``ItemFactory``)."""
        made = self._make(exchange, extracted, state, way, *more)
        if state is PageState.PRESENT and made.is_compared:
            self._health.note(made.extracted)
        elif state is PageState.GONE:
            self._health.gone += 1
        return made

    async def _read(self, response: Response, awaited: list[CompiledRule], what: What) -> tuple[Exchange, Page] | None:
        """What was exchanged and the page as it is to be read; None, counted, when it is nothing to read."""
        self._stop_outside_hours()
        found = await responses.read(response, self._browser, awaited, what)
        if found is None and self._browser is None:
            self._skip("not_a_page", response.url)
        elif found is None:
            self._health.failed += 1
            if why := self._abandon(response.request):
                self._health.count(why)
        elif trouble := dict(found[1].notes).get(STEPS_FAILED):
            self._health.count(trouble)
        return found

    def _abandon(self, request: Request | None) -> str:
        """Close the browser's page of a request that failed; what bound of ours it ran into, in Chinese, "" for none."""
        return self._browser.abandon(request) if self._browser is not None else ""

    def _told(self, page: Page, exchange: Exchange) -> PageState:
        """The page's state. Stops the crawl where the site asks for a login or blocks us."""
        state = self._classifier.classify(page, exchange.status)
        refused = exchange.status in (401, 403, 429, 451)
        self._refused = self._refused + 1 if refused and state is PageState.PRESENT else 0
        if state is PageState.LOGGED_OUT:
            raise CloseSpider("logged_out")
        if state is PageState.BLOCKED or self._refused >= MAX_REFUSED:
            raise CloseSpider("blocked")
        return state

    def _stop_outside_hours(self) -> None:
        if not within_hours(self.file.pace.hours, clock.now()):
            raise CloseSpider("outside_hours")

    def _skip(self, why: str, url: str = "") -> None:
        self._skipped.note(why, url)

    def _count(self, why: str) -> None:
        crawl_stats.SKIPPED.add(self.crawler.stats, why)

    def closed(self, reason: str) -> None:
        """Say what an officer should know about the run as a whole."""
        assert self.crawler.stats is not None
        self._skipped.close()
        self._work.known.close()
        self._health.report(self.crawler.stats, whole=reason == "finished")
