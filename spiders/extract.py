"""A site's rules applied to a page; what they leave open is looked for in structured data and in the main text.

Order for every field: the site file's rules (the first that yields), JSON-LD, microdata, OpenGraph and meta tags,
and for the text the main content by resiliparse, then trafilatura where that finds too little.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import jmespath
from lxml import etree
from parsel import Selector
from resiliparse.extract.html2text import extract_plain_text
from resiliparse.parse.html import HTMLTree

from patrol.directory import Rule, SiteFile
from patrol.items import Extracted
from spiders.page import Page, fold
from spiders.values import parse_date, parse_number

LITTLE_TEXT = 80
"""Characters: main text shorter than this is tried again with the slower extractor."""

_NUMBERS = frozenset({"price", "sales", "views"})
_MANY = frozenset({"tags", "images"})
_URLS = frozenset({"seller_url", "images"})
_LONG = frozenset({"text", "description", "footer"})

_LINKED: dict[str, tuple[str, ...]] = {
    "title": ("headline", "name"),
    "text": ("articleBody", "text"),
    "description": ("description",),
    "author": ("author.name", "author[0].name", "author"),
    "seller": ("offers.seller.name", "brand.name", "publisher.name"),
    "price": ("offers.price", "offers[0].price", "offers.lowPrice", "price"),
    "published": ("datePublished", "uploadDate"),
    "views": ("interactionStatistic.userInteractionCount",),
    "images": ("image.url", "image"),
}
_LINKED_COMPILED = {field: [jmespath.compile(path) for path in paths] for field, paths in _LINKED.items()}

_META: dict[str, tuple[str, ...]] = {
    "title": ("og:title", "twitter:title"),
    "description": ("og:description", "description"),
    "author": ("author", "og:article:author", "article:author"),
    "price": ("product:price:amount", "og:product:price", "og:price:amount"),
    "published": ("article:published_time", "og:release_date", "pubdate"),
    "images": ("og:image",),
}
_MICRODATA = {
    "title": "name", "price": "price", "author": "author", "published": "datePublished", "text": "articleBody",
}  # fmt: skip
_TITLE_TAIL = re.compile(r"\s*[-_|–—]\s*[^-_|–—]{1,30}$")


class Extractor:
    """The compiled rules of one site. ``extract(page)`` may be called from one thread at a time."""

    def __init__(self, site: SiteFile) -> None:
        self._rules = {field: [_compiled(rule) for rule in rules] for field, rules in site.extract.rules.items()}

    def extract(self, page: Page) -> Extracted:
        """All fields of the page, with the rule that gave each."""
        values: dict[str, Any] = {}
        given: list[tuple[str, str]] = []
        for field, rules in self._rules.items():
            for rule in rules:
                value = _typed(field, rule(page), rule.rule, page)
                if value:
                    values |= value
                    given.append((field, rule.rule.written))
                    break
        for field, value, source in _fallbacks(page, values):
            values |= value
            given.append((field, source))
        return Extracted(**values, rules=tuple(given))


class CompiledRule:
    """A rule ready to run: a page in, the strings it finds out."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._path = etree.XPath(rule.expression) if rule.language in ("css", "xpath") else None
        self._query = jmespath.compile(rule.expression) if rule.language == "json" else None
        self._pattern = re.compile(rule.expression) if rule.language == "re" else None

    def __call__(self, page: Page) -> list[str]:
        if self._path is not None:
            found = self._path(page.tree.root)
            nodes = found if isinstance(found, list) else [found]
            return [text for node in nodes if (text := _node_text(page, node))]
        if self._query is not None:
            return [text for document in page.documents for text in _strings(self._query.search(document))]
        assert self._pattern is not None
        matches = self._pattern.finditer(page.html)
        return [fold(match.group(1) if match.re.groups else match.group()) for match in matches]


def _compiled(rule: Rule) -> CompiledRule:
    return CompiledRule(rule)


def _node_text(page: Page, node: Any) -> str:
    if isinstance(node, (str, float, bool)):
        return fold(str(node))
    return page.text_of(Selector(root=node, type="html"))


