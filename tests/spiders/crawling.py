"""A process that runs real spiders one after another and hands back what they yielded.

Twisted's reactor starts once a process, and starting Scrapy takes a second: one such process serves all tests.
Frames on its standard input and output: four bytes of length, then a pickle (of our own values only).
"""

from __future__ import annotations

import asyncio
import logging
import os
import pickle
import struct
import subprocess
import sys
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from patrol import crawl_stats
from patrol.items import PageItem

CHECKOUT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Job:
    """``names``: host names that resolve to the given addresses, one after another, in this crawl only."""

    kind: str
    arguments: dict[str, str]
    settings: dict[str, Any] = field(default_factory=dict)
    names: dict[str, list[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Crawled:
    """What a crawl gave: pages, Scrapy's statistics, what was logged from WARNING up, and an error that ended it."""

    items: list[PageItem]
    stats: dict[str, Any]
    log: list[str]
    error: str = ""

    def titles(self) -> list[str]:
        return sorted(item.extracted.title for item in self.items)

    def skipped(self) -> dict[str, int]:
        return crawl_stats.SKIPPED.of(self.stats)


class Crawling:
    """The other end: starts the process, sends jobs, waits for what they gave."""

    def __init__(self) -> None:
        environment = os.environ | {"PYTHONPATH": str(CHECKOUT), "SCRAPY_SETTINGS_MODULE": "settings"}
        environment.pop("PATROL_WORKSPACE", None)
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.spiders.crawling"],
            cwd=CHECKOUT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )  # fmt: skip

    def run(self, job: Job) -> Crawled:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        _send(self._process.stdin, job)
        answer = _receive(self._process.stdout)
        assert isinstance(answer, Crawled), "the crawling process died"
        return answer

    def close(self) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(20)
        self._process.stdout.close()


class Collect:
    """A pipeline that keeps the pages in memory."""

    def __init__(self, crawler: Any) -> None:
        crawler.collected = self.items = []

    @classmethod
    def from_crawler(cls, crawler: Any) -> Collect:
        return cls(crawler)

    def process_item(self, item: Any) -> Any:
        self.items.append(item)
        return item


class _Lines(logging.Handler):
    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.lines.append(self.format(record))


async def _crawl(runner: Any, job: Job) -> Crawled:
    from scrapy.resolver import dnscache

    lines = _Lines()
    logging.getLogger().addHandler(lines)
    _names.clear()
    _names.update({name: list(addresses) for name, addresses in job.names.items()})
    dnscache.clear()
    crawler = runner.create_crawler(job.kind)
    for name, value in job.settings.items():
        crawler.settings.set(name, value, priority="cmdline")
    error = ""
    try:
        await runner.crawl(crawler, **job.arguments)
    except Exception as caught:  # noqa: BLE001 - handed to the test, which says whether it was expected
        error = f"{type(caught).__name__}: {caught}"
    finally:
        logging.getLogger().removeHandler(lines)
    # A spider that could not be made has no statistics yet.
    counted = {} if error and crawler.spider is None else crawler.stats.get_stats()
    stats = {key: value for key, value in counted.items() if isinstance(value, (int, float, str))}
    return Crawled(getattr(crawler, "collected", []), stats, lines.lines, error)


_names: dict[str, list[str]] = {}


def _resolve_for_tests() -> None:
    """The names of a job's own resolve as it says; the last address stays."""
    import socket

    by_name, by_info = socket.gethostbyname, socket.getaddrinfo

    def next_address(name: Any) -> str | None:
        known = _names.get(name.decode() if isinstance(name, bytes) else name)
        return None if not known else known.pop(0) if len(known) > 1 else known[0]

    def gethostbyname(name: Any) -> str:
        return next_address(name) or by_name(name)

    def getaddrinfo(host: Any, *more: Any, **named: Any) -> Any:
        return by_info(next_address(host) or host, *more, **named)

    socket.gethostbyname, socket.getaddrinfo = gethostbyname, getaddrinfo  # type: ignore[assignment]


def main() -> None:
    from scrapy.crawler import AsyncCrawlerRunner
    from scrapy.utils.log import configure_logging
    from scrapy.utils.project import get_project_settings
    from scrapy.utils.reactor import install_reactor

    install_reactor("twisted.internet.asyncioreactor.AsyncioSelectorReactor")
    from twisted.internet import reactor

    _resolve_for_tests()
    loop = asyncio.get_event_loop()
    settings = get_project_settings()
    settings.set("ITEM_PIPELINES", {"tests.spiders.crawling.Collect": 1}, priority="cmdline")
    settings.set("RETRY_TIMES", 0, priority="cmdline")
    settings.set("LOG_LEVEL", os.environ.get("PATROL_TEST_LOG", "ERROR"), priority="cmdline")
    configure_logging(settings)
    runner = AsyncCrawlerRunner(settings)
    out = sys.stdout.buffer
    tasks: set[asyncio.Task[None]] = set()

    async def answer(job: Job) -> None:
        _send(out, await _crawl(runner, job))

    def begin(job: Job) -> None:
        task = loop.create_task(answer(job))
        tasks.add(task)
        task.add_done_callback(tasks.discard)

    def listen() -> None:
        while (job := _receive(sys.stdin.buffer)) is not None:
            loop.call_soon_threadsafe(begin, job)
        loop.call_soon_threadsafe(reactor.stop)  # type: ignore[attr-defined]

    threading.Thread(target=listen, daemon=True).start()
    reactor.run(installSignalHandlers=False)  # type: ignore[attr-defined]


def _send(stream: Any, value: Any) -> None:
    data = pickle.dumps(value)
    stream.write(struct.pack(">I", len(data)) + data)
    stream.flush()


def _receive(stream: BinaryIO) -> Any:
    head = stream.read(4)
    if len(head) < 4:
        return None
    return pickle.loads(stream.read(struct.unpack(">I", head)[0]))


if __name__ == "__main__":
    # Pickles must name this module by its own name, not as the program that was started.
    from tests.spiders.crawling import main as run

    run()
