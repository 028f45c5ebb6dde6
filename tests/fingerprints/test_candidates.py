"""Retrieval names the work that a page was rewritten from, whatever else is under protection."""

from __future__ import annotations

import random

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints.candidates import Candidates
from fingerprints.canonical import canonicalise
from fingerprints.postings import BUDGET, pair_weights
from tests.fingerprints.texts import OTHER, QUARREL, STORY, WASHED


def codes(text: str) -> np.ndarray:
    return canonicalise(text).codes


def noise(seed: int, size: int) -> np.ndarray:
    chosen = random.Random(seed)
    common = [ord(c) for c in STORY + OTHER + QUARREL]
    return np.array([chosen.choice(common) for _ in range(size)], np.uint16)


def test_the_washed_story_is_the_best_candidate_among_many_works() -> None:
    works = [noise(n, 900) for n in range(60)] + [codes(STORY), codes(OTHER)]
    found = Candidates.build(works).query(codes(WASHED))
    assert found[0].work == 60
    assert found[0].margin > 2.0


def test_order_does_not_matter_to_retrieval() -> None:
    sentences = STORY.split("。")
    random.Random(1).shuffle(sentences)
    found = Candidates.build([noise(1, 900), codes(STORY)]).query(codes("。".join(sentences)))
    assert found[0].work == 1


def test_arrays_taken_back_answer_as_before() -> None:
    built = Candidates.build([codes(STORY), codes(OTHER), codes(QUARREL)])
    again = Candidates.from_arrays(built.arrays())
    assert again.query(codes(WASHED)) == built.query(codes(WASHED))


def test_asking_twice_gives_the_same_answer() -> None:
    built = Candidates.build([codes(STORY), codes(OTHER)])
    first = built.query(codes(STORY))
    built.query(codes(OTHER))
    assert built.query(codes(STORY)) == first


def test_a_page_of_nothing_has_no_candidates() -> None:
    built = Candidates.build([codes(STORY)])
    assert built.query(np.zeros(0, np.uint16)) == []
    assert built.query(np.array([0x4E00], np.uint16)) == []
    assert Candidates.build([]).query(codes(STORY)) == []
    assert Candidates.build([np.zeros(0, np.uint16)]).query(codes(STORY)) == []


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 65535), max_size=400))
def test_any_codes_can_be_asked(page: list[int]) -> None:
    built = Candidates.build([codes(STORY), codes(OTHER)])
    for candidate in built.query(np.array(page, np.uint16)):
        assert 0 <= candidate.work < 2
        assert 0 <= candidate.page_start < candidate.page_end <= len(page)


def test_weights_fall_from_one_as_pairs_grow_common_in_any_size_of_library() -> None:
    for blocks in (1, 100, 10_000, 1_000_000):
        weights = pair_weights(blocks)
        assert weights[1] == 1.0
        assert (np.diff(weights[1:]) < 0).all()
        assert weights[-1] > 0.0
    assert BUDGET > 0
