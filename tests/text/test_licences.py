"""Numbers in footers: found however they are written, and checked as far as their form can be checked."""

from __future__ import annotations

import pytest

from patrol.text.licences import LicenceKind, lines_with_numbers, read_numbers


@pytest.mark.parametrize(
    ("text", "kind", "number", "place"),
    [
        ("京ICP备10046444号", LicenceKind.ICP_FILING, "京ICP备10046444号", "京"),
        ("苏 ICP 备 2021007111 号 － 1", LicenceKind.ICP_FILING, "苏ICP备2021007111号-1", "苏"),
        ("陕ICP备2024026116号-1A", LicenceKind.ICP_FILING, "陕ICP备2024026116号-1A", "陕"),
        ("滇ICP备１９００１２３４号—２", LicenceKind.ICP_FILING, "滇ICP备19001234号-2", "云"),
        ("京ICP证030173号", LicenceKind.ICP_PERMIT, "京ICP证030173号", "京"),
        ("增值电信业务经营许可证：B2-20140447", LicenceKind.TELECOM, "B2-20140447", ""),
        ("浙B2-20080224-1", LicenceKind.TELECOM, "浙B2-20080224-1", "浙"),
        ("京公网安备 11010802020134号", LicenceKind.POLICE, "京公网安备11010802020134号", "京"),
        ("京网文〔2020〕1039-165号", LicenceKind.CULTURE, "京网文[2020]1039-165号", "京"),
        ("新出发京零字第大120007号", LicenceKind.PUBLICATION, "新出发京零字第大120007号", "京"),
        ("（署）网出证（粤）字第054号", LicenceKind.NET_PUBLISHING, "[署]网出证[粤]字第054号", "粤"),
        ("信息网络传播视听节目许可证：0910417", LicenceKind.AUDIOVISUAL, "0910417", ""),
        ("粤网信备44030520701478930010号", LicenceKind.BLOCKCHAIN, "粤网信备44030520701478930010号", "粤"),
        ("网信算备330110507206401230035号", LicenceKind.ALGORITHM, "网信算备330110507206401230035号", ""),
        ("国作登字-2021-L-00268255", LicenceKind.REGISTRATION, "国作登字-2021-L-00268255", ""),
        ("统一社会信用代码：91110105571298269B", LicenceKind.CREDIT_CODE, "91110105571298269B", "京"),
        ("ISBN 978-7-02-000220-7", LicenceKind.ISBN, "9787020002207", ""),
    ],
)
def test_every_format_of_the_trade_is_found_and_clean(text: str, kind: LicenceKind, number: str, place: str) -> None:
    (found,) = read_numbers(text)
    assert (found.kind, found.number, found.place, found.doubts) == (kind, number, place, ())


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("渝公网安备33010002000078号", "“浙”的行政区划代码"),
        ("京公网安备990108020201号", "应为 14 位"),
        ("京公网安备99010802020134号", "不是行政区划代码"),
        ("京ICP证0301731号", "应为 6 位"),
        ("浙ICP备123456号", "应为 8或10 位"),
        ("浙ICP备88888888号", "假号"),
        ("统一社会信用代码：91110105571298269A", "校验位不对"),
        ("ISBN 978-7-02-000220-8", "校验位不对"),
        ("B2-18990447", "年份 1899"),
    ],
)
def test_a_number_whose_form_gives_it_away_is_doubted(text: str, doubt: str) -> None:
    (found,) = read_numbers(text)
    assert doubt in "；".join(found.doubts)


def test_what_follows_a_number_on_the_page_is_not_taken_into_it() -> None:
    text = "版权所有\n浙ICP备10046444号-1\n2024 浙公网安备 33010002000078号 | 客服 4001234567"
    assert [n.number for n in read_numbers(text)] == ["浙ICP备10046444号-1", "浙公网安备33010002000078号"]
    assert [n.number for n in read_numbers("京ICP备10046444号-1 2024年版权所有")] == ["京ICP备10046444号"]


@pytest.mark.parametrize("text", ["", "身份证 110101199003077758", "订单 20240101123456", "B2 轰炸机", "A" * 300_000])
def test_other_numbers_are_left_alone(text: str) -> None:
    assert read_numbers(text) == ()


def test_the_lines_of_a_page_that_hold_numbers_serve_as_its_footer() -> None:
    page = "首页\n热卖商品\n地址：某市某路\n粤ICP备 10046444号 粤公网安备44010002000078号\n"
    assert lines_with_numbers(page) == "粤ICP备 10046444号 粤公网安备44010002000078号"
