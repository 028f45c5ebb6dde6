"""``patrol run`` and ``patrol leads`` as an officer types them."""

from __future__ import annotations

import json
import signal
import subprocess
import sys

import pytest
from sqlalchemy import func, select

from patrol.config import Workspace
from patrol.db.models import Capture
from patrol.db.session import Database
from tests.cli.calling import patrol
from tests.patrols.test_patrols import SQLITE, many, tiny
from tests.patrols.tiny import COPY, listing, office, town
from tests.waiting import PATIENCE, running, wait_until

__all__ = ["tiny"]

pytestmark = SQLITE


def test_run_shows_how_it_went_and_leads_can_be_listed_and_shown(workspace: Workspace, database: Database) -> None:
    pages = {1: listing("一篇旧文", COPY), 2: listing("雾港来信 1:1复刻", "盒装同款", "小店[red]", "49")}
    with town(pages) as site:
        office(workspace, database, 甲=site.url)
        ran = patrol("run")
        assert ran.returncode == 0, ran.stderr
        assert "新线索 2 条" in ran.stdout
        again = patrol("run")
        assert again.returncode == 2
        assert "--all" in again.stderr
    listed = json.loads(patrol("leads", "list", "--json").stdout)
    assert {lead["kind"] for lead in listed} == {"verbatim", "sale"}
    sale = next(lead for lead in listed if lead["kind"] == "sale")
    assert any("1:1复刻" in reason for reason in sale["reasons"])
    assert json.loads(patrol("leads", "list", "--kind", "售卖线索", "--json").stdout) == [sale]
    copied = next(lead for lead in listed if lead["kind"] == "verbatim")
    whole = json.loads(patrol("leads", "show", copied["number"], "--json").stdout)
    assert whole["matches"][0]["passages"][0]["page_text"] == whole["matches"][0]["passages"][0]["work_text"]
    shown = patrol("leads", "show", sale["number"])
    assert shown.returncode == 0
    assert "小店[red]" in shown.stdout, "nothing of the page is taken for markup"
    assert "SHA-256" in shown.stdout


def test_something_that_could_not_be_patrolled_is_exit_status_1(workspace: Workspace, database: Database) -> None:
    with town({1: listing("文具", "普通")}) as site:
        office(workspace, database, 甲=site.url, 断="http://127.0.0.1:9")
        ran = patrol("run", "--json")
    assert ran.returncode == 1
    said = {target["site"]: target["status"] for target in json.loads(ran.stdout)["targets"]}
    assert said == {"甲": "done", "断": "failed"}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "--field", "诗歌"), "不在可选范围内"),
        (("run", "--site", "没有"), "directory"),
        (("leads", "show", "案线〔1999〕0001号"), "没有编号为"),
        (("leads", "list", "--grade", "Z"), "甲级"),
    ],
)
def test_wrong_use_is_exit_status_2_and_said_in_words(
    workspace: Workspace, database: Database, words: tuple[str, ...], said: str
) -> None:
    done = patrol(*words)
    assert done.returncode == 2
    assert said in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.slow
def test_ctrl_c_is_exit_status_130_and_says_that_nothing_is_lost(workspace: Workspace, database: Database) -> None:
    with town(many(100), delay=0.3) as site:
        office(workspace, database, 甲=site.url)

        def kept() -> bool:
            with database.session() as session:
                return (session.scalar(select(func.count(Capture.id))) or 0) >= 10

        with running([sys.executable, "-m", "patrol", "run"], stderr=subprocess.PIPE) as process:
            wait_until(kept, by=process)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=PATIENCE)
    assert process.returncode == 130
    assert "已保存的内容不受影响" in errors
