"""Pager: finds how a list goes on: its next page by name, by words, or by the number after the current one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from patrol.directory import Rule
from spiders.reading.extract import CompiledRule
from spiders.reading.page import Page
from spiders.url_expansion import canonical, same_site
from spiders.wizard.selectors import classes, lasts, names

_WORDS = re.compile(
    r"^[\s\[(（<]*(下一?[页頁个组批]|后一?[页个]|次页|下一章页|翻页|next(?:\s*page)?|older(?:\s+(?:posts|entries))?|较[旧早]的?文章|更[早旧]的?(?:文章|内容)|以前的文章|后页|[›»>→⟩⟫〉》❯▶]+)[\s\])）>»›→]*$",
    re.I,
)
_ONLY_MARK = re.compile(r"^[›»>→⟩⟫〉》❯▶]+$")
_CURRENT = re.compile(
    r"^(active|current|cur|on|selected|now|this|thisclass|page-?current|current-?page|pg-?cur)$", re.I
)
MAX_PAGES = 200


@dataclass(frozen=True, slots=True)
class Next:
    """``rule`` as a site file writes it, and the address that it gives on the page where it was found."""

    rule: str
    url: str


def next_ways(page: Page) -> list[Next]:
    """Find rules that lead from this list to its next page, the most lasting first; each gives that address first."""
    found: dict[str, str] = {}
    for node in _next_links(page):
        url = page.absolute((node.get("href") or "").strip())
        if not url.startswith("http") or not same_site(url, page.url) or canonical(url) == canonical(page.url):
            continue
        for rule in _rules(node, page.text(node)):
            found.setdefault(rule, url)
    return [Next(rule, url) for rule, url in found.items() if first(rule, page) == canonical(url)]


def first(rule: str, page: Page) -> str:
    """Return the canonical address that a rule gives on a page; "" when it gives none."""
    try:
        given = CompiledRule(Rule.parse(rule))(page)
    except (ValueError, SyntaxError):
        return ""
    return canonical(page.absolute(given[0])) if given else ""


def confirmed(ways: list[Next], second: Page, before: Page) -> Next | None:
    """Choose the first way that, on the page it leads to, goes on to a further page, or is not there (the list has
    ended)."""
    known = {canonical(before.url), canonical(second.url)}
    ended: Next | None = None
    for way in ways:
        after = first(way.rule, second)
        back = (
            _page_number(after)[0] == _page_number(second.url)[0]
            and _page_number(after)[1] <= _page_number(second.url)[1]
        )
        if after and after not in known and not back:
            return way
        if not after:
            ended = ended or way
    return ended


def _next_links(page: Page) -> Iterator[Any]:
    anchors = [node for node in page.root.iter("a", "link") if node.get("href")]
    yield from (node for node in anchors if "next" in (node.get("rel") or "").lower().split())
    worded = []
    for node in anchors:
        said = _said(page, node)
        if node.tag == "a" and _WORDS.match(said):
            worded.append((bool(_ONLY_MARK.match(said)), node))
    yield from (node for _, node in sorted(worded, key=lambda pair: pair[0]))
    yield from (
        node for node in anchors if node.tag == "a" and _NAMED.search(_classes_around(node)) and _href_is_way(node)
    )
    yield from (node for node in anchors if node.tag == "a" and _is_one_further(page, node))
    if (numbered := _numbered(page)) is not None:
        yield numbered


_NAMED = re.compile(r"(?<![a-z])(next|nxt|next-?page|older)(?![a-z])", re.I)


def _classes_around(node: Any) -> str:
    above = node.getparent()
    return f"{node.get('class') or ''} {above.get('class') or '' if above is not None and len(above) == 1 else ''}"


def _is_one_further(page: Page, node: Any) -> bool:
    """Whether a link in words goes to this very address with a page number one higher (2 where there was none)."""
    said = page.text(node)
    if not said or said.isdecimal():
        return False
    here, there = _page_number(page.url), _page_number(page.absolute(node.get("href") or ""))
    return here[0] == there[0] and there[1] == here[1] + 1


_PAGE_NUMBER = re.compile(
    r"(?:(?<=[?&])(?:page|p|pg|pn|pageno|page_?num|paged|curpage)=|(?<=[_/-])(?:page|index|p|list)?[_/-]?)(\d{1,4})(?=$|[/&.#])",
    re.I,
)


def _page_number(url: str) -> tuple[str, int]:
    """An address without its page number, and that number; 1 where there is none."""
    found = list(_PAGE_NUMBER.finditer(url))
    number = int(found[-1][1]) if found else 1
    rest = url[: found[-1].start()] + url[found[-1].end() :] if found else url
    return re.sub(r"(?<=/)(?:index)?[_-]?\.(?:html?|php|aspx?|jsp)$", "", rest).rstrip("/?&"), number


def _href_is_way(node: Any) -> bool:
    return not (node.get("href") or "").startswith(("#", "javascript"))


def _said(page: Page, node: Any) -> str:
    alt = next((img.get("alt") or "" for img in node.iter("img")), "")
    return page.text(node) or node.get("title") or node.get("aria-label") or alt


def _rules(node: Any, said: str) -> Iterator[str]:
    if node.tag == "link":
        yield 'link[rel="next"]@href'
        return
    telling = [name for name in classes(node) if re.search(r"next|older|xiaye|nxt", name, re.I) and lasts(name)]
    yield from (f"a.{name}@href" for name in telling)
    above = node.getparent()
    if above is not None:
        yield from (
            f".{n} a@href" for n in (above.get("class") or "").split() if re.search("next|older", n, re.I) and lasts(n)
        )
    if above is not None and len(above) == 1:
        yield from (f"{name} a@href" for name in list(names(above))[:-1])
    if "next" in (node.get("rel") or "").lower().split():
        yield 'a[rel="next"]@href'
    if word := re.search(r"下一?[页頁个组批]|后一?[页个]|次页|[Nn]ext|NEXT|[Oo]lder|较[旧早]|更[早旧]", said):
        yield f'xpath: //a[normalize-space(.)="{" ".join(said.split())}"]/@href' if '"' not in said else ""
        yield f'xpath: //a[contains(., "{word[0]}")]/@href'
    elif _ONLY_MARK.match(said.strip()):
        yield f'xpath: //a[normalize-space(.)="{said.strip()}"]/@href'
    elif 0 < len(said) <= 12 and not said.isdecimal() and '"' not in said:
        yield f'xpath: //a[normalize-space(.)="{" ".join(said.split())}"]/@href'
    if (now := _current_beside(node)) is not None:
        yield from _after(now, node)


def _numbered(page: Page) -> Any:
    """The link with the number after that of the current page."""
    for node in page.root.iter("a"):
        number = page.text(node)
        if not number.isdecimal() or len(number) > 4 or int(number) < 2:
            continue
        now = _current_beside(node)
        if now is not None and "".join(now.itertext()).strip(" []") == str(int(number) - 1):
            return node
    return None


def _current_beside(node: Any) -> Any:
    """The element of the current page's number just before a link: a bare number, or one marked as the current."""
    inside = node.getparent()
    item = inside if inside is not None and inside.tag in ("li", "span") and len(inside) == 1 else node
    before = next(item.itersiblings("*", preceding=True), None)
    if before is None:
        return None
    said = "".join(before.itertext()).strip(" []\n\t")
    linked = before.tag == "a" or next(before.iter("a"), None) is not None
    marked = any(_CURRENT.match(name) for name in (before.get("class") or "").split()) or before.get("aria-current")
    return before if said.isdecimal() and (not linked or marked) else None


