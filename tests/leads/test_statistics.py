"""Campaigns hold what falls into their period, and every figure is counted in one way."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import partial

import pytest
from sqlalchemy import insert, select

from patrol import clock
from patrol.config import CHECKOUT, Workspace
from patrol.db.casework import CampaignEntry
from patrol.db.models import Campaign, Capture, Lead, LeadEvent, Notice, Patrol, PatrolTarget, Target, Work
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.leads.campaigns import add_campaign, campaign_named, campaign_on, enter_figure
from patrol.leads.statistics import REACHED, TALLY_COLUMNS, campaign_figures, figures, figures_by_campaign
from patrol.leads.store import Ledger
from patrol.leads.views import LeadFilter
from patrol.patrols import records
from patrol.patrols.records import Wanted
from patrol.vocabulary import CampaignItem, Grade, LeadStatus
from tests.cli.calling import patrol as command
from tests.leads.test_store import judged, kept

pytestmark = pytest.mark.dates


def at(month: int, day: int) -> datetime:
    return datetime(2026, month, day, 4, tzinfo=UTC)


def seen(database: Database, patrol: int, site: str, when: datetime, pages: int = 1, target: int | None = None) -> None:
    with database.session() as session:
        if session.get(Patrol, patrol) is None:
            session.add(Patrol(id=patrol, started_at=when))
            session.flush()
        for n in range(pages):
            name = f"{patrol}-{site}-{n}"
            row = {
                "patrol_id": patrol, "site": site, "page_kind": "listing", "url": name, "canonical_url": name,
                "http_status": 200, "fetched_at": when, "warc_path": "x", "warc_offset": 0, "warc_length": 1,
                "record_id": name, "payload_sha256": "0" * 64, "record_sha256": "0" * 64, "chain_sha256": "0" * 64,
                "target_id": target,
            }  # fmt: skip
            session.execute(insert(Capture).values(row))


def home(database: Database, patrol: int, site: str, when: datetime) -> None:
    """The site's home page, which belongs to no target."""
    with database.session() as session:
        if session.get(Patrol, patrol) is None:
            session.add(Patrol(id=patrol, started_at=when))
            session.flush()
        name = f"{patrol}-{site}-home"
        row = {
            "patrol_id": patrol, "site": site, "page_kind": "listing", "url": name, "canonical_url": name, "role": "home",
            "http_status": 200, "fetched_at": when, "warc_path": "x", "warc_offset": 0, "warc_length": 1,
            "record_id": name, "payload_sha256": "0" * 64, "record_sha256": "0" * 64, "chain_sha256": "0" * 64,
        }  # fmt: skip
        session.execute(insert(Capture).values(row))


def lead(
    database: Database, number: int, when: datetime, site: str = "shop", grade: str = "A", department: str = "文化部门"
) -> None:
    with database.session() as session:
        session.add(
            Lead(
                id=number,
                number=f"线{number}",
                key=str(number),
                site=site,
                field="book",
                kind="sale",
                url="u",
                grade=grade,
                score=1.0,
                found_at=when,
                department=department,
            )
        )


def event(database: Database, number: int, when: datetime, status: str) -> None:
    with database.session() as session:
        session.add(LeadEvent(lead_id=number, at=when, who="李警官", status=status))


@pytest.fixture
def summer(database: Database) -> Database:
    with database.session() as session:
        add_campaign(session, "剑网2026", date(2026, 6, 1), date(2026, 8, 31), "剧本杀")
    return database


