"""A first site file, made by looking, finds a site's items without an edit: on sites of many shapes and on the demo's."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from patrol.clock import BEIJING
from patrol.demo.server import town_process
from patrol.demo.town import build_town
from patrol.directory import SiteFile, load_site
from patrol.directory.site_draft import Draft, DraftField, written
from patrol.vocabulary import PageKind
from tests.sites import shapes
from tests.sites.serving import served
from tests.spiders.crawling import Crawled, Crawling, Job

ENOUGH = 0.9


def survey(crawling: Crawling, office: Path, url: str, render: str = "http") -> Draft:
    arguments = {"url": url, "render": render, "allow": urlsplit(url).netloc}
    done = crawling.run(Job("wizard", arguments, {"PATROL_WORKSPACE": str(office)}))
    assert len(done.items) == 1, done.log or done.error
    draft: Any = done.items[0]
    return draft


def crawl(crawling: Crawling, office: Path, draft: Draft) -> Crawled:
    """With the draft as a site file, as it was written."""
    folder = office / "sites" / "here"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "site.yaml").write_text(written(draft, "2026-11-25"), encoding="utf-8")
    assert isinstance(load_site(folder), SiteFile)
    return crawling.run(Job(draft.kind.value, {"site": "here"}, {"PATROL_WORKSPACE": str(office)}))


@pytest.fixture
def office(tmp_path: Path) -> Path:
    (tmp_path / "patrol.toml").write_text("[crawl]\ndelay = 0\nat_once = 8\ntimeout = 10\n", encoding="utf-8")
    return tmp_path


def _path(url: str) -> str:
    parts = urlsplit(url)
    return parts.path + (f"?{parts.query}" if parts.query else "")


def _wrong(read: Any, wanted: dict[str, str]) -> dict[str, tuple[str, Any]]:
    found = {}
    for field, value in wanted.items():
        got = getattr(read, field)
        if field == "published":
            right = got is not None and got.astimezone(BEIJING).strftime("%Y-%m-%d %H:%M").startswith(value)
        elif field in ("price", "sales"):
            right = got is not None and Decimal(got) == Decimal(value)
        else:
            right = got == value
        if not right:
            found[field] = (value, got)
    return found


@pytest.mark.parametrize("make", shapes.SHAPES, ids=lambda make: make.__name__)
def test_a_file_made_by_looking_finds_the_items_and_reads_them(crawling: Crawling, office: Path, make: Any) -> None:
    shape: shapes.Shape = make()
    with served(shape) as address:
        draft = survey(crawling, office, address + shape.start, shape.render)
        assert not draft.problem
        assert draft.kind == PageKind(shape.kind)
        done = crawl(crawling, office, draft)
    there = {_path(item.url): item.extracted for item in done.items}
    hit = there.keys() & shape.items.keys()
    assert len(hit) >= ENOUGH * len(shape.items), sorted(shape.items.keys() - there.keys())[:5]
    assert len(there.keys() - hit) <= 0.1 * len(there), "few pages that are no items"
    wrong = {path: _wrong(there[path], shape.items[path]) for path in hit}
    wrong = {path: fields for path, fields in wrong.items() if fields}
    assert len(wrong) <= 0.1 * len(hit), list(wrong.items())[:3]


@pytest.mark.parametrize("site", ["shop", "forum", "novel", "netdisk", "nft"])
def test_the_demos_sites_need_no_edit(crawling: Crawling, office: Path, town: dict[str, int], site: str) -> None:
    draft = survey(crawling, office, f"http://127.0.0.1:{town[site]}/")
    done = crawl(crawling, office, draft)
    there = {urlsplit(item.url).path: item.extracted for item in done.items}
    pages = {page.path: page for page in build_town().on(site)}
    hit = there.keys() & pages.keys()
    assert len(hit) >= ENOUGH * len(pages)
    wrong = []
    for path in hit:
        read, page = there[path], pages[path]
        people = {read.seller, read.author}
        opening = "".join(page.paragraphs[0].split())[:30]
        if read.title != page.title or page.author not in people or opening not in "".join(read.text.split()):
            wrong.append((path, read.title, people))
        if site in ("shop", "nft") and read.price != Decimal(str(page.price or 19.9)):
            wrong.append((path, page.price, read.price))
    assert len(wrong) <= 0.1 * len(hit), wrong[:3]
    assert (
        draft.kind
        == {"shop": "listing", "forum": "post", "novel": "article", "netdisk": "share", "nft": "collectible"}[site]
    )


@pytest.fixture(scope="module")
def town() -> Any:
    with town_process() as ports:
        yield ports


def test_an_endless_list_built_by_scripts_is_scrolled(crawling: Crawling, office: Path, town: dict[str, int]) -> None:
    url = f"http://127.0.0.1:{town['video']}/"
    assert survey(crawling, office, url).thin, "without a browser there is nothing to see"
    draft = survey(crawling, office, url, "browser")
    assert (draft.kind, draft.render, draft.scroll > 0) == (PageKind.VIDEO, "browser", True)
    assert {"seller", "seller_url", "views"} <= {name for name, field in draft.fields.items() if field.rule}
    assert draft.links == 10


def test_a_page_by_itself_makes_a_file_for_just_that_page(crawling: Crawling, office: Path) -> None:
    shape = shapes.news()
    path = next(iter(shape.items))
    shape.pages = {path: shape.pages[path]}
    with served(shape) as address:
        draft = survey(crawling, office, address + path)
        assert draft.crawl == "direct"
        done = crawl(crawling, office, draft)
    assert [item.extracted.title for item in done.items] == [shape.items[path]["title"]]


def test_what_cannot_be_looked_at_is_said_in_a_sentence(crawling: Crawling, office: Path) -> None:
    shape = shapes.news()
    with served(shape) as address:
        assert "404" in survey(crawling, office, f"{address}/none.html").problem
        shape.pages["/robots.txt"] = "User-agent: *\nDisallow: /\n"
        assert "robots.txt" in survey(crawling, office, address + shape.start).problem
        done = crawling.run(Job("wizard", {"url": address + shape.start}, {"PATROL_WORKSPACE": str(office)}))
    refused: Any = done.items[0]
    assert "内网" in refused.problem, "an address of this machine is not looked at unless that is allowed"


def test_what_a_draft_says_is_read_back_as_it_was_meant(tmp_path: Path) -> None:
    awkward = {
        "title": DraftField(rule="#name > h1", shown="# 标题: '引号'"),
        "price": DraftField(rule=".now | number", shown="¥1"),
        "seller": DraftField(rule="re: 店铺[：:]\\s*([^<'\"]+)", shown="某某'店"),
        "text": DraftField(rule='xpath: (//td[contains(., "正文: x")])[1]'),
    }
    draft = Draft(
        url="x", name="- 名字: 带#号", kind=PageKind.LISTING, start=("https://a.cn/?q=1&p={1..3}#!/x",), home="https://a.cn/",
        items='a[href*="/i/"]@href', next="#pager a@href", fields=awkward, crawl="pagination_only", links=3,
    )  # fmt: skip
    (tmp_path / "site.yaml").write_text(written(draft, "2026-11-25"), encoding="utf-8")
    site = load_site(tmp_path)
    assert (site.name, site.start, site.items[0].written) == (draft.name, draft.start, draft.items)
    assert {name: rules[0].written for name, rules in site.extract.rules.items()} == {
        name: field.rule for name, field in awkward.items()
    }
