"""Where a walk begins and how lists go on: site maps, feeds, open ranges, cursors; and what is not opened."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from patrol import crawl_stats
from patrol.directory import SiteProblem, load_site
from patrol.directory.rules import Rule, RuleError
from patrol.vocabulary import PageState
from spiders.feeds import BrokenFeedError, read_sitemap
from spiders.url_expansion import canonical
from tests.spiders.conftest import Crawl
from tests.spiders.test_crawl import TEXT, item, links
from tests.spiders.zoo import Zoo

FIELDS = "extract: {title: h1, text: '#detail'}\n"


def site_map(zoo: Zoo, *paths: str) -> str:
    rows = "".join(f"<url><loc>{zoo.url}{path}</loc></url>" for path in paths)
    return f'<?xml version="1.0"?><urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{rows}</urlset>'


def shelf(zoo: Zoo, *numbers: int) -> None:
    for n in numbers:
        zoo.page(f"/{n}", item(f"第{n}件", f"{TEXT}第{n}"))


class TestSiteMaps:
    def test_an_index_leads_to_packed_maps_and_only_matching_addresses_are_opened(self, zoo: Zoo, crawl: Crawl) -> None:
        index = f"<sitemapindex><sitemap><loc>{zoo.url}/a.xml.gz</loc></sitemap></sitemapindex>"
        zoo.page("/sitemap.xml", index, kind="application/xml")
        zoo.page("/a.xml.gz", gzip.compress(site_map(zoo, "/1", "/2", "/about").encode()), kind="application/gzip")
        shelf(zoo, 1, 2)
        done = crawl(f"start:\n  - {{sitemap: ZOO/sitemap.xml, match: '/\\d+$'}}\n{FIELDS}")
        assert done.titles() == ["第1件", "第2件"]
        assert "/about" not in zoo.asked
        assert done.skipped() == {"not_matched": 1}

    def test_the_maps_of_robots_txt_are_read_only_when_asked_for(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/robots.txt", f"Sitemap: {zoo.url}/s.xml\n", kind="text/plain")
        zoo.page("/s.xml", site_map(zoo, "/1"))
        zoo.page("/list", links(2))
        shelf(zoo, 1, 2)
        assert crawl(f"start: ZOO/list\nitems: a.item@href\n{FIELDS}").titles() == ["第2件"]
        assert crawl(f"start: [{{sitemap: ZOO/robots.txt}}]\n{FIELDS}").titles() == ["第1件"]

    def test_a_hostile_map_does_no_harm(self, zoo: Zoo, crawl: Crawl) -> None:
        laughs = "".join(f'<!ENTITY a{n} "{f"&a{n - 1};" * 10}">' for n in range(1, 12))
        bomb = f'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a0 "ha">{laughs}<!ENTITY f SYSTEM "file:///etc/passwd">]>'
        zoo.page("/s.xml", f"{bomb}<urlset><url><loc>{zoo.url}/&a11;&f;</loc></url></urlset>")
        zoo.page("/t.xml", "<urlset><url><loc>javascript:alert(1)</loc></url><url><loc>")
        zoo.page("/u.xml", "<html><p>没有站点地图")
        done = crawl(f"start: [{{sitemap: ZOO/s.xml}}, {{sitemap: ZOO/t.xml}}, {{sitemap: ZOO/u.xml}}]\n{FIELDS}")
        assert "passwd" not in " ".join(zoo.asked)
        assert "读不懂" in crawl_stats.YELLOW.of(done.stats)
        assert done.stats["finish_reason"] == "finished"

    def test_a_packed_bomb_is_refused(self) -> None:
        with pytest.raises(BrokenFeedError):
            read_sitemap(gzip.compress(b"<urlset>" + b" " * 60_000_000), "http://a.cn/s.xml.gz")


class TestFeeds:
    @pytest.mark.parametrize(
        "feed",
        [
            '<?xml version="1.0" encoding="gbk"?><rss version="2.0"><channel><link>ZOO/</link><item><title>甲</title>'
            "<link>ZOO/1</link><pubDate>Tue, 24 Nov 2026 08:00:00 +0800</pubDate><description>短</description></item>"
            "</channel></rss>",
            '<feed xmlns="http://www.w3.org/2005/Atom"><link href="ZOO/"/><entry><title>甲</title><link rel="self" '
            'href="ZOO/x"/><link href="/1"/><published>2026-11-24T00:00:00Z</published></entry></feed>',
            '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "7", "url": "ZOO/1", "title": "甲", '
            '"date_published": "2026-11-24T08:00:00+08:00"}]}',
        ],
        ids=["rss", "atom", "json"],
    )
    def test_the_entries_are_items_and_say_when_they_were_published(self, zoo: Zoo, crawl: Crawl, feed: str) -> None:
        zoo.page("/feed", feed.replace("ZOO", zoo.url), kind="application/xml")
        shelf(zoo, 1)
        (page,) = crawl(f"start: [{{feed: ZOO/feed}}]\n{FIELDS}").items
        assert page.extracted.title == "第1件"
        assert page.extracted.published is not None
        assert page.extracted.published.isoformat() == "2026-11-24T00:00:00+00:00"

    def test_a_page_without_text_has_the_feeds(self, zoo: Zoo, crawl: Crawl) -> None:
        content = f"<![CDATA[<p>{TEXT}</p><p>{TEXT}完</p>]]>"
        zoo.page(
            "/feed",
            f"<rss><channel><item><link>{zoo.url}/1</link><description>{content}</description></item></channel></rss>",
        )
        zoo.page("/1", "<title>空</title><div id=app></div>")
        (page,) = crawl("start: [{feed: ZOO/feed}]\n").items
        assert page.extracted.text.endswith("完")
        assert ("text", "订阅源") in page.extracted.rules


class TestLists:
    def test_an_open_range_goes_on_until_a_page_gives_nothing_new(self, zoo: Zoo, crawl: Crawl) -> None:
        for n in range(1, 40):
            zoo.page(f"/list/{n}", links(min(n, 25)))
        shelf(zoo, *range(1, 26))
        done = crawl("start: ZOO/list/{1..}\nitems: a.item@href\n" + FIELDS)
        assert len(done.items) == 25
        assert zoo.times("/list/26") == 1
        assert zoo.times("/list/27") == 0

    def test_an_open_range_of_items_bears_gaps_and_ends(self, zoo: Zoo, crawl: Crawl) -> None:
        shelf(zoo, 1, 2, 5)
        done = crawl("start: ZOO/{1..}\ncrawl: direct\n" + FIELDS)
        assert done.titles() == ["第1件", "第2件", "第5件"]
        assert zoo.times("/10") == 1
        assert zoo.times("/11") == 0

    def test_a_cursor_and_ids_of_a_json_list_are_put_into_addresses(self, zoo: Zoo, crawl: Crawl) -> None:
        kind = "application/json"
        zoo.page("/api/list", '{"data": {"rows": [{"id": 1}, {"id": 2}], "next": "a/b="}}', kind=kind)
        zoo.page("/api/list?cursor=a%2Fb%3D", '{"data": {"rows": [{"id": 3}, {"id": null}], "next": false}}', kind=kind)
        for n in (1, 2, 3):
            zoo.page(f"/api/item/{n}", f'{{"name": "第{n}件", "body": "{TEXT}", "shop": "甲 店"}}', kind=kind)
        done = crawl(
            "start: ZOO/api/list\nitems: 'json: $.data.rows[*].id | link /api/item/{}'\n"
            "next: 'json: $.data.next | link ZOO/api/list?cursor={}'\n"
            "extract: {title: 'json: $.name', text: 'json: $.body', seller_url: 'json: $.shop | link ZOO/u/{}'}\n"
        )
        assert done.titles() == ["第1件", "第2件", "第3件"]
        assert done.items[0].extracted.text == TEXT
        assert done.items[0].extracted.seller_url.endswith("/u/%E7%94%B2%20%E5%BA%97")
        assert len(zoo.asked) == 6  # robots.txt, two lists, three items

    @pytest.mark.parametrize(
        ("rule", "said"),
        [
            ("a@id | link", "填在 {} 处"),
            ("a@id | link https://a.cn/", "填在 {} 处"),
            ("a@id | link ftp://a.cn/{}", "应以 https://"),
            ("a@id | link https://a.cn/{} | number", "写在最后"),
        ],
    )
    def test_a_wrong_link_is_told_in_chinese(self, rule: str, said: str) -> None:
        with pytest.raises(RuleError, match=said):
            Rule.parse(rule)


class TestSkipping:
    def test_the_mobile_twin_of_a_page_is_kept_once(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links("1", "m/1", "other"))
        hint = f'<link rel="canonical" href="{zoo.url}/1">'
        for path, text in (("/1", TEXT * 2), ("/m/1", TEXT * 2), ("/other", TEXT * 3)):
            zoo.page(path, hint + item("一", text))
        done = crawl("start: ZOO/list\nitems: a.item@href\n" + FIELDS)
        assert len(done.items) == 2  # a hint of a page with another text is not believed
        assert done.skipped() == {"duplicate": 1}

    def test_general_words_tell_what_is_gone_but_not_where_they_are_quoted(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/list", links(1, 2, 3))
        zoo.page("/1", "<title>提示</title><p>首页</p><p>抱歉，该商品已下架</p>")
        zoo.page("/2", item("怎么办", TEXT * 20 + "<p>商品已下架</p>"))
        zoo.page("/3", "<title>商品不存在 - 小站</title>" + f"<p>{TEXT}</p>" * 30)
        done = crawl("start: ZOO/list\nitems: a.item@href\n", kind="listing")
        states = {page.url[-1]: page.state for page in done.items}
        assert states == {"1": PageState.GONE, "2": PageState.PRESENT, "3": PageState.GONE}

    def test_robots_txt_is_left_aside_only_by_a_named_authority(self, zoo: Zoo, crawl: Crawl) -> None:
        zoo.page("/robots.txt", "User-agent: *\nDisallow: /\n", kind="text/plain")
        zoo.page("/1", item("一"))
        one = f"start: ZOO/1\ncrawl: direct\n{FIELDS}"
        assert not crawl(one).items
        done = crawl(one + "robots_authority: 某版权局〔2026〕12号\n")
        assert [page.authority for page in done.items] == ["某版权局〔2026〕12号"]
        assert crawl_stats.AUTHORITY.of(done.stats) == "某版权局〔2026〕12号"

    def test_an_authority_without_a_number_is_none(self, tmp_path: Path) -> None:
        (tmp_path / "site.yaml").write_text(
            "name: 甲\nkind: article\nstart: http://a.cn/\nrobots_authority: 领导同意\n"
        )
        with pytest.raises(SiteProblem, match="12号"):
            load_site(tmp_path)

    def test_tracking_and_fragments_do_not_tell_pages_apart(self) -> None:
        assert canonical("https://a.cn/p?id=1&utm_source=wx&spm=a.b#top") == canonical("https://A.cn/p?spm=x&id=1")
        assert canonical("https://a.cn/#!/p/1") != canonical("https://a.cn/#!/p/2")
