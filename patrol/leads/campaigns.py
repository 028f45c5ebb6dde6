"""Campaigns (专项行动): keep their periods, what belongs to them, and the figures that people enter.

A patrol belongs to the campaign that holds the day of its start, a lead to the one that holds the day it was found; of
several, to the one that began last (the more particular). Days are Beijing's.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from sqlalchemy import Connection, or_, select, update
from sqlalchemy.orm import Session

from patrol import clock
from patrol.actor import Officer
from patrol.clock import Period
from patrol.db.casework import CampaignEntry
from patrol.db.models import Campaign, Lead, Patrol
from patrol.errors import InputError
from patrol.leads.statistics import campaign_figures
from patrol.vocabulary import CampaignItem

_MAX_VALUE = Decimal("999999999999.99")


def campaign_on(connection: Connection, day: date) -> int | None:
    """Return the campaign of a day; None when there is none."""
    query = (
        select(Campaign.id)
        .where(
            or_(Campaign.starts.is_(None), Campaign.starts <= day), or_(Campaign.ends.is_(None), Campaign.ends >= day)
        )
        .order_by(Campaign.starts.desc().nulls_last(), Campaign.id.desc())
        .limit(1)
    )
    return connection.scalar(query)


def add_campaign(session: Session, name: str, starts: date, ends: date, focus: str) -> tuple[int, int, tuple[str, ...]]:
    """Add a campaign; patrols and leads of its period become its own. Returns how many patrols and leads did, and which
    other campaigns its period touches.

    Raises InputError for an empty or known name, or a period that ends before it begins.
    """
    name = " ".join(name.split())
    if not name or len(name) > 200:
        raise InputError("专项行动要有名称，最多 200 个字")
    if len(focus) > 1000:
        raise InputError("行动重点太长，最多 1000 个字")
    if ends < starts:
        raise InputError(f"截止日期 {ends} 早于起始日期 {starts}")
    if session.scalar(select(Campaign.id).where(Campaign.name == name)) is not None:
        raise InputError(f"已有名为“{name}”的专项行动。可用 patrol campaigns show {name} 查看")
    touching = session.scalars(
        select(Campaign.name).where(
            or_(Campaign.starts.is_(None), Campaign.starts <= ends),
            or_(Campaign.ends.is_(None), Campaign.ends >= starts),
        )
    ).all()
    campaign = Campaign(name=name, starts=starts, ends=ends, focus=focus)
    session.add(campaign)
    session.flush()
    days = Period(starts, ends)
    earlier = select(Campaign.id).where(or_(Campaign.starts.is_(None), Campaign.starts <= starts))
    moved = []
    for table, column in ((Patrol, Patrol.started_at), (Lead, Lead.found_at)):
        mine = (
            update(table)
            .where(column >= days.start, column < days.end)
            .where(or_(table.campaign_id.is_(None), table.campaign_id.in_(earlier)))
            .values(campaign_id=campaign.id)
        )
        moved.append(int(session.execute(mine.execution_options(synchronize_session=False)).rowcount))  # type: ignore[attr-defined]
    return moved[0], moved[1], tuple(touching)


def campaign_named(session: Session, name: str) -> Campaign:
    """Find a campaign by name, or by a part of it that only one has. Raises InputError."""
    campaigns = session.scalars(select(Campaign).order_by(Campaign.id)).all()
    exact = [c for c in campaigns if c.name == name.strip()]
    found = exact or [c for c in campaigns if name.strip() and name.strip() in c.name]
    if len(found) == 1:
        return found[0]
    if found:
        raise InputError(f"“{name}”对应不止一个专项行动：{'、'.join(c.name for c in found)}。请写全名称")
    raise InputError(f"没有名为“{name}”的专项行动。可用 patrol campaigns list 查看")


def enter_figure(session: Session, campaign: Campaign, item: str, value: str, who: str, note: str) -> CampaignEntry:
    """Append a figure; ``item`` is a column's name or label. Raises InputError."""
    try:
        chosen = CampaignItem.parse(item)
    except ValueError as error:
        raise InputError(f"项目：{error}") from error
    try:
        number = Decimal(value.replace(",", "").replace("，", "").removesuffix(chosen.unit).strip())
        if not number.is_finite() or abs(number) > _MAX_VALUE:
            raise InvalidOperation
    except InvalidOperation:
        raise InputError(f"数值：“{value}”不是数字，请写成 12 或 35000.50 这样") from None
    whole = chosen is not CampaignItem.AMOUNT
    if whole and number != number.to_integral_value():
        raise InputError(f"数值：{chosen.label}以“{chosen.unit}”计，应当是整数")
    if number == 0:
        raise InputError("数值：填 0 没有作用")
    if number < 0 and not note:
        raise InputError("数值：更正时填负数，请用 --note 写明原因")
    officer = Officer.acting(who)
    entry = CampaignEntry(
        campaign_id=campaign.id,
        item=chosen.value,
        value=number.quantize(Decimal("0.01")),
        at=clock.now(),
        who=officer.name,
        note=note,
    )
    session.add(entry)
    session.flush()
    return entry


@dataclass(frozen=True, slots=True)
class EnteredFigure:
    """A figure that was added to a campaign's summary, and what the column comes to with it."""

    campaign: str
    item: CampaignItem
    value: Decimal
    total: Decimal


def enter_named(session: Session, name: str, item: str, value: str, who: str, note: str) -> EnteredFigure:
    """Append a figure to the campaign of this name (or part of it). Raises InputError."""
    campaign = campaign_named(session, name)
    entry = enter_figure(session, campaign, item, value, who, note)
    column = next(figure for figure in campaign_figures(session, campaign).columns if figure.item == entry.item)
    return EnteredFigure(campaign.name, column.item, entry.value, column.total)
