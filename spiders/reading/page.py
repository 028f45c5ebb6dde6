"""Page: parses one fetched page once: its text, its tree, its structured data, and the JSON that it was built from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from lxml import etree

from spiders.reading.encoding import decode_page

_SKIPPED = {"script", "style", "noscript", "template", "iframe", "svg", "head", "select", "object"}
_BLOCKS = {
    "p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "dd",
    "dt", "dl", "blockquote", "pre", "header", "footer", "main", "aside", "figure", "form", "hr", "textarea", "td", "th",
}  # fmt: skip
_INLINE = {"span", "i", "em", "b", "font", "a", "s", "u", "small", "label", "strong"}
_PREFORMATTED = {"pre", "textarea"}
_UNSEEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden|font-size\s*:\s*0", re.I)
_CODE = re.compile(r"<(script|style)\b.*?</\1|<!--.*?-->", re.I | re.S)
_TAG = re.compile(r"<[^<>]*>?")
MAX_NESTED = 900
"""Browsers stop at 512; libxml2 cuts off at 2,048; resiliparse takes time with the square of the depth."""

STEPS_FAILED = "steps_failed"
"""The note of a page that says what of its steps or its list did not work."""

_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_BREAKS = re.compile(r" ?\n[ \n]*")
_LINES = re.compile(r"[\n\r]+")
_TEXTS = re.compile(r"^(text/|application/(xhtml|xml|json|javascript|ld\+json)|\s*$)|\+(xml|json)", re.I)
_MAGIC = (
    b"%PDF",
    b"PK\x03\x04",
    b"\x89PNG",
    b"\xff\xd8\xff",
    b"GIF8",
    b"RIFF",
    b"\x1f\x8b",
    b"Rar!",
    b"7z\xbc\xaf",
    b"ID3",
)


def is_text(body: bytes, content_type: str) -> bool:
    """Tell whether a response is something to read, judged by its bytes first: types are often wrong, magic numbers
    not."""
    head = body[:512].lstrip()
    if head.startswith(_MAGIC) or b"ftyp" in head[:12]:
        return False
    if head[:1] in (b"<", b"{", b"["):
        return True
    return bool(_TEXTS.search(content_type))


@dataclass(frozen=True)
class Page:
    """``html`` decoded; ``url`` after redirects; ``captured_at`` is what relative dates count from; ``api``: JSON bodies
    that the browser fetched for the page, by address; ``passed``: links that a list showed while it was scrolled; ``notes``: what
    was done to it, for its record."""

    url: str
    html: str
    captured_at: datetime
    api: tuple[tuple[str, bytes], ...] = ()
    passed: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()

    @classmethod
    def from_bytes(cls, url: str, body: bytes, content_type: str, captured_at: datetime) -> Page:
        return cls(url, decode_page(body, content_type)[0], captured_at)

    @cached_property
    def root(self) -> Any:
        """The tree, as lenient as a browser's; an empty one for an empty page."""
        source = self.html.replace("\0", "").strip().encode("utf-8", "replace") or b"<html/>"
        parser = etree.HTMLParser(encoding="utf-8", recover=True, huge_tree=True, no_network=True)
        root = etree.fromstring(source, parser)
        return root if root is not None else etree.fromstring(b"<html/>", parser)

    def nodes(self, path: str) -> list[Any]:
        """Return the elements (or attribute values) that an XPath of our own finds."""
        found = self.root.xpath(path)
        return found if isinstance(found, list) else []

    @cached_property
    def base(self) -> str:
        if "<base" not in self.html and "<BASE" not in self.html:
            return self.url
        href = str(next(iter(self.nodes("//base/@href")), ""))
        try:
            return urljoin(self.url, href)
        except ValueError:
            return self.url

    def absolute(self, href: str) -> str:
        """Return the address that a link leads to from this page; "" when it is none."""
        try:
            return urljoin(self.base, href.strip())
        except ValueError:
            return ""

    @cached_property
    def documents(self) -> list[Any]:
        """Everything on the page that is JSON: the page itself, what the browser fetched, the blocks in the source
        (JSON-LD, ``__NEXT_DATA__`` and the like); broken ones left out."""
        sources = [self.html] if self.html.lstrip()[:1] in ("{", "[") else []
        sources += [body.decode("utf-8", "replace") for _, body in self.api]
        if "json" in self.html:
            sources += self.nodes('//script[contains(@type, "json")]/text()')
        return list(_loaded(sources))

    @cached_property
    def linked_data(self) -> list[dict[str, Any]]:
        """The objects of all JSON-LD blocks, ``@graph`` unfolded."""
        blocks = _loaded(self.nodes('//script[contains(@type, "ld+json")]/text()'))
        return [thing for document in blocks for thing in _things(document) if "@type" in thing]

    @cached_property
    def is_deep(self) -> bool:
        """Whether elements nest so deep that programs which mind the depth take minutes, or lose what is inside."""
        if self.html.count("</") < MAX_NESTED:
            return False
        depth = 0
        for event, _ in etree.iterwalk(self.root, events=("start", "end")):
            depth += 1 if event == "start" else -1
            if depth > MAX_NESTED:
                return True
        return False

    def stripped(self) -> str:
        """Return the text with tags cut out by pattern: for pages whose tree cannot be trusted."""
        return fold(_TAG.sub("\n", _CODE.sub("\n", self.html)))

    @cached_property
    def visible(self) -> str:
        """All text of the page that a reader sees."""
        return self.text(self.root)

    def text(self, node: Any) -> str:
        """Return an element's text as a reader sees it: blocks on lines of their own, spaces folded, scripts and inline
        pieces that are never shown left out."""
        parts: list[str] = []
        _gather(node, parts)
        return fold("".join(parts))


