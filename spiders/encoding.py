"""Bytes to text as a browser would show them, and better where a page lies about its own encoding.

Order: byte-order mark; UTF-8 wherever the bytes are valid UTF-8 (bytes of GBK or Big5 hardly ever are); what the
header or meta tag declares, if the bytes fit it; GB18030 or Big5, whichever fits and is likelier; last, what was
declared with the broken bytes replaced. Encoding names as in the WHATWG Encoding Standard.
"""

from __future__ import annotations

import codecs
import re

from resiliparse.parse.encoding import detect_encoding
from w3lib.encoding import html_body_declared_encoding, http_content_type_encoding, read_bom, resolve_encoding

_CHINESE = ("gb18030", "big5hkscs")
_WIDER = {"gb2312": "gb18030", "gbk": "gb18030", "cp936": "gb18030", "big5": "big5hkscs", "utf-8-sig": "utf-8"}


def decode_page(body: bytes, content_type: str = "") -> tuple[str, str]:
    """The text of a page and the encoding that it was read with (a Python codec name)."""
    mark, rest = read_bom(body)
    if mark:
        return rest.decode(mark, "replace"), mark
    text = _utf8(body)
    if text is not None:
        return text, "utf-8"
    declared = _declared(body, content_type)
    if declared and declared not in ("utf-8", "ascii", "cp1252", "latin-1", "iso8859-1"):
        try:
            return body.decode(declared), declared
        except (UnicodeDecodeError, LookupError):
            pass
    for guess in _guesses(body):
        try:
            return body.decode(guess), guess
        except UnicodeDecodeError:
            continue
    # A few broken bytes must not cost the page: take what fits best and show the rest as replacement characters.
    best = declared if declared in ("utf-8", *_CHINESE) else _fewest_faults(body)
    return body.decode(best, "replace"), best


def _utf8(body: bytes) -> str | None:
    try:
        return body.decode("utf-8")
    except UnicodeDecodeError as error:
        # Cut in the middle of the last character by a server or by our own size limit.
        if error.end >= len(body) - 3 and error.reason == "unexpected end of data":
            return body[: error.start].decode("utf-8")
        return None


def _declared(body: bytes, content_type: str) -> str:
    named = http_content_type_encoding(content_type) or html_body_declared_encoding(body)
    name = resolve_encoding(named) if named else None
    if name is None:
        return ""
    return _WIDER.get(name, codecs.lookup(name).name)


def _guesses(body: bytes) -> tuple[str, ...]:
    sample = re.sub(rb"[\x00-\x7f]{8,}", b" ", body)[:65536]
    likely = (detect_encoding(sample) or "").lower()
    first = _WIDER.get(likely, likely)
    return (first, *_CHINESE) if first in ("big5hkscs", "utf-16-le", "utf-16-be") else _CHINESE


def _fewest_faults(body: bytes) -> str:
    sample = body[:200_000]
    return min(("utf-8", *_CHINESE), key=lambda name: sample.decode(name, "replace").count("\ufffd"))