def _after(now: Any, node: Any) -> Iterator[str]:
    item = "li" if now.tag == "li" else "a"
    step = f"following-sibling::{item}[1]" + ("//a" if item == "li" else "")
    for name in (now.get("class") or "").split():
        if _CURRENT.match(name):
            yield f'xpath: //{now.tag}[contains(concat(" ", @class, " "), " {name} ")]/{step}/@href'
    above = now.getparent()
    for name in list(names(above))[:-1] if above is not None else ():
        kind, word = ("id", name[1:]) if name[0] == "#" else ("class", name.split(".")[-1])
        if name[0] in "#.":
            test = f'@id="{word}"' if kind == "id" else f'contains(concat(" ", @class, " "), " {word} ")'
            yield f"xpath: //*[{test}]/{now.tag}[not(self::a)]/{step}/@href"
    yield f"xpath: //{now.tag}[not(self::a) and normalize-space(.) and number(.) = number(.)]/{step}/@href"


def numbered_range(page: Page, following: str) -> str:
    """Write ``list?page={1..9}`` where only numbers lead on: the last number shown is the end. "" where none can be
    told."""
    numbers = [int(text) for node in page.root.iter("a") if (text := page.text(node)).isdecimal() and len(text) < 5]
    found = re.search(r"(?<![0-9])2(?=[^0-9]*$)", following)
    if not found or not numbers or max(numbers) < 2:
        return ""
    return f"{following[: found.start()]}{{1..{min(max(numbers), MAX_PAGES)}}}{following[found.end() :]}"


def next_part(page: Page) -> Next | None:
    """Find the link to a text's next page: it says so, and its address is this one's with a number added or raised."""
    for way in next_ways(page):
        if "contains(" in way.rule or "a." in way.rule or "normalize-space" in way.rule:
            here, there = urlsplit(page.url), urlsplit(way.url)
            if here.netloc == there.netloc and _is_part(_stem(here), _stem(there)):
                return way
    return None


def _stem(parts: Any) -> str:
    return re.sub(r"\.\w{2,5}$", "", parts.path.rstrip("/")) + (f"?{parts.query}" if parts.query else "")


def _is_part(here: str, there: str) -> bool:
    plain = re.sub(r"[_-]\d{1,3}$|[?&](page|p)=\d+$|/\d{1,3}$", "", there)
    own = re.sub(r"[_-]\d{1,3}$|[?&](page|p)=\d+$", "", here)
    return plain != there and plain in (here, own)
