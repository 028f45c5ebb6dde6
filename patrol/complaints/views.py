"""Complaint views: hold what readers of complaints get (command line, reports), frozen."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from patrol.vocabulary import ComplaintState, Grade, LeadStatus, MatchKind, PageState


@dataclass(frozen=True, slots=True)
class FilingView:
    """One submission. ``missing``: the items of the guide that it does not have, in words."""

    received_at: datetime
    filed_on: date | None
    complainant: str
    contact: str
    address: str
    identity: str
    facts: str
    proof: str
    copies: str
    source: str
    missing: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenPage:
    """The newest capture of the address."""

    capture_id: int
    fetched_at: datetime
    state: PageState
    title: str
    payload_sha256: str


@dataclass(frozen=True, slots=True)
class ComplaintFinding:
    """A lead that the page gave about the complaint's work (any work where the complaint names none). ``characters`` of
    the page agree with the work; 0 for offers without text."""

    lead: str
    work: str
    kind: MatchKind
    grade: Grade
    status: LeadStatus
    characters: int


@dataclass(frozen=True, slots=True)
class JournalLine:
    at: datetime
    who: str
    what: str
    note: str


@dataclass(frozen=True, slots=True)
class ComplaintView:
    """``has_text``: the work's text is in the library, so that texts were compared. ``reason``: why the page could not be
    visited. ``answered_at``: the newest answer."""

    id: int
    number: str
    received_at: datetime
    url: str
    site: str
    work_title: str
    work_id: str | None
    has_text: bool
    respondent: str
    respondent_address: str
    account: str
    place: str
    filings: tuple[FilingView, ...]
    state: ComplaintState
    reason: str
    seen: SeenPage | None
    findings: tuple[ComplaintFinding, ...]
    answered_at: datetime | None
    journal: tuple[JournalLine, ...] = ()

    @property
    def complainants(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(filing.complainant for filing in self.filings))
