"""Whole patrols over a real site on loopback: found, counted, stopped, killed, gone on with."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select, update

from patrol.config import Workspace
from patrol.db.models import Capture, Lead, Match, Patrol, PatrolTarget, Target
from patrol.db.session import Database
from patrol.errors import BusyError, EvidenceError
from patrol.evidence.chain import read_chain
from patrol.evidence.files import patrol_folder
from patrol.evidence.vault import Vault
from patrol.leads.queries import lead_views
from patrol.lock import LOCK_NAME, patrol_lock
from patrol.patrols.plan import NothingDue, planned_targets
from patrol.patrols.records import Wanted
from patrol.patrols.run import PatrolOutcome, run_patrol
from patrol.vocabulary import MatchKind, RunStatus
from tests.patrols.tiny import COPY, Town, listing, office, tiny_environment, town
from tests.waiting import PATIENCE, running, wait_until

# Whole patrols start several processes; what does not turn on the database is shown on one kind of it.
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PLAIN = "本店经营文具，支持自提，欢迎到店选购。"


@pytest.fixture(autouse=True)
def tiny(workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    for name, value in tiny_environment(workspace, url).items():
        monkeypatch.setenv(name, value)


def patrol(workspace: Workspace, database: Database, **wanted: Any) -> PatrolOutcome:
    return run_patrol(Workspace.find(workspace.root), database, Wanted(**wanted))


def count(database: Database, column: Any, *where: Any) -> int:
    with database.session() as session:
        return session.scalar(select(func.count(column)).where(*where)) or 0


def driven() -> AbstractContextManager[subprocess.Popen[str]]:
    """A patrol in a process of its own, which prints what it came to."""
    return running([sys.executable, "-m", "tests.patrols.drive"])


def crawling_process(workspace: Workspace) -> int:
    """The process id of the crawl: the child of the one that the lock file names."""
    pid = json.loads((workspace.root / LOCK_NAME).read_text())["pid"]
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(children[0])


def is_free(workspace: Workspace) -> bool:
    """Whether no patrol holds the workspace's lock."""
    try:
        with patrol_lock(workspace.root):
            return True
    except BusyError:
        return False


def evidence_is_whole(workspace: Workspace, database: Database, patrol_id: int = 1) -> None:
    """Every row has its bytes and its line; every line has its row."""
    entries = read_chain(patrol_folder(workspace, patrol_id) / "chain.txt").entries
    chained = {e.records[0].id: e for e in entries if e.kind == "capture"}
    with database.session() as session:
        rows = session.scalars(select(Capture).where(Capture.patrol_id == patrol_id)).all()
    assert {row.record_id for row in rows} == set(chained)
    for row in rows:
        assert chained[row.record_id].digest == row.chain_sha256


def addresses(database: Database) -> Sequence[str]:
    with database.session() as session:
        return session.scalars(select(Capture.url)).all()


def test_a_patrol_keeps_every_page_and_finds_the_copy_and_the_sale(workspace: Workspace, database: Database) -> None:
    pages = {
        1: listing("一篇旧文", COPY),
        2: listing("雾港来信 1:1复刻 全套DM本", "盒装同款", "某某小店", "49"),
        3: listing("文具", PLAIN),
        4: listing("坏\x00字\ud800", "\ud83d" * 3 + PLAIN),
        5: listing("", ""),
    }
    with town(pages) as site, town({1: listing("别家", PLAIN)}) as other:
        office(workspace, database, 甲=site.url, 乙=other.url)
        outcome = patrol(workspace, database)
        assert outcome.complete, outcome
        assert count(database, Capture.id) == 6
        assert count(database, Capture.id, Capture.judged_at.is_(None)) == 0
        with database.session() as session:
            leads = lead_views(session, None)
        assert {(lead.kind, lead.title) for lead in leads} == {
            (MatchKind.VERBATIM, "一篇旧文"),
            (MatchKind.SALE, "雾港来信 1:1复刻 全套DM本"),
        }
        copy = next(lead for lead in leads if lead.kind is MatchKind.VERBATIM)
        assert copy.matches[0].passages[0].page_text == copy.matches[0].passages[0].work_text
        assert {run.counts["captures"] for run in outcome.runs} == {5, 1}
        evidence_is_whole(workspace, database)
        with database.session() as session:
            ran = session.get_one(Patrol, 1)
        assert (ran.status, ran.finished_at is not None) == ("done", True)
        entries = read_chain(patrol_folder(workspace, 1) / "chain.txt").entries
        assert entries[-1].kind == "finish"
        assert ran.chain_head == entries[-1].digest

        # The next one has nothing due; asked for all the same, it finds the same pages and joins their leads.
        with pytest.raises(NothingDue, match="--all"):
            patrol(workspace, database)
        second = patrol(workspace, database, everything=True)
    assert (second.patrol_id, second.progress.total("leads"), second.progress.total("joined")) == (2, 0, 2)
    assert (count(database, Lead.id), count(database, Capture.id)) == (2, 12)


