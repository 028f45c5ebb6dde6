"""Sites and shops whose papers are missing, wrong or somebody else's, by the real survey over real rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, insert, select

from patrol.db.grouping import Offer
from patrol.db.models import Capture, CaptureText, Lead, LeadEvent, Patrol, Target
from patrol.db.session import Database
from patrol.judging.assess import JudgingContext
from patrol.judging.goods import offered
from patrol.judging.model import Findings, PageFacts
from patrol.judging.scanning import Scanner
from patrol.judging.site_audit import audit_sites
from patrol.leads.queries import lead_views
from patrol.leads.store import Ledger
from patrol.leads.views import LeadView
from patrol.net.geoip import AddressTable
from patrol.tables.policy import Policy
from patrol.vocabulary import Grade, MatchKind, PageKind, PageState

NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
POLICY = Policy.load(None)
GOOD = "浙ICP备20220001号-1\n浙公网安备33010002000001号\n出版物经营许可证：新出发浙零字第大120007号"
SCANNER = Scanner([], POLICY.phrases)


class Office:
    """Sites with home pages and listings, kept and judged as a patrol does it."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.ledger = Ledger(database.engine)
        self.desk = JudgingContext(POLICY, {})
        self._captures = 0
        with database.session() as session:
            session.add(Patrol(id=1, started_at=NOW))

    def home(
        self, site: str, footer: str, field: str = "book", kind: str = "listing", patrol: int = 1, host: str = ""
    ) -> int:
        host = f"http://{host or f'www.{site}.example-{site}.cn'}/"
        with self.database.session() as session:
            if session.scalar(select(Target.id).where(Target.site == site)) is None:
                session.add(Target(name=f"{site}网", field=field, site=site, imported_at=NOW))
        return self._capture(site, host, patrol, kind, role="home", judged_at=NOW, extracted={"footer": footer})

    def listing(self, site: str, title: str, text: str = "现货", seller: str = "", **values: Any) -> PageFacts:
        url = f"http://www.{site}.example-{site}.cn/item/{self._captures}"
        said = values | ({"seller": seller} if seller else {})
        number = self._capture(site, url, 1, "listing", title=title, extracted=said)
        page = PageFacts(
            capture_id=number,
            patrol_id=1,
            target_id=None,
            site=site,
            page_kind=PageKind.LISTING,
            state=PageState.PRESENT,
            url=url,
            canonical_url=url,
            fetched_at=NOW,
            title=title,
            text=text,
            seller=seller,
            price=Decimal("9.9"),
        )
        findings = Findings((), SCANNER.scan(page.words))
        self.ledger.enter([self.desk.judge(page, findings)], NOW)
        return page

    def survey(self, patrol: int = 1) -> dict[str, LeadView]:
        """Survey, and all licence leads by site or shop."""
        with self.database.session() as session:
            found = audit_sites(session, patrol, self.desk)
        self.ledger.enter_survey(found, NOW)
        with self.database.session() as session:
            return {view.seller or view.site: view for view in lead_views(session, None)}

    def next_patrol(self) -> int:
        with self.database.session() as session:
            number = 1 + (session.scalar(select(func.max(Patrol.id))) or 0)
            session.add(Patrol(id=number, started_at=NOW))
        return number

    def _capture(self, site: str, url: str, patrol: int, kind: str, **values: Any) -> int:
        self._captures += 1
        row = {
            "id": self._captures,
            "patrol_id": patrol,
            "site": site,
            "page_kind": kind,
            "url": url,
            "canonical_url": url,
            "http_status": 200,
            "fetched_at": NOW,
            "warc_path": "evidence/x.warc.gz",
            "warc_offset": 0,
            "warc_length": 1,
            "record_id": f"<urn:{self._captures}>",
            "payload_sha256": "0" * 64,
            "record_sha256": "0" * 64,
            "chain_sha256": "0" * 64,
            "title": f"{site}首页",
        }
        with self.database.session() as session:
            session.execute(insert(Capture).values(row | values))
            session.execute(insert(CaptureText).values(capture_id=self._captures, text=""))
        return self._captures


@pytest.fixture
def office(database: Database) -> Office:
    return Office(database)


def codes(view: LeadView) -> list[str]:
    return [signal.code for signal in view.signals]


def journal(database: Database) -> Sequence[str]:
    with database.session() as session:
        return session.scalars(select(LeadEvent.reason).order_by(LeadEvent.id)).all()


# -- home pages --------------------------------------------------------------------------------------------------------


def test_a_site_with_good_numbers_on_its_home_page_is_no_lead(office: Office) -> None:
    office.home("shop", GOOD)
    for n in range(4):
        office.listing("shop", f"绘本 月亮第{n}册 精装")
    assert office.survey() == {}


def test_a_site_without_any_number_is_one_lead_of_its_own_and_says_what_was_looked_at(office: Office) -> None:
    office.home("shop", "版权所有")
    office.listing("shop", "保温杯")
    office.listing("shop", "雨伞")
    (view,) = office.survey().values()
    assert (view.kind, view.grade, view.work, view.title) == (MatchKind.LICENCE, Grade.B, None, "shop网")
    assert codes(view) == ["no_icp"]
    assert "抽看的 2 个内页" in view.signals[0].words
    assert view.department == "工业和商务科技局"


