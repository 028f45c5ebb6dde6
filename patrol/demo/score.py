"""Demo score: counts what was planted, found and missed, per kind, from the database against ``truth.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.db.models import Capture, Lead, Match, Signal
from patrol.vocabulary import MatchKind

TRUTH = Path(__file__).with_name("truth.json")


@dataclass(frozen=True, slots=True)
class Planted:
    """One page as ``truth.json`` has it. ``label`` is a match kind, or ``innocent`` or ``authorised``. Sites (path ``/``)
    and shops (their own path) stand there too, with ``licence`` where their papers are missing or borrowed."""

    site: str
    path: str
    label: str
    work: str | None

    @property
    def guilty(self) -> bool:
        return self.label in {kind.value for kind in MatchKind}


@dataclass(frozen=True, slots=True)
class FoundPages:
    """One page that a lead rests on: its site and path, and the works and kinds that leads name for it."""

    site: str
    path: str
    works: frozenset[str]
    kinds: frozenset[str]


@dataclass(frozen=True, slots=True)
class KindScore:
    """Counts for one kind. ``named_rightly``: of the found, how many leads also give this very kind."""

    kind: str
    planted: int
    found: int
    named_rightly: int

    @property
    def recall(self) -> float:
        return self.found / self.planted if self.planted else 1.0


@dataclass(frozen=True, slots=True)
class DemoScore:
    """The whole account. ``false_alarms`` are innocent or authorised pages with a lead; ``missed`` planted pages
    without one, or with one that names another work only."""

    kinds: tuple[KindScore, ...]
    innocent: int
    reported: int
    visited: int
    false_alarms: tuple[Planted, ...]
    missed: tuple[Planted, ...]
    first: int = 0
    first_right: int = 0

    @property
    def first_precision(self) -> float:
        """Of the leads at the top of the list, as many as there are planted pages (all, when there are fewer): how many
        are right. What an officer with little time sees."""
        return self.first_right / self.first if self.first else 1.0

    @property
    def precision(self) -> float:
        return 1.0 - len(self.false_alarms) / self.reported if self.reported else 1.0

    @property
    def recall(self) -> float:
        planted = sum(k.planted for k in self.kinds)
        return sum(k.found for k in self.kinds) / planted if planted else 1.0


def read_truth(path: Path = TRUTH) -> list[Planted]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    return [Planted(row["site"], row["path"], row["label"], row["work"]) for row in rows]


def found_pages(session: Session) -> list[FoundPages]:
    """Return every captured page that at least one lead rests on, and every site or shop that is a licence lead itself."""
    pages: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    for _, site, path, work, kind in _sightings(session):
        works, kinds = pages.setdefault((site, path), (set(), set()))
        kinds.add(kind)
        if work:
            works.add(work)
    return [FoundPages(site, path, frozenset(w), frozenset(k)) for (site, path), (w, k) in pages.items()]


def ranked_leads(session: Session) -> list[list[FoundPages]]:
    """Return the leads in the order in which an officer sees them, each as the pages it rests on."""
    by_lead: dict[int, list[FoundPages]] = {}
    for lead_id, site, path, work, kind in _sightings(session):
        found = FoundPages(site, path, frozenset([work] if work else ()), frozenset([kind]))
        by_lead.setdefault(lead_id, []).append(found)
    order = select(Lead.id).order_by(Lead.grade, Lead.score.desc(), Lead.id)
    return [by_lead.get(number, []) for number in session.scalars(order)]


def _sightings(session: Session) -> Iterator[tuple[int, str, str, str | None, str]]:
    """(lead, site, path, work, kind) of every page of every lead. Of a site's or shop's lead only its own address counts:
    the listings that it rests on are not accused."""
    licence = MatchKind.LICENCE.value
    through = (
        select(Lead.id, Capture.site, Capture.canonical_url, Match.work_id, Lead.kind)
        .join(Match, Match.capture_id == Capture.id)
        .join(Lead, Lead.id == Match.lead_id),
        select(Lead.id, Capture.site, Capture.canonical_url, Lead.work_id, Lead.kind)
        .join(Signal, Signal.capture_id == Capture.id)
        .join(Lead, Lead.id == Signal.lead_id)
        .where(Lead.kind != licence),
        select(Lead.id, Lead.site, Lead.url, Lead.work_id, Lead.kind).where(Lead.kind == licence),
    )
    for query in through:
        for lead_id, site, url, work, kind in session.execute(query):
            yield lead_id, site, unquote(urlsplit(url).path), work, kind


def score(
    truth: Iterable[Planted], found: Iterable[FoundPages], visited: int, ranked: Sequence[Sequence[FoundPages]] = ()
) -> DemoScore:
    """Set ``found`` against ``truth``; a planted page counts as found when a lead names the right work. Of the ``ranked``
    leads the first are right when they rest on a planted page and name its work."""
    rows = list(truth)
    seen = {(f.site, f.path): f for f in found}
    kinds, missed = [], []
    for kind in MatchKind:
        planted = [row for row in rows if row.label == kind.value]
        right = [row for row in planted if (hit := seen.get((row.site, row.path))) is not None and _names(hit, row)]
        missed += [row for row in planted if row not in right]
        named = sum(kind.value in seen[row.site, row.path].kinds for row in right)
        kinds.append(KindScore(kind.value, len(planted), len(right), named))
    innocent = [row for row in rows if not row.guilty]
    alarms = tuple(row for row in innocent if (row.site, row.path) in seen)
    reported = sum((row.site, row.path) in seen for row in rows)
    guilty = {(row.site, row.path): row for row in rows if row.guilty}
    first = ranked[: len(guilty)]
    good = sum(
        any((page := guilty.get((f.site, f.path))) is not None and _names(f, page) for f in lead) for lead in first
    )
    return DemoScore(tuple(kinds), len(innocent), reported, visited, alarms, tuple(missed), len(first), good)


def _names(found: FoundPages, row: Planted) -> bool:
    """Whether the right work is named; what is planted of no work must be found for what it is."""
    return row.work in found.works if row.work is not None else row.label in found.kinds