def test_a_summary_counts_visits_pages_leads_and_what_became_of_them(summer: Database) -> None:
    with summer.session() as session:
        session.add(Target(id=1, name="店", field="book", site="shop", imported_at=at(5, 1)))
        session.add(Work(id="w", title="片", early_warning=True, imported_at=at(7, 1)))
        session.add(Work(id="v", title="旧片", early_warning=True, imported_at=at(5, 1)))
    seen(summer, 1, "shop", at(5, 20), 3)
    seen(summer, 2, "shop", at(6, 10), 2, target=1)
    seen(summer, 2, "forum", at(6, 10))
    seen(summer, 3, "shop", at(7, 10), target=1)
    lead(summer, 1, at(5, 20))
    lead(summer, 2, at(6, 10), grade="B")
    lead(summer, 3, at(7, 10), site="forum", department="")
    event(summer, 1, at(6, 2), "confirmed")
    event(summer, 1, at(6, 20), "removed")
    event(summer, 1, at(7, 20), "removed")
    event(summer, 2, at(9, 2), "removed")
    with summer.session() as session:
        session.add(Notice(lead_id=3, kind="x", recipient="y", removed_at=at(8, 31)))
    with summer.session() as session:
        found = campaign_figures(session, campaign_named(session, "剑网"))
    columns = {figure.item: figure.counted for figure in found.columns}
    assert columns[CampaignItem.SITES] == 3, "two sites in one patrol and one in another"
    assert columns[CampaignItem.LINKS_REMOVED] == 2, "found before the campaign, removed in it; and one by its notice"
    assert columns[CampaignItem.WORKS_WARNED] == 1
    assert columns[CampaignItem.COPIES_SEIZED] is None, "the program cannot know"
    total = found.figures.total
    assert (total.pages, total.leads) == (4, 2)
    assert total.by_grade[Grade.A] == 1
    assert total.reached[LeadStatus.CONFIRMED] == 1
    assert total.reached[LeadStatus.REMOVED] == 2, "a relapse is not a second link"
    rows = {row.name: row for row in found.figures.by_platform}
    assert (rows["shop"].visits, rows["shop"].leads, rows["forum"].leads) == (2, 1, 1)
    assert {row.name: row.pages for row in found.figures.by_field} == {"图书": 3, "未分领域": 1}
    assert {(row.visits, row.pages) for row in found.figures.by_department} == {(None, None)}, (
        "a page has no department"
    )
    assert {row.name: row.leads for row in found.figures.by_month} == {"2026-06": 1, "2026-07": 1, "2026-08": 0}
    assert {row.name: row.leads for row in found.figures.by_department} == {"文化部门": 1, "未分送": 1}
    for rows_of in (found.figures.by_field, found.figures.by_platform, found.figures.by_month):
        assert sum(row.pages for row in rows_of) == total.pages
        assert sum(row.leads for row in rows_of) == total.leads
    with summer.session() as session:
        assert figures(session).total.leads == 3


def test_a_home_page_is_of_its_site_s_field_so_that_visits_add_up(summer: Database) -> None:
    targets = ((1, "shop", "book"), (2, "video", "short_video"), (3, "mall", "book"), (4, "mall", "netdisk"))
    with summer.session() as session:
        for number, site, field in targets:
            url = f"http://{site}.example.cn/{number}"
            session.add(Target(id=number, name=site, field=field, site=site, url=url, imported_at=at(5, 1)))
    seen(summer, 1, "shop", at(6, 10), 4, target=1)
    seen(summer, 2, "video", at(6, 10), 2, target=2)
    seen(summer, 3, "mall", at(6, 10), 3, target=4)
    seen(summer, 4, "mall", at(6, 11), 1, target=3)
    home(summer, 1, "shop", at(6, 10))
    home(summer, 2, "video", at(6, 10))
    home(summer, 3, "mall", at(6, 10))
    home(summer, 5, "video", at(6, 12))
    home(summer, 6, "nobody", at(6, 12))
    with summer.session() as session:
        counted = figures(session)
    rows = {row.name: (row.visits, row.pages) for row in counted.by_field}
    assert rows == {"图书": (2, 6), "短视频": (2, 4), "网盘": (1, 4), "未分领域": (1, 1)}
    assert sum(visits or 0 for visits, _ in rows.values()) == counted.total.visits == 6
    assert sum(pages or 0 for _, pages in rows.values()) == counted.total.pages == 15
    assert counted.sites == 4


