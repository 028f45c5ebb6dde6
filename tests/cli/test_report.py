"""``patrol report`` as an officer meets it: the daily page by itself, every paper by name, errors with their remedy."""

from __future__ import annotations

from pathlib import Path

import pytest

from patrol.config import Workspace
from patrol.db.session import Database
from patrol.workspace import make_workspace
from tests.cli.calling import patrol
from tests.reports.office import furnish


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    workspace = make_workspace(tmp_path_factory.mktemp("o") / "巡查")
    database = Database.ready(workspace.database_url)
    with database.session() as session:
        furnish(session)
    database.close()
    return workspace


def test_without_a_word_it_is_the_daily_page(office: Workspace) -> None:
    done = patrol("report", at=office.root)
    assert done.returncode == 0, done.stderr
    assert (office.reports / "线索报告_全部.html").is_file()
    assert "巡查日报已写好" in done.stdout


def test_papers_by_name_go_to_the_folder_of_reports_or_where_they_are_wanted(office: Workspace, tmp_path: Path) -> None:
    done = patrol("report", "案件线索登记表", "--lead", "2", "--form", "docx", at=office.root)
    assert done.returncode == 0, done.stderr
    assert (office.reports / "案件线索登记表_案线〔2026〕0002号.docx").is_file()
    done = patrol(
        "report", "referral", "--lead", "1", "--lead", "3", "--output", str(tmp_path / "移送"), at=office.root
    )
    assert done.returncode == 0, done.stderr
    assert "共 6 个文件" in done.stdout
    assert len(list((tmp_path / "移送").glob("*.docx"))) == 6
    done = patrol("report", "ledger", "--grade", "甲级", "--output", str(tmp_path / "台账.xlsx"), at=office.root)
    assert done.returncode == 0, done.stderr
    assert (tmp_path / "台账.xlsx").is_file()


def test_what_is_wrong_is_said_with_the_remedy(office: Workspace) -> None:
    for words, said in (
        (("report", "月报"), "没有“月报”这种报告。可选：daily（巡查日报）"),
        (("report", "ledger", "--grade", "丁级"), "--grade：“丁级”不在可选范围内"),
        (("report", "answer", "--complaint", "1", "--unmasked"), "须写明原因"),
        (("report", "dossier", "--lead", "2", "--form", "docx", "--output", "甲.pdf"), "二者不符"),
        (("report", "--since", "2026-11-02", "--until", "2026-11-01"), "截止日期早于起始日期"),
    ):
        done = patrol(*words, at=office.root)
        assert done.returncode == 2, words
        assert said in done.stderr.replace("\n", ""), (words, done.stderr)


def test_asking_for_personal_data_is_written_down_with_its_reason(office: Workspace) -> None:
    words = ("report", "answer", "--complaint", "1", "--unmasked", "--reason", "核对投诉人", "--by", "张三")
    done = patrol(*words, at=office.root)
    assert done.returncode == 0, done.stderr
    acts = patrol("evidence", "custody", at=office.root).stdout
    assert "核对投诉人" in acts
    assert "张三" in acts


def test_the_list_names_every_kind(office: Workspace) -> None:
    listed = patrol("report", "--list", at=office.root).stdout
    for name in (
        "daily",
        "ledger",
        "campaign",
        "publicity",
        "dossier",
        "referral",
        "notice",
        "rectify",
        "assist",
        "answer",
    ):
        assert name in listed
