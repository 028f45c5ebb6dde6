"""Patrols one after another over the same site, by the real spiders: what is visited again, and what is kept of it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler

import pytest
from sqlalchemy import select, update
from warcio.archiveiterator import ArchiveIterator

from patrol.config import Workspace
from patrol.db.models import Capture, CaptureText, KnownPage, Patrol, SiteRun, Target
from patrol.db.session import Database
from patrol.directory.revisit_schedule import revisit_days
from patrol.leads.queries import lead_views
from patrol.patrols.history import fall
from patrol.patrols.records import Wanted
from patrol.patrols.run import PatrolOutcome, run_patrol
from patrol.vocabulary import MatchKind, PageState, RunStatus
from reports.side_by_side import lost_field, side_by_side
from tests.spiders.zoo import Zoo, zoo_server

TEXT = "清晨的集市上，卖豆腐的老人总是第一个到，他把木板擦得发亮，再把一方方豆腐码成两排，等天色慢慢亮起来。"
SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def zoo(workspace: Workspace, database: Database):
    with zoo_server() as held:
        folder = workspace.root / "sites" / "shop"
        folder.mkdir(parents=True)
        (folder / "site.yaml").write_text(
            f"name: 小店\nkind: listing\nstart: {held.url}/list\nitems: a.item@href\npace: {{delay: 0, at_once: 4}}\n"
            f"extract: {{title: h1, text: '#detail', price: .price}}\nallow_private: ['{held.host}']\n",
            encoding="utf-8",
        )
        (workspace.root / "patrol.toml").write_text("[crawl]\ndelay = 0\nat_once = 4\n", encoding="utf-8")
        with database.session() as session:
            session.add(Target(name="小店", field="book", site="shop", imported_at=datetime.now(UTC)))
        held.page("/", "<h1>小店</h1><p>欢迎</p><p>渝ICP备10046444号 渝公网安备33010002000078号</p>")
        yield held


def patrol(workspace: Workspace, database: Database, **options: object) -> PatrolOutcome:
    return run_patrol(Workspace.find(workspace.root), database, Wanted(site="shop"), **options)


def shelf(zoo: Zoo, *numbers: int, listed: tuple[int, ...] = ()) -> None:
    shown = "".join(f'<a class=item href="/{n}">第 {n} 件商品</a>' for n in listed or numbers)
    zoo.page("/list", shown + '<a class=item href="javascript:void(0)">更多商品</a>')
    for n in numbers:
        zoo.page(f"/{n}", goods(n))


def goods(n: int, more: str = "") -> str:
    return f"<title>第{n}件</title><h1>第{n}件</h1><b class=price>{n}.5</b><div id=detail>{TEXT}{n}{more}</div>"


def with_etag(zoo: Zoo, path: str, body: str) -> None:
    """A page that answers 304 to whoever names its tag."""
    zoo.page(path, body, ETag='"v1"')
    plain = zoo.answers[path]

    def answer(request: BaseHTTPRequestHandler) -> None:
        if request.headers.get("If-None-Match") == '"v1"':
            request.send_response(304)
            request.send_header("ETag", '"v1"')
            request.end_headers()
        else:
            plain(request)

    zoo.answers[path] = answer


def captures(database: Database, patrol_id: int) -> dict[str, Capture]:
    with database.session() as session:
        rows = session.scalars(select(Capture).where(Capture.patrol_id == patrol_id))
        return {row.url.rpartition("/")[2] or "home": row for row in rows}


def make_due(database: Database) -> None:
    with database.session() as session:
        session.execute(update(KnownPage).values(next_due=datetime.now(UTC) - timedelta(days=1)))


@SQLITE
def test_a_site_patrolled_again(workspace: Workspace, database: Database, zoo: Zoo) -> None:
    shelf(zoo, 1, 2, 3, 4)
    with_etag(zoo, "/1", goods(1))
    first = patrol(workspace, database)
    assert [run.reason for run in first.runs] == [""]
    kept = captures(database, first.patrol_id)
    assert set(kept) == {"home", "1", "2", "3", "4"}
    with database.session() as session:
        (lead,) = lead_views(session, None)
    assert (lead.kind, lead.title, lead.signals[0].code) == (MatchKind.LICENCE, "小店", "number_place")
    assert first.progress.total("leads") == 1

    # The home page is evidence, not an item: its numbers are read, it is not compared and not counted.
    home = kept["home"]
    assert (home.role, home.extracted["footer"]) == ("home", "渝ICP备10046444号 渝公网安备33010002000078号")
    assert ["licence", "icp_filing 渝ICP备10046444号"] in home.extracted["extra"]
    assert first.runs[0].counts["captures"] == 4

    # What is skipped is listed with its reason and the page that led to it.
    assert first.skipped_list is not None
    listed = (first.skipped_list / "shop.csv").read_text(encoding="utf-8-sig").splitlines()
    assert listed == ["地址,没有打开的原因,见于", f"javascript:void(0),不是网页地址,{zoo.url}/list"]

    # Nothing is due: the list is walked, no item is opened, and the target is not taken for dead.
    zoo.asked.clear()
    second = patrol(workspace, database)
    assert [run.status for run in second.runs] == [RunStatus.DONE]
    assert second.runs[0].counts["skipped/not_due"] == 4
    assert "/list" in zoo.asked and "/2" not in zoo.asked

    # A week later: 1 says it has not changed, 2 is the same, 3 has changed, 4 has vanished from the list and is gone.
    make_due(database)
    shelf(zoo, 2, 3, listed=(1, 2, 3))
    zoo.page("/3", goods(3, "又添了一句"))
    zoo.page("/4", "没有了", status=404)
    third = patrol(workspace, database)
    again = captures(database, third.patrol_id)
    assert (again["1"].http_status, again["1"].refers_to) == (304, kept["1"].record_id)
    assert (again["2"].http_status, again["2"].refers_to) == (200, kept["2"].record_id)
    assert again["3"].refers_to == ""
    assert (again["4"].state, again["4"].role) == (PageState.GONE.value, "recheck")
    assert again["1"].title == "第1件" and again["1"].judged_at is not None
    assert third.progress.total("unchanged") == 2

    # A revisit is a WARC record of its own kind that names the one whose payload holds.
    for name, profile in (("1", "server-not-modified"), ("2", "identical-payload-digest")):
        with (workspace.root / again[name].warc_path).open("rb") as file:
            file.seek(again[name].warc_offset)
            record = next(iter(ArchiveIterator(file)))
            assert record.rec_type == "revisit"
            assert record.rec_headers.get_header("WARC-Profile").endswith(profile)
            assert record.rec_headers.get_header("WARC-Refers-To") == kept[name].record_id
            assert record.rec_headers.get_header("WARC-Payload-Digest") == f"sha256:{kept[name].payload_sha256}"
            assert record.content_stream().read() == b""
    with database.session() as session:
        pages = {page.url.rpartition("/")[2]: page for page in session.scalars(select(KnownPage))}
        assert not session.scalar(select(CaptureText.text).where(CaptureText.capture_id == again["2"].id))
    assert [(pages[n].visits, pages[n].changes) for n in "1234"] == [(2, 0), (2, 0), (2, 1), (2, 1)]
    assert pages["1"].record_id == kept["1"].record_id
    assert pages["3"].record_id == again["3"].record_id
    assert pages["4"].off_list_at is not None

    # Asked for by hand, all pages are opened, due or not.
    zoo.asked.clear()
    patrol(workspace, database, all_pages=True)
    assert {"/1", "/2", "/3"} <= set(zoo.asked) and "/4" not in zoo.asked


@SQLITE
def test_a_changed_library_makes_unchanged_pages_be_compared_again(
    workspace: Workspace, database: Database, zoo: Zoo
) -> None:
    shelf(zoo, 1)
    with_etag(zoo, "/1", goods(1))
    first = patrol(workspace, database)
    make_due(database)
    with database.session() as session:
        session.execute(update(KnownPage).values(index_version="older"))
    again = captures(database, patrol(workspace, database).patrol_id)["1"]
    assert (again.http_status, again.refers_to) == (200, captures(database, first.patrol_id)["1"].record_id)
    assert again.judged_at != again.fetched_at and again.judged_at is not None
    with database.session() as session:
        assert TEXT in (session.scalar(select(CaptureText.text).where(CaptureText.capture_id == again.id)) or "")
        assert session.scalar(select(KnownPage.index_version)) != "older"


@SQLITE
def test_a_site_that_loses_a_field_is_told_by_its_own_history(
    workspace: Workspace, database: Database, zoo: Zoo
) -> None:
    shelf(zoo, *range(1, 7))
    patrol(workspace, database)
    with database.session() as session:
        (run,) = session.scalars(select(SiteRun))
        assert (run.items, run.read, run.fields["price"], run.whole) == (6, 6, 6, True)
    with database.session() as session:
        # Five further weeks like the first.
        for number in range(5):
            old = session.get(Capture, 1)
            assert old is not None
            session.add(Patrol(id=100 + number, started_at=old.fetched_at, status="done"))
            session.flush()
            session.add(
                SiteRun(
                    patrol_id=100 + number, site="shop", ended_at=old.fetched_at, whole=True, items=6, read=6,
                    fields=run.fields, skipped={},
                )
            )  # fmt: skip
    for n in range(1, 7):
        zoo.page(f"/{n}", goods(n).replace("class=price", "class=money"))
    found = patrol(workspace, database, all_pages=True)
    assert "读到价格的页从平常的 100% 降到 0%" in found.runs[0].reason
    pair = lost_field(database, "shop")
    assert pair.field == "price" and pair.good.url == pair.bad.url
    page = side_by_side(workspace, pair)
    assert 'class="old">&lt;b class=price&gt;' in page
    assert 'class="new">&lt;b class=money&gt;' in page
    assert "<script" not in page


@pytest.mark.parametrize(
    ("returns", "changes", "watched", "quiet", "least", "most"),
    [
        (0, 0, 0, 0, 1, 1),
        (1, 0, 7, 7, 14, 14),  # one quiet week is no proof of ninety quiet days
        (9, 0, 90, 90, 90, 90),
        (10, 10, 10, 0, 1, 1),
        (10, 1, 70, 30, 40, 80),  # about one change in seventy days
        (10, 5, 70, 7, 8, 16),
    ],
)
def test_how_often_a_page_changes_says_when_it_is_visited(
    returns: int, changes: int, watched: float, quiet: float, least: float, most: float
) -> None:
    assert least <= revisit_days(returns, changes, watched, quiet) <= most


def test_a_fall_is_more_than_the_spread() -> None:
    assert fall([100, 80, 120, 90, 110], 85, tenth=True) == 100
    assert fall([100, 60, 140, 70, 130], 75, tenth=True) is None
    assert fall([100] * 5, 95, tenth=True) is None


@SQLITE
def test_a_patrol_stops_at_its_minutes_and_goes_on_next_time(
    workspace: Workspace, database: Database, zoo: Zoo
) -> None:
    shelf(zoo, *range(1, 7))
    for n in range(3, 7):
        zoo.drip(f"/{n}", 60)
    first = patrol(workspace, database, minutes=0.1)
    assert first.timed_out and first.status is RunStatus.INTERRUPTED
    shelf(zoo, *range(1, 7))
    second = patrol(workspace, database)
    assert second.resumed and not second.timed_out and second.status is RunStatus.DONE
    assert set(captures(database, first.patrol_id)) == {"home", "1", "2", "3", "4", "5", "6"}


@SQLITE
def test_a_site_whose_robots_txt_is_left_aside_is_named_with_the_authority(
    workspace: Workspace, database: Database, zoo: Zoo
) -> None:
    zoo.page("/robots.txt", "User-agent: *\nDisallow: /1", kind="text/plain")
    shelf(zoo, 1, 2)
    obeyed = patrol(workspace, database)
    assert obeyed.progress.authorities == {}
    assert obeyed.skipped_list is not None
    assert f"{zoo.url}/1,robots.txt 不允许访问" in (obeyed.skipped_list / "shop.csv").read_text(encoding="utf-8-sig")
    file = workspace.root / "sites" / "shop" / "site.yaml"
    file.write_text(file.read_text(encoding="utf-8") + "robots_authority: 某版权局〔2026〕12号\n", encoding="utf-8")
    overridden = patrol(workspace, database)
    assert overridden.progress.authorities == {"shop": "某版权局〔2026〕12号"}
    assert "1" in captures(database, overridden.patrol_id)
