"""Pages are read as they were meant, whatever they say about their encoding."""

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spiders.reading.encoding import decode_page

SIMPLE = "清晨的集市上，卖豆腐的老人总是第一个到，他把木板擦得发亮，再把豆腐码成两排。联系店主购买电子版，价格面议。"
TRADITIONAL = (
    "清晨的市集上，賣豆腐的老人總是第一個到，他把木板擦得發亮，再把豆腐碼成兩排。聯繫店主購買電子版，價格面議。"
)
LIES = ["", "utf-8", "iso-8859-1", "gb2312", "big5", "windows-1252", "euc-kr", "no-such-charset"]


def page(text: str, said: str) -> str:
    meta = f'<meta charset="{said}">' if said else ""
    return f"<!doctype html><html><head>{meta}<title>{text[:12]}</title></head><body><p>{text}</p></body></html>"


@pytest.mark.parametrize(
    "header", ["", "text/html; charset=utf-8", "text/html; charset=GBK", "text/html; charset=ISO-8859-1"]
)
@pytest.mark.parametrize("meta", LIES)
@pytest.mark.parametrize(
    ("codec", "text"),
    [
        ("gbk", SIMPLE),
        ("gb18030", SIMPLE),
        ("utf-8", SIMPLE),
        ("big5", TRADITIONAL),
        ("utf-8", TRADITIONAL),
        ("gbk", TRADITIONAL),
    ],
)
def test_a_lying_charset_does_not_spoil_the_text(codec: str, text: str, meta: str, header: str) -> None:
    html = page(text, meta)
    assert decode_page(html.encode(codec), header)[0] == html


@pytest.mark.parametrize("mark", ["utf-8-sig", "utf-16"])
def test_a_byte_order_mark_outranks_every_declaration(mark: str) -> None:
    html = page(SIMPLE, "gb2312")
    assert decode_page(html.encode(mark), "text/html; charset=big5")[0] == html


def test_utf_16_named_in_the_header_needs_no_mark() -> None:
    html = page(SIMPLE, "")
    assert decode_page(html.encode("utf-16-le"), "text/html; charset=utf-16le")[0] == html


def test_one_broken_byte_in_a_utf_8_page_costs_that_byte_only() -> None:
    body = page(SIMPLE, "utf-8").encode().replace("豆腐".encode(), b"\xe8\xb1" + "腐".encode(), 1)
    text, name = decode_page(body, "")
    assert name == "utf-8"
    assert "的老人总是第一个到" in text


def test_one_broken_byte_in_a_gbk_page_costs_that_byte_only() -> None:
    body = page(SIMPLE, "utf-8").encode("gbk").replace("豆腐".encode("gbk"), b"\xff" + "豆腐".encode("gbk"), 1)
    text, name = decode_page(body, "")
    assert name == "gb18030"
    assert "的老人总是第一个到" in text


def test_a_page_cut_off_in_the_middle_of_a_character_is_still_utf_8() -> None:
    body = page(SIMPLE, "utf-8").encode()[:-18]
    whole = body.decode("utf-8", "ignore")
    assert decode_page(body[: len(whole.encode()) - 1], "")[0] == whole[:-1]


def test_few_words_of_gbk_that_happen_to_be_valid_utf_8_are_read_as_declared() -> None:
    body = '<meta charset="gbk">同学应知'.encode("gbk")
    assert "同学应知" not in body.decode("utf-8")
    assert decode_page(body, "")[0].endswith("同学应知")


def test_western_text_stays_western() -> None:
    html = page("Café déjà vu, naïve façade – Zürich, señor, 50 € à côté du Rhône", "windows-1252")
    assert decode_page(html.encode("cp1252"), "text/html; charset=windows-1252")[0] == html


def test_korean_and_japanese_pages_are_read_as_declared() -> None:
    korean = page("저작권 보호를 위한 공지사항입니다. 불법 복제물을 신고해 주세요.", "euc-kr")
    assert decode_page(korean.encode("cp949"), "")[0] == korean
    japanese = page("著作権を守りましょう。違法コピーの通報はこちらへお願いします。", "shift_jis")
    assert decode_page(japanese.encode("cp932"), "")[0] == japanese


@given(st.binary(max_size=400), st.sampled_from(["", *LIES]))
def test_any_bytes_give_some_text(body: bytes, said: str) -> None:
    text, name = decode_page(body, f"text/html; charset={said}")
    assert isinstance(text, str)
    codecs.lookup(name)


@given(st.text(st.sampled_from(SIMPLE + TRADITIONAL + "abc <>1\n"), min_size=60, max_size=300), st.sampled_from(LIES))
def test_any_text_of_some_length_survives_gbk_and_utf_8(text: str, said: str) -> None:
    for codec in ("gb18030", "utf-8"):
        assert decode_page(text.encode(codec), f"text/html; charset={said}")[0] == text
