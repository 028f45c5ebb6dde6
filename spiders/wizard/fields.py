"""Field finder: proposes, for item pages that nobody has described, the rule that gives a field on the most pages.

Only what the fallbacks do not give is looked for: what looks like the field on each page, then the one rule for it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from patrol.directory import Rule
from patrol.vocabulary import PageKind
from spiders.reading.extract import CompiledRule
from spiders.reading.page import Page, fold
from spiders.reading.values import parse_date, parse_number
from spiders.wizard.item_page import FieldFinding, agrees, before, elements, hinted, is_name, labelled, own, plain
from spiders.wizard.selectors import classes, names, selectors, signature

MIN_SHARE = 0.6
"""Share of the sample pages on which a rule must give what was found there."""

MAX_RULES = 60
_LABELS = {
    "seller": r"店铺(?:名称)?|卖家|商家|掌柜|店主|供应商|商铺|销售方|分享者|分享人|分享用户|上传者|上传用户|发布者|发布人|发帖人|楼主|"
    r"发行方|发行商|发行机构|创作者|铸造者|UP主|up主|主播|账号|发布账号|sold by|seller|uploader",
    "author": r"作\s*者|作家|著者|撰稿|撰文|文／|文/|编剧|author|written by|by",
    "sales": r"销量|销售量|月销量?|已售|售出|成交量?",
    "views": r"浏览量?|播放量?|阅读量?|点击量?|人气|查看",
    "published": r"出版(?:时间|日期|年月)|发布(?:时间|日期|于)|发表(?:时间|于)|更新(?:时间|日期)|上架时间|上传时间|时\s*间|日\s*期|published|posted|date",
}
_HINTS = {
    "seller": r"seller|shop|store|vendor|merchant|supplier|uploader|issuer|sharer|creator|poster|up-?name|owner|nick|"
    r"user-?name|author|member|account",
    "author": r"author|writer|byline|penname|editor",
}
_MONEY = re.compile(
    r"^(?:(?:促销|活动|优惠|本店|会员|销售|零售|现|售|标|一口|到手|券后|拍卖|起拍|统一|商品|参考)?价格?|特价|仅售|price|now)?\s*[:：]?\s*"
    r"(?:(?P<sign>[¥￥$£€]|RMB|CNY)\s*)?(?P<number>\d[\d,]*(?:\.\d+)?)\s*(?P<unit>万|元|RMB|CNY)?\s*元?\s*(?:起|/[本册件套个])?$",
    re.I,
)
_OLD_PRICE = re.compile(
    r"原价|市场价|划线|定价|吊牌|运费|邮费|押金|保证金|省|已优惠|old|origin|market|list-?price|del|was|ship|freight",
    re.I,
)
_COUNT = r"\d[\d,，]*(?:\.\d+)?\s*(?:万|亿|千|[kKwW])?\s*[+＋]?"
_COUNTS = {
    "sales": re.compile(
        rf"(?:已售|已拼|已抢|售出|销量|月销量?|累计销量|总销量|成交|热销|sold)\D{{0,4}}{_COUNT}|{_COUNT}\s*(?:\+)?\s*(?:人付款|人已?买|人购买|件已售|笔成交|已售|sold)",
        re.I,
    ),
    "views": re.compile(
        rf"(?:播放量?|浏览量?|阅读量?|点击|观看|人气|查看|views?)\D{{0,4}}{_COUNT}|{_COUNT}\s*次?(?:播放|浏览|阅读|点击|观看|views)",
        re.I,
    ),
}
_DATE = re.compile(
    r"(?:19|20)\d\d\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}|\d+\s*(?:秒|分钟|小时|天|周|个?月)前|(?:昨天|前天|今天)\s*\d"
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A rule, how it reads on the pages on which it reads anything, and the share of pages where it agrees."""

    rule: str
    shown: str
    share: float


