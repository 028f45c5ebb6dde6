"""The key directory comes in from Excel whole or not at all, and says what changed."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import func, select

from patrol.db.models import Target
from patrol.db.session import Database
from patrol.directory.targets import import_directory, list_targets
from patrol.errors import InputProblems
from patrol.vocabulary import Field

GOOD = "名称,领域,站点,网址,频次\n小城书市,图书,shop,https://a.example.cn/,每日\n某主播,短视频,video,,\n"


def _import(database: Database, path: Path, text: str, encoding: str = "utf-8") -> tuple[int, int, int]:
    path.write_bytes(text.encode(encoding))
    with database.session() as session:
        done = import_directory(session, path)
    return done.added, done.changed, done.unchanged


def test_a_gbk_table_is_taken_in_and_again_without_doubles(tmp_path: Path, database: Database) -> None:
    file = tmp_path / "重点目录.csv"
    assert _import(database, file, GOOD, "gbk") == (2, 0, 0)
    assert _import(database, file, GOOD.replace("某主播", "某主播（改名）")) == (0, 1, 1)
    with database.session() as session:
        assert [t.name for t in list_targets(session, Field.SHORT_VIDEO)] == ["某主播（改名）"]


def test_every_fault_is_named_by_row_and_column_and_nothing_comes_in(tmp_path: Path, database: Database) -> None:
    bad = (
        GOOD
        + "缺站点,图书,,,\n错领域,图画书,shop,,\n错网址,图书,shop,www.a.cn,\n重复,图书,shop,https://a.example.cn/,\n"
    )
    with pytest.raises(InputProblems) as caught:
        _import(database, tmp_path / "d.csv", bad)
    said = str(caught.value)
    assert "第 4 行「站点」列：没有填写" in said
    assert "第 5 行「领域」列：“图画书”不在可选范围内" in said
    assert "第 6 行「网址」列" in said
    assert "第 7 行：与第 2 行是同一个目标" in said
    with database.session() as session:
        assert session.scalar(select(func.count(Target.id))) == 0


def test_a_misspelt_head_is_pointed_out(tmp_path: Path, database: Database) -> None:
    with pytest.raises(InputProblems, match="缺少“领域”列"):
        _import(database, tmp_path / "d.csv", "名称,站点\n甲,shop\n")
