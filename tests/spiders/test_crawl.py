"""Walking a site: lists, next pages, split texts, budgets, and what servers do wrong."""

from __future__ import annotations

from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo

TEXT = "清晨的集市上，卖豆腐的老人总是第一个到，他把木板擦得发亮，再把一方方豆腐码成两排，等天色慢慢亮起来。"


def item(title: str, text: str = TEXT) -> str:
    return f"<!doctype html><title>{title} - 小站</title><h1>{title}</h1><div id=detail>{text}</div>"


LIST = "start: ZOO/list\nitems: a.item@href\nnext: a.next@href\nextract: {title: h1, text: '#detail'}\n"


def test_a_list_is_followed_over_its_pages_and_every_item_is_read_once(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page(
        "/list", '<a class=item href="/1">一</a><a class=item href="/2">二</a><a class=next href="/list?p=2">下</a>'
    )
    zoo.page(
        "/list?p=2", '<a class=item href="/2">二</a><a class=item href="/3">三</a><a class=next href="/list?p=2">下</a>'
    )
    for n in "123":
        zoo.page(f"/{n}", item(f"第{n}件"))
    done = crawl(LIST)
    assert done.titles() == ["第1件", "第2件", "第3件"]
    assert [zoo.times(f"/{n}") for n in "123"] == [1, 1, 1]
    assert done.items[0].extracted.text == TEXT
