"""Judgement values: carry a compared page to the ledger. All frozen; nothing here reads or writes anything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from typing import Any

from fingerprints.verdict_types import Verdict
from patrol.judging.scanning import PageText, Sightings
from patrol.vocabulary import Field, Grade, MatchKind, PageKind, PageState


@dataclass(frozen=True, slots=True)
class PageFacts:
    """What judging needs to know of one kept page. ``text`` is the string that was compared."""

    capture_id: int
    patrol_id: int
    target_id: int | None
    site: str
    page_kind: PageKind
    state: PageState
    url: str
    canonical_url: str
    fetched_at: datetime
    title: str = ""
    text: str = ""
    tags: tuple[str, ...] = ()
    seller: str = ""
    seller_url: str = ""
    price: Decimal | None = None
    sales: int | None = None
    sales_at_least: bool = False
    views: int | None = None
    ip_address: str = ""

    @property
    def is_priced(self) -> bool:
        return self.price is not None and self.price.is_finite() and self.price > 0

    @property
    def words(self) -> PageText:
        return PageText(self.title, self.text, " ".join(self.tags))


@dataclass(frozen=True, slots=True)
class Findings:
    """What comparing one page found. ``failed``: the comparison of this page could not be carried out (it brought
    the worker down, say), so that the page stays unjudged and is counted. ``simhash``: of the text of a page on which
    anything was found."""

    verdicts: tuple[Verdict, ...] = ()
    sightings: Sightings = field(default_factory=Sightings)
    failed: str = ""
    simhash: int | None = None


@dataclass(frozen=True, slots=True)
class SignalDraft:
    """A signal about to be entered; ``capture_id``: the page on which it stands, None: the lead's own."""

    code: str
    points: float
    place: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)
    capture_id: int | None = None


@dataclass(frozen=True, slots=True)
class OfferDraft:
    """What a listing offers, as the table ``offer`` keeps it."""

    key: str
    goods: str
    title: str
    publisher: str = ""
    isbn: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class TextPrint:
    """How a page's text reads: its simhash, the digest of its seller's name ("": none shown), and by how many bits
    another may differ to be taken for the same."""

    simhash: int
    seller: str
    apart: int


@dataclass(frozen=True, slots=True)
class LeadDraft:
    """A lead about to be entered. ``keys``: (kind, digest) pairs, the first being the lead's own; any of them that
    is known leads to the lead it joins. ``work_id``: "" when it is about no work. ``work_ids``: whose matches belong to
    the lead."""

    keys: tuple[tuple[str, str], ...]
    kind: MatchKind
    field: Field
    work_id: str
    work_ids: frozenset[str]
    grade: Grade
    score: float
    department: str
    signals: tuple[SignalDraft, ...]
    text: TextPrint | None = None


@dataclass(frozen=True, slots=True)
class Judgement:
    """The end of one page's way: its verdicts, a lead where they and the signals amount to one, and what it offers.
    ``again``: the page was judged before and is now compared with works that were protected later; only what is new is
    to be entered."""

    page: PageFacts
    verdicts: tuple[Verdict, ...]
    index_version: str
    lead: LeadDraft | None
    offer: OfferDraft | None = None
    again: bool = False
