"""Walking a site: lists, next pages, split texts, budgets, states, and what servers do wrong."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from patrol import crawl_stats
from patrol.vocabulary import PageState
from spiders.health import within_hours
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo

TEXT = "清晨的集市上，卖豆腐的老人总是第一个到，他把木板擦得发亮，再把一方方豆腐码成两排，等天色慢慢亮起来。"
LIST = "start: ZOO/list\nitems: a.item@href\nnext: a.next@href\nextract: {title: h1, text: '#detail'}\n"
ONE = "start: ZOO/1\ncrawl: direct\nextract: {title: h1, text: '#detail'}\n"


def item(title: str, text: str = TEXT, more: str = "") -> str:
    return f"<!doctype html><title>{title} - 小站</title><h1>{title}</h1><div id=detail>{text}</div>{more}"


def links(*numbers: object, following: str = "") -> str:
    shown = "".join(f'<a class=item href="/{n}">第 {n} 件商品</a>' for n in numbers)
    return shown + (f'<a class=next href="{following}">下一页</a>' if following else "")


class TestLists:
    def test_a_list_is_followed_over_its_pages_and_every_item_is_read_once(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(1, 2, following="/list?p=2"))
        zoo.page("/list?p=2", links(2, 3, following="/list?p=2"))
        for n in "123":
            zoo.page(f"/{n}", item(f"第{n}件"))
        done = crawl(LIST)
        assert done.titles() == ["第1件", "第2件", "第3件"]
        assert [zoo.times(f"/{n}") for n in "123"] == [1, 1, 1]
        assert done.items[0].extracted.text == TEXT

    def test_the_next_page_is_found_without_a_rule(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(1) + '<a href="/list?p=2">下一页 &raquo;</a>')
        zoo.page("/list?p=2", links(2))
        for n in "12":
            zoo.page(f"/{n}", item(f"第{n}件"))
        assert len(crawl("start: ZOO/list\nitems: a.item@href\n").items) == 2

    def test_an_empty_shell_asks_for_a_browser_and_is_no_page(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/", "<!doctype html><title>加载中…</title><div id=app></div><script src=/app.js></script>")
        done = crawl("start: ZOO/\n")
        assert done.items == []
        assert "render: browser" in crawl_stats.YELLOW.of(done.stats)

    def test_several_rules_for_items_all_count(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page(
            "/list",
            '<h1><a href="/1">头条</a></h1><p class=row><a href="/2">二条</a></p><p class=old><a href="/3">三条</a></p>',
        )
        for n in "123":
            zoo.page(f"/{n}", item(f"第{n}件"))
        assert len(crawl("start: ZOO/list\nitems: ['h1 a, .row a@href', .old a@href]\n").items) == 3
        assert sorted(zoo.asked) == ["/1", "/2", "/3", "/list", "/robots.txt"]

    def test_a_frameset_is_looked_into_and_is_no_page_itself(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/", '<title>小站</title><frameset cols="9,*"><frame src="/menu"><frame src="/list"></frameset>')
        zoo.page("/menu", "<p>菜单</p>")
        zoo.page(
            "/list", '<a href="/thread/12">石桥边的修伞铺</a><a href="/redirect.php?goto=lastpost&tid=12">最后发表</a>'
        )
        zoo.page("/thread/12", item("石桥边的修伞铺"))
        assert crawl("start: ZOO/\n").titles() == ["石桥边的修伞铺"]
        assert zoo.times("/redirect.php?goto=lastpost&tid=12") == 0

    def test_what_was_taken_down_is_known_by_being_sent_to_the_list(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/shop/", links("shop/?id=1", "shop/?id=2"))
        zoo.page("/shop/?id=1", item("第1件"))
        zoo.redirect("/shop/?id=2", "/shop/")
        done = crawl("start: ZOO/shop/\nitems: a.item@href\n")
        assert {page.url.partition("/shop/")[2]: page.state for page in done.items} == {
            "?id=1": PageState.PRESENT, "?id=2": PageState.GONE,
        }  # fmt: skip

    def test_a_list_without_end_is_left_when_nothing_new_comes(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/1", item("一"))
        for n in range(1, 60):
            zoo.page(f"/list?p={n}", links(1, following=f"/list?p={n + 1}"))
        done = crawl("start: ZOO/list?p=1\nitems: a.item@href\nnext: a.next@href\n")
        assert len(done.items) == 1
        assert len(zoo.asked) < 8
        assert done.skipped()["nothing_new_on_lists"] == 1

    def test_ranges_of_addresses_are_opened_one_by_one(self, zoo: Zoo, crawl: Crawl) -> None:
        for n in range(1, 4):
            zoo.page(f"/list/{n}", links(n))
            zoo.page(f"/{n}", item(f"第{n}件"))
        assert len(crawl("start: ZOO/list/{1..3}\nitems: a.item@href\n").items) == 3

    def test_the_budget_of_pages_is_kept_and_told(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(*range(1, 30)))
        for n in range(1, 30):
            zoo.page(f"/{n}", item(f"第{n}件"))
        done = crawl(LIST + "limit: {pages: 10}\n")
        assert len(done.items) == 9
        assert done.skipped()["page_limit"] == 20
        assert "页数上限 10" in crawl_stats.YELLOW.of(done.stats)

    def test_depth_is_kept(self, zoo: Zoo, crawl: Crawl) -> None:
        for n in range(1, 9):
            zoo.page(f"/list?p={n}", links(n, following=f"/list?p={n + 1}"))
            zoo.page(f"/{n}", item(f"第{n}件"))
        done = crawl("start: ZOO/list?p=1\nitems: a.item@href\nnext: a.next@href\nlimit: {depth: 3}\n")
        assert len(done.items) == 4
        assert done.skipped() == {"depth_limit": 1}

    def test_a_list_that_gives_nothing_is_no_quiet_success(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", "<p>改版了</p>")
        done = crawl(LIST)
        assert not done.items
        assert "没有找到条目" in crawl_stats.YELLOW.of(done.stats)

    def test_a_start_that_is_refused_is_no_page_and_is_told(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/closed", "<h1>403 Forbidden</h1><p>您没有权限查看这个页面，请联系管理员处理。</p>", 403)
        zoo.page("/open", "<a class=i href=/1>第一篇文章</a>")
        zoo.page("/1", item("一"))
        done = crawl("start: ZOO/closed\n")
        assert done.items == []
        assert done.skipped() == {"http_403": 1}
        both = crawl("start: [ZOO/closed, ZOO/open]\nitems: a.i@href\n")
        assert len(both.items) == 1
        assert "1 个起始地址没有打开" in crawl_stats.YELLOW.of(both.stats)

    def test_a_site_of_which_every_page_is_gone_is_no_quiet_success(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/", "<a class=i href=/1>第一件</a><a class=i href=/2>第二件</a>")
        zoo.page("/1", item("一"), 404)
        zoo.page("/2", item("二"), 410)
        done = crawl("start: ZOO/\nitems: a.i@href\n")
        assert {item.state for item in done.items} == {PageState.GONE}
        assert "2 页都已下架或不存在" in crawl_stats.YELLOW.of(done.stats)

    def test_json_lists_are_read_with_json_rules(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", '{"data": [{"url": "/1"}, {"url": "/2"}], "next": "/list?c=2"}', kind="application/json")
        zoo.page("/list?c=2", '{"data": [{"url": "/3"}], "next": null}', kind="application/json")
        for n in "123":
            zoo.page(f"/{n}", f'{{"标题": "第{n}件", "price": 3.5}}', kind="application/json")
        site = "start: ZOO/list\nitems: 'json: $.data[*].url'\nnext: 'json: $.next'\nextract: {title: 'json: $.标题', price: 'json: price'}\n"
        done = crawl(site)
        assert done.titles() == ["第1件", "第2件", "第3件"]
        assert str(done.items[0].extracted.price) == "3.5"

    def test_a_mode_of_few_words_walks_the_whole_site(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/", '<a href="/news/">新闻</a><a href="/login">登录</a><a href="/list?sort=new">排序</a>')
        zoo.page("/news/", "".join(f'<a href="/news/{n}.html">第 {n} 条新闻标题</a>' for n in (11, 12)))
        for n in (11, 12):
            zoo.page(f"/news/{n}.html", f"<h1>新闻{n}</h1><p>{TEXT * 6}</p>")
        for mode in ("full", "navigation"):
            zoo.asked.clear()
            done = crawl(f"start: ZOO/\ncrawl: {mode}\n")
            assert done.titles() == ["新闻11", "新闻12"], mode
            assert "/login" not in zoo.asked
            assert "/list?sort=new" not in zoo.asked

    def test_three_lines_read_an_article_site(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/", "".join(f'<a href="/a/{n}.html">第 {n} 篇文章的标题</a>' for n in (1, 2)))
        for n in (1, 2):
            zoo.page(
                f"/a/{n}.html",
                f"<title>文章{n} - 小站</title><div><p>{TEXT}</p><p>{TEXT}</p></div><footer>浙ICP备1号</footer>",
            )
        done = crawl("start: ZOO/\n")
        assert done.titles() == ["文章1", "文章2"]
        assert TEXT in done.items[0].extracted.text
        assert "ICP" not in done.items[0].extracted.text
        assert done.items[0].extracted.footer == "浙ICP备1号"


class TestItems:
    def test_a_text_split_over_pages_is_joined_in_order(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(1))
        for n in (1, 2, 3):
            following = f'<a class=more href="/{n + 1}">下一页</a>' if n < 3 else ""
            zoo.page(f"/{n}", item("第一章", f"第{n}段", following))
        done = crawl(LIST + "next_part: a.more@href\n")
        assert [i.extracted.text for i in done.items] == ["第1段\n第2段\n第3段"]
        page = done.items[0]
        assert page.url.endswith("/1")
        assert [part.url[-2:] for part in page.parts] == ["/2", "/3"]
        assert "第1段".encode() in page.exchange.response_body

    def test_a_text_whose_later_part_is_lost_is_kept_as_far_as_it_goes(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/1", item("第一章", "第1段", '<a class=more href="/2">续</a>'))
        zoo.drop("/2")
        done = crawl(ONE + "next_part: a.more@href\n")
        assert [i.extracted.text for i in done.items] == ["第1段"]
        assert "没有取全" in crawl_stats.YELLOW.of(done.stats)

    def test_parts_that_lead_in_a_circle_end(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/1", item("一", "甲", '<a class=more href="/2">续</a>'))
        zoo.page("/2", item("一", "乙", '<a class=more href="/1">续</a>'))
        done = crawl(ONE + "next_part: a.more@href\n")
        assert len(done.items) == 1
        assert len(zoo.asked) < 6

    def test_a_gbk_page_that_says_it_is_utf_8_is_read_rightly(self, zoo: Zoo, crawl: Crawl) -> None:
        body = item("雾港来信").replace("<title>", '<meta charset="utf-8"><title>').encode("gbk")
        zoo.page("/1", body, kind="text/html; charset=utf-8")
        assert crawl(ONE).items[0].extracted.text == TEXT

    def test_the_exchange_keeps_the_bytes_and_headers_as_they_came(self, zoo: Zoo, crawl: Crawl) -> None:
        body = item("一").encode("gbk")
        zoo.page("/1", gzip.compress(body), Content_Encoding="gzip", X_Shop="a")
        exchange = crawl(ONE).items[0].exchange
        assert exchange.response_body == body
        assert ("X-Shop", "a") in exchange.response_headers
        assert any(name == "User-Agent" and "PatrolBot" in value for name, value in exchange.request_headers)
        assert exchange.ip_address == "127.0.0.1"
        assert (datetime.now(UTC) - exchange.fetched_at).total_seconds() < 60
        assert (exchange.method, exchange.status) == ("GET", 200)

    def test_the_digest_of_the_site_file_goes_with_the_page(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/1", item("一"))
        assert len(crawl(ONE).items[0].site_file_sha256) == 64

    def test_a_page_reached_by_two_addresses_is_kept_once(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links("a", "b"))
        zoo.redirect("/a", "/real")
        zoo.redirect("/b", "/real")
        zoo.page("/real", item("一"))
        done = crawl(LIST)
        assert len(done.items) == 1
        assert done.items[0].extracted.extra[0][0] == "redirected_from"

    @pytest.mark.parametrize("kind", ["application/pdf", "text/html"])
    def test_what_is_no_page_is_counted_and_not_read(self, zoo: Zoo, crawl: Crawl, kind: str) -> None:
        zoo.page("/1", b"%PDF-1.7\n" + bytes(range(256)), kind=kind)
        assert crawl(ONE).skipped() == {"not_a_page": 1}

    def test_only_the_given_address_is_read_when_one_is_given(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/7", item("第7件"))
        done = crawl(LIST, url=f"{zoo.url}/7")
        assert done.titles() == ["第7件"]
        assert zoo.times("/list") == 0


class TestStates:
    def test_a_page_that_is_gone_is_yielded_as_gone(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(1, 2, 3, 4))
        zoo.page("/1", item("商品", "商品已下架"))
        zoo.page("/2", "<p>没有了</p>", status=410)
        zoo.page("/4", item("在售"))
        done = crawl(LIST + "states: {gone: [商品已下架]}\n")
        states = {i.url[-1]: i.state for i in done.items}
        assert states == {"1": PageState.GONE, "2": PageState.GONE, "3": PageState.GONE, "4": PageState.PRESENT}

    def test_a_word_in_a_script_does_not_make_a_page_gone(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/1", item("在售", more="<script>var gone = '商品已下架';</script>"))
        assert crawl(ONE + "states: {gone: [商品已下架]}\n").items[0].state is PageState.PRESENT

    @pytest.mark.parametrize("said", ["商品<b>已</b>下架", "&#21830;&#21697;已下架"])
    def test_a_sign_counts_however_its_page_is_written(self, zoo: Zoo, crawl: Crawl, said: str) -> None:
        zoo.page("/1", f"<h1>一件东西</h1><p>{said}</p>")
        done = crawl("start: ZOO/1\ncrawl: direct\nstates: {gone: 商品已下架}\n")
        assert [item.state for item in done.items] == [PageState.GONE]

    def test_an_item_answered_by_the_front_page_is_gone(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/", item("首页"))
        zoo.redirect("/1", "/")
        page = crawl(ONE).items[0]
        assert page.state is PageState.GONE
        assert page.url.endswith("/1")

    def test_a_login_page_pauses_the_site(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/1", "<form id=login>请登录</form>")
        done = crawl(ONE + "states: {logged_out: ['css: form#login']}\n")
        assert not done.items
        assert done.stats["finish_reason"] == "logged_out"

    def test_a_captcha_stops_the_site(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(*range(1, 40)))
        for n in range(1, 40):
            zoo.page(f"/{n}", "<p>请输入验证码</p>")
        done = crawl(LIST + "states: {blocked: [验证码]}\npace: {delay: 0.1, at_once: 1}\n")
        assert done.stats["finish_reason"] == "blocked"
        assert len(zoo.asked) < 6

    def test_refusals_one_after_another_are_a_block(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(*range(1, 40)))
        for n in range(1, 40):
            zoo.page(f"/{n}", "", status=403)
        assert crawl(LIST).stats["finish_reason"] == "blocked"


class TestBadServers:
    @pytest.mark.parametrize("fault", ["drop", "partial", "broken_chunks", "drip"])
    def test_a_server_that_breaks_off_costs_that_page_only(self, zoo: Zoo, crawl: Crawl, fault: str) -> None:
        zoo.page("/list", links(1, 2))
        zoo.page("/2", item("好的"))
        if fault == "drop":
            zoo.drop("/1")
        elif fault == "drip":
            zoo.drip("/1", 30)
        else:
            getattr(zoo, fault)("/1", item("坏的"))
        done = crawl(LIST, settings={"DOWNLOAD_TIMEOUT": 2})
        assert done.titles() == ["好的"]
        assert done.stats["finish_reason"] == "finished"

    def test_bad_header_bytes_do_no_harm(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.bad_header("/1", item("一"))
        assert crawl(ONE).titles() == ["一"]

    def test_a_page_larger_than_allowed_is_given_up(self, zoo: Zoo, crawl: Crawl, office) -> None:
        (office / "patrol.toml").write_text("[crawl]\ndelay = 0\nmax_page_bytes = 20000\n")
        zoo.page("/1", item("大", TEXT * 1000))
        assert not crawl(ONE).items

    def test_a_decompression_bomb_is_given_up(self, zoo: Zoo, crawl: Crawl, office) -> None:
        (office / "patrol.toml").write_text("[crawl]\ndelay = 0\nmax_page_bytes = 1000000\n")
        zoo.page("/1", gzip.compress(b"<p>a</p>" * 10_000_000), Content_Encoding="gzip")
        assert not crawl(ONE).items

    def test_redirects_in_a_circle_end(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.redirect("/1", "/2")
        zoo.redirect("/2", "/1")
        assert not crawl(ONE).items
        assert len(zoo.asked) < 10

    @pytest.mark.parametrize(
        "body", ["", "\0\0", "<" * 5000, "<div>" * 20_000 + "深" + "</div>" * 20_000, "<p>" + "&#0;" * 99]
    )
    def test_odd_pages_are_read_without_harm(self, zoo: Zoo, crawl: Crawl, body: str) -> None:
        zoo.page("/1", body)
        done = crawl("start: ZOO/1\ncrawl: direct\n")
        assert len(done.items) == 1
        assert "spider_exceptions" not in " ".join(done.stats)


class TestHealth:
    def test_a_field_that_stops_coming_is_told(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(*range(1, 11)))
        for n in range(1, 11):
            zoo.page(f"/{n}", item("书", more="<b class=price>3</b>" if n < 4 else ""))
        done = crawl(
            LIST.replace("text: '#detail'", "text: '#detail', price: .price")
            + "expect: {price: 0.9, items_per_run: 20..40}\n"
        )
        assert crawl_stats.FIELDS.of(done.stats)["price"] == 3
        assert "只有 30% 读到价格" in crawl_stats.YELLOW.of(done.stats)
        assert "平常是 20 到 40 页" in crawl_stats.YELLOW.of(done.stats)

    def test_a_healthy_run_has_nothing_to_tell(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(*range(1, 11)))
        for n in range(1, 11):
            zoo.page(f"/{n}", item("书"))
        done = crawl(LIST + "expect: {title: 1.0, items_per_run: 5..40}\n")
        assert crawl_stats.YELLOW.of(done.stats) == ""

    @pytest.mark.parametrize(
        ("hours", "clock", "open_"),
        [
            ("", 3, True), ("08:00-20:00", 9, True), ("08:00-20:00", 21, False), ("22:00-06:00", 23, True),
            ("22:00-06:00", 7, False), ("18:00-24:00", 23, True),
        ],
    )  # fmt: skip
    def test_hours_are_beijing_hours(self, hours: str, clock: int, open_: bool) -> None:
        assert within_hours(hours, datetime(2026, 11, 24, (clock - 8) % 24, 30, tzinfo=UTC)) is open_