def test_what_was_patrolled_is_counted_with_what_was_found(summer: Database) -> None:
    with summer.session() as session:
        for number in (1, 2, 3):
            session.add(Target(id=number, name=f"店{number}", field="book", site=f"s{number}", imported_at=at(5, 1)))
        session.add(Work(id="w", title="片", imported_at=at(5, 1)))
        session.add(Patrol(id=1, started_at=at(6, 10)))
        session.add(Patrol(id=2, started_at=at(6, 11), filter={"import": {"source": "权利人"}}))
        session.add(Patrol(id=3, started_at=at(9, 11)))
        session.flush()
        for patrol, target, status in (
            (1, 1, "done"),
            (1, 2, "skipped"),
            (1, 3, "failed"),
            (2, 1, "done"),
            (3, 2, "done"),
        ):
            session.add(PatrolTarget(patrol_id=patrol, target_id=target, status=status, reason="连不上"))
    seen(summer, 1, "s1", at(6, 10), 2, target=1)
    seen(summer, 2, "s1", at(6, 11), 3)
    lead(summer, 1, at(6, 10))
    lead(summer, 2, at(6, 10))
    lead(summer, 3, datetime(2026, 6, 10, 16, 30, tzinfo=UTC), grade="C")
    with summer.session() as session:
        counted = campaign_figures(session, campaign_named(session, "剑网")).figures
        only = figures(session, where=LeadFilter(grades=(Grade.C,)))
    assert (counted.patrols, counted.targets, counted.sites, counted.works) == (1, 2, 1, 1)
    assert (counted.total.visits, counted.total.pages, counted.imported) == (1, 5, 3), "what was brought is no visit"
    assert [(run.name, run.status.value) for run in counted.not_patrolled] == [("店2", "skipped"), ("店3", "failed")]
    assert counted.by_day == {date(2026, 6, 10): 2, date(2026, 6, 11): 1}, "half past midnight in Beijing"
    assert (only.total.leads, only.by_day, only.total.pages) == (1, {date(2026, 6, 11): 1}, 5)


def test_one_list_names_what_is_counted_and_one_the_ways_of_dividing(summer: Database) -> None:
    lead(summer, 1, at(6, 10))
    event(summer, 1, at(6, 11), "confirmed")
    with summer.session() as session:
        counted = figures(session)
    assert [column.label for column in TALLY_COLUMNS][:6] == ["巡查家次", "取证页面", "线索", "甲级", "乙级", "丙级"]
    assert len({column.key for column in TALLY_COLUMNS}) == len(TALLY_COLUMNS) == 6 + len(REACHED)
    said = {column.key: column.read(counted.total) for column in TALLY_COLUMNS}
    assert (said["visits"], said["leads"], said["grade_a"], said["confirmed"]) == (0, 1, 1, 1)
    assert [title for title, _ in counted.divided] == ["按领域", "按平台", "按承办部门", "按月份"]


def test_nobody_else_counts_a_period() -> None:
    others = [*(CHECKOUT / "reports").rglob("*.py"), *(CHECKOUT / "patrol/leads").glob("*.py")]
    assert len(others) > 30
    counting = {
        path.name for path in others if re.search(r"\bfunc\.count\b|\bCounter\(", path.read_text(encoding="utf-8"))
    }
    assert counting == {"statistics.py"}


def test_the_last_day_belongs_to_a_campaign_and_the_next_does_not(summer: Database) -> None:
    edge = clock.begin_day(date(2026, 9, 1))
    seen(summer, 1, "shop", edge)
    with summer.session() as session:
        assert campaign_on(session.connection(), date(2026, 8, 31)) == 1
        assert campaign_on(session.connection(), date(2026, 9, 1)) is None
        (found,) = figures_by_campaign(session)
    assert found.figures.total.pages == 0


