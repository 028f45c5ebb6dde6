"""Page decoding: turns bytes to text as a browser would, and better where a page lies about its own encoding.

A byte-order mark decides. Valid UTF-8 with enough in it is UTF-8, whatever is declared: bytes of GBK or Big5 hardly
ever are. All else is read in each likely encoding (those declared in header and meta tag, UTF-8, GB18030, Big5, a
statistical guess) and the reading that looks most like written Chinese wins; a declaration is a vote, not a verdict.
Encodings by their WHATWG names, read with the wider Python codec (gb2312 as gb18030, big5 with HKSCS).
"""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

from patrol.text.encodings import SURE, looks_written

_WIDER = {
    "gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "hz": "gb18030", "big5": "big5hkscs", "cp950": "big5hkscs",
    "euc_kr": "cp949", "shift_jis": "cp932", "utf-8-sig": "utf-8", "iso8859-1": "cp1252", "latin-1": "cp1252",
    "ascii": "cp1252", "utf-7": "utf-8",
}  # fmt: skip
_MIN_BYTES = 64
"""Non-ASCII bytes below which valid UTF-8 may be chance, so that another declared encoding is weighed too."""

_SAMPLE = 8_000
_VOTE = 0.1
_ASCII_RUN = re.compile(rb"([\x00-\x7f])[\x00-\x7f]{15,}")


def decode_page(body: bytes, content_type: str = "") -> tuple[str, str]:
    """Decode a page; the encoding that it was read with (a Python codec name) comes with its text."""
    name, mark = read_bom(body)
    if name and mark:
        return body[len(mark) :].decode(name, "replace"), name
    declared = _declared(body, content_type)
    text = _utf8(body)
    if text is not None and (not set(declared) - {"utf-8", "cp1252"} or _much(body)):
        return text, "utf-8"
    best = _likeliest(body, declared)
    if best == "utf-8" and text is not None:
        return text, best
    return body.decode(best, "replace"), best


def _much(body: bytes) -> bool:
    return len(body) - len(body.translate(None, _HIGH)) >= _MIN_BYTES


_HIGH_BYTE = re.compile(rb"[\x80-\xff]")
_HIGH = bytes(range(0x80, 0x100))


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # Cut in the middle of the last character by a server or by our own size limit.
        if error.end >= len(body) - 3 and error.reason == "unexpected end of data":
            return body[: error.start].decode("utf-8")
        return None


def _declared(body: bytes, content_type: str) -> tuple[str, ...]:
    """What the header, then the page's head, says; () when neither names an encoding that there is."""
    named = (http_content_type_encoding(content_type), html_body_declared_encoding(body[:4096]))
    found = [_codec(name) for name in named if name]
    return tuple(dict.fromkeys(name for name in found if name))


def _codec(name: str) -> str:
    resolved = resolve_encoding(name)
    if not resolved:
        return ""
    usual = str(codecs.lookup(resolved).name)
    return _WIDER.get(usual) or _WIDER.get(str(resolved)) or usual


def _likeliest(body: bytes, declared: tuple[str, ...]) -> str:
    first = _HIGH_BYTE.search(body)
    begin = first.start() if first else 0
    sample = _ASCII_RUN.sub(rb"\1\n", body[begin : begin + 40 * _SAMPLE])[:_SAMPLE]
    wide: tuple[str, ...] = ("utf-16-le", "utf-16-be") if sample.count(0) > len(sample) // 8 else ()
    marks: dict[str, float] = {}
    for name in dict.fromkeys((*wide, "gb18030", "utf-8", *declared, "big5hkscs", "cp1252")):
        marks[name] = looks_written(sample, name) + (_VOTE if name in declared else 0.0)
        if marks[name] > SURE:
            return name
    guessed = _codec(detect_encoding(sample) or "")
    if guessed and guessed not in marks:
        marks[guessed] = looks_written(sample, guessed)
    best: str = max(marks, key=lambda name: marks[name])
    return best
