"""Page: parses one fetched page once: its text, its tree, its structured data, and the JSON that it was built from."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import Any
from urllib.parse import urljoin

from spiders.reading.encoding import decode_page
from spiders.reading.styles import Styles
from spiders.reading.tree import Tree, parse_html
from spiders.reading.visible import MAX_CHARACTERS, Visible, read_visible

MAX_TITLE = 1_000
MAX_PREFACE = 2_000
"""Characters within which markup begins, where a page is any."""


STEPS_FAILED = "steps_failed"
"""The note of a page that says what of its steps or its list did not work."""

_SPACES = re.compile(r"[ \t\r\f\v\u00a0]+")
_BREAKS = re.compile(r" ?\n[ \n]*")
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
    was done to it, for its record; ``frames``: sources of the documents in its frames, by address; ``scripted``: a browser ran
    its scripts."""

    url: str
    html: str
    captured_at: datetime
    api: tuple[tuple[str, bytes], ...] = ()
    passed: tuple[str, ...] = ()
    notes: tuple[tuple[str, str], ...] = ()
    frames: tuple[tuple[str, str], ...] = ()
    scripted: bool = False

    @classmethod
    def from_bytes(cls, url: str, body: bytes, content_type: str, captured_at: datetime) -> Page:
        return cls(url, decode_page(body, content_type)[0], captured_at)

    @cached_property
    def _tree(self) -> Tree:
        return parse_html(self.html)

    @property
    def root(self) -> Any:
        """The tree, as lenient as a browser's; an empty one for an empty page."""
        return self._tree.root

    @cached_property
    def is_markup(self) -> bool:
        """Whether there are tags in it; else it is data, or plain text."""
        return "<" in self.html[:MAX_PREFACE]

    @cached_property
    def styles(self) -> Styles:
        """What the page's own style sheets say."""
        return Styles.of(self.root)

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
    def title(self) -> str:
        """What the page calls itself in its head; "" for nothing."""
        named = next(self.root.iter("title"), None)
        title = fold("".join(named.itertext())) if named is not None else ""
        if not title:
            title = fold("".join(map(str, self.nodes("(//meta[@property='og:title'])[1]/@content"))))
        return title[:MAX_TITLE]

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
    def seen(self) -> Visible:
        """What the page shows, block by block; made once."""
        seen = self._read(self.root)
        return seen if self._tree.is_whole else replace(seen, is_whole=False)

    @cached_property
    def visible(self) -> str:
        """All text that the page shows, folds and tabs included."""
        return self.seen.text

    def text(self, node: Any, most: int = MAX_CHARACTERS) -> str:
        """Return an element's text as a reader sees it: blocks on lines of their own, spaces folded, scripts and pieces that are
        never shown left out. ``most``: characters up to which it is read."""
        return self._read(node, most).text[:most]

    def _read(self, node: Any, most: int = MAX_CHARACTERS) -> Visible:
        return read_visible(node, self.styles, scripted=self.scripted, framed=self._framed, most=most)

    def _framed(self, address: str) -> str | None:
        return self._documents_by_address.get(self.absolute(address)) if self.frames else None

    @cached_property
    def _documents_by_address(self) -> dict[str, str]:
        return dict(self.frames)


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


def fold(text: str) -> str:
    """Fold runs of spaces to one, trim lines, drop empty lines."""
    return _BREAKS.sub("\n", _SPACES.sub(" ", text)).strip(" \n")
