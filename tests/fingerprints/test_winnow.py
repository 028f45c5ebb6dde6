"""Every common run of a stated length is found, whatever stands around it, and repeats cost no more than their length."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from fingerprints import canonicalise, winnow
from fingerprints.winnow import COMMON, GRAM, GUARANTEE, WINDOW, Winnowed, fingerprints
from tests.fingerprints.prose import prose

CODES = st.lists(st.integers(0x4E00, 0x9FFF), max_size=120)
FEW = st.lists(st.integers(0x4E00, 0x4E03), max_size=120)
RUN = st.lists(st.integers(0x4E00, 0x9FFF), min_size=GUARANTEE, max_size=GUARANTEE + 30, unique=True)


class Looks:
    """A text that counts how often its characters are looked at."""

    def __init__(self, codes: np.ndarray) -> None:
        self._codes, self.count = codes, 0

    def __len__(self) -> int:
        return len(self._codes)

    def __getitem__(self, at: int) -> np.uint16:
        self.count += 1
        return self._codes[at]


def u16(codes: list[int]) -> np.ndarray:
    return np.array(codes, np.uint16)


def library(*works: np.ndarray) -> tuple[Winnowed, np.ndarray, np.ndarray]:
    codes = np.concatenate(works)
    first = np.concatenate([[0], np.cumsum([len(w) for w in works])]).astype(np.int32)
    return Winnowed.build(codes, first), codes, first


def runs(page: np.ndarray, *works: np.ndarray) -> list[list[int]]:
    winnowed, codes, first = library(*works)
    return winnowed.runs(fingerprints(page), codes, first).tolist()


@given(
    CODES | FEW,
    CODES | FEW,
    st.one_of(RUN, st.lists(st.integers(0x4E00, 0x4E02), min_size=GUARANTEE, max_size=60)),
    CODES | FEW,
    CODES | FEW,
)
def test_texts_with_a_common_run_of_the_guaranteed_length_share_a_kept_hash(
    before: list[int], after: list[int], run: list[int], left: list[int], right: list[int]
) -> None:
    one = fingerprints(u16(before + run + after))
    two = fingerprints(u16(left + run + right))
    assert set(one.hashes.tolist()) & set(two.hashes.tolist())


@given(CODES | FEW)
def test_no_window_is_left_without_a_kept_hash(codes: list[int]) -> None:
    kept = fingerprints(u16(codes))
    grams = len(codes) - GRAM + 1
    if grams < 1:
        assert len(kept.places) == 0
        return
    edges = np.concatenate([[-1], kept.places, [max(grams, int(kept.places[-1]) + 1)]])
    assert np.diff(edges).max() <= WINDOW
    assert (np.diff(kept.places) > 0).all()


@given(CODES, CODES, RUN, CODES, CODES)
def test_a_common_run_is_found_whole(
    before: list[int], after: list[int], run: list[int], left: list[int], right: list[int]
) -> None:
    page, work = u16(before + run + after), u16(left + run + right)
    found = runs(page, work)
    assert any(at <= len(before) and at + length >= len(before) + len(run) for _, at, _, length in found)
    for number, at, there, length in found:
        assert number == 0
        assert np.array_equal(page[at : at + length], work[there : there + length])


def test_a_run_belongs_to_the_work_that_has_it() -> None:
    works = [canonicalise(prose(seed, 900)).codes for seed in range(5)]
    page = np.concatenate([canonicalise(prose(99, 300)).codes, works[3][200:260], canonicalise(prose(98, 300)).codes])
    assert [row[0] for row in runs(page, *works)] == [3]
    ((_, at, there, length),) = runs(page, *works)
    assert (there, length) == (200, 60) and np.array_equal(page[at : at + 60], works[3][200:260])


def test_a_run_does_not_go_over_from_one_work_to_the_next() -> None:
    whole = canonicalise(prose(1, 900)).codes
    found = runs(whole, whole[:400], whole[400:])
    assert sorted((row[0], row[1], row[3]) for row in found) == [(0, 0, 400), (1, 400, len(whole) - 400)]


def test_what_many_works_have_in_common_seeds_nothing() -> None:
    licence = canonicalise(prose(7, 120)).codes
    works = [np.concatenate([canonicalise(prose(seed, 400)).codes, licence]) for seed in range(20, 21 + COMMON)]
    assert runs(licence, *works) == []
    assert runs(licence, *works[:COMMON]) != []


def test_half_the_page_is_twice_as_dense_as_promised() -> None:
    codes = canonicalise(prose(3, 20_000)).codes
    density = len(fingerprints(codes).hashes) / len(codes)
    assert density == pytest.approx(2 / (WINDOW + 1), rel=0.1)


@pytest.mark.parametrize("period", [1, 2, 7, 11, 64])
def test_repeats_cost_no_more_than_their_length(period: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted, not timed: how often a character of the page is looked at."""
    unit = canonicalise(prose(5, 200)).codes[:period]
    work, page = np.tile(unit, 3_000 // period), np.tile(unit, 30_000 // period)
    winnowed, codes, first = library(work)
    kept = fingerprints(page)
    looks = Looks(page)
    monkeypatch.setattr(winnow, "_runs", winnow._runs.py_func)
    assert len(winnowed.runs(kept._replace(codes=looks), codes, first))
    assert looks.count < 4 * len(page)


def test_texts_too_short_for_a_k_gram_have_no_hashes() -> None:
    assert len(fingerprints(u16([0x4E00] * (GRAM - 1))).hashes) == 0
    assert runs(u16([]), u16([])) == []
