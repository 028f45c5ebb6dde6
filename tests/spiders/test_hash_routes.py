"""Pages that differ in what no server sees, ``#!/item/17``: each is a page of its own, none is taken for the front page."""

from __future__ import annotations

import pytest

from patrol.browser import find_browser
from patrol.nouns import PageState
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo

SHELL = """<!doctype html><title>小店</title><div id=app></div><script>
const one = location.hash.match(/^#!\\/item\\/(\\d)$/), app = document.getElementById("app");
app.innerHTML = one ? `<h1>第${one[1]}件</h1>` : [1, 2, 3].map(n => `<a class=card href="#!/item/${n}">第${n}件</a>`).join("");
</script>"""


@pytest.mark.skipif(find_browser() is None, reason="no browser on this machine")
def test_hash_routes_are_pages_of_their_own(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/shop/", SHELL)
    done = crawl("start: ZOO/shop/\nhome: ZOO/shop/\nrender: browser\nitems: a.card@href\nextract: {title: h1}\n")
    assert done.titles() == ["第1件", "第2件", "第3件"]
    assert {item.state for item in done.items} == {PageState.PRESENT}
    assert sorted(item.url.partition("#")[2] for item in done.items) == ["!/item/1", "!/item/2", "!/item/3"]
    assert all(item.extracted.extra == () for item in done.items)
