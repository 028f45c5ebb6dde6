"""Page renderer: renders pages that only scripts can build, in one Chromium a site, and takes down what they show.

Each site has a browser of its own with a context of its own: no downloads, no service workers, no permissions. Every
connection goes through the site's filtering proxy (``spiders.browser.proxy``), names included. Images, fonts and media are
loaded only where the site file asks for them.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Error as BrowserError
from playwright.async_api import Playwright, async_playwright
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response

from patrol import crawl_stats
from patrol.directory import SiteFile
from patrol.directory.login_sessions import Session
from spiders.browser import steps
from spiders.browser.network_log import NetworkLog
from spiders.browser.proxy import Bounds, FilteringProxy
from spiders.browser.scrolling import MAX_SECONDS as MAX_SCROLLING
from spiders.browser.scrolling import List
from spiders.guard import ADDRESS_OF, Guard
from spiders.reading.extract import CompiledRule
from spiders.reading.page import STEPS_FAILED

logger = logging.getLogger(__name__)

What = Literal["home", "list", "item"]
"""In what part a page is read."""

HANDLER = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
    "--deny-permission-prompts",
    "--dns-prefetch-disable",
    # WebRTC goes around a proxy unless it is told not to; names are looked up by the proxy alone.
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
]
NOWHERE = "http://127.0.0.1:9"
NO_BYPASS = "<-loopback>"
"""Chromium would reach loopback and link-local addresses directly, were it not for this rule."""

WAIT_SECONDS = 10
SETTLE_MS = 1_500
WHOLE_PAGE = 4
"""How many times the bytes of one document a whole page, with its scripts and styles, may unpack to."""

PICTURE_MS = 15_000
MAX_WIDE, MAX_HIGH = 4_000, 16_000
"""Pixels; beyond 16,384 Chromium repeats itself or fails."""

MAX_PICTURE_BYTES = 24 * 1024 * 1024
_ENDING = 60
_KINDS = {"image": "images", "font": "fonts", "media": "media"}
_ENDED = {"too_large": "内容超过大小上限，没有读", "timeout": "打开得太久，没有读"}
_STORE = "patrol_seen"
_closing: set[asyncio.Future[None]] = set()


@dataclass(frozen=True, slots=True)
class View:
    """A page as the browser built it: the document as sent and by what exchange, the tree as it stands, the JSON it
    fetched, a picture. ``passed``: what the list's rules found while it was scrolled; ``steps``: what was done on the
    page; ``trouble``: what of that did not work, in Chinese; "" when all did."""

    document: bytes
    url: str
    status: int
    headers: tuple[tuple[str, str], ...]
    request_headers: tuple[tuple[str, str], ...]
    dom: str
    api: tuple[tuple[str, bytes], ...]
    screenshot: bytes | None
    passed: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()
    trouble: str = ""

    @property
    def notes(self) -> tuple[tuple[str, str], ...]:
        """For the page's record (``Extracted.extra``)."""
        said = (("steps", "；".join(self.steps)), (STEPS_FAILED, self.trouble))
        return tuple((name, value) for name, value in said if value)


@dataclass
class _Provider:
    """The browser of one crawl, whichever of Scrapy's handlers (http, https) asks for it first, behind its proxy."""

    executable: Path
    proxy: FilteringProxy
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    playwright: Playwright | None = None
    browser: Any = None

    def __call__(self, config: Any) -> _Provider:
        config.target_closed_max_retries = 0  # A page that we closed is not to be opened again.
        return self

    async def start(self) -> None:
        """Nothing yet: a handler starts for each scheme, asked or not."""

    async def launch_browser(self) -> Any:
        async with self.lock:
            if self.browser is None or not self.browser.is_connected():
                if self.playwright is None:
                    self.playwright = await async_playwright().start()
                is_root = hasattr(os, "geteuid") and os.geteuid() == 0
                self.browser = await self.playwright.chromium.launch(
                    executable_path=str(self.executable),
                    headless=True,
                    args=[*ARGUMENTS, *(["--no-sandbox"] if is_root else [])],
                    # What Chromium wants for itself, outside the site's context, leads nowhere.
                    proxy={"server": NOWHERE, "bypass": NO_BYPASS},
                )
                await self.proxy.start()
            return self.browser

    async def launch_persistent_context(self, context_kwargs: dict[str, Any]) -> Any:
        raise NotImplementedError("a site's context is never kept")

    async def close(self) -> None:
        async with self.lock:
            if self.browser is not None:
                with suppress(BrowserError):
                    await self.browser.close()
            if self.playwright is not None:
                await self.playwright.stop()
            self.browser = self.playwright = None
            await self.proxy.close()


