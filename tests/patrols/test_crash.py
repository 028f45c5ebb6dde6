"""A real patrol, killed with SIGKILL at random points: nothing acknowledged is lost, nothing is left that ``verify`` does
not name, and the next run goes on.

A few points by default; ``make crash-test`` sets ``PATROL_CRASH_POINTS`` to 200. A point is its number: the same
number is killed at the same step of the writing, or after as many pages, so that a failure can be seen again.
"""

from __future__ import annotations

import os
import random
import shutil
import signal
import sys
import time
from contextlib import suppress
from pathlib import Path

import pytest
from sqlalchemy import func, select

from patrol.config import Workspace
from patrol.db.models import Capture, Lead, Match, Signal
from patrol.db.session import Database
from patrol.evidence.db_claims import database_claims
from patrol.evidence.files import patrol_folder
from patrol.evidence.findings import Fault, FolderReport
from patrol.evidence.verify import Against, repair_folder, verify_folder
from patrol.patrols.plan import NothingDue
from patrol.patrols.records import Wanted
from patrol.patrols.run import run_patrol
from tests.patrols.killing import VARIABLE
from tests.patrols.test_patrols import crawling_process, is_free
from tests.patrols.tiny import COPY, listing, office, tiny_environment, town
from tests.waiting import PATIENCE, running, wait_until

POINTS = int(os.environ.get("PATROL_CRASH_POINTS", "3"))
PAGES = 40

pytestmark = [pytest.mark.slow, pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)]


def pages() -> dict[int, str]:
    plain = "本店经营文具，支持自提，欢迎到店选购。"
    return {n: listing(f"商品{n}", COPY if n % 10 == 0 else f"{plain}{n}") for n in range(1, PAGES + 1)}


def verified(workspace: Workspace, database: Database) -> FolderReport:
    folder = patrol_folder(workspace, 1)
    return verify_folder(folder, Against(known=database_claims(workspace, database, [folder])))


def said(report: FolderReport) -> str:
    return "\n".join(str(finding) for finding in report.findings)


def killed(workspace: Workspace, chance: random.Random, by_step: bool) -> None:
    """Start a patrol and kill it: from within at a step of the writing, or from outside after some bytes of chain."""
    environment = dict(os.environ)
    if by_step:
        environment[VARIABLE] = f"{chance.randrange(1, 150)},{chance.random()}"
    with running([sys.executable, "-m", "tests.patrols.drive"], env=environment) as process:
        if not by_step:
            chain = patrol_folder(workspace, 1) / "chain.txt"
            size = chance.randrange(1, 20_000)
            wait_until(
                lambda: process.poll() is not None or (chain.is_file() and chain.stat().st_size >= size), every=0.002
            )
            time.sleep(chance.random() * 0.03)
            victims = [process.pid] if process.poll() is None else []
            with suppress(OSError, IndexError, ValueError):  # it may have ended already
                victims.insert(0, crawling_process(workspace))
            for pid in victims:
                os.kill(pid, signal.SIGKILL)
        process.communicate(timeout=PATIENCE)
    wait_until(lambda: is_free(workspace))


@pytest.mark.parametrize("point", range(POINTS))
def test_a_patrol_killed_at_any_moment_loses_nothing_and_goes_on(
    workspace: Workspace, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, point: int
) -> None:
    url = database.engine.url.render_as_string(hide_password=False)
    for name, value in tiny_environment(workspace, url).items():
        monkeypatch.setenv(name, value)
    chance = random.Random(point)
    folder = patrol_folder(workspace, 1)
    with town(pages(), delay=0.005) as site:
        office(workspace, database, 甲=site.url)
        killed(workspace, chance, by_step=point % 2 == 0)
        with database.session() as session:
            acknowledged = set(session.scalars(select(Capture.record_id)))
        if folder.is_dir():
            # Every acknowledged page is in the chain and in its file, byte for byte; so is what leads rest on.
            report = verified(workspace, database)
            assert report.sound, said(report)
            with database.session() as session:
                for table in (Match, Signal):
                    orphans = select(func.count()).where(table.capture_id.not_in(select(Capture.id)))
                    assert session.scalar(orphans) == 0
                for lead in session.scalars(select(Lead)):
                    assert lead.matches or lead.signals
            # On a copy, as an expert would have it: what is not whole is named, and cut back.
            copy = tmp_path / "copy" / folder.name
            shutil.copytree(folder, copy)
            named = {f.where.split(" ")[0] for f in verify_folder(copy).of([Fault.TORN])}
            repair_folder(copy)
            after = verify_folder(copy)
            assert after.clean, said(after)
            cut = {f"{folder.name}/{piece.name.rsplit('@', 1)[0]}" for piece in copy.glob("cut/*.bin")}
            assert cut == named
        try:
            outcome = run_patrol(Workspace.find(workspace.root), database, Wanted())
            assert outcome.complete, outcome
        except NothingDue:
            pass  # it had come to its end before the kill
    with database.session() as session:
        kept = session.execute(select(Capture.record_id, Capture.url, Capture.judged_at)).all()
    assert acknowledged <= {row.record_id for row in kept}
    assert sorted(row.url for row in kept) == sorted(f"{site.url}/p/{n}" for n in range(1, PAGES + 1))
    assert all(row.judged_at is not None for row in kept)
    report = verified(workspace, database)
    assert report.clean, said(report)
    assert report.finished
