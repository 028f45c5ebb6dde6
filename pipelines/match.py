"""Step 3, match: compares the page's text with all works, its words with all titles and phrases, in other processes."""

from __future__ import annotations

from dataclasses import dataclass

from scrapy.crawler import Crawler

from patrol import crawl_stats
from patrol.judging.model import Findings, PageFacts
from pipelines.context import PipelineContext


@dataclass(frozen=True, slots=True)
class ComparedPage:
    """A kept page with what comparing it found, on its way to the last step."""

    page: PageFacts
    findings: Findings


class MatchPipeline:
    """Takes PageFacts, gives a ComparedPage."""

    def __init__(self, context: PipelineContext) -> None:
        self._context = context

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> MatchPipeline:
        return cls(PipelineContext.of(crawler))

    async def open_spider(self) -> None:
        self._session = await self._context.open()

    async def process_item(self, item: object) -> object:
        if not isinstance(item, PageFacts):
            return item
        findings = await self._session.compare(item)
        if findings.verdicts:
            crawl_stats.MATCHES.add(self._context.stats, len(findings.verdicts))
        return ComparedPage(item, findings)