def title(pages: Sequence[Page], expected: Sequence[str]) -> Proposal | None:
    """Propose the element whose words are those of the link that led to the page."""

    def find(page: Page) -> list[FieldFinding]:
        wanted = plain(expected[list(pages).index(page)])
        nodes = [
            node
            for node in elements(page)
            if node.tag in ("h1", "h2", "h3", "h4", "span", "div", "p", "b", "strong", "a", "td")
        ]
        same = [
            FieldFinding(fold(page.text(node)), node) for node in nodes if wanted and plain(page.text(node)) == wanted
        ]
        return sorted(same, key=lambda found: not found.node.tag.startswith("h"))

    return _agree(pages, find, "", vary=True)


def price(pages: Sequence[Page]) -> Proposal | None:
    def find(page: Page) -> list[FieldFinding]:
        found: list[tuple[int, tuple[str, ...], FieldFinding]] = []
        places: dict[tuple[str, ...], int] = {}
        for node in elements(page):
            text = fold(page.text(node)) if len(node) < 6 else ""
            match = _MONEY.match(text) if len(text) <= 24 else None
            named = f"{node.get('class') or ''} {node.get('id') or ''} {node.get('itemprop') or ''}".lower()
            around = f"{before(node)} {named} {(node.getparent().get('class') or '') if node.getparent() is not None else ''}"
            if not match or node.tag in ("del", "s", "strike") or _OLD_PRICE.search(around):
                continue
            worth = (
                3 * bool(match["sign"] or match["unit"])
                + 2 * bool(re.search(r"price|amount|jiage|money", named))
                + bool(re.match(r"\D*价", text))
            )
            if worth < 2 or (
                next(
                    (child for child in node if isinstance(child.tag, str) and _MONEY.match(fold(page.text(child)))),
                    None,
                )
                is not None
                and not (match["unit"] or match["sign"])
            ):
                continue
            place = signature(node)
            places[place] = places.get(place, 0) + 1
            found.append(
                (worth, place, FieldFinding(match["number"] + (match["unit"] if match["unit"] == "万" else ""), node))
            )
        once = [entry for entry in found if places[entry[1]] <= 2]
        return [finding for _, _, finding in sorted(once, key=lambda entry: -entry[0])]

    return _agree(pages, find, " | number", same=_same_number)


def count(pages: Sequence[Page], field: str) -> Proposal | None:
    """Propose a rule for ``sales`` or ``views``."""
    pattern = _COUNTS[field]

    def find(page: Page) -> list[FieldFinding]:
        found: list[FieldFinding] = []
        places: dict[tuple[str, ...], int] = {}
        named = [entry for entry in labelled(page, _LABELS[field]) if re.match(_COUNT, entry.value)]
        for node in elements(page):
            text = fold(page.text(node)) if len(node) < 8 else ""
            if not 0 < len(text) <= 60 or not (match := pattern.search(text)):
                continue
            if any(isinstance(child.tag, str) and pattern.search(fold(page.text(child))) for child in node):
                continue
            number = re.search(_COUNT, match[0])
            places[signature(node)] = places.get(signature(node), 0) + 1
            label = re.match(r"\D+", match[0])
            by_text = (f"re: {label[0].strip()}\\s*(\\d[\\d.,]*\\s*[千万亿]?\\+?)",) if label else ()
            found.append(FieldFinding(number[0] if number else "", node, by_text))
        return named[:1] + [entry for entry in found if places[signature(entry.node)] <= 2]

    return _agree(pages, find, " | number", same=_same_number)


def person(pages: Sequence[Page], field: str, *, hints: bool = True) -> Proposal | None:
    """Propose a rule for ``seller`` or ``author``: what a label names, else what its element's name or its link says."""

    def find(page: Page) -> list[FieldFinding]:
        found = [entry for entry in labelled(page, _LABELS[field]) if is_name(entry.value)]
        return found or ([entry for entry in hinted(page, _HINTS[field]) if is_name(entry.value)] if hints else [])

    return _agree(pages, find, "")


