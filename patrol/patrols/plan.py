"""Patrol plan: chooses the due targets, groups them by site, and tells for each site whether it can be patrolled at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select

from patrol.chromium import find_browser
from patrol.config import Workspace
from patrol.db.models import Target
from patrol.db.session import Database
from patrol.directory import SiteProblem, find_sites, single_page_site
from patrol.directory.schedule import DAILY, MANUAL, Schedule
from patrol.errors import PatrolError
from patrol.notices.follow_up import watched_targets
from patrol.patrols.history import ITEMS
from patrol.patrols.job import SiteJob
from patrol.patrols.records import PlannedTarget, Wanted
from patrol.patrols.semaphore import share_of
from patrol.vocabulary import RunStatus


class NothingDue(PatrolError):
    """There is no target to patrol; the message says why and what to do."""

    def __init__(self, wanted: Wanted, known: int) -> None:
        if not known:
            said = "重点目录是空的。请先用 patrol directory import 导入目标"
        elif wanted.site or wanted.field or wanted.everything:
            said = "重点目录里没有符合条件的目标。可用 patrol directory list 查看"
        else:
            said = f"{known} 个目标都还没到巡查时间。要现在巡查，请加 --all，或用 --site 指明站点"
        super().__init__(said)


@dataclass(frozen=True, slots=True)
class Skip:
    """Targets that cannot be patrolled, and why (Chinese)."""

    targets: tuple[int, ...]
    status: RunStatus
    reason: str


def planned_targets(database: Database, wanted: Wanted, now: datetime) -> list[PlannedTarget]:
    """Return the targets to patrol, longest-waiting first. A site asked for by name is patrolled whether due or not.

    Raises NothingDue when there is none.
    """
    query = select(Target).where(Target.active.is_(True))
    query = query.order_by(Target.last_patrolled_at.is_not(None), Target.last_patrolled_at, Target.id)
    with database.session() as session:
        targets = session.scalars(query).all()
        watched = watched_targets(session)
    chosen = [
        target
        for target in targets
        if (wanted.site is None or target.site == wanted.site)
        and (wanted.field is None or target.field == wanted.field.value)
        and (wanted.everything or wanted.site is not None or is_due(target, now, watched=target.id in watched))
    ]
    if not chosen:
        raise NothingDue(wanted, len(targets))
    planned = [PlannedTarget(t.id, t.name, t.site, t.single) for t in chosen]
    return _few_strangers(planned)[: wanted.limit]


MAX_STRANGERS = 300
"""Hosts of single addresses (each a crawl of its own) that one patrol takes on; the others stay due for the next."""


def _few_strangers(targets: list[PlannedTarget]) -> list[PlannedTarget]:
    hosts = list(dict.fromkeys(target.site for target in targets if target.single))
    late = frozenset(hosts[MAX_STRANGERS:])
    return [target for target in targets if not target.single or target.site not in late]


def is_due(target: Target, now: datetime, *, watched: bool = False) -> bool:
    """Tell whether a target is due. Every so many days: that long after the last full patrol; once: until it was
    patrolled; manual: never. ``watched``: a notice about a page there is out, so that it is due daily whatever its
    schedule."""
    schedule = DAILY if watched else Schedule.of(target.schedule)
    if schedule == MANUAL:
        return False
    if target.last_patrolled_at is None:
        return True
    # An hour's grace, so that a daily patrol at nine is not put off because yesterday's ended at five past.
    return schedule.days is not None and now - target.last_patrolled_at >= timedelta(days=schedule.days, hours=-1)


def plan_sites(workspace: Workspace, targets: Sequence[PlannedTarget]) -> tuple[tuple[SiteJob, ...], list[Skip]]:
    """Plan one job per site, in the order of the targets (longest waiting first), and name the targets whose site has
    no usable file or needs a browser that is not there."""
    known = find_sites(workspace.site_folders)
    by_site: dict[str, list[int]] = {}
    listed = {target.site for target in targets if not target.single}
    for target in targets:
        by_site.setdefault(target.site, []).append(target.id)
    jobs: list[SiteJob] = []
    skips: list[Skip] = []
    browser = None
    for name, ids in by_site.items():
        site = known.get(name)
        if site is None and name not in listed:
            site = single_page_site(name)
        if site is None:
            reason = f"没有名为“{name}”的站点文件。可用 patrol sites list 查看已有站点"
            skips.append(Skip(tuple(ids), RunStatus.SKIPPED, reason))
        elif isinstance(site, SiteProblem):
            skips.append(Skip(tuple(ids), RunStatus.SKIPPED, f"站点文件有误：{site}"))
        elif site.is_example:
            skips.append(Skip(tuple(ids), RunStatus.SKIPPED, "这是供复制的样例站点，没有真实网址可巡查"))
        else:
            rendered = site.render == "browser"
            if rendered:
                browser = browser or find_browser(workspace)
            if rendered and browser is None:
                skips.append(Skip(tuple(ids), RunStatus.SKIPPED, "没有可用浏览器"))
            else:
                crawl = workspace.config.crawl
                share = share_of(max(site.pace.delay, crawl.delay), min(site.pace.at_once, crawl.at_once))
                expected = (*site.expect.fields, *((ITEMS,) if site.expect.items else ()))
                jobs.append(SiteJob(name, site.kind.value, rendered, tuple(ids), share, expected, site.sha256))
    return tuple(jobs), skips
