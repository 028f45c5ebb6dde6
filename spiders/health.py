"""Run health: tells whether a run of a site went as it should: fields that stopped coming, pages not had, budgets used up.

Silent failure is what people complain of most about such programs, so a run says at its end what looks wrong, in one
Chinese sentence (``patrol/yellow``), and how often each field was read (``patrol/fields/NAME``).
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, time
from typing import TYPE_CHECKING

from patrol import clock, crawl_stats
from patrol.directory import SiteFile
from patrol.directory.site_model import EXTRACT_HELP
from patrol.items import Extracted
from spiders.reading import fonts

if TYPE_CHECKING:
    from scrapy.statscollectors import StatsCollector

MAX_FAILED_SHARE = 0.05
MIN_PAGES = 5
"""Pages below which a share of fields says nothing."""


class Health:
    """Counts of one run. ``failed``: pages that could not be had; ``gone``: items that are no longer there; ``unchanged``:
    found as they were; ``unopened``: starts that did not open."""

    def __init__(self, site: SiteFile) -> None:
        self._site = site
        self._fields: dict[str, int] = {}
        self._warnings: dict[str, None] = {}
        self._pages: dict[str, int] = {}
        self._items = 0
        self.unchanged = 0
        self.failed = 0
        self.gone = 0
        self.unopened: list[str] = []

    def note(self, extracted: Extracted) -> None:
        """Count one page that was read."""
        self._items += 1
        if any(name == fonts.NOTE for name, _ in extracted.extra):
            self.count("正文使用了自造字体，无法读取")
        for name in EXTRACT_HELP:
            value = getattr(extracted, name)
            if value or value == 0:
                self._fields[name] = self._fields.get(name, 0) + 1

    def warn(self, said: str) -> None:
        """Note something to tell once at the end."""
        self._warnings[said] = None

    def count(self, said: str) -> None:
        """Count something that went wrong on one page; told at the end with the number of pages."""
        self._pages[said] = self._pages.get(said, 0) + 1

    def report(self, stats: StatsCollector, *, whole: bool) -> None:
        """Add what was found to the crawl's statistics. ``whole``: the run was not ended early, so its counts can be
        judged."""
        for name, count in self._fields.items():
            crawl_stats.FIELDS.add(stats, name, count)
        skipped = crawl_stats.SKIPPED.of(stats.get_stats())
        crawl_stats.READ.add(stats, self._items)
        crawl_stats.SEEN.add(stats, self._seen(skipped))
        crawl_stats.WHOLE.add(stats, int(whole))
        counted = [f"{pages} 页上{said}" for said, pages in self._pages.items()]
        said = [*self._warnings, *counted, *self._of_fields(), *(self._of_counts(skipped) if whole else ())]
        if said:
            crawl_stats.YELLOW.put(stats, "；".join(said))

    def _of_fields(self) -> list[str]:
        if self._items < MIN_PAGES:
            return []
        wanted = dict.fromkeys(self._site.extract.required, 1.0) | self._site.expect.fields
        said = []
        for name, share in wanted.items():
            got = self._fields.get(name, 0) / self._items
            if got + 0.005 < share:
                title = EXTRACT_HELP[name][0]
                said.append(f"{self._items} 页里只有 {got:.0%} 读到{title}（应有 {share:.0%}），站点可能已改版")
        for name in self._site.extract.rules:
            if name not in wanted and not self._fields.get(name):
                said.append(f"没有一页读到{EXTRACT_HELP[name][0]}，请核对它的规则")
        return said

    def _seen(self, skipped: Mapping[str, int]) -> int:
        """Items that the site still shows: read, found as they were, kept before, or not due yet."""
        before = sum(skipped.get(why, 0) for why in ("captured_before", "not_due", "duplicate"))
        return self._items + self.unchanged + before

    def _of_counts(self, skipped: Mapping[str, int]) -> list[str]:
        said = []
        expected = self._site.expect.items
        kept = self._seen(skipped)
        if self.unopened:
            said.append(f"{len(self.unopened)} 个起始地址没有打开，例如 {self.unopened[0][:200]}")
        if self.gone and not kept:
            said.append(f"打开的 {self.gone} 页都已下架或不存在，请核对站点是否改了地址")
        if skipped.get("robots", 0) > max(2, MAX_FAILED_SHARE * kept):
            said.append(f"{skipped['robots']} 页 robots.txt 不允许访问，没有打开")
        if expected and not expected[0] <= kept <= expected[1]:
            said.append(f"这次读到 {kept} 页，平常是 {expected[0]} 到 {expected[1]} 页，站点可能已改版")
        if self.failed > max(2, MAX_FAILED_SHARE * (self._items + self.failed)):
            said.append(f"{self.failed} 页没有取到")
        if skipped.get("page_limit"):
            said.append(f"到了页数上限 {self._site.limit.pages}，还有 {skipped['page_limit']} 个链接没有打开")
        if skipped.get("empty_list"):
            said.append(f"{skipped['empty_list']} 个列表页上没有找到条目，请核对 items 规则")
        return said


def within_hours(hours: str, now: datetime) -> bool:
    """Tell whether ``now`` lies in a period like ``08:00-20:00`` (Beijing time, over midnight too); always for ""."""
    if not hours:
        return True
    first, _, last = hours.partition("-")
    start, end, here = _time(first), _time(last), clock.in_beijing(now).time()
    return start <= here < end if start <= end else here >= start or here < end


def _time(text: str) -> time:
    hour, _, minute = text.partition(":")
    return time(23, 59, 59, 999999) if int(hour) == 24 else time(int(hour), int(minute))