def published(pages: Sequence[Page], *, named: bool = False) -> Proposal | None:
    """Propose a rule for the date. ``named``: only where the page says what it is (a shop's pages have many dates)."""

    def find(page: Page) -> list[FieldFinding]:
        if named:
            return [entry for entry in labelled(page, _LABELS["published"]) if _DATE.search(entry.value)]
        found = [FieldFinding(node.get("datetime"), node) for node in page.root.iter("time") if node.get("datetime")][
            :1
        ]
        if found:
            return [FieldFinding(found[0].value, None, ("time@datetime",))]
        found = [entry for entry in labelled(page, _LABELS["published"]) if _DATE.search(entry.value)]
        for node in elements(page):
            text = fold(own(node) or "")
            if len(text) <= 60 and (match := _DATE.search(text)):
                label = re.search(r"(发布|发表|更新|时间|日期)[^\d]{0,4}$", text[: match.start()])
                by_text = (f"re: {label[0].strip()}\\s*([\\d年月日:：./ -]+)",) if label and len(text) > 30 else ()
                found.append(FieldFinding(match[0], node, by_text))
        return found[:6]

    def same(value: str, read: str, page: Page) -> bool:
        moment = parse_date(read, page.captured_at)
        return (moment is not None and moment == parse_date(value, page.captured_at)) or value in read[:40]

    return _agree(pages, find, " | date", same=same)


def text(pages: Sequence[Page], mains: Sequence[str], kind: PageKind) -> Proposal | None:
    """Propose the block that holds the prose, where the main text found without rules lacks much of it or has much
    else. Of an article, a block that is but a part of the main text is not taken for the whole: the rest may be further
    sections."""

    def find(page: Page) -> list[FieldFinding]:
        block = prose_block(page)
        if block is None:
            return []
        first = tuple(
            f'xpath: (//{block.tag}[contains(concat(" ", @class, " "), " {name} ")])[1]' for name in classes(block)
        )
        whole = page.text(block)
        paragraphs = "\n".join(page.text(child) for child in block.iterchildren("p"))
        if len(paragraphs) >= 40 and len(paragraphs) < 0.6 * len(whole):
            # Its prose stands among other things: the paragraphs alone are the text.
            return [FieldFinding(paragraphs, None, tuple(f"{name} > p" for name in list(names(block))[:-1]))]
        return [FieldFinding(whole, block, first if kind is PageKind.POST else ())]

    blocks = [find(page) for page in pages]
    agree = [not found or agrees(found[0].value, main) for found, main in zip(blocks, mains, strict=True)]
    partial = [bool(found) and len(found[0].value) < 0.6 * len(main) for found, main in zip(blocks, mains, strict=True)]
    if sum(agree) >= 0.8 * len(pages) or (kind is PageKind.ARTICLE and sum(partial) > 0.5 * len(pages)):
        return None

    def same(value: str, read: str, page: Page) -> bool:
        return (
            len(read) <= 1.15 * len(value) + 10 and (value in read or read in value) and len(read) >= 0.6 * len(value)
        )

    return _agree(pages, find, "", same=same, whole=True)


def prose_block(page: Page) -> Any:
    """Find the element with the most prose of its own: text that is not linked, in itself or in its paragraphs."""
    marks: dict[Any, float] = {}
    for node in elements(page):
        length = len(fold(own(node) or ""))
        if length < 8 or node.tag in ("a", "h1", "title", "button", "label", "li"):
            continue
        above = node
        inline = node.tag in ("p", "span", "font", "b", "strong", "em", "i", "h2", "h3", "blockquote")
        if inline:
            above = node.getparent()
        while above is not None and above.tag in ("p", "span", "font", "b", "strong", "em"):
            above = above.getparent()
        if above is not None and above.tag not in ("body", "html"):
            marks[above] = marks.get(above, 0.0) + length
    return max(marks, key=lambda node: marks[node]) if marks else None


