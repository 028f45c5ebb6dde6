"""Figures and dates as shops and forums write them."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from patrol import clock
from spiders.reading.values import parse_date, parse_number, parse_price

pytestmark = pytest.mark.dates

NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)  # ten in the morning in Beijing


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("满300减50，券后￥1,299.00 元", "1299"),
        ("第2件半价 59.9元", "59.9"),
        ("CN¥35.50", "35.5"),
        ("RMB 1299", "1299"),
        ("￥3.5万", "35000"),
        ("¥2w", "20000"),
        ("2000多元", "2000"),
        ("十二元", "12"),
        ("19.8", "19.8"),
        ("¥面议", None),
    ],
)
def test_a_price_is_the_number_beside_the_sign_of_money(text: str, value: str | None) -> None:
    found = parse_price(text)
    assert (found and found[0]) == (None if value is None else Decimal(value))


@pytest.mark.parametrize(
    ("text", "value", "at_least"),
    [
        ("已售 1.2万+", "12000", True),
        ("1.2万", "12000", False),
        ("￥1,299.00 起", "1299", False),
        ("¥ 0.99", "0.99", False),
        ("售价：58元", "58", False),
        ("３６．５元", "36.5", False),
        ("3亿次播放", "300000000", False),
        ("2.5百万", "2500000", False),
        ("月销 5000+ 件", "5000", True),
        ("超过3万人付款", "30000", True),
        ("已售300多件", "300", True),
        ("10w+", "100000", True),
        ("1.5k 赞", "1500", False),
        ("重 3千克", "3", False),
        ("5 km 内", "5", False),
        ("定价五十八元", "58", False),
        ("两万三千人看过", "23000", False),
        ("十二元", "12", False),
        ("1234567", "1234567", False),
    ],
)
def test_a_number_is_read_with_its_unit(text: str, value: str, at_least: bool) -> None:
    assert parse_number(text) == (Decimal(value), at_least)


@pytest.mark.parametrize("text", ["", "面议", "价格私聊", "9" * 40])
def test_what_is_no_number_gives_none(text: str) -> None:
    assert parse_number(text) is None


@pytest.mark.parametrize(
    ("text", "beijing"),
    [
        ("3天前", "2026-11-21 10:00"),
        ("半小时前", "2026-11-24 09:30"),
        ("两个小时前", "2026-11-24 08:00"),
        ("1个半小时前", "2026-11-24 08:30"),
        ("2 个月前", "2026-09-25 10:00"),
        ("刚刚", "2026-11-24 10:00"),
        ("昨天 20:15", "2026-11-23 20:15"),
        ("前天", "2026-11-22 00:00"),
        ("今天 08:05", "2026-11-24 08:05"),
        ("2026-11-20", "2026-11-20 00:00"),
        ("发布于 2026年11月20日 下午3:05", "2026-11-20 15:05"),
        ("2026/1/5 7:08:09", "2026-01-05 07:08:09"),
        ("2026.11.20", "2026-11-20 00:00"),
        ("26-11-20 08:30", "2026-11-20 08:30"),
        ("20261120", "2026-11-20 00:00"),
        ("11-20 08:30", "2026-11-20 08:30"),
        ("12月30日", "2025-12-30 00:00"),
        ("二〇二六年十一月二十日", "2026-11-20 00:00"),
        ("2026-11-20T08:00:00Z", "2026-11-20 16:00"),
        ("2026-11-20T08:00:00.123+08:00", "2026-11-20 08:00"),
        ("2026-11-20T08:00:00-0500", "2026-11-20 21:00"),
        ("1795140000", "2026-11-20 10:00"),
        ("1795140000000", "2026-11-20 10:00"),
        ("Fri, 20 Nov 2026 02:00:00 GMT", "2026-11-20 10:00"),
        ("3 days ago", "2026-11-21 10:00"),
    ],
)
def test_a_date_is_read_in_beijing_time_and_counted_from_the_capture(text: str, beijing: str) -> None:
    moment = parse_date(text, NOW)
    assert moment is not None
    shown = clock.show_second(moment)
    assert shown == (beijing if beijing.count(":") == 2 else f"{beijing}:00")


@pytest.mark.parametrize("text", ["", "暂无", "2026-13-45", "价格 3.50", f"{'9' * 60}天前"])
def test_what_is_no_date_gives_none(text: str) -> None:
    assert parse_date(text, NOW) is None


@given(st.text(max_size=60))
def test_no_text_breaks_the_reading_of_numbers_and_dates(text: str) -> None:
    parse_number(text)
    parse_date(text, NOW)
