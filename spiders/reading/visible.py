"""Visible text: gathers what a person would see of a document, in blocks, in the order in which they would read it.

One pass over the tree, linear in its size. Readings of ruby, scripts, and pieces that styles hide inside a sentence are left
out; blocks that open by a click (folds, tabs, 展开全文) are read and marked as hidden. Frames whose document is at hand,
declarative shadow trees, fallbacks of objects, text of drawings and of form fields, and text that the page's own styles add
are read where they stand; boxes and characters that styles put in another order are put in it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate
from typing import Any

from lxml import etree

from spiders.reading.bidi import BACKWARD, ENDED, displayed
from spiders.reading.data_urls import text_of_data_url
from spiders.reading.styles import PLAIN, Look, Styles
from spiders.reading.tree import parse_html

MAX_NODES = 300_000
"""Elements of one page that are gone through: a forum thread of 30 posts has some 5,000."""

MAX_CHARACTERS = 3_000_000
MAX_DOCUMENTS = 50
"""Documents in frames of one page, and pieces of markup in its text fields."""

MAX_FRAME_DEPTH = 3
MIN_FOLD = 80
"""Characters from which a hidden piece inside a sentence is a fold, not noise strewn between characters."""

MIN_SPLINTERS = 8
"""Pieces of one or two characters, one after the other, from which they are text that was cut up: a character a cell, a line,
a link."""

MIN_FLOATING = 3
"""Boxes side by side that float to the right: fewer are a layout, more are text set backwards."""

# What an element does to the text in it; the sum of an element's is its kind.
_BLOCK, _LINK, _NAVIGATION, _KEPT, _SKIPPED, _SPECIAL, _HIDDEN, _SHOWN, _BACKWARD = (1 << bit for bit in range(9))
_DOCUMENT = _SKIPPED | _BLOCK
_RARE = _NAVIGATION | _KEPT | _HIDDEN | _SHOWN


_BLOCKS = """p div li ul ol dl dd dt tr table tbody thead tfoot td th caption h1 h2 h3 h4 h5 h6 section article main header
    hgroup blockquote figure figcaption fieldset legend address center form hr body html marquee text foreignobject optgroup
    search dir details dialog summary"""
_NAVIGATIONS = "nav footer aside menu option select"
_PREFORMATTED = "pre listing xmp plaintext"
_NEVER_SHOWN = "script style title rp audio video datalist noframes noembed"
_OF_THEIR_OWN = "br input textarea template iframe rt rtc svg noscript canvas bdo details dialog summary"
_LINKS = "a button"


def _kinds() -> dict[Any, int]:
    kinds: dict[Any, int] = {}
    for names, kind in (
        (_BLOCKS, _BLOCK),
        (_NAVIGATIONS, _BLOCK | _NAVIGATION),
        (_PREFORMATTED, _BLOCK | _KEPT),
        (_NEVER_SHOWN, _SKIPPED),
        (_OF_THEIR_OWN, _SPECIAL),
        (_LINKS, _LINK),
    ):
        for name in names.split():
            kinds[name] = kinds.get(name, 0) | kind
    return kinds | dict.fromkeys((etree.Comment, etree.ProcessingInstruction, etree.Entity), _SKIPPED)


_KINDS = _kinds()
_HEADINGS = {"h1": 1, "h2": 2, "h3": 3, "h4": 4, "h5": 5, "h6": 6}
_PIECES = frozenset({"span", "i", "b", "em", "u", "s", "font", "bdo", "strong", "small", "ins"})
_RUBY = frozenset({"rt", "rp", "rtc", "rb"})
_LABELS = frozenset({"button", "submit", "reset"})
_FIELDS = _LABELS | {"", "text", "search", "tel", "url", "email", "number", "date"}
_DRAWN = ("text", "foreignobject")
_UNDRAWN = frozenset({"defs", "symbol", "title", "desc", "metadata", "style", "script", "mask", "clippath", "pattern"})
_MARKUP = re.compile(r"<(?:p|div|br|img|span|table|ul|h\d)\b", re.I)
_CHARACTER = re.compile(r"[\u3400-\u9fff\uf900-\ufaff，。！？；：、“”‘’…—]")
_BREAK = "\0"


@dataclass(slots=True)
class Block:
    """One block of text. ``linked``: its characters inside ``links`` links; ``place``: the number of the block element that
    it stands in, ``parent``: of the one around that (0: none); ``heading``: 1 to 6, 0 for none."""

    text: str
    linked: int = 0
    links: int = 0
    tag: str = ""
    place: int = 0
    parent: int = 0
    heading: int = 0
    is_hidden: bool = False
    is_navigation: bool = False


@dataclass(slots=True)
class Visible:
    """What a document shows. ``parents``: of each block element, by its number, the one around it; ``noise``: hidden characters inside sentences, left out; ``hollow``: inline pieces in each block element that show nothing
    unless a style sheet which is not at hand writes in them; ``frames``: addresses of frames whose
    document is not at hand; ``is_whole``: all of it was gone through."""

    blocks: list[Block] = field(default_factory=list)
    parents: list[int] = field(default_factory=lambda: [0])
    noise: int = 0
    hollow: dict[int, int] = field(default_factory=dict)
    frames: list[str] = field(default_factory=list)
    is_whole: bool = True

    @property
    def text(self) -> str:
        return "\n".join(block.text for block in self.blocks)


def read_visible(
    root: Any,
    styles: Styles,
    *,
    scripted: bool = False,
    framed: Callable[[str], str | None] = lambda address: None,
    most: int = MAX_CHARACTERS,
) -> Visible:
    """Read what an element shows, with all in it. ``scripted``: a browser ran the page's scripts; ``framed`` gives the source
    of the document at a frame's address, None where it is not at hand; ``most``: characters, and elements, up to which it
    is read."""
    while True:
        knew_order = styles.has_order
        gatherer = _Gatherer(scripted, framed, most)
        gatherer.gather(root, styles)
        if styles.has_order == knew_order:
            gatherer.seen.blocks = _rejoined(gatherer.seen.blocks)
            return gatherer.seen
        # An attribute was met that moves its box before others, which were read by then: once more.


class _Gatherer:
    """The bounds of one page, its frames included."""

    def __init__(self, scripted: bool, framed: Callable[[str], str | None], most: int) -> None:
        self.seen = Visible()
        self._scripted, self._framed = scripted, framed
        self._nodes, self._characters, self._documents = min(most, MAX_NODES), most, MAX_DOCUMENTS

    def gather(self, root: Any, styles: Styles, depth: int = 0, hidden: int = 0, navigation: int = 0) -> None:
        """Depth first without recursion: hostile pages nest thousands deep. On the stack stand elements to be entered,
        text that follows an element, and for elements that do something to their text what ends with them."""
        parts: list[str] = []
        linked = links = link = kept = backward = 0
        places, tags = [0, 0], ["body"]
        stack: list[Any] = [root]
        turned: set[Any] = set()
        parents, hollow = self.seen.parents, self.seen.hollow
        has_rules, has_order = styles.has_rules, styles.has_order

        def flush() -> None:
            nonlocal linked, links
            if text := _line("".join(parts)):
                self._characters -= len(text)
                tag = tags[-1]
                heading = _HEADINGS.get(tag, 0)
                if links >= MIN_SPLINTERS and linked <= 2 * links and _is_written(text):
                    linked = links = 0
                self.seen.blocks.append(
                    Block(text, linked, links, tag, places[-1], places[-2], heading, hidden > 0, navigation > 0)
                )
                linked = links = 0
            parts[:] = (BACKWARD,) * backward

        while stack:
            node = stack.pop()
            if type(node) is str:
                parts.append(node.replace("\n", _BREAK) if kept else node)
                if link:
                    linked += len(node.strip())
                continue
            if type(node) is tuple:
                kind, after, tail = node
                if after:
                    parts.append(after)
                if kind & _BACKWARD:
                    backward -= 1
                    parts.append(ENDED)
                if kind & _BLOCK:
                    if parts:
                        flush()
                    places.pop()
                    tags.pop()
                if kind & _LINK:
                    link -= 1
                if kind & _RARE:
                    hidden += (kind & _SHOWN > 0) - (kind & _HIDDEN > 0)
                    navigation -= kind & _NAVIGATION > 0
                    kept -= kind & _KEPT > 0
                if tail:
                    stack.append(tail)
                continue
            self._nodes -= 1
            if self._nodes < 0 or self._characters < 0:
                self.seen.is_whole = False
                break
            kind, text, tail, look = _KINDS.get(node.tag, 0), node.text, node.tail, PLAIN
            children: Sequence[Any] | None = None
            if node is root:
                kind, tail = kind & ~_SKIPPED, None
            elif node in turned:
                tail = None
            if kind & _SKIPPED:
                if tail:
                    stack.append(tail)
                continue
            style = node.get("style")
            if style or has_rules:
                look = styles.look(node, style)
                if look.display[:6] == "inline":
                    kind &= ~_BLOCK
                if look.floats_right and node not in turned and (run := _floating(node, stack, styles)):
                    turned.update(run)
                    stack.append(run[-1].tail or "")
                    stack.extend(run)
                    continue
            if node is not root and (look.is_hidden or node.get("hidden") is not None):
                if kind & _BLOCK or _is_fold(node):
                    kind |= _HIDDEN | _BLOCK
                else:
                    kind |= _SKIPPED
            elif look.is_faint and parts and not kind & _BLOCK and not _is_fold(node):
                kind |= _SKIPPED
            if kind & _SKIPPED:
                self.seen.noise += sum(len(piece.strip()) for piece in node.itertext())
                if tail:
                    stack.append(tail)
                continue
            if kind & _SPECIAL and not (node is root and node.tag == "template"):
                kind, text, children = self._special(node, kind)
                if kind & _SKIPPED:
                    if kind & _BLOCK:
                        if parts:
                            flush()
                        if text and depth < MAX_FRAME_DEPTH:
                            inner = parse_html(text).root
                            self.gather(inner, Styles.of(inner), depth + 1, hidden + (kind & _HIDDEN > 0), navigation)
                    if tail:
                        stack.append(tail)
                    continue
            if look.is_backward:
                kind |= _BACKWARD
            if kind or look.after:
                if kind & _BLOCK:
                    if parts:
                        flush()
                    places.append(len(parents))
                    parents.append(places[-2])
                    tags.append(node.tag)
                if kind & _BACKWARD:
                    backward += 1
                    parts.append(BACKWARD)
                if kind & _LINK:
                    link += 1
                    links += 1
                if kind & _RARE:
                    hidden += (kind & _HIDDEN > 0) - (kind & _SHOWN > 0)
                    navigation += kind & _NAVIGATION > 0
                    kept += kind & _KEPT > 0
                stack.append((kind, look.after, tail))
            elif tail:
                stack.append(tail)
            if look.before:
                parts.append(look.before)
            elif not text and not kind and not look.after and not len(node) and node.tag in _PIECES:
                hollow[places[-1]] = hollow.get(places[-1], 0) + 1
            if text:
                parts.append(text.replace("\n", _BREAK) if kept else text)
                if link:
                    linked += len(text.strip())
            if children is not None:
                stack.extend(reversed(children))
            elif look.is_reversed or has_order:
                stack.extend(reversed(_ordered(node, look, styles)))
            elif len(node):
                stack.extend(node.iterchildren(reversed=True))
        if parts:
            flush()

    def _special(self, node: Any, kind: int) -> tuple[int, str | None, Sequence[Any] | None]:
        """What is read of an element that is more than a box: its kind, its own text, its children (None: all of them). Of a
        ``_DOCUMENT`` the text is the source."""
        tag, text = node.tag, node.text
        kind &= ~_SPECIAL
        if tag == "br":
            return kind, _BREAK, ()
        if tag == "input":
            of = (node.get("type") or "").lower()
            return kind | _LINK if of in _LABELS else kind, node.get("value") if of in _FIELDS else None, ()
        if tag == "textarea":
            is_markup = text and _MARKUP.search(text, 0, 10_000) and self._may_open()
            return kind | (_DOCUMENT if is_markup else _BLOCK | _KEPT), text, None
        if tag == "template":
            is_shadow = node.get("shadowrootmode") or node.get("shadowroot")
            return kind if is_shadow else _SKIPPED, text, None
        if tag in ("rt", "rtc"):
            # The next part of the ruby ends this one, whatever the parser made of a missing end tag.
            parts = list(node)
            return kind, None, parts[next((at for at, part in enumerate(parts) if part.tag in _RUBY), len(parts)) :]
        if tag == "noscript":
            return _SKIPPED if self._scripted else kind | _BLOCK, text, None
        if tag == "iframe":
            return kind | _DOCUMENT, self._document(node), None
        if tag == "svg":
            return kind, None, _drawn(node)
        if tag == "canvas":
            return kind | _BLOCK | _HIDDEN, text, None
        if tag == "bdo":
            return kind | _BACKWARD if (node.get("dir") or "").lower() == "rtl" else kind, text, None
        if tag == "summary":
            parent = node.getparent()
            is_folded = parent is not None and parent.tag == "details" and parent.get("open") is None
            return kind | _SHOWN if is_folded else kind, text, None
        return kind if node.get("open") is not None else kind | _HIDDEN, text, None

    def _document(self, node: Any) -> str | None:
        """The source of the document that a frame shows; None where it is not at hand, and its address noted."""
        address = (node.get("src") or "").strip()
        source: str | None = node.get("srcdoc")
        if source is None and address:
            source = text_of_data_url(address) if address[:5].lower() == "data:" else self._framed(address)
            if source is None:
                self.seen.frames.append(address)
        return source if source and self._may_open() else None

    def _may_open(self) -> bool:
        self._documents -= 1
        if self._documents < 0:
            self.seen.is_whole = False
        return self._documents >= 0


def _line(text: str) -> str:
    """White space folded as a browser does, breaks kept, empty lines dropped, characters in the order of their display."""
    if _BREAK in text:
        lines = [line for part in text.split(_BREAK) if (line := " ".join(part.split()))]
        text = ("" if _is_cut_up(lines) else "\n").join(lines)
    else:
        text = " ".join(text.split())
    return displayed(text) if BACKWARD in text else text


def _is_cut_up(pieces: list[str]) -> bool:
    return len(pieces) >= MIN_SPLINTERS and sum(map(len, pieces)) <= 1.5 * len(pieces) and _is_written("".join(pieces))


def _is_written(text: str) -> bool:
    """Whether most of it is Chinese characters and their points, not figures or letters of an index."""
    return len(_CHARACTER.findall(text)) >= 0.6 * len(text)


def _rejoined(blocks: list[Block]) -> list[Block]:
    """The blocks with runs of single characters put together again."""
    joined: list[Block] = []
    at = 0
    while at < len(blocks):
        end = at
        while end < len(blocks) and len(blocks[end].text) <= 2 and blocks[end].is_hidden == blocks[at].is_hidden:
            end += 1
        pieces = [block.text for block in blocks[at:end]]
        if _is_cut_up(pieces):
            joined.append(replace(blocks[at], text="".join(pieces), linked=0, links=0, place=blocks[at].parent))
            at = end
        else:
            end = max(end, at + 1)
            joined += blocks[at:end]
            at = end
    return joined


def _is_fold(node: Any) -> bool:
    """Whether there is too much in an inline element for noise within a sentence. Takes no longer than it must."""
    lengths = accumulate(len(piece.strip()) for piece in node.itertext())
    return any(length >= MIN_FOLD for length in lengths)


def _floating(node: Any, stack: list[Any], styles: Styles) -> list[Any]:
    """The run of boxes that float to the right side by side, taken off the stack, in the order that puts the last on top
    of it; [] where there is no such run."""
    run = [node]
    while stack and type(stack[-1]) not in (str, tuple) and not (run[-1].tail or "").strip():
        if not styles.look(stack[-1], stack[-1].get("style")).floats_right:
            break
        run.append(stack.pop())
    if len(run) >= MIN_FLOATING:
        return run
    stack.extend(reversed(run[1:]))
    return []


def _ordered(node: Any, look: Look, styles: Styles) -> list[Any]:
    """An element's children in the order in which a flexible box shows them."""
    children = list(node)
    orders = [styles.look(child, child.get("style")).order if isinstance(child.tag, str) else 0 for child in children]
    if any(orders):
        children = [child for _, child in sorted(zip(orders, children, strict=True), key=lambda pair: pair[0])]
    return children[::-1] if look.is_reversed else children


def _drawn(drawing: Any) -> list[Any]:
    """The texts of a drawing, and the documents set into it."""
    if next(drawing.iter(*_DRAWN), None) is None:
        return []
    found = []
    stack = [drawing]
    while stack:
        node = stack.pop()
        if node.tag in _DRAWN:
            found.append(node)
        elif isinstance(node.tag, str) and node.tag not in _UNDRAWN:
            stack.extend(node.iterchildren(reversed=True))
    return found
