"""Chains keep order, are found wherever they stand, and cost no more than the texts' length allows."""

from __future__ import annotations

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from fingerprints.align import MAX_POINTS, SURE, best_chain, chains, trim
from fingerprints.canonical import canonicalise
from fingerprints.features import character_weights
from tests.fingerprints.texts import OTHER, STORY, WASHED

WEIGHTS = character_weights(np.zeros(65536, np.int64))


def codes(text: str) -> np.ndarray:
    return canonicalise(text).codes


def test_a_copied_passage_is_aligned_character_by_character() -> None:
    page, work = codes(OTHER + STORY[100:300] + OTHER), codes(STORY)
    chain = chains(page, work, WEIGHTS)[0]
    i, j = trim(chain)
    passage = codes(STORY[100:300])
    assert abs(len(i) - len(passage)) <= 4
    assert (page[i] == work[j]).all()


def test_a_washed_story_scores_far_above_an_unrelated_one() -> None:
    related = best_chain(codes(WASHED), codes(STORY), WEIGHTS, SURE)[0]
    unrelated = best_chain(codes(OTHER), codes(STORY), WEIGHTS, SURE)[0]
    assert related > 5 * unrelated


def test_parts_that_were_moved_are_found_as_several_chains() -> None:
    half = len(STORY) // 2
    found = chains(codes(STORY[half:] + STORY[:half]), codes(STORY), WEIGHTS, limit=3, least=100.0)
    assert len(found) == 2
    assert found[0].page[0] == 0 or found[1].page[0] == 0


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=STORY[:90], max_size=200), st.text(alphabet=STORY[:90], max_size=200))
def test_chains_ascend_in_both_texts_and_join_equal_characters(page: str, work: str) -> None:
    a, b = codes(page), codes(work)
    for chain in chains(a, b, WEIGHTS, limit=3):
        assert (np.diff(chain.page) > 0).all()
        assert (np.diff(chain.work) > 0).all()
        assert (a[chain.page] == b[chain.work]).all()


@settings(max_examples=60, deadline=None)
@given(st.text(alphabet=STORY[:90], max_size=200), st.text(alphabet=STORY[:90], max_size=200))
def test_the_quick_score_is_the_score_of_the_best_chain(page: str, work: str) -> None:
    a, b = codes(page), codes(work)
    found = chains(a, b, WEIGHTS)
    score, start, end, _, _ = best_chain(a, b, WEIGHTS, SURE)
    if found:
        assert abs(score - found[0].score) < 0.01 * max(1.0, score)
        assert end > start
    else:
        assert score == 0.0


def test_points_of_agreement_are_bounded_however_a_text_repeats_itself() -> None:
    """Sixteen million of them are not looked at: the repeated character is left out, what stands beside it is not."""
    repeated = np.full(4000, ord("鑫"), np.uint16)
    assert chains(repeated, repeated, WEIGHTS) == []
    assert best_chain(repeated, repeated, WEIGHTS, SURE)[0] == 0.0
    few = repeated[: int(MAX_POINTS**0.5)]
    assert len(chains(few, few, WEIGHTS)[0].page) == len(few)
