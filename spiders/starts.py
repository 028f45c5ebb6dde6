"""Starts: say where a run begins: at the addresses of the targets, else at what the site file lists under ``start``."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from patrol.directory import Assignments, FeedStart, SearchStart, SiteFile, SitemapStart
from spiders.frontier import Frontier
from spiders.request_context import RequestContext, Series
from spiders.url_expansion import expand, open_range, searches


@dataclass(frozen=True, slots=True)
class Begin:
    """One address to open; ``what`` says how it is read: ``list``, ``item``, ``sitemap`` or ``feed``; of a
    site map only addresses in which the pattern ``match`` is found are taken."""

    url: str
    way: RequestContext
    what: str = "list"
    match: str = ""


class Starts:
    """The starts of one run, admitted by its frontier. ``turn`` rotates searches; ``warn`` takes what to tell at the end."""

    def __init__(
        self, file: SiteFile, work: Assignments, frontier: Frontier, turn: int, warn: Callable[[str], None]
    ) -> None:
        self._file, self._work, self._frontier = file, work, frontier
        self._turn, self._warn = turn, warn

    def __iter__(self) -> Iterator[Begin]:
        """Targets with an address are opened there; the site file's own starts serve the others, or all."""
        named = [target for target in self._work.targets if target.url]
        for target in named:
            yield self._begin(target.url, RequestContext(target.target_id), single=target.single)
        if len(named) == len(self._work.targets) and named:
            return
        whole = next((t.target_id for t in self._work.targets if not t.url and not t.account), None)
        for start in self._file.start:
            if isinstance(start, SearchStart):
                yield from self._searches(start, whole)
            elif isinstance(start, SitemapStart):
                self._frontier.admit_list(start.sitemap, 0, named=True)
                yield Begin(start.sitemap, RequestContext(whole), "sitemap", start.match)
            elif isinstance(start, FeedStart):
                self._frontier.admit_list(start.feed, 0, named=True)
                yield Begin(start.feed, RequestContext(whole), "feed")
            else:
                yield from self._addresses(start, whole)

    def _addresses(self, start: str, target: int | None) -> Iterator[Begin]:
        for written in expand(start):
            counted = open_range(written)
            series = Series(*counted) if counted else None
            address = series.url if series else written
            if self._file.crawl == "direct" and self._frontier.is_done(address) and series is None:
                self._frontier.skip("captured_before", address, "")
                continue
            yield self._begin(address, RequestContext(target, series=series))

    def _begin(self, url: str, way: RequestContext, single: bool = False) -> Begin:
        """A start is opened whatever the budget says, and once only as a list."""
        if single or self._file.crawl == "direct":
            self._frontier.admit_item(url)
            return Begin(url, way, "item")
        self._frontier.admit_list(url, 0, named=True)
        return Begin(url, way)

    def _searches(self, start: SearchStart, target: int | None) -> Iterator[Begin]:
        """As many searches as half the budget allows; each patrol begins with another work, so that all get their turn."""
        each = 1 + len(start.also)
        fits = max(1, self._file.limit.pages // 2 // each)
        terms = self._work.terms
        if len(terms) > fits:
            first = self._turn * fits % len(terms)
            terms = (*terms[first:], *terms[:first])[:fits]
            self._warn(f"作品太多，这次只搜了其中 {fits} 个名称，其余轮到以后的巡查；可在站点文件里调高 limit: pages")
        for term, address in searches(start, terms):
            if self._frontier.admit_list(address, 0, named=True):
                yield Begin(address, RequestContext(target, term=term))
