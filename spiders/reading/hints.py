"""Signs that a page shows more than reached us as text: what its scripts, frames, pictures, fonts and styles would show.

Looked for where little text was read. A sign is not a verdict: a caption under a photograph is a page that was read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from lxml import etree

from patrol.vocabulary import UnreadReason
from spiders.reading.page import Page
from spiders.url_expansion import same_site

LITTLE = 60
"""Characters of text of its own up to which a page may be an empty shell."""

SOME = 200
"""Characters up to which a page's text may stand in a frame or in pictures instead."""

MIN_HOLLOW = 20
"""Empty pieces in one block from which they are text: a row of stars or of buttons has fewer."""

MIN_PICTURES = 3
_SMALL = 100
_HOLLOW = etree.XPath(
    "//*[self::span or self::i or self::b or self::em or self::u or self::s or self::font][not(node())][@*]"
)
_ICON = re.compile(r"ico|emoji|face|star|arrow|btn|button|logo|sprite|flag|dot|line|badge|level|swiper|avatar", re.I)
_MOUNT = etree.XPath(
    "//*[self::div or self::main or self::section][not(.//text()[normalize-space()])]"
    "[@id='app' or @id='root' or @id='__next' or @id='__nuxt' or @id='main' or @id='container' or @id='content' or @data-reactroot"
    " or @id='App' or @id='page' or @id='wrapper' or @data-server-rendered or contains(@class, 'content') or contains(@class, 'article')]"
)
_CUSTOM = etree.XPath("//body//*[contains(local-name(), '-')][not(node())]")
_WAITING = re.compile(
    r"^\W*(?:(?:正在|努力|页面|数据|内容)*加载中?|加载中|loading|请稍[候后等])[\s.…,，。]*(?:请稍[候后等])?\W*$", re.I
)
_NEEDS_SCRIPTS = re.compile(
    r"(?:启用|开启|打开|允许|支持|enable|requires?).{0,12}(?:java\s?script|脚本)|(?:java\s?script|脚本).{0,16}(?:启用|开启|打开|enable|disabled|required|禁用)",
    re.I,
)


def find_hints(page: Page, own: int) -> Iterator[tuple[UnreadReason, str]]:
    """List the signs, the strongest first, each with what it was told by. ``own``: characters of text that were read outside of
    links and buttons."""
    if not page.seen.is_whole:
        yield UnreadReason.CUT, "网页太大，后面的没有读"
    if own <= SOME and (frames := list(_frames(page))):
        yield UnreadReason.FRAME, "\n".join(frames[:5])
    if own <= LITTLE and (why := _needs_scripts(page)):
        yield UnreadReason.SCRIPT, why
    hollow = _hollow(page)
    if hollow >= max(1, 0.1 * own):
        yield UnreadReason.FONT, f"{hollow} 处文字由样式写出"
    if own <= LITTLE:
        drawn = sum(1 for _ in page.root.iter("canvas"))
        pictures = sum(1 for node in page.root.iter("img") if _is_content(node))
        if drawn or pictures >= MIN_PICTURES:
            yield UnreadReason.PICTURE, f"{pictures} 幅图片" if pictures else f"{drawn} 幅画布"


def _needs_scripts(page: Page) -> str:
    if next(page.root.iter("script"), None) is None and not _CUSTOM(page.root):
        return ""
    if page.scripted:
        return "组件里的文字读不到" if _CUSTOM(page.root) else ""
    lines = [block.text for block in page.seen.blocks]
    if any(_NEEDS_SCRIPTS.search(line) for line in lines if len(line) < SOME):
        return "网页自己说要开启脚本"
    if any(_WAITING.match(line) for line in lines if len(line) < LITTLE):
        return "网页停在加载中"
    if _MOUNT(page.root):
        return "正文的位置是空的"
    if _CUSTOM(page.root):
        return "组件是空的"
    return "网页没有文字" if sum(map(len, lines)) < LITTLE / 2 else ""


def _frames(page: Page) -> Iterator[str]:
    """Addresses of the site's own frames whose document is not at hand and that are large enough to hold a text."""
    addresses = [*page.seen.frames, *(node.get("src") or "" for node in page.root.iter("frame"))]
    addresses += [
        node.get("data") or node.get("src") or "" for node in page.root.iter("object", "embed") if _is_page(node)
    ]
    small = {node.get("src") for node in page.root.iter("iframe") if _is_small(node)}
    for address in dict.fromkeys(addresses):
        url = page.absolute(address)
        if address not in small and url.startswith(("http://", "https://")) and same_site(url, page.url):
            yield url


def _is_page(node: Any) -> bool:
    address = (node.get("data") or node.get("src") or "").partition("?")[0].lower()
    return "html" in (node.get("type") or "").lower() or address.endswith((".html", ".htm"))


def _is_small(node: Any) -> bool:
    style = (node.get("style") or "").replace(" ", "").lower()
    return "display:none" in style or any(_pixels(node.get(size)) < _SMALL for size in ("width", "height"))


def _pixels(length: str | None) -> float:
    """A length as an attribute gives it; without one, or in parts of the window, it is large."""
    found = re.match(r"\s*(\d{1,5})\s*(?:px)?\s*$", length or "")
    return float(found[1]) if found else float("inf")


def _is_content(node: Any) -> bool:
    """Whether a picture may be a page of text: neither an icon nor a link's nor one of the frame."""
    if any(_pixels(node.get(size)) < _SMALL for size in ("width", "height")):
        return False
    return not any(around.tag in ("a", "nav", "header", "footer", "button") for around in _around(node))


def _around(node: Any) -> Iterator[Any]:
    for step, around in enumerate(node.iterancestors()):
        if step == 6:
            return
        yield around


def _hollow(page: Page) -> int:
    """Pieces of running text that show nothing without a style sheet which we do not have. Icons are hollow too, but stand
    one or a few in a place, or are all alike."""
    many = sum(count for count in page.seen.hollow.values() if count >= MIN_HOLLOW)
    if not many:
        return 0
    families: dict[Any, set[tuple[tuple[str, str], ...]]] = {}
    for node in _HOLLOW(page.root):
        if not _ICON.search(node.get("class") or ""):
            families.setdefault(node.getparent(), set()).add(tuple(node.attrib.items()))
    return many if any(len(family) >= MIN_HOLLOW // 2 for family in families.values()) else 0
