"""Responses: turn Scrapy's response into the exchange that is kept and the page that is read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from scrapy import Request
from scrapy.http import Response

from patrol import clock
from patrol.items import Exchange
from spiders.connection_facts import provenance
from spiders.guard import host_and_port
from spiders.reading.extract import LARGE_PAGE, CompiledRule
from spiders.reading.page import Page, is_text

if TYPE_CHECKING:
    from spiders.browser.chromium_pages import SiteBrowser, What

_ARRIVED = "patrol_arrived"


def note_arrival(response: Response, request: Request) -> None:
    """Note when a response came, the moment that relative dates count from (connected to ``response_downloaded``)."""
    request.meta[_ARRIVED] = clock.now()


async def read(
    response: Response, browser: SiteBrowser | None, awaited: list[CompiledRule], what: What
) -> tuple[Exchange, Page] | None:
    """Read what was exchanged and the page as it is to be read; a browser's page is waited for, worked on and closed.
    None when it is nothing to read."""
    kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
    if browser is None and not is_text(response.body, kind):
        return None
    view = await browser.view(response, awaited, what) if browser is not None else None
    if browser is not None and view is None:
        return None
    asked = header_lines(response.request.headers) if response.request else ()
    arrived = response.meta.get(_ARRIVED) or clock.now()
    known, answered = provenance(response), str(response.ip_address or "")
    if browser is not None and view is not None and host_and_port(view.url) != host_and_port(response.url):
        # The page moved on to another host by itself: the first host's address and certificates are not its own.
        known, answered = known | {"connection": None}, browser.address_of(view.url)
    exchange = Exchange(
        method=response.request.method if response.request else "GET",
        url=view.url if view else response.url,
        request_headers=view.request_headers if view else asked,
        status=view.status if view else response.status,
        response_headers=view.headers if view else header_lines(response.headers),
        response_body=view.document if view else response.body,
        fetched_at=arrived,
        ip_address=answered,
        rendered_dom=view.dom.encode("utf-8", "surrogatepass") if view else None,
        screenshot_png=view.screenshot if view else None,
        api_responses=view.api if view else (),
        **known,
    )
    if view is not None:
        page = Page(view.url, view.dom, arrived, view.api, view.passed, view.notes)
    else:
        page = Page.from_bytes(response.url, response.body, kind, arrived)
    if len(page.html) > LARGE_PAGE:
        await asyncio.to_thread(lambda: page.visible)
    return exchange, page


def header_lines(headers: Any) -> tuple[tuple[str, str], ...]:
    """Return Scrapy's headers as evidence keeps them: one line each, in order, repetition kept."""
    return tuple(
        (name.decode("latin-1"), value.decode("latin-1")) for name, values in headers.items() for value in values
    )