@SQLITE
def test_what_cannot_be_patrolled_is_said_and_the_rest_runs(workspace: Workspace, database: Database) -> None:
    with town({1: listing("文具", PLAIN)}) as site, town({}) as empty:
        office(workspace, database, 甲=site.url, 空=empty.url, 断="http://127.0.0.1:9", 无=site.url, 乱=site.url)
        (workspace.root / "sites" / "无" / "site.yaml").unlink()
        (workspace.root / "sites" / "乱" / "site.yaml").write_text("name: [\n", encoding="utf-8")
        outcome = patrol(workspace, database)
    said = {run.site: (run.status, run.reason) for run in outcome.runs}
    assert said["甲"] == (RunStatus.DONE, "")
    assert said["断"][0] is RunStatus.FAILED
    assert "连接被拒绝" in said["断"][1]
    assert said["空"][0] is RunStatus.FAILED
    assert "没有读到内容" in said["空"][1]
    assert said["无"][0] is RunStatus.SKIPPED
    assert said["乱"][0] is RunStatus.SKIPPED
    assert not outcome.complete
    assert outcome.status is RunStatus.DONE
    with database.session() as session:
        due = session.scalars(select(Target.site).where(Target.last_patrolled_at.is_(None))).all()
    assert set(due) == {"空", "断", "无", "乱"}, "only what was patrolled waits for its next turn"


