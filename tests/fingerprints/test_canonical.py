"""A page reads the same whatever was done to hide it, and every character knows its place."""

from __future__ import annotations

import unicodedata

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints import Canonical, canonicalise
from fingerprints.canonical import reading_ids
from fingerprints.tables import SYLLABLE, adverts, tables
from tests.fingerprints.effort import LENGTH, assert_linear
from tests.fingerprints.texts import OTHER, STORY

ANY = st.text(alphabet=st.characters(), max_size=400)
DIRTY = st.text(
    alphabet=st.sampled_from(
        "他说的女子亻也白勺讠兑日月又见木木，。 \n*~♡丶\u200b\u2060️🔥ａＢyingcheng乾後們φ㊀⼀\ud800\udc00é1①"
    ),
    max_size=200,
)


def shown(canonical: Canonical) -> str:
    return "".join(chr(c) if c < 0xD800 else f"<{tables().syllables[c - SYLLABLE]}>" for c in canonical.codes.tolist())


def undone(canonical: Canonical) -> dict[str, int]:
    return {d.kind: d.count for d in canonical.disguises}


@pytest.mark.parametrize(
    ("page", "read", "disguises"),
    [
        ("他說這是愛國的書", "他说这是爱国的书", {"traditional": 5}),
        ("他\u200b说\u2060了\ufeff话", "他说了话", {"zero_width": 3}),
        ("他*说~了丶话", "他说了话", {"inserted_mark": 3}),
        ("他🔥说🎉️了", "他说了", {"emoji": 2, "zero_width": 1}),
        ("ＡＢ１２书", "ab12书", {"full_width": 4}),
        ("祂们在仩海", "他们在上海", {"look_alike": 2}),
        ("⼀⼈说", "一人说", {"look_alike": 2}),
        ("亻也讠兑白勺话", "他说的话", {"split": 3}),
        ("已cheng枯木", "已<cheng>枯木", {"pinyin": 1}),
        ("已ch\u200beng枯木", "已<cheng>枯木", {"pinyin": 1}),
        ("看见【本章未完，请点击下一页】已经走了", "看见已经走了", {"advertisement": 1}),
        ("看见(www.xxbook.example 手机用户请访问)走了", "看见走了", {"advertisement": 1}),
        ("看见記住本站網址，方便下次閱讀！走了", "看见走了", {"advertisement": 1}),
        ("看见＊＊求收藏求推荐＊＊走了", "看见走了", {"advertisement": 1}),
    ],
)
def test_a_disguise_is_undone_and_counted(page: str, read: str, disguises: dict[str, int]) -> None:
    canonical = canonicalise(page)
    assert shown(canonical) == read
    assert undone(canonical) == disguises


def test_the_example_of_a_disguise_stands_on_the_page() -> None:
    page = "天色未明，他亻门都來了，白勺确，亻尔说"
    for disguise in canonicalise(page).disguises:
        assert disguise.example in page
    split = next(d for d in canonicalise(page).disguises if d.kind == "split")
    assert (split.example, split.read_as) == ("亻门", "们")


def test_ordinary_prose_has_no_disguise() -> None:
    assert canonicalise(STORY + OTHER).disguises == ()


@pytest.mark.parametrize("page", ["乾坤与徵兆", "约翰·史密斯来了", "3/4的人，A*B，x_y", "第一章 * * * 第二章"])
def test_what_honest_text_uses_is_no_disguise(page: str) -> None:
    assert canonicalise(page).disguises == ()


def test_two_characters_that_happen_to_stand_together_stay_two() -> None:
    assert shown(canonicalise("一个女子又见日月")) == "一个女子又见日月"


def test_on_a_page_that_splits_characters_they_are_read_as_one() -> None:
    assert shown(canonicalise("亻也讠兑白勺女子明日月来")).startswith("他说的好明明来")


def test_brackets_without_an_advertisement_are_the_authors_own() -> None:
    assert shown(canonicalise("他（是个聪明人）走了")) == "他是个聪明人走了"


