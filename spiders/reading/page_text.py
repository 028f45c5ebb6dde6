"""Page text: puts together what is compared of a page for which no rule says it, and tells how much of the page that is.

The main text stands first. What else the page shows and is more than its frame (readers' remarks, folds, tables, frames) is
compared too, below it: a copy may stand anywhere. Prose in scripts is added where it does not stand on the page.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cached_property

from patrol.items import Reading
from spiders.reading.embedded import find_passages, has_data_attributes, passages_of
from spiders.reading.hints import find_hints
from spiders.reading.labels import SENTENCE, Label
from spiders.reading.maintext import MIN_TEXT, MainText, find_main_text, text_of
from spiders.reading.page import Page, fold

MIN_MAIN = 30
MIN_REST = 2
MAX_LINKS = 200
"""Characters of links up to which a block is a list of them, not a text that leads somewhere."""

_CHECKED = 40
_WINDOW = 12
_MAX_WORK = 300_000_000
"""Characters gone through to tell what stands on the page already."""


@dataclass(frozen=True, slots=True)
class PageText:
    """``text``: the main text; ``rest``: what else is compared; ``rule``: where the text is from, in Chinese."""

    text: str
    rest: str
    rule: str
    reading: Reading


def read_page_text(page: Page, ruled: str = "") -> PageText:
    """Read the text of a page. ``ruled``: what the site's own rule gave, which then is the main text."""
    if not page.is_markup:
        return _plain(page, ruled)
    return _Reader(page).read(ruled)


class _Reader:
    def __init__(self, page: Page) -> None:
        self._page = page
        self._blocks = page.seen.blocks
        self._labels: tuple[Label | None, ...] = ()
        self._work = 0

    def read(self, ruled: str) -> PageText:
        blocks = self._blocks
        main = find_main_text(self._page.seen, self._page.title)
        self._labels = main.labels
        is_thin = self._prose(main) < MIN_TEXT
        passages = find_passages(
            self._page.root, self._is_shown, attributes=is_thin or has_data_attributes(self._page.html)
        )
        chosen = set(main.chosen)
        left = {at: self._why_left(at) for at in range(len(blocks)) if at not in chosen and at != main.title}
        rest = [at for at, why in left.items() if not why]
        text, rule = text_of(blocks, main.chosen), "正文识别"
        if not self._is_enough(main, rest):
            text, rule, rest, left = self._page.seen.text, "整页文字", [], {}
        others = [text_of(blocks, tuple(rest))]
        longest = max(passages, key=lambda passage: passage.length, default=None)
        if ruled:
            # A rule that gives a summary, or has come to point at something else, must not hide the rest.
            others = [text, *others] if 5 * len(ruled) < len(text) else []
            text, rule = ruled, "规则"
        elif longest is not None and longest.length > max(MIN_TEXT, 1.5 * self._prose(main)):
            others.insert(0, text)
            text, rule = longest.text, longest.source
            passages.remove(longest)
        added = [] if ruled else [passage.text for passage in passages]
        reading = self._reading(main, rest, left, sum(map(len, map(_squeezed, added))), ruled)
        return PageText(text, "\n\n".join(filter(None, (*others, *added))), rule, reading)

    def _is_enough(self, main: MainText, rest: list[int]) -> bool:
        """Whether the main text may stand alone: there is much of it, or little else."""
        length = sum(len(self._blocks[at].text) for at in main.chosen)
        return length >= MIN_TEXT or (
            length >= MIN_MAIN and 2 * length >= sum(len(self._blocks[at].text) for at in rest)
        )

    def _prose(self, main: MainText) -> int:
        return sum(len(_squeezed(self._blocks[at].text)) for at in main.chosen)

    def _why_left(self, at: int) -> str:
        """By which rule a block outside of the main text is not compared either; "" where it is."""
        block, label = self._blocks[at], self._labels[at]
        length = len(block.text)
        own = length - block.linked
        if own >= MIN_TEXT and SENTENCE.search(block.text):
            return ""
        if 2 * block.linked > length and length < MAX_LINKS:
            return "链接"
        if block.is_navigation:
            return "导航"
        return "按钮与说明" if label is not None or length < MIN_REST else ""

    def _reading(self, main: MainText, rest: list[int], left: dict[int, str], added: int, ruled: str) -> Reading:
        lengths = [len(_squeezed(block.text)) for block in self._blocks]
        visible = sum(length for length, block in zip(lengths, self._blocks, strict=True) if not block.is_hidden)
        left_out = Counter[str]()
        for at, why in left.items():
            if why and not self._blocks[at].is_hidden:
                left_out[why] += lengths[at]
        read = visible - sum(left_out.values())
        if ruled:
            read = min(read, len(_squeezed(ruled)))
            left_out = Counter({"站点规则": visible - read} if visible > read else {})
        if self._page.seen.noise:
            left_out["隐藏字符"] = self._page.seen.noise
        own = sum(
            length - block.linked
            for length, block, label in zip(lengths, self._blocks, self._labels, strict=True)
            if label is None and not block.is_navigation and 2 * block.linked <= length
        )
        return Reading(
            visible=visible,
            read=read,
            hidden=sum(lengths) - visible,
            added=added,
            left_out=tuple(sorted(left_out.items(), key=lambda pair: -pair[1])),
            hints=tuple(find_hints(self._page, max(own, len(_squeezed(ruled))) + added)),
        )

    @cached_property
    def _shown(self) -> str:
        return _squeezed(self._page.seen.text)

    def _is_shown(self, text: str) -> bool:
        """Whether most of a text stands on the page."""
        squeezed = _squeezed(text)
        step = max(_WINDOW, len(squeezed) // _CHECKED)
        windows = [squeezed[at : at + _WINDOW] for at in range(0, max(1, len(squeezed) - _WINDOW + 1), step)]
        found = 0
        for window in windows:
            if self._work > _MAX_WORK:
                return False
            is_there = window in self._shown
            self._work += _WINDOW if is_there else len(self._shown)
            found += is_there
        return 2 * found >= len(windows)


def _plain(page: Page, ruled: str) -> PageText:
    """A page that is no markup: data, or text as it is."""
    passages = passages_of(page.html) if page.html.lstrip()[:1] in ("{", "[") else []
    if passages:
        text, rule = "\n".join(passage.text for passage in passages), "接口数据"
    else:
        text, rule = fold(page.html), "纯文本"
    length = len(_squeezed(text))
    reading = Reading(visible=length, read=min(length, len(_squeezed(ruled))) if ruled else length)
    return PageText(ruled or text, "", rule, reading)


def joined(first: Reading | None, second: Reading | None) -> Reading | None:
    """Join what was read of a text that goes over several pages."""
    if first is None or second is None:
        return first or second
    left_out = Counter(dict(first.left_out)) + Counter(dict(second.left_out))
    return Reading(
        visible=first.visible + second.visible,
        read=first.read + second.read,
        hidden=first.hidden + second.hidden,
        added=first.added + second.added,
        left_out=tuple(left_out.most_common()),
        hints=tuple(dict.fromkeys((*first.hints, *second.hints))),
    )


def _squeezed(text: str) -> str:
    return "".join(text.split())
