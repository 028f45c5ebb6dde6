"""Titles and phrases on a page, disguises undone, honest words told apart."""

from __future__ import annotations

import pytest

from patrol.judging.scanning import NamedWork, PageText, Scanner, ambiguous_names
from patrol.tables.policy import Policy

PHRASES = Policy.load(None).phrases


def scanner(*works: NamedWork) -> Scanner:
    return Scanner(works, PHRASES)


def named(said: Scanner, title: str = "", text: str = "") -> list[tuple[str, str]]:
    return [(m.work_id, m.named) for m in said.scan(PageText(title, text)).mentions]


@pytest.mark.parametrize("printed", ["雾港来信", "霧港來信", "雾*港*来*信", "雾\u200b港来\u200d信", "【雾港来信】"])
def test_a_title_is_found_under_its_disguise_and_shown_as_printed(printed: str) -> None:
    text = f"出 {printed} 全套"
    (mention,) = scanner(NamedWork("w", ("雾港来信",), ())).scan(PageText("", text)).mentions
    assert text[mention.start : mention.end] == mention.named
    assert mention.named.strip("【】") == printed.strip("【】")


def test_of_overlapping_titles_the_longest_is_named() -> None:
    said = scanner(NamedWork("a", ("长街",), ()), NamedWork("b", ("长街灯火录",), ()))
    assert named(said, text="出售长街灯火录") == [("b", "长街灯火录")]


def test_two_works_of_one_title_are_both_named() -> None:
    said = scanner(NamedWork("a", ("长街灯火录",), ()), NamedWork("b", ("长街灯火录",), ()))
    assert {work for work, _ in named(said, text="长街灯火录")} == {"a", "b"}


def test_a_title_that_is_a_common_word_needs_a_second_sign() -> None:
    work = NamedWork("w", ("活着",), ("余某",), frozenset({"活着"}))
    assert named(scanner(work), text="好好活着就很好") == []
    assert named(scanner(work), text="低价出《活着》") == [("w", "活着")]
    assert named(scanner(work), text="活着 余某 著") == [("w", "活着")]


def test_names_that_are_common_or_short_are_known_as_such() -> None:
    assert ambiguous_names(["活着", "春天", "故乡", "雾港来信", "IT", "长街灯火录"]) >= {"活着", "春天", "故乡", "IT"}
    assert "雾港来信" not in ambiguous_names(["雾港来信"])


def test_a_latin_title_is_a_whole_word() -> None:
    said = scanner(NamedWork("w", ("Harbor",), ()))
    assert named(said, text="harbors and HARBORMASTER") == []
    assert named(said, text="the HARBOR box") == [("w", "HARBOR")]


def test_a_title_does_not_run_over_the_end_of_a_sentence() -> None:
    assert named(scanner(NamedWork("w", ("雾港来信",), ())), text="车到雾港。来信收到了") == []


@pytest.mark.parametrize(
    ("text", "void"),
    [
        ("高清扫描版，秒发", False),
        ("本店拒绝盗版、影印、扫描件", True),
        ("非影印", True),
        ("无删减影印版", False),
        ("影印勿扰", True),
        ("不卖影印版。", True),
        ("拒绝讲价。影印版 20", False),
        ("求影印版", True),
    ],
)
def test_a_sign_is_taken_back_by_the_words_around_it(text: str, void: bool) -> None:
    signs = [s for s in scanner().scan(PageText("", text)).signs if s.code in ("photocopy", "avowed")]
    assert signs
    assert all(bool(sign.void) is void for sign in signs)


def test_a_claim_to_be_genuine_that_is_denied_is_no_claim() -> None:
    said = scanner().scan(PageText("", "声明：不是正版"))
    assert "genuine_claim" not in {s.code for s in said.innocent}
    assert "avowed" in {s.code for s in said.signs}


@pytest.mark.parametrize("text", ["", "\x01\x02", "😀" * 50, "ｗ" * 1000, "a" * 5])
def test_pages_of_nothing_are_scanned_without_complaint(text: str) -> None:
    assert scanner(NamedWork("w", ("雾港来信",), ())).scan(PageText(text, text, text)).mentions == ()
