"""How often a target is visited is read as offices write it, and shown again in one way."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from patrol.db.models import Target
from patrol.db.session import Database
from patrol.directory.schedule import DAILY, MANUAL, MONTHLY, ONCE, WEEKLY, Schedule
from patrol.directory.targets import import_directory, list_targets
from patrol.errors import InputProblems
from patrol.patrols.plan import is_due


@pytest.mark.parametrize(
    ("written", "days"),
    [
        *[
            (words, 1)
            for words in ("每日", "每天", "每天一次", "每日1次", "一天一次", "每１天", "天天", "daily", "每日巡查")
        ],
        *[
            (words, 7)
            for words in ("每周", "每周一次", "一周一次", "每星期", "每礼拜一次", "每7天", "每七日", "周", "Weekly")
        ],
        *[(words, 30) for words in ("每月", "每月一次", "一个月一次", "每个月", "每 月 1 次", "按月", "monthly")],
        *[(words, 2) for words in ("每两天", "每2天", "隔天", "隔日一次", "两天一次", "二日一次")],
        *[(words, 14) for words in ("每两周", "隔周", "双周", "两个星期一次")],
        *[(words, 15) for words in ("每半月", "半个月一次", "每月两次", "每月2次", "每十五天")],
        *[(words, 90) for words in ("每季度", "每季", "一季度一次", "每三个月", "每个季度一次")],
        *[(words, 10) for words in ("每旬", "每10天", "每月三次")],
        *[(words, 180) for words in ("每半年", "半年一次")],
        *[(words, 365) for words in ("每年", "一年一次", "每年1次")],
        ("每周两次", 3),
        ("每二十一天", 21),
        ("每三天", 3),
    ],
)
def test_a_frequency_is_read_as_people_write_it(written: str, days: int) -> None:
    read = Schedule.parse(written)
    assert read.days == days
    assert Schedule.of(read.value) == Schedule.parse(read.label) == read


def test_the_usual_ones_keep_their_names() -> None:
    assert [Schedule.of(s.value) for s in (DAILY, WEEKLY, MONTHLY, ONCE, MANUAL)] == [
        DAILY,
        WEEKLY,
        MONTHLY,
        ONCE,
        MANUAL,
    ]
    assert (Schedule.parse("每天"), Schedule.parse("每7天"), Schedule.parse("仅一次")) == (DAILY, WEEKLY, ONCE)
    assert {Schedule.parse(words) for words in ("手动", "不定期", "按需", "manual")} == {MANUAL}
    assert Schedule.parse("每两天").label == "每2天"


@pytest.mark.parametrize(
    "written", ["", "常去", "每天两次", "每0天", "每周一", "每工作日", "每五千天", "每", "次", "每月零次"]
)
def test_what_cannot_be_kept_is_refused_with_examples(written: str) -> None:
    with pytest.raises(ValueError, match="每两天"):
        Schedule.parse(written)


def test_the_directory_takes_them_in_and_the_plan_keeps_to_them(tmp_path: Path, database: Database) -> None:
    file = tmp_path / "目录.csv"
    file.write_text("名称,领域,站点,频次\n甲,图书,shop,每两天一次\n乙,图书,other,\n", encoding="utf-8")
    with database.session() as session:
        import_directory(session, file)
    with database.session() as session:
        other, shop = list_targets(session)
    assert Schedule.of(other.schedule) == WEEKLY
    now = datetime(2026, 11, 24, tzinfo=UTC)
    shop.last_patrolled_at = now - timedelta(days=1, hours=22)
    assert not is_due(shop, now)
    shop.last_patrolled_at = now - timedelta(days=2)
    assert is_due(shop, now)
    assert is_due(Target(schedule=ONCE.value), now)
    assert not is_due(Target(schedule=ONCE.value, last_patrolled_at=now - timedelta(days=400)), now)
    assert not is_due(Target(schedule=MANUAL.value), now)
    file.write_text("名称,领域,站点,频次\n甲,图书,shop,常去\n", encoding="utf-8")
    with pytest.raises(InputProblems, match=r"第 2 行「频次」列：“常去”"), database.session() as session:
        import_directory(session, file)
