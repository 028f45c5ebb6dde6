"""What is kept of an extraction, and the one text that is compared."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest

from patrol.items import Extracted, Reading
from patrol.text.storage import compared_text, plain_extraction, read_extraction, storable_extraction
from patrol.vocabulary import UnreadReason

TEXT = "雨停的时候，石板路上映出半条街的影子。\n他记得每一位老主顾的名字，也记得他们欠下的零头。"


@pytest.mark.parametrize("end", ["…", " …", "……", "...", " [...]", ""])
def test_a_summary_cut_off_the_text_is_not_compared_twice(end: str) -> None:
    summary = TEXT.replace("\n", " ")[:30] + end
    assert compared_text(Extracted(text=TEXT, description=summary)) == TEXT


def test_a_description_of_its_own_is_compared_too() -> None:
    assert compared_text(Extracted(text=TEXT, description="出售高清扫描…")) == f"{TEXT}\n\n出售高清扫描…"
    assert compared_text(Extracted(description="出售高清扫描")) == "出售高清扫描"


def test_nothing_sold_is_not_nothing_read() -> None:
    kept = plain_extraction(Extracted(title="书", sales=0, price=Decimal(0)))
    assert kept == {"title": "书", "sales": 0, "price": "0"}
    assert read_extraction(kept).sales == 0
    assert read_extraction({"title": "书"}).sales is None


def test_how_much_was_read_is_kept_with_what_was_read() -> None:
    hints = ((UnreadReason.FRAME, "https://a.cn/\ud800"),)
    reading = Reading(visible=120, read=90, left_out=(("导航", 30),), hints=hints)
    kept = read_extraction(json.loads(json.dumps(plain_extraction(storable_extraction(Extracted(reading=reading))))))
    assert kept.reading == Reading(120, 90, left_out=(("导航", 30),), hints=((UnreadReason.FRAME, "https://a.cn/"),))
    assert kept.reading.coverage == 0.75
