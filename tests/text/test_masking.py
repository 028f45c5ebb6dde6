"""Personal data are covered one character for one; what only looks like them stays."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from patrol.text.masking import COVER, is_bank_card, is_identity_number, mask, mask_title, names_to_keep


def shown(text: str) -> str:
    return mask(text).replace(COVER, "*")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("联系13800138000。", "联系138****8000。"),
        ("+86 138-0013-8000", "+86 138-****-8000"),
        ("8613912345678", "86139****5678"),
        ("微信VX15912345678同号", "微信VX159****5678同号"),
        ("电话：１３８００１３８０００", "电话：１３８****８０００"),
        ("010-62781234", "010-******34"),
        ("0571 8765432", "0571 *****32"),
        ("身份证11010519491231002X", "身份证110105********002X"),
        ("110105 19491231 002x", "110105 ******** 002x"),
        ("卡号6222021234567890128", "卡号622202*********0128"),
        ("4111 1111 1111 1111", "4111 11** **** 1111"),
        ("杭州市西湖区文三路259号昌地大厦1号楼17层1701室", "杭州市西湖区文三路***号昌地大厦*号楼**层****室"),
        ("寄阳光花园3幢2单元501室", "寄阳光花园*幢*单元***室"),
        ("上海市延安西路12弄34号乙座", "上海市延安西路**弄**号*座"),
        ("**13800138000**", "**138****8000**"),
    ],
)
def test_a_person_s_numbers_are_covered(text: str, said: str) -> None:
    assert shown(text) == said


@pytest.mark.parametrize(
    "text",
    [
        "京ICP备10046444号-1A 苏ICP备2021007111号-1 京ICP证030173号",
        "B2-20140447 浙B2-20080224-1 （署）网出证（粤）字第054号",
        "京公网安备11010802020134号 公网安备 33010002000078",
        "京网文[2020]1039-165号 文网文[2019]123号 新出发京零字第大120007号 视听许可0910417",
        "粤网信备44030520701478930010号 网信算备330110507206401230035号",
        "国作登字-2021-L-00268255 91110105571298269B 案线〔2026〕0001号",
        "ISBN 978-7-02-000220-7 9787020002207 7-02-000220-X 0-306-40615-2",
        "售价￥138.00，销量13800，2026-11-24 13:00:59，20261124080000，1700000000000",
        "http://a.example.cn/item?id=13800138000&t=6222021234567890128",
        "客服400-123-4567 95588",
        "13800138001380013800138000",  # too long to be anything of a person's
        "4111111111111112 110105194912310021",  # check digits are wrong
        "a13800138000f 5d41402abc4b2a76b13912345678e719d",
        "地铁线路3号线，公路12号，我知道12号开播，这里3号，第3号令",
    ],
)
def test_licences_books_prices_dates_and_addresses_of_pages_stay(text: str) -> None:
    assert mask(text) == text


TITLE = "山茶街十三号"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("《山茶街十三号》，住山茶街十三号", "《山茶街十三号》，住山茶街**号"),
        ("页面标题写明作品名“桂花巷8号”，即《桂花巷8号》", "页面标题写明作品名“桂花巷*号”，即《桂花巷8号》"),
        ("《加微信13800138000》", "《加微信138****8000》"),
        ("《上海市延安西路12弄34号", "《上海市延安西路**弄**号"),
    ],
)
def test_what_stands_between_the_marks_of_a_title_is_no_address(text: str, said: str) -> None:
    assert shown(text) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("【精校】山茶街十三号 在线阅读", "【精校】山茶街十三号 在线阅读"),
        ("山茶街十三号3幢2单元，幸福路12号", "山茶街十三号*幢*单元，幸福路**号"),
        ("住东山茶街十四号", "住东山茶街**号"),
        ("全本6222021234567890128，卡号6222021234567890128", "全本6222021234567890128，卡号6222021234567890128"),
    ],
)
def test_a_work_s_name_is_let_alone_wherever_it_stands(text: str, said: str) -> None:
    assert mask(text, (TITLE, "6222021234567890128")).replace(COVER, "*") == said


def test_only_what_is_wholly_within_a_name_is_let_alone() -> None:
    assert mask("山茶街十三号", ("十三号", "号", "")) == mask("山茶街十三号")
    assert mask("13800138000", ("8001",)) == mask("13800138000")
    assert names_to_keep(["雾信", TITLE, "", TITLE, "幸福路12号"]) == (TITLE, "幸福路12号"), "masking changes no other"


def test_a_page_s_own_title_is_no_address_but_a_telephone_in_it_is_one() -> None:
    title = "山茶街十三号 全本 微信13800138000"
    assert mask_title(title) == "山茶街十三号 全本 微信138＊＊＊＊8000"
    assert (
        mask(f"首页 {title} 寄山茶街十四号", titles=(title,))
        == "首页 山茶街十三号 全本 微信138＊＊＊＊8000 寄山茶街＊＊号"
    )


PIECES = st.sampled_from(
    [
        *("13800138000", "138 0013 8000", "11010519491231002X", "6222021234567890128", "4111 1111 1111 1111", "010-62781234"),
        *("文三路259号", "花园3幢", "2单元", "号", "路", "弄12号", "村", "室", "A座", COVER, "http://a.cn/", "https://x"),
        *("《", "》", "《山茶街十三号》"),
        *(" ", "-", "　", "－", "８６", "+86", "x", "X", "_", "，", "\n", "一", "十"),
    ]
)  # fmt: skip
DIRTY = st.lists(PIECES | st.text(string.digits + " -xX" + COVER, max_size=12) | st.text(max_size=5), max_size=14)


@settings(max_examples=400, deadline=None)
@given(DIRTY.map("".join))
def test_masking_twice_changes_nothing_more_and_keeps_every_place(text: str) -> None:
    once = mask(text)
    assert mask(once) == once
    assert len(once) == len(text)
    assert all(new in (old, COVER) for new, old in zip(once, text, strict=True))


@settings(max_examples=100, deadline=None)
@given(st.text(max_size=200))
def test_any_text_is_masked_without_error(text: str) -> None:
    assert len(mask(text)) == len(text)


@settings(max_examples=100, deadline=None)
@given(st.from_regex(r"\A1[3-9][0-9]{9}\Z"), st.text("中文，。：", max_size=8), st.text("中文，。", max_size=8))
def test_every_mobile_number_among_chinese_text_is_covered(number: str, before: str, after: str) -> None:
    assert mask(before + number + after) == f"{before}{number[:3]}{COVER * 4}{number[7:]}{after}"


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 10**15 - 1))
def test_of_all_check_digits_exactly_one_makes_a_card(stem: int) -> None:
    assert sum(is_bank_card(f"4{stem:014d}"[:15] + digit) for digit in string.digits) == 1


def test_an_identity_number_wants_a_day_that_was() -> None:
    assert is_identity_number("11010519491231002X")
    assert not any(is_identity_number(f"11010519490230002{digit}") for digit in "0123456789X")


@pytest.mark.parametrize(
    "unit", ["1", "1 ", "路1号", "138 0013 8000 ", "A1号", "a_1", "http://", "一", "-", "《山茶街1号》"]
)
def test_the_work_grows_with_the_text_and_no_faster(unit: str) -> None:
    """By counting what the time goes into would need hooks; a megabyte that had to be backtracked would never end."""
    text = unit * (200_000 // len(unit))
    assert len(mask(text)) == len(text)
    part = text[:20_000]
    assert len(mask(part, (unit,), (unit * 2,))) == len(part)