def parse_json(text: str) -> Any:
    """Parse JSON as sites send it: bare, as the argument of a callback (JSONP), or behind a guard against being loaded
    as a script. Raises ValueError (RecursionError where it nests too deep)."""
    text = _UNLOADABLE.sub("", text.lstrip("\ufeff \t\r\n"), count=1)
    if text[:1] not in ("{", "[") and (call := _CALL.match(text)):
        return json.loads(text[call.end() : text.rindex(")")])
    return json.loads(text)


_UNLOADABLE = re.compile(r"""^(\)\]\}',?|while\s*\(1\);|for\s*\(;;\);|throw 1;)\s*""")
_CALL = re.compile(
    r"^(?:/\*.*?\*/\s*)?(?:typeof [\w$.]+ *=== *['\"]function['\"] *&& *)?[A-Za-z_$][\w$.\[\]'\"]{0,200}\s*\(\s*"
)


def _loaded(sources: list[str]) -> Iterator[Any]:
    for source in sources:
        try:
            yield parse_json(source)
        except (ValueError, RecursionError):
            continue


def _things(document: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
        graph = document.get("@graph")
        for child in graph if isinstance(graph, list) and depth < 3 else ():
            yield from _things(child, depth + 1)
    elif isinstance(document, list) and depth < 3:
        for child in document:
            yield from _things(child, depth + 1)


def _gather(root: Any, parts: list[str]) -> None:
    """Depth first without recursion: hostile pages nest tens of thousands deep."""
    stack: list[tuple[Any, bool]] = [(root, False)]
    kept = 0  # how many preformatted elements we are inside of
    while stack:
        node, leaving = stack.pop()
        tag = node.tag
        if leaving:
            kept -= tag in _PREFORMATTED
            if tag in _BLOCKS:
                parts.append("\n")
        elif not isinstance(tag, str) or tag in _SKIPPED or (tag in _INLINE and _is_unseen(node)):
            leaving = True
        else:
            kept += tag in _PREFORMATTED
            if tag in _BLOCKS:
                parts.append("\n")
            if node.text:
                parts.append(node.text if kept else _LINES.sub(" ", node.text))
            if len(node):
                stack.append((node, True))
                stack.extend((child, False) for child in reversed(node))
            else:
                kept -= tag in _PREFORMATTED
                if tag in _BLOCKS:
                    parts.append("\n")
                leaving = True
        if leaving and node is not root and node.tail:
            parts.append(node.tail if kept else _LINES.sub(" ", node.tail))


def _is_unseen(node: Any) -> bool:
    """Inline pieces that are never shown are noise strewn between the characters; hidden blocks may be tabs."""
    style = node.get("style")
    return bool(style and _UNSEEN.search(style)) or node.get("hidden") is not None


def fold(text: str) -> str:
    """Fold runs of spaces to one, trim lines, drop empty lines."""
    return _BREAKS.sub("\n", _SPACES.sub(" ", text)).strip(" \n")
