"""Preview spider (``patrol sites try`` and ``keep``): reads a site as on patrol, tells everything and decides nothing.

Unlike a patrol it does not stop at a page that asks for a login or blocks us: showing that such a page is known for
what it is, is what it is for. Lists are reported too: how many items they lead to, and which page comes next.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import TYPE_CHECKING, Any, ClassVar

from scrapy import Request
from scrapy.http import Response

from patrol.directory import LastVisit
from patrol.items import Exchange, Extracted, ListLook
from patrol.vocabulary import PageKind, PageState
from spiders.reading.extract import CompiledRule
from spiders.reading.page import Page
from spiders.request_context import RequestContext
from spiders.site_spider import SiteSpider
from spiders.url_expansion import canonical, expand

if TYPE_CHECKING:
    from spiders.browser.chromium_pages import What

_READ = "patrol_read"


class PreviewSpider(SiteSpider):
    """``scrapy crawl preview -a site=NAME [-a url=ADDRESS] [-a as_list=yes] [-a pages=3]``; ``pages``: items opened."""

    name = "preview"
    kind: ClassVar[PageKind] = PageKind.ARTICLE

    def __init__(self, as_list: str = "", pages: str = "3", **options: Any) -> None:
        super().__init__(**options)
        self._as_list = bool(as_list)
        self._left = int(pages)
        self._lists = int(pages)

    async def start(self) -> AsyncIterator[Any]:
        if self.only and (self._as_list or self._is_start(self.only)):
            address, self.only = self.only, ""
            self.file = self.file.model_copy(update={"start": (address,), "crawl": "pagination_only"})
        async for request in super().start():
            if self._has_room(request):
                yield request

    def _is_start(self, url: str) -> bool:
        """Whether an address is one of those that the site file begins with, as a list."""
        plain = [start for start in self.file.start if isinstance(start, str)]
        return self.file.crawl != "direct" and any(canonical(url) == canonical(one) for s in plain for one in expand(s))

    def _has_room(self, thing: object) -> bool:
        """Whether a request is to be made: so many items, and no more lists than that; further parts always."""
        if not isinstance(thing, Request):
            return True
        if thing.callback == self.parse_item and not thing.cb_kwargs.get("parts"):
            self._left -= 1
            return self._left >= 0
        if thing.cb_kwargs.get("parts"):
            return True
        self._lists -= 1
        return self._lists >= 0 and (self._left > 0 or self._as_list)

    async def _read(self, response: Response, awaited: list[CompiledRule], what: What) -> tuple[Exchange, Page] | None:
        read = await super()._read(response, awaited, what)
        response.meta[_READ] = read
        return read

    async def parse_list(self, response: Response, way: RequestContext) -> AsyncIterator[Any]:
        following = [thing async for thing in super().parse_list(response, way)]
        read = response.meta.get(_READ)
        if read is not None:
            exchange, page = read
            links, further = tuple(self._links.to_items(page)), self._links.to_next(page)
            yield ListLook(page.url, self._told(page, exchange), exchange, links, next(iter(further), ""))
        for thing in following:
            if self._has_room(thing):
                yield thing

    async def parse_item(
        self,
        response: Response,
        way: RequestContext,
        last: LastVisit | None = None,
        parts: tuple[Exchange, ...] = (),
        so_far: Extracted | None = None,
    ) -> AsyncIterator[Any]:
        shown = False
        async for thing in super().parse_item(response, way, last, parts, so_far):
            shown = True
            yield thing
        read = response.meta.get(_READ)
        if read is not None and not shown and not parts:
            # A page that a patrol would leave out, shown for what it is.
            exchange, page = read
            yield self._item(exchange, await self._extractor.read(page), self._told(page, exchange), way)

    def _told(self, page: Page, exchange: Exchange) -> PageState:
        return self._classifier.classify(page, exchange.status)
