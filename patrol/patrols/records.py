"""Patrol records: keep the rows of patrols (begin, resume, each target, finish) in short transactions, one purpose each."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, insert, select, update

from patrol import __version__, clock
from patrol.db.models import Capture, KnownPage, Patrol, PatrolTarget, Signal, Target
from patrol.db.portions import portions
from patrol.db.session import Database
from patrol.items import HOME
from patrol.leads.campaigns import campaign_on
from patrol.vocabulary import Field, RunStatus

_OPEN = (RunStatus.RUNNING.value, RunStatus.INTERRUPTED.value)
_TO_DO = (RunStatus.PENDING.value, RunStatus.RUNNING.value, RunStatus.INTERRUPTED.value)


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a patrol was asked to cover; stands in ``patrol.filter``."""

    site: str | None = None
    field: Field | None = None
    limit: int | None = None
    everything: bool = False

    def as_json(self) -> dict[str, Any]:
        return {key: value for key, value in asdict(self).items() if value not in (None, False)}


@dataclass(frozen=True, slots=True)
class PlannedTarget:
    """A target to be patrolled, as the planner needs it."""

    id: int
    name: str
    site: str
    single: bool = False


def begin(database: Database, wanted: Wanted, target_ids: Iterable[int], now: datetime, index_version: str) -> int:
    """Begin a new patrol over these targets; returns its id."""
    with database.session() as session:
        patrol = Patrol(
            started_at=now,
            status=RunStatus.RUNNING.value,
            campaign_id=campaign_on(session.connection(), clock.day_of(now)),
            filter=wanted.as_json(),
            program_version=__version__,
            index_version=index_version,
        )
        session.add(patrol)
        session.flush()
        rows = [{"patrol_id": patrol.id, "target_id": number} for number in target_ids]
        if rows:
            session.execute(insert(PatrolTarget), rows)
        return patrol.id


def begin_ad_hoc(database: Database, spider: str, site: str, now: datetime) -> int:
    """Begin a patrol for a plain ``scrapy crawl``, so that what it keeps belongs somewhere; returns its id."""
    with database.session() as session:
        patrol = Patrol(started_at=now, filter={"ad_hoc": spider, "site": site}, program_version=__version__)
        session.add(patrol)
        session.flush()
        return patrol.id


def interrupted(database: Database, wanted: Wanted) -> int | None:
    """Return the newest unfinished patrol that was asked for the same, if any."""
    query = select(Patrol.id, Patrol.filter).where(Patrol.status.in_(_OPEN)).order_by(Patrol.id.desc())
    with database.session() as session:
        rows = session.execute(query).all()
    return next((number for number, asked in rows if asked == wanted.as_json()), None)


def resume(database: Database, patrol_id: int) -> None:
    with database.session() as session:
        session.execute(
            update(Patrol).where(Patrol.id == patrol_id).values(status=RunStatus.RUNNING.value, finished_at=None)
        )


def to_do(database: Database, patrol_id: int) -> list[PlannedTarget]:
    """Return the targets of a patrol that are not done, longest waiting first."""
    query = (
        select(Target.id, Target.name, Target.site, Target.single)
        .join(PatrolTarget, PatrolTarget.target_id == Target.id)
        .where(PatrolTarget.patrol_id == patrol_id, PatrolTarget.status.in_(_TO_DO))
        .order_by(Target.last_patrolled_at.is_not(None), Target.last_patrolled_at, Target.id)
    )
    with database.session() as session:
        return [PlannedTarget(*row) for row in session.execute(query)]


def set_targets(
    database: Database, patrol_id: int, target_ids: Iterable[int], status: RunStatus, reason: str = ""
) -> None:
    """Set how these targets fared."""
    with database.session() as session:
        for portion in portions(target_ids):
            these = update(PatrolTarget).where(PatrolTarget.patrol_id == patrol_id, PatrolTarget.target_id.in_(portion))
            session.execute(these.values(status=status.value, reason=reason[:1000]))


def close_target(
    database: Database,
    patrol_id: int,
    target_id: int,
    status: RunStatus,
    reason: str,
    counts: Mapping[str, int],
    patrolled_at: datetime | None,
) -> None:
    """Enter a target's end: state, reason, counts; ``patrolled_at`` moves its next due date (None: it does not)."""
    with database.session() as session:
        session.execute(
            update(PatrolTarget)
            .where(PatrolTarget.patrol_id == patrol_id, PatrolTarget.target_id == target_id)
            .values(status=status.value, reason=reason[:1000], counts=dict(counts))
        )
        if patrolled_at is not None:
            session.execute(update(Target).where(Target.id == target_id).values(last_patrolled_at=patrolled_at))


def finish(database: Database, patrol_id: int, status: RunStatus, now: datetime) -> None:
    """Enter a patrol's end. An interrupted one keeps no finishing time, so that it can go on."""
    at = None if status is RunStatus.INTERRUPTED else now
    with database.session() as session:
        session.execute(update(Patrol).where(Patrol.id == patrol_id).values(status=status.value, finished_at=at))


@dataclass(frozen=True, slots=True)
class Counts:
    """What one target (or one patrol) brought: pages kept, pages judged, leads touched."""

    captures: int = 0
    judged: int = 0
    leads: int = 0

    def as_json(self) -> dict[str, int]:
        return {"captures": self.captures, "judged": self.judged, "leads": self.leads}


def counts_by_target(database: Database, patrol_id: int, site: str | None) -> dict[int | None, Counts]:
    """Count one site's (None: all sites') pages in a patrol, by target id, read from the rows themselves (so right
    after a resume)."""
    here = [Capture.patrol_id == patrol_id, *([Capture.site == site] if site is not None else [])]
    captures = (
        select(Capture.target_id, func.count(Capture.id), func.count(Capture.judged_at))
        .where(*here, Capture.role != HOME)
        .group_by(Capture.target_id)
    )
    leads = (
        select(Capture.target_id, func.count(func.distinct(Signal.lead_id)))
        .join(Signal, Signal.capture_id == Capture.id)
        .where(*here)
        .group_by(Capture.target_id)
    )
    with database.session() as session:
        touched = {row[0]: row[1] for row in session.execute(leads)}
        return {
            target: Counts(kept, judged, touched.get(target, 0)) for target, kept, judged in session.execute(captures)
        }


def targets_with_pages(database: Database, site: str) -> set[int | None]:
    """Return the targets of which earlier patrols know pages: those are alive even when none of their pages was due."""
    with database.session() as session:
        return set(session.scalars(select(KnownPage.target_id).where(KnownPage.site == site).distinct()))
