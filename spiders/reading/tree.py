"""HTML tree: parses the source of a page as leniently as a browser, in linear time whatever the source is.

libxml2 does the work. Three things are kept from it: tags with hundreds of attributes (it takes time with the square of
their number), nesting beyond what it bears (it stops reading there; browsers go on, the elements side by side), and more
tags than any page needs.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import islice
from typing import Any

from lxml import etree

MAX_TAGS = 600_000
"""Tags of one page that are read: a long forum thread has 30,000. Each costs some 300 bytes of memory."""

MAX_ATTRIBUTES = 100
MAX_DEPTH = 500
"""Nesting to which a page is brought where it nests too deep to be parsed; browsers stop at 512, libxml2 at 2,048."""

_CROWDED = re.compile(
    r"(<[a-zA-Z][^\s/><]*+(?=[\s/]))"
    rf"(?>[\s/]*+[^\s/>][^\s/>=]*+(?>\s*+=\s*+(?>\"[^\"]*+\"|'[^']*+'|[^\s>]*+))?+){{{MAX_ATTRIBUTES},}}"
)
_TAG = re.compile(r"<(/?)([a-zA-Z][^\s/>]{0,63}+)(?>[^<>\"']++|\"[^\"]*+\"|'[^']*+')*+>?|<!--")
_OLD_REFERENCE = re.compile(r"&#(?:x([89][0-9a-f])|(12[89]|1[345]\d));", re.I)
_RAW = frozenset({"script", "style", "textarea", "title", "xmp", "iframe", "noembed", "noframes"})
_VOID = frozenset(
    {
        "area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr",
    }
)  # fmt: skip
_APART = frozenset(
    {"p", "div", "li", "ul", "ol", "tr", "td", "table", "section", "article", "dd", "dt", "dl", "blockquote"}
)


@dataclass(frozen=True, slots=True)
class Tree:
    """``is_whole``: all of the source is in it; else it was cut off."""

    root: Any
    is_whole: bool = True


def parse_html(html: str) -> Tree:
    """Parse a page's source into its tree; an empty one for an empty page."""
    source, is_whole = _bounded(html)
    if "&#1" in source or "&#x" in source or "&#X" in source:
        source = _OLD_REFERENCE.sub(_as_windows_1252, source)
    root, is_too_much = None, _CROWDED.search(source) is not None
    if not is_too_much:
        root, is_too_much = _parsed(source)
    if is_too_much:
        root, _ = _parsed(_simplified(source))
    return Tree(root if root is not None else etree.fromstring(b"<html/>", etree.HTMLParser()), is_whole)


def _parsed(source: str) -> tuple[Any, bool]:
    """The root (None where there is nothing), and whether the parser gave up on the nesting."""
    parser = etree.HTMLParser(encoding="utf-8", recover=True, huge_tree=True, no_network=True)
    root = etree.fromstring(source.encode("utf-8", "replace") or b"<html/>", parser)
    error = parser.error_log.last_error
    return root, error is not None and error.type == etree.ErrorTypes.ERR_RESOURCE_LIMIT


def _bounded(html: str) -> tuple[str, bool]:
    """The source up to the last tag that is read, without what XML cannot hold."""
    source = html.replace("\0", "") if "\0" in html else html
    source = source.strip()
    if source.count("<") <= MAX_TAGS:
        return source, True
    end = next(islice(re.finditer("<", source), MAX_TAGS, None)).start()
    return source[:end], False


def _as_windows_1252(found: re.Match[str]) -> str:
    """Browsers read references to the C1 controls as Windows-1252: ``&#147;`` is a quotation mark."""
    code = int(found[1], 16) if found[1] else int(found[2])
    return bytes((code,)).decode("cp1252", "ignore")


def _simplified(source: str) -> str:
    """The source without the tags of elements that lie deeper than ``MAX_DEPTH``, and without the attributes of crowded
    tags; all text is kept."""
    parts: list[str] = []
    names: list[str] = []
    inside: dict[str, int] = {}
    dropped: dict[str, int] = {}
    at = 0
    while found := _TAG.search(source, at):
        parts.append(source[at : found.start()])
        at = found.end()
        closing, name = found[1], (found[2] or "").lower()
        if not name:
            at = _after(source, "-->", at)
        elif closing and dropped.get(name):
            dropped[name] -= 1
            parts.append("\n" if name in _APART else "")
        elif closing:
            while inside.get(name):
                inside[last := names.pop()] -= 1
                if last == name:
                    break
            parts.append(found[0])
        elif name in _RAW:
            end = _after(source, f"</{name}", at)
            parts.append(source[found.start() : end])
            at = end
        elif name in _VOID or len(names) < MAX_DEPTH:
            if name not in _VOID:
                names.append(name)
                inside[name] = inside.get(name, 0) + 1
            parts.append(f"<{name}>" if _CROWDED.match(found[0]) else found[0])
        else:
            dropped[name] = dropped.get(name, 0) + 1
            parts.append("\n" if name in _APART else "")
    parts.append(source[at:])
    return "".join(parts)


def _after(source: str, sign: str, at: int) -> int:
    end = source.find(sign, at)
    return end + len(sign) if end >= 0 else len(source)
