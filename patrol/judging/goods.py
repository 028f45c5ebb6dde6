"""Goods recognition: tells what a listing offers, as far as the trade has rules for it (publications, script games). Pure.

Only what a title says, a valid book number, and the publisher are read: enough to count a shop's titles and publishers,
which is how warehouses of pirated boxes and books were found in practice.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Sequence

from stdnum import isbn

from patrol.judging.model import OfferDraft, PageFacts
from patrol.tables.policy import GoodsRow
from patrol.text.licences import LicenceKind, read_numbers
from patrol.vocabulary import PageKind

MAX_READ = 20_000
"""Characters of a listing's text that are looked at: the facts of a book stand at the top."""

_ISBN = re.compile(r"(?<!\d)97[89][- ]?(?:\d[- ]?){9}\d(?!\d)")
_LABELLED = re.compile(r"(?:出版社|出版方|出版商|出品方|出品|发行方)\s*[:：]\s*([^\s，,。；;|/]{2,30})")
_HOUSE = re.compile("出版社|出版集团|书局")
_NAME = re.compile(r"[\u4e00-\u9fff]{2,12}$")
_LEADING = re.compile(r"^(?:正版|由|经|是|为|的|自|在|本书|全新|官方|授权)+")


def offered(page: PageFacts, goods: Sequence[GoodsRow], not_goods: bool) -> OfferDraft | None:
    """Return what ``page`` offers, or None. ``not_goods``: the page is somebody's wish or second-hand thing."""
    if page.page_kind is not PageKind.LISTING or not page.is_priced or not_goods:
        return None
    title = unicodedata.normalize("NFKC", page.title).casefold()
    text = page.text[:MAX_READ]
    number = _book_number(f"{page.title}\n{text}")
    row = next((row for row in goods if row.fits(title)), None)
    if row is None and number:
        row = next((row for row in goods if row.licensed and not row.is_excluded(title)), None)
    if row is None:
        return None
    return OfferDraft(
        key=hashlib.sha256(page.canonical_url.encode("utf-8", "replace")).hexdigest(),
        goods=row.code,
        title=page.title,
        publisher=_publisher(f"{page.title}\n{text}"),
        isbn=number,
        licence=_licence(text),
    )


def _book_number(text: str) -> str:
    return next((plain for found in _ISBN.findall(text) if isbn.is_valid(plain := re.sub(r"\D", "", found))), "")


def _publisher(text: str) -> str:
    """The publisher that the page names first, a labelled one before one in running words."""
    labelled = _LABELLED.search(text)
    if labelled:
        return labelled[1][:100]
    house = _HOUSE.search(text)
    named = _NAME.search(text[max(0, house.start() - 12) : house.start()]) if house else None
    return _LEADING.sub("", named[0]) + house[0] if house and named else ""


def _licence(text: str) -> str:
    """A publication licence number in the listing's own text."""
    lines = "\n".join(line[:500] for line in text.splitlines() if "新出发" in line)
    numbers = read_numbers(lines) if lines else ()
    return next((n.number for n in numbers if n.kind is LicenceKind.PUBLICATION and not n.doubts), "")
