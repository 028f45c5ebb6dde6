"""Pipeline context: gives the steps of one crawl what they share, the patrol's session and the crawl's statistics."""

from __future__ import annotations

import asyncio
import logging
from typing import ClassVar
from weakref import WeakKeyDictionary

from scrapy.crawler import Crawler
from scrapy.statscollectors import StatsCollector

from patrol import clock, crawl_stats
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import PatrolError
from patrol.patrols import records
from patrol.processing import shared
from patrol.processing.session import PatrolSession
from patrol.vocabulary import RunStatus

logger = logging.getLogger(__name__)


class PipelineContext:
    """One per crawler. ``await open()`` before the first page, ``await close()`` after the last; both may be called
    by every step."""

    _all: ClassVar[WeakKeyDictionary[Crawler, PipelineContext]] = WeakKeyDictionary()

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._opening: asyncio.Task[PatrolSession] | None = None
        self._workspace: Workspace | None = None
        self._ad_hoc = False
        self.patrol_id = crawler.settings.getint("PATROL_PATROL_ID")

    @classmethod
    def of(cls, crawler: Crawler) -> PipelineContext:
        """Return the context of this crawler, made at the first call."""
        if crawler not in cls._all:
            cls._all[crawler] = cls(crawler)
        return cls._all[crawler]

    @property
    def stats(self) -> StatsCollector:
        assert self._crawler.stats is not None
        return self._crawler.stats

    async def open(self) -> PatrolSession:
        """Open the session of this crawl's patrol. Raises PatrolError when there can be none."""
        if self._opening is None:
            self._opening = asyncio.ensure_future(self._open())
        return await asyncio.shield(self._opening)

    async def close(self) -> None:
        """Leave the session; end the patrol if this crawl made it for itself."""
        opening, self._opening = self._opening, None
        if opening is None or self._workspace is None:
            return
        await asyncio.wait([opening])
        whole = opening.exception() is None and not crawl_stats.STOPPED.of(self.stats.get_stats())
        if self._ad_hoc and whole:
            await opening.result().finish()
        await shared.leave(self._workspace, self.patrol_id, self)
        if self._ad_hoc:
            await asyncio.to_thread(self._finish_ad_hoc, RunStatus.DONE if whole else RunStatus.FAILED)

    async def fail(self, error: PatrolError) -> None:
        """Stop the crawl with its reason: evidence or ledger cannot be written, so nothing more may be fetched."""
        if not crawl_stats.STOPPED.of(self.stats.get_stats()):
            crawl_stats.STOPPED.put(self.stats, str(error))
            logger.error("巡查停止：%s", error)
            engine = self._crawler.engine
            if engine is not None:
                self._closing = asyncio.ensure_future(engine.close_spider_async(reason="evidence_failed"))

    async def _open(self) -> PatrolSession:
        settings = self._crawler.settings
        self._workspace = workspace = Workspace.find(settings.get("PATROL_WORKSPACE") or None)
        if self.patrol_id == 0:
            self._ad_hoc = True
            self.patrol_id = await asyncio.to_thread(self._begin_ad_hoc, workspace)
        return await shared.enter(workspace, self.patrol_id, self)

    def _begin_ad_hoc(self, workspace: Workspace) -> int:
        database = Database.ready(workspace.database_url)
        try:
            spider = self._crawler.spider
            name, site = getattr(spider, "name", ""), str(getattr(spider, "site", ""))
            return records.begin_ad_hoc(database, str(name), site, clock.now())
        finally:
            database.close()

    def _finish_ad_hoc(self, status: RunStatus) -> None:
        assert self._workspace is not None
        database = Database(self._workspace.database_url)
        try:
            records.finish(database, self.patrol_id, status, clock.now())
        finally:
            database.close()
