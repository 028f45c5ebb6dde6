"""Site files: what lay people write is read as they meant it, or refused in one sentence with line and remedy."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from patrol.config import CHECKOUT
from patrol.directory import Rule, RuleError, SearchStart, SiteFile, SiteProblem, find_sites, load_site
from patrol.vocabulary import Field, PageKind

HEAD = "name: 书市\nkind: listing\nstart: https://a.cn/list\nitems: a.goods@href\n"  # four lines
ENGLISH = re.compile(r"\b(expected|input|should|could|mapping|token|scalar|error|invalid)\b", re.I)


@pytest.fixture
def load(tmp_path: Path):
    def read(text: str | bytes) -> SiteFile:
        folder = tmp_path / "shushi"
        folder.mkdir(exist_ok=True)
        (folder / "site.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
        return load_site(folder)

    return read


def test_three_lines_are_a_site_file(load) -> None:
    site = load("name: 小城新闻\nkind: article\nstart: https://news.example.cn/\n")
    assert (site.name, site.kind, site.start) == ("小城新闻", PageKind.ARTICLE, ("https://news.example.cn/",))
    assert len(site.sha256) == 64


def test_the_whole_example_is_read_as_it_is_meant(load) -> None:
    site = load("""\
name: 小城书市                      # 执法人员怎么称呼它
kind: listing
fields: [图书, 电子出版物]
home: https://books.example.cn/
verified: 2026-11-20                # 张三
start:
  - https://books.example.cn/list?page={1..5}
  - search: https://books.example.cn/search?q={work}
    also: [电子版, 高清扫描, 1:1复刻]
crawl: pagination_only
items: .goods-card a@href
next: a.next@href
limit: {pages: 200, depth: 3, per_work: 20}
extract:
  title: h1.goods-title
  price: [.price-now, 'json: $.offers.price']
  seller: {css: .shop-name, required: true}
  seller_url: .shop-name@href
  sales: .sold | number
  published: .time | date
  text: '#detail'
  images: '#detail img@src'
render: http
pace: {delay: 3, at_once: 1, hours: 08:00-20:00}
states:
  gone: [商品已下架, 'status: 404']
  logged_out: ['css: form#login', 请先登录]
  blocked: [验证码, 'status: 429']