def test_a_number_only_on_inner_pages_is_too_little_for_a_lead(office: Office) -> None:
    office.home("shop", "版权所有")
    office.listing("shop", "保温杯", footer="浙ICP备20220001号-1")
    assert office.survey() == {}


def test_a_police_number_of_another_province_is_told_with_its_place_on_the_page(office: Office) -> None:
    office.home("forum", "关于我们\n渝ICP备10046444号\n渝公网安备33010002000078号", field="script_game", kind="post")
    view = office.survey()["forum"]
    signal = view.signals[0]
    assert (signal.code, signal.place) == ("number_place", "footer:20")
    assert "浙" in signal.words
    assert "疑似冒用" in signal.words


@pytest.mark.parametrize("number", ["京ICP证0301735号", "京ICP备123456号", "京ICP备11111111号"])
def test_a_number_of_the_wrong_shape_is_a_lead(office: Office, number: str) -> None:
    office.home("shop", f"{number} 京公网安备11010802020134号")
    assert codes(office.survey()["shop"]) == ["number_malformed"]


def test_a_number_that_stands_on_two_unrelated_sites_is_held_against_the_one_with_less_beside_it(
    office: Office,
) -> None:
    office.home("honest", GOOD)
    office.home("copier", "浙ICP备20220001号-1", field="netdisk", kind="share")
    found = office.survey()
    assert set(found) == {"copier"}
    assert "honest首页" in found["copier"].signals[0].words


def test_two_sites_of_one_operator_may_share_a_filing(office: Office, database: Database) -> None:
    office.home("one", GOOD)
    office.home("two", "浙ICP备20220001号-2\n浙公网安备33010002000002号")
    assert office.survey() == {}, "another suffix of the same filing is another site of the same operator"
    office.home("three", "浙ICP备20220001号-1")
    with database.session() as session:
        for target in session.scalars(select(Target).where(Target.site.in_(("one", "three")))):
            target.operator = "某某文化公司"
    assert office.survey() == {}


@pytest.mark.parametrize(("second", "related"), [("two.vercel.app", False), ("shop.one.vercel.app", True)])
def test_two_tenants_of_one_host_are_not_one_owner(office: Office, second: str, related: bool) -> None:
    office.home("one", GOOD, host="one.vercel.app")
    office.home("two", "浙ICP备20220001号-1", host=second)
    assert set(office.survey()) == (set() if related else {"two"})


def test_a_collectibles_platform_must_show_its_blockchain_filing(office: Office) -> None:
    office.home("nft", "京ICP备2022000001号-1", field="nft", kind="collectible")
    office.home("filed", "粤ICP备2022000002号\n粤网信备44030520701478930010号", field="nft", kind="collectible")
    found = office.survey()
    assert {site: codes(view) for site, view in found.items()} == {"nft": ["no_blockchain"]}
    assert found["nft"].department == "互联网信息内容主管部门"


def test_a_home_page_of_which_nothing_was_read_accuses_nobody(office: Office, database: Database) -> None:
    number = office.home("app", "")
    with database.session() as session:
        session.get_one(Capture, number).title = ""
    assert office.survey() == {}


def test_a_server_abroad_is_told_where_a_table_says_so_and_sends_the_lead_upward(
    office: Office, database: Database, tmp_path: Path
) -> None:
    (tmp_path / "ip.csv").write_text("8.8.8.0,8.8.8.255,US\n1.0.1.0,1.0.3.255,CN\n", encoding="utf-8")
    office.desk = replace(office.desk, addresses=AddressTable.load(tmp_path / "ip.csv"))
    for site, address in (("outside", "8.8.8.8"), ("inside", "1.0.1.9"), ("lawful", "8.8.8.9")):
        number = office.home(site, GOOD.replace("20220001", "20220077") if site == "lawful" else "版权所有")
        with database.session() as session:
            session.get_one(Capture, number).ip_address = address
    found = office.survey()
    assert set(found) == {"outside", "inside"}, "abroad alone is no lead"
    assert codes(found["outside"]) == ["no_icp", "server_abroad"]
    assert "美国" in found["outside"].signals[1].words
    assert found["outside"].department == "省、州通信管理部门"
    assert codes(found["inside"]) == ["no_icp"]


# -- sellers of publications -------------------------------------------------------------------------------------------


def test_a_site_that_sells_books_itself_without_a_permit_is_a_lead_without_any_work(office: Office) -> None:
    office.home("shop", "浙ICP备20220001号-1")
    for n in range(3):
        office.listing("shop", f"小学教辅 第{n}册")
    view = office.survey()["shop"]
    assert {"no_publication_licence", "goods_seen"} <= set(codes(view))
    assert view.department == "文化和旅游部门"
    assert len(view.captures) == 4, "the home page and the listings that it rests on"


