"""What ``benchmarks.crawl`` loads into the measured processes: the bare spiders, and an extension that takes the time.

``Watch`` is loaded in both, so that both are timed alike: from the spider's opening until it is closed, which is after
the last item has gone through the last pipeline.
"""

from __future__ import annotations

import asyncio
import json
import sys
import threading
import time
import traceback
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any, Self

import scrapy
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree
from scrapy import signals
from scrapy.crawler import Crawler
from scrapy.http import Response

BEAT = 0.005
LONG = 0.050


class _Bare(scrapy.Spider):
    """``first``: the first list page."""

    def __init__(self, first: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.first = first

    async def start(self) -> AsyncIterator[Any]:
        yield scrapy.Request(self.first)

    def parse(self, response: Response) -> Iterator[Any]:
        for href in response.css("a.item::attr(href)").getall():
            yield response.follow(href, self.item)
        for href in response.css("a.next::attr(href)").getall():
            yield response.follow(href, self.parse)

    def item(self, response: Response) -> Iterator[dict[str, Any]]:
        raise NotImplementedError


class BareFields(_Bare):
    """Five fields by CSS, as the Scrapy tutorial does it."""

    name = "bare_fields"

    def item(self, response: Response) -> Iterator[dict[str, Any]]:
        yield {
            "title": response.css("h1.title::text").get(),
            "price": response.css(".price::text").get(),
            "seller": response.css(".seller::text").get(),
            "sales": response.css(".sold::text").get(),
            "text": "\n".join(response.css("#detail ::text").getall()),
        }


class BareMain(_Bare):
    """Main text by resiliparse in the callback."""

    name = "bare_main"

    def item(self, response: Response) -> Iterator[dict[str, Any]]:
        tree = HTMLTree.parse(response.text)  # type: ignore[attr-defined]
        yield {
            "title": response.css("title::text").get(),
            "text": extract_plain_text(tree, main_content=True, alt_texts=False),
        }


class Watch:
    """Writes one JSON line to the file of the setting ``BENCH_OUT``: seconds, pages, processor time, memory by pages,
    and every time that the event loop was held for over 50 ms of its own thread's processor time, with where."""

    def __init__(self, crawler: Crawler) -> None:
        self._crawler = crawler
        self._out = Path(crawler.settings["BENCH_OUT"])
        self._memory: dict[int, float] = {}
        self._holds: list[dict[str, Any]] = []
        self._stack: list[str] = []
        self._watching = True
        self._items = 0

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        watch = cls(crawler)
        crawler.signals.connect(watch.opened, signals.spider_opened)
        crawler.signals.connect(watch.scraped, signals.item_scraped)
        crawler.signals.connect(watch.closed, signals.spider_closed)
        return watch

    def opened(self) -> None:
        self._began, self._cpu = time.perf_counter(), time.process_time()
        self._main = threading.get_ident()
        self._at = self._thread_time = 0.0
        self._beating = asyncio.get_running_loop().call_soon(self._beat)
        threading.Thread(target=self._look, daemon=True).start()

    def scraped(self) -> None:
        self._items += 1
        if self._items % 500 == 0:
            self._memory[self._items] = _resident_mb()

    def closed(self, reason: str) -> None:
        self._watching = False
        seconds = time.perf_counter() - self._began
        said = {
            "seconds": seconds,
            "items": self._items,
            "processor": time.process_time() - self._cpu,
            "memory": self._memory,
            "holds": self._holds,
            "reason": reason,
        }
        with self._out.open("a", encoding="utf-8") as file:
            file.write(json.dumps(said) + "\n")

    def _beat(self) -> None:
        now, used = time.perf_counter(), time.thread_time()
        if self._at and used - self._thread_time > LONG + BEAT:
            hold = {"cpu_ms": (used - self._thread_time) * 1000, "wall_ms": (now - self._at) * 1000}
            self._holds.append(hold | {"at_item": self._items, "where": self._stack})
        self._at, self._thread_time, self._stack = now, used, []
        if self._watching:
            self._beating = asyncio.get_running_loop().call_later(BEAT, self._beat)

    def _look(self) -> None:
        """From another thread: once a beat is 30 ms late, remember what the loop is doing."""
        while self._watching:
            time.sleep(BEAT)
            if self._at and not self._stack and time.perf_counter() - self._at > 0.03:
                frame = sys._current_frames().get(self._main)
                frames = traceback.extract_stack(frame)[-6:] if frame is not None else []
                self._stack = [f"{Path(f.filename).name}:{f.lineno} {f.name}" for f in frames]


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20
