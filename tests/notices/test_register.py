"""A notice is drafted for what a person confirmed, sent once, and its pages are watched until they stay gone."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from patrol.actor import Officer
from patrol.db.casework import NoticeEvent
from patrol.db.models import Capture, Target
from patrol.errors import InputError
from patrol.leads.facts import FactKey
from patrol.leads.journal import Change, change_leads, find_leads
from patrol.leads.queries import lead_view
from patrol.notices.content import BLANK, Letter, Letters, NoticeAct, NoticeKind, Sender, compose, joined
from patrol.notices.follow_up import Observation, observe, unscheduled, watched_targets
from patrol.notices.platforms import PlatformView, platforms
from patrol.notices.register import NoticeView, draft, enter_act, mark_sent, notice_views
from patrol.notices.safe_harbour import HarbourView, safe_harbour
from patrol.patrols.plan import NothingDue, planned_targets
from patrol.patrols.records import Wanted
from patrol.tables.table import SHIPPED
from patrol.vocabulary import LeadStatus, MatchKind, PageState
from tests.leads.cases import FOUND, Cases, days

pytestmark = pytest.mark.dates

ZHANG = Officer("张三", "zhang")
OFFICE = Sender("某镇版权工作站", "某省某市")
PAGE = "http://shop.example.cn/1"
_S, _A = LeadStatus, NoticeAct


def confirmed(cases: Cases, url: str = PAGE, **more: object) -> str:
    number = cases.lead(url, seller="甲店", title="夜航船 高清电子版", **more)  # type: ignore[arg-type]
    move(cases, number, _S.CONFIRMED)
    return number


def move(cases: Cases, number: str, status: LeadStatus) -> None:
    with cases.database.session() as session:
        change_leads(session, find_leads(session, [number]), Change(status, reason="核实"), ZHANG, days(0.5))


def drafted(cases: Cases, number: str, kind: NoticeKind = NoticeKind.HOLDER, sender: Sender = OFFICE) -> NoticeView:
    with cases.database.session() as session:
        return draft(session, number, kind, sender, ZHANG, workspace=None, now=days(1))


def sent(cases: Cases, number: str, kind: NoticeKind = NoticeKind.HOLDER) -> NoticeView:
    notice = drafted(cases, number, kind)
    with cases.database.session() as session:
        return mark_sent(session, notice.id, days(1), ZHANG, now=days(1.1))


def look(cases: Cases) -> list[Observation]:
    with cases.database.session() as session:
        return observe(session, None, now=days(300))


def status(cases: Cases, number: str) -> LeadStatus:
    with cases.database.session() as session:
        view = lead_view(session, None, number)
    assert view is not None
    return view.status


def the_notice(cases: Cases, number: int = 1) -> NoticeView:
    with cases.database.session() as session:
        (view,) = notice_views(session, ids=[number])
    return view


def gone(cases: Cases, at: float, url: str = PAGE) -> int:
    return cases.capture(url, at=days(at), state=PageState.GONE)


def there(cases: Cases, at: float, url: str = PAGE) -> int:
    return cases.capture(url, at=days(at))


# -- what the office's own table says ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("kind", "takedown", "watched"),
    [(NoticeKind.RECTIFY, False, False), (NoticeKind.ASSIST, True, True), (NoticeKind.HOLDER, True, True)],
)
def test_whether_a_letter_asks_for_removal_stands_in_the_table_and_is_frozen_with_it(
    cases: Cases, tmp_path: Path, kind: NoticeKind, takedown: bool, watched: bool
) -> None:
    (tmp_path / "tables").mkdir()
    own = tmp_path / "tables" / "notices.yaml"
    shipped = (SHIPPED / "notices.yaml").read_text(encoding="utf-8")
    head, mark, row = shipped.partition(f"  {kind.label}:")
    before, key, after = row.partition("takedown: ")
    written = f"{head}{mark}{before}{key}{str(takedown).lower()}\n{after.partition(chr(10))[2]}"
    own.write_text(written, encoding="utf-8")
    number = confirmed(cases)
    with cases.database.session() as session:
        session.add(Target(name="甲店", field="book", site="甲平台", imported_at=FOUND))
        notice = draft(session, number, kind, OFFICE, ZHANG, workspace=tmp_path, now=days(1))
        own.unlink()
        mark_sent(session, notice.id, days(1), ZHANG, now=days(1.1))
    assert (status(cases, number) is _S.NOTIFIED) is watched
    there(cases, 9)
    assert bool(look(cases)) is watched
    with cases.database.session() as session:
        assert bool(platforms(session, days(300), None)) is watched


# -- drafting ----------------------------------------------------------------------------------------------------------


def test_a_right_holder_s_notice_has_its_three_items_and_is_signed_by_the_holder(cases: Cases) -> None:
    sender = Sender("某站", holder_contact="010-12345678", holder_address="某市某路", recipient="甲平台公司")
    view = drafted(cases, confirmed(cases), sender=sender)
    letter = view.letter
    assert letter is not None
    assert letter.signer.startswith("权利人")
    assert [item.label[:3] for item in letter.items] == ["权利人", "要求删", "构成侵"]
    assert letter.items[0].value == "青山出版社；010-12345678；某市某路"
    assert (letter.holder, letter.holder_contact, letter.holder_address) == ("青山出版社", "010-12345678", "某市某路")
    assert PAGE in letter.items[1].value
    assert "国作登字-2021-A-00000001" in letter.items[2].value
    assert letter.proofs[0].record_sha256 == f"{1:064x}"
    assert letter.blanks == ()
    assert (view.number, view.state) == ("权通〔2026〕0001号", "起草")


def test_the_office_signs_its_own_letters_with_two_officers(cases: Cases) -> None:
    number = confirmed(cases)
    one = drafted(cases, number, NoticeKind.RECTIFY, Sender("某站", officers=("张三",))).letter
    two = drafted(cases, number, NoticeKind.ASSIST, Sender("某站", officers=joined(["张三、李四"]))).letter
    assert one is not None and two is not None
    assert one.signer.startswith("本单位盖章") and "两名执法人员" in one.blanks
    assert two.officers == ("张三", "李四") and "两名执法人员" not in two.blanks
    assert any("网络地址" in line for line in two.demand)


def test_what_nobody_told_stays_a_blank_and_is_named(cases: Cases) -> None:
    letter = drafted(cases, confirmed(cases, work="不在库")).letter
    assert letter is not None
    assert BLANK in letter.items[0].value
    assert {"权利人", "权利人姓名（名称）、联系方式和地址"} <= set(letter.blanks)
    assert letter.recipient == "甲平台", "the directory's name for the site"


def test_each_kind_of_letter_wants_what_it_needs_and_no_more(cases: Cases) -> None:
    number = confirmed(cases)
    sender = Sender("某站", recipient="甲平台公司", officers=("张三", "李四"))
    order, asking = (drafted(cases, number, kind, sender).letter for kind in (NoticeKind.RECTIFY, NoticeKind.ASSIST))
    assert order is not None and asking is not None
    assert order.blanks == ("公共利益损害情形",)
    assert asking.blanks == ()
    assert not any("删除" in item.label for item in asking.items), "nothing is to be removed before it is looked into"
    with cases.database.session() as session:
        entered = Change(None, {FactKey.PUBLIC_INTEREST: "面向不特定公众低价销售"}, "核实")
        change_leads(session, find_leads(session, [number]), entered, ZHANG, days(1))
    again = drafted(cases, number, NoticeKind.RECTIFY, sender).letter
    assert again is not None and again.blanks == () and again.public_interest == "面向不特定公众低价销售"
    assert order.public_interest == "", "as it was drafted"


def test_a_letter_is_the_same_after_it_was_kept(cases: Cases) -> None:
    number = confirmed(cases)
    cases.lead(PAGE, at=days(0.7), seller="甲店；分店", title="夜航船；新版")
    with cases.database.session() as session:
        lead = lead_view(session, None, number, texts=False)
    assert lead is not None
    letters = Letters.load(None)
    sender = Sender("某站；分站", "某省", "甲；乙", ("张；三",), "王编辑；电话 010-1", "某路；某号")
    for kind, row in letters.kinds.items():
        letter = compose([lead], kind, row, sender)
        assert Letter.from_json(json.loads(json.dumps(letter.as_json()))) == letter
        assert letter.pages and letter.proofs


@pytest.mark.parametrize("before", [None, _S.REVIEWING, _S.DISMISSED])
def test_nobody_is_notified_of_what_no_person_confirmed(cases: Cases, before: LeadStatus | None) -> None:
    number = cases.lead()
    if before is not None:
        move(cases, number, before)
    with pytest.raises(InputError, match="不能起草权利人通知"):
        drafted(cases, number)


def test_after_a_counter_notice_the_holder_does_not_notify_again(cases: Cases) -> None:
    number = confirmed(cases)
    sent(cases, number)
    with cases.database.session() as session:
        view = enter_act(session, 1, _A.COUNTER, days(2), ZHANG, "称有授权", now=days(2))
    assert view.lead_status is _S.COUNTER_NOTICE
    with pytest.raises(InputError, match="第十七条"):
        drafted(cases, number)
    assert drafted(cases, number, NoticeKind.ASSIST).kind is NoticeKind.ASSIST


def test_an_order_to_correct_about_washing_is_cautioned(cases: Cases) -> None:
    letter = drafted(cases, confirmed(cases, kind=MatchKind.WASHED), NoticeKind.RECTIFY).letter
    assert letter is not None
    assert "先按民事侵权处理" in letter.cautions[0]


def test_a_letter_stays_as_it_was_drafted_whatever_happens_to_the_lead(cases: Cases) -> None:
    first = drafted(cases, confirmed(cases)).letter
    cases.lead(PAGE, seller="改名了", title="改了", at=days(3))
    assert the_notice(cases).letter == first
    assert first is not None and Letter.from_json(first.as_json()) == first


# -- sending -----------------------------------------------------------------------------------------------------------


def test_sending_makes_the_lead_notified_and_stands_in_the_journal(cases: Cases) -> None:
    number = confirmed(cases)
    view = sent(cases, number)
    assert (view.sent_at, view.lead_status, view.state) == (days(1), _S.NOTIFIED, "发出")
    with cases.database.session() as session:
        lead = lead_view(session, None, number)
    assert lead is not None
    assert lead.events[-1].reason == "权利人通知 权通〔2026〕0001号 已于 2026-03-03 发往甲平台"


def test_a_notice_is_sent_once_and_neither_before_the_finding_nor_in_the_future(cases: Cases) -> None:
    number = confirmed(cases)
    notice = drafted(cases, number)
    with cases.database.session() as session:
        with pytest.raises(InputError, match="还没有到"):
            mark_sent(session, notice.id, days(9), ZHANG, now=days(2))
        with pytest.raises(InputError, match="早于线索发现"):
            mark_sent(session, notice.id, days(-9), ZHANG, now=days(2))
        mark_sent(session, notice.id, days(1), ZHANG, now=days(2))
        with pytest.raises(InputError, match="不能重复登记"):
            mark_sent(session, notice.id, days(1), ZHANG, now=days(2))
        with pytest.raises(InputError, match="没有序号为 77"):
            mark_sent(session, 77, days(1), ZHANG, now=days(2))


def test_a_request_for_assistance_does_not_make_a_lead_notified(cases: Cases) -> None:
    number = confirmed(cases)
    sent(cases, number, kind=NoticeKind.ASSIST)
    assert status(cases, number) is _S.CONFIRMED


# -- watching ----------------------------------------------------------------------------------------------------------


def test_a_page_that_is_gone_makes_the_lead_removed_with_the_hours_it_took(cases: Cases) -> None:
    number = confirmed(cases)
    sent(cases, number)
    there(cases, 2)
    capture = gone(cases, 3)
    (seen,) = look(cases)
    assert (seen.act, seen.capture_id) == (_A.REMOVED, capture)
    assert status(cases, number) is _S.REMOVED
    view = the_notice(cases)
    assert (view.removed_at, view.hours, view.state) == (days(3), 48.0, "看到下架")


def test_looking_again_says_nothing_twice(cases: Cases) -> None:
    sent(cases, confirmed(cases))
    gone(cases, 3)
    assert len(look(cases)) == 1
    gone(cases, 4)
    assert look(cases) == look(cases) == []
    with cases.database.session() as session:
        assert len(session.scalars(select(NoticeEvent)).all()) == 3


def test_a_page_seen_before_the_notice_says_nothing(cases: Cases) -> None:
    number = confirmed(cases)
    gone(cases, 0.9)
    sent(cases, number)
    assert look(cases) == []
    assert status(cases, number) is _S.NOTIFIED


def test_a_page_that_comes_back_is_a_relapse(cases: Cases) -> None:
    number = confirmed(cases)
    sent(cases, number)
    gone(cases, 2)
    assert [seen.act for seen in look(cases)] == [_A.REMOVED]
    there(cases, 5)
    assert [seen.act for seen in look(cases)] == [_A.RELAPSED]
    view = the_notice(cases)
    assert (view.removed_at, view.relapses, view.hours, view.lead_status) == (None, 1, 24.0, _S.NOT_REMOVED)
    gone(cases, 6)
    assert [seen.act for seen in look(cases)] == [_A.REMOVED]
    assert the_notice(cases).removed_at == days(6)
    assert status(cases, number) is _S.REMOVED


def test_a_page_that_stays_is_not_removed_after_the_patience_of_the_office(cases: Cases) -> None:
    number = confirmed(cases)
    sent(cases, number)
    there(cases, 2)
    assert look(cases) == []
    there(cases, 4.5)
    there(cases, 5.5)
    assert [seen.act for seen in look(cases)] == [_A.STAYED]
    assert status(cases, number) is _S.NOT_REMOVED


def test_all_pages_of_a_lead_must_be_gone(cases: Cases) -> None:
    number = confirmed(cases, text="夜航船全文" * 50)
    second = "http://shop.example.cn/2"
    assert confirmed_same(cases, second) == number
    sent(cases, number)
    gone(cases, 2)
    assert look(cases) == []
    gone(cases, 3, second)
    assert [seen.act for seen in look(cases)] == [_A.REMOVED]


def confirmed_same(cases: Cases, url: str) -> str:
    return cases.lead(url, seller="甲店", text="夜航船全文" * 50, at=days(0.6))


def test_a_repost_after_the_removal_is_a_relapse(cases: Cases) -> None:
    number = confirmed(cases, text="夜航船全文" * 50)
    sent(cases, number)
    gone(cases, 2)
    look(cases)
    assert cases.lead("http://shop.example.cn/9", seller="甲店", text="夜航船全文" * 50, at=days(7)) == number
    assert [seen.act for seen in look(cases)] == [_A.RELAPSED]


def test_a_login_wall_or_a_block_is_no_removal(cases: Cases) -> None:
    sent(cases, confirmed(cases))
    cases.capture(PAGE, at=days(2), state=PageState.LOGGED_OUT)
    cases.capture(PAGE, at=days(3), state=PageState.BLOCKED)
    assert look(cases) == []


def test_a_page_whose_content_changed_is_shown_to_a_person_not_called_removed(cases: Cases) -> None:
    number = confirmed(cases)
    sent(cases, number)
    capture = cases.capture(PAGE, at=days(5), judged=True, title="已换成别的商品")
    with cases.database.session() as session:
        session.get_one(Capture, capture).payload_sha256 = "1" * 64
    assert [seen.act for seen in look(cases)] == [_A.ALTERED]
    assert status(cases, number) is _S.NOTIFIED


def test_restored_after_a_counter_notice_is_no_relapse_and_people_decide(cases: Cases) -> None:
    number = confirmed(cases)
    sent(cases, number)
    gone(cases, 2)
    look(cases)
    with cases.database.session() as session:
        enter_act(session, 1, _A.COUNTER, days(3), ZHANG, now=days(3))
    there(cases, 20)
    assert [seen.act for seen in look(cases)] == [_A.RESTORED]
    assert status(cases, number) is _S.COUNTER_NOTICE
    assert the_notice(cases).relapses == 0


def test_what_the_platform_calls_removed_and_is_still_there_is_a_relapse(cases: Cases) -> None:
    number = confirmed(cases)
    sent(cases, number)
    with cases.database.session() as session:
        enter_act(session, 1, _A.REMOVED, days(2), ZHANG, "平台回函", now=days(2))
    assert status(cases, number) is _S.REMOVED
    there(cases, 3)
    assert [seen.act for seen in look(cases)] == [_A.RELAPSED]
    assert status(cases, number) is _S.NOT_REMOVED


def test_targets_with_notices_out_are_due_daily(cases: Cases) -> None:
    number = confirmed(cases)
    with cases.database.session() as session:
        session.get_one(Target, 1).last_patrolled_at = days(1)
    with pytest.raises(NothingDue):
        planned_targets(cases.database, Wanted(), days(2))
    sent(cases, number)
    with cases.database.session() as session:
        assert watched_targets(session) == {1}
        assert unscheduled(session) == []
    assert [target.id for target in planned_targets(cases.database, Wanted(), days(2))] == [1]
    with pytest.raises(NothingDue):
        planned_targets(cases.database, Wanted(), days(1.5))
    move(cases, number, _S.CLOSED)
    with pytest.raises(NothingDue):
        planned_targets(cases.database, Wanted(), days(2))


# -- platforms ---------------------------------------------------------------------------------------------------------


def all_platforms(cases: Cases, now: float) -> list[PlatformView]:
    with cases.database.session() as session:
        return platforms(session, days(now), None)


def test_platforms_are_measured_by_removals_median_hours_and_relapses(cases: Cases) -> None:
    urls = [f"http://shop.example.cn/{n}" for n in range(1, 4)]
    for url, after in zip(urls, (1, 3, None), strict=True):
        sent(cases, confirmed(cases, url))
        if after is not None:
            gone(cases, 1 + after, url)
    look(cases)
    there(cases, 9, urls[0])
    look(cases)
    (view,) = all_platforms(cases, 10)
    assert (view.site, view.notices, view.removals, view.relapses, view.overdue) == ("shop", 3, 2, 1, 2)
    assert (view.median_hours, view.longest_hours) == (48.0, 72.0)
    assert any("仍未下架" in flag for flag in view.flags) and any("再次出现 1 次" in flag for flag in view.flags)


def test_a_platform_that_removes_nothing_and_an_account_that_comes_back_are_flagged(cases: Cases) -> None:
    for number in (1, 2):
        sent(cases, confirmed(cases, f"http://shop.example.cn/{number}"))
    cases.lead("http://shop.example.cn/3", seller="甲店", at=days(6))
    (view,) = all_platforms(cases, 7)
    assert "2 份通知只有 0 份看到下架" in view.flags
    assert view.returned == ("甲店",)


def test_a_platform_that_answers_at_once_is_not_flagged(cases: Cases) -> None:
    sent(cases, confirmed(cases))
    gone(cases, 1.2)
    look(cases)
    (view,) = all_platforms(cases, 30)
    assert view.flags == ()


def harbour(cases: Cases, now: float = 10) -> dict[str, HarbourView]:
    with cases.database.session() as session:
        return {row.code: row for row in safe_harbour(session, "shop", days(now), None)}


def test_the_checklist_has_evidence_in_each_row_or_says_that_there_is_none(cases: Cases) -> None:
    sent(cases, confirmed(cases, text="本周热播榜第一名《夜航船》，会员专享"))
    cases.lead("http://shop.example.cn/2", seller="甲店", at=days(4))
    cases.capture("http://shop.example.cn/", text="首页：夜航船。侵权投诉请联系", at=FOUND)
    rows = harbour(cases)
    assert rows["ranked"].finding == "有不利迹象"
    assert "热播榜" in rows["ranked"].evidence[0].words
    assert rows["ranked"].evidence[0].capture_id == 1
    assert rows["home"].evidence[0].words.startswith("首页出现《夜航船》")
    assert rows["benefit"].finding == "有不利迹象"
    assert (rows["stated"].finding, rows["channel"].finding) == ("有有利迹象", "有有利迹象")
    assert "9 天后仍未见下架" in rows["noticed"].evidence[0].words
    assert "甲店（shop）：线索 2 条，其中通知后新出现 1 条" in rows["repeated"].evidence[0].words
    assert rows["unchanged"].finding == "须人工核实"
    assert rows["edited"].finding == "未见迹象"
    assert all(row.rule for row in rows.values())


def test_a_platform_without_leads_has_no_checklist(cases: Cases) -> None:
    with pytest.raises(InputError, match="没有未排除的线索"):
        harbour(cases)
