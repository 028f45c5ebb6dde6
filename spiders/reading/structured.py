"""Structured-data reader: reads what a page says of itself for machines (JSON-LD, microdata, OpenGraph, meta tags).

Looked at only where the page's source has such a thing at all, so that an ordinary page costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import jmespath

from spiders.reading.page import Page, fold

_LINKED: dict[str, tuple[str, ...]] = {
    "title": ("headline", "name"),
    "description": ("description", "abstract"),
    "author": ("author.name", "author[0].name", "author", "creator.name"),
    "seller": ("offers.seller.name", "offers[0].seller.name", "seller.name", "brand.name", "publisher.name"),
    "seller_url": ("offers.seller.url", "offers[0].seller.url", "seller.url", "author.url"),
    "price": ("offers.price", "offers[0].price", "offers.lowPrice", "price"),
    "published": ("datePublished", "uploadDate", "dateCreated"),
    "views": ("interactionStatistic.userInteractionCount", "interactionStatistic[0].userInteractionCount"),
    "tags": ("keywords",),
    "images": ("image.url", "image[].url", "image"),
}
_COMPILED = {field: [jmespath.compile(path) for path in paths] for field, paths in _LINKED.items()}
# Things that describe the site or the way to the page, not what the page is about.
_ASIDE = {
    "WebSite",
    "Organization",
    "BreadcrumbList",
    "SearchAction",
    "WebPage",
    "ListItem",
    "ImageObject",
    "Person",
    "LocalBusiness",
}

_META: dict[str, tuple[str, ...]] = {
    "title": ("og:title", "twitter:title"),
    "description": ("og:description", "description", "twitter:description"),
    "author": ("author", "og:article:author", "article:author", "og:novel:author"),
    "price": ("product:price:amount", "og:product:price", "og:price:amount"),
    "published": ("article:published_time", "og:release_date", "pubdate", "publishdate"),
    "images": ("og:image",),
    "tags": ("keywords", "article:tag"),
}
_MICRODATA = {
    "title": ("name", "headline"), "price": ("price", "lowPrice"), "author": ("author",), "seller": ("seller", "brand"),
    "published": ("datePublished", "uploadDate"), "description": ("description",),
    "images": ("image",),
}  # fmt: skip


class Structured:
    """The structured data of one page; ``find(field)`` gives ``(source, strings)`` for each source that has it."""

    def __init__(self, page: Page) -> None:
        self._page = page
        html = page.html
        self._linked = _about(page) if "ld+json" in html else []
        self._properties = _microdata(page) if "itemprop" in html else {}
        self._meta = _meta(page) if "<meta" in html or "<META" in html else {}

    def find(self, field: str) -> Iterator[tuple[str, list[str]]]:
        for thing in self._linked:
            for query in _COMPILED.get(field, ()):
                if found := list(strings(query.search(thing))):
                    yield "JSON-LD", found
        for name in _MICRODATA.get(field, ()):
            if name in self._properties:
                yield "microdata", self._properties[name]
        for name in _META.get(field, ()):
            if name in self._meta:
                yield "meta", self._meta[name]


def strings(value: Any, depth: int = 0) -> Iterator[str]:
    """Yield the texts and numbers of a JSON value; of an object its name or address."""
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield fold(str(value))
    elif isinstance(value, list) and depth < 3:
        for part in value:
            yield from strings(part, depth + 1)
    elif isinstance(value, dict) and depth < 3:
        named = value.get("name") or value.get("url")
        if isinstance(named, str):
            yield fold(named)


def _about(page: Page) -> list[dict[str, Any]]:
    """JSON-LD objects, those that describe the page's own matter first and the rest not at all."""
    return [thing for thing in page.linked_data if _types(thing) - _ASIDE]


def _types(thing: dict[str, Any]) -> set[str]:
    said = thing.get("@type")
    return {str(name) for name in (said if isinstance(said, list) else [said])}


def _microdata(page: Page) -> dict[str, list[str]]:
    """First-level properties of the first item that is more than a breadcrumb, by name."""
    found: dict[str, list[str]] = {}
    for node in page.nodes("//*[@itemprop and not(ancestor-or-self::*[contains(@itemtype, 'Breadcrumb')])]"):
        value = node.get("content") or node.get("datetime")
        if not value and node.tag in ("img", "a", "link"):
            value = node.get("src") if node.tag == "img" else page.text(node) or node.get("href")
        value = fold(value or page.text(node))
        for name in (node.get("itemprop") or "").split():
            if value:
                found.setdefault(name, []).append(value)
    return found


def _meta(page: Page) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for node in page.root.iter("meta"):
        name = (node.get("property") or node.get("name") or node.get("itemprop") or "").lower()
        if name and (content := fold(node.get("content") or "")):
            found.setdefault(name, []).append(content)
    return found
