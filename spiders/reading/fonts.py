"""Font check: marks text that a page shows through a font of its own making as unreadable, so that nobody compares it.

Two ways are common. Characters of Unicode's private use areas (U+E000–F8FF and planes 15 and 16), which mean nothing
without the font: found in any text that was read. Ordinary characters whose shapes are shuffled by a font that the page
carries in itself (``@font-face`` with a ``data:`` address) or by one of a known make: found by the elements that are set
in it. Icons are private characters too, but stand alone beside words; they are dropped without a word.
"""

from __future__ import annotations

import re
from dataclasses import fields, replace
from html import unescape
from typing import Any

from lxml import etree

from patrol.items import Extracted
from spiders.reading.page import Page

MARK = "□"
"""Stands for each character that cannot be read."""

NOTE = "unreadable_font"
MAX_FONTS = 20
_PRIVATE = re.compile("[\ue000-\uf8ff\U000f0000-\U000ffffd\U00100000-\U0010fffd]")
_P = _PRIVATE.pattern
_RUN = re.compile(rf"(?<=[\w¥￥$.,])[ \t]?{_P}+(?=[\w.,])|{_P}{_P}+|(?<=[¥￥$])[ \t]?{_P}+")
_FACE = re.compile(r"@font-face\s*\{([^{}]{0,4000000})\}", re.I)
_FAMILY = re.compile(r"font-family\s*:\s*['\"]?([^;'\",}]{1,80})", re.I)
_CARRIED = re.compile(r"src\s*:[^;}]*url\(\s*['\"]?data:", re.I)
_KNOWN = re.compile(r"^(fangchan-secret|stonefont|myfont|jjwxcfont_\w+|icomoon-secret|mkfont|dc-secret)$", re.I)
_ICONS = re.compile(r"icon|awesome|glyph|swiper|slick|katex|mathjax|symbol", re.I)
_RULE = re.compile(r"([^{}]{1,500})\{([^{}]{1,5000})\}")
_CLASS = re.compile(r"\.(-?[_a-zA-Z][\w-]*)\s*$")
_READABLE = re.compile(r"\w")
_BROAD = 0.5
_TEXTS = tuple(
    field.name for field in fields(Extracted) if field.name not in ("extra", "rules", "reading", "images", "seller_url")
)


def without_shuffled(page: Page) -> tuple[Page, int]:
    """Mark what is set in a shuffling font; return the page and how many characters that are. A font that most of the
    page is set in is taken for a matter of taste."""
    if "@font-face" not in page.html or not (families := _families(page.html)):
        return page, 0
    elements = _set_in(page, families)
    number = sum(len(_READABLE.findall("".join(element.itertext()))) for element in elements)
    if not number or number > _BROAD * len(_READABLE.findall(page.visible)):
        return page, 0
    # A tree of its own: the page's serves others as it was sent.
    marked = replace(page)
    for element in _set_in(marked, families):
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


def _families(html: str) -> frozenset[str]:
    """The names of the fonts that may shuffle."""
    found = set()
    for face in list(_FACE.finditer(html))[:MAX_FONTS]:
        named = _FAMILY.search(face[1])
        name = unescape(named[1]).strip().lower() if named else ""
        if name and not _ICONS.search(name) and (_KNOWN.match(name) or _CARRIED.search(face[1])):
            found.add(name)
    return frozenset(found)


def _set_in(page: Page, families: frozenset[str]) -> list[Any]:
    """The elements that are set in these fonts: by a style of their own, or by a rule for their class in the page."""
    classes = set()
    for style in page.nodes("//style/text()"):
        for rule in _RULE.finditer(_FACE.sub("", str(style))):
            if _names(rule[2]) & families:
                classes |= {found[1] for part in rule[1].split(",") if (found := _CLASS.search(part.strip()))}
    elements = []
    for element in page.nodes("//*[@style or @class]"):
        own = element.get("style") or ""
        if (classes and classes & set((element.get("class") or "").split())) or (own and _names(own) & families):
            elements.append(element)
    return elements


def _names(style: str) -> set[str]:
    return {found[1].strip().lower() for found in _FAMILY.finditer(style)} if "font-family" in style.lower() else set()
