"""Accounts are tied by what they share, every tie is shown, and nobody is tied by what everybody has."""

from __future__ import annotations

import re
from xml.etree import ElementTree as ET

import pytest
from sqlalchemy import update

from patrol.actor import Officer
from patrol.cases.infringers import InfringerView, infringer_of, infringers
from patrol.cases.marks import MarkKind, name_core, read_marks
from patrol.cases.ties import Ties
from patrol.db.models import Capture, Lead, Notice
from patrol.leads.facts import FactKey
from patrol.leads.journal import Change, change_leads, find_leads
from patrol.vocabulary import PageKind
from reports.link_chart import chart_page, chart_svg
from tests.leads.cases import Cases, days

TIES = Ties.load(None)
LONG = "夜里潮水退去，码头上只剩下一盏没有熄灭的马灯。" * 12


def groups(cases: Cases) -> list[list[str]]:
    with cases.database.session() as session:
        return sorted(list(view.all_leads) for view in infringers(session, TIES))


def together(cases: Cases, *leads: dict[str, str]) -> bool:
    """Whether the leads (each on a page of its own) are one infringer's."""
    for number, lead in enumerate(leads):
        cases.lead(f"http://{lead.get('site', 'shop')}.example.cn/{number}", **lead)  # type: ignore[arg-type]
    return len(groups(cases)) == 1


@pytest.mark.parametrize(
    "texts",
    [
        ("电话：138 0013 8000", "手机１３８００１３８０００"),
        ("加微信：yehang_2026", "VX yehang_2026 秒发"),
        ("QQ：123456789", "邮箱 123456789@qq.com"),
        ("邮箱 Ye.Hang@Example.com", "联系ye.hang@example.com"),
        ("出版物经营许可证：新出发京零字第大120007号", "许可证号 新出发京零字第大120007号"),
    ],
)
def test_the_same_contact_on_two_sites_ties(cases: Cases, texts: tuple[str, str]) -> None:
    assert together(cases, {"seller": "甲店", "text": texts[0]}, {"seller": "乙号", "site": "video", "text": texts[1]})


def test_the_same_shop_address_ties_whatever_the_name(cases: Cases) -> None:
    url = "https://shop.example.cn/s/77"
    assert together(
        cases, {"seller": "甲店", "seller_url": url}, {"seller": "改名了", "seller_url": url + "/", "site": "video"}
    )


def test_a_telling_name_ties_across_sites_and_asks_for_a_check(cases: Cases) -> None:
    assert together(cases, {"seller": "【官方】青灯夜雨江湖书店"}, {"seller": "青灯夜雨江湖 ☆书屋", "site": "video"})
    (view,) = _views(cases)
    assert "只凭名称" in view.caution


@pytest.mark.parametrize(
    "names", [("旧书店", "书店"), ("官方旗舰店", "官方旗舰店"), ("匿名用户", "匿名用户"), ("小王书店", "小王书店")]
)
def test_common_names_tie_nobody_across_sites(cases: Cases, names: tuple[str, str]) -> None:
    assert not together(cases, {"seller": names[0]}, {"seller": names[1], "site": "video"})


def test_identical_text_alone_ties_nobody_but_with_a_name_it_does(cases: Cases) -> None:
    assert not together(cases, {"seller": "甲店", "text": LONG}, {"seller": "乙号", "site": "video", "text": LONG})
    cases.lead("http://shop.example.cn/9", seller="江上客书屋", text=LONG + "完")
    cases.lead("http://video.example.cn/9", seller="江上客", site="video", text=LONG + "完")
    assert ["案线〔2026〕0003号", "案线〔2026〕0004号"] in groups(cases)


def test_what_many_accounts_share_is_the_platform_s(cases: Cases) -> None:
    for number in range(10):
        cases.lead(
            f"http://shop.example.cn/{number}",
            seller=f"卖家{'甲乙丙丁戊己庚辛壬癸'[number]}号",
            text="客服电话 13700002222",
        )
    assert len(groups(cases)) == 10


def test_pages_without_a_seller_are_not_thrown_together(cases: Cases) -> None:
    for number in range(2):
        cases.lead(f"http://forum.example.cn/{number}", site="forum", page_kind=PageKind.POST)
        cases.lead(f"http://novel.example.cn/{number}", site="novel", page_kind=PageKind.ARTICLE)
    assert sorted(map(len, groups(cases))) == [1, 1, 2], "a novel site's chapters are the site's own"


def test_novel_sites_of_one_operator_are_tied_by_the_number_on_their_home_pages(cases: Cases) -> None:
    for number, site in enumerate(("novel", "mirror", "other")):
        cases.lead(f"http://{site}.example.cn/1", site=site, page_kind=PageKind.ARTICLE)
        footer = f"浙ICP备{10046444 + 1000 * (site == 'other')}号-{number + 1}"
        home = cases.capture(f"http://{site}.example.cn/", site=site, kind=PageKind.ARTICLE, footer=footer)
        with cases.database.session() as session:
            session.execute(update(Capture).where(Capture.id == home).values(role="home"))
    assert sorted(map(len, groups(cases))) == [1, 2]


def _views(cases: Cases, **period: object) -> list[InfringerView]:
    with cases.database.session() as session:
        return infringers(session, TIES, **period)  # type: ignore[arg-type]


