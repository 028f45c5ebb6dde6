"""Pages that scripts build: routes that no server sees, ``#!/item/17``, and texts that come late."""

from __future__ import annotations

import pytest

from patrol.chromium import find_browser
from patrol.vocabulary import PageState
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo

SHELL = """<!doctype html><title>小店</title><div id=app></div><script>
const one = location.hash.match(/^#!\\/item\\/(\\d)$/), app = document.getElementById("app");
app.innerHTML = one ? `<h1>第${one[1]}件</h1>` : [1, 2, 3].map(n => `<a class=card href="#!/item/${n}">第${n}件</a>`).join("");
</script>"""


LATE = """<!doctype html><h1>雾港的来信</h1><div id=box></div><script>
setTimeout(() => { document.getElementById("box").innerHTML = "<p class=text>雨停的时候，石板路上映出半条街的影子。</p>"; }, 1200);
</script>"""

pytestmark = pytest.mark.skipif(find_browser() is None, reason="no browser on this machine")


def test_hash_routes_are_pages_of_their_own(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/shop/", SHELL)
    done = crawl("start: ZOO/shop/\nhome: ZOO/shop/\nrender: browser\nitems: a.card@href\nextract: {title: h1}\n")
    assert done.titles() == ["第1件", "第2件", "第3件"]
    assert {item.state for item in done.items} == {PageState.PRESENT}
    assert sorted(item.url.partition("#")[2] for item in done.items) == ["!/item/1", "!/item/2", "!/item/3"]
    assert all(item.extracted.extra == () for item in done.items)


def test_a_text_that_comes_after_its_title_is_waited_for(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/1", LATE)
    done = crawl("start: ZOO/1\ncrawl: direct\nrender: browser\nextract: {title: h1, text: .text}\n")
    assert [item.extracted.text for item in done.items] == ["雨停的时候，石板路上映出半条街的影子。"]