class SiteBrowser:
    """What a site's spider asks for: requests that a browser answers, and the pages it built."""

    def __init__(
        self, crawler: Crawler, executable: Path, site: SiteFile, guard: Guard, session: Session | None
    ) -> None:
        settings = crawler.settings
        self._site, self._guard = site, guard
        self._timeout = settings.getfloat("DOWNLOAD_TIMEOUT")
        usual = 2 * self._timeout + _ENDING + steps.MAX_SECONDS + MAX_SCROLLING
        self._seconds = settings.getfloat("PATROL_PAGE_SECONDS") or usual
        self._most = WHOLE_PAGE * (settings.getint("DOWNLOAD_MAXSIZE") or 2**30)
        bounds = Bounds(idle=max(30.0, self._timeout), answer=2 * self._most, tunnel=8 * self._most)
        self._crawler = crawler
        self._proxy = FilteringProxy(guard, bounds=bounds, count=self._count)
        self._context = {
            "accept_downloads": False,
            "service_workers": "block",
            "permissions": [],
            "user_agent": settings.get("USER_AGENT"),
            "viewport": {"width": 1280, "height": 900},
            "locale": "zh-CN",
            "proxy": {"server": self._proxy.address, "bypass": NO_BYPASS},
            **({"storage_state": session.storage_state()} if session else {}),
        }
        provider = _Provider(executable, self._proxy)
        values = {
            "DOWNLOAD_HANDLERS": {
                **settings.getdict("DOWNLOAD_HANDLERS"), **dict.fromkeys(("http", "https"), HANDLER)
            },
            "PLAYWRIGHT_BROWSER_TYPE": "chromium",
            "PLAYWRIGHT_BROWSER_PROVIDER": provider,
            "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": self._timeout * 1000,
            "PLAYWRIGHT_DOWNLOAD_TIMEOUT": 1_000,
            "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
            "PLAYWRIGHT_ABORT_REQUEST": self._unwanted,
            # The browser's own headers, cookies included: Scrapy's would go to every embedded page as well.
            "PLAYWRIGHT_PROCESS_REQUEST_HEADERS": None,
        }  # fmt: skip
        for name, value in values.items():
            settings.set(name, value, priority="spider")
        crawler.signals.connect(provider.close, signals.engine_stopped)

    def _count(self, why: str) -> None:
        crawl_stats.BROWSER_REFUSED.add(self._crawler.stats, why)

    def request_meta(self) -> dict[str, Any]:
        """Return what a request carries so that the browser answers it."""
        seen = NetworkLog(self._most, self._seconds)
        return {
            "playwright": True,
            "playwright_include_page": True,
            "playwright_context": "site",
            "playwright_context_kwargs": self._context,
            "playwright_page_init_callback": seen.watch,
            "dont_merge_cookies": True,
            ADDRESS_OF: self._proxy.address_of,
            _STORE: seen,
        }

    def address_of(self, url: str) -> str:
        """Return the address that last answered for a URL's host; "" when none did."""
        return self._proxy.address_of(url)

    async def view(self, response: Response, awaited: list[CompiledRule], what: What) -> View | None:
        """Do the site's steps, wait until what a rule reads is there, unroll a list, take the page down, close it. None
        when the page broke down on the way or was more than it may be."""
        page, seen = response.meta["playwright_page"], response.meta[_STORE]
        try:
            async with asyncio.timeout(_ENDING + steps.MAX_SECONDS + MAX_SCROLLING):
                return await self._view(page, seen, awaited, what)
        except (BrowserError, TimeoutError) as error:
            logger.warning("页面 %s 没有读成：%s", response.url, seen.ended or repr(error)[:200])
            return None
        finally:
            with suppress(BrowserError):
                await page.close()

    async def _view(self, page: Any, seen: NetworkLog, awaited: list[CompiledRule], what: What) -> View:
        site, is_list = self._site, what == "list"
        await seen.quiet(WAIT_SECONDS)
        # The steps are written for items; on a home page what they want is not there.
        wanted = {"list": site.list_steps, "item": site.steps, "home": ()}[what]
        ran = await steps.run(page, seen, wanted) if wanted else steps.Ran()
        await _ready(page, awaited)
        passed: tuple[str, ...] = ()
        trouble = ran.failed
        if is_list and (site.scroll or site.load_more):
            unrolled = List(page, seen, awaited, site.scroll, site.load_more)
            passed = await unrolled.unroll()
            trouble = trouble or ("" if unrolled.whole else "列表没有滚到底，可调高 scroll")
        await seen.settled(5)
        dom, charset = await page.content(), str(await page.evaluate("document.characterSet"))
        picture = await _picture(page) if not (is_list and site.scroll) else None
        return View(
            seen.document(charset), seen.url or page.url, seen.status or 200, seen.headers, seen.request_headers, dom,
            tuple(seen.api), picture, passed, ran.done, trouble,
        )  # fmt: skip

    @staticmethod
    def abandon(request: Request | None) -> str:
        """Close the page of a request that failed; what bound of ours it ran into, in Chinese, "" for none."""
        if request is None:
            return ""
        page = request.meta.get("playwright_page")
        if page is not None and not page.is_closed():
            closing = asyncio.ensure_future(_close(page))
            _closing.add(closing)
            closing.add_done_callback(_closing.discard)
        seen: NetworkLog | None = request.meta.get(_STORE)
        return _ENDED.get(seen.ended, "") if seen else ""

    def _unwanted(self, request: Any) -> bool:
        """For PLAYWRIGHT_ABORT_REQUEST: what is not loaded, and what the guard can tell from the address alone."""
        url: str = request.url
        kind = _KINDS.get(request.resource_type)
        if kind and kind not in self._site.load:
            return True
        return not url.startswith(("data:", "blob:", "about:")) and bool(self._guard.refusal(url))