def link_of(rule: str, pages: Sequence[Page]) -> str:
    """Derive the rule for the address of a person's page, when the element that names the person is a link or lies in
    one."""
    if rule.startswith(("re:", "xpath:", "json:")) or "@" in rule:
        return ""
    for wanted in (f"{rule}@href", f"{rule} a@href"):
        read = [run(page) for page in pages for run in (_compiled(wanted),) if run]
        if sum(1 for found in read if found and not found[0].startswith(("#", "javascript"))) >= MIN_SHARE * len(pages):
            return wanted
    return ""


# -- agreeing ---------------------------------------------------------------------------------------------------------


def _same(value: str, read: str, page: Page) -> bool:
    return fold(value) == fold(read)


def _same_number(value: str, read: str, page: Page) -> bool:
    left, right = parse_number(value), parse_number(read)
    return left is not None and right is not None and left[0] == right[0]


def _agree(
    pages: Sequence[Page],
    find: Callable[[Page], list[FieldFinding]],
    ending: str,
    *,
    same: Callable[[str, str, Page], bool] = _same,
    whole: bool = False,
    vary: bool = False,
) -> Proposal | None:
    """The rule that gives one of the findings on the most pages; of equals the one that hits the likeliest finding, then
    the shortest. ``whole``: all that the rule matches counts, not only the first."""
    found = {page: find(page) for page in pages}
    tried: dict[str, None] = {}
    for findings in found.values():
        for entry in findings[:3]:
            tried |= dict.fromkeys(entry.rules)
            if entry.node is not None:
                tried |= dict.fromkeys(selectors(entry.node))
    best: tuple[float, Proposal] | None = None
    having = [page for page in pages if found[page]]
    if len(having) < min(2, len(pages)):
        return None
    for number, rule in enumerate(list(tried)[: MAX_RULES * 3]):
        run = _compiled(rule)
        if run is None:
            continue
        worth, shown, values = 0.0, "", set()
        for page in pages:
            read = run(page)
            value = ("\n".join(read) if whole else read[0]) if read else ""
            place = next(
                (n for n, entry in enumerate(found[page][:4]) if value and same(entry.value, value, page)), None
            )
            if place is not None:
                worth += 1.0 - 0.15 * place
                shown = shown or value
                values.add(value)
            elif value:
                worth -= 0.5
        if vary and len(values) < min(2, len(pages)):
            continue
        share = worth / len(having)
        mark = share - cost(rule) - 0.0005 * number
        if share >= MIN_SHARE and (best is None or mark > best[0]):
            best = mark, Proposal(rule + ("" if rule.startswith("re:") else ending), shown, share)
    return best[1] if best else None


def cost(rule: str) -> float:
    """Measure how much a rule leans on what may change: places and bare tags more than names, long more than short."""
    if rule.startswith(("re:", "xpath:")):
        return 0.12 + 0.0005 * len(rule)
    pieces = rule.replace(">", " ").split()
    bare = sum(1 for piece in pieces if not re.search(r"[.#\[]", piece) and piece not in ("h1", "time@datetime"))
    vague = sum(1 for name in re.findall(r"[.#]([\w-]+)", rule) if name in _VAGUE)
    places = 0.15 * (":nth" in rule) + 0.03 * rule.count("[")
    return 0.03 * (len(pieces) - 1 + bare) + 0.025 * vague + places + 0.0005 * len(rule)


_VAGUE = frozenset(
    [
        "card",
        "item",
        "list",
        "title",
        "name",
        "box",
        "main",
        "content",
        "info",
        "more",
        "grid",
        "cell",
        "row",
        "left",
        "right",
        "top",
        "body",
        "head",
        "line",
    ]
)


def _compiled(rule: str) -> CompiledRule | None:
    try:
        return CompiledRule(Rule.parse(rule))
    except ValueError:
        return None
