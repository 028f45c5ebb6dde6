"""Near-duplicate pages are found by bands, none is missed, and the value is the simhash package's."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from simhash import Simhash

from fingerprints import canonicalise, simhash_bands
from fingerprints.simhash_bands import BITS, DISTANCE, SHINGLE, SimhashBands, distance, feature_hash, simhash
from tests.fingerprints.prose import prose
from tests.fingerprints.texts import OTHER, STORY

VALUE = st.integers(0, 2**BITS - 1)


def of(text: str) -> int:
    return simhash(canonicalise(text).codes)


@given(st.text(alphabet=st.characters(min_codepoint=0x4E00, max_codepoint=0x4E20), min_size=1, max_size=120))
def test_the_value_is_that_of_the_simhash_package(text: str) -> None:
    codes = canonicalise(text).codes
    read = "".join(map(chr, codes.tolist()))
    size = min(SHINGLE, len(read))
    features = Counter(read[at : at + size] for at in range(len(read) - size + 1))
    theirs = Simhash(
        dict(features), hashfunc=lambda raw: feature_hash(np.array(list(map(ord, raw.decode())), np.uint16))
    )
    assert simhash(codes) == theirs.value


@given(VALUE, st.sets(st.integers(0, BITS - 1), max_size=8), st.integers(0, 6))
def test_a_value_is_found_exactly_within_the_distance(value: int, flipped: set[int], most: int) -> None:
    other = value
    for bit in flipped:
        other ^= 1 << bit
    bands = SimhashBands([("页", value)], most=most)
    assert bands.near(other) == ([("页", len(flipped))] if len(flipped) <= most else [])


@given(st.lists(VALUE, max_size=30), VALUE)
def test_bands_find_what_scanning_finds(values: list[int], asked: int) -> None:
    bands = SimhashBands((str(n), value) for n, value in enumerate(values))
    scanned = {(str(n), distance(value, asked)) for n, value in enumerate(values)}
    assert set(bands.near(asked)) == {(key, bits) for key, bits in scanned if bits <= DISTANCE}


def test_the_same_page_in_disguise_is_the_same_page() -> None:
    assert of("".join(f"{c}\u200b" for c in STORY)) == of(STORY)


def test_a_page_with_another_footer_is_near_and_another_story_is_far() -> None:
    page = prose(1, 3000)
    bands = SimhashBands([("一", of(page)), ("二", of(prose(2, 3000))), ("三", of(OTHER))])
    assert [key for key, _ in bands.near(of(page + "版权所有"))] == ["一"]


def test_a_page_that_is_taken_out_or_replaced_is_not_found_as_it_was() -> None:
    bands = SimhashBands([("一", of(STORY)), ("二", of(STORY))])
    bands.discard("一")
    bands.discard("一")
    bands.add("二", of(OTHER))
    assert len(bands) == 1
    assert bands.near(of(STORY)) == []
    assert bands.near(of(OTHER)) == [("二", 0)]


def test_an_empty_page_and_a_short_one_have_values() -> None:
    assert of("") == 0
    assert of("茧") != of("银") != 0


def test_asking_does_not_scan(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of random values one in 16,384 shares a band of 16 bits: few are compared with the one that is asked for."""
    rng = np.random.default_rng(1)
    bands = SimhashBands((str(n), int(value)) for n, value in enumerate(rng.integers(0, 2**63, 20_000)))
    compared: list[int] = []
    monkeypatch.setattr(simhash_bands, "distance", lambda one, other: compared.append(one) or distance(one, other))
    for value in rng.integers(0, 2**63, 500):
        bands.near(int(value))
    assert 0 < len(compared) < 500 * 5


def test_a_distance_beyond_the_bits_is_refused() -> None:
    with pytest.raises(ValueError, match="distance"):
        SimhashBands(most=BITS)
