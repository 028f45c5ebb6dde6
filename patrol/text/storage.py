"""Storable text: makes text fit for every database and file: no NUL, no lone surrogates (PostgreSQL and UTF-8 refuse both)."""

from __future__ import annotations

import re
from dataclasses import asdict, fields, replace
from datetime import datetime
from decimal import Decimal
from typing import Any

from patrol.items import Extracted, Reading
from patrol.vocabulary import UnreadReason

IMPORTED_KEY = "imported"
"""Stands beside the extracted fields in a capture's row when the page was imported; no page can give it."""

_UNSTORABLE = re.compile("[\x00\ud800-\udfff]+")
_CUT_OFF = re.compile(r"\s*(?:…+|\.{3,}|\[(?:…|\.{3})\])\s*$")
_SPACES = re.compile(r"\s+")


def storable(text: str) -> str:
    """Take the characters that cannot be stored out of ``text``. The same string when there are none.

    >>> storable("剧\\x00本\\ud800")
    '剧本'
    """
    # Encoding is the quickest way to learn that there is nothing to do, which is so for nearly every page.
    if "\x00" not in text:
        try:
            text.encode("utf-8")
        except UnicodeEncodeError:
            pass
        else:
            return text
    return _UNSTORABLE.sub("", text)


def storable_extraction(extracted: Extracted) -> Extracted:
    """Return the extraction with every string storable. Offsets found in the result's ``text`` stay right for good."""
    changed = {}
    for field in fields(Extracted):
        value = getattr(extracted, field.name)
        clean = _clean(value)
        if clean != value:
            changed[field.name] = clean
    return replace(extracted, **changed) if changed else extracted


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return storable(value)
    if isinstance(value, tuple):
        return tuple(_clean(part) for part in value)
    if isinstance(value, Reading):
        return replace(value, hints=tuple((reason, storable(said)) for reason, said in value.hints))
    return value


def plain_extraction(extracted: Extracted) -> dict[str, Any]:
    """Return the extraction as JSON takes it: money as text, times in ISO 8601, tuples as lists. Empty fields are left
    out."""
    plain: dict[str, Any] = {}
    for field in fields(Extracted):
        value = getattr(extracted, field.name)
        if value is False or value in ("", None, ()):  # 0 is kept: nothing sold is not nothing read
            continue
        if isinstance(value, Decimal):
            value = str(value)
        elif isinstance(value, datetime):
            value = value.isoformat()
        elif isinstance(value, Reading):
            value = asdict(value)
        elif isinstance(value, tuple):
            value = [list(part) if isinstance(part, tuple) else part for part in value]
        plain[field.name] = value
    return plain


def read_extraction(plain: dict[str, Any]) -> Extracted:
    """Read an extraction back from what ``plain_extraction`` gave."""
    values = {name: value for name, value in plain.items() if name != IMPORTED_KEY}
    if "price" in values:
        values["price"] = Decimal(values["price"])
    if "published" in values:
        values["published"] = datetime.fromisoformat(values["published"])
    for name in ("tags", "images"):
        if name in values:
            values[name] = tuple(values[name])
    for name in ("extra", "rules"):
        if name in values:
            values[name] = tuple((key, value) for key, value in values[name])
    if "reading" in values:
        plain = values["reading"]
        hints = tuple((UnreadReason(reason), said) for reason, said in plain["hints"])
        left = tuple((rule, number) for rule, number in plain["left_out"])
        values["reading"] = Reading(**(plain | {"hints": hints, "left_out": left}))
    return Extracted(**values)


MAX_COMPARED = 2_000_000


def compared_text(extracted: Extracted) -> str:
    """Return the one text of a page that is kept and compared: its text, then its description unless that repeats it.

    All offsets of matches and signals point into this string; it is cut at ``MAX_COMPARED`` characters.
    """
    text, more = extracted.text, extracted.description
    if more and not _repeats(text, more):
        text = f"{text}\n\n{more}" if text else more
    return text[:MAX_COMPARED]


def _repeats(text: str, more: str) -> bool:
    """Whether ``more`` stands in ``text``, as the summaries that sites make do: cut off with dots, lines run together."""
    if more in text:
        return True
    begun = _SPACES.sub("", _CUT_OFF.sub("", more))
    return begun in _SPACES.sub("", text[: 4 * len(more) + 10_000])
