"""Site history: keeps what a site's earlier runs saw and read, and tells whether this one fell under it.

A figure has fallen when it lies under the median of the earlier whole runs by more than their spread (the median
absolute deviation). History without any spread is not taken at its word: a fall of less than a tenth of the pages, or of
five points of a field's share, is none.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from statistics import median
from typing import Any

from sqlalchemy import delete, select

from patrol import crawl_stats
from patrol.db.models import SiteRun
from patrol.db.session import Database
from patrol.directory.site_model import EXTRACT_HELP

MIN_RUNS = 5
MAX_RUNS = 20
MIN_PAGES = 5
"""Pages below which a share of fields says nothing."""

ITEMS = "items"


def record_run(
    database: Database, patrol_id: int, site: str, stats: Mapping[str, Any], digest: str, now: datetime
) -> None:
    """Keep the figures of one site's run; a run that went on after an interruption takes the place of its first part."""
    run = SiteRun(
        patrol_id=patrol_id,
        site=site,
        ended_at=now,
        whole=bool(crawl_stats.WHOLE.of(stats)) and not crawl_stats.STOPPED.of(stats),
        items=crawl_stats.SEEN.of(stats),
        read=crawl_stats.READ.of(stats),
        fields=crawl_stats.FIELDS.of(stats),
        skipped=crawl_stats.SKIPPED.of(stats),
        site_file_sha256=digest,
    )
    with database.session() as session:
        session.execute(delete(SiteRun).where(SiteRun.patrol_id == patrol_id, SiteRun.site == site))
        session.add(run)


def fallen(database: Database, patrol_id: int, site: str, expected: Collection[str] = ()) -> list[str]:
    """Return what of this run fell under the site's history, in Chinese; ``expected``: fields (and ``items``) for which
    the site file says what is normal, so that history need not."""
    runs = _runs(database, site)
    now = next((run for run in runs if run.patrol_id == patrol_id), None)
    before = [run for run in runs if run.patrol_id != patrol_id][:MAX_RUNS]
    if now is None or not now.whole or len(before) < MIN_RUNS:
        return []
    said = []
    usual = fall([run.items for run in before], now.items, tenth=True)
    if usual is not None and ITEMS not in expected:
        said.append(f"这次看到 {now.items} 页，平常约 {usual:.0f} 页，站点可能已改版")
    for name, was, share in fallen_fields(now, before):
        if name not in expected:
            said.append(
                f"读到{EXTRACT_HELP[name][0]}的页从平常的 {was:.0%} 降到 {share:.0%}，站点可能已改版，"
                f"请用 patrol sites diff {site} 对照新旧页面"
            )
    return said


def fallen_fields(now: SiteRun, before: Sequence[SiteRun]) -> list[tuple[str, float, float]]:
    """Return ``(field, median share before, share now)`` of the fields that fell, the deepest fall first."""
    before = [run for run in before if run.read >= MIN_PAGES]
    if now.read < MIN_PAGES or len(before) < MIN_RUNS:
        return []
    found = []
    for name in EXTRACT_HELP:
        share = now.fields.get(name, 0) / now.read
        usual = fall([run.fields.get(name, 0) / run.read for run in before], share)
        if usual is not None:
            found.append((name, usual, share))
    return sorted(found, key=lambda row: row[2] - row[1])


def fall(before: Sequence[float], now: float, *, tenth: bool = False) -> float | None:
    """Return the median of ``before`` when ``now`` lies under it by more than its spread, else None.

    >>> fall([100, 98, 102, 100, 101], 60, tenth=True)
    100
    >>> fall([1.0, 1.0, 1.0, 0.9, 1.0], 0.97) is None
    True
    """
    middle = median(before)
    spread = median(abs(figure - middle) for figure in before)
    least = max(1.0, middle / 10) if tenth else 0.05
    return middle if middle - now > max(spread, least) else None


def last_runs(database: Database, site: str) -> tuple[SiteRun | None, list[SiteRun]]:
    """Return the newest whole run of a site, and those before it."""
    runs = _runs(database, site)
    return (runs[0], runs[1:]) if runs else (None, [])


def _runs(database: Database, site: str) -> list[SiteRun]:
    query = select(SiteRun).where(SiteRun.site == site, SiteRun.whole.is_(True))
    with database.session() as session:
        return list(session.scalars(query.order_by(SiteRun.ended_at.desc(), SiteRun.id.desc()).limit(MAX_RUNS + 1)))