def test_leads_are_counted_per_period_and_ties_hold_over_all_time(cases: Cases) -> None:
    text = "电话 13800138000"
    cases.lead("http://shop.example.cn/1", seller="甲店", text=text)
    cases.lead("http://shop.example.cn/2", seller="乙店", text=text, at=days(40))
    cases.lead("http://shop.example.cn/3", seller="丙店", at=days(40))
    (first, *rest) = _views(cases)
    assert (len(first.leads), first.repeated, dict(first.by_month)) == (2, True, {"2026-03": 1, "2026-04": 1})
    assert [view.repeated for view in rest] == [False]
    april = _views(cases, since=days(30))
    assert [(len(v.leads), len(v.all_leads)) for v in april] == [(1, 2), (1, 1)]


def test_who_comes_back_after_a_notice_is_flagged(cases: Cases) -> None:
    cases.lead("http://shop.example.cn/1", seller="甲店")
    with cases.database.session() as session:
        session.add(Notice(lead_id=1, kind="holder", recipient="甲平台", sent_at=days(1)))
    cases.lead("http://shop.example.cn/2", seller="甲店", at=days(200))
    with cases.database.session() as session:
        view = infringer_of(session, TIES, "案线〔2026〕0002号")
    assert view is not None
    assert view.after_notice == ("案线〔2026〕0002号",)
    assert "收到通知后又出现 1 条线索" in view.why


def test_a_chain_of_many_accounts_is_shown_with_a_warning(cases: Cases) -> None:
    for number in range(TIES.many_accounts + 1):
        text = f"电话 138{number:08d} 或 138{number + 1:08d}"
        cases.lead(f"http://s{number}.example.cn/1", site=f"s{number}", seller=f"卖家{number}", text=text)
    (view,) = _views(cases)
    assert "辗转连成" in view.caution


def test_accounts_that_an_officer_ruled_apart_stay_apart_whoever_else_ties_them(cases: Cases) -> None:
    both = "电话 13800138000，微信 yehang_2026"
    cases.lead("http://shop.example.cn/1", seller="甲店", text="电话 13800138000")
    cases.lead("http://shop.example.cn/2", seller="乙店", text=both)
    cases.lead("http://shop.example.cn/3", seller="丙店", text="微信 yehang_2026")
    assert len(groups(cases)) == 1
    ruling = Change(facts={FactKey.NOT_SAME: "案线〔2026〕0003号"}, reason="工商登记不同")
    with cases.database.session() as session:
        change_leads(session, find_leads(session, ["1"]), ruling, Officer("张三"))
    assert len(groups(cases)) == 2
    with cases.database.session() as session:
        taken_back = Change(facts={FactKey.NOT_SAME: ""}, reason="查实同一经营者")
        change_leads(session, find_leads(session, ["1"]), taken_back, Officer("张三"))
    assert len(groups(cases)) == 1


def test_dismissed_leads_neither_count_nor_tie(cases: Cases) -> None:
    text = "电话 13800138000，微信 yehang_2026"
    cases.lead("http://shop.example.cn/1", seller="甲店", text="电话 13800138000")
    cases.lead("http://shop.example.cn/2", seller="乙店", text=text)
    cases.lead("http://shop.example.cn/3", seller="丙店", text="微信 yehang_2026")
    assert len(groups(cases)) == 1
    with cases.database.session() as session:
        session.execute(update(Lead).where(Lead.id == 2).values(status="dismissed"))
    assert len(groups(cases)) == 2


def test_ties_are_shown_with_captures_and_without_personal_data(cases: Cases) -> None:
    together(
        cases,
        {"seller": "甲店", "text": "电话 13800138000"},
        {"seller": "乙号13800138000", "site": "video", "text": "13800138000"},
    )
    (view,) = _views(cases)
    (tie,) = view.ties
    assert (tie.kind, tie.shown, tie.captures) == (MarkKind.PHONE, "138＊＊＊＊8000", (1, 2))
    page = chart_page(view)
    assert "13800138000" not in page
    assert "甲店" in page and "乙号" in page


def test_the_chart_is_well_formed_whatever_sellers_call_themselves(cases: Cases) -> None:
    nasty = "<script>alert(1)</script>\u202e\x01\"'&]]>"
    together(
        cases,
        {"seller": nasty, "text": "电话 13800138000"},
        {"seller": "乙" * 300, "site": "video", "text": "13800138000"},
    )
    (view,) = _views(cases)
    svg = ET.fromstring(chart_svg(view))
    assert len(svg.findall("{http://www.w3.org/2000/svg}path")) == 2
    page = chart_page(view)
    assert "<script" not in page
    assert "\u202e" not in page
    assert "Content-Security-Policy" in page


def test_numbers_that_are_no_contacts_are_not_read_as_such() -> None:
    text = "订单号 20260302138001380001234，ISBN 9787020002207，京ICP备10046444号，价格 13800，qq群里见，微信支付"
    assert read_marks(text) == ()


def test_reading_marks_of_a_huge_page_takes_time_in_proportion() -> None:
    for piece in ("a", "1", "微信", "a@", "qq:", "138-"):
        assert len(read_marks(piece * 400_000)) < 5


def test_a_name_is_measured_without_the_words_that_everybody_uses() -> None:
    assert name_core("夜航船旧书店（官方旗舰店）", TIES.common_words) == "夜航船"
    assert re.fullmatch("", name_core("官方正版书店", TIES.common_words))