def _strings(value: Any) -> Iterator[str]:
    if isinstance(value, (str, int, float)) and not isinstance(value, bool):
        yield fold(str(value))
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)


def _typed(field: str, found: list[str], rule: Rule | None, page: Page) -> dict[str, Any]:
    """The found strings as the field's type; {} when nothing usable was found."""
    found = [text for text in found if text]
    if not found:
        return {}
    if field in _NUMBERS or (rule and "number" in rule.filters):
        number = next((n for text in found if (n := parse_number(text))), None)
        if number is None:
            return {}
        value, at_least = number
        if field == "price":
            return {"price": value}
        if field in _NUMBERS:
            return {field: int(value)} | ({"sales_at_least": at_least} if field == "sales" else {})
        return {field: str(value)}
    if field == "published":
        moment = next((m for text in found if (m := parse_date(text, page.captured_at))), None)
        return {"published": moment} if moment else {}
    if field in _URLS:
        found = [url for text in found if (url := page.absolute(text))]
    if field in _MANY:
        return {field: tuple(dict.fromkeys(found))[:50]} if found else {}
    joined = "\n".join(found) if field in _LONG or (rule and "join" in rule.filters) else (found or [""])[0]
    return {field: joined} if joined else {}


def _fallbacks(page: Page, known: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    open_fields = [f for f in ("title", "author", "seller", "price", "published", "views", "images") if f not in known]
    if "text" not in known and "description" not in known:
        open_fields.append("description")
    sources: tuple[tuple[str, Callable[[Page, str], list[str]]], ...] = (
        ("JSON-LD", _linked),
        ("microdata", _microdata),
        ("meta", _meta),
    )
    for field in open_fields:
        for source, look in sources:
            value = _typed(field, look(page, field), None, page)
            if value:
                known |= value
                yield field, value, source
                break
    if "title" not in known and (title := _page_title(page)):
        yield "title", {"title": title}, "title"
    if "text" not in known:
        for source, text in _texts(page):
            if text:
                yield "text", {"text": text}, source
                break
    if "footer" not in known:
        footer = "\n".join(page.text_of(node) for node in page.tree.css("footer, #footer, .footer"))[:4000]
        if footer:
            yield "footer", {"footer": footer}, "footer"


def _linked(page: Page, field: str) -> list[str]:
    for thing in page.linked_data:
        for query in _LINKED_COMPILED.get(field, ()):
            if found := list(_strings(query.search(thing))):
                return found
    return []


def _microdata(page: Page, field: str) -> list[str]:
    name = _MICRODATA.get(field)
    if not name:
        return []
    nodes = page.tree.xpath(f'//*[@itemprop="{name}"]')
    return [node.attrib.get("content") or node.attrib.get("datetime") or page.text_of(node) for node in nodes]


def _meta(page: Page, field: str) -> list[str]:
    found = []
    for name in _META.get(field, ()):
        found += page.tree.xpath("//meta[@property=$name or @name=$name]/@content", name=name).getall()
    return found


def _page_title(page: Page) -> str:
    heading = page.tree.css("h1")
    if len(heading) == 1 and (text := page.text_of(heading[0])):
        return text
    title = fold(page.tree.xpath("string(//title)").get() or "")
    return _TITLE_TAIL.sub("", title) or title


def _texts(page: Page) -> Iterator[tuple[str, str]]:
    body = "\n".join(_linked(page, "text") or _microdata(page, "text"))
    if len(body) >= LITTLE_TEXT:
        yield "JSON-LD", fold(body)
    main = fold(extract_plain_text(HTMLTree.parse(page.html), main_content=True, alt_texts=False, links=False) or "")
    if len(main) >= LITTLE_TEXT:
        yield "正文识别", main
    import trafilatura

    slower = fold(trafilatura.extract(page.html, include_comments=False, include_tables=True, favor_recall=True) or "")
    yield "正文识别", max(main, slower, key=len)
    nodes = page.tree.xpath("//body")
    yield "整页文字", page.text_of(nodes[0]) if nodes else ""
