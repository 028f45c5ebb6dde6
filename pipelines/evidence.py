"""Step 1, evidence: keeps the page's bytes on disk, in the chain and in the database before anybody judges it."""

from __future__ import annotations

from dataclasses import replace

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem

from patrol import crawl_stats
from patrol.errors import PatrolError
from patrol.items import HOME, ImageItem, ImportedFile, PageItem
from pipelines.context import PipelineContext


class EvidencePipeline:
    """Takes a PageItem, gives it back with its ``capture_id``. An image of a lead is kept too, and that is the end of
    its way. Other items pass untouched."""

    def __init__(self, context: PipelineContext) -> None:
        self._context = context

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> EvidencePipeline:
        return cls(PipelineContext.of(crawler))

    async def open_spider(self) -> None:
        self._session = await self._context.open()

    async def process_item(self, item: object) -> object:
        """Keep a page or an image. Raises DropItem when the page could not be kept: what is not evidence is not judged."""
        if isinstance(item, ImageItem):
            return await self._keep_image(replace(item, patrol_id=self._context.patrol_id))
        if isinstance(item, ImportedFile):
            return await self._keep_file(item)
        if not isinstance(item, PageItem):
            return item
        stats = self._context.stats
        crawl_stats.PAGES.add(stats)
        page = replace(item, patrol_id=self._context.patrol_id)
        try:
            capture_id = await self._session.keep(page)
        except PatrolError as error:
            await self._context.fail(error)
            raise DropItem(f"未能取证：{item.url}") from error
        (crawl_stats.HOMES if page.role == HOME else crawl_stats.CAPTURES).add(stats)
        if page.revisit is not None:
            crawl_stats.UNCHANGED.add(stats)
        return replace(page, capture_id=capture_id)

    async def _keep_image(self, image: ImageItem) -> ImageItem:
        try:
            await self._session.keep_image(image)
        except PatrolError as error:
            await self._context.fail(error)
            raise DropItem(f"未能取证：{image.url}") from error
        crawl_stats.IMAGES.add(self._context.stats, "missed" if image.error else "kept")
        return image

    async def _keep_file(self, item: ImportedFile) -> ImportedFile:
        """The bytes of a file that was brought come before its pages. Raises DropItem, saying why, when they cannot."""
        try:
            fault = await self._session.keep_file(item)
        except PatrolError as error:
            await self._context.fail(error)
            raise DropItem(str(error)) from error
        if fault:
            raise DropItem(fault)
        return item

    async def close_spider(self) -> None:
        await self._context.close()
