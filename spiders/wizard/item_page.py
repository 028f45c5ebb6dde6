"""Item-page reader: looks over a page's elements, what stands after a label, and what an element's name says it is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spiders.reading.page import Page, fold

_AWAY = re.compile(r"^(nav|footer|aside|script|style|select|option|form|button|textarea|noscript)$")
_PROFILE = re.compile(
    r"(^|[/?=&.-])(user|users|u|uid|shop|shops|store|stores|seller|author|authors|space|member|people|profile)[/=?&-]",
    re.I,
)


@dataclass(frozen=True, slots=True)
class FieldFinding:
    """``value`` as it stands on the page; the element to select, or (for a piece of a text) the rules that read it."""

    value: str
    node: Any = None
    rules: tuple[str, ...] = ()
    labelled: bool = False


def elements(page: Page) -> Iterator[Any]:
    """Yield the elements of the page's own matter: navigation, footers and forms left out."""
    body = next(page.root.iter("body"), page.root)
    stack = [body]
    while stack:
        node = stack.pop()
        if not isinstance(node.tag, str) or (_AWAY.match(node.tag) and not _is_matter(node)):
            continue
        named = f" {node.get('class') or ''} {node.get('id') or ''} ".lower()
        if (
            node is not body
            and re.search(
                r"[ _-](footer|breadcrumbs?|crumbs?|copyright|nav|navbar|menu|sidebar|related|recommend|pagination|pager)[ _-]",
                named,
            )
            and sum(1 for _ in node.iter()) < 200
        ):
            continue
        yield node
        stack.extend(reversed(node))


def _is_matter(node: Any) -> bool:
    """Whether an element that usually is the site's frame holds the page's own matter: an old site's form around
    everything, the line of facts under an article."""
    if node.tag == "form":
        return len("".join(node.itertext())) > 200
    return node.tag == "footer" and next(node.iterancestors("article", "section", "li"), None) is not None


def own(node: Any) -> str:
    """Return the text that stands in the element itself and in its inline pieces of style, not in links or blocks."""
    parts = [node.text or ""]
    for child in node:
        if child.tag in ("b", "strong", "em", "i", "font", "br", "span") and not len(child):
            parts.append(child.text or "")
        parts.append(child.tail or "")
    return "".join(parts)


def before(node: Any) -> str:
    """Return the words just before an element, within its parent."""
    before = node.getprevious()
    if before is not None and isinstance(before.tag, str):
        said = (before.tail or "").strip() or "".join(before.itertext()).strip()
        return said[-12:]
    above = node.getparent()
    return ((above.text or "") if above is not None else "").strip()[-12:]


def labelled(page: Page, labels: str) -> Iterator[FieldFinding]:
    """Find what stands after a label: in the same text, in the element inside or the one after."""
    inside = re.compile(
        rf"(?:^|[\s　|｜/／,，·•(（【\[])(?P<label>{labels})\s*[】\])）]?\s*[:：]\s*(?P<value>[^\s　|｜/／,，·•()（）]{{1,40}}(?: [A-Z][\w.]+)?)",
        re.I,
    )
    ending = re.compile(rf"(?:^|[\s　|｜/／,，·•(（【\[])(?:{labels})\s*[】\])）]?\s*[:：]?\s*$", re.I)
    for node in elements(page):
        texts = [(node.text or "", next(node.iterchildren("*"), None))]
        texts += [(child.tail or "", _element_after(child)) for child in node]
        for said, following in texts:
            said = fold(said)
            if len(said) > 200:
                continue
            if found := inside.search(said):
                yield FieldFinding(
                    found["value"],
                    node if fold(page.text(node)) == found["value"] else None,
                    _text_rules(found["label"]),
                    True,
                )
            elif said and ending.search(said):
                colon = said.endswith((":", "："))
                target = following
                if target is None and (
                    colon or node.tag in ("th", "dt", "label", "span", "td", "b", "strong", "em", "i")
                ):
                    target = _element_after(node)
                    if target is None and (node.tail or "").strip():
                        tail = re.match(r"\s*[:：]?\s*([^\s　|｜]{1,40})", node.tail or "")
                        if tail:
                            yield FieldFinding(
                                tail[1],
                                None,
                                (
                                    f'xpath: //{node.tag}[contains(., "{said.strip(" :：")}")]/following-sibling::text()[1]',
                                ),
                                True,
                            )
                        continue
                if target is not None and isinstance(target.tag, str) and (value := fold(page.text(target))):
                    narrow = target
                    while len(narrow) == 1 and isinstance(narrow[0].tag, str) and fold(page.text(narrow[0])) == value:
                        narrow = narrow[0]
                    label = said.strip(" :：　")
                    here = f'{node.tag}[contains(text(), "{label}")]'
                    step = f"following-sibling::{target.tag}[1]" if following is None else f"{target.tag}[1]"
                    yield FieldFinding(value, narrow, (f"xpath: //{here}/{step}",) if '"' not in label else (), True)


def _element_after(node: Any) -> Any:
    return next(node.itersiblings("*"), None)


def _text_rules(label: str) -> tuple[str, ...]:
    return (rf"re: {re.escape(label)}\s*[:：]\s*([^<>\s|｜　]+)".replace("\\ ", " "),)


def hinted(page: Page, names: str) -> Iterator[FieldFinding]:
    hint = re.compile(rf"(?<![a-z])({names})(?![a-z])|({names})[-_]?name", re.I)
    for node in elements(page):
        value = fold(page.text(node)) if len(node) < 4 else ""
        if not 0 < len(value) <= 40:
            continue
        named = f"{node.get('class') or ''} {node.get('id') or ''} {node.get('itemprop') or ''} {node.get('rel') or ''}"
        child = next((part for part in node if isinstance(part.tag, str) and fold(page.text(part)) == value), None)
        profile = node.tag == "a" and _PROFILE.search(node.get("href") or "")
        if (hint.search(named) or profile or node.tag == "cite") and child is None:
            link = next((part for part in node.iter("a") if part is not node and fold(page.text(part))), None)
            yield FieldFinding(fold(page.text(link)), link) if link is not None else FieldFinding(value, node)


def is_name(value: str) -> bool:
    return (
        0 < len(value) <= 40
        and not re.fullmatch(r"[\d\W]+", value)
        and not re.search(r"登录|注册|退出|进店|关注|收藏|更多|全部|我的|\d元", value)
    )


def plain(text: str) -> str:
    return re.sub(r"[\s　.…]+", "", text).casefold()


def agrees(block: str, main: str) -> bool:
    """Tell whether a main text has nearly all of the prose block and little besides."""
    left, right = re.sub(r"\s+", "", block), re.sub(r"\s+", "", main)
    return bool(left) and left[:40] in right and left[-40:] in right and len(right) <= 1.03 * len(left) + 12