def test_patrols_and_leads_belong_to_the_campaign_of_their_day(database: Database) -> None:
    seen(database, 7, "shop", at(6, 10))
    lead(database, 1, at(6, 10))
    lead(database, 2, at(9, 10))
    with database.session() as session:
        assert add_campaign(session, "剑网2026", date(2026, 6, 1), date(2026, 8, 31), "")[:2] == (1, 1)
    with database.session() as session:
        patrols, leads, touching = add_campaign(session, "暑期档院线", date(2026, 6, 5), date(2026, 6, 20), "")
        assert (patrols, leads, touching) == (1, 1, ("剑网2026",)), "the more particular of two"
        assert session.scalars(select(Lead.campaign_id).order_by(Lead.id)).all() == [2, None]
    begun = records.begin(database, Wanted(), (), at(7, 1), "")
    with database.session() as session:
        assert session.get_one(Patrol, begun).campaign_id == 1
        assert session.get_one(Campaign, 1).name == "剑网2026"
    seen(database, 1, "elsewhere", at(9, 1))  # the patrol that ``kept`` puts its page in
    opened = Ledger(database.engine).enter([judged(kept(database, 900, url="http://x.example.cn/1"))], at(6, 6))
    assert opened[0] is not None
    with database.session() as session:
        assert session.get_one(Lead, opened[0][0]).campaign_id == 2


def test_what_the_program_cannot_know_is_entered_and_put_right_never_overwritten(summer: Database) -> None:
    with summer.session() as session:
        campaign = campaign_named(session, "剑网2026")
        enter_figure(session, campaign, "收缴制品", "350件", "李警官", "某书店仓库")
        enter_figure(session, campaign, "copies_seized", "-50", "李警官", "清点更正")
        enter_figure(session, campaign, "涉案金额", "12,000.50", "王警官", "")
        figure = next(f for f in campaign_figures(session, campaign).columns if f.item is CampaignItem.COPIES_SEIZED)
        assert (figure.total, [entry.value for entry in figure.entries]) == (300, [350, -50])
        amount = next(f for f in campaign_figures(session, campaign).columns if f.item is CampaignItem.AMOUNT)
        assert amount.total == Decimal("12000.50")
        for item, value, who, note, said in (
            ("收缴物", "1", "李", "", "不在可选范围内"),
            ("收缴制品", "许多", "李", "", "不是数字"),
            ("收缴制品", "1.5", "李", "", "应当是整数"),
            ("收缴制品", "-1", "李", "", "写明原因"),
            ("收缴制品", "0", "李", "", "没有作用"),
            ("收缴制品", "NaN", "李", "", "不是数字"),
            ("收缴制品", "1", " ", "", "经办人"),
        ):
            with pytest.raises(InputError, match=said):
                enter_figure(session, campaign, item, value, who, note)
        assert len(session.scalars(select(CampaignEntry)).all()) == 3


def test_campaigns_as_an_officer_types_them(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATROL_WORKSPACE", str(workspace.root))
    patrol = partial(command, "campaigns")
    assert patrol("list").stdout.startswith("还没有专项行动")
    assert (
        patrol("add", "剑网2026", "--since", "2026-06-01", "--until", "2026-11-30", "--focus", "剧本杀").returncode == 0
    )
    assert "已有名为" in patrol("add", "剑网2026", "--since", "2026-06-01", "--until", "2026-11-30").stderr
    assert "早于" in patrol("add", "反了", "--since", "2026-06-01", "--until", "2026-05-30").stderr
    assert "合计 12 家" in patrol("enter", "剑网2026", "约谈平台", "12", "--by", "李警官").stdout
    assert "合计 10 家" in patrol("enter", "剑网", "约谈平台", "-2", "--by", "李警官", "--note", "重复计算").stdout
    shown = patrol("show", "剑网2026")
    assert shown.returncode == 0
    assert "预警作品" in shown.stdout
    assert "重复计算" in shown.stdout
    columns = json.loads(patrol("show", "剑网2026", "--json").stdout)["columns"]
    assert columns["platforms_summoned"]["total"] == "10.00"
    assert patrol("show", "没有").returncode == 2
