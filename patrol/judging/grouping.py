"""Grouping: makes the keys by which a sighting finds the lead that it joins, and tells how near two texts read. Pure.

Same address; same seller with the same text, with a text that differs in a few characters, or with further parts of a
series, each about the same work: these join. The same text at another seller's is a lead of its own, tied to the first.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from urllib.parse import urlsplit

import fingerprints
from fingerprints.simhash_bands import DISTANCE
from patrol.judging.model import PageFacts, TextPrint

# A text shorter than this is too common to join two pages of one seller by itself.
_JOINING_TEXT = 50
# Of a text shorter than this, three of 64 bits are more than a few characters.
_NEAR_TEXT = 200
_MAX_READ = 20_000

_COUNT = r"[0-9〇零一二三四五六七八九十百千两]{1,6}"
_PART = re.compile(
    rf"第\s*{_COUNT}\s*[集话回章节部季期幕卷篇段讲课弹]|(?<![a-z])(?:ep?|part|vol|p)\.?\s*\d{{1,4}}(?!\d)"
    rf"|[(【\[《]\s*(?:{_COUNT}|上|中|下|完|续)\s*[)】\]》]|(?:之|[\s_·-]){_COUNT}\s*$"
    r"|[\s_·,，:：-]?(?:上|中|下)(?:集|部|篇|册|卷)(?!册)|[\s_·-](?:上|中|下|续|完)\s*$"
)


def lead_keys(page: PageFacts, work_id: str) -> tuple[tuple[str, str], ...]:
    """Return what makes a sighting the same lead, as (kind, digest), the page's own first."""
    keys = [("page", _digest("page", page.site, page.canonical_url))]
    seller = seller_name(page)
    if seller and len(page.text) >= _JOINING_TEXT:
        keys.append(("text", _digest("text", seller, work_id, page.text)))
    if seller and is_part(page.title):
        keys.append(("series", _digest("series", page.site, seller, work_id)))
    return tuple(keys)


def is_part(title: str) -> bool:
    """Tell whether a title says that the page is one of a series.

    >>> [is_part(title) for title in ("全集第1集", "长夜（下）", "悬疑合集 之二", "第一流的书", "上海往事")]
    [True, True, True, False, False]
    """
    return bool(_PART.search(unicodedata.normalize("NFKC", title).casefold()))


def seller_name(page: PageFacts) -> str:
    """Return the seller as it is compared: its name, else the address of its account; "" when the page shows none."""
    name = page.seller or _account(page.seller_url)
    return unicodedata.normalize("NFKC", name).strip().casefold()


def text_simhash(text: str) -> int | None:
    """Return the simhash of the head of a text; None when it is too short to say anything. For the comparing processes."""
    codes = fingerprints.canonicalise(text[:_MAX_READ]).codes
    return fingerprints.simhash(codes) if len(codes) >= _JOINING_TEXT else None


def text_print(page: PageFacts, value: int | None) -> TextPrint | None:
    """Return how the page's text reads, for finding others that read the same."""
    if value is None:
        return None
    seller = seller_name(page)
    apart = DISTANCE if len(page.text) >= _NEAR_TEXT else 0
    return TextPrint(value, _digest("seller", seller) if seller else "", apart)


def _account(seller_url: str) -> str:
    parts = urlsplit(seller_url)
    return f"{parts.hostname or ''}{parts.path}".rstrip("/") if seller_url else ""


def _digest(*parts: str) -> str:
    return hashlib.sha256("\n".join(parts).encode("utf-8", "replace")).hexdigest()
