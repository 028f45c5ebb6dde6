"""What passes from spiders to pipelines: one frozen value per fetched page. Nothing here knows Scrapy.

A spider fills it; the pipeline steps attach what they add with ``dataclasses.replace``; nobody changes it in place.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from patrol.nouns import PageKind, PageState


@dataclass(frozen=True, slots=True)
class Exchange:
    """The bytes of one fetch as they went over the wire, which is what evidence keeps.

    ``response_body`` is the body as received after transfer decoding and content decoding done by the downloader;
    header lists keep order and repetition. ``rendered_dom`` (UTF-8) is set when a browser built the page.
    """

    method: str
    url: str
    request_headers: tuple[tuple[str, str], ...]
    status: int
    response_headers: tuple[tuple[str, str], ...]
    response_body: bytes
    fetched_at: datetime
    ip_address: str = ""
    rendered_dom: bytes | None = None
    screenshot_png: bytes | None = None
    api_responses: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Extracted:
    """What the site's rules (or the fallbacks) read off the page. Empty strings and None: not found.

    ``rules`` says for each filled field which rule gave it. ``sales_at_least``: the page said “1.2万+”.
    """

    title: str = ""
    text: str = ""
    author: str = ""
    seller: str = ""
    seller_url: str = ""
    description: str = ""
    tags: tuple[str, ...] = ()
    price: Decimal | None = None
    sales: int | None = None
    sales_at_least: bool = False
    views: int | None = None
    published: datetime | None = None
    images: tuple[str, ...] = ()
    footer: str = ""
    extra: tuple[tuple[str, str], ...] = ()
    rules: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class ListLook:
    """One list page as ``patrol sites try`` saw it: the items it leads to, and the next page ("" for none)."""

    url: str
    state: PageState
    exchange: Exchange
    links: tuple[str, ...]
    next: str


@dataclass(frozen=True, slots=True)
class PageItem:
    """One page on its way to becoming evidence, text, matches and perhaps a lead.

    ``parts``: the further exchanges that were joined into ``extracted.text`` (chapters split over pages), in order.
    ``capture_id`` is None until the evidence step has put the bytes on disk.
    """

    patrol_id: int
    target_id: int | None
    site: str
    page_kind: PageKind
    state: PageState
    url: str
    canonical_url: str
    exchange: Exchange
    extracted: Extracted
    site_file_sha256: str = ""
    parts: tuple[Exchange, ...] = ()
    capture_id: int | None = None
    verdicts: tuple[object, ...] = field(default=())
