"""URL shapes: group a page's links by place in the tree and shape of address. One group of them is the items."""

from __future__ import annotations

import math
import re
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from statistics import median
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from spiders.reading.page import Page
from spiders.url_expansion import canonical, is_trap, same_site
from spiders.wizard.selectors import signature

MIN_LINKS = 3
"""Links that make a group; fewer repeat by chance."""

_ASIDE_TAGS = {"nav", "footer", "aside"}
_ASIDE = re.compile(
    r"(?<![a-z])(nav|navbar|menu|footer|foot|foots|breadcrumbs?|crumbs?|pag(?:e|er|es|ination|ing)|tags?|tagcloud|categor(?:y|ies)|"
    r"cats?|side|sidebar|aside|widget|toolbar|topbar|login|copyright|friend(?:ly|link)?s?|partners?|hot|rank|related|recommend)"
    r"(?![a-z])",
    re.I,
)
_WORDED = re.compile(r"[A-Za-z]{1,15}")
_AGE = re.compile(r"^[\d\s.,:/<>«»‹›…\[\]-]*$")
_ACCOUNT = re.compile(r"(^|[/?=&])(user|users|u|uid|space|member|members|author|profile|people)([/=&.-]|$)", re.I)


@dataclass(frozen=True, slots=True)
class Link:
    """One address on a page with the words that lead there (the longest, where several do)."""

    url: str
    words: str
    node: Any


@dataclass(frozen=True)
class Group:
    """Links that stand in the same way and have addresses of one shape; ``score`` says how much they look like items."""

    links: tuple[Link, ...]
    signature: tuple[str, ...]
    shape: str
    score: float

    @cached_property
    def urls(self) -> frozenset[str]:
        return frozenset(canonical(link.url) for link in self.links)


def shape(url: str) -> str:
    """Return what addresses of one kind of page have in common: numbers as ``0``, words with hyphens or of other
    scripts as ``w``.

    >>> shape("https://a.cn/item/30217.html?from=list&pos=3"), shape("https://a.cn/catalogue/the-old-lamp_12/")
    ('/item/0.html?pos=0', '/catalogue/w/')
    """
    parts = urlsplit(canonical(url))
    pieces = [_piece(unquote(piece)) for piece in parts.path.split("/")]
    query = "&".join(f"{name}={_piece(value)}" for name, value in parse_qsl(parts.query) if name != "page")
    return "/".join(pieces) + (f"?{query}" if query else "") + ("#" + _piece(parts.fragment) if parts.fragment else "")


def _piece(piece: str) -> str:
    stem, dot, ending = piece.rpartition(".")
    if not dot or not ending.isalpha():
        stem, dot, ending = piece, "", ""
    if re.fullmatch(r"\d+", stem) or re.fullmatch(r"(?=[A-Za-z]*\d)[0-9A-Za-z]{8,}", stem):
        stem = "0"
    elif re.search(r"[A-Za-z]{2,}[-_ ]+[A-Za-z]{2,}|[^\x00-\x7f]", stem) or len(stem) > 24:
        stem = "w"
    else:
        stem = re.sub(r"\d+", "0", stem)
    return stem + dot + ending


def groups(page: Page) -> list[Group]:
    """Group the page's links: at least three of its own site each, the likeliest items first."""
    links = _links(page)
    by_place: dict[tuple[str, ...], list[Link]] = defaultdict(list)
    for link in links:
        by_place[signature(link.node)].append(link)
    words: dict[str, str] = {}
    for link in links:
        words[link.url] = max(words.get(link.url, ""), link.words, key=len)
    found = []
    for place, members in by_place.items():
        for form, same in _by_shape(members).items():
            unique = {canonical(link.url): Link(link.url, words[link.url], link.node) for link in reversed(same)}
            if len(unique) >= MIN_LINKS:
                kept = tuple(reversed(unique.values()))
                found.append(Group(kept, place, form, _score(page, kept, len(links))))
    found = [group for group in found if group.score > 0]
    return sorted(found, key=lambda group: -group.score)


