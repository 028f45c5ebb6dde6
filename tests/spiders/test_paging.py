"""The next page of a list, found without a rule in what sites really write."""

from __future__ import annotations

from datetime import UTC, datetime
from urllib.parse import quote, unquote

import pytest

from patrol.directory import SiteFile
from patrol.items import Extracted
from spiders.links import Links
from spiders.paging import next_page, next_part
from spiders.reading.page import Page

ROW = '<a href="?page=1">1</a> <a href="?page=2">2</a> <a href="?page=3">3</a> <a href="?page=10">10</a>'


def after(html: str, url: str = "http://a.cn/list") -> str:
    return next_page(Page(url, html, datetime(2026, 11, 25, tzinfo=UTC))).removeprefix("http://a.cn")


@pytest.mark.parametrize(
    "words",
    [
        "下一页",
        "下一页 »",
        "下页",
        "后一页>",
        "下一頁",
        "下一个",
        "【下一页】",
        "下一页 (2/10)",
        "Next",
        "Next page →",
        "»",
        "&gt;&gt;",
        "older posts",
    ],
)
def test_it_is_known_by_its_words(words: str) -> None:
    assert after(f'<a href="/p2">{words}</a>') == "/p2"


@pytest.mark.parametrize("words", ["下一篇：雾港", "下一章", "更多", "下一步：填写订单", "nextbook"])
def test_other_words_are_no_next_page(words: str) -> None:
    assert after(f'<a href="/p2">{words}</a>') == ""


def test_rel_comes_before_words_and_words_before_classes() -> None:
    both = '<link rel=next href="/r"><a href="/w">下一页</a><a class=next href="/c"><i></i></a>'
    assert after(both) == "/r"
    assert after(both.replace("rel=next", "rel=icon")) == "/w"
    assert after('<li class=next><a href="/c"><i></i></a></li>') == "/c"
    assert after('<a href="/t" title="下一页"><img src=x></a>') == "/t"


def test_a_double_arrow_beside_a_single_one_is_the_last_page() -> None:
    assert after('<a href="/p9">»</a><a href="/p2">›</a>') == "/p2"
    assert after('<a href="/p9">⟫</a><a href="/p2">⟩</a>') == "/p2"
    assert after('<a href="/p2">»</a>') == "/p2"


def test_an_arrow_of_a_slide_show_or_a_script_is_none() -> None:
    assert (
        after('<a class=next href="#">&gt;</a><a class="nxt" href="javascript:go(2)">下一页</a>' + ROW)
        == "/list?page=2"
    )


def test_a_row_of_numbers_is_walked_in_order() -> None:
    assert after(ROW) == "/list?page=2"
    assert after(ROW, "http://a.cn/list?page=2") == "/list?page=3"
    assert after(ROW, "http://a.cn/list?page=10") == ""
    assert (
        after('<a href="/list_2.html">[2]</a><a href="/list_3.html">[3]</a>', "http://a.cn/list_2.html")
        == "/list_3.html"
    )
    assert after('<a href="/f-8-2.html">2</a><a href="/f-8-3.html">3</a>', "http://a.cn/f-8-1.html") == "/f-8-2.html"


def test_numbers_that_are_days_or_another_site_are_no_pages() -> None:
    assert after('<a href="/log?day=2">2</a><a href="/log?day=3">3</a>') == ""
    assert after('<a href="http://b.cn/?page=2">2</a>') == ""


def test_the_page_itself_is_not_its_own_next() -> None:
    assert after('<a href="/list?page=10">下一页</a>', "http://a.cn/list?page=10") == ""


def found(html: str) -> list[str]:
    site = SiteFile.model_validate({"name": "小站", "kind": "listing", "start": "http://a.cn/"})
    page = Page("http://a.cn/", html, datetime(2026, 11, 25, tzinfo=UTC))
    return [unquote(url).removeprefix("http://a.cn") for url in Links(site).to_items(page)]


