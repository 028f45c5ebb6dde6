"""One fetched page, parsed once: its text, its tree, its structured data, and the JSON that it was built from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from parsel import Selector

from spiders.encoding import decode_page

_SKIPPED = {"script", "style", "noscript", "template", "iframe", "svg", "head"}
_BLOCKS = {
    "p", "div", "br", "li", "ul", "ol", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "dd",
    "dt", "dl", "blockquote", "pre", "header", "footer", "main", "aside", "figure", "form", "hr",
}  # fmt: skip


@dataclass(frozen=True)
class Page:
    """``html`` decoded; ``url`` after redirects; ``captured_at`` is what relative dates count from; ``api``: JSON bodies
    that the browser fetched for the page, by address."""

    url: str
    html: str
    captured_at: datetime
    api: tuple[tuple[str, bytes], ...] = ()

    @classmethod
    def from_bytes(cls, url: str, body: bytes, content_type: str, captured_at: datetime) -> Page:
        return cls(url, decode_page(body, content_type)[0], captured_at)

    @cached_property
    def tree(self) -> Selector:
        return Selector(self.html.replace("\0", "") or "<html></html>", type="html")

    @cached_property
    def base(self) -> str:
        href = self.tree.xpath("//base/@href").get()
        return urljoin(self.url, href) if href else self.url

    def absolute(self, href: str) -> str:
        try:
            return urljoin(self.base, href.strip())
        except ValueError:
            return ""

    @cached_property
    def documents(self) -> list[Any]:
        """Everything on the page that is JSON: JSON-LD blocks, then what the browser fetched; broken ones left out."""
        found: list[Any] = []
        blocks = self.tree.xpath('//script[contains(@type, "json")]/text()').getall()
        if self.html.lstrip()[:1] in "{[":
            blocks.insert(0, self.html)
        for text in (*blocks, *(body.decode("utf-8", "replace") for _, body in self.api)):
            try:
                found.append(json.loads(text))
            except (ValueError, RecursionError):
                continue
        return found

    @cached_property
    def linked_data(self) -> list[dict[str, Any]]:
        """The objects of all JSON-LD blocks, ``@graph`` unfolded."""
        return [thing for document in self.documents for thing in _things(document) if "@type" in thing]

    def text_of(self, node: Selector) -> str:
        """A node's text as a reader sees it: blocks on lines of their own, spaces folded, scripts left out."""
        root = node.root
        if isinstance(root, str):
            return fold(root)
        parts: list[str] = []
        _gather(root, parts)
        return fold("".join(parts))


def _things(document: Any, depth: int = 0) -> Iterator[dict[str, Any]]:
    if isinstance(document, dict):
        yield document
        for child in document.get("@graph") or ():
            if depth < 3:
                yield from _things(child, depth + 1)
    elif isinstance(document, list) and depth < 3:
        for child in document:
            yield from _things(child, depth + 1)


def _gather(root: Any, parts: list[str]) -> None:
    """Depth first without recursion: hostile pages nest tens of thousands deep."""
    stack: list[tuple[Any, bool]] = [(root, False)]
    while stack:
        node, leaving = stack.pop()
        block = node.tag in _BLOCKS
        if leaving:
            if block:
                parts.append("\n")
            if node is not root and node.tail:
                parts.append(node.tail)
            continue
        if not isinstance(node.tag, str) or node.tag in _SKIPPED:
            if node is not root and node.tail:
                parts.append(node.tail)
            continue
        if block:
            parts.append("\n")
        if node.text:
            parts.append(node.text)
        stack.append((node, True))
        stack.extend((child, False) for child in reversed(node))


def fold(text: str) -> str:
    """Runs of spaces to one, lines trimmed, empty lines dropped."""
    lines = (re.sub(r"[ \t\r\f\v\u00a0]+", " ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)
