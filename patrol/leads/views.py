"""Lead views: hold what readers of leads get (reports, command line, console), frozen, everything already in words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from patrol.clock import Period
from patrol.tables.words import confidence
from patrol.text.masking import names_to_keep
from patrol.vocabulary import Field, Grade, LeadStatus, LinkKind, MatchKind, PageKind, PageState, RunStatus


@dataclass(frozen=True, slots=True)
class WorkView:
    """A protected work as a report names it. ``kind`` is Chinese. ``known`` is false when the work has since been
    removed from the library: then only ``id`` (and ``title``, the same) are filled."""

    id: str
    title: str
    aliases: tuple[str, ...] = ()
    authors: tuple[str, ...] = ()
    holder: str = ""
    kind: str = ""
    registration: str = ""
    list_price: Decimal | None = None
    published: str = ""
    early_warning: bool = False
    known: bool = True


@dataclass(frozen=True, slots=True)
class ImportView:
    """That a page was not fetched but brought in a file: which, where in it, by whom; ``claimed_at`` is only what the
    file says of itself (``claimed_by``: where it says so)."""

    file: str
    file_sha256: str
    place: str = ""
    source: str = ""
    note: str = ""
    claimed_at: datetime | None = None
    claimed_by: str = ""
    address_by: str = ""


@dataclass(frozen=True, slots=True)
class CaptureView:
    """One page as kept. ``warc_path`` is relative to the workspace, offset and length are bytes; digests are
    SHA-256 in hex. ``text`` is what was compared: offsets of passages and signals point into it ("" when the
    texts were not asked for). ``extracted`` holds the fields of ``patrol.items.Extracted`` but ``text``."""

    id: int
    patrol_id: int
    site: str
    page_kind: PageKind
    state: PageState
    title: str
    url: str
    http_status: int
    fetched_at: datetime
    ip_address: str
    rendered: bool
    warc_path: str
    warc_offset: int
    warc_length: int
    record_id: str
    payload_sha256: str
    record_sha256: str
    chain_sha256: str
    site_file_sha256: str
    extracted: Mapping[str, Any]
    text: str
    imported: ImportView | None = None
    """Set for a page that we did not fetch; ``fetched_at`` is then when it was imported."""
    canonical_url: str = ""


@dataclass(frozen=True, slots=True)
class PassageView:
    """An aligned passage: offsets into the page's and the work's texts (half-open), and those very characters."""

    page_start: int
    page_end: int
    work_start: int
    work_end: int
    identity: float
    page_text: str
    work_text: str


@dataclass(frozen=True, slots=True)
class RenamingView:
    old: str
    new: str
    support: int


@dataclass(frozen=True, slots=True)
class DisguiseView:
    kind: str
    label: str
    count: int
    example: str
    read_as: str


@dataclass(frozen=True, slots=True)
class ReasonView:
    """Why a verdict is what it is, in words; ``weight`` is its part of the log-odds."""

    code: str
    weight: float
    words: str


@dataclass(frozen=True, slots=True)
class MatchView:
    """One page against one work. ``page_text`` and ``work_text`` are whole texts (shared, not copied)."""

    id: int
    kind: MatchKind
    probability: float
    index_version: str
    work: WorkView
    capture: CaptureView
    page_text: str
    work_text: str
    passages: tuple[PassageView, ...]
    renamings: tuple[RenamingView, ...]
    disguises: tuple[DisguiseView, ...]
    reasons: tuple[ReasonView, ...]


@dataclass(frozen=True, slots=True)
class SignalView:
    """A sign beside the text. ``points`` is what it added to the lead's score (negative: it spoke against);
    ``place`` names the field of the page (title, text …) and, where known, the offset as ``text:120``."""

    code: str
    words: str
    points: float
    place: str
    values: Mapping[str, Any]
    capture_id: int


@dataclass(frozen=True, slots=True)
class EventView:
    """One line of the journal; ``account``: the system account it was entered under ("" for the program's own)."""

    at: datetime
    who: str
    status: LeadStatus
    reason: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class LinkView:
    """Another lead that belongs to this one, and how."""

    kind: LinkKind
    number: str
    site: str
    title: str
    seller: str


@dataclass(frozen=True, slots=True)
class LeadView:
    """A lead with all that a report or a form shows. ``captures`` are in order of time; ``matches`` best first."""

    id: int
    number: str
    grade: Grade
    score: float
    kind: MatchKind
    field: Field
    status: LeadStatus
    department: str
    site: str
    title: str
    url: str
    seller: str
    seller_url: str
    found_at: datetime
    patrol_id: int | None
    campaign: str
    work: WorkView | None
    captures: tuple[CaptureView, ...]
    matches: tuple[MatchView, ...]
    signals: tuple[SignalView, ...]
    events: tuple[EventView, ...]
    links: tuple[LinkView, ...] = ()

    @property
    def comparison(self) -> str:
        """What the best comparison found, in a sentence; "" where no text was compared."""
        if not self.matches:
            return ""
        best = self.matches[0]
        said = f"{best.kind.label}，把握 {confidence(best.probability)}，相似段落 {len(best.passages)} 处"
        return f"与《{best.work.title}》比对，{said}"


def work_names(leads: Iterable[LeadView]) -> tuple[str, ...]:
    """Return the names of the works that these leads are about which masking would take for something else
    (``patrol.text.masking.names_to_keep``)."""
    works = {
        work.id: work
        for lead in leads
        for work in (lead.work, *(match.work for match in lead.matches))
        if work is not None
    }
    return names_to_keep(name for work in works.values() for name in (work.title, *work.aliases))


@dataclass(frozen=True, slots=True)
class LeadFilter:
    """Which leads: all given conditions hold. Times are aware; ``since`` is inclusive, ``until`` exclusive."""

    since: datetime | None = None
    until: datetime | None = None
    grades: tuple[Grade, ...] = ()
    kinds: tuple[MatchKind, ...] = ()
    fields: tuple[Field, ...] = ()
    statuses: tuple[LeadStatus, ...] = ()
    sites: tuple[str, ...] = ()
    works: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    limit: int | None = None

    @classmethod
    def of(
        cls,
        *,
        grade: Grade | None = None,
        kind: MatchKind | None = None,
        field: Field | None = None,
        status: LeadStatus | None = None,
        site: str | None = None,
        work: str | None = None,
        found: Period = Period(),  # noqa: B008 - frozen
        limit: int | None = None,
    ) -> LeadFilter:
        """Make the filter of one value each, as an officer asks; ``found``: the days on which leads were found."""
        return cls(
            since=found.start,
            until=found.end,
            grades=(grade,) if grade else (),
            kinds=(kind,) if kind else (),
            fields=(field,) if field else (),
            statuses=(status,) if status else (),
            sites=(site,) if site else (),
            works=(work,) if work else (),
            limit=limit,
        )


@dataclass(frozen=True, slots=True)
class TargetRunView:
    """How one target fared in one patrol; ``reason`` is Chinese and says why it was skipped or failed."""

    patrol_id: int
    target_id: int
    name: str
    site: str
    field: Field
    status: RunStatus
    reason: str
    counts: Mapping[str, int]
