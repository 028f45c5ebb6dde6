"""Leads are opened once, joined after, numbered in order, and every sighting stands in the journal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest
from sqlalchemy import insert, select

from fingerprints.verdict_types import Disguise, Passage, Reason, Renaming, Verdict
from fingerprints.verdict_types import MatchKind as TextKind
from patrol.db.models import Capture, CaptureText, Lead, LeadEvent, Match, Patrol
from patrol.db.session import Database
from patrol.judging.grouping import lead_keys, text_print, text_simhash
from patrol.judging.model import Judgement, LeadDraft, PageFacts, SignalDraft
from patrol.leads.queries import lead_view, lead_views
from patrol.leads.statistics import figures
from patrol.leads.store import Ledger
from patrol.leads.views import LeadFilter
from patrol.vocabulary import Field, Grade, LeadStatus, MatchKind, PageKind, PageState

pytestmark = pytest.mark.dates

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
TEXT = "夜航船上听来的故事，" * 20


@pytest.fixture
def ledger(database: Database) -> Ledger:
    with database.session() as session:
        session.add(Patrol(id=1, started_at=NOW))
    return Ledger(database.engine)


def kept(database: Database, number: int, url: str = "http://a.example.cn/1", **values: Any) -> PageFacts:
    """A capture row with its text, and the facts that judging would see."""
    row = {
        "id": number,
        "patrol_id": 1,
        "site": "shop",
        "page_kind": "listing",
        "url": url,
        "canonical_url": url,
        "http_status": 200,
        "fetched_at": NOW,
        "warc_path": "evidence/x.warc.gz",
        "warc_offset": 0,
        "warc_length": 1,
        "record_id": f"<urn:{number}>",
        "payload_sha256": "0" * 64,
        "record_sha256": "0" * 64,
        "chain_sha256": "0" * 64,
    }
    with database.session() as session:
        session.execute(insert(Capture).values(row))
        session.execute(insert(CaptureText).values(capture_id=number, text=TEXT))
    plain = {"title": "夜航船", "text": TEXT, "seller": "甲店"}
    return PageFacts(
        capture_id=number,
        patrol_id=1,
        target_id=None,
        site="shop",
        page_kind=PageKind.LISTING,
        state=PageState.PRESENT,
        url=url,
        canonical_url=url,
        fetched_at=NOW,
        **(plain | values),
    )


def verdict(work: str = "w1") -> Verdict:
    return Verdict(
        work,
        TextKind.WASHED,
        0.87,
        (Passage(0, 10, 5, 15, 0.9),),
        (Renaming("张三", "李四", 3),),
        (Disguise("split", 2, "弓长", "张"),),
        (Reason("order_kept", 1.25, (("characters", 10),)),),
    )


def judged(page: PageFacts, score: float = 50.0, grade: Grade = Grade.B, work: str = "w1") -> Judgement:
    draft = LeadDraft(
        keys=lead_keys(page, work),
        kind=MatchKind.WASHED,
        field=Field.LITERATURE,
        work_id=work,
        work_ids=frozenset({work}),
        grade=grade,
        score=score,
        department="版权主管部门",
        signals=(SignalDraft("text_washed", score, "text", {"work": "夜航船", "characters": 10, "probability": 0.87}),),
    )
    return Judgement(page, (verdict(work),), "index-1", draft)


def rows(database: Database, entity: Any) -> Sequence[Any]:
    with database.session() as session:
        return session.scalars(select(entity).order_by(entity.id)).all()


def reasons(database: Database) -> Iterable[str]:
    return [event.reason for event in rows(database, LeadEvent)]


def test_a_lead_is_opened_with_number_match_signal_and_event(database: Database, ledger: Ledger) -> None:
    assert ledger.enter([judged(kept(database, 1))], NOW) == [(rows(database, Lead)[0].id, True)]
    with database.session() as session:
        view = lead_view(session, None, "案线〔2026〕0001号")
    assert view is not None
    assert (view.grade, view.status, view.kind) == (Grade.B, LeadStatus.NEW, MatchKind.WASHED)
    (match,) = view.matches
    assert match.passages[0].page_text == TEXT[:10]
    assert match.renamings[0].new == "李四"
    assert match.disguises[0].label == "拆字"
    assert view.signals[0].words.startswith("正文与《夜航船》")
    assert view.work is not None
    assert not view.work.known
    assert [e.reason for e in view.events] == ["巡查发现，定为乙级"]


def test_the_same_page_again_joins_its_lead_and_appends_an_event(database: Database, ledger: Ledger) -> None:
    ledger.enter([judged(kept(database, 1))], NOW)
    assert ledger.enter([judged(kept(database, 2))], NOW) == [(rows(database, Lead)[0].id, False)]
    assert len(rows(database, Lead)) == 1
    assert len(rows(database, Match)) == 2
    assert "再次发现" in list(reasons(database))[1]
    with database.session() as session:
        view = lead_view(session, None, "1")
    assert view is not None
    assert [c.id for c in view.captures] == [1, 2]
    assert [m.capture.id for m in view.matches] == [2], "only the newest comparison of an address is shown"


def test_the_same_text_of_the_same_seller_elsewhere_joins_too(database: Database, ledger: Ledger) -> None:
    ledger.enter([judged(kept(database, 1)), judged(kept(database, 2, "http://b.example.cn/9"))], NOW)
    assert len(rows(database, Lead)) == 1
    assert "同一卖家" in list(reasons(database))[1]


@pytest.mark.parametrize("change", [{"seller": "乙店"}, {"text": TEXT + "另有一句"}])
def test_another_seller_or_another_text_elsewhere_is_a_lead_of_its_own(
    database: Database, ledger: Ledger, change: dict[str, str]
) -> None:
    other = replace(kept(database, 2, "http://b.example.cn/9"), **change)
    ledger.enter([judged(kept(database, 1)), judged(other)], NOW)
    assert [lead.number for lead in rows(database, Lead)] == ["案线〔2026〕0001号", "案线〔2026〕0002号"]


def test_entering_a_capture_twice_changes_nothing(database: Database, ledger: Ledger) -> None:
    judgement = judged(kept(database, 1))
    ledger.enter([judgement], NOW)
    assert ledger.enter([judgement], NOW) == [None]
    assert (len(rows(database, Match)), len(list(reasons(database)))) == (1, 1)


def test_a_grade_only_rises_and_a_person_s_status_stays(database: Database, ledger: Ledger) -> None:
    ledger.enter([judged(kept(database, 1))], NOW)
    with database.session() as session:
        session.get_one(Lead, 1).status = LeadStatus.DISMISSED.value
    ledger.enter([judged(kept(database, 2), 80.0, Grade.A)], NOW)
    ledger.enter([judged(kept(database, 3), 30.0, Grade.C)], NOW)
    (lead,) = rows(database, Lead)
    assert (lead.grade, lead.score, lead.status) == ("A", 80.0, "dismissed")
    assert "由乙级升为甲级" in list(reasons(database))[1]


def test_a_match_without_a_lead_is_stored_and_the_capture_is_judged(database: Database, ledger: Ledger) -> None:
    page = kept(database, 1)
    assert ledger.enter([Judgement(page, (verdict(),), "index-1", None)], NOW) == [None]
    assert [m.lead_id for m in rows(database, Match)] == [None]
    assert rows(database, Capture)[0].judged_at == NOW


def test_numbers_go_on_from_the_highest_and_begin_anew_each_year(database: Database, ledger: Ledger) -> None:
    pages = [kept(database, n, f"http://a.example.cn/{n}", seller="", text="短") for n in range(1, 4)]
    ledger.enter([judged(pages[0])], NOW)
    Ledger(database.engine).enter([judged(pages[1])], NOW)
    Ledger(database.engine).enter([judged(pages[2])], datetime(2027, 3, 1, tzinfo=UTC))
    assert [lead.number for lead in rows(database, Lead)] == [
        "案线〔2026〕0001号",
        "案线〔2026〕0002号",
        "案线〔2027〕0001号",
    ]


def test_two_programs_that_open_leads_at_once_do_not_clash(database: Database, ledger: Ledger) -> None:
    other = Ledger(database.engine)
    pages = [kept(database, n, f"http://a.example.cn/{n}", seller="", text="短") for n in range(1, 5)]
    for turn, page in enumerate(pages):
        (ledger, other)[turn % 2].enter([judged(page)], NOW)
    assert len({lead.number for lead in rows(database, Lead)}) == 4


def test_hostile_words_are_stored_as_words(database: Database, ledger: Ledger) -> None:
    page = kept(database, 1, title="'; DROP TABLE lead; --<script>", seller="店" * 400)
    judgement = judged(page)
    assert judgement.lead is not None
    signal = SignalDraft("phrase", 1.0, "title:0", {"phrase": "坏\x00\ud800", "label": "{0.__class__}"})
    ledger.enter([replace(judgement, lead=replace(judgement.lead, signals=(signal,)))], NOW)
    with database.session() as session:
        (view,) = lead_views(session, None)
    assert view.title == "'; DROP TABLE lead; --<script>"
    assert view.signals[0].words == "出现疑似侵权用语“坏”（{0.__class__}）"


def test_leads_are_read_best_first_and_filtered(database: Database, ledger: Ledger) -> None:
    pages = [kept(database, n, f"http://a.example.cn/{n}", seller="", text="短") for n in range(1, 4)]
    ledger.enter(
        [judged(pages[0], 30, Grade.C), judged(pages[1], 90, Grade.A), judged(pages[2], 75, Grade.A, "w2")], NOW
    )
    with database.session() as session:
        assert [v.score for v in lead_views(session, None)] == [90, 75, 30]
        assert [v.score for v in lead_views(session, None, where=LeadFilter(grades=(Grade.A,), works=("w2",)))] == [75]
        assert lead_views(session, None, since=datetime(2026, 11, 25, tzinfo=UTC)) == []
        counted = figures(session)
    assert counted.total.by_grade == {Grade.A: 2, Grade.B: 0, Grade.C: 1}
    assert (counted.total.leads, counted.total.pages, counted.sites) == (3, 3, 1)


# -- what belongs together ---------------------------------------------------------------------------------------------

LONG = "".join(f"第{n}夜，船过了第{n}道闸，船夫讲起第{n}个人的故事，灯一直亮到天明。" for n in range(40))


def sighting(database: Database, number: int, text: str = LONG, **values: Any) -> Judgement:
    page = kept(database, number, f"http://a.example.cn/{number}", text=text, **values)
    judgement = judged(page)
    assert judgement.lead is not None
    draft = replace(judgement.lead, text=text_print(page, text_simhash(page.text)))
    return replace(judgement, lead=draft)


def test_parts_of_a_series_by_one_seller_are_one_lead(database: Database, ledger: Ledger) -> None:
    titles = ("夜航船 第1集", "夜航船第十二集 大结局", "夜航船（三）", "夜航船 下", "夜航船 P5")
    ledger.enter([sighting(database, n, f"{n}{TEXT}", title=title) for n, title in enumerate(titles, 1)], NOW)
    assert len(rows(database, Lead)) == 1
    assert "同一作品的另一部分" in list(reasons(database))[1]


def test_parts_by_different_sellers_or_of_different_works_stay_apart(database: Database, ledger: Ledger) -> None:
    one, two = (sighting(database, n, f"{n}{TEXT}", title=f"第{n}集", seller=f"{n}号店") for n in (1, 2))
    other = judged(
        kept(database, 3, "http://a.example.cn/3", text="别的" * 30, title="第3集", seller="1号店"), work="w2"
    )
    ledger.enter([one, two, other], NOW)
    assert len(rows(database, Lead)) == 3


def test_a_repost_with_a_few_characters_changed_joins_the_seller_s_lead(database: Database, ledger: Ledger) -> None:
    changed = LONG.replace("第7道闸", "第七道闸")
    ledger.enter([sighting(database, 1), sighting(database, 2, changed)], NOW)
    assert len(rows(database, Lead)) == 1
    assert "只改动了几个字" in list(reasons(database))[1]


def test_the_same_text_at_another_seller_s_is_a_lead_of_its_own_tied_to_the_first(
    database: Database, ledger: Ledger
) -> None:
    ledger.enter([sighting(database, 1)], NOW)
    ledger.enter([sighting(database, 2, seller="乙店"), sighting(database, 3, seller="")], NOW)
    ledger.enter([sighting(database, 4, "全然不同的一篇文字，讲的是山里人家晒笋干的事情。" * 12, seller="丙店")], NOW)
    with database.session() as session:
        views = {view.seller: view for view in lead_views(session, None)}
    assert [link.seller for link in views["甲店"].links] == ["乙店", ""]
    assert views["乙店"].links[0].number == views["甲店"].number
    assert views["丙店"].links == ()


def test_a_short_text_must_be_the_very_same_to_tie(database: Database, ledger: Ledger) -> None:
    short = "夜航船全本精校，链接永久有效，提取码私信即可，喜欢的朋友请多多支持，更新至最新章节，也欢迎转发给同样爱看书的家人，感谢大家一路陪伴到今天。"
    near = short.replace("今天", "今日")
    ledger.enter(
        [sighting(database, n, text, seller=f"{n}号店") for n, text in enumerate((short, short, near), 1)], NOW
    )
    with database.session() as session:
        views = {view.seller: view for view in lead_views(session, None)}
    assert len(views["1号店"].links) == 1
    assert views["3号店"].links == ()
