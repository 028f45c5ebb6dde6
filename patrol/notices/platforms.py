"""Platform record: counts how platforms answer notices, from the notices' histories.

Removal is counted from the sending to the first visit that found the pages gone, so hours are upper bounds that daily
visits keep within a day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from statistics import median

from sqlalchemy.orm import Session

from patrol.cases.infringers import InfringerView, infringers
from patrol.cases.ties import Ties
from patrol.notices.content import Letters, NoticeAct
from patrol.notices.register import NoticeView, notice_views


@dataclass(frozen=True, slots=True)
class PlatformView:
    """One platform's answers to takedown notices. ``median_hours`` of those that were removed, None for none;
    ``overdue``: notices past the office's patience whose pages are not gone. ``returned``: accounts with leads found
    after a notice. ``flags``: what an officer should look at, in words."""

    site: str
    notices: int
    removals: int
    overdue: int
    waiting: int
    median_hours: float | None
    longest_hours: float | None
    relapses: int
    counter_notices: int
    published: int
    returned: tuple[str, ...]
    flags: tuple[str, ...]


def platforms(
    session: Session,
    now: datetime,
    workspace: Path | None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> list[PlatformView]:
    """Return the platforms with takedown notices sent in ``since <= sent_at < until``, those with most to look at
    first."""
    letters = Letters.load(workspace)
    by_site: dict[str, list[NoticeView]] = defaultdict(list)
    for view in notice_views(session):
        sent = view.sent_at
        if view.takedown and sent and (since is None or sent >= since) and (until is None or sent < until):
            by_site[view.site].append(view)
    people = infringers(session, Ties.load(workspace)) if by_site else []
    found = [_platform(site, views, people, letters, now) for site, views in by_site.items()]
    return sorted(found, key=lambda p: (-len(p.flags), -p.notices, p.site))


def _platform(
    site: str, views: Sequence[NoticeView], people: Sequence[InfringerView], letters: Letters, now: datetime
) -> PlatformView:
    patience = timedelta(days=letters.patience_days)
    hours = [view.hours for view in views if view.hours is not None]
    standing = [view for view in views if view.removed_at is None and not was_restored(view)]
    overdue = [view for view in standing if view.sent_at is not None and now - view.sent_at >= patience]
    relapses = sum(view.relapses for view in views)
    returned = tuple(a for person in people if person.after_notice for a in _returned(person, site))
    rule = letters.platform
    flags = []
    if len(views) >= rule.notices and len(hours) < rule.removal_share * len(views):
        flags.append(f"{len(views)} 份通知只有 {len(hours)} 份看到下架")
    if overdue:
        flags.append(f"{len(overdue)} 份通知发出超过 {letters.patience_days:g} 天仍未下架")
    if relapses:
        flags.append(f"下架后再次出现 {relapses} 次")
    if returned:
        flags.append(f"通知后同一账号再次侵权：{'、'.join(returned[:5])}{'等' if len(returned) > 5 else ''}")
    return PlatformView(
        site=site,
        notices=len(views),
        removals=len(hours),
        overdue=len(overdue),
        waiting=len(standing) - len(overdue),
        median_hours=median(hours) if hours else None,
        longest_hours=max(hours) if hours else None,
        relapses=relapses,
        counter_notices=_having(views, NoticeAct.COUNTER),
        published=_having(views, NoticeAct.PUBLISHED),
        returned=returned,
        flags=tuple(flags),
    )


def was_restored(view: NoticeView) -> bool:
    """Tell whether the pages are back by right, on a counter-notice."""
    return any(line.act is NoticeAct.RESTORED for line in view.history)


def _having(views: Sequence[NoticeView], act: NoticeAct) -> int:
    return sum(any(line.act is act for line in view.history) for view in views)


def _returned(person: InfringerView, site: str) -> list[str]:
    back = set(person.after_notice)
    return [
        account.name or account.url for account in person.accounts if account.site == site and back & set(account.leads)
    ]