def _links(page: Page) -> list[Link]:
    found = []
    for node in page.root.iter("a"):
        url = page.absolute((node.get("href") or "").strip())
        if not url.startswith("http") or not same_site(url, page.url) or is_trap(url):
            continue
        if canonical(url) == canonical(page.url):
            continue
        alt = next((img.get("alt") or "" for img in node.iter("img")), "")
        found.append(Link(url, page.text(node) or node.get("title") or alt, node))
    return found


def _by_shape(members: list[Link]) -> dict[str, list[Link]]:
    """By the shape of their addresses; where nearly each has one of its own (``/about-us``, ``/welcome``), by length."""
    shaped: dict[str, list[Link]] = defaultdict(list)
    for link in members:
        shaped[shape(link.url)].append(link)
    single = [form for form, same in shaped.items() if len({link.url for link in same}) < MIN_LINKS]
    if len(single) > 1:
        loose: dict[str, list[Link]] = defaultdict(list)
        for form in single:
            for link in shaped.pop(form):
                loose[_loose(form)].append(link)
        for form, same in loose.items():
            fits = next((known for known in shaped if _loose(known) == form), form)
            shaped[fits] = [link for link in members if link in shaped.get(fits, []) or link in same]
    return shaped


def _loose(form: str) -> str:
    path, _, query = form.partition("?")
    pieces = path.split("/")
    last = next((n for n in range(len(pieces) - 1, -1, -1) if pieces[n]), 0)
    pieces[last] = "w." + pieces[last].rpartition(".")[2] if "." in pieces[last] else "w"
    return "/".join(pieces) + ("?" + "&".join(pair.partition("=")[0] for pair in query.split("&")) if query else "")


def fits(url: str, form: str) -> bool:
    """Tell whether an address has the shape, taken strictly or loosely."""
    own = shape(url)
    return own == form or _loose(own) == form or (_loose(own) == _loose(form) and "w" in form.split("/"))


def _score(page: Page, links: tuple[Link, ...], everything: int) -> float:
    said = [link.words for link in links]
    if sum(1 for link in links if _AGE.match(page.text(link.node) or "x")) > len(links) // 2:
        return 0.0
    if sum(1 for words in said if _AGE.match(words)) > len(said) // 2 and any(said):
        return 0.0
    usual = median(len(words.encode("gbk", "replace")) / 2 for words in said)
    titled = 0.3 if usual < 2 else 0.6 if usual < 4 else 1.0 if usual < 6 else 1.4 if usual < 12 else 1.6
    varied = len(set(said)) / len(said)
    aside = sum(1 for link in links if _is_aside(link.node, everything)) > len(links) // 2
    person = sum(1 for link in links if _ACCOUNT.search(urlsplit(link.url).path + "?" + urlsplit(link.url).query))
    borrowed = sum(1 for link in links if not page.text(link.node)) > len(links) // 2
    numbered = "0" in shape(links[0].url)
    number = math.sqrt(min(len(links), 60))
    return (
        number * titled * (0.3 + varied) * (0.25 if aside else 1.0) * (1.2 if numbered else 1.0)
        * (0.4 if person > len(links) // 2 else 1.0) * (0.8 if borrowed else 1.0)
    )  # fmt: skip


def _is_aside(node: Any, everything: int) -> bool:
    """Whether a link stands in navigation, a side column or a footer. What holds most of the page's links is none."""
    above = node
    for _ in range(12):
        above = above.getparent()
        if above is None or above.tag in ("body", "html"):
            return False
        named = f"{above.get('class') or ''} {above.get('id') or ''} {above.get('role') or ''}"
        if (above.tag in _ASIDE_TAGS or _ASIDE.search(named)) and sum(1 for _ in above.iter("a")) <= everything // 2:
            return True
        if above.tag == "header" and above.getparent() is not None and above.getparent().tag == "body":
            return True
    return False


def common(pages: Iterable[Page]) -> set[str]:
    """Find lines of text that stand on more than one of the pages: headers, menus, footers."""
    count: Counter[str] = Counter()
    for page in pages:
        count.update(set(page.visible.split("\n")))
    return {line for line, n in count.items() if n > 1}
