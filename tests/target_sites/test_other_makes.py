"""Sites of other makes, each patrolled with a site file: a Pelican blog, a forum in GBK, a shop of one address.

Three lines (name, kind, start) must find every page of each, too, and nothing that is none.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from urllib.parse import parse_qs, urlsplit

import pytest

from patrol.clock import BEIJING
from patrol.vocabulary import PageState
from tests.target_sites.essays import make_essays
from tests.target_sites.office import Kept, Office
from tests.target_sites.oldtown.server import COUNTER, FORUM, is_deleted, posts_of

POSTS = 48
THREE_LINES = (
    "name: 小站\nkind: {kind}\nstart: {start}\npace: {{delay: 0, at_once: 4}}\nallow_private: ['127.0.0.1:{{port}}']\n"
)


def test_a_pelican_blog(blog: str, office: Office) -> None:
    kept = _patrolled(office, "blog", blog)
    essays = {essay.title: essay for essay in make_essays(POSTS, seed="blog")}
    assert sorted(page.read.title for page in kept) == sorted(essays)
    for page in kept:
        essay = essays[page.read.title]
        assert _said(page) == (essay.author, essay.published, essay.text)
        assert set(page.read.tags) == set(essay.tags)


def test_a_forum_of_gbk_frames_sessions_and_threads_of_several_pages(oldtown: str, office: Office) -> None:
    kept = _patrolled(office, "forum", oldtown)
    threads = {str(1000 + thread.number): thread for thread in FORUM}
    found = {parse_qs(urlsplit(page.url).query)["tid"][0]: page for page in kept}
    assert len(found) == len(kept) == len(threads)
    for tid, page in found.items():
        thread = threads[tid]
        assert page.state == (PageState.GONE if is_deleted(thread) else PageState.PRESENT)
        if page.state == PageState.PRESENT:
            moment = thread.published.replace(second=0)
            assert page.read.title == thread.title
            assert _said(page) == (thread.author, moment, "".join(posts_of(thread)))
            assert page.read.views == (12000 if thread.number % 9 == 0 else thread.number * 37)


def test_a_shop_where_only_the_query_differs(oldtown: str, office: Office) -> None:
    kept = _patrolled(office, "counter", oldtown)
    goods = {str(good.number): good for good in COUNTER}
    found = {parse_qs(urlsplit(page.url).query)["id"][0]: page for page in kept}
    assert len(found) == len(kept) == len(goods)
    for number, page in found.items():
        good = goods[number]
        assert page.state == (PageState.GONE if good.gone else PageState.PRESENT)
        if not good.gone:
            read = page.read
            assert (read.title, read.price, read.seller) == (good.title, Decimal(good.price), good.seller)
            assert (read.sales, read.sales_at_least) == (good.sales, good.sales >= 10000)
            assert page.compared.replace("\n", "") == good.description


def test_three_lines_find_every_page_and_no_other(office: Office, request: pytest.FixtureRequest) -> None:
    sites = {name: _site(name, request) for name in ("oscar", "blog", "forum", "counter")}
    for name, (address, kind, start, _) in sites.items():
        text = THREE_LINES.format(kind=kind, start=address + start)
        office.add_site(name, urlsplit(address).port or 0, text)
    assert [target["status"] for target in office.patrol_all()] == ["done"] * 4
    for name, (_, _, _, expected) in sites.items():
        titles = sorted(page.read.title for page in office.kept(name) if page.state == PageState.PRESENT)
        # What a forum says of a deleted thread is known as such only where a site file or the house's table has its words.
        assert [title for title in titles if not title.startswith("提示信息")] == sorted(expected), name


def _site(name: str, request: pytest.FixtureRequest) -> tuple[str, str, str, list[str]]:
    """Address, kind, where to start, and the titles that are there."""
    if name == "oscar":
        address, truth = request.getfixturevalue("oscar")
        return address, "listing", "/catalogue/", [row["title"] for row in truth if not row["gone"]]
    if name == "blog":
        titles = [essay.title for essay in make_essays(POSTS, seed="blog")]
        return request.getfixturevalue("blog"), "article", "/", titles
    if name == "forum":
        there = [thread.title for thread in FORUM if not is_deleted(thread)]
        return request.getfixturevalue("oldtown"), "post", "/", there
    return request.getfixturevalue("oldtown"), "listing", "/counter/", [g.title for g in COUNTER if not g.gone]


def _patrolled(office: Office, name: str, address: str) -> list[Kept]:
    office.add_site(name, urlsplit(address).port or 0)
    outcome = office.patrol(name)
    assert outcome["status"] == "done", outcome
    kept = office.kept(name)
    assert len(kept) == len({page.url for page in kept}), "a page was captured twice"
    return kept


def _said(page: Kept) -> tuple[str, datetime | None, str]:
    """Author, moment, text without line breaks."""
    published = page.read.published
    return page.read.author, published and published.astimezone(BEIJING), page.compared.replace("\n", "")
