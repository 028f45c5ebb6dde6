"""Main text: finds the part of a page's visible text that the page is there for.

Maximum subsequence segmentation (Pasternack and Roth, "Extracting article text from the web with maximum subsequence
segmentation", WWW 2009): each block has a value, prose above zero and the page's frame below, and the run of blocks with
the greatest sum is the main text. Values come from the text, its links, its neighbours and its place in the tree; nothing
is learnt from pages, and no name of a class or an id counts, which sites use as they like.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from itertools import accumulate

from spiders.reading.labels import DATE, FLOOR, OTHERS, SENTENCE, Label, label_of
from spiders.reading.visible import Block, Visible

MIN_PROSE = 20
"""Characters of its own from which a block with the points of a sentence is prose."""

MIN_TEXT = 80
MAX_LABEL = 16
MAX_PAIR = 60
MAX_CLIMB = 12
NEAR_TITLE = 12
"""Blocks after the title within which the text may begin."""

_ANCHORED = 0.4
_FRAME = 1.5
_PENALTIES = {
    Label.IMPRINT: 80.0,
    Label.BUTTON: 30.0,
    Label.NOTICE: 30.0,
    Label.RELATED: 60.0,
    Label.REMARKS: 60.0,
    Label.DATE: 12.0,
}
_STEP = 2.0
_PAIR = re.compile(r"[^：:，。]{1,10}[：:]\s*\S")
_PAUSES = frozenset("，。！？；：、“”…,.!?;:")


@dataclass(frozen=True, slots=True)
class MainText:
    """``chosen``: the numbers of its blocks in order; ``title``: the number of the block that is its heading, -1: none;
    ``labels``: what each block of the page is for."""

    chosen: tuple[int, ...]
    title: int = -1
    labels: tuple[Label | None, ...] = ()


def find_main_text(seen: Visible, title: str) -> MainText:
    """Find the blocks of a page's main text. ``title``: what the page calls itself (``<title>``, og:title), "" for nothing."""
    if not seen.blocks:
        return MainText(())
    return _Segmenter(seen, title).main_text()


