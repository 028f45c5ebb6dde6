"""Lead-image fetcher: fetches the main images of pages that became leads, as evidence, when a site's pages are done.

When a spider has nothing left to do, what it yielded has been kept and judged; then this extension asks the archive
which images of the site's leads are still missing, and requests them through the same guard, robots rules and pace as
pages. Nothing is remembered elsewhere: after a crash or a stop the next run asks again and finds what is missing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.crawler import Crawler
from scrapy.exceptions import (
    DontCloseSpider,
    DownloadCancelledError,
    DownloadTimeoutError,
    IgnoreRequest,
    NotConfigured,
)
from scrapy.http import Response
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import TimeoutError as ConnectionTimeout
from twisted.python.failure import Failure

from patrol import clock, crawl_stats
from patrol.config import Workspace
from patrol.errors import ConfigError
from patrol.evidence.lead_pictures import WantedImage, wanted_images
from patrol.items import Exchange, ImageItem
from spiders.connection_facts import provenance
from spiders.responses import header_lines

MAX_BYTES = 8 * 1024 * 1024
_MAGIC = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM", b"II*\x00", b"MM\x00*")


class LeadImages:
    """An extension, on by the setting ``PATROL_LEAD_IMAGES`` and where there is a workspace."""

    def __init__(self, crawler: Crawler, workspace: Workspace) -> None:
        self._crawler = crawler
        self._workspace = workspace
        # In a patrol, an earlier run may have left images; a crawl of one's own begins with none.
        self._leads_seen = -1 if crawler.settings.getint("PATROL_PATROL_ID") else 0
        self._asked: set[tuple[int, int]] = set()
        self._looking: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LeadImages:
        if not crawler.settings.getbool("PATROL_LEAD_IMAGES", True):
            raise NotConfigured
        try:
            workspace = Workspace.find(crawler.settings.get("PATROL_WORKSPACE") or None)
        except ConfigError as error:
            raise NotConfigured from error
        made = cls(crawler, workspace)
        crawler.signals.connect(made.idle, signals.spider_idle)
        return made

    def idle(self, spider: Spider) -> None:
        """Look for missing images, unless nothing became a lead since the last look. Raises DontCloseSpider meanwhile."""
        assert self._crawler.stats is not None
        stats = self._crawler.stats.get_stats()
        leads = crawl_stats.LEADS.of(stats)
        if self._looking is not None and not self._looking.done():
            raise DontCloseSpider
        if leads == self._leads_seen or crawl_stats.STOPPED.of(stats):
            return
        self._leads_seen = leads
        self._looking = asyncio.ensure_future(self._look(spider))
        raise DontCloseSpider

    async def _look(self, spider: Spider) -> None:
        engine = self._crawler.engine
        assert engine is not None
        site = str(getattr(spider, "site", ""))
        try:
            wanted = await asyncio.to_thread(wanted_images, self._workspace.database_url, site)
        except Exception:
            spider.logger.exception("没有查到还缺哪些线索图片，下次再取")
            wanted = []
        fresh = [image for image in wanted if (image.capture_id, image.number) not in self._asked]
        self._asked.update((image.capture_id, image.number) for image in fresh)
        for image in fresh:
            if request := self._request(site, image):
                engine.crawl(request)
        slot = engine._slot
        if not fresh and slot is not None:
            # Otherwise the engine would look whether it is idle only after five seconds.
            slot.nextcall.schedule()

    def _request(self, site: str, image: WantedImage) -> Request | None:
        meta = {"download_maxsize": MAX_BYTES, "download_warnsize": 0}
        given = {"site": site, "image": image}
        headers = {"Referer": image.page_url, "Accept": "image/*"}
        try:
            return Request(
                image.url, self._came, headers=headers, meta=meta, cb_kwargs=given, errback=self._failed, dont_filter=True
            )  # fmt: skip
        except ValueError:
            return None

    def _came(self, response: Response, site: str, image: WantedImage) -> Iterator[ImageItem]:
        if not is_image(response.body, (response.headers.get("Content-Type") or b"").decode("latin-1")):
            yield _item(site, image, error="取到的不是图片")
        else:
            request = response.request
            assert request is not None
            exchange = Exchange(
                method=request.method,
                url=response.url,
                request_headers=header_lines(request.headers),
                status=response.status,
                response_headers=header_lines(response.headers),
                response_body=response.body,
                fetched_at=clock.now(),
                ip_address=str(response.ip_address or ""),
                **provenance(response),
            )
            yield _item(site, image, exchange)

    def _failed(self, failure: Failure) -> Iterator[ImageItem]:
        request: Any = getattr(failure, "request")  # noqa: B009 - set by Scrapy on every failure of a request
        given = request.cb_kwargs
        yield _item(given["site"], given["image"], error=_reason(failure.value))


def is_image(body: bytes, content_type: str) -> bool:
    """Tell whether a response is an image, by the bytes first; an SVG is text and must be called an image too."""
    if body.startswith(_MAGIC) or body[4:8] == b"ftyp" or (body[:4] == b"RIFF" and body[8:12] == b"WEBP"):
        return True
    return content_type.startswith("image/svg") and b"<svg" in body[:4096]


def _item(site: str, image: WantedImage, exchange: Exchange | None = None, error: str = "") -> ImageItem:
    return ImageItem(
        capture_id=image.capture_id,
        page_record_id=image.page_record_id,
        page_url=image.page_url,
        site=site,
        number=image.number,
        url=image.url,
        exchange=exchange,
        error=error,
    )


def _reason(error: BaseException | None) -> str:
    if isinstance(error, HttpError):
        return f"网站回答 HTTP {error.response.status}"
    if isinstance(error, IgnoreRequest):
        said = str(error)
        return "内网地址，未经站点文件允许" if said.startswith("private_address") else "robots.txt 不允许访问"
    if isinstance(error, DownloadCancelledError):
        return f"图片超过 {MAX_BYTES // 1024 // 1024} MB"
    if isinstance(error, (DownloadTimeoutError, ConnectionTimeout, TimeoutError)):
        return "超时没有回应"
    return f"没有取到（{type(error).__name__}）"
