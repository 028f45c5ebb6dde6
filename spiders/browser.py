"""Pages that only a browser can build: settings for scrapy-playwright, waiting, scrolling, and what was seen.

Each site has a browser context of its own: no downloads, no service workers, no permissions. Images, media and
fonts are not loaded; every request goes through the guard.
"""

from __future__ import annotations

import asyncio
import logging
import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.async_api import Error as BrowserError
from scrapy import Request
from scrapy.http import Response
from scrapy.settings import BaseSettings

from spiders.extract import CompiledRule

logger = logging.getLogger(__name__)

HANDLER = "scrapy_playwright.handler.ScrapyPlaywrightDownloadHandler"
ARGUMENTS = [
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-quic",
    "--disable-sync",
    "--no-first-run",
    "--disable-gpu",
]
WAIT_MS = 10_000
SETTLE_MS = 1_500
MOST_API_BYTES = 2 * 1024 * 1024
MOST_API = 60
PICTURE_MS = 15_000
MOST_WIDE, MOST_HIGH = 4_000, 16_000
"""Pixels; beyond 16,384 Chromium repeats itself or fails."""

MOST_PICTURE_BYTES = 24 * 1024 * 1024
_STORE = "patrol_seen"
_closing: set[asyncio.Future[None]] = set()


@dataclass
class _Seen:
    """What came in while a page was being built. (No slots: Playwright hangs its wrapper on the listener's owner.)"""

    document: bytes = b""
    api: list[tuple[str, bytes]] = field(default_factory=list)

    async def note(self, response: Any) -> None:
        with suppress(BrowserError):
            if response.request.is_navigation_request() and response.frame.parent_frame is None:
                self.document = await response.body()
            elif "json" in (response.headers.get("content-type") or "") and len(self.api) < MOST_API:
                body = await response.body()
                if len(body) <= MOST_API_BYTES:
                    self.api.append((response.url, body))


@dataclass(frozen=True, slots=True)
class View:
    """A page as the browser built it: the document as sent, the tree as it stands, the JSON it fetched, a picture."""

    document: bytes
    dom: str
    api: tuple[tuple[str, bytes], ...]
    screenshot: bytes | None


def prepare(settings: BaseSettings, executable: Path, schemes: set[str]) -> None:
    """Put a browser site's needs into its crawler's settings. ``schemes``: those of the site's addresses; each costs a
    browser of its own."""
    arguments = [*ARGUMENTS, *(["--no-sandbox"] if hasattr(os, "geteuid") and os.geteuid() == 0 else [])]
    context = {
        "accept_downloads": False,
        "service_workers": "block",
        "permissions": [],
        "user_agent": settings.get("USER_AGENT"),
        "viewport": {"width": 1280, "height": 900},
        "locale": "zh-CN",
    }
    values = {
        "DOWNLOAD_HANDLERS": {**settings.getdict("DOWNLOAD_HANDLERS"), **dict.fromkeys(schemes, HANDLER)},
        "PLAYWRIGHT_BROWSER_TYPE": "chromium",
        "PLAYWRIGHT_LAUNCH_OPTIONS": {"executable_path": str(executable), "headless": True, "args": arguments},
        "PLAYWRIGHT_CONTEXTS": {"site": context},
        "PLAYWRIGHT_DEFAULT_NAVIGATION_TIMEOUT": settings.getfloat("DOWNLOAD_TIMEOUT") * 1000,
        "PLAYWRIGHT_MAX_PAGES_PER_CONTEXT": settings.getint("CONCURRENT_REQUESTS_PER_DOMAIN"),
    }
    for name, value in values.items():
        settings.set(name, value, priority="spider")


def request_meta() -> dict[str, Any]:
    """What a request carries so that a browser answers it."""
    seen = _Seen()
    return {
        "playwright": True,
        "playwright_include_page": True,
        "playwright_context": "site",
        "playwright_page_event_handlers": {"response": seen.note},
        _STORE: seen,
    }


async def view(response: Response, awaited: list[CompiledRule], scrolls: int) -> View:
    """Wait until what a rule reads is there, scroll a list to its end, and take the page down; then close it."""
    page = response.meta["playwright_page"]
    seen: _Seen = response.meta[_STORE]
    try:
        await _ready(page, awaited)
        await _scroll(page, awaited, scrolls)
        dom = await page.content()
        picture = await _picture(page) if not scrolls else None
    finally:
        with suppress(BrowserError):
            await page.close()
    return View(seen.document or response.body, dom, tuple(seen.api), picture)


async def _picture(page: Any) -> bytes | None:
    """The page from top to bottom, up to a bound; None when there can be no picture, which loses no page."""
    try:
        width, height = await page.evaluate(
            "[document.documentElement.scrollWidth, document.documentElement.scrollHeight]"
        )
        clip = {"x": 0, "y": 0, "width": _within(width, 1280, MOST_WIDE), "height": _within(height, 900, MOST_HIGH)}
        picture: bytes = await page.screenshot(full_page=True, clip=clip, timeout=PICTURE_MS, animations="disabled")
    except (BrowserError, TypeError, ValueError) as error:
        logger.warning("%s 没有拍下截图：%s", page.url, str(error).splitlines()[:1])
        return None
    if len(picture) > MOST_PICTURE_BYTES:
        logger.warning("%s 的截图有 %d 字节，太大，没有留存", page.url, len(picture))
        return None
    return picture


def _within(value: Any, least: int, most: int) -> int:
    """A length in pixels that a page claims for itself, which may be anything."""
    return min(max(int(value or 0), least), most)


def abandon(request: Request | None) -> None:
    """Close the page of a request that failed."""
    page = request.meta.get("playwright_page") if request is not None else None
    if page is not None:
        closing = asyncio.ensure_future(page.close())
        _closing.add(closing)
        closing.add_done_callback(_closing.discard)


def _selectors(awaited: list[CompiledRule]) -> list[str]:
    """The elements that the rules read, as the browser can wait for them."""
    rules = [r.rule for r in awaited if r.rule.language in ("css", "xpath")]
    return [f"xpath={rule.expression.rpartition('/@')[0] or rule.expression}" for rule in rules]


async def _ready(page: Any, awaited: list[CompiledRule]) -> None:
    selectors = _selectors(awaited)
    with suppress(BrowserError):
        await page.wait_for_load_state("networkidle", timeout=WAIT_MS)
    for selector in selectors:
        if await page.locator(selector).count():
            return
    for selector in selectors[:1]:
        # A page that is gone never shows it; its state is told from what it does show.
        with suppress(BrowserError):
            await page.wait_for_selector(selector, timeout=SETTLE_MS, state="attached")


async def _scroll(page: Any, awaited: list[CompiledRule], scrolls: int) -> None:
    selectors = _selectors(awaited)
    still = 0
    for _ in range(scrolls):
        before = [await page.locator(selector).count() for selector in selectors]
        await page.evaluate("window.scrollTo(0, document.body.scrollHeight)")
        for _ in range(SETTLE_MS // 100):
            await asyncio.sleep(0.1)
            now = [await page.locator(selector).count() for selector in selectors]
            if now != before:
                still = 0
                break
        else:
            still += 1
            if still == 2:
                return
