"""Selectors: name an element so that the name lasts: short CSS of ids and classes that look written by a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

MAX_UP = 5
_PASSING = re.compile(
    r"^(active|current|cur|on|odd|even|first|last|hover|selected|open|show|hide|hidden|visible|disabled|new|hot|"
    r"clearfix|fl|fr|left|right|center|row|col|container|wrap|wrapper|inner|box|flex|grid|block|inline|bold|small|"
    r"large|btn|link|text|item|even|alt|fade|in|lazy|lazyload|loaded|unstyled|well)$",
    re.I,
)
_LAYOUT = re.compile(
    r"^(col|row|m|p|mt|mb|ml|mr|mx|my|pt|pb|pl|pr|px|py|w|h|text|bg|flex|grid|gap|font|leading|rounded|border|shadow|"
    r"d|float|pull|push|offset|span|size|z|order|align|justify|items|self|space|sm|md|lg|xl|xs|hidden|visible|btn|fa|"
    r"icon|glyphicon)-[\w/.:-]+$",
    re.I,
)
_NAME = re.compile(r"^[A-Za-z][A-Za-z_-]*\d?$")
_MADE = re.compile(
    r"^(css|sc|jss|jsx|svelte|emotion|styled|makeStyles|ng|data-v|ember|react|vue)-|__[A-Za-z0-9_-]*\d", re.I
)


def lasts(name: str) -> bool:
    """Tell whether an id or class looks like a person's word for the thing, not made by a program or meant for layout.

    >>> [lasts(name) for name in ("goods-title", "css-1q2w3e", "Card_title__x3Yz9", "post-1234", "col-md-4")]
    [True, False, False, False, False]
    """
    if not _NAME.match(name) or _MADE.search(name) or _LAYOUT.match(name) or not 2 <= len(name) <= 40:
        return False
    letters = name.replace("-", "").replace("_", "")
    mixed = re.search(r"[a-z][A-Z]{2,}[a-z]|[bcdfghjklmnpqrstvwxz]{6,}", letters)
    return not mixed


def classes(node: Any) -> list[str]:
    """Return the element's lasting classes, in order."""
    return [name for name in (node.get("class") or "").split() if lasts(name)]


def signature(node: Any) -> tuple[str, ...]:
    """Return the way down to an element by tags and lasting classes: the same for all members of one list."""
    parts = []
    while node is not None and isinstance(node.tag, str) and node.tag not in ("body", "html"):
        telling = sorted(name for name in classes(node) if not _PASSING.match(name))
        parts.append(".".join((node.tag, *telling)))
        node = node.getparent()
    return tuple(parts)


def names(node: Any) -> Iterator[str]:
    """Yield selectors for one element by itself, the best first; the bare tag last."""
    if (name := node.get("id") or "") and lasts(name):
        yield f"#{name}"
    if name := node.get("itemprop") or "":
        yield f'[itemprop="{name}"]'
    telling = sorted(classes(node), key=lambda name: bool(_PASSING.match(name)))
    for name in telling:
        yield f".{name}" if not _PASSING.match(name) else f"{node.tag}.{name}"
    if len(telling) > 1:
        yield "." + ".".join(telling[:2])
    yield node.tag


def selectors(node: Any) -> Iterator[str]:
    """Yield selectors for an element, short before long: its own names, then with an ancestor's before them, then by
    place among its like."""
    own = list(names(node))
    yield from own[:-1]
    if node.tag in ("h1", "h2", "time", "article", "main"):
        yield node.tag
    above = node.getparent()
    for _ in range(MAX_UP):
        if above is None or above.tag in ("body", "html") or not isinstance(above.tag, str):
            break
        for outer in list(names(above))[:-1]:
            for inner in own:
                yield f"{outer} {inner}"
                if above is node.getparent():
                    yield f"{outer} > {inner}:nth-of-type({_place(node)})"
        if above.tag in ("main", "article", "ol", "ul", "table", "dl", "section", "h1", "h2", "h3", "h4"):
            for inner in own:
                yield f"{above.tag} {inner}"
        above = above.getparent()


def _place(node: Any) -> int:
    return 1 + sum(1 for before in node.itersiblings(preceding=True) if before.tag == node.tag)
