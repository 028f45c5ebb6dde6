"""The report as one file: what an officer needs is in it, the same data give the same bytes, personal data are covered."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from patrol.db.models import Lead
from patrol.db.session import Database
from patrol.leads.queries import lead_views
from patrol.leads.statistics import figures
from patrol.tables.words import confidence
from patrol.vocabulary import Field, MatchKind
from reports.html import Period, render_lead, write_report
from reports.text import clipped, css_string, plain, share, tidy
from tests.reports.cases import INDEX, fill


@pytest.fixture
def office(database: Database) -> Database:
    with database.session() as session:
        fill(session)
    return database


def _text(database: Database, path: Path, period: Period | None = None, *, masked: bool = True) -> str:
    with database.session() as session:
        write_report(session, None, "某镇版权工作站", "某县", period or Period(), path, masked=masked)
    return path.read_text(encoding="utf-8")


def test_the_text_says_what_an_officer_needs(office: Database, tmp_path: Path) -> None:
    text = _text(office, tmp_path / "r.html")
    for said in (
        "案线〔2026〕0001号", "甲级", "原文复制", "取证快照", "01" * 32, "换名对照表", "剧本结构对照", "网页所用的变形手法",
        "统计期间：全部记录", "收录范围", INDEX, "未能巡查的目标", "域名解析不到", "核查人：", "线索按领域", "逐字相同 100%",
    ):  # fmt: skip
        assert said in text, said
    assert "default-src 'none'; script-src 'none'" in text
    assert "<script" not in text


def test_the_same_data_make_the_same_bytes_and_the_digest_is_theirs(office: Database, tmp_path: Path) -> None:
    assert _text(office, tmp_path / "r.html") == _text(office, tmp_path / "again.html")


def test_charts_and_list_count_what_the_database_counts(office: Database, tmp_path: Path) -> None:
    text = _text(office, tmp_path / "r.html")
    with office.session() as session:
        counted = figures(session)
    assert counted.by_day == {date(2026, 11, d): n for d, n in ((19, 1), (21, 1), (23, 2), (24, 1))}
    for label, count in [*((row.name, row.leads) for row in counted.by_kind), (Field.LITERATURE.label, 3)]:
        assert f'<tr><td>{label}</td><td class="number">{count}</td></tr>' in text
    assert text.count('<article class="lead"') == counted.total.leads == sum(counted.by_day.values())


def test_a_lead_found_after_midnight_in_the_office_counts_for_the_new_day(office: Database) -> None:
    with office.session() as session:
        session.execute(update(Lead).where(Lead.id == 1).values(found_at=datetime(2026, 11, 22, 16, 30, tzinfo=UTC)))
    with office.session() as session:
        period = Period(date(2026, 11, 23), date(2026, 11, 23))
        assert figures(session, period.start, period.end).by_day == {date(2026, 11, 23): 3}


def test_a_period_leaves_out_what_was_found_outside_it(office: Database, tmp_path: Path) -> None:
    with office.session() as session:
        assert write_report(session, None, "某站", "", Period(date(2026, 11, 25)), tmp_path / "n.html") == 0
        assert (
            write_report(session, None, "某站", "", Period(date(2026, 11, 23), date(2026, 11, 24)), tmp_path / "d.html")
            == 3
        )
    assert "没有发现疑似线索" in (tmp_path / "n.html").read_text(encoding="utf-8")


def test_a_telephone_number_is_covered_unless_asked_otherwise(office: Database, tmp_path: Path) -> None:
    covered, whole = _text(office, tmp_path / "a.html"), _text(office, tmp_path / "b.html", masked=False)
    assert "13800138000" not in covered and "138＊＊＊＊8000" in covered and "以“＊”遮盖" in covered
    assert "13800138000" in whole and "以“＊”遮盖" not in whole


def test_one_lead_alone_has_its_comparison_and_its_draft_mark(office: Database) -> None:
    with office.session() as session:
        lead = next(lead for lead in lead_views(session, None) if lead.kind is MatchKind.RESKINNED)
    text = render_lead("某站", "某县", lead, draft="征求意见稿")
    assert "征求意见稿" in text and "标记说明" in text and "统计期间" not in text
    assert text.count('<article class="lead"') == 1


def test_hidden_characters_are_shown_by_their_codes_and_piles_of_marks_are_counted() -> None:
    assert plain("甲\u200b乙\u202e丙\n丁") == "甲⟨200B⟩乙⟨202E⟩丙\n丁"
    assert plain("e\u0301") == "e\u0301"
    assert plain("Z" + "\u0301" * 9 + "尾") == "Z" + "\u0301" * 4 + "⟨另有 5 个叠加符号⟩尾"
    assert plain("\u0301" * 5) == "◌" + "\u0301" * 4 + "⟨另有 1 个叠加符号⟩"
    assert plain(None) == "None"


def test_words_are_cut_counted_and_quoted() -> None:
    assert clipped("甲乙丙", 3) == "甲乙丙" and clipped("甲乙丙丁", 2) == "甲乙……（共 4 字）"
    assert tidy("甲  \n\n\u3000乙") == "甲\n乙"
    assert css_string('"\\}') == '"\\000022\\00005c\\00007d"'
    assert (confidence(1.0), confidence(0.5), share(1.0), share(0.9996)) == ("99.9%", "50%", "100%", "99.9%")
