"""What becomes a lead, what does not, and why: the office's rules on pages as they are met."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from fingerprints.verdict_types import MatchKind as TextKind
from fingerprints.verdict_types import Passage, Verdict
from patrol.judging.assess import JudgingContext, WorkFacts
from patrol.judging.licensing import Grant
from patrol.judging.model import Findings, LeadDraft, PageFacts
from patrol.judging.scanning import NamedWork, Scanner
from patrol.tables.policy import Policy
from patrol.vocabulary import Field, Grade, MatchKind, PageKind, PageState

POLICY = Policy.load(None)
BOX = WorkFacts("w1", "雾港来信", "script_game", Decimal(500))
BOOK = WorkFacts("w2", "小镇植物图谱", "book", Decimal(98))
NOVEL = WorkFacts("w3", "长街灯火录", "literature")
WORKS = (BOX, BOOK, NOVEL)
FIELDS = {1: Field.SCRIPT_GAME, 2: Field.BOOK, 3: Field.LITERATURE, 4: Field.NETDISK}
SCANNER = Scanner(
    [
        NamedWork("w1", ("雾港来信",), ("陆见川",)),
        NamedWork("w2", ("小镇植物图谱",), ("沈青禾",)),
        NamedWork("w3", ("长街灯火录",), ("何晚舟",)),
    ],
    POLICY.phrases,
)


def facts(title: str = "", text: str = "", **values: Any) -> PageFacts:
    plain = {
        "capture_id": 1,
        "patrol_id": 1,
        "target_id": 1,
        "site": "shop",
        "page_kind": PageKind.LISTING,
        "state": PageState.PRESENT,
        "url": "http://shop.example.cn/item/1",
        "canonical_url": "http://shop.example.cn/item/1",
        "fetched_at": datetime(2026, 11, 24, tzinfo=UTC),
    }
    return PageFacts(**(plain | {"title": title, "text": text} | values))


def verdict(work: str, characters: int, probability: float = 0.98, kind: TextKind = TextKind.VERBATIM) -> Verdict:
    return Verdict(work, kind, probability, (Passage(0, characters, 0, characters, 1.0),))


def judged(
    page: PageFacts, *verdicts: Verdict, grants: tuple[Grant, ...] = (), warned: bool = False
) -> LeadDraft | None:
    works = {w.id: replace(w, grants=grants, early_warning=warned) for w in WORKS}
    return (
        JudgingContext(POLICY, works, FIELDS, {"shop": frozenset({"小城书市"})})
        .judge(page, Findings(verdicts, SCANNER.scan(page.words)))
        .lead
    )


def codes(lead: LeadDraft | None) -> set[str]:
    return {signal.code for signal in lead.signals} if lead is not None else set()


# -- text ------------------------------------------------------------------------------------------------------------


def test_a_long_verbatim_copy_is_a_lead_of_grade_a_and_every_point_is_explained() -> None:
    lead = judged(facts("一篇文章", "字" * 3000, target_id=3), verdict("w3", 2800))
    assert lead is not None
    assert (lead.kind, lead.grade, lead.work_id) == (MatchKind.VERBATIM, Grade.A, "w3")
    assert lead.score == pytest.approx(sum(s.points for s in lead.signals))
    assert {"text_verbatim", "extent"} <= codes(lead)


def test_a_review_that_quotes_a_few_credited_lines_is_no_lead() -> None:
    text = "最近读完《长街灯火录》，何晚舟写道：" + "字" * 60 + "。" + "评" * 500
    assert judged(facts("读后感", text, target_id=3), verdict("w3", 60)) is None


def test_the_same_lines_without_any_credit_stay_a_lead() -> None:
    assert judged(facts("随笔", "字" * 60 + "别" * 500, target_id=3), verdict("w3", 60)) is not None


def test_naming_the_author_does_not_excuse_a_whole_chapter() -> None:
    text = "《长街灯火录》何晚舟 第一章" + "字" * 4000
    lead = judged(facts("长街灯火录 第一章", text, target_id=3), verdict("w3", 4000))
    assert lead is not None
    assert lead.grade is Grade.A
    assert "fair_quotation" not in codes(lead)


def test_a_short_quotation_on_a_page_that_sells_copies_is_not_excused() -> None:
    text = "雾港来信 陆见川 开场：" + "字" * 80 + "。全套DM本，1:1复刻，PDF秒发" + "其他" * 200
    lead = judged(facts("雾港来信 剧本", text, price=Decimal(30)), verdict("w1", 80))
    assert lead is not None
    assert "fair_quotation" not in codes(lead)


def test_washed_text_weighs_less_than_a_copy_of_the_same_length() -> None:
    page = facts("文章", "字" * 900, target_id=3)
    copied, washed = judged(page, verdict("w3", 800)), judged(page, verdict("w3", 800, kind=TextKind.WASHED))
    assert copied is not None
    assert washed is not None
    assert washed.score < copied.score
    assert washed.kind is MatchKind.WASHED


def test_a_page_that_is_gone_is_no_lead() -> None:
    assert judged(facts("雾港来信 1:1复刻", "x", state=PageState.GONE), verdict("w1", 900)) is None


# -- sale ------------------------------------------------------------------------------------------------------------


def test_a_reprinted_script_box_far_under_its_price_is_a_sale_lead_of_grade_a() -> None:
    lead = judged(facts("雾港来信 剧本杀 1:1复刻 盒装同款", "全套DM本", price=Decimal("49.9"), sales=1200))
    assert lead is not None
    assert (lead.kind, lead.grade, lead.field) == (MatchKind.SALE, Grade.A, Field.SCRIPT_GAME)
    assert {"title_in_title", "phrase", "price_low", "sales"} <= codes(lead)
    assert lead.department == "文化和旅游部门"


def test_a_scanned_book_for_sale_is_a_lead_without_any_text_match() -> None:
    lead = judged(facts("小镇植物图谱 高清扫描 PDF", "拍下秒发，网盘发货", target_id=2, price=Decimal(5)))
    assert lead is not None
    assert lead.kind is MatchKind.SALE


@pytest.mark.parametrize(
    ("title", "text"),
    [
        ("求购 雾港来信 盒装", "谁有全套DM本，1:1复刻的不要"),
        ("雾港来信 正版盒装", "官方授权店，假一赔十，拒绝盗版、复刻版"),
        ("雾港来信 测评", "玩完了，故事很好，大家支持正版，抵制1:1复刻"),
        ("警惕！雾港来信出现1:1复刻", "举报盗版，买到盗版请投诉维权"),
        ("雾港来信 闲置转让", "自用一次，正版盒装，孩子用过，原价500现50出"),
        ("剧本杀门店周末车队", "周六开雾港来信，六缺二"),
        ("雾港来信 拼车", "周六晚场，到店体验，只要50出"),
        ("雾港来信 周边徽章", "官方周边，50出"),
        ("雾港来信 正版盒装 500元", "非影印，非复刻，支持专柜验货"),
    ],
)
def test_honest_pages_that_use_the_same_words_are_no_leads(title: str, text: str) -> None:
    assert judged(facts(title, text, price=Decimal(50) if "50出" in text else None)) is None


def test_a_mention_far_from_a_sign_in_a_long_text_says_nothing() -> None:
    text = "书单之一：雾港来信。" + "闲谈" * 300 + "另有某资料提取码 8x2k"
    assert judged(facts("杂货清单", text, page_kind=PageKind.POST)) is None
    near = "雾港来信 全本，提取码 8x2k"
    lead = judged(facts("杂货清单", near, page_kind=PageKind.SHARE, target_id=4))
    assert lead is not None


def test_a_normal_price_is_no_sign_and_a_price_that_is_no_number_does_no_harm() -> None:
    assert judged(facts("雾港来信 盒装", "门店自提", price=Decimal(450))) is None
    assert judged(facts("雾港来信 盒装", "门店自提", price=Decimal("NaN"))) is None


def test_a_work_on_the_early_warning_list_meets_a_stricter_bar() -> None:
    page = facts("雾港来信", "网盘分享 雾港来信 资源，提取码 1234", target_id=4, page_kind=PageKind.SHARE)
    plain, warned = judged(page), judged(page, warned=True)
    assert plain is not None
    assert warned is not None
    assert warned.score > plain.score


def test_for_a_work_on_the_early_warning_list_a_mere_mention_of_a_netdisk_is_enough() -> None:
    page = facts("雾港来信 资源分享", "雾港来信 资源合集", target_id=4, page_kind=PageKind.SHARE)
    assert judged(page) is None
    lead = judged(page, warned=True)
    assert lead is not None
    assert "early_warning" in codes(lead)
    honest = facts("雾港来信 影评", "雾港来信 好看，支持正版", target_id=4, page_kind=PageKind.POST)
    assert judged(honest, warned=True) is None


# -- authorisations --------------------------------------------------------------------------------------------------

IN_FORCE = Grant("晨光文创", site="shop", account="晨光文创", valid_from=date(2026, 1, 1), valid_to=date(2026, 12, 31))


def test_an_authorised_seller_is_no_lead() -> None:
    page = facts("雾港来信 1:1复刻", "全套DM本", seller="晨光文创", price=Decimal(50))
    assert judged(page, verdict("w1", 900), grants=(IN_FORCE,)) is None


def test_another_seller_on_the_same_site_is_not_covered_by_it() -> None:
    page = facts("雾港来信 1:1复刻", "全套DM本", seller="某某小店", price=Decimal(50))
    assert judged(page, grants=(IN_FORCE,)) is not None


def test_a_licence_for_a_whole_site_covers_every_seller_there() -> None:
    page = facts("文章", "字" * 900, seller="任何人")
    assert judged(page, verdict("w1", 900), grants=(Grant("某公司", "https://shop.example.cn/", "全站"),)) is None
    assert judged(page, verdict("w1", 900), grants=(Grant("小城书市", "shop"),)) is None
    assert judged(replace(page, seller=""), verdict("w1", 900), grants=(Grant("某公司", "shop"),)) is None


def test_a_licence_for_one_seller_on_a_site_does_not_cover_the_others_there() -> None:
    page = facts("文章", "字" * 900, seller="任何人")
    assert judged(page, verdict("w1", 900), grants=(Grant("某公司", "shop"),)) is not None


def test_an_expired_licence_is_a_lead_of_its_own() -> None:
    over = replace(IN_FORCE, valid_to=date(2026, 6, 30))
    lead = judged(facts("雾港来信 正版盒装", "官方授权", seller="晨光文创", price=Decimal(480)), grants=(over,))
    assert lead is not None
    assert "expired" in codes(lead)
    signal = next(s for s in lead.signals if s.code == "expired")
    assert signal.values["valid_to"] == "2026-06-30"


def test_a_licence_ends_with_its_last_day_in_beijing() -> None:
    night = {"seller": "晨光文创", "price": Decimal(480)}
    still = facts("雾港来信 正版盒装", "官方授权", fetched_at=datetime(2026, 12, 31, 15, 59, tzinfo=UTC), **night)
    over = replace(still, fetched_at=datetime(2026, 12, 31, 16, tzinfo=UTC))
    assert judged(still, grants=(IN_FORCE,)) is None
    assert "expired" in codes(judged(over, grants=(IN_FORCE,)))


def test_the_licensee_on_a_site_that_the_licence_does_not_name_exceeds_it() -> None:
    elsewhere = replace(IN_FORCE, site="other")
    lead = judged(facts("雾港来信 盒装", "现货", seller="晨光文创", price=Decimal(480)), grants=(elsewhere,))
    assert "exceeded" in codes(lead)


def test_selling_the_electronic_copy_under_a_licence_for_paper_exceeds_it() -> None:
    paper = replace(IN_FORCE, scope="纸质盒装销售")
    page = facts("雾港来信", "剧本PDF秒发，网盘发货", seller="晨光文创", price=Decimal(480))
    assert "exceeded" in codes(judged(page, grants=(paper,)))
    whole = replace(IN_FORCE, scope="纸质及电子、数字发行，复制、印刷")
    assert judged(page, grants=(whole,)) is None


def test_a_licence_in_force_outweighs_an_older_one_that_is_over() -> None:
    over = replace(IN_FORCE, valid_to=date(2026, 6, 30))
    page = facts("雾港来信 盒装", "现货", seller="晨光文创", price=Decimal(480))
    assert judged(page, grants=(over, IN_FORCE)) is None


def test_a_licence_without_site_or_account_covers_only_the_licensee() -> None:
    grant = Grant("晨光文创")
    page = facts("雾港来信 1:1复刻", "全套DM本", seller="晨光文创")
    assert judged(page, grants=(grant,)) is None
    assert judged(replace(page, seller="别家"), grants=(grant,)) is not None


def test_a_licence_for_abroad_only_does_not_cover_a_page_that_is_read_here() -> None:
    page = facts("雾港来信 盒装", "现货", seller="晨光文创", price=Decimal(480))
    abroad = replace(IN_FORCE, territory="海外（港澳台及东南亚）")
    lead = judged(page, grants=(abroad,))
    assert lead is not None
    signal = next(s for s in lead.signals if s.code == "exceeded")
    assert signal.values["allowed"] == "海外（港澳台及东南亚）"
    for territory in ("", "全球", "中国大陆及港澳台", "浙江省", "境内"):
        assert judged(page, grants=(replace(IN_FORCE, territory=territory),)) is None
    assert judged(page, grants=(replace(IN_FORCE, territory="中国台湾"),)) is not None


def test_a_licence_of_the_platform_itself_needs_no_address_of_it() -> None:
    page = facts("文章", "字" * 900, seller="任何人")
    assert judged(page, verdict("w1", 900), grants=(Grant("小城书市", account="全站"),)) is None
    assert judged(page, verdict("w1", 900), grants=(Grant("别的平台", account="全站"),)) is not None