def items(*paths: str) -> list[str]:
    return found("".join(f'<a href="{quote(path, safe="/?=&")}">一件好东西</a>' for path in paths))


def test_a_short_title_is_a_title_and_a_page_number_is_none() -> None:
    assert found('<a href="/p/12">活着</a> <a href="/list_2.html">下一页 »</a> <a href="/list_3.html">3</a>') == [
        "/p/12"
    ]
    assert found('<a href="/p/12">更多&gt;</a> <a href="/p/13">上一篇：雾港</a> <a href="/p/14">登录</a>') == []


def test_headings_are_items_where_no_address_has_a_number() -> None:
    posts = '<h1><a href="/">小站</a></h1><h2><a href="/wu-gang/">雾港的来信</a></h2><a href="/about/">关于我们</a>'
    assert found(posts) == ["/wu-gang/"]
    assert found(posts + '<a href="/post/12">石桥的钟声</a>') == ["/post/12"]


def test_a_page_of_many_headings_or_with_a_next_page_is_a_list_however_long() -> None:
    links = Links(
        SiteFile.model_validate({"name": "小站", "kind": "article", "start": "http://a.cn/", "crawl": "full"})
    )
    text = "<p>" + "雨停的时候，石板路上映出半条街的影子。" * 30 + "</p>"

    def is_item(more: str, url: str = "http://a.cn/x") -> bool:
        return links.is_item(Page(url, text + more, datetime(2026, 11, 25, tzinfo=UTC)), Extracted(text=text))

    assert is_item("")
    assert is_item('<a href="/x?page=2">下一页</a>'), "the text goes on"
    assert not is_item('<a href="/y/2">下一页</a>')
    assert not is_item("".join(f'<h3><a href="/p/{n}">石桥</a></h3>' for n in range(20)))


def test_a_route_after_the_hash_belongs_to_the_address() -> None:
    assert found('<a href="#/item/17">雾港来信</a> <a href="#!/item/18">雾港来信</a> <a href="#top">回到顶部</a>') == [
        "/#/item/17",
        "/#!/item/18",
    ]


def test_encoded_chinese_is_no_number() -> None:
    assert items("/图书/热门", "/图书/", "/关于我们") == []
    assert items("/图书/雾港的来信_6/", "/图书/雾港的来信-6", "/雾港/7") == [
        "/图书/雾港的来信_6/",
        "/图书/雾港的来信-6",
        "/雾港/7",
    ]


def test_sections_and_labels_are_no_items() -> None:
    assert items("/category/books_12/", "/tag/1234.html", "/author/lin-2001.html", "/archives.html") == []
    assert items("/?id=17", "/?sort=price") == ["/?id=17"]
    assert items("/post/12", "/show.php?id=7", "/2024/wu-gang.html") == [
        "/post/12",
        "/show.php?id=7",
        "/2024/wu-gang.html",
    ]


@pytest.mark.parametrize(
    ("here", "there", "is_part"),
    [
        ("/news/8.html", "/news/8_2.html", True),
        ("/news/8_2.html", "/news/8_3.html", True),
        ("/news/8.html", "/news/9.html", False),
        ("/book/12/3401.html", "/book/12/3402.html", False),
        ("/a.php?id=8", "/a.php?id=8&page=2", True),
        ("/a.php?id=8&page=2", "/a.php?id=8&page=3", True),
        ("/a.php?id=8", "/a.php?id=9", False),
        ("/news/8_3.html", "/news/8_2.html", False),
        ("/news/tea", "/news/tea/2", True),
    ],
)
def test_a_text_goes_on_where_only_the_number_of_the_part_differs(here: str, there: str, is_part: bool) -> None:
    page = Page(f"http://a.cn{here}", f'<a href="{there}">下一页</a>', datetime(2026, 11, 25, tzinfo=UTC))
    assert next_part(page) == (f"http://a.cn{there}" if is_part else "")
