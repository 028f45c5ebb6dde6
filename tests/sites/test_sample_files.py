"""Samples are kept, looked at by a person, and hold a site file to its word from then on."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from patrol.config import CHECKOUT
from patrol.directory import SiteProblem
from patrol.directory.site_samples import abridged, confirmed, load_sample, write_expected
from patrol.errors import InputError
from spiders.samples import Row, check_site

SHOP = CHECKOUT / "spiders" / "sites" / "example-shop"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """The example shop, to be changed."""
    shutil.copytree(SHOP, tmp_path / "shop")
    return tmp_path / "shop"


def rows(site: Path) -> dict[tuple[str, str], Row]:
    return {(row.sample, row.field): row for row in check_site(site)}


def change(file: Path, before: str, after: str) -> None:
    text = file.read_text(encoding="utf-8")
    assert before in text
    file.write_text(text.replace(before, after), encoding="utf-8")


def test_a_broken_rule_shows_in_just_its_field(site: Path) -> None:
    change(site / "site.yaml", ".now | number", "del | number")
    differing = {key for key, row in rows(site).items() if row.differs}
    assert differing == {("1-item", "price")}
    row = rows(site)["1-item", "price"]
    assert (row.expected, row.got, row.rule, row.verdict) == ("12800", "25000", "del | number", "differs")


def test_a_state_that_is_no_longer_told_shows(site: Path) -> None:
    page = site / "samples" / "2-gone" / "page.html"
    page.write_bytes(page.read_bytes().replace("商品已下架".encode("gbk"), "此书不再供应".encode("gbk")))
    assert rows(site)["2-gone", "state"].got == "present"


def test_a_list_that_leads_elsewhere_shows(site: Path) -> None:
    change(site / "site.yaml", "a.next@href", "a.prev@href")
    change(site / "site.yaml", ".goods a.name@href", ".goods a[href$='21']@href")
    assert {row.got for row in rows(site).values() if row.differs} == {"1", "https://books.example.cn/list?page=1"}


def test_time_stands_where_it_stood_when_the_page_was_kept(site: Path) -> None:
    change(site / "samples" / "1-item" / "page.json", "2026-11-20T10", "2025-03-05T10")
    assert rows(site)["1-item", "published"].got == "2025-03-02 10:00"


def test_what_nobody_confirmed_counts_for_nothing(site: Path) -> None:
    (site / "samples" / "1-item" / "expected.yaml").write_text("unconfirmed:\n  title: 别的\n  price: 12800\n")
    found = rows(site)
    assert found["1-item", "title"].verdict == "unconfirmed" and found["1-item", "title"].differs
    assert not found["1-item", "price"].differs
    write_expected(confirmed(load_sample(site / "samples" / "1-item"), ["price"]))
    again = load_sample(site / "samples" / "1-item")
    assert (again.expected, again.unconfirmed) == ({"price": "12800"}, {"title": "别的"})
    with pytest.raises(InputError, match="你是不是想写 title"):
        confirmed(again, ["titel"])


def test_a_known_fault_is_expected_until_it_is_mended(site: Path) -> None:
    expected = site / "samples" / "1-item" / "expected.yaml"
    change(expected, "price: 12800", "price: 1\nxfail:\n  price: 万字还没有读对")
    assert rows(site)["1-item", "price"].verdict == "known"
    change(expected, "price: 1\n", "price: 12800\n")
    assert rows(site)["1-item", "price"].verdict == "mended"


@pytest.mark.parametrize(
    ("written", "said"),
    [
        ("pirce: 5\n", "你是不是想写 price"),
        ("price： 5\n", "冒号是中文全角的"),
        ("unconfirmed:\n  titel: x\n", "你是不是想写 title"),
        ("- a\n", "里面应当是"),
    ],
)
def test_a_slip_in_a_sample_is_named_with_its_place(site: Path, written: str, said: str) -> None:
    (site / "samples" / "1-item" / "expected.yaml").write_text(written, encoding="utf-8")
    problem = next(row for row in check_site(site) if row.verdict == "problem")
    assert said in problem.reason and "expected.yaml" in problem.reason


def test_a_sample_without_its_time_is_no_sample(site: Path) -> None:
    facts = site / "samples" / "1-item" / "page.json"
    value: dict[str, Any] = json.loads(facts.read_text(encoding="utf-8"))
    facts.write_text(json.dumps(value | {"captured_at": "2026-11-20T10:00:00"}), encoding="utf-8")
    with pytest.raises(SiteProblem, match="带时区"):
        load_sample(facts.parent)


def test_long_texts_are_told_apart_by_beginning_end_and_length() -> None:
    text = "春风又绿江南岸。" * 30
    assert abridged(text) == f"{text[:60]}……{text[-20:]}（共 240 字）"
    assert abridged("短") == "短"


def test_words_of_a_page_are_no_slips(site: Path) -> None:
    expected = site / "samples" / "1-item" / "expected.yaml"
    expected.write_text("title: “引号”开头，句号结尾。\nseller: 【官方】１号店\ntext: 《书》，\n", encoding="utf-8")
    assert load_sample(expected.parent).expected["title"] == "“引号”开头，句号结尾。"
