"""What a page shows through a font of its own making is said to be unreadable; it is never compared as if it were text."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from patrol import crawl_stats
from patrol.directory import load_site
from patrol.items import Extracted
from spiders.reading.extract import Extractor
from spiders.reading.fonts import NOTE
from spiders.reading.page import Page
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo

WORDS = "那天夜里下着大雨，他独自走在回家的路上，忽然听见身后有人叫他的名字。" * 5
DATA = "data:font/woff2;base64,d09GMgABAAAAAA"


@pytest.fixture
def read(tmp_path: Path):
    def extract(html: str, rules: str = "") -> Extracted:
        (tmp_path / "site.yaml").write_text(f"name: 书\nkind: article\nstart: https://a.cn/\n{rules}", encoding="utf-8")
        return Extractor(load_site(tmp_path)).extract(Page("https://a.cn/1", html, datetime.now(UTC)))

    return extract


RULES = "extract: {title: h1, text: '#text', price: .price, seller: .shop}\n"


def note(found: Extracted) -> str:
    return dict(found.extra).get(NOTE, "")


def test_words_in_private_characters_are_marked_and_counted(read) -> None:
    hidden = WORDS.replace("他", "&#xe3e8;").replace("雨", "\ue4a1").replace("夜", "&#58345;")
    found = read(f"<h1>章一</h1><div id=text>{hidden}</div>", RULES)
    assert found.text == WORDS.replace("他", "□").replace("雨", "□").replace("夜", "□")
    assert note(found) == "有 20 个字用了自造字体，无法读取"


def test_a_number_partly_in_private_characters_is_no_number(read) -> None:
    found = read(f"<h1>书</h1><div id=text>{WORDS}</div><b class=price>¥1\ue603.5\ue604</b>", RULES)
    assert found.price is None
    found = read(f"<h1>书</h1><div id=text>{WORDS}</div><b class=price>¥19.50</b>", RULES)
    assert found.price is not None


def test_characters_beyond_the_basic_plane_count_too(read) -> None:
    found = read(f"<h1>书\U000f1234\U000f1235店</h1><div id=text>{WORDS}</div>", RULES)
    assert found.title == "书□□店"
    assert note(found)


@pytest.mark.parametrize(
    "html",
    ["<div id=text><i class=icon>&#xe601;</i> {}<i>\ue602</i> 收藏</div>", "<div id=text>{}<p>\ue601收藏</p><p>评论\ue602</p></div>",
     "<div id=text>{}<p>赞<i>\ue601</i>评论</p></div>"],
)  # fmt: skip
def test_icons_are_dropped_without_a_word(read, html: str) -> None:
    found = read(f"<h1>书</h1>{html.format(WORDS)}", RULES)
    assert WORDS in found.text
    assert "\ue601" not in found.text
    assert "□" not in found.text
    assert note(found) == ""


SHUFFLED = """<style>@font-face{{font-family:"{family}";src:url('{source}') format('woff2')}}
.strongbox{{font-family:'{family}','Hiragino Sans GB',sans-serif !important}}</style>
<h1>出租 <span class="strongbox">龒餼</span> 室</h1><div id=text>{words}</div><b class="price strongbox">驋閏</b>"""


@pytest.mark.parametrize(
    ("family", "source"),
    [("fangchan-secret", "https://a.cn/f.woff"), ("q8Zx", DATA), ("stonefont", "//a.cn/x.woff")],
)
def test_what_is_set_in_a_font_that_shuffles_is_marked(read, family: str, source: str) -> None:
    found = read(SHUFFLED.format(family=family, source=source, words=WORDS), RULES)
    assert found.title == "出租 □□ 室"
    assert found.price is None
    assert found.text == WORDS
    assert note(found) == "有 4 个字用了自造字体，无法读取"


def test_a_style_of_its_own_is_seen_as_well(read) -> None:
    html = f'<style>@font-face{{font-family: num; src: url({DATA})}}</style><h1>书</h1><div id=text>{WORDS}</div>' \
           '<b class=shop>第<span style="font-family: num">728</span>号店</b>'  # fmt: skip
    assert read(html, RULES).seller == "第□□□号店"


@pytest.mark.parametrize(
    "style",
    [
        f"@font-face{{font-family:Brand;src:url({DATA})}} .all{{font-family:Brand}}",  # most of the page: a matter of taste
        f"@font-face{{font-family:iconfont;src:url({DATA})}} .all{{font-family:iconfont}}",
        "@font-face{font-family:Brand;src:url(/brand.woff2)} .all{font-family:Brand}",
        f"@font-face{{font-family:Brand;src:url({DATA})}} .other{{font-family:Brand}}",
    ],
)
def test_an_ordinary_font_is_left_alone(read, style: str) -> None:
    found = read(f"<style>{style}</style><h1>书</h1><div class=all id=text>{WORDS}</div>", RULES)
    assert found.text == WORDS
    assert note(found) == ""


def test_the_run_says_that_text_could_not_be_read(zoo: Zoo, crawl: Crawl) -> None:
    hidden = WORDS.replace("他", "\ue3e8")
    for path in ("/1", "/2"):
        zoo.page(path, f"<h1>章</h1><div id=text>{hidden}</div>")
    done = crawl("start: [ZOO/1, ZOO/2]\ncrawl: direct\nextract: {text: '#text'}\n")
    assert "2 页上正文使用了自造字体，无法读取" in crawl_stats.YELLOW.of(done.stats)
    assert "\ue3e8".encode() in done.items[0].exchange.response_body


def test_an_ordinary_page_comes_back_as_the_same_object(read) -> None:
    from spiders.reading.fonts import readable, without_shuffled

    page = Page("https://a.cn/", f"<h1>书</h1><p>{WORDS}</p>", datetime.now(UTC))
    assert without_shuffled(page)[0] is page
    one = Extracted(title="书", text=WORDS)
    assert readable(one) is one
