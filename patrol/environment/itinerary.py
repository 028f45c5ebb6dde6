"""Itinerary: lists the hosts that a patrol is going to visit, as the check of its surroundings needs them."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlsplit

from sqlalchemy import select

from patrol.chromium import find_browser
from patrol.config import Workspace
from patrol.db.models import Patrol, PatrolTarget, Target
from patrol.db.session import Database
from patrol.directory import SiteFile, load_site
from patrol.environment.check import Itinerary
from patrol.errors import PatrolError


def itinerary(workspace: Workspace, database: Database, patrol_id: int) -> Itinerary:
    """Return the hosts of a patrol's targets and of all addresses in their sites' files, in order, and the browser if
    one of the sites needs it. What has no usable site file is left out here; the plan says so elsewhere."""
    query = (
        select(Target.site, Target.url)
        .join(PatrolTarget, PatrolTarget.target_id == Target.id)
        .where(PatrolTarget.patrol_id == patrol_id)
        .order_by(Target.id)
    )
    with database.session() as session:
        targets = [(site, url) for site, url in session.execute(query)]
        asked = session.scalar(select(Patrol.filter).where(Patrol.id == patrol_id)) or {}
    names = dict.fromkeys([*(site for site, _ in targets), *filter(None, [asked.get("site")])])
    files = [file for name in names if (file := _site_file(workspace, name)) is not None]
    addresses = [*(url for _, url in targets), *(address for file in files for address in file.addresses)]
    rendered = any(file.render == "browser" for file in files)
    return Itinerary(
        hosts=tuple(dict.fromkeys(filter(None, map(_host, addresses)))),
        browser=_browser(workspace) if rendered else None,
        time_servers=workspace.config.evidence.time_servers,
    )


def _site_file(workspace: Workspace, name: str) -> SiteFile | None:
    for folder in workspace.site_folders:
        if (folder / name / "site.yaml").is_file():
            try:
                return load_site(folder / name)
            except PatrolError:
                return None
    return None


def _host(address: str) -> str:
    try:
        return (urlsplit(address).hostname or "").lower().rstrip(".")
    except ValueError:
        return ""


def _browser(workspace: Workspace) -> Path | None:
    try:
        return find_browser(workspace)
    except PatrolError:
        return None
