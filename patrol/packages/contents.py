"""Contents of a package: hold all that it is made of, frozen; the documents in ``reports`` are written from exactly these."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from patrol.evidence.chain import Entry, Layout, RecordEntry
from patrol.evidence.custody import Custody
from patrol.leads.views import CaptureView, LeadView
from patrol.packages.reviews import Review


@dataclass(frozen=True, slots=True)
class PatrolChain:
    """The chain of one patrol that has captures in the package. ``size``: bytes of its whole lines."""

    patrol_id: int
    folder: Path
    entries: tuple[Entry, ...]
    layout: Layout
    size: int

    @property
    def name(self) -> str:
        return self.folder.name

    @property
    def head(self) -> str:
        return self.entries[-1].digest


@dataclass(frozen=True, slots=True)
class Whole:
    """The capture whose bytes a revisit found unchanged, perhaps in an earlier patrol: the revisit is nothing without
    it. ``records`` are those of its line."""

    patrol_id: int
    fetched_at: datetime
    line: int
    records: tuple[RecordEntry, ...]


@dataclass(frozen=True, slots=True)
class UsedImage:
    """A main image of a capture, perhaps fetched in a later patrol."""

    patrol_id: int
    url: str
    fetched_at: datetime
    line: int
    records: tuple[RecordEntry, ...]
    payload_sha256: str


@dataclass(frozen=True, slots=True)
class UsedCapture:
    """One capture of the leads. ``line``: of the chain; ``records`` as they stand now; ``said``: what its metadata
    record says (see ``warc.described``); ``whole``: for a page found unchanged, what it was found unchanged against."""

    view: CaptureView
    leads: tuple[str, ...]
    review: Review | None
    line: int
    records: tuple[RecordEntry, ...]
    said: Mapping[str, Any]
    whole: Whole | None = None
    images: tuple[UsedImage, ...] = ()


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a patrol found out about its surroundings (清洁性检查): ``said`` is the record's JSON."""

    patrol_id: int
    line: int
    said: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Selection:
    """The leads and all of the evidence that belongs to them. ``extra``: records beside the captures' own that explain
    them (opening records of files, surroundings, certificates, images, brought files, what a revisit refers to), by
    patrol."""

    leads: tuple[LeadView, ...]
    captures: tuple[UsedCapture, ...]
    chains: tuple[PatrolChain, ...]
    extra: Mapping[int, tuple[RecordEntry, ...]]
    surroundings: tuple[Surroundings, ...]

    def chain(self, patrol_id: int) -> PatrolChain:
        return next(chain for chain in self.chains if chain.patrol_id == patrol_id)

    def lines(self, patrol_id: int) -> list[int]:
        """Return the lines of a patrol's chain on which the package's pages stand."""
        whole = [used.whole for used in self.captures if used.whole is not None]
        own = [used.line for used in self.captures if used.view.patrol_id == patrol_id]
        return sorted({*own, *(one.line for one in whole if one.patrol_id == patrol_id)})

    @property
    def unreviewed(self) -> tuple[UsedCapture, ...]:
        return tuple(capture for capture in self.captures if capture.review is None)


@dataclass(frozen=True, slots=True)
class SlicedRecord:
    """Where a record stands in the package (``file``, ``offset``) and in the archive (``record``). ``url``, ``mime`` and
    ``status`` are read off its headers; ``at`` is its WARC-Date as it stands."""

    patrol_id: int
    record: RecordEntry
    line: int
    file: str
    offset: int
    url: str
    at: str
    mime: str
    status: int | None
    payload_digest: str


@dataclass(frozen=True, slots=True)
class Screenshot:
    capture_id: int
    file: str


@dataclass(frozen=True, slots=True)
class Stamp:
    """A time-stamp token (RFC 3161) over ``imprint``, the digest of line ``line`` of a patrol's chain. Names are paths in
    the package; ``at`` is the authority's time."""

    patrol_id: int
    line: int
    imprint: str
    token: str
    authorities: str
    at: datetime | None
    authority: str


@dataclass(frozen=True, slots=True)
class PackagedFile:
    """A file of the package: path with ``/``, what it is (Chinese), size in bytes, digests."""

    name: str
    about: str
    size: int
    sha256: str
    sm3: str


@dataclass(frozen=True, slots=True)
class PackageFacts:
    """All that the documents of a package say. ``records``: how many WARC records are in it; ``masked``: personal data are to be covered in them."""

    selection: Selection
    records: int
    files: tuple[PackagedFile, ...]
    screenshots: tuple[Screenshot, ...]
    stamps: tuple[Stamp, ...]
    custody: tuple[Custody, ...]
    made_at: datetime
    account: str
    machine: str
    system: str
    office: str
    region: str
    program: str
    program_python: str
    draft: bool
    masked: bool

    @property
    def officers(self) -> tuple[str, ...]:
        """Everybody who stands for a capture, each once, in order."""
        named = [name for used in self.selection.captures if used.review for name in used.review.officers]
        return tuple(dict.fromkeys(named))

    @property
    def own_custody(self) -> tuple[Custody, ...]:
        """The acts that concern these leads or the whole archive; those of other cases are nobody's business here
        (their lines are in the chain, which is whole)."""
        mine = {lead.number for lead in self.selection.leads}
        return tuple(act for act in self.custody if not act.leads or mine & set(act.leads))

    @property
    def reviewers(self) -> tuple[str, ...]:
        named = [used.review.reviewer for used in self.selection.captures if used.review and used.review.reviewer]
        return tuple(dict.fromkeys(named))
