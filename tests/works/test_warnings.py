"""Early-warning lists: marked works, platforms that may show them, and the stricter bar they meet."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.db.models import Authorization, Work
from patrol.db.session import Database
from patrol.errors import InputProblems
from patrol.works.importing import enter_works, read_works
from patrol.works.warnings import WarningsImported, import_warnings

LIST = """批次,作品名称,权利人,授权平台,类型
2026年第三批,《长夜渡江》,江岸影业,甲视频、乙影视,电影
2026年第三批,灯下旧事,旧事文化,,电视剧
"""


def enter(database: Database, folder: Path, content: str) -> WarningsImported:
    file = folder / "预警.csv"
    file.write_text(content, encoding="utf-8")
    with database.session() as session:
        return import_warnings(session, file)


def works(database: Database) -> dict[str, Work]:
    with database.session() as session:
        return {work.id: work for work in session.scalars(select(Work))}


def test_a_list_enters_works_marked_with_their_platforms_and_twice_changes_nothing(
    database: Database, tmp_path: Path
) -> None:
    first = enter(database, tmp_path, LIST)
    assert (first.added, first.marked, first.platforms) == (2, 0, 2)
    second = enter(database, tmp_path, LIST)
    assert (second.added, second.marked, second.platforms) == (0, 0, 0)
    work = works(database)["长夜渡江"]
    assert (work.early_warning, work.kind, work.holder) == (True, "audiovisual", "江岸影业")
    assert "2026年第三批" in work.source
    with database.session() as session:
        grants = session.scalars(select(Authorization).order_by(Authorization.licensee)).all()
    assert [(g.licensee, g.account) for g in grants] == [("乙影视", "全站"), ("甲视频", "全站")]


def test_a_work_of_the_library_is_only_marked_and_a_later_import_of_it_keeps_the_mark(
    database: Database, tmp_path: Path
) -> None:
    folder = tmp_path / "works"
    folder.mkdir()
    (folder / "灯下旧事.txt").write_text("灯下说起旧事，一夜没有说完。" * 9, encoding="utf-8")
    for _ in range(2):
        with database.session() as session:
            enter_works(session, read_works(folder)[0])
        done = enter(database, tmp_path, LIST)
    assert (done.added, done.marked) == (0, 0)
    work = works(database)["灯下旧事"]
    assert (work.early_warning, work.holder, work.characters > 100) == (True, "旧事文化", True)


def test_a_work_of_the_same_name_by_somebody_else_is_another_work(database: Database, tmp_path: Path) -> None:
    enter(database, tmp_path, LIST)
    enter(database, tmp_path, "作品名称,权利人\n长夜渡江,南山影视\n")
    assert set(works(database)) == {"长夜渡江", "灯下旧事", "长夜渡江（南山影视）"}


def test_rows_that_cannot_be_told_are_named_and_nothing_is_entered(database: Database, tmp_path: Path) -> None:
    enter(database, tmp_path, "作品名称,权利人\n长夜渡江,甲公司\n长夜渡江,乙公司\n")
    with pytest.raises(InputProblems, match="没有导入") as caught:
        enter(database, tmp_path, "作品名称,权利人\n长夜渡江,\n新戏,丙公司\n《》,丁公司\n")
    assert [problem.row for problem in caught.value.problems] == [2, 4]
    assert set(works(database)) == {"长夜渡江", "长夜渡江（乙公司）"}
