"""Show step (``patrol sites new``, ``try``, ``keep``): writes down what was read and by which rule; compares nothing.

One JSON line a page, a list or a draft goes to the file named by the setting ``PATROL_SHOW``; pictures of browser pages
stand beside it. With ``PATROL_KEEP`` the first page goes into that folder as a sample.
"""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

from scrapy import Spider, signals
from scrapy.crawler import Crawler

from patrol import clock, crawl_stats
from patrol.directory.site_draft import Draft
from patrol.directory.site_model import EXTRACT_HELP
from patrol.directory.site_samples import keep_page
from patrol.items import ListLook, PageItem


class ShowPipeline:
    """Appends lines as pages come; the last line tells why the crawl ended and what was skipped."""

    def __init__(self, crawler: Crawler) -> None:
        self._path = Path(crawler.settings["PATROL_SHOW"])
        self._keep = crawler.settings.get("PATROL_KEEP")
        self._crawler = crawler
        self._pictures = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ShowPipeline:
        made = cls(crawler)
        crawler.signals.connect(made.ended, signals.spider_closed)
        return made

    def process_item(self, item: object) -> object:
        if isinstance(item, Draft):
            self._write({"type": "draft", "draft": item.model_dump(mode="json")})
        elif isinstance(item, ListLook):
            self._write(
                {"type": "list", "url": item.url, "state": item.state.label, "links": len(item.links)}
                | {"first": list(item.links[:3]), "next": item.next}
            )
        elif isinstance(item, PageItem):
            self._write(self._page(item))
        if self._keep and isinstance(item, (ListLook, PageItem)):
            keep_page(Path(self._keep), item.exchange, is_list=isinstance(item, ListLook))
            self._keep = None
        return item

    def _page(self, item: PageItem) -> dict[str, Any]:
        rules = dict(item.extracted.rules)
        rows = [
            {"field": name, "title": title, "value": _said(getattr(item.extracted, name)), "rule": rules.get(name, "")}
            for name, (title, _, _) in EXTRACT_HELP.items()
        ]
        line = {"type": "page", "url": item.url, "state": item.state.label, "parts": len(item.parts), "fields": rows}
        if item.exchange.screenshot_png:
            self._pictures += 1
            picture = self._path.with_name(f"{self._pictures}.png")
            picture.write_bytes(item.exchange.screenshot_png)
            line["picture"] = picture.name
        return line

    def ended(self, spider: Spider, reason: str) -> None:
        assert self._crawler.stats is not None
        skipped = crawl_stats.SKIPPED.of(self._crawler.stats.get_stats())
        self._write({"type": "end", "reason": reason, "skipped": skipped})

    def _write(self, line: dict[str, Any]) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line, ensure_ascii=False) + "\n")


def _said(value: object) -> str:
    if value is None or value == () or value == "":
        return "—"
    if isinstance(value, datetime):
        return clock.show_minute(value)
    return "\n".join(map(str, value)) if isinstance(value, tuple) else str(value)
