"""Which names stand replaced: from gaps of a kept text, and from company where every sentence was reworded."""

from __future__ import annotations

import numpy as np

from fingerprints.align import chains
from fingerprints.canonical import canonicalise
from fingerprints.features import character_weights
from fingerprints.reskin import NamePair, infer
from fingerprints.verdict import _breaks
from tests.fingerprints.texts import RENAMES, RESKINNED, STORY, WASHED

WEIGHTS = character_weights(np.zeros(65536, np.int64))


def renaming(work: str, page: str) -> list[NamePair]:
    a, b = canonicalise(page), canonicalise(work)
    found = chains(a.codes, b.codes, WEIGHTS, limit=3, least=50.0)
    return infer(found, a.codes, b.codes, _breaks(a.start, a.end), _breaks(b.start, b.end))


def test_every_replaced_name_of_a_kept_text_is_paired_once() -> None:
    pairs = renaming(STORY, RESKINNED)
    assert {pair.old: pair.new for pair in pairs} == RENAMES
    assert {pair.old: pair.support for pair in pairs}["林阿四"] >= 3


def test_a_text_that_keeps_its_names_has_no_renaming_of_weight() -> None:
    assert [pair for pair in renaming(STORY, WASHED) if pair.support >= 2] == []


def test_names_side_by_side_are_told_apart_by_the_mark_between_them() -> None:
    work = (
        "那天清早，赵大有、李二顺一同上了船。"
        + "船开出十里，赵大有说要下雨，李二顺不信。"
        + "傍晚果然下了雨，两个人躲进破庙里烤火。"
    )
    page = work.replace("赵大有", "周明").replace("李二顺", "吴长福")
    assert {pair.old: pair.new for pair in renaming(work, page)} == {"赵大有": "周明", "李二顺": "吴长福"}


def test_a_reworded_text_still_shows_the_names_that_keep_company() -> None:
    page = WASHED
    for old, new in RENAMES.items():
        page = page.replace(old, new)
    told = {pair.old: pair.new for pair in renaming(STORY, page) if pair.support >= 2}
    assert told.get("林阿四") == "陆小七"


def test_no_alignment_no_renaming() -> None:
    empty = np.zeros(0, np.uint16)
    assert infer([], empty, empty, np.zeros(1, np.bool_), np.zeros(1, np.bool_)) == []
