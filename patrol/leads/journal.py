"""Journal of leads: appends a line for every change, with who, under which account, when and why.

A change is taken over only when the lead still stands where the officer saw it; several leads change together or not at
all. ``lead.status`` and ``lead.department`` are copies of what the journal says last, for quick lists.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from patrol import clock
from patrol.actor import Officer
from patrol.db.casework import LeadFact
from patrol.db.models import Lead, LeadEvent
from patrol.errors import InputError, InputProblems, Problem
from patrol.leads.facts import FactKey, check, facts_of, numbers_in
from patrol.leads.queries import lead_numbered
from patrol.leads.workflow import refusal
from patrol.text.storage import storable
from patrol.vocabulary import LeadStatus


@dataclass(frozen=True, slots=True)
class Change:
    """What to change of one lead. ``facts`` hold checked values (``facts.check``); "" takes one back."""

    status: LeadStatus | None = None
    facts: Mapping[FactKey, str] = field(default_factory=dict)
    reason: str = ""


def find_leads(session: Session, numbers: Sequence[str]) -> list[Lead]:
    """Find the leads of these numbers (编号, or their plain ids), in that order, each once.

    Raises InputProblems naming every number that is none.
    """
    found: dict[int, Lead] = {}
    problems = []
    for number in numbers:
        lead = session.scalar(select(Lead).where(lead_numbered(number)))
        if lead is None:
            problems.append(Problem(number, "没有这个编号的线索", remedy="可用 patrol leads list 查看"))
        else:
            found[lead.id] = lead
    if problems:
        raise InputProblems(problems)
    return list(found.values())


def change_leads(
    session: Session, leads: Sequence[Lead], change: Change, officer: Officer, now: datetime | None = None
) -> int:
    """Make the same change to several leads, all or none; return how many changed.

    Raises InputProblems naming each lead for which the step is not allowed.
    """
    problems = []
    for lead in leads:
        found = refusal(LeadStatus(lead.status), change.status or LeadStatus(lead.status), change.reason)
        if found is not None:
            problems.append(Problem(lead.number, found.message, remedy=found.remedy))
    if problems:
        raise InputProblems(problems, "一条也没有改：" if len(leads) > 1 else "")
    return sum(record(session, lead, change, officer, now) is not None for lead in leads)


def set_status(session: Session, numbers: Sequence[str], status: LeadStatus, officer: Officer, reason: str = "") -> int:
    """Bring the leads of these numbers to a status, all or none; return how many changed. Raises as ``change_leads``."""
    return change_leads(session, find_leads(session, numbers), Change(status, reason=reason), officer)


def add_note(session: Session, numbers: Sequence[str], reason: str, officer: Officer) -> int:
    """Put a line into the journals of the leads of these numbers, whose status stays; return how many there are.

    Raises InputError for an empty one, InputProblems naming numbers that are none.
    """
    if not reason.strip():
        raise InputError("请用 --reason 写明要记的内容")
    return change_leads(session, find_leads(session, numbers), Change(reason=reason), officer)


def enter_fact(session: Session, number: str, key: FactKey, value: str, officer: Officer, reason: str = "") -> bool:
    """Enter one fact of a lead; "" takes it back. Return whether that changed anything.

    Raises InputError for a value that cannot be read, InputProblems naming numbers that are none.
    """
    try:
        plain = check(key, value)
    except ValueError as error:
        raise InputError(str(error)) from error
    if key is FactKey.NOT_SAME:
        plain = "、".join(lead.number for lead in find_leads(session, numbers_in(plain)))
    return change_leads(session, find_leads(session, [number]), Change(None, {key: plain}, reason), officer) > 0


def record(
    session: Session, lead: Lead, change: Change, officer: Officer, now: datetime | None = None
) -> LeadEvent | None:
    """Append one line to the journal of ``lead`` and bring the lead up to it. None when there is nothing to change.

    Raises InputError when the step is not allowed, or when somebody else changed the lead at the same moment.
    """
    at = now or clock.now()
    before = LeadStatus(lead.status)
    after = change.status or before
    refused = refusal(before, after, change.reason)
    if refused is not None:
        raise InputError(f"{lead.number}：{refused}")
    standing = current(session, [lead])[lead.id]
    entered = {
        key: checked
        for key, value in change.facts.items()
        if (checked := check(key, storable(value))) != standing.get(key, "")
    }
    reason = storable(change.reason.strip())
    if after == before and not entered and not reason:
        return None
    said = [reason] if reason else []
    said += [f"{key.label}：{value or '（撤销）'}" for key, value in entered.items()]
    event = LeadEvent(
        lead_id=lead.id,
        at=at,
        who=officer.name,
        account=officer.account,
        status=after.value,
        reason="；".join(said),
    )
    session.add(event)
    session.flush()
    for key, value in entered.items():
        row = LeadFact(lead_id=lead.id, event_id=event.id, key=key.value, value=value, old=standing.get(key, ""))
        session.add(row)
    values = {"status": after.value}
    if FactKey.DEPARTMENT in entered:
        values["department"] = entered[FactKey.DEPARTMENT][:100]
    moved = session.execute(
        update(Lead).where(Lead.id == lead.id, Lead.status == before.value).values(values).returning(Lead.id),
        execution_options={"synchronize_session": False},
    ).first()
    if moved is None:
        raise InputError(f"{lead.number}：刚刚被别人改动过，这次没有保存。请查看后重做")
    session.refresh(lead)
    return event


def current(session: Session, leads: Sequence[Lead]) -> dict[int, dict[FactKey, str]]:
    """Return what stands for each lead now; the department where nobody has entered one is the program's suggestion."""
    entered = facts_of(session, [lead.id for lead in leads])
    return {lead.id: {FactKey.DEPARTMENT: lead.department, **entered[lead.id].values} for lead in leads}