def test_who_sells_tea_or_notebooks_needs_no_permit(office: Office) -> None:
    office.home("shop", "浙ICP备20220001号-1")
    for title in ("高山绿茶", "笔记本 空白", "手账", "小说同款书签", "旧版成语词典 绘本", "图书收纳盒"):
        office.listing("shop", title, text="二手闲置，自家孩子用过" if "旧版" in title else "现货")
    assert office.survey() == {}


def test_of_many_sellers_the_one_without_a_number_is_told_softly_and_the_licensed_one_not_at_all(
    office: Office,
) -> None:
    office.home("mall", GOOD)
    for n in range(5):
        office.listing("mall", f"儿童绘本 {n}", seller="无证书店")
        office.listing("mall", f"精装小说 {n}", text="新出发浙零字第大120009号", seller="持证书店")
    office.listing("mall", "旧书一本 小说", seller="个人")
    found = office.survey()
    assert set(found) == {"无证书店"}
    assert found["无证书店"].grade is Grade.C
    assert "请到店铺的证照页核对" in found["无证书店"].signals[0].words


def test_the_one_bookseller_on_a_platform_of_many_shops_is_told_and_not_the_platform(office: Office) -> None:
    office.home("mall", "浙ICP备20220001号-1")
    for n in range(3):
        office.listing("mall", f"绘本 {n}", seller="书店")
        office.listing("mall", f"雨伞 {n}", seller="伞店")
    assert set(office.survey()) == {"书店"}


def test_a_publisher_may_sell_its_own_books(office: Office) -> None:
    office.home("mall", GOOD)
    office.listing("mall", "雨伞", seller="别家")
    for n in range(5):
        office.listing("mall", f"精装小说 {n}", text="出版社：青禾出版社", seller="青禾出版社旗舰店")
    assert office.survey() == {}


def test_a_shop_of_many_titles_of_many_publishers_tells_more_than_a_small_one(office: Office) -> None:
    office.home("mall", GOOD)
    for n in range(36):
        office.listing("mall", f"教辅大全 第{n}种", text=f"出版社：第{n % 9}出版社", seller="仓库直发")
    for n in range(3):
        office.listing("mall", f"绘本 {n}", seller="小书店")
    found = office.survey()
    assert "shop_breadth" in codes(found["仓库直发"])
    assert found["仓库直发"].score > found["小书店"].score
    assert "36 种出版物，出自 9 家" in next(s.words for s in found["仓库直发"].signals if s.code == "shop_breadth")


def test_hundreds_of_script_boxes_of_many_makers_are_a_lead_though_boxes_need_no_permit(office: Office) -> None:
    office.home("mall", GOOD)
    office.listing("mall", "雨伞", seller="别家")
    for n in range(200):
        office.listing("mall", f"剧本杀 第{n}夜 盒装", text=f"出品：工作室{n % 21}", seller="剧本仓库")
    assert set(codes(office.survey()["剧本仓库"])) == {"shop_breadth", "many_scripts", "goods_seen"}


# -- over time ---------------------------------------------------------------------------------------------------------


def test_the_same_survey_twice_changes_nothing_and_a_later_one_joins(office: Office, database: Database) -> None:
    office.home("shop", "版权所有")
    office.survey()
    office.survey()
    assert len(journal(database)) == 1
    later = office.next_patrol()
    office.home("shop", "版权所有", patrol=later)
    view = office.survey(later)["shop"]
    assert len(view.captures) == 2
    assert "再次发现" in journal(database)[1]


def test_a_site_that_has_mended_its_home_page_has_it_said_once_in_the_journal(
    office: Office, database: Database
) -> None:
    office.home("shop", "版权所有")
    office.survey()
    for _ in range(2):
        later = office.next_patrol()
        office.home("shop", GOOD, patrol=later)
        office.survey(later)
    assert ["未再见到" in reason for reason in journal(database)] == [False, True]


def test_a_listing_seen_again_is_one_offer_as_last_seen(office: Office, database: Database) -> None:
    page = office.listing("shop", "绘本 月亮", seller="甲")
    draft = offered(page, POLICY.goods, not_goods=False)
    assert draft is not None
    with database.session() as session:
        session.get_one(Capture, page.capture_id).judged_at = None
    office.ledger.enter([JudgingContext(POLICY, {}).judge(page, Findings())], NOW)
    with database.session() as session:
        assert len(session.scalars(select(Offer)).all()) == 1
        assert session.scalars(select(Lead)).all() == []


def test_a_valid_book_number_makes_any_title_a_publication_and_names_its_publisher(office: Office) -> None:
    draft = offered(office.listing("shop", "月亮", "ISBN 978-7-111-07575-2 由青禾教育出版社出版"), POLICY.goods, False)
    assert draft is not None
    assert (draft.goods, draft.isbn, draft.publisher) == ("publication", "9787111075752", "青禾教育出版社")
    assert offered(office.listing("shop", "月亮", "ISBN 978-7-111-07575-9"), POLICY.goods, False) is None
