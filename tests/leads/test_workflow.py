"""A lead goes from step to step by a person's hand, and everything that was done to it stays readable."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from sqlalchemy import select, update

from patrol.actor import Officer
from patrol.db.models import Lead, LeadEvent
from patrol.errors import InputError, InputProblems
from patrol.leads.facts import FactKey, check, facts_of
from patrol.leads.journal import Change, change_leads, find_leads, record
from patrol.leads.queries import lead_view
from patrol.leads.workflow import TRANSITIONS, needs_reason, refusal
from patrol.vocabulary import LeadStatus
from tests.leads.cases import Cases, days

ZHANG = Officer("张三", "zhang")


def move(cases: Cases, numbers: Sequence[str], status: LeadStatus | None, reason: str = "", **facts: str) -> int:
    entered = {FactKey(key): value for key, value in facts.items()}
    with cases.database.session() as session:
        return change_leads(session, find_leads(session, numbers), Change(status, entered, reason), ZHANG, days(1))


def status(cases: Cases, number: str) -> LeadStatus:
    with cases.database.session() as session:
        view = lead_view(session, None, number)
    assert view is not None
    return view.status


def test_every_status_can_be_reached_and_every_lead_can_be_closed() -> None:
    reached, ways = {LeadStatus.NEW}, [LeadStatus.NEW]
    while ways:
        for after in TRANSITIONS[ways.pop()]:
            if after not in reached:
                reached.add(after)
                ways.append(after)
    assert reached == set(LeadStatus)
    closing = {LeadStatus.CLOSED, LeadStatus.DISMISSED}
    for _ in LeadStatus:
        closing |= {before for before, after in TRANSITIONS.items() if closing & set(after)}
    assert closing == set(LeadStatus)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (LeadStatus.NEW, LeadStatus.NOTIFIED),
        (LeadStatus.NEW, LeadStatus.REFERRED),
        (LeadStatus.DISMISSED, LeadStatus.NOTIFIED),
        (LeadStatus.COUNTER_NOTICE, LeadStatus.NOTIFIED),
    ],
)
def test_nobody_is_notified_or_referred_before_a_person_confirmed_nor_twice_after_a_counter_notice(
    before: LeadStatus, after: LeadStatus
) -> None:
    refused = refusal(before, after, "理由")
    assert refused is not None
    assert "下一步可以是" in str(refused)


def test_dismissing_needs_a_reason_and_so_does_taking_up_again() -> None:
    assert needs_reason(LeadStatus.REVIEWING, LeadStatus.DISMISSED)
    assert needs_reason(LeadStatus.CLOSED, LeadStatus.REVIEWING)
    assert not needs_reason(LeadStatus.NEW, LeadStatus.REVIEWING)
    assert str(refusal(LeadStatus.NEW, LeadStatus.DISMISSED, "  ")) == "改为“已排除”要写明理由"


def test_the_journal_tells_who_when_why_and_keeps_every_line(cases: Cases) -> None:
    number = cases.lead()
    move(cases, [number], LeadStatus.REVIEWING)
    move(cases, [number], LeadStatus.CONFIRMED, "与登记样本一致")
    with cases.database.session() as session:
        view = lead_view(session, None, number)
    assert view is not None
    assert [(e.who, e.account, e.status, e.reason) for e in view.events] == [
        ("程序", "", LeadStatus.NEW, "巡查发现，定为乙级"),
        ("张三", "zhang", LeadStatus.REVIEWING, ""),
        ("张三", "zhang", LeadStatus.CONFIRMED, "与登记样本一致"),
    ]
    assert view.events[-1].at == days(1)


def test_several_leads_change_together_or_not_at_all(cases: Cases) -> None:
    first, second = cases.lead(), cases.lead("http://shop.example.cn/2")
    move(cases, [second], LeadStatus.DISMISSED, "正版旧书")
    with pytest.raises(InputProblems, match="0002号：“已排除”的线索不能直接改为“已确认”"):
        move(cases, [first, second], LeadStatus.CONFIRMED, "一致")
    assert status(cases, first) is LeadStatus.NEW
    assert move(cases, [second, first, first], LeadStatus.REVIEWING, "重新核查") == 2


def test_numbers_that_are_none_are_all_named(cases: Cases) -> None:
    cases.lead()
    with pytest.raises(InputProblems, match=r"(?s)案线9：没有这个编号.*77：没有这个编号"):
        move(cases, ["1", "案线9", "77"], LeadStatus.REVIEWING)


def test_a_lead_that_somebody_changed_at_the_same_moment_is_not_changed_again(cases: Cases) -> None:
    number = cases.lead()
    with cases.database.session() as session:
        (lead,) = find_leads(session, [number])
        # Another officer's command, between this one's looking and writing.
        session.execute(
            update(Lead).where(Lead.id == lead.id).values(status="dismissed"),
            execution_options={"synchronize_session": False},
        )
        with pytest.raises(InputError, match="刚刚被别人改动过"):
            record(session, lead, Change(LeadStatus.REVIEWING), ZHANG)
        session.rollback()
    with cases.database.session() as session:
        assert len(session.scalars(select(LeadEvent)).all()) == 1


def test_what_an_officer_enters_is_kept_with_what_stood_before(cases: Cases) -> None:
    number = cases.lead()
    move(cases, [number], None, turnover="1.2万")
    move(cases, [number], None, turnover="15,000元", department="公安机关")
    move(cases, [number], None, turnover="15000")
    with cases.database.session() as session:
        view = lead_view(session, None, number)
        assert view is not None
        facts = facts_of(session, [view.id])[view.id]
    assert facts.number(FactKey.TURNOVER) == 15000
    assert view.department == "公安机关"
    assert [e.reason for e in view.events[1:]] == [
        "核实的违法经营额：12000",
        "核实的违法经营额：15000；承办部门：公安机关",
    ], "what is the same again is no change"


@pytest.mark.parametrize(
    ("key", "text"),
    [
        (FactKey.TURNOVER, "很多"),
        (FactKey.TURNOVER, "-5"),
        (FactKey.TURNOVER, "NaN"),
        (FactKey.COPIES, "1.5"),
        (FactKey.CASE_OPENED, "上个月"),
        (FactKey.TRANSFER_DECIDED, "2026-03-02"),
        (FactKey.NOTE, "长" * 5000),
    ],
)
def test_facts_that_could_not_be_read_back_are_refused(key: FactKey, text: str) -> None:
    with pytest.raises(ValueError, match=r"不是|超过"):
        check(key, text)


def test_an_officer_has_a_name_and_is_not_the_program() -> None:
    assert Officer.acting(" 李 四 ").name == "李 四"
    assert Officer.acting("李四").account
    for name in ("", "程序", "长" * 200):
        with pytest.raises(InputError, match="经办人"):
            Officer.acting(name)