def test_an_advertisement_does_not_swallow_the_line_beside_it() -> None:
    assert shown(canonicalise("甲乙丙\n他在网站上看见（一本书）丁戊己")) == "甲乙丙他在网站上看见一本书丁戊己"


def test_homophones_have_one_reading() -> None:
    ids = reading_ids(canonicalise("成城诚cheng木").codes)
    assert len(set(ids[:3].tolist())) == 1
    assert reading_ids(canonicalise("他cheng木").codes)[1] == ids[0]


def test_disguises_can_be_counted_inside_a_window() -> None:
    canonical = canonicalise(STORY + "他*们*都*說*了")
    assert canonical.disguised_within(0, len(canonicalise(STORY))) == {}
    assert canonical.disguised_within(len(canonicalise(STORY)), len(canonical)) == {
        "inserted_mark": 4,
        "traditional": 1,
    }


@given(st.one_of(ANY, DIRTY))
def test_offsets_always_map_back(page: str) -> None:
    canonical = canonicalise(page)
    start, end = canonical.start, canonical.end
    assert len(canonical.codes) == len(start) == len(end) == len(canonical.undone)
    assert (start >= 0).all() and (start < end).all() and (end <= len(page)).all()
    assert (start[1:] >= end[:-1]).all()
    table = tables()
    for code, a, b in zip(canonical.codes.tolist(), start.tolist(), end.tolist(), strict=True):
        if b == a + 1:
            assert table.code[ord(page[a])] == code


@given(st.one_of(ANY, DIRTY))
def test_reading_a_page_is_deterministic(page: str) -> None:
    a, b = canonicalise(page), canonicalise(page)
    assert a.disguises == b.disguises
    assert np.array_equal(a.codes, b.codes) and np.array_equal(a.start, b.start)


MARKS = st.sampled_from(["*", "~", "♡", "\u200b", "\u2060", "\ufeff", "🔥", "▪", "^", "丶"])


@given(st.lists(st.tuples(st.integers(0, len(STORY)), MARKS), max_size=60))
def test_inserted_marks_change_nothing_that_is_read(inserted: list[tuple[int, str]]) -> None:
    page = list(STORY)
    for at, mark in sorted(inserted, reverse=True):
        page.insert(at, mark)
    assert np.array_equal(canonicalise("".join(page)).codes, canonicalise(STORY).codes)


@given(st.text(alphabet=st.characters(min_codepoint=0x20, max_codepoint=0xFFFF, exclude_categories=["Cs", "Co"])))
def test_width_and_compatibility_forms_make_no_difference(page: str) -> None:
    one = canonicalise(unicodedata.normalize("NFKC", page))
    two = canonicalise(unicodedata.normalize("NFKC", unicodedata.normalize("NFKC", page)))
    assert np.array_equal(one.codes, two.codes)


@settings(deadline=None)
@given(st.binary(max_size=2000))
def test_random_bytes_are_read_without_complaint(raw: bytes) -> None:
    for encoding in ("utf-8", "gb18030", "utf-16-le"):
        canonicalise(raw.decode(encoding, "replace"))
    canonicalise(raw.decode("utf-8", "surrogateescape"))


@pytest.mark.parametrize("piece", ["啊", "*", "(", "网址", "\u200b", "亻", "ch", "\ud800", "🔥", "【本章未完"])
def test_a_megabyte_of_one_thing_takes_no_longer_than_its_length_allows(piece: str) -> None:
    assert_linear(canonicalise, piece * (LENGTH // len(piece)))


def test_an_empty_page_has_no_text() -> None:
    assert len(canonicalise("")) == 0
    assert len(canonicalise("，。 \n")) == 0


def test_every_advertisement_can_be_found_by_its_word() -> None:
    for advert in adverts():
        assert len(advert.word) >= 2
        assert shown(canonicalise(f"【{advert.word}】")) == "" or advert.pattern is not None
