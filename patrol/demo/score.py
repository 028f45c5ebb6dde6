"""How the demo fared: what was planted, found and missed, per kind, read from the database against ``truth.json``."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select
from sqlalchemy.orm import Session

from patrol.db.models import Capture, Lead, Match, Signal
from patrol.nouns import MatchKind

TRUTH = Path(__file__).with_name("truth.json")


@dataclass(frozen=True, slots=True)
class Planted:
    """One page as ``truth.json`` has it. ``label`` is a match kind, or ``innocent`` or ``authorised``."""

    site: str
    path: str
    label: str
    work: str | None

    @property
    def guilty(self) -> bool:
        return self.label in {kind.value for kind in MatchKind}


@dataclass(frozen=True, slots=True)
class Found:
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


def found_pages(session: Session) -> list[Found]:
    """Every captured page that at least one lead rests on."""
    pages: dict[tuple[str, str], tuple[set[str], set[str]]] = {}
    through = (
        select(Capture.site, Capture.canonical_url, Match.work_id, Lead.kind)
        .join(Match, Match.capture_id == Capture.id)
        .join(Lead, Lead.id == Match.lead_id),
        select(Capture.site, Capture.canonical_url, Lead.work_id, Lead.kind)
        .join(Signal, Signal.capture_id == Capture.id)
        .join(Lead, Lead.id == Signal.lead_id),
    )
    for query in through:
        for site, url, work, kind in session.execute(query):
            works, kinds = pages.setdefault((site, urlsplit(url).path), (set(), set()))
            kinds.add(kind)
            if work:
                works.add(work)
    return [Found(site, path, frozenset(w), frozenset(k)) for (site, path), (w, k) in pages.items()]


def score(truth: Iterable[Planted], found: Iterable[Found], visited: int) -> DemoScore:
    """Set ``found`` against ``truth``; a planted page counts as found when a lead names the right work."""
    rows = list(truth)
    seen = {(f.site, f.path): f for f in found}
    kinds, missed = [], []
    for kind in MatchKind:
        planted = [row for row in rows if row.label == kind.value]
        right = [
            row for row in planted if (hit := seen.get((row.site, row.path))) is not None and row.work in hit.works
        ]
        missed += [row for row in planted if row not in right]
        named = sum(kind.value in seen[row.site, row.path].kinds for row in right)
        kinds.append(KindScore(kind.value, len(planted), len(right), named))
    innocent = [row for row in rows if not row.guilty]
    alarms = tuple(row for row in innocent if (row.site, row.path) in seen)
    reported = sum((row.site, row.path) in seen for row in rows)
    return DemoScore(tuple(kinds), len(innocent), reported, visited, alarms, tuple(missed))
