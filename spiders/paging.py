"""Paging: finds the next page of a list, and of a text, where no rule names it.

A list's is found by ``rel``, by its words, by its class, by the row of page numbers; a text's by its words and its address.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from spiders.reading.page import Page
from spiders.url_expansion import canonical, is_trap, same_site

_WORDS = re.compile(
    r"(?:下一?[页頁]|下一个|下一頁面|[后後]一?[页頁]|向后翻?|往后翻?|next(?: page)?|older(?: (?:posts|entries))?|次へ|次のページ)"
    r"(?:\s*[(（]?\s*\d+\s*(?:/\s*\d+)?\s*[)）]?)?",
    re.I,
)
_ARROWS = {"›", ">", "＞", "→", "▶", "►", "〉", "❯", "⟩"}
# Beside a single arrow these lead to the last page, and everything between would be lost; alone, to the next.
_DOUBLE_ARROWS = {"»", ">>", "≫", "⟫", "》"}
_AROUND = " \t\n\u00a0>＞»›→▶►≫〉》❯⟩⟫|[]【】…."
_CLASSES = {"next", "nxt", "nextpage", "next-page", "page-next", "next_page", "pagination-next", "btn-next", "pagenext"}
_NUMBER = re.compile(r"\d{1,4}")
_PART_WORDS = {"下一页", "下页", "后一页", "下一頁", "next page"}
_PART = re.compile(r"[-_](\d{1,3})(?=\.\w+$|/?$)|/(\d{1,3})/?$")
_PART_NAMES = {"page", "p", "pn", "pageno", "part"}


def next_page(page: Page) -> str:
    """Find the address of the list's next page; "" when the page shows none. Never the page itself, never another site."""
    here = canonical(page.url)
    for url in (*_said(page), *_numbered(page)):
        if url.startswith(("http://", "https://")) and canonical(url) != here and same_site(url, page.url):
            return url
    return ""


def next_part(page: Page) -> str:
    """Find the page on which this page's text goes on: a link that says so, to the same address but for the number of
    the part, which is one more (``8.html`` → ``8_2.html``, ``?id=8`` → ``?id=8&page=2``). "" when there is none.

    A link “下一页” that leads to another chapter or article differs in more than that.
    """
    stem, number = _stem(page.url)
    for node in page.root.iter("a"):
        if node.get("href") and page.text(node).strip(_AROUND).lower() in _PART_WORDS:
            url = _leads_to(page, node)
            if _stem(url) == (stem, number + 1):
                return url
    return ""


def _stem(url: str) -> tuple[tuple[str, ...], int]:
    """An address without the number of its part, and that number; 1 where it has none."""
    parts = urlsplit(canonical(url))
    query = parse_qsl(parts.query, keep_blank_values=True)
    numbers = [value for name, value in query if name.lower() in _PART_NAMES and value.isdigit()]
    rest = tuple(f"{name}={value}" for name, value in query if name.lower() not in _PART_NAMES)
    found = None if numbers else _PART.search(parts.path)
    path = parts.path[: found.start()] + parts.path[found.end() :] if found else parts.path
    number = int(numbers[0]) if numbers else int(found[1] or found[2]) if found else 1
    return (parts.netloc, path.rstrip("/"), *rest), number


def _said(page: Page) -> Iterator[str]:
    """What calls itself next, the surest first."""
    nodes = [node for node in page.root.iter("a", "link") if node.get("href")]
    yield from (_leads_to(page, n) for n in nodes if "next" in (n.get("rel") or "").lower().split())
    links = [node for node in nodes if node.tag == "a"]
    words = [(node, _words_of(page, node)) for node in links]
    yield from (_leads_to(page, node) for node, said in words if _WORDS.fullmatch(said.strip(_AROUND)))
    yield from (_leads_to(page, node) for node, said in words if said in _ARROWS)
    yield from (_leads_to(page, node) for node, said in words if said in _DOUBLE_ARROWS)
    yield from (_leads_to(page, n) for n in links if _CLASSES & {*_classes(n), *_classes(n.getparent())})


def _words_of(page: Page, node: Any) -> str:
    """The link's words; of one that shows a picture only, what it is called."""
    return page.text(node) or str(node.get("title") or node.get("aria-label") or "").strip()


def _classes(node: Any) -> list[str]:
    return (node.get("class") or "").lower().split() if node is not None else []


def _leads_to(page: Page, node: Any) -> str:
    href = node.get("href") or ""
    return "" if href.startswith("#") and not href.startswith(("#!", "#/")) else page.absolute(href)


def _numbered(page: Page) -> Iterator[str]:
    """The page after this one in a row of links whose words are numbers and whose addresses differ by just these
    numbers: ``?page=2 ?page=3``, ``/list_2.html /list_3.html``. A page outside the row is its first."""
    rows: dict[tuple[str, str], dict[int, str]] = defaultdict(dict)
    for node in page.root.iter("a"):
        words = (_words_of(page, node)).strip(" []【】")
        url = _leads_to(page, node) if _NUMBER.fullmatch(words) else ""
        if url and not is_trap(url):
            for around in _around(url, words):
                rows[around][int(words)] = url
    for (head, tail), row in sorted(rows.items(), key=lambda pair: -len(pair[1])):
        inner = page.url[len(head) : len(page.url) - len(tail)]
        ours = page.url.startswith(head) and page.url.endswith(tail) and inner.isdigit()
        following = int(inner) + 1 if ours and len(inner) < 5 else 2
        if following in row:
            yield row[following]


def _around(url: str, number: str) -> Iterator[tuple[str, str]]:
    """``(head, tail)`` for each place where the number stands alone in the address, after the host."""
    start = url.find("/", url.find("//") + 2)
    for found in re.finditer(rf"(?<!\d){int(number)}(?!\d)", url):
        if found.start() > start > 0:
            yield url[: found.start()], url[found.end() :]
