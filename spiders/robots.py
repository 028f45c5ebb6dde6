"""robots.txt middleware: obeys RFC 9309; a file that cannot be had or read is unknown, which is shown and is no leave.

2xx: its rules hold. 4xx: there are none. 5xx, no answer, or bytes that are no text: unknown; nothing of that host is
fetched, and the site's outcome says so (``patrol/error``). Crawl-delay is kept where it asks for more patience than the site file.
"""

from __future__ import annotations

import logging
from typing import Any, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.downloadermiddlewares.robotstxt import RobotsTxtMiddleware
from scrapy.exceptions import IgnoreRequest
from scrapy.http import Response
from scrapy.robotstxt import RobotParser

from patrol import crawl_stats
from spiders.reading.encoding import decode_page

logger = logging.getLogger(__name__)
MAX_BYTES = 500 * 1024
"""RFC 9309, 2.5: at least this much must be read; what comes after is left out."""

_FORBIDDEN = "Forbidden by robots.txt"
"""What Scrapy's middleware says of a request that it refuses."""

MAX_DELAY = 60.0
"""Seconds; a Crawl-delay of hours would only look like a patrol that hangs."""


class Rules(RobotParser):
    """The rules of one host."""

    def __init__(self, parsed: Protego) -> None:
        self._parsed = parsed

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:
        return cls(Protego.parse(decode_page(robotstxt_body[:MAX_BYTES])[0]))

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        return bool(self._parsed.can_fetch(_text(url), _text(user_agent)))

    def crawl_delay(self, user_agent: str | bytes) -> float | None:
        return self._parsed.crawl_delay(_text(user_agent))


class Unknown(RobotParser):
    """Stands for a robots.txt that could not be had or read: nothing is allowed."""

    @classmethod
    def from_crawler(cls, crawler: Crawler, robotstxt_body: bytes) -> Self:
        return cls()

    def allowed(self, url: str | bytes, user_agent: str | bytes) -> bool:
        return False


class RobotsMiddleware(RobotsTxtMiddleware):
    """Scrapy's, with what is unknown kept apart from what is allowed."""

    def __init__(self, crawler: Crawler) -> None:
        super().__init__(crawler)
        self._patient: set[str] = set()

    async def _parse_robots(self, response: Response, netloc: str, request: Request) -> None:
        self._stats.inc_value("robotstxt/response_count")
        self._stats.inc_value(f"robotstxt/response_status_count/{response.status}")
        if 400 <= response.status < 500:
            self._settle(netloc, None)
        elif response.status >= 300:
            self._unknown(netloc, f"HTTP {response.status}")
        elif not _is_readable(response.body):
            self._unknown(netloc, "内容不是文字")
        else:
            rules = Rules.from_crawler(self.crawler, response.body)
            self._keep_delay(rules, netloc)
            self._settle(netloc, rules)

    def _robots_error(self, exc: Exception, netloc: str) -> None:
        self._unknown(netloc, type(exc).__name__)

    def _unknown(self, netloc: str, why: str) -> None:
        logger.warning("%s 的 robots.txt 读不到（%s），不知道是否允许访问，因此不访问", netloc, why)
        said = f"{netloc} 的 robots.txt 读不到（{why}），不知道是否允许访问，因此没有访问"
        crawl_stats.ERROR.put(self._stats, said)
        self._settle(netloc, Unknown())

    def _settle(self, netloc: str, rules: RobotParser | None) -> None:
        waiting: Any = self._parsers[netloc]
        self._parsers[netloc] = rules
        waiting.callback(rules)

    def _keep_delay(self, rules: Rules, netloc: str) -> None:
        asked = rules.crawl_delay(self._robotstxt_useragent or self._default_useragent)
        engine = self.crawler.engine
        slot = engine.downloader.slots.get(netloc.rpartition("@")[2].partition(":")[0]) if engine is not None else None
        if asked and slot is not None and asked > slot.delay:
            slot.delay = min(asked, MAX_DELAY)
            self._patient.add(netloc)

    def process_request_2(self, rp: RobotParser | None, request: Request) -> None:
        super().process_request_2(rp, request)
        if urlsplit(request.url).netloc in self._patient:
            # AutoThrottle would bring the delay down again.
            request.meta["autothrottle_dont_adjust_delay"] = True


def is_refusal(error: BaseException | None) -> bool:
    """Tell whether a request failed because robots.txt does not allow it."""
    return type(error) is IgnoreRequest and str(error) == _FORBIDDEN


def _is_readable(body: bytes) -> bool:
    """Whether this is text at all: no control bytes, and hardly anything that no encoding explains."""
    text = decode_page(body[:MAX_BYTES])[0]
    return "\0" not in text and text.count("\ufffd") * 20 <= len(text)


def _text(value: str | bytes) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else value
