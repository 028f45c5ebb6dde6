"""Known pages: tell a spider which pages of earlier patrols are due, and what the last visit kept.

A hundred thousand known pages cost a few megabytes: only a number and two dates of each are held; what the last visit kept
is looked up for the links of one list at a time.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy import select, union
from sqlalchemy.orm import Session

from patrol import clock
from patrol.db.models import Capture, KnownPage, Lead, Match, Patrol, Signal
from patrol.db.portions import portions
from patrol.db.session import Database
from patrol.directory.revisit_schedule import page_key
from patrol.items import HOME
from patrol.vocabulary import LeadStatus, PageState

MAX_OVERDUE = 500
GRACE = 6 * 3600.0
"""Seconds by which a page may be early: a daily patrol must not skip what yesterday's run came to half an hour later."""

_AT_REST = (LeadStatus.DISMISSED.value, LeadStatus.CLOSED.value)


@dataclass(frozen=True, slots=True)
class LastVisit:
    """The last whole capture of a page that is still in evidence. ``site_file_sha256``: the site file it was read
    with; ``same_library``: compared with the works as they are now."""

    record_id: str
    url: str
    fetched_at: datetime
    payload_sha256: str
    state: PageState
    title: str
    target_id: int | None
    etag: str
    last_modified: str
    site_file_sha256: str
    same_library: bool


class KnownPages:
    """Pages of one site. Make it with ``load`` in a thread; ``last`` reads the database and belongs in a thread too."""

    def __init__(self) -> None:
        self._keys, self._due, self._visited = array("Q"), array("d"), array("d")
        self._now = 0.0
        self._always: frozenset[int] = frozenset()
        self._database: Database | None = None
        self._root = Path()
        self._library = ""
        self._site = ""
        self._everything = False
        self.overdue: tuple[tuple[str, int | None], ...] = ()

    @classmethod
    def load(
        cls, database_url: str, root: Path, patrol_id: int, site: str, targets: Sequence[int], *, everything: bool
    ) -> KnownPages:
        """Load the pages of a site. ``root``: the workspace, where evidence is looked for; ``targets``: those that this
        run serves, whose ``overdue`` pages (those of open leads first) are visited even when no list leads to them any
        more; ``everything``: all pages are due."""
        known = cls()
        known._root, known._site, known._everything = root, site, everything
        known._database = database = Database(database_url)
        with database.session() as session:
            patrol = session.get(Patrol, patrol_id)
            known._library = patrol.index_version if patrol is not None else ""
            now = patrol.started_at if patrol is not None else clock.now()
            known._now = now.timestamp() + GRACE
            keys, due, visited = array("Q"), array("d"), array("d")
            query = select(KnownPage.key, KnownPage.next_due, KnownPage.last_visited).where(KnownPage.site == site)
            for key, moment, seen in session.execute(query).yield_per(2000):
                keys.append(_number(key))
                due.append(moment.timestamp())
                visited.append(seen.timestamp())
            order = sorted(range(len(keys)), key=keys.__getitem__)
            known._keys = array("Q", (keys[n] for n in order))
            known._due, known._visited = array("d", (due[n] for n in order)), array("d", (visited[n] for n in order))
            of_leads = _of_leads(session, site)
            known._always = frozenset(_number(page_key(url)) for url, _ in of_leads)
            known.overdue = (*of_leads, *_overdue(session, site, targets, now))
        return known

    def __len__(self) -> int:
        return len(self._keys)

    def is_due(self, canonical_url: str, changed_at: datetime | None = None) -> bool:
        """Tell whether to visit a page now: it is new, its time has come, a lead rests on it, or its site says that it
        has changed since the last visit (``changed_at``, a site map's ``lastmod``; an old one is no promise)."""
        number = _number(page_key(canonical_url))
        place = bisect_left(self._keys, number)
        if self._everything or place >= len(self._keys) or self._keys[place] != number or number in self._always:
            return True
        if changed_at is not None and changed_at.timestamp() > self._visited[place]:
            return True
        return self._due[place] <= self._now

    def last(self, canonical_urls: Iterable[str]) -> dict[str, LastVisit]:
        """Return what the last visit of each page kept, where that is still in evidence."""
        keys = {page_key(url): url for url in canonical_urls}
        if self._database is None or not keys:
            return {}
        query = (
            select(
                KnownPage, Capture.fetched_at, Capture.url, Capture.title, Capture.warc_path, Capture.site_file_sha256
            )
            .join(Capture, Capture.record_id == KnownPage.record_id)
            .where(KnownPage.site == self._site)
        )
        with self._database.session() as session:
            rows = [row for part in portions(keys) for row in session.execute(query.where(KnownPage.key.in_(part)))]
        files = {path: (self._root / path).is_file() for path in {row.warc_path for row in rows}}
        return {
            keys[page.key]: LastVisit(
                record_id=page.record_id,
                url=url,
                fetched_at=fetched_at,
                payload_sha256=page.payload_sha256,
                state=PageState(page.state),
                title=title,
                target_id=page.target_id,
                etag=page.etag,
                last_modified=page.last_modified,
                site_file_sha256=digest,
                same_library=page.index_version == self._library,
            )
            for page, fetched_at, url, title, path, digest in rows
            if files[path]
        }

    def close(self) -> None:
        if self._database is not None:
            self._database.close()


def _number(key: str) -> int:
    return int(key[:16], 16)


def _of_leads(session: Session, site: str) -> tuple[tuple[str, int | None], ...]:
    """Canonical addresses and targets of the pages on which leads rest that are neither dismissed nor closed; the home
    page is read in every patrol anyway, in its own role."""
    live = (Lead.site == site, Lead.status.not_in(_AT_REST), Capture.role != HOME)
    signalled = select(Capture.canonical_url, Capture.target_id).join(Signal, Signal.capture_id == Capture.id)
    matched = select(Capture.canonical_url, Capture.target_id).join(Match, Match.capture_id == Capture.id)
    query = union(
        signalled.join(Lead, Lead.id == Signal.lead_id).where(*live),
        matched.join(Lead, Lead.id == Match.lead_id).where(*live),
    )
    return tuple({row.canonical_url: row.target_id for row in session.execute(query)}.items())


def _overdue(session: Session, site: str, targets: Sequence[int], now: datetime) -> list[tuple[str, int | None]]:
    """Pages to be visited once even though no list leads to them: due, there when last seen, longest unseen first."""
    query = (
        select(KnownPage.last_visited, KnownPage.url, KnownPage.target_id)
        .where(KnownPage.site == site, KnownPage.state == PageState.PRESENT.value)
        .where(KnownPage.off_list_at.is_(None), KnownPage.next_due <= now)
        .order_by(KnownPage.last_visited)
        .limit(MAX_OVERDUE)
    )
    found = [row for part in portions(targets) for row in session.execute(query.where(KnownPage.target_id.in_(part)))]
    return [(url, target) for _, url, target in sorted(found, key=lambda row: row.last_visited)[:MAX_OVERDUE]]
