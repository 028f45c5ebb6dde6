"""The features behind a verdict keep their meaning in any library."""

from __future__ import annotations

import numpy as np

from fingerprints.candidates import Candidate
from fingerprints.features import SAID_OFTEN, character_weights, names_kept, region, windows


def candidate(work: int, page: tuple[int, int], place: tuple[int, int], score: float = 3.0) -> Candidate:
    return Candidate(work, *page, *place, score=score, margin=2.0)


def test_rare_characters_weigh_more_than_common_ones_even_without_a_library() -> None:
    weights = character_weights(np.zeros(65536, np.int64))
    assert weights[ord("的")] < weights[ord("船")] < weights[ord("鬣")]
    assert weights.min() >= 0.0


def test_a_librarys_favourite_characters_weigh_less_there() -> None:
    counts = np.zeros(65536, np.int64)
    counts[ord("茧")] = 500_000
    assert character_weights(counts)[ord("茧")] < character_weights(np.zeros(65536, np.int64))[ord("茧")]


def test_neighbouring_pieces_of_one_passage_are_one_window() -> None:
    joined = windows([candidate(1, (0, 800), (100, 1200)), candidate(1, (800, 1600), (900, 2000), 4.0)])
    assert len(joined) == 1
    assert (joined[0].page_start, joined[0].page_end) == (0, 1600)
    assert joined[0].score == 4.0


def test_pieces_of_different_works_or_far_passages_stay_apart() -> None:
    assert len(windows([candidate(1, (0, 800), (0, 900)), candidate(2, (800, 1600), (0, 900))])) == 2
    assert len(windows([candidate(1, (0, 800), (0, 900)), candidate(1, (800, 1600), (50_000, 50_900))])) == 2


def test_a_window_never_grows_beyond_its_limit() -> None:
    pieces = [candidate(1, (n * 800, n * 800 + 800), (n * 800, n * 800 + 1050)) for n in range(40)]
    assert max(w.page_end - w.page_start for w in windows(pieces)) <= 3200


def test_a_region_stays_inside_the_work() -> None:
    window = windows([candidate(1, (0, 800), (100, 1150))])[0]
    assert region(window, 1000) == (0, 1000)


def test_names_are_kept_or_not() -> None:
    weights = character_weights(np.zeros(65536, np.int64))
    work = np.array(list(map(ord, "欧阳锋走来欧阳锋坐下欧阳锋说话")), np.uint16)
    same = np.array(list(map(ord, "只见欧阳锋来了")), np.uint16)
    other = np.array(list(map(ord, "只见司徒雷来了")), np.uint16)
    assert names_kept(same, work, weights, SAID_OFTEN) == 1.0
    assert names_kept(other, work, weights, SAID_OFTEN) == 0.0