async def _close(page: Any) -> None:
    with suppress(BrowserError):
        await page.close()


async def _picture(page: Any) -> bytes | None:
    """The page from top to bottom, up to a bound; None when there can be no picture, which loses no page."""
    try:
        width, height = await page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        clip = {"x": 0, "y": 0, "width": _within(width, 1280, MAX_WIDE), "height": _within(height, 900, MAX_HIGH)}
        picture: bytes = await page.screenshot(full_page=True, clip=clip, timeout=PICTURE_MS, animations="disabled")
    except (BrowserError, TypeError, ValueError) as error:
        logger.warning("%s 没有拍下截图：%s", page.url, str(error).splitlines()[:1])
        return None
    if len(picture) > MAX_PICTURE_BYTES:
        logger.warning("%s 的截图有 %d 字节，太大，没有留存", page.url, len(picture))
        return None
    return picture


def _within(value: Any, least: int, most: int) -> int:
    """A length in pixels that a page claims for itself, which may be anything."""
    return min(max(int(value or 0), least), most)


def _selectors(awaited: list[CompiledRule]) -> list[str]:
    """The elements that the rules read, as the browser can wait for them."""
    rules = [r.rule for r in awaited if r.rule.language in ("css", "xpath")]
    return [f"xpath={rule.expression.rpartition('/@')[0] or rule.expression}" for rule in rules]


async def _ready(page: Any, awaited: list[CompiledRule]) -> None:
    selectors = _selectors(awaited)
    for selector in selectors:
        if await page.locator(selector).count():
            return
    for selector in selectors[:1]:
        # A page that is gone never shows it; its state is told from what it does show.
        with suppress(BrowserError):
            await page.wait_for_selector(selector, timeout=SETTLE_MS, state="attached")
