"""Extraction: applies a site's rules to a page; what they leave open comes from structured data and the main text.

Order for every field: the site file's rules (the first that yields), JSON-LD, microdata, OpenGraph and meta tags;
for the text the page's main text (``page_text``).
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import quote

import jmespath
from lxml import etree

from patrol.directory import Rule, SiteFile
from patrol.items import Extracted
from spiders.reading import fonts
from spiders.reading.maintext import MIN_TEXT
from spiders.reading.page import Page, fold
from spiders.reading.page_text import read_page_text
from spiders.reading.structured import Structured, strings
from spiders.reading.values import parse_date, parse_number, parse_price

LARGE_PAGE = 300_000
"""Characters of source from which a page is read in a thread, so that the crawl goes on meanwhile."""

_NUMBERS = frozenset({"price", "sales", "views"})
_MANY = frozenset({"tags", "images"})
_URLS = frozenset({"seller_url", "images"})
_LONG = frozenset({"text", "description", "footer"})
_SOUGHT = ("title", "author", "seller", "seller_url", "price", "published", "views", "images", "tags", "description")
_MAX_LENGTHS = {"title": 1000, "seller": 300, "author": 300, "seller_url": 2000, "footer": 4000}
_TITLE_TAIL = re.compile(r"\s*[-_|–—]\s*[^-_|–—]{1,30}$")


class Extractor:
    """The compiled rules of one site."""

    def __init__(self, site: SiteFile) -> None:
        self._rules = {field: [CompiledRule(rule) for rule in rules] for field, rules in site.extract.rules.items()}

    async def read(self, page: Page) -> Extracted:
        """Read all fields of the page, with the rule that gave each, and how much of it was read. A large page is read in a
        thread."""
        if len(page.html) > LARGE_PAGE:
            return await asyncio.to_thread(self.extract, page)
        return self.extract(page)

    def extract(self, page: Page) -> Extracted:
        """Read as ``read`` does, at once."""
        page, shuffled = fonts.without_shuffled(page)
        values: dict[str, Any] = {}
        given: list[tuple[str, str]] = []
        for field, rules in self._rules.items():
            for rule in rules:
                value = typed(field, rule(page), rule.rule, page)
                if value:
                    values |= value
                    given.append((field, rule.rule.written))
                    break
        for field, value, source in _fallbacks(page, values):
            values |= value
            given.append((field, source))
        found = read_page_text(page, values.get("text", ""))
        if "text" not in values and found.text:
            values["text"] = found.text
            given.append(("text", found.rule))
        values |= {"rest": found.rest, "reading": found.reading}
        return fonts.readable(Extracted(**values, extra=page.notes, rules=tuple(given)), shuffled)


def told_by_feed(found: Extracted, told: Extracted | None) -> Extracted:
    """Add what a feed said of the page where the page itself gave less: its text when no rule and no main text gave
    one."""
    if told is None:
        return found
    rules = dict(found.rules)
    values: dict[str, Any] = {}
    weak = rules.get("text") in (None, "整页文字", "纯文本")
    if weak and len(told.text) > MIN_TEXT and fold(told.text) not in fold(found.text):
        values["text"] = told.text
    values |= {name: getattr(told, name) for name in ("title", "published") if not getattr(found, name)}
    values = {name: value for name, value in values.items() if value}
    rules |= dict.fromkeys(values, "订阅源")
    return replace(found, **values, rules=tuple(rules.items())) if values else found


class CompiledRule:
    """A rule ready to run: a page in, the strings it finds out."""

    def __init__(self, rule: Rule) -> None:
        self.rule = rule
        self._run: Callable[[Page], list[str]]
        if rule.language in ("css", "xpath"):
            path = etree.XPath(rule.expression)
            self._run = lambda page: _texts_at(page, path(page.root))
        elif rule.language == "json":
            query = jmespath.compile(rule.expression)
            self._run = lambda page: [text for document in page.documents for text in strings(query.search(document))]
        else:
            pattern = re.compile(rule.expression)
            self._run = lambda page: [
                fold(m.group(1) if pattern.groups else m.group()) for m in pattern.finditer(page.html)
            ]

    def __call__(self, page: Page) -> list[str]:
        found = self._run(page)
        return [_linked(self.rule.link, text) for text in found if text not in _NOTHING] if self.rule.link else found


_NOTHING = frozenset({"", "null", "false", "undefined"})
"""What a cursor or an id is when there is no more."""


def _linked(template: str, value: str) -> str:
    return template.replace("{}", quote(value, safe=""))


def _texts_at(page: Page, found: Any) -> list[str]:
    nodes = found if isinstance(found, list) else [found]
    texts = (fold(str(node)) if isinstance(node, (str, float, bool)) else page.text(node) for node in nodes)
    return [text for text in texts if text]


def typed(field: str, found: list[str], rule: Rule | None, page: Page) -> dict[str, Any]:
    """Turn the found strings into the field's type; {} when nothing usable was found."""
    found = [text for text in found if text]
    if not found:
        return {}
    if field in _NUMBERS or (rule and "number" in rule.filters):
        read = parse_price if field == "price" else parse_number
        number = next((n for text in found if not fonts.is_unsure(text) and (n := read(text))), None)
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
    if rule and "date" in rule.filters:
        moment = next((m for text in found if (m := parse_date(text, page.captured_at))), None)
        return {field: moment.isoformat()} if moment else {}
    if field in _URLS:
        found = [url for text in found if (url := page.absolute(text)).startswith(("http://", "https://"))]
    if field in _MANY:
        return {field: tuple(dict.fromkeys(text[:2000] for text in found))[:50]} if found else {}
    joined = "\n".join(found) if field in _LONG or (rule and "join" in rule.filters) else (found or [""])[0]
    return {field: joined[: _MAX_LENGTHS.get(field)]} if joined else {}


def _fallbacks(page: Page, known: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any], str]]:
    structured = Structured(page)
    for field in _SOUGHT:
        if field in known or (field == "description" and "text" in known):
            continue
        for source, found in structured.find(field):
            if value := typed(field, found, None, page):
                yield field, value, source
                break
        else:
            if field == "title" and (title := _page_title(page)):
                yield field, {"title": title[: _MAX_LENGTHS["title"]]}, "页面标题"
    if "footer" not in known and "footer" in page.html:
        nodes = list(page.root.iter("footer")) or [
            node
            for node in page.nodes("//*[contains(@class, 'footer') or @id='footer']")
            if node.get("id") == "footer" or "footer" in node.get("class").split()
        ]
        footer = "\n".join(page.text(node) for node in nodes)[: _MAX_LENGTHS["footer"]]
        if footer:
            yield "footer", {"footer": footer}, "页脚"


def _page_title(page: Page) -> str:
    headings = list(page.root.iter("h1"))
    if len(headings) == 1 and (text := page.text(headings[0])):
        return text
    title = fold("".join(page.nodes("(//title)[1]//text()")))[:1000]
    return _TITLE_TAIL.sub("", title) or title
