"""A notice is out: the real spiders visit its page with every patrol, and the lead follows what they find there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlalchemy import insert, select

from patrol.actor import Officer
from patrol.config import Workspace
from patrol.db.models import Lead, Target, Work, WorkText
from patrol.db.session import Database
from patrol.leads.journal import Change, change_leads, find_leads
from patrol.notices.content import NoticeAct, NoticeKind, Sender
from patrol.notices.register import draft, mark_sent, notice_views
from patrol.patrols.records import Wanted
from patrol.patrols.run import run_patrol
from patrol.vocabulary import LeadStatus, MatchKind
from tests.spiders.zoo import Zoo, zoo_server

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
STORY = "夜里潮水退去，码头上只剩下一盏没有熄灭的马灯。守灯的老人说，那封信是从雾里寄来的，没有邮票也没有落款。" * 6
ZHANG = Officer("张三")


@pytest.fixture
def zoo(workspace: Workspace, database: Database) -> Iterator[Zoo]:
    """A shop with one pirated box among its goods, whose site file a clerk wrote."""
    with zoo_server() as held:
        folder = workspace.root / "sites" / "shop"
        folder.mkdir(parents=True)
        (folder / "site.yaml").write_text(
            f"name: 小店\nkind: listing\nstart: {held.url}/list\nitems: a.item@href\npace: {{delay: 0, at_once: 4}}\n"
            f"extract: {{title: h1, text: '#detail', price: .price}}\nallow_private: ['{held.host}']\n",
            encoding="utf-8",
        )
        (workspace.root / "patrol.toml").write_text("[crawl]\ndelay = 0\nat_once = 4\n", encoding="utf-8")
        now = datetime.now(UTC)
        with database.session() as session:
            session.add(Target(name="小店", field="script_game", site="shop", schedule="monthly", imported_at=now))
            work = {"id": "w1", "title": "雾港来信", "kind": "script_game", "list_price": 500, "imported_at": now}
            session.execute(insert(Work).values(work))
            session.execute(insert(WorkText).values(work_id="w1", text=STORY))
        held.page("/", "<h1>小店</h1>")
        held.page("/list", "<a class=item href=/1>雾港来信</a><a class=item href=/2>木梳</a>")
        held.page(
            "/2", "<h1>木梳</h1><b class=price>9</b><div id=detail>桃木做的梳子，齿圆不伤头皮，送人自用都好。</div>"
        )
        sell(held)
        yield held


def sell(zoo: Zoo) -> None:
    zoo.page("/1", "<h1>雾港来信 1:1复刻 盒装同款</h1><b class=price>49</b><div id=detail>全新未拆，支持批发。</div>")


def patrol(workspace: Workspace, database: Database) -> list[NoticeAct]:
    outcome = run_patrol(Workspace.find(workspace.root), database, Wanted(site="shop"))
    return [seen.act for seen in outcome.noticed]


def status(database: Database) -> LeadStatus:
    with database.session() as session:
        return LeadStatus(session.scalars(select(Lead.status).where(Lead.kind != MatchKind.LICENCE.value)).one())


@SQLITE
def test_the_page_of_a_notified_lead_is_followed_until_it_is_gone_and_after(
    workspace: Workspace, database: Database, zoo: Zoo
) -> None:
    assert patrol(workspace, database) == []
    with database.session() as session:
        change_leads(session, find_leads(session, ["1"]), Change(LeadStatus.CONFIRMED, reason="与正版不符"), ZHANG)
        notice = draft(
            session, "1", NoticeKind.RECTIFY, Sender("某站", officers=("张三", "李四")), ZHANG, workspace=None
        )
        mark_sent(session, notice.id, datetime.now(UTC), ZHANG)
    assert patrol(workspace, database) == [], "still there, and the platform's time has not run out"
    assert status(database) is LeadStatus.NOTIFIED

    zoo.page("/1", "<h1>404</h1>", status=404)
    zoo.page("/list", "<a class=item href=/2>木梳</a>")
    assert patrol(workspace, database) == [NoticeAct.REMOVED]
    assert status(database) is LeadStatus.REMOVED
    with database.session() as session:
        (view,) = notice_views(session)
    assert view.hours is not None and view.removed_at is not None

    sell(zoo)
    assert patrol(workspace, database) == [NoticeAct.RELAPSED], "visited although no list leads to it any more"
    assert status(database) is LeadStatus.NOT_REMOVED
