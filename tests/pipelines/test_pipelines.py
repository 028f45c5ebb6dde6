"""The four steps in a real crawl: as in any Scrapy project, and when the disk gives out in the middle."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys

import pytest
from sqlalchemy import func, select, update

from patrol.config import Workspace
from patrol.db.models import Capture, Lead, Patrol, Work
from patrol.db.session import Database
from patrol.leads.queries import lead_views
from patrol.patrols.records import Wanted
from patrol.patrols.run import run_patrol
from patrol.vocabulary import RunStatus
from patrol.works.library import refresh
from tests.patrols.test_patrols import crawling_process, driven, evidence_is_whole, many, tiny
from tests.patrols.tiny import COPY, listing, office, town
from tests.waiting import PATIENCE, wait_until

__all__ = ["tiny"]

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def captures(database: Database) -> int:
    with database.session() as session:
        return session.scalar(select(func.count(Capture.id))) or 0


def test_a_plain_scrapy_crawl_keeps_and_judges_in_a_patrol_of_its_own(workspace: Workspace, database: Database) -> None:
    with town({1: listing("一篇旧文", COPY), 2: listing("文具", "普通")}) as site:
        office(workspace, database, 甲=site.url)
        refresh(workspace, database)
        done = subprocess.run(
            [sys.executable, "-m", "scrapy", "crawl", "listing", "-a", "site=甲"],
            capture_output=True,
            text=True,
            env=dict(os.environ),
            check=False,
        )
    assert done.returncode == 0, done.stderr
    with database.session() as session:
        patrol = session.scalars(select(Patrol)).one()
        (lead,) = lead_views(session, None)
    assert (patrol.status, patrol.filter["site"]) == (RunStatus.DONE.value, "甲")
    assert lead.title == "一篇旧文"
    assert captures(database) == 2
    evidence_is_whole(workspace, database)


def test_without_a_library_titles_are_still_looked_for(workspace: Workspace, database: Database) -> None:
    """No text to compare: the patrol goes on and says nothing false."""
    with town({1: listing("雾港来信 1:1复刻", "盒装同款", "小店", "49"), 2: listing("一篇旧文", COPY)}) as site:
        office(workspace, database, 甲=site.url)
        with database.session() as session:
            session.execute(update(Work).values(text_sha256=""))
        outcome = run_patrol(Workspace.find(workspace.root), database, Wanted())
    assert outcome.complete
    with database.session() as session:
        assert [lead.title for lead in session.scalars(select(Lead))] == ["雾港来信 1:1复刻"]


@SQLITE
@pytest.mark.slow
def test_a_disk_that_fills_up_stops_the_patrol_with_clear_words_and_the_next_run_goes_on(
    workspace: Workspace, database: Database
) -> None:
    """A limit on the size of files, set on the running crawl, stands for the full disk."""
    with town(many(150), delay=0.1) as site:
        office(workspace, database, 甲=site.url)
        with driven() as process:
            wait_until(lambda: captures(database) >= 10, by=process)
            resource.prlimit(crawling_process(workspace), resource.RLIMIT_FSIZE, (4096, resource.RLIM_INFINITY))
            out, _ = process.communicate(timeout=PATIENCE)
        said = json.loads(out)
        assert said["status"] == RunStatus.INTERRUPTED.value
        assert any(words in said["error"] for words in ("证据写不进", "写不进数据库", "数据库读写失败")), said
        assert "OperationalError" not in said["error"]
        assert len(site.seen) < 150, "nothing more was fetched once evidence could not be kept"
        site.delay = 0
        outcome = run_patrol(Workspace.find(workspace.root), database, Wanted())
    assert outcome.resumed
    assert outcome.complete
    assert captures(database) == 150
    evidence_is_whole(workspace, database)
