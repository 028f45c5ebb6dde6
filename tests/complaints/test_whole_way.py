"""From a list of complaints to its answers: imported, patrolled with the real spiders on loopback, answered."""

from __future__ import annotations

import csv
import json
from pathlib import Path

import pytest
from docx import Document

from patrol.config import Workspace
from tests.cli.calling import patrol
from tests.patrols.test_patrols import SQLITE
from tests.patrols.tiny import town

pytestmark = SQLITE
LETTER = (
    "潮水退去的夜里，守灯人把一封没有落款的信压在马灯底下，信封上只写着一个日期。他等了三十年，没有等到来取信的人。" * 5
)
CLEAN = (
    "今年的收成不错，村里的打谷场上堆满了稻子，孩子们在草垛之间追着跑，老人坐在门口晒太阳，谁也没有提起河的事情。" * 5
)


def page(title: str, text: str) -> str:
    return (
        f"<html><head><title>{title}</title></head><body><article><h1>{title}</h1><p>{text}</p></article></body></html>"
    )


@pytest.fixture
def office(workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATROL_WORKSPACE", str(workspace.root))
    monkeypatch.setenv("COLUMNS", "220")
    (workspace.root / "patrol.toml").write_text('[office]\nname = "某镇版权工作站"\n[crawl]\ndelay = 0.0\n', "utf-8")
    (tmp_path / "雾港来信.txt").write_text(LETTER, encoding="utf-8")
    assert patrol("works", "import", str(tmp_path / "雾港来信.txt")).returncode == 0
    return workspace.root


def test_complaints_are_patrolled_and_answered(office: Path, tmp_path: Path) -> None:
    pages = {1: page("一篇旧文", LETTER), 2: page("收成", CLEAN), 4: page("别的", CLEAN)}
    with town(pages) as site:
        host = site.url.removeprefix("http://")
        folder = office / "sites" / "甲站"
        folder.mkdir(parents=True)
        (folder / "site.yaml").write_text(
            f"name: 甲站\nkind: article\nstart: [{site.url}/]\nitems: a.never@href\nallow_private: [{host}]\n"
            "pace: {delay: 0}\n",
            encoding="utf-8",
        )
        rows = [
            (f"{site.url}/p/1", "《雾港来信》", "张三"),
            (f"{site.url}/p/1", "雾港来信", "=SUM(1)某社有限公司"),
            (f"{site.url}/p/2", "雾港来信", "张三"),
            (f"{site.url}/p/3", "雾港来信", "张三"),
            (f"{site.url}/p/4", "没有的书", "张三"),
            ("http://nowhere.invalid/x", "雾港来信", "张三"),
        ]
        lines = "".join(f"{url},{work},{who}\n" for url, work, who in rows)
        (tmp_path / "投诉.csv").write_text(f"网址,作品,投诉人\n{lines}", encoding="utf-8")
        taken = patrol("complaints", "import", str(tmp_path / "投诉.csv"), "--by", "李警官")
        assert taken.returncode == 0, taken.stderr
        assert "新增投诉 5 件，并入已有投诉 1 件" in taken.stdout
        early = patrol("complaints", "answer", "--output", str(tmp_path / "早"), "--by", "李警官")
        assert early.returncode == 2
        assert "还没有可以答复的投诉" in early.stderr
        ran = patrol("run", "--json")
        said = {target["site"]: target["status"] for target in json.loads(ran.stdout)["targets"]}
        assert said["甲站"] == "done", ran.stdout
        assert said["nowhere.invalid"] == "failed", "one host that is not there stops nobody else"
    listed = {row["url"][-4:]: row for row in json.loads(patrol("complaints", "list", "--json").stdout)}
    assert {end: row["state"] for end, row in listed.items()} == {
        "/p/1": "found",
        "/p/2": "clean",
        "/p/3": "gone",
        "/p/4": "no_work",
        "id/x": "failed",
    }
    assert listed["/p/1"]["complainants"] == ["张＊", "=SUM(1)某社有限公司"]
    assert len(listed["/p/1"]["leads"]) == 1
    out = tmp_path / "答复"
    answered = patrol("complaints", "answer", "--output", str(out), "--by", "李警官")
    assert answered.returncode == 0, answered.stderr
    with (out / "投诉答复.csv").open(encoding="utf-8-sig") as file:
        table = list(csv.DictReader(file))
    assert len(table) == 6, "one row a filing"
    by_end = {(row["网址"][-4:], row["投诉人"][:1]): row for row in table}
    assert by_end["/p/1", "张"]["办理情况"] == "发现疑似侵权"
    assert by_end["/p/1", "张"]["线索编号"] == listed["/p/1"]["leads"][0]
    assert ("/p/1", "'") in by_end, "a name that a spreadsheet would compute is marked as text"
    assert "未发现" in by_end["/p/2", "张"]["说明"]
    assert "已不存在" in by_end["/p/3", "张"]["说明"]
    assert "作品库" in by_end["/p/4", "张"]["说明"]
    letters = sorted(out.glob("*.docx"))
    assert len(letters) == 2, "one letter a complainant"
    words = "\n".join(p.text for p in Document(str(next(p for p in letters if "张三" in p.name))).paragraphs)
    assert "张三" in words
    assert "某镇版权工作站" in words
    assert "不构成侵权认定" in words
    assert all(row["answered_at"] for row in json.loads(patrol("complaints", "list", "--json").stdout))
    again = patrol("complaints", "answer", "--output", str(out), "--by", "李警官")
    assert again.returncode == 2
    shown = patrol("complaints", "show", "1")
    assert "答复" in shown.stdout
    refused = patrol("complaints", "show", "1", "--full")
    assert refused.returncode == 2
    assert "张三" in patrol("complaints", "show", "1", "--full", "--by", "李警官").stdout
    assert "查看未遮盖的个人信息" in patrol("complaints", "show", "1").stdout