expect: {title: 1.0, price: 0.95, seller: 0.95, items_per_run: 20..400}
""")
    assert site.fields == (Field.BOOK, Field.E_PUBLICATION)
    assert site.start[1] == SearchStart(
        search="https://books.example.cn/search?q={work}", also=("电子版", "高清扫描", "1:1复刻")
    )
    assert [rule.language for rule in site.extract.rules["price"]] == ["css", "json"]
    assert site.extract.rules["sales"][0].filters == ("number",)
    assert site.extract.required == {"seller"}
    assert site.pace.hours == "08:00-20:00"
    assert site.expect.fields["price"] == 0.95
    assert site.expect.items == (20, 400)


# The ten traps: (what is added to the file, the line at fault, what the sentence must offer).
TRAPS = {
    "a hash makes the value a comment": ("extract:\n  text: #detail\n", 6, "  text: '#detail'"),
    "an hour is a number to the base of sixty": ("pace:\n  hours: 20:00\n", 6, "hours: 08:00-20:00"),
    "no is false": ("render: no\n", 5, "可选：http、browser"),
    "an underscore makes a number": ("extract:\n  price: 1_000\n", 6, "price: .price | number"),
    "an at sign cannot begin a value": ("next: @href\n", 5, "next: '@href'"),
    "a star is a reference": ("extract:\n  title: *x\n", 6, "  title: '*x'"),
    "a colon and a space split a value": ("extract:\n  seller:\n    css: .a: b\n", 7, "    css: '.a: b'"),
    "a tab is no indentation": ("extract:\n\ttitle: h1\n", 6, "  title: h1"),
    "a full-width colon is no colon": ("home：https://a.cn/\n", 5, "home: https://a.cn/"),
    "nothing after the colon": ("extract:\n  title:\n  price: .p\n", 6, "title: h1.goods-title"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_each_yaml_trap_is_one_chinese_sentence_with_its_line_and_the_line_mended(load, trap: str) -> None:
    text, line, remedy = TRAPS[trap]
    with pytest.raises(SiteProblem) as caught:
        load(HEAD + text)
    assert len(caught.value.problems) == 1
    said = str(caught.value)
    assert said.startswith(f"shushi/site.yaml 第 {line} 行")
    assert remedy in said
    assert not ENGLISH.search(said)


MORE = {
    "an id after a class is lost": ("extract:\n  text: .goods #detail\n", 6, "text: '.goods #detail'"),
    "a child selector is a text block": ("extract:\n  text: > .a\n", 6, "text: '> .a'"),
    "an attribute selector is a list": ("next: '.a'\nitems2: x\n", 6, "你是不是想写 items？"),
    "brackets full-width": ("fields: 【图书，音像】\n", 5, "fields: [图书, 音像]"),
    "a quote left open": ("next: 'a.next\nhome: https://a.cn/\n", 5, "引号没有成对"),
    "a bracket left open": ("limit: {pages: 5\n", 5, "补上括号"),
    "the same key twice": ("name: 又一个\n", 5, "写了两次"),
    "a selector that is none": ("next: 'a..b'\n", 5, "不是正确的 CSS 选择器"),
    "a regex that is none": ("extract:\n  price: 're: 售价(\\d+'\n", 6, "不是正确的正则表达式"),
    "a filter that there is not": ("extract:\n  price: .p | numbr\n", 6, "可用：number、date、join"),
    "an address without scheme": ("home: a.cn\n", 5, "https://"),
    "a field misspelt": ("extract:\n  pirce: .x\n", 6, "你是不是想写 price？"),
    "a field on the wrong level": ("price: .x\n", 5, "字段要写在 extract: 下面"),
    "a key of a part misspelt": ("limit: {page: 5}\n", 5, "你是不是想写 pages？"),
    "words for a number": ("limit: {pages: 很多}\n", 5, "应当是合适的数字"),
    "a day that does not exist": ("verified: 2026-13-40\n", 5, "不是真实的日期"),
    "aliases": ("limit: {pages: &a 5, depth: *a}\n", 5, "不用 & 和 * 引用"),
    "scrolling without a browser": ("scroll: 5\n", 1, "render: browser"),
    "indentation that fits nowhere": ("extract:\n  title: h1\n price: .x\n", 7, "缩进"),
    "a backslash in double quotes": ('extract:\n  price: "re: 售价(\\d+)"\n', 6, "换成单引号"),
}


@pytest.mark.parametrize("slip", MORE)
def test_other_slips_are_named_with_their_line(load, slip: str) -> None:
    text, line, remedy = MORE[slip]
    with pytest.raises(SiteProblem) as caught:
        load(HEAD + text)
    said = str(caught.value)
    assert f"第 {line} 行" in said
    assert remedy in said
    assert not ENGLISH.search(said)


@pytest.mark.parametrize("missing", ["name", "kind", "start"])
def test_what_every_site_needs_is_asked_for(load, missing: str) -> None:
    lines = [line for line in HEAD.splitlines() if not line.startswith(missing)]
    with pytest.raises(SiteProblem, match=f"缺少“{missing}”"):
        load("\n".join(lines))


def test_all_faults_are_named_at_once(load) -> None:
    with pytest.raises(SiteProblem) as caught:
        load(HEAD + "nxt: a\nlimit: {pages: x}\nextract:\n  titel: h1\n")
    assert len(caught.value.problems) == 3


def test_words_of_yaml_1_1_are_plain_words(load) -> None:
    site = load("name: no\nkind: 商品列表\nstart: https://a.cn/\nstates: {gone: [off, 1_000, 0777, 12:30]}\n")
    assert site.name == "no"
    assert site.states.gone == ("off", "1_000", "0777", "12:30")


def test_quotes_forgotten_in_a_list_do_no_harm(load) -> None:
    site = load(HEAD + "states:\n  gone: [已下架, status: 404]\nextract:\n  price: [.p, json: $.offers.price]\n")
    assert site.states.gone == ("已下架", "status: 404")
    assert site.extract.rules["price"][1].expression == "offers.price"


def test_comments_that_are_comments_stay_comments(load) -> None:
    site = load(HEAD + "next: a.next@href   # 下一页\nextract:\n  title: h1 #标题\n")
    assert site.next[0].written == "a.next@href"
    assert site.extract.rules["title"][0].written == "h1"


def test_a_gbk_file_from_windows_is_accepted(load) -> None:
    assert load(HEAD.replace("\n", "\r\n").encode("gbk")).name == "书市"


@pytest.mark.parametrize("text", ["", "你好", "- a\n- b\n", "[" * 5000, "\x00\x01", "a: b: c", "{" * 300 + "}" * 300])
def test_what_is_no_site_file_is_refused_in_chinese(load, text: str) -> None:
    with pytest.raises(SiteProblem) as caught:
        load(text)
    assert not ENGLISH.search(str(caught.value))


def test_the_workspaces_own_file_comes_before_the_programs(tmp_path: Path) -> None:
    for folder, name in (("own", "自己的"), ("builtin", "自带的")):
        (tmp_path / folder / "shop").mkdir(parents=True)
        (tmp_path / folder / "shop" / "site.yaml").write_text(f"name: {name}\nkind: post\nstart: https://a.cn/\n")
    (tmp_path / "builtin" / "bad").mkdir()
    (tmp_path / "builtin" / "bad" / "site.yaml").write_text("name: x\n")
    found = find_sites([tmp_path / "own", tmp_path / "builtin"])
    shop = found["shop"]
    assert isinstance(shop, SiteFile)
    assert shop.name == "自己的"
    assert isinstance(found["bad"], SiteProblem)


def test_the_digest_changes_with_the_file_and_not_with_the_samples(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(HEAD)
    first = load_site(tmp_path).sha256
    (tmp_path / "samples" / "1").mkdir(parents=True)
    (tmp_path / "samples" / "1" / "page.html").write_text("x")
    assert load_site(tmp_path).sha256 == first
    (tmp_path / "site.yaml").write_text(HEAD + "next: a@href\n")
    assert load_site(tmp_path).sha256 != first


def test_the_files_that_come_with_the_program_are_good() -> None:
    for folder in (CHECKOUT / "spiders" / "sites", CHECKOUT / "patrol" / "demo" / "sites"):
        for name, site in find_sites([folder]).items():
            # The demo's files have {port} where the address's port goes.
            assert isinstance(site, SiteFile), f"{name}: {site}"


@pytest.mark.parametrize(
    ("written", "language", "expression"),
    [
        ("json: $.offers.price", "json", "offers.price"),
        ("json: $.数据[0].标题", "json", '"数据"[0]."标题"'),
        ("json: $['a-b'].c", "json", '"a-b".c'),
        ("json: items[*].url", "json", "items[*].url"),
        ("re: 售价(\\d+)", "re", "售价(\\d+)"),
        ("xpath: //h1/text()", "xpath", "//h1/text()"),
    ],
)
def test_rules_in_other_languages_than_css(written: str, language: str, expression: str) -> None:
    rule = Rule.parse(written)
    assert (rule.language, rule.expression) == (language, expression)


@pytest.mark.parametrize("written", ["", "  ", "xpath: //[", "json: $.[", "re: (", "a >> b"])
def test_rules_that_are_none_are_refused(written: str) -> None:
    with pytest.raises(RuleError):
        Rule.parse(written)
