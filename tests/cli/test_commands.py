"""The command line as a person meets it: words, exit status, and JSON."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from patrol.config import CHECKOUT
from tests.cli.calling import patrol

STORY = (
    "潮水退去的夜里，守灯人把一封没有落款的信压在马灯底下，信封上只写着一个日期。他等了三十年，没有等到来取信的人。" * 4
)


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with one work."""
    root = tmp_path_factory.mktemp("o") / "巡查"
    assert patrol("init", str(root)).returncode == 0
    (root / "信.txt").write_text(STORY, encoding="utf-8")
    done = patrol("works", "import", str(root / "信.txt"), at=root)
    assert done.returncode == 0, done.stderr
    assert "新增 1" in done.stdout
    return root


def test_a_text_is_compared_with_the_library_at_once(office: Path) -> None:
    done = patrol("match", "-", "--json", at=office, given=f"转载一篇：{STORY}")
    assert done.returncode == 1, "something was found: worth a look"
    found = json.loads(done.stdout)
    assert found[0]["title"] == "信"
    assert found[0]["probability"] > 0.9
    clean = patrol("match", "-", at=office, given="今天天气很好，我们去河边放风筝，风筝断了线，飞过了三座山。")
    assert clean.returncode == 0
    assert "没有比对出" in clean.stdout


def test_works_are_listed_and_shown_as_json(office: Path) -> None:
    assert json.loads(patrol("works", "list", "--json", at=office).stdout)[0]["title"] == "信"
    assert json.loads(patrol("works", "show", "信", "--json", at=office).stdout)["characters"] == len(STORY)


def test_the_program_ends_with_its_status_and_a_sentence(office: Path) -> None:
    """The one command here that is started as a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "patrol", "-w", str(office), "works", "show", "没有"],
        cwd=CHECKOUT, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (2, "")
    assert "作品库里没有编号为“没有”的作品" in done.stderr
    assert "Traceback" not in done.stderr


def test_wrong_input_is_told_in_chinese_with_status_two(office: Path) -> None:
    for words, said in (
        (("works", "import", "没有这个文件夹"), "没有这个文件或文件夹"),
        (("directory", "import", "没有.csv"), "没有这个文件"),
        (("works", "show", "没有"), "作品库里没有编号为“没有”的作品"),
        (("leads", "show", "案线〔2026〕9999号"), "没有编号为"),
        (("sites", "check", "没有"), "没有名为“没有”的站点文件"),
        (("run",), "重点目录是空的"),
        (("report", "--since", "2026-02-01", "--until", "2026-01-01"), "截止日期早于起始日期"),
    ):
        done = patrol(*words, at=office)
        assert (done.returncode, done.stdout) == (2, ""), words
        assert said in done.stderr


def test_outside_a_workspace_one_is_told_how_to_make_one(tmp_path: Path) -> None:
    done = patrol("works", "list", at=tmp_path)
    assert done.returncode == 2
    assert "patrol init" in done.stderr


def test_a_setting_that_does_not_exist_is_named(office: Path, tmp_path: Path) -> None:
    root = tmp_path / "o"
    patrol("init", str(root))
    (root / "patrol.toml").write_text('[office]\nnme = "x"\n', encoding="utf-8")
    done = patrol("works", "list", at=root)
    assert done.returncode == 2
    assert "office.nme：没有这一项" in done.stderr


def test_the_settings_file_explains_every_setting(office: Path) -> None:
    text = (office / "patrol.toml").read_text(encoding="utf-8")
    assert "# 单位名称：" in text
    assert "[matching]" in text


def test_an_empty_report_is_a_report(office: Path) -> None:
    done = patrol("report", "--output", str(office / "r.html"), at=office)
    assert done.returncode == 0, done.stderr
    assert "没有发现疑似线索" in (office / "r.html").read_text(encoding="utf-8")


def test_the_doctor_names_what_is_there(office: Path) -> None:
    findings = {row["matter"]: row for row in json.loads(patrol("doctor", "--json", at=office).stdout)}
    assert findings["比对库"]["state"] == "ok"
    assert findings["数据库"]["state"] == "ok"
