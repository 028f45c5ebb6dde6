"""The law's questions about a lead: what may be promised, what it adds up to, which figure held when, which time runs."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from patrol.actor import Officer
from patrol.cases.assessment import LegalView, ThresholdView
from patrol.cases.casefile import legal_view
from patrol.cases.deadlines import ClockState, ClockView, clock_views, deadline
from patrol.cases.law import Law, Measure
from patrol.clock import BEIJING
from patrol.leads.facts import FactKey, Facts, check
from patrol.leads.journal import Change, change_leads, find_leads
from patrol.vocabulary import LeadStatus, MatchKind, PageKind
from tests.leads.cases import FOUND, Cases, days

pytestmark = pytest.mark.dates

LAW = Law.load(None)


def seen(cases: Cases, number: str, now: datetime = FOUND) -> LegalView:
    with cases.database.session() as session:
        view = legal_view(session, number, now, None)
    assert view is not None
    return view


def enter(cases: Cases, number: str, **facts: str) -> None:
    entered = {FactKey(key): check(FactKey(key), value) for key, value in facts.items()}
    with cases.database.session() as session:
        change_leads(session, find_leads(session, [number]), Change(facts=entered), Officer("张三"), days(1))


def threshold(view: LegalView, measure: Measure, article: str = "二百一十七") -> ThresholdView:
    (row,) = [t for t in view.thresholds if t.measure == measure.label and article in t.article and t.applies]
    return row


def test_washing_is_civil_first_and_nobody_is_promised_a_penalty(cases: Cases) -> None:
    view = seen(cases, cases.lead(kind=MatchKind.WASHED))
    assert "第五十二条第（五）项" in view.civil
    assert view.administrative == ""
    assert "请勿向权利人承诺给予处罚" in view.act_note
    assert any("民事" in line for line in view.suggestions)
    assert not any("行政处罚，由办案" in line for line in view.suggestions)


def test_copying_asks_for_the_harm_to_the_public_interest(cases: Cases) -> None:
    number = cases.lead(kind=MatchKind.VERBATIM)
    view = seen(cases, number)
    assert view.public_interest == ""
    assert "公共利益损害情形" in view.missing
    enter(cases, number, public_interest="面向不特定公众大量传播")
    view = seen(cases, number)
    assert view.public_interest == "面向不特定公众大量传播"
    assert "公共利益损害情形" not in view.missing
    assert any("可研究是否行政处罚" in line for line in view.suggestions)


def test_turnover_is_estimated_with_its_arithmetic_and_at_least_stays_at_least(cases: Cases) -> None:
    number = cases.lead(price="9.90", sales=1200, sales_at_least=True)
    amount = seen(cases, number).extent.of(Measure.TURNOVER)
    assert amount.value == 11880
    assert amount.at_least
    assert amount.lines == (
        "案线〔2026〕0001号 http://shop.example.cn/1：9.90 元 × 1,200 件（页面写“以上”，按至少计） = 11,880 元以上",
    )
    assert amount.words("元") == "11,880 元以上（估算）"


def test_a_listing_seen_often_counts_once_at_its_lowest_price(cases: Cases) -> None:
    number = cases.lead(price="12", sales=100)
    cases.lead(at=days(1), price="10", sales=150)
    amount = seen(cases, number).extent.of(Measure.TURNOVER)
    assert amount.value == 1500
    assert "曾标 12 元，按最低价计" in amount.lines[0]


def test_a_page_without_price_or_sales_is_said_and_not_counted(cases: Cases) -> None:
    number = cases.lead(price="12")
    amount = seen(cases, number).extent.of(Measure.TURNOVER)
    assert amount.value is None
    assert amount.lines[0].endswith("页面没有销量，未计入")
    assert "目前数额未知" in threshold(seen(cases, number), Measure.TURNOVER).words


@pytest.mark.parametrize("price", ["NaN", "-3", "一元", "1e99"])
def test_hostile_prices_do_not_count(cases: Cases, price: str) -> None:
    number = cases.lead()
    cases.lead(at=days(1), sales=5, tags=["x"])
    capture = cases.capture("http://shop.example.cn/1", at=days(2), price=price, sales=10**15)
    assert capture
    assert seen(cases, number).extent.of(Measure.TURNOVER).value is None


def test_figures_are_summed_over_time_and_over_all_accounts_of_one_infringer(cases: Cases) -> None:
    contact = "联系微信：yehang_chuan2 下单"
    first = cases.lead("http://shop.example.cn/1", seller="甲店", price="100", sales=300, text=contact)
    cases.lead("http://shop.example.cn/2", seller="乙店", price="100", sales=250, text=contact, at=days(40))
    cases.lead("http://shop.example.cn/3", seller="丙店", price="100", sales=900)
    view = seen(cases, first)
    assert view.infringer_leads == ("案线〔2026〕0001号", "案线〔2026〕0002号")
    assert view.extent.of(Measure.TURNOVER).value == 55_000
    row = threshold(view, Measure.TURNOVER)
    assert (row.reached, row.figure) == (True, 50_000)
    assert any("研究是否移送公安机关" in line for line in view.suggestions)
    assert view.unconfirmed == view.infringer_leads, "what nobody has confirmed is in the sum, and said to be"
    assert any("2 条线索尚未确认" in line for line in view.missing)
    assert (view.extent.first, view.extent.last) == (FOUND.date(), days(40).date())


def test_an_at_least_sum_below_the_figure_is_not_said_to_be_below(cases: Cases) -> None:
    row = threshold(seen(cases, cases.lead(price="1", sales=40_000, sales_at_least=True)), Measure.TURNOVER)
    assert row.reached is None
    assert "尚未见达到，实际可能更高" in row.words


def test_a_verified_figure_takes_the_place_of_the_estimate(cases: Cases) -> None:
    number = cases.lead(price="9.9", sales=100)
    enter(cases, number, turnover="6.2万", gains="31000")
    view = seen(cases, number)
    assert view.extent.of(Measure.TURNOVER).words("元") == "62,000 元（核实）"
    assert threshold(view, Measure.GAINS).reached is True


def test_the_figure_of_the_day_applies_and_the_older_one_is_shown_for_older_acts(cases: Cases) -> None:
    old = datetime(2025, 4, 1, tzinfo=UTC)
    number = cases.lead(at=old, kind=MatchKind.VERBATIM, page_kind=PageKind.ARTICLE, views=60_000)
    cases.lead(at=datetime(2025, 6, 1, tzinfo=UTC), kind=MatchKind.VERBATIM, page_kind=PageKind.ARTICLE, views=90_000)
    rows = [t for t in seen(cases, number).thresholds if t.measure == Measure.CLICKS.label]
    before, now = sorted(rows, key=lambda row: row.valid_from)
    assert (before.figure, before.applies, before.reached, before.amount.value) == (50_000, False, True, 60_000)
    assert (now.figure, now.applies, now.reached, now.amount.value) == (100_000, True, False, 90_000)
    assert now.check and "【待核】" in now.words
    assert "跨越新旧标准" in before.words


def test_two_measures_at_half_are_added_up(cases: Cases) -> None:
    number = cases.lead(kind=MatchKind.VERBATIM, price="1", sales=25_000, views=50_000)
    view = seen(cases, number)
    assert len(view.combined) == 2
    assert not any(t.reached for t in view.thresholds if "二百一十七" in t.article)
    assert any("两项各达一半" in line for line in view.suggestions)


def test_selling_copies_after_a_penalty_has_a_lower_figure(cases: Cases) -> None:
    number = cases.lead(price="60", sales=1000)
    assert not [t for t in seen(cases, number).thresholds if t.after_penalty]
    enter(cases, number, penalty="2025-10-01")
    (row,) = [t for t in seen(cases, number).thresholds if t.after_penalty and t.measure == Measure.SALES.label]
    assert (row.figure, row.reached) == (50_000, True)


def test_profit_is_read_off_the_page_with_its_place(cases: Cases) -> None:
    number = cases.lead(kind=MatchKind.VERBATIM, text="第一章 正文在此。本章后续内容请开通会员后阅读。")
    (sign,) = seen(cases, number).profit
    assert (sign.label, sign.place) == ("会员收费", "text:16")
    assert "开通会员" in sign.words
    bare = seen(cases, cases.lead("http://shop.example.cn/2", kind=MatchKind.VERBATIM, text="只有正文"))
    assert any("营利目的" in line for line in bare.missing)


def test_reasonable_suspicion_in_the_officer_s_words_is_a_trigger_of_its_own(cases: Cases) -> None:
    number = cases.lead()
    assert not any("合理嫌疑" in line for line in seen(cases, number).suggestions)
    enter(cases, number, suspicion="仓库视频显示批量印制")
    assert any("有合理嫌疑即可移送" in line for line in seen(cases, number).suggestions)


def clock(facts: dict[FactKey, str], code: str, now: datetime, **more: bool) -> ClockView:
    checked = {key: check(key, value) for key, value in facts.items()}
    (found,) = [c for c in clock_views(LAW.clocks, Facts(checked), now, **more) if c.code == code]
    return found


def test_two_years_run_from_the_end_of_the_act_not_while_it_goes_on() -> None:
    now = datetime(2026, 3, 2, tzinfo=UTC)
    assert clock({}, "limitation", now).state is ClockState.NOT_STARTED
    ended = clock({FactKey.ACT_ENDED: "2024-02-29"}, "limitation", now)
    assert ended.state is ClockState.OVERDUE
    assert f"{ended.due:%Y-%m-%d %H:%M:%S}" == "2026-02-28 23:59:59"
    gone = clock_views(LAW.clocks, Facts(), now, ended=now)[0]
    assert gone.state is ClockState.RUNNING and "按看到页面下架之日计" in gone.words


def test_fifteen_days_run_only_on_e_commerce_and_stop_when_the_holder_sues() -> None:
    forwarded = {FactKey.DECLARATION_FORWARDED: "2026-03-02"}
    now = datetime(2026, 3, 10, tzinfo=UTC)
    assert clock(forwarded, "declaration", now, listing=True).due == datetime(2026, 3, 17, 23, 59, 59, tzinfo=BEIJING)
    assert "declaration" not in {c.code for c in clock_views(LAW.clocks, Facts(), now)}
    sued = {**forwarded, FactKey.HOLDER_SUED: "2026年3月9日"}
    assert clock(sued, "declaration", now, listing=True).state is ClockState.DONE


def test_a_transfer_has_three_days_and_then_twenty_four_hours() -> None:
    reported = {FactKey.TRANSFER_REPORTED: "2026-03-02 16:00"}
    decide = clock(reported, "transfer_decide", datetime(2026, 3, 3, tzinfo=UTC))
    assert f"{decide.due:%m-%d %H:%M}" == "03-05 23:59"
    decided = {**reported, FactKey.TRANSFER_DECIDED: "2026-03-04 10:30"}
    send = clock(decided, "transfer_send", datetime(2026, 3, 4, 8, tzinfo=UTC))
    assert (send.state, f"{send.due:%m-%d %H:%M}") == (ClockState.RUNNING, "03-05 10:30")
    late = {**decided, FactKey.TRANSFER_SENT: "2026-03-05 11:00"}
    assert clock(late, "transfer_send", datetime(2026, 3, 6, tzinfo=UTC)).state is ClockState.LATE


def test_workdays_leave_out_weekends_and_holidays_and_count_shifted_days() -> None:
    before = datetime(2026, 2, 13, 9, tzinfo=BEIJING)
    due, sure = deadline(before, 7, "workdays")
    assert sure
    # Saturday the 14th is worked; the Spring Festival is from the 15th to the 23rd; Saturday the 28th is worked again.
    assert due.date().isoformat() == "2026-03-02"
    _, known = deadline(before + timedelta(days=365 * 30), 7, "workdays")
    assert not known


def test_every_figure_of_the_table_has_dates_and_a_source_and_none_overlaps_another() -> None:
    for row in LAW.thresholds:
        assert row.source
        same = [
            other
            for other in LAW.thresholds
            if (other.article, other.measure, other.after_penalty) == (row.article, row.measure, row.after_penalty)
            and other.holds_on(row.valid_from)
        ]
        assert same == [row]
    assert {kind for act in LAW.acts for kind in act.kinds} >= {
        MatchKind.VERBATIM, MatchKind.EXCERPT, MatchKind.DISGUISED, MatchKind.WASHED, MatchKind.RESKINNED, MatchKind.SALE
    }  # fmt: skip
    assert "请核对现行有效文本" in LAW.notice


def test_a_dismissed_lead_can_still_be_looked_up_but_counts_with_nobody(cases: Cases) -> None:
    contact = "电话 13900001111"
    first = cases.lead("http://shop.example.cn/1", seller="甲店", price="10", sales=10, text=contact)
    second = cases.lead("http://shop.example.cn/2", seller="乙店", price="10", sales=10, text=contact)
    with cases.database.session() as session:
        change = Change(LeadStatus.DISMISSED, reason="正版")
        change_leads(session, find_leads(session, [second]), change, Officer("张三"))
    assert seen(cases, first).extent.of(Measure.TURNOVER).value == 100
    assert seen(cases, second).extent.leads == 1
