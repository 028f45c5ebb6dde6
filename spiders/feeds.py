"""Site maps and feeds: read what a site itself lists of its pages, from hostile XML too: no entities, no network.

Site maps by Scrapy's own reader (sitemaps.org 0.9); RSS 0.9–2.0, Atom (RFC 4287) and JSON Feed 1.1 here.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any

from lxml import etree
from scrapy.http import Response
from scrapy.utils.gz import gunzip
from scrapy.utils.sitemap import Sitemap, sitemap_urls_from_robots

from patrol import clock
from patrol.items import Extracted
from spiders.reading.page import Page, fold
from spiders.reading.values import parse_date

MAX_ENTRIES = 50_000
"""Of one file, as sitemaps.org has it."""

MAX_FEED_ENTRIES = 2_000
MAX_BYTES = 50 * 1024 * 1024
"""Of one unpacked file, as sitemaps.org has it."""

MAX_NESTED = 3


class BrokenFeedError(ValueError):
    """It is no site map or feed, or one that cannot be read."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A page that is listed; when it is said to have changed last; what a feed said of it beside the address."""

    url: str
    changed_at: datetime | None = None
    told: Extracted | None = None


def read(response: Response, what: str) -> tuple[list[str], list[Entry]]:
    """Read a ``sitemap`` or a ``feed`` as ``(further site maps, entries)``; each address once. Raises BrokenFeedError."""
    if what == "sitemap":
        further, entries = read_sitemap(response.body, response.url)
    else:
        kind = (response.headers.get("Content-Type") or b"").decode("latin-1")
        further, entries = [], read_feed(Page.from_bytes(response.url, response.body, kind, clock.now()))
    return further, list({entry.url: entry for entry in entries}.values())


def matching(entries: list[Entry], match: str) -> list[Entry]:
    """Choose the entries in whose address the pattern is found."""
    pattern = re.compile(match)
    return [entry for entry in entries if pattern.search(entry.url[:2000])]


def read_sitemap(body: bytes, base: str) -> tuple[list[str], list[Entry]]:
    """Read a site map as ``(further site maps, entries)``. A robots.txt gives the site maps that it lists, a plain text
    one address a line.

    Raises BrokenFeedError.
    """
    try:
        if body[:2] == b"\x1f\x8b":
            body = gunzip(body, max_size=MAX_BYTES)
        if base.partition("?")[0].endswith("/robots.txt"):
            return list(islice(sitemap_urls_from_robots(body, base), 100)), []
        if body.lstrip()[:1] != b"<":
            lines = body[:MAX_BYTES].decode("utf-8", "replace").split()
            return [], [Entry(line) for line in lines[:MAX_ENTRIES] if line.startswith(("http://", "https://"))]
        found = Sitemap(body)
        listed = list(islice(found, MAX_ENTRIES))
    except (ValueError, OSError, EOFError, StopIteration, etree.XMLSyntaxError) as error:
        raise BrokenFeedError(str(error)) from error
    if found.type == "sitemapindex":
        return [row["loc"] for row in listed], []
    if found.type != "urlset":
        raise BrokenFeedError(f"root element {found.type[:40]!r}")
    return [], [Entry(row["loc"], _moment(row.get("lastmod", ""))) for row in listed]


def read_feed(page: Page) -> list[Entry]:
    """Read the entries of a feed, newest as it has them. Raises BrokenFeedError."""
    source = page.html.lstrip("\ufeff \t\r\n")
    entries = _of_json(source, page) if source[:1] == "{" else _of_xml(source, page)
    return [entry for entry in islice(entries, MAX_FEED_ENTRIES) if entry.url]


def _of_json(source: str, page: Page) -> Iterator[Entry]:
    try:
        items = json.loads(source)["items"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise BrokenFeedError("no JSON Feed") from error
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict):
            said = {name: value for name, value in item.items() if isinstance(value, str)}
            text = said.get("content_text") or _plain(said.get("content_html", ""), page)
            published = _moment(said.get("date_published", ""))
            told = Extracted(title=said.get("title", "")[:1000], text=text, published=published)
            url = page.absolute(said.get("url") or said.get("external_url") or said.get("id", ""))
            yield Entry(url, _moment(said.get("date_modified", "")) or published, told)


def _of_xml(source: str, page: Page) -> Iterator[Entry]:
    # The text is decoded already; what the declaration says of its encoding would now be wrong.
    if source.startswith("<?xml"):
        source = source.partition("?>")[2]
    parser = etree.XMLParser(recover=True, resolve_entities=False, no_network=True, huge_tree=False)
    try:
        root = etree.fromstring(source.encode("utf-8", "replace"), parser)
    except etree.XMLSyntaxError as error:
        raise BrokenFeedError(str(error)) from error
    if root is None or _name(root) not in ("rss", "feed", "RDF"):
        raise BrokenFeedError("no RSS or Atom")
    for node in root.iter():
        if _name(node) in ("item", "entry"):
            yield _entry(node, page)


def _entry(node: Any, page: Page) -> Entry:
    parts: dict[str, str] = {}
    link = ""
    for child in node:
        name, text = _name(child), fold("".join(child.itertext())) if isinstance(child.tag, str) else ""
        if name == "link" and child.get("rel", "alternate") == "alternate":
            link = link or child.get("href") or text
        elif name == "guid" and child.get("isPermaLink", "true") != "false" and text.startswith("http"):
            parts.setdefault("guid", text)
        elif text:
            parts.setdefault(name, text)
    published = _moment(parts.get("published") or parts.get("pubDate") or parts.get("date") or "", page.captured_at)
    text = _plain(
        parts.get("encoded") or parts.get("content") or parts.get("description") or parts.get("summary", ""), page
    )
    told = Extracted(title=parts.get("title", "")[:1000], text=text, published=published)
    return Entry(page.absolute(link or parts.get("guid", "")), _moment(parts.get("updated", "")) or published, told)


def _plain(content: str, page: Page) -> str:
    """The text of a piece of HTML."""
    return Page(page.url, f"<div>{content}</div>", page.captured_at).visible if "<" in content else fold(content)


def _name(node: Any) -> str:
    return etree.QName(node).localname if isinstance(node.tag, str) else ""


def _moment(text: str, captured_at: datetime | None = None) -> datetime | None:
    """W3C and RFC 5322 dates, else any that the house reads; without a zone they are Beijing time."""
    text = text.strip()[:60]
    if not text:
        return None
    for read in (datetime.fromisoformat, parsedate_to_datetime):
        with suppress(ValueError, TypeError, IndexError, OverflowError):
            moment = read(text)
            return clock.assume_beijing(moment).astimezone(UTC)
    return parse_date(text, captured_at or clock.now())
