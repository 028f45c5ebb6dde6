"""Working on leads from the command line, as an officer types it, from the first look to the platform's answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
from openpyxl import load_workbook
from typer.testing import CliRunner, Result

from patrol.cli import app
from patrol.config import Workspace
from patrol.db.session import Database
from patrol.errors import PatrolError
from patrol.vocabulary import PageState
from tests.leads.cases import Cases, days

Patrol = Callable[..., str]


@pytest.fixture
def patrol(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> Patrol:
    """Run a command in the workspace; its words. An error's words are given back with a mark before them."""
    monkeypatch.setenv("PATROL_WORKSPACE", str(workspace.root))
    monkeypatch.setenv("COLUMNS", "200")

    def run(*words: str) -> str:
        result: Result = CliRunner().invoke(app, list(words))
        if isinstance(result.exception, PatrolError):
            return f"错误：{result.exception}"
        assert result.exit_code == 0, (result.output, result.exception)
        return result.stdout

    return run


@pytest.fixture
def cases(database: Database) -> Cases:
    return Cases(database)


def test_an_officer_takes_a_lead_from_finding_to_removal(cases: Cases, patrol: Patrol) -> None:
    text = "本章起请开通会员。联系微信：yehang_2026"
    cases.lead(seller="甲店", price="9.9", sales=1200, text=text)
    cases.lead("http://video.example.cn/2", site="video", seller="乙号", text=text)
    assert "2 条线索的状态改为“核查中”" in patrol("leads", "set", "1", "2", "核查中", "--by", "张三")
    assert "要写明理由" in patrol("leads", "set", "1", "已确认", "--by", "张三")
    patrol("leads", "set", "1", "已确认", "--by", "张三", "--reason", "与样书一致")
    assert "已登记公共利益损害情形" in patrol("leads", "fact", "1", "公共利益损害情形", "大量低价销售", "--by", "张三")
    law = patrol("leads", "law", "1")
    assert "请核对现行有效文本" in law
    assert "9.90 元 × 1,200 件 = 11,880 元" in law
    assert "大量低价销售" in law
    assert "甲店" in patrol("infringers", "list", "--repeated")
    shown = patrol("infringers", "show", "乙号")
    assert "关联 微信：yeh＊＊＊＊＊026，力度 1：甲店（shop）、乙号（video）" in shown.replace("\n", "")
    assert "没有这个编号" in patrol("leads", "fact", "1", "不是同一主体的线索", "77", "--by", "张三")
    patrol("leads", "fact", "1", "不是同一主体的线索", "2", "--by", "张三")
    assert "关联" not in patrol("infringers", "show", "乙号")
    drafted = patrol("notices", "draft", "1", "--kind", "权利人通知", "--by", "张三")
    assert "还缺：权利人姓名（名称）、联系方式和地址" in drafted
    assert "已通知" in patrol("notices", "sent", "1", "--on", "2026-03-03", "--by", "张三")
    cases.capture("http://shop.example.cn/1", at=days(2), state=PageState.GONE)
    assert "看到下架" in patrol("notices", "check")
    assert "没有新情况" in patrol("notices", "check")
    assert "下架" in patrol("notices", "list")
    assert "shop" in patrol("notices", "platforms")
    assert "有不利迹象" in patrol("notices", "safe-harbour", "shop")
    journal = json.loads(patrol("leads", "journal", "1", "--json"))
    assert [line["status"] for line in journal][-1] == "removed"
    assert {line["who"] for line in journal} == {"程序", "张三"}
    assert "只增不改" in patrol("leads", "journal", "1")
    readable = (
        "leads law 1",
        "infringers list --all",
        "infringers show 甲店",
        "notices list",
        "notices show 1",
        "notices platforms",
        "notices safe-harbour shop",
    )
    assert all(json.loads(patrol(*command.split(), "--json")) for command in readable)


def test_the_ledger_goes_out_and_comes_back_by_command(cases: Cases, patrol: Patrol, tmp_path: Path) -> None:
    cases.lead()
    path = tmp_path / "台账.xlsx"
    assert "已导出 1 条" in patrol("leads", "export-ledger", str(path))
    assert "已存在" in patrol("leads", "export-ledger", str(path))
    book = load_workbook(path)
    book["线索台账"]["L2"] = "核查中"
    book.save(path)
    assert "没有保存" in patrol("leads", "import-ledger", str(path), "--by", "李四", "--dry-run")
    assert "已导入 1 条改动" in patrol("leads", "import-ledger", str(path), "--by", "李四")
    assert "已导入 0 条改动" in patrol("leads", "import-ledger", str(path), "--by", "李四")


def test_a_link_chart_is_written_as_one_file(cases: Cases, patrol: Patrol, tmp_path: Path) -> None:
    cases.lead(seller="甲店", text="电话 13800138000")
    cases.lead("http://video.example.cn/2", site="video", seller="乙号", text="13800138000")
    patrol("infringers", "chart", "乙号", str(tmp_path / "图.html"))
    assert "<svg" in (tmp_path / "图.html").read_text("utf-8")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("leads", "set", "1", "--by", "张三"), "最后写要改成的状态"),
        (("leads", "set", "1", "搞定", "--by", "张三"), "可选：待核查"),
        (("leads", "set", "9", "核查中", "--by", "张三"), "没有这个编号"),
        (("leads", "set", "1", "核查中", "--by", " "), "经办人姓名"),
        (("leads", "fact", "1", "心情", "好", "--by", "张三"), "可选：承办部门"),
        (("leads", "fact", "1", "立案之日", "明天", "--by", "张三"), "不是日期"),
        (("leads", "law", "9"), "没有编号为“9”"),
        (("leads", "note", "1", "--reason", " ", "--by", "张三"), "--reason"),
        (("notices", "draft", "1", "--kind", "口头", "--by", "张三"), "可选：权利人通知"),
        (("notices", "sent", "7", "--by", "张三"), "没有序号为 7"),
        (("notices", "event", "7", "高兴", "--by", "张三"), "也可简写为"),
        (("notices", "safe-harbour", "无"), "没有未排除的线索"),
        (("infringers", "show", "无名"), "patrol infringers list"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_remedy(
    cases: Cases, patrol: Patrol, words: tuple[str, ...], said: str
) -> None:
    cases.lead()
    assert said in patrol(*words)
