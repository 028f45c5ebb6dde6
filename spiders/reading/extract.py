"""Extraction: applies a site's rules to a page; what they leave open comes from structured data and the main text.

Order for every field: the site file's rules (the first that yields), JSON-LD, microdata, OpenGraph and meta tags,
and for the text the main content by resiliparse, then trafilatura where that finds too little.
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
from spiders.reading import fonts, maintext
from spiders.reading.page import Page, fold
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
_THIN = "正文识别（过短）"


class Extractor:
    """The compiled rules of one site."""

    def __init__(self, site: SiteFile) -> None:
        self._rules = {field: [CompiledRule(rule) for rule in rules] for field, rules in site.extract.rules.items()}

    async def read(self, page: Page) -> Extracted:
        """Read all fields of the page, with the rule that gave each. What takes long is done in a thread."""
        if len(page.html) > LARGE_PAGE:
            found = await asyncio.to_thread(self.extract, page)
        else:
            found = self.extract(page)
        if found.rules and found.rules[-1] == ("text", _THIN):
            return fonts.readable(replace(found, **await asyncio.to_thread(_thickened, page, found)))
        return found

    def extract(self, page: Page) -> Extracted:
        """Read as ``read`` does, without the slow search for a main text."""
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
        return fonts.readable(Extracted(**values, extra=page.notes, rules=tuple(given)), shuffled)


def told_by_feed(found: Extracted, told: Extracted | None) -> Extracted:
    """Add what a feed said of the page where the page itself gave less: its text when no rule and no main text gave
    one."""
    if told is None:
        return found
    rules = dict(found.rules)
    values: dict[str, Any] = {}
    weak = rules.get("text") in (None, "整页文字", _THIN, "纯文本")
    if weak and len(told.text) > maintext.MIN_TEXT and fold(told.text) not in fold(found.text):
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
        nodes = list(page.root.iter("footer")) or page.nodes(_FOOTERS)
        footer = "\n".join(page.text(node) for node in nodes)[: _MAX_LENGTHS["footer"]]
        if footer:
            yield "footer", {"footer": footer}, "页脚"
    if "text" not in known:
        text, source = _main_text(page, structured)
        if text:
            yield "text", {"text": text}, source


_FOOTERS = "//*[@id='footer' or contains(concat(' ', @class, ' '), ' footer ')]"


def _page_title(page: Page) -> str:
    headings = list(page.root.iter("h1"))
    if len(headings) == 1 and (text := page.text(headings[0])):
        return text
    title = fold("".join(page.nodes("(//title)[1]//text()")))[:1000]
    return _TITLE_TAIL.sub("", title) or title


def _main_text(page: Page, structured: Structured) -> tuple[str, str]:
    for source, found in structured.find("text"):
        text = fold("\n".join(found))
        if len(text) >= maintext.MIN_TEXT:
            return text, source
    if "<" not in page.html[:2000]:
        return fold(page.html), "纯文本"
    if page.is_deep:
        return page.stripped(), "整页文字"
    text = maintext.fast(page.html)
    return text or page.visible, "正文识别" if len(text) >= maintext.MIN_TEXT else _THIN


def _thickened(page: Page, found: Extracted) -> dict[str, Any]:
    """A short main text looked for again; where both programs find little, all that the page shows."""
    others = tuple(pair for pair in found.rules if pair[0] != "text")
    if len(page.visible) >= 2 * maintext.MIN_TEXT:
        better = maintext.slow(page.html)
        if len(better) >= max(maintext.MIN_TEXT, len(found.text)):
            return {"text": better, "rules": (*others, ("text", "正文识别"))}
    whole = max(found.text, page.visible, key=len)
    return {"text": whole, "rules": (*others, ("text", "整页文字"))}
