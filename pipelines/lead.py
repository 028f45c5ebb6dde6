"""Step 4, lead: weighs verdicts and signals, stores matches, opens or joins a lead."""

from __future__ import annotations

import logging

from scrapy.crawler import Crawler
from scrapy.exceptions import DropItem
from sqlalchemy.exc import SQLAlchemyError

from patrol import crawl_stats
from patrol.errors import PatrolError
from pipelines.context import PipelineContext
from pipelines.match import ComparedPage

logger = logging.getLogger(__name__)


class LeadPipeline:
    """Takes a ComparedPage, gives its PageFacts: the end of a page's way through the house."""

    def __init__(self, context: PipelineContext) -> None:
        self._context = context

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> LeadPipeline:
        return cls(PipelineContext.of(crawler))

    async def open_spider(self) -> None:
        self._session = await self._context.open()

    async def process_item(self, item: object) -> object:
        """Enter a page's judgement. Raises DropItem when the ledger cannot be written; the capture then waits,
        unjudged, for the next run."""
        if not isinstance(item, ComparedPage):
            return item
        stats, page = self._context.stats, item.page
        try:
            entered = await self._session.enter(page, item.findings)
        except PatrolError as error:
            await self._context.fail(error)
            raise DropItem(f"未能登记：{page.url}") from error
        except SQLAlchemyError as error:
            crawl_stats.UNJUDGED.add(stats)
            logger.error("快照 %d（%s）未能登记，留待下次：%s", page.capture_id, page.url, error)
            return page
        if entered.failed:
            crawl_stats.UNJUDGED.add(stats)
            logger.error("快照 %d（%s）未能比对，留待下次：%s", page.capture_id, page.url, entered.failed)
            return page
        crawl_stats.JUDGED.add(stats)
        if entered.lead_id is not None:
            crawl_stats.LEADS.add(stats)
            (crawl_stats.LEADS_NEW if entered.opened else crawl_stats.LEADS_JOINED).add(stats)
        return page
