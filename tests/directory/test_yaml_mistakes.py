"""Slips that come from Word, Excel, input methods and habit: mended where the meaning is clear, else one sentence each,
with its line and the line as it should be."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from patrol.directory import SiteFile, SiteProblem, load_site
from patrol.vocabulary import Field

HEAD = "name: 书市\nkind: listing\nstart: https://a.cn/list\nitems: a.goods@href\n"  # four lines

# What is added to the file → the line at fault, and what the sentence must offer.
SLIPS = {
    "Excel's curly quotes": ("next: “a.next@href”\n", 5, 'next: "a.next@href"'),
    "curly quotes within a list": ("states:\n  gone: [“已下架”]\n", 6, 'gone: ["已下架"]'),
    "full-width digits": ("limit: {pages: ２００}\n", 5, "limit: {pages: 200}"),
    "full-width hours": ("pace: {hours: ０８：００-２０：００}\n", 5, "pace: {hours: 08:00-20:00}"),
    "a full-width at sign": ("next: a.next＠href\n", 5, "next: a.next@href"),
    "full-width brackets": ("fields: ［图书］\n", 5, "fields: [图书]"),
    "a full-width hash": ("＃ 注释\n", 5, "# 注释"),
    "a full-width colon in an address": ("home: https：//a.cn/\n", 5, "home: https://a.cn/"),
    "a tab after the colon": ("next:\ta.next@href\n", 5, "next: a.next@href"),
    "Word's dash as a list mark": ("states:\n  gone:\n    – 已下架\n", 7, "    - 已下架"),
    "a bullet as a list mark": ("states:\n  gone:\n    • 已下架\n", 7, "    - 已下架"),
    "two dashes": ("states:\n  gone:\n    - - 已下架\n", 7, "    - 已下架"),
    "quotes around a part only": ("next: 'a.next'@href\n", 5, "next: 'a.next@href'"),
    "a colon and a space within": ("states:\n  gone: 提示: 已下架\n", 6, "gone: '提示: 已下架'"),
    "a comma left at the end": ("next: a.next@href,\n", 5, "next: a.next@href"),
    "a semicolon left at the end": ("next: a.next@href；\n", 5, "next: a.next@href"),
    "an equals sign": ("next = a.next@href\n", 5, "next: a.next@href"),
    "no colon at all": ("next a.next@href\n", 5, "next: a.next@href"),
    "a character nobody sees": ("\u200bnext: a.next@href\n", 5, "改成：next: a.next@href"),
    "the key in Chinese": ("下一页: a.next@href\n", 5, "你是不是想写 next？"),
    "a field in Chinese": ("extract:\n  价格: .p\n", 6, "你是不是想写 price？"),
    "a key in capitals": ("Next: a.next@href\n", 5, "你是不是想写 next？"),
    "the same key twice": ("extract:\n  title: a\n  title: b\n", 7, "写了两次"),
    "neither yes nor no": ("extract:\n  seller: {css: .a, required: maybe}\n", 6, "required: true"),
    "two documents": ("---\nname: x\n", 5, "一个文件只写一份"),
    "a remark inside a selector": ("extract:\n  title: h1（大标题）\n", 6, "“（”不能写在 CSS 选择器里"),
}


def read(folder: Path, text: str | bytes) -> SiteFile:
    (folder / "site.yaml").write_bytes(text if isinstance(text, bytes) else text.encode())
    return load_site(folder)


@pytest.mark.parametrize("slip", SLIPS)
def test_each_slip_is_one_sentence_with_its_line_and_the_line_mended(tmp_path: Path, slip: str) -> None:
    text, line, remedy = SLIPS[slip]
    with pytest.raises(SiteProblem) as caught:
        read(tmp_path, HEAD + text)
    said = str(caught.value)
    assert len(caught.value.problems) == 1, said
    assert f"site.yaml 第 {line} 行" in said
    assert remedy in said


@pytest.mark.parametrize(
    ("start", "remedy"),
    [
        ("start:\n  url: https://a.cn/\n", "改成：- https://a.cn/"),
        ("start:\n  - page: https://a.cn/\n", "改成：- https://a.cn/"),
        ("start: https://a.cn/?p={1-5}\n", "应写成 {1..5}"),
        ("start: https://a.cn/?p={9..5}\n", "应写成 {5..9}"),
        ("start:\n  search: https://a.cn/?q=\n", "要有 {work}"),
    ],
)
def test_a_start_that_is_not_meant_so_is_told_how_to_be_written(tmp_path: Path, start: str, remedy: str) -> None:
    with pytest.raises(SiteProblem) as caught:
        read(tmp_path, "name: 书市\nkind: article\n" + start)
    assert len(caught.value.problems) == 1, str(caught.value)
    assert remedy in str(caught.value) and "第 3 行" in str(caught.value)


def test_capitals_throughout_are_named_once_each(tmp_path: Path) -> None:
    with pytest.raises(SiteProblem) as caught:
        read(tmp_path, "Name: 书市\nKind: article\nStart: https://a.cn/\n")
    assert len(caught.value.problems) == 3


def test_what_is_clear_is_taken_as_it_is_meant(tmp_path: Path) -> None:
    text = (
        HEAD
        + "fields: 图书、音像\nverified: 2026年11月2日\nextract:\n  seller: {css: .a, required: yes}\nlimit: {pages: 5,}\n"
    )
    site = read(tmp_path, text)
    assert site.fields == (Field.BOOK, Field.AUDIOVISUAL)
    assert (site.verified, site.extract.required, site.limit.pages) == (date(2026, 11, 2), {"seller"}, 5)


@pytest.mark.parametrize("encode", ["utf-8-sig", "utf-16", "gb18030"])
def test_a_file_as_windows_programs_save_it_is_read(tmp_path: Path, encode: str) -> None:
    text = HEAD + "states: {gone: [商品已下架, 此商品不存在]}   # 下架的字样\n"
    site = read(tmp_path, text.replace("\n", "\r\n").encode(encode))
    assert (site.name, site.states.gone) == ("书市", ("商品已下架", "此商品不存在"))


@pytest.mark.parametrize(
    "line",
    [
        "next: 'a.next@href'   # 下一页，“后页”",
        "home: https://a.cn/   # 主页：看页脚",
        "extract:\n  price: 're: 售价：(\\d+)'   # 用中文冒号",
        "extract:\n  text: |\n    #detail",
        "extract:\n  seller: 'xpath: //dt[contains(., \"店铺（名）\")]/following-sibling::dd'",
    ],
)
def test_chinese_in_comments_and_quotes_is_no_slip(tmp_path: Path, line: str) -> None:
    assert read(tmp_path, HEAD + line + "\n").name == "书市"
