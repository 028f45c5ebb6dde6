"""Near-duplicate texts: the value is the simhash package's, stays what it was, and no near duplicate is missed."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from fingerprints import canonicalise
from fingerprints.simhash_bands import BITS, DISTANCE, bands, distance
from fingerprints.simhash_value import SHINGLE, feature_hashes, simhash
from tests.fingerprints.prose import prose
from tests.fingerprints.texts import OTHER, STORY

VALUE = st.integers(0, 2**BITS - 1)
WORDS = st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x4E20), min_size=1, max_size=120)


def of(text: str) -> int:
    return simhash(canonicalise(text).codes)


def _hash(run: list[int]) -> int:
    """FNV-1a over 16-bit codes, its halves mixed: written out."""
    value = 14695981039346656037
    for code in run:
        value = (value ^ code) * 1099511628211 % 2**64
    value = (value ^ value >> 33) * 0xFF51AFD7ED558CCD % 2**64
    return value ^ value >> 33


@given(WORDS)
def test_a_bit_is_set_when_more_than_half_of_the_runs_have_it(text: str) -> None:
    codes = canonicalise(text).codes
    size = min(SHINGLE, len(codes))
    hashes = [_hash(codes[at : at + size].tolist()) for at in range(len(codes) - size + 1)]
    assert feature_hashes(codes).tolist() == hashes
    assert simhash(codes) == sum(
        1 << bit for bit in range(BITS) if 2 * sum(value >> bit & 1 for value in hashes) > len(hashes)
    )


def test_values_are_those_that_stand_in_databases() -> None:
    assert [f"{of(text):016x}" for text in (STORY, OTHER, "茧")] == [
        "2beb810f454ef1c1",
        "4bc3b380216bf22a",
        "4f61fd78160777fc",
    ]


@given(VALUE, st.sets(st.integers(0, BITS - 1), max_size=DISTANCE))
def test_values_within_the_distance_share_a_band(value: int, flipped: set[int]) -> None:
    other = value
    for bit in flipped:
        other ^= 1 << bit
    assert distance(value, other) == len(flipped)
    assert set(bands(value)) & set(bands(other))


def test_the_same_page_in_disguise_is_the_same_page() -> None:
    assert of("".join(f"{c}\u200b" for c in STORY)) == of(STORY)


def test_a_page_with_another_footer_is_near_and_another_story_is_far() -> None:
    page = prose(1, 3000)
    assert distance(of(page), of(page + "版权所有")) <= DISTANCE
    assert min(distance(of(page), of(other)) for other in (prose(2, 3000), OTHER)) > 4 * DISTANCE


def test_an_empty_page_and_a_short_one_have_values() -> None:
    assert simhash(np.zeros(0, np.uint16)) == 0
    assert of("茧") != of("银") != 0