class _Segmenter:
    def __init__(self, seen: Visible, title: str) -> None:
        self._blocks = blocks = seen.blocks
        self._parents = seen.parents
        self._lengths = [len(block.text) for block in blocks]
        self._labels = [label_of(block.text) for block in blocks]
        self._prose = [self._prose_of(at) for at in range(len(blocks))]
        self._total = sum(self._prose)
        self._repeated = Counter(block.text for block in blocks if len(block.text) < MAX_LABEL)
        self._ends = self._last_inside()
        self._among, self._is_table = self._neighbours()
        self._title = self._title_at(title)
        self._aside = self._asides()
        self._cards = self._teasers()
        self._values = [self._value(at) for at in range(len(blocks))]

    # What a block is

    def _prose_of(self, at: int) -> int:
        block, length = self._blocks[at], self._lengths[at]
        own = length - block.linked
        if own < MIN_PROSE or block.linked > 0.4 * length or self._labels[at] is Label.IMPRINT:
            return 0
        if block.tag != "pre" and sum(map(block.text.count, "{};=()")) > 0.05 * length:
            return 0  # a script that a page shows by mistake
        return own if SENTENCE.search(block.text) else 0

    def _neighbours(self) -> tuple[list[bool], list[bool]]:
        """Whether a block stands among prose (or the lines of a poem), and whether in a table of names and values; told by
        the blocks that stand in the same element."""
        length, prose, linked, count, pairs = (Counter[int]() for _ in range(5))
        for at, block in enumerate(self._blocks):
            place = block.parent
            length[place] += self._lengths[at]
            prose[place] += self._prose[at]
            linked[place] += block.linked
            count[place] += 1
            if self._lengths[at] < MAX_PAIR and block.linked < 0.8 * self._lengths[at]:
                pairs[place] += _PAIR.match(block.text) is not None
        prosaic = {place for place, least in length.items() if 0 < 0.4 * least <= prose[place]}
        lines = {
            place
            for place in length.keys() - prosaic
            if count[place] >= 4 and length[place] >= 40 and linked[place] <= 0.1 * length[place]
        }
        pauses = Counter[int]()
        for block in self._blocks if lines else ():
            if block.parent in lines:
                pauses[block.parent] += sum(map(block.text.count, _PAUSES))
        prosaic |= {place for place in lines if pauses[place] >= length[place] / 30}
        return [block.parent in prosaic for block in self._blocks], [pairs[block.parent] >= 4 for block in self._blocks]

    def _value(self, at: int) -> float:
        block, length = self._blocks[at], self._lengths[at]
        own, among, label = length - block.linked, self._among[at], self._labels[at]
        if at == self._title:
            value = -1.0
        elif label is not None and not (among and label in (Label.RELATED, Label.REMARKS)):
            value = -_PENALTIES[label]
        elif self._is_repeated(at):
            value = -8.0
        elif block.linked > 0.5 * length and length < 200:
            value = -2.0 if among else -6.0 - min(length, 60)
        elif among or self._prose[at] or self._is_table[at]:
            value = float(own) if length >= MAX_LABEL or self._is_table[at] or self._has_pause(at) else 2.0
        elif length < MAX_LABEL and not self._has_pause(at):
            value = -6.0
        else:
            value = 0.3 * own - 4.0
        if value > 0:
            if self._cards[at]:
                value = 0.2 * value - 10.0
            if block.is_navigation:
                value = min(value, 10.0)
            if block.is_hidden or at < self._title:
                value = 0.3 * value - 4.0
            if self._aside[at]:
                value = -0.5 * value - 4.0
        return value if value > 0 else _FRAME * value

    def _has_pause(self, at: int) -> bool:
        return not _PAUSES.isdisjoint(self._blocks[at].text)

    def _is_repeated(self, at: int) -> bool:
        """Whether the same short words stand on the page again and again: a button of each post."""
        return self._repeated[self._blocks[at].text] >= 3 and not self._among[at]

    def _is_frame(self, at: int) -> bool:
        """Whether a block is left out even from within the main text."""
        block, label, among = self._blocks[at], self._labels[at], self._among[at]
        if label is not None and not (among and label in (Label.RELATED, Label.REMARKS)):
            return True
        is_links = block.linked > 0.5 * self._lengths[at] and self._lengths[at] < 200 and not among
        return is_links or self._aside[at] or self._is_repeated(at)

    # Where a block stands

    def _last_inside(self) -> list[int]:
        """Of each block element, by number, the last one inside it: numbers are given in the order of opening."""
        last = list(range(len(self._parents)))
        for place in range(len(last) - 1, 0, -1):
            parent = self._parents[place]
            if last[place] > last[parent]:
                last[parent] = last[place]
        return last

    def _is_inside(self, at: int, place: int) -> bool:
        return place <= self._blocks[at].place <= self._ends[place]

    def _end_of(self, at: int, place: int) -> int:
        """The first block from ``at`` on that does not stand in an element."""
        while at < len(self._blocks) and self._is_inside(at, place):
            at += 1
        return at

    def _steps(self, one: int, other: int) -> int:
        """How many elements lie on the way from one to another, up to a bound."""
        steps = 0
        while one != other and steps < MAX_CLIMB:
            if one > other:
                one = self._parents[one]
            else:
                other = self._parents[other]
            steps += 1
        return steps

    def _title_at(self, title: str) -> int:
        """The heading that says what the page calls itself, with at least half of the prose after it."""
        whole = _squeezed(title)
        words = [word for word in _words(title) if len(word) > 1]
        found = []
        for at, block in enumerate(self._blocks):
            if len(whole) < 2 or not 2 <= self._lengths[at] <= 120:
                continue
            said = _squeezed(block.text)
            names_it = block.heading and (said in whole or whole in said)
            begins_it = 0 < block.heading <= 2 and words and said.startswith(words[0])
            if said == whole or (len(said) >= 6 and whole.startswith(said)) or names_it or begins_it:
                found.append(at)
        for most in (2, 6, 0):
            for at in found:
                is_one = 0 < self._blocks[at].heading <= most if most else True
                if is_one and 2 * sum(self._prose[at:]) >= self._total:
                    return at
        return -1

    def _asides(self) -> list[bool]:
        """Which blocks stand under the head of a list of other pages or of what readers say."""
        aside = [False] * len(self._blocks)
        for at, label in enumerate(self._labels):
            if aside[at] or label not in (Label.RELATED, Label.REMARKS):
                continue
            block = self._blocks[at]
            if label is Label.REMARKS and self._among[at] and not block.heading:
                continue
            place = block.parent
            for _ in range(4):
                if not place or (at + 1 < len(self._blocks) and self._is_inside(at + 1, place)):
                    break
                place = self._parents[place]
            end = self._end_of(at, place) if place else at
            if sum(self._prose[at:end]) > 0.4 * self._total:
                continue
            section = self._blocks[at:end]
            linked, links = sum(b.linked for b in section), sum(b.links for b in section)
            if label is Label.REMARKS or linked >= 0.15 * sum(self._lengths[at:end]) or links >= 0.3 * len(section):
                aside[at:end] = [True] * (end - at)
        return aside

    def _teasers(self) -> list[bool]:
        """Which blocks belong to cards: elements alike side by side, each with a heading or a link and a few words."""
        blocks, parents = self._blocks, self._parents
        first, last = [len(blocks)] * len(parents), [-1] * len(parents)
        for at, block in enumerate(blocks):
            if at < first[block.place]:
                first[block.place] = at
            last[block.place] = at
        for place in range(len(parents) - 1, 0, -1):
            parent = parents[place]
            if first[place] < first[parent]:
                first[parent] = first[place]
            if last[place] > last[parent]:
                last[parent] = last[place]
        so_far = [0, *accumulate(self._prose)]
        families: dict[tuple[int, tuple[str, ...]], list[range]] = {}
        for place in range(1, len(parents)):
            start, end = first[place], last[place] + 1
            if 2 <= end - start <= 12 and so_far[end] - so_far[start] <= 500:
                tags = [block.tag for block in blocks[start:end]]
                shape = tuple(tag for tag, before in zip(tags, ("", *tags), strict=False) if tag != before)
                families.setdefault((parents[place], shape), []).append(range(start, end))
        cards = [False] * len(blocks)
        for family in families.values():
            if len(family) >= 3 and self._are_teasers(family):
                for inside in family:
                    cards[inside.start : inside.stop] = [True] * len(inside)
        return cards

    def _are_teasers(self, family: list[range]) -> bool:
        def is_linked(at: int) -> bool:
            return 2 * self._blocks[at].linked > self._lengths[at]

        heads = [next((at for at in card if self._blocks[at].heading or is_linked(at)), -1) for card in family]
        if heads.count(-1) > 0.2 * len(heads):
            return False
        if sum(self._prose[at] for card in family for at in card) < 0.5 * self._total:
            return True
        lead = sum(
            head >= 0 and is_linked(head) and head - card.start <= 2 for head, card in zip(heads, family, strict=True)
        )
        return lead >= 0.8 * len(family) and any(self._blocks[at].heading for card in family for at in card)

    # Which run it is

    def main_text(self) -> MainText:
        start, end, worth = self._best_run(0, len(self._blocks))
        if self._title >= 0:
            near = self._best_run(self._title, self._title + NEAR_TITLE, stops=True)
            if near[2] >= _ANCHORED * worth:
                start, end, worth = near
        thread = self._thread()
        if thread:
            start = max(self._title + 1, min(thread.start, start))
            end = thread.stop if thread.stop < thread.start else max(thread.stop, min(end, thread.stop))
        chosen = [at for at in range(start, end) if at != self._title and not self._is_frame(at)]
        if thread:
            chosen = [at for at in chosen if not self._is_poster(at)]
        return MainText(tuple(chosen), self._title, tuple(self._labels))

    def _best_run(self, start: int, latest: int, *, stops: bool = False) -> tuple[int, int, float]:
        """The run of the greatest sum that begins from ``start`` on and before ``latest``, each step through the tree
        costing something. ``stops``: it ends where readers have their say."""
        best = (start, start, 0.0)
        begun, worth = start, 0.0
        for at in range(start, len(self._blocks)):
            if at:
                steps = self._steps(self._blocks[at - 1].place, self._blocks[at].place)
                worth -= _STEP * max(0, steps - 2)
            if stops and best[2] >= MIN_TEXT and self._labels[at] is Label.REMARKS and not self._among[at]:
                break
            if worth <= 0:
                if at >= latest:
                    break
                begun, worth = at, 0.0
            worth += self._values[at]
            if worth > best[2]:
                best = (begun, at + 1, worth)
        return best

    def _thread(self) -> range | None:
        """The blocks of a thread's posts, where the page is one: each ends with its number, date, buttons."""
        marks = [
            at
            for at, block in enumerate(self._blocks)
            if self._lengths[at] < 60 and FLOOR.search(block.text) and DATE.search(block.text)
        ]
        if len(marks) < 3:
            return None
        around = Counter[int]()
        for at in marks:
            place, steps = self._blocks[at].place, 0
            while place and steps < 4 * MAX_CLIMB:
                around[place] += 1
                place = self._parents[place]
                steps += 1
        holders = [place for place, count in around.items() if count >= max(3, 0.8 * len(marks))]
        if not holders:
            return None
        holder = max(holders)
        inside = [at for at in range(len(self._blocks)) if self._is_inside(at, holder)]
        start, end = inside[0], inside[-1] + 1
        posts = sum(self._prose[start:end])
        before = sum(self._prose[at] for at in range(max(self._title, 0), start) if not self._aside[at])
        if posts < 0.6 * self._total or before > 0.5 * posts:
            return None
        for at in range(start, end):
            is_head = self._lengths[at] < 20 and not self._among[at] and OTHERS.match(self._blocks[at].text)
            if is_head and sum(self._prose[start:at]) >= MIN_TEXT:
                return range(start, at)
        return range(start, end)

    def _is_poster(self, at: int) -> bool:
        """Whether a block inside a thread is who wrote, or their rank."""
        block = self._blocks[at]
        return block.text.isdigit() or block.linked > 0.5 * self._lengths[at]


def text_of(blocks: list[Block], chosen: tuple[int, ...]) -> str:
    """Join the chosen blocks as text, a line each."""
    return "\n".join(blocks[at].text for at in chosen)


def _squeezed(text: str) -> str:
    return "".join(text.split())


def _words(title: str) -> list[str]:
    for mark in "_-|《》—·,，–":
        title = title.replace(mark, " ")
    return title.split()