@SQLITE
def test_a_site_that_needs_a_browser_where_there_is_none_is_said_to_be_unpatrolled(
    workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("patrol.patrols.plan.find_browser", lambda _workspace: None)
    with town({1: listing("文具", PLAIN)}) as site:
        office(workspace, database, 甲=site.url)
        with (workspace.root / "sites" / "甲" / "site.yaml").open("a", encoding="utf-8") as file:
            file.write("render: browser\n")
        outcome = patrol(workspace, database)
    assert [(run.status, run.reason) for run in outcome.runs] == [(RunStatus.SKIPPED, "没有可用浏览器")]
    assert outcome.status is RunStatus.DONE


def many(number: int) -> dict[int, str]:
    return {n: listing(f"商品{n}", COPY if n % 10 == 0 else f"{PLAIN}{n}") for n in range(1, number + 1)}


def stopped_midway(workspace: Workspace, database: Database, site: Town, stop: Callable[[Any], None]) -> dict[str, Any]:
    """Start a patrol, ``stop`` it once some pages are kept, and return what it said (empty when it was killed)."""
    office(workspace, database, 甲=site.url)
    with driven() as process:
        wait_until(lambda: count(database, Capture.id) >= 10, by=process)
        stop(process)
        out, _ = process.communicate(timeout=PATIENCE)
    said: dict[str, Any] = json.loads(out) if out.strip() else {}
    return said


def finished_by_the_next_run(workspace: Workspace, database: Database, site: Town, pages: int) -> None:
    before = set(addresses(database))
    assert 10 <= len(before) < pages
    site.seen.clear()
    site.delay = 0
    outcome = patrol(workspace, database)
    assert (outcome.resumed, outcome.patrol_id, outcome.complete) == (True, 1, True), outcome
    kept = addresses(database)
    assert len(kept) == len(set(kept)) == pages
    assert not {f"{site.url}/p/{n}" for n in site.seen} & before, "what was kept is not fetched again"
    assert count(database, Capture.id, Capture.judged_at.is_(None)) == 0
    assert count(database, Match.id) == pages // 10
    evidence_is_whole(workspace, database)


@SQLITE
def test_ctrl_c_keeps_what_was_captured_and_the_next_run_goes_on(workspace: Workspace, database: Database) -> None:
    with town(many(100), delay=0.3) as site:
        said = stopped_midway(workspace, database, site, lambda process: process.send_signal(signal.SIGINT))
        assert (said["status"], said["interrupted"], said["error"]) == ("interrupted", True, "")
        evidence_is_whole(workspace, database)
        assert count(database, Capture.id, Capture.judged_at.is_(None)) == 0
        finished_by_the_next_run(workspace, database, site, 100)


@pytest.mark.slow
def test_a_killed_crawl_is_reported_and_the_next_run_goes_on(workspace: Workspace, database: Database) -> None:
    def kill(_process: Any) -> None:
        os.kill(crawling_process(workspace), signal.SIGKILL)

    with town(many(100), delay=0.3) as site:
        said = stopped_midway(workspace, database, site, kill)
        assert "意外退出" in said["error"]
        finished_by_the_next_run(workspace, database, site, 100)


@SQLITE
@pytest.mark.slow
def test_when_the_program_itself_is_killed_the_crawl_stops_and_the_next_run_goes_on(
    workspace: Workspace, database: Database
) -> None:
    with town(many(100), delay=0.3) as site:
        stopped_midway(workspace, database, site, lambda process: process.kill())
        wait_until(lambda: is_free(workspace))
        finished_by_the_next_run(workspace, database, site, 100)


def test_pages_kept_but_not_judged_are_judged_by_the_next_run(workspace: Workspace, database: Database) -> None:
    with town({1: listing("一篇旧文", COPY), 2: listing("文具", PLAIN)}) as site:
        office(workspace, database, 甲=site.url)
        patrol(workspace, database)
        with database.session() as session:
            for lead in session.scalars(select(Lead)):
                session.delete(lead)
            session.execute(Match.__table__.delete())
            session.execute(update(Capture).values(judged_at=None))
            session.execute(update(Patrol).values(status="interrupted"))
        site.seen.clear()
        outcome = patrol(workspace, database)
    assert outcome.resumed
    assert site.seen == []
    assert (count(database, Lead.id), count(database, Match.id)) == (1, 1)
    assert count(database, Capture.id, Capture.judged_at.is_(None)) == 0


@SQLITE
def test_two_patrols_in_one_workspace_are_refused_with_a_clear_message(
    workspace: Workspace, database: Database
) -> None:
    with town({1: listing("文具", PLAIN)}) as site, patrol_lock(workspace.root):
        office(workspace, database, 甲=site.url)
        with pytest.raises(BusyError, match=rf"进程号 {os.getpid()}"):
            patrol(workspace, database)
    assert count(database, Patrol.id) == 0


@SQLITE
def test_an_empty_directory_says_what_to_do(workspace: Workspace, database: Database) -> None:
    with pytest.raises(NothingDue, match="patrol directory import"):
        patrol(workspace, database)


@SQLITE
def test_damaged_evidence_stops_the_patrol_before_anything_is_fetched(workspace: Workspace, database: Database) -> None:
    with town(many(20), delay=0.0) as site:
        office(workspace, database, 甲=site.url)
        patrol(workspace, database)
        (file,) = patrol_folder(workspace, 1).glob("甲-*.warc.gz")
        os.truncate(file, 100)
        with database.session() as session:
            session.execute(update(Patrol).values(status="interrupted"))
            session.execute(update(PatrolTarget).values(status="pending"))
        site.seen.clear()
        outcome = patrol(workspace, database)
        assert "证据文件" in outcome.error
        assert outcome.status is RunStatus.INTERRUPTED
        assert site.seen == []
    with pytest.raises(EvidenceError):
        Vault.open(workspace, database, 1)


@SQLITE
def test_a_patrol_of_one_site_or_a_few_targets_leaves_the_others_alone(
    workspace: Workspace, database: Database
) -> None:
    with town({1: listing("文具", PLAIN)}) as site, town({1: listing("文具", PLAIN)}) as other:
        office(workspace, database, 甲=site.url, 乙=other.url)
        assert [run.site for run in patrol(workspace, database, site="乙").runs] == ["乙"]
    (left,) = planned_targets(database, Wanted(limit=1), datetime.now(UTC))
    assert left.site == "甲", "乙 has had its turn"
    assert [len(planned_targets(database, Wanted(limit=n, everything=True), datetime.now(UTC))) for n in (1, 2)] == [
        1,
        2,
    ]
