"""One page, one address; and links that lead nowhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol.directory import SearchStart
from spiders.url_expansion import canonical, expand, is_trap, same_site, searches


@pytest.mark.parametrize(
    ("written", "same_as"),
    [
        ("http://a.cn/1?utm_source=x&spm=a.1.2", "http://a.cn/1"),
        ("http://a.cn/1#comments", "http://a.cn/1"),
        ("HTTP://A.CN:80/1", "http://a.cn/1"),
        ("https://a.cn:443", "https://a.cn/"),
        ("http://a.cn/1;jsessionid=0A1B", "http://a.cn/1"),
        ("http://a.cn/1?b=2&a=1", "http://a.cn/1?a=1&b=2"),
        ("http://a.cn/1?from=timeline", "http://a.cn/1"),
        ("http://a.cn/1?_t=1700000000000", "http://a.cn/1"),
        ("http://a.cn/1?phpsessid=0123456789abcdef01", "http://a.cn/1"),
        ("http://a.cn/书", "http://a.cn/%E4%B9%A6"),
    ],
)
def test_addresses_of_the_same_page_are_one(written: str, same_as: str) -> None:
    assert canonical(written) == canonical(same_as) == same_as


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://a.cn/thread?t=1", "http://a.cn/thread?t=2"),
        ("http://a.cn/list?from=20", "http://a.cn/list?from=40"),
        ("http://a.cn/shop?sid=12", "http://a.cn/shop?sid=13"),
        ("http://a.cn/play?src=a1b2c3", "http://a.cn/play?src=a1b2c4"),
        ("http://a.cn/#!/video/1", "http://a.cn/#!/video/2"),
        ("http://a.cn:8001/", "http://a.cn:8002/"),
        ("http://a.cn/?q=%B9%E3%D6%DD", "http://a.cn/?q=%B1%B1%BE%A9"),
    ],
)
def test_addresses_of_different_pages_stay_apart(one: str, other: str) -> None:
    assert canonical(one) != canonical(other)


@given(st.text(max_size=80).map("http://a.cn/".__add__))
def test_the_canonical_form_of_a_canonical_form_is_itself(url: str) -> None:
    assert canonical(canonical(url)) == canonical(url)


def test_ranges_multiply_and_keep_their_leading_noughts() -> None:
    assert list(expand("http://a.cn/{1..2}/{08..10}")) == [
        f"http://a.cn/{a}/{b}" for a in "12" for b in ("08", "09", "10")
    ]


def test_a_huge_range_is_cut() -> None:
    assert sum(1 for _ in expand("http://a.cn/{1..999999999}/{1..999999999}")) == 10_000


def test_every_title_is_searched_alone_and_with_each_phrase() -> None:
    start = SearchStart(search="http://a.cn/s?q={work}", also=("电子版",))
    assert list(searches(start, ["雾港"])) == [
        ("雾港", "http://a.cn/s?q=%E9%9B%BE%E6%B8%AF"),
        ("雾港", "http://a.cn/s?q=%E9%9B%BE%E6%B8%AF%20%E7%94%B5%E5%AD%90%E7%89%88"),
    ]


def test_a_gbk_site_is_searched_in_gbk() -> None:
    start = SearchStart(search="http://a.cn/s?q={work}", encoding="gbk")
    assert next(searches(start, ["雾港"]))[1] == "http://a.cn/s?q=%CE%ED%B8%DB"


@pytest.mark.parametrize(
    "url",
    [
        "http://a.cn/list?sort=price&page=1",
        "http://a.cn/catalogue/?selected_facets=price_exact%3A1",
        "http://a.cn/calendar/2026/11",
        "http://a.cn/login?next=/",
        "http://a.cn/a/b/a/b/a/b",
        "http://a.cn/cover.jpg",
        "http://a.cn/basket/add/1",
    ],
)
def test_links_that_lead_nowhere_are_known(url: str) -> None:
    assert is_trap(url)


@pytest.mark.parametrize(
    "url", ["http://a.cn/art-print-123", "http://a.cn/list?page=2", "http://a.cn/a/login-song.html"]
)
def test_honest_links_are_no_traps(url: str) -> None:
    assert not is_trap(url)


def test_the_mobile_twin_is_the_same_site() -> None:
    assert same_site("http://m.a.cn/1", "http://www.a.cn/")
    assert not same_site("http://a.cn.evil.cn/1", "http://a.cn/")
