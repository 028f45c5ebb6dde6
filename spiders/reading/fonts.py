"""Font check: marks text that a page shows through a font of its own making as unreadable, so that nobody compares it.

Two ways are common. Characters of Unicode's private use areas (U+E000–F8FF and planes 15 and 16), which mean nothing
without the font: found in any text that was read. Ordinary characters whose shapes are shuffled by a font that the page
carries in itself (``@font-face`` with a ``data:`` address) or by one of a known make: found by the elements that are set
in it. Icons are private characters too, but stand alone beside words; they are dropped without a word.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import fields, replace
from html import unescape
from typing import Any

from lxml import etree

from patrol.items import Extracted
from spiders.reading.page import Page
from spiders.reading.styles import read_rules

MARK = "□"
"""Stands for each character that cannot be read."""

NOTE = "unreadable_font"
MAX_FONTS = 20
MAX_SOURCE = 2_000
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_P = _PRIVATE.pattern
_RUN = re.compile(rf"(?<=[\w¥￥$.,])[ \t]?{_P}+(?=[\w.,])|{_P}{_P}+|(?<=[¥￥$])[ \t]?{_P}+")
_FAMILY = re.compile(r"font-family\s{0,9}:\s{0,9}['\"]?([^;'\",}]{1,80})", re.I)
_KNOWN = re.compile(r"^(fangchan-secret|stonefont|myfont|jjwxcfont_\w+|icomoon-secret|mkfont|dc-secret)$", re.I)
_ICONS = re.compile(r"icon|awesome|glyph|swiper|slick|video|vjs|katex|mathjax|symbol", re.I)
_CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)\s*$")
_READABLE = re.compile(r"\w")
_BROAD = 0.5
_TEXTS = tuple(
    field.name for field in fields(Extracted) if field.name not in ("extra", "rules", "reading", "images", "seller_url")
)


def without_shuffled(page: Page) -> tuple[Page, int]:
    """Return the page with what is set in a shuffling font marked, and how many characters that are. A font that most of
    the page is set in is taken for a matter of taste."""
    if "@font-face" not in page.html:
        return page, 0
    sheets = [node.text for node in page.root.iter("style") if node.text]
    families = frozenset(family for sheet in sheets for family in _families(sheet))
    if not families:
        return page, 0
    rules = [rule for sheet in sheets for rule in read_rules(sheet) if "font-family" in rule[1]]
    elements = _set_in(page, rules, families)
    number = sum(len(_READABLE.findall("".join(element.itertext()))) for element in elements)
    if not number or number > _BROAD * len(_READABLE.findall(page.visible)):
        return page, 0
    # A tree of its own: the page's serves others as it was sent.
    marked = replace(page)
    for element in _set_in(marked, rules, families):
        for part in element.iter():
            if isinstance(part.tag, str):
                part.text = part.text and _READABLE.sub(MARK, part.text)
                if part is not element:
                    part.tail = part.tail and _READABLE.sub(MARK, part.tail)
    html = etree.tostring(marked.root, encoding="unicode", method="html")
    return replace(page, html=html), number


def readable(extracted: Extracted, shuffled: int = 0) -> Extracted:
    """Mark private characters where they stand for words, drop them where they are icons; note in ``extra`` how many
    could not be read (``shuffled`` ones included)."""
    changed: dict[str, Any] = {}
    number = shuffled
    for name in _TEXTS:
        value = getattr(extracted, name)
        if isinstance(value, str) and _PRIVATE.search(value):
            changed[name], unread = _marked(value)
            number += unread
        elif isinstance(value, tuple) and any(_PRIVATE.search(part) for part in value):
            changed[name] = tuple(text for part in value if (text := _marked(part)[0]))
    if number:
        changed["extra"] = (*extracted.extra, (NOTE, f"有 {number} 个字用了自造字体，无法读取"))
    return replace(extracted, **changed) if changed else extracted


def is_unsure(text: str) -> bool:
    """Tell whether part of a text cannot be read: no number is taken from such a one."""
    return MARK in text or bool(_PRIVATE.search(text))


def _marked(text: str) -> tuple[str, int]:
    """The text with its private characters marked, and how many they are; where they look like icons, without them. Fewer
    than three places, one character each, in a long text without a price are icons between words."""
    places = _RUN.findall(text)
    few = len(places) < 3 and len(text) > 60 and all(len(_PRIVATE.findall(place)) == 1 for place in places)
    if not places or (few and "¥" not in text and "￥" not in text):
        return re.sub(r"[ \t]{2,}", " ", _PRIVATE.sub("", text)).strip(" "), 0
    return _PRIVATE.subn(MARK, text)


def _families(sheet: str) -> Iterator[str]:
    """The names of the fonts of a style sheet that may shuffle."""
    for face in sheet.split("@font-face")[1 : MAX_FONTS + 1]:
        body = face.partition("{")[2].partition("}")[0]
        named = _FAMILY.search(body)
        name = unescape(named[1]).strip().lower() if named else ""
        if name and not _ICONS.search(name) and (_KNOWN.match(name) or _is_carried(body)):
            yield name


def _is_carried(body: str) -> bool:
    """Whether a font's source is the style sheet itself."""
    sources = (part.strip().lower() for part in body.split(";"))
    return any(source.startswith("src") and "data:" in source[:MAX_SOURCE] for source in sources)


def _set_in(page: Page, rules: list[tuple[str, str]], families: frozenset[str]) -> list[Any]:
    """The outermost elements that are set in these fonts: by a style of their own, or by a rule for their class."""
    classes = set()
    for heads, body in rules:
        if _names(body) & families:
            classes |= {found[1] for part in heads.split(",") if (found := _CLASS.search(part.strip()[-100:]))}
    elements = []
    covered: set[Any] = set()
    for element in page.nodes("//*[@class or contains(@style, 'font-family')]" if classes else _STYLED):
        if element in covered:
            continue
        own = element.get("style") or ""
        if classes.intersection((element.get("class") or "").split()) or (own and _names(own) & families):
            elements.append(element)
            covered.update(element.iterdescendants())
    return elements


_STYLED = "//*[contains(@style, 'font-family')]"


def _names(style: str) -> set[str]:
    if "font-family" not in style.lower():
        return set()
    return {found[1].strip().lower() for found in _FAMILY.finditer(style)}
