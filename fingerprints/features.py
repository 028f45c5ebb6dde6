"""Features: put into numbers what can be said about a page and a work; the verdict is made of them.

A page is first cut into *windows*: neighbouring pieces that retrieval sent to the same part of the same work. Every window
is aligned with its part of the work, and the best window of a work speaks for it. Nothing here depends on the
size of the library, so that a verdict keeps its meaning when works are added.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from math import log

import numpy as np
from numpy.typing import NDArray

from fingerprints.align import Chain, trim
from fingerprints.candidates import Candidate

U16 = NDArray[np.uint16]
F32 = NDArray[np.float32]

_CODES = 65536
_REACH = 400
"""Canonical characters of the work looked at beyond the passage that retrieval named, on either side."""
_NEAR = 2_500
"""Two pieces are one window when their passages in the work are not further apart than this."""
_MAX_LENGTH = 3_200
"""Canonical characters of the page in a window, at most."""
_OPEN = 3
"""Windows of one work that a piece may still join."""
_PRIOR = 300_000
"""Characters of general text that the library's own counts are smoothed with."""
_COMMON = 3.0
_RAREST = 9.5
"""Nats: agreement in characters commoner than the first is worth nothing, rarer than the second no more than it."""


@cache
def _general_shares() -> NDArray[np.float64]:
    shares = np.full(_CODES, 1e-7)
    text = files(__package__ or "fingerprints").joinpath("characters.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        nats, characters = line.split(" ")
        for character in characters:
            if ord(character) < _CODES:
                shares[ord(character)] = np.exp(-float(nats))
    shares /= shares.sum()
    return shares


def character_weights(counts: NDArray[np.integer]) -> F32:
    """Return what an agreement in each of 65,536 codes is worth, in nats, from how often the protected works use it.

    ``counts`` are the library's own; they are smoothed with general text, so that one small work does as well.
    """
    smoothed = counts[:_CODES].astype(np.float64) + _PRIOR * _general_shares()
    nats = -np.log(smoothed / smoothed.sum())
    weights: F32 = (np.minimum(nats, _RAREST) - _COMMON).clip(0.0).astype(np.float32)
    return weights


@dataclass(frozen=True, slots=True)
class Window:
    """A part of the page to be aligned with a part of a work; canonical offsets, half-open."""

    work: int
    page_start: int
    page_end: int
    work_start: int
    work_end: int
    score: float
    margin: float


def windows(candidates: Iterable[Candidate]) -> list[Window]:
    """Join overlapping and neighbouring pieces that name neighbouring passages of one work; best first."""
    joined: list[Window] = []
    of_work: dict[int, list[int]] = {}
    for c in candidates:
        mine = of_work.setdefault(c.work, [])
        for at in reversed(mine[-_OPEN:]):
            if _joins(joined[at], c):
                joined[at] = _join(joined[at], c)
                break
        else:
            mine.append(len(joined))
            joined.append(Window(c.work, c.page_start, c.page_end, c.work_start, c.work_end, c.score, c.margin))
    return sorted(joined, key=lambda w: -w.score)


def _joins(window: Window, c: Candidate) -> bool:
    return (
        c.page_start <= window.page_end
        and window.page_start <= c.page_end
        and c.work_start < window.work_end + _NEAR
        and window.work_start < c.work_end + _NEAR
        and max(window.page_end, c.page_end) - min(window.page_start, c.page_start) <= _MAX_LENGTH
    )


def _join(window: Window, c: Candidate) -> Window:
    return Window(
        c.work,
        min(window.page_start, c.page_start),
        max(window.page_end, c.page_end),
        min(window.work_start, c.work_start),
        max(window.work_end, c.work_end),
        max(window.score, c.score),
        window.margin if window.score >= c.score else c.margin,
    )


def region(window: Window, length: int) -> tuple[int, int]:
    """Return the part of a work of ``length`` characters that a window is aligned with."""
    spread = (window.page_end - window.page_start) // 2
    return max(0, window.work_start - _REACH - spread), min(length, window.work_end + _REACH + spread)


@dataclass(frozen=True, slots=True)
class Alignment:
    """A window and its best chain, in canonical offsets of the whole page and the whole work."""

    window: Window
    chain: Chain


def exact_run(chain: Chain, page: U16, weights: F32) -> float:
    """Return the weight, in nats, of the heaviest run of the chain that has no gap on either side longer than two
    characters."""
    steps = np.maximum(np.diff(chain.page), np.diff(chain.work)) > 3
    value = weights[page[chain.page]].astype(np.float64) + 1.0
    starts = np.concatenate([[0], np.flatnonzero(steps) + 1])
    return float(np.add.reduceat(value, starts).max())


def vector(a: Alignment, page: U16, work: U16, weights: F32) -> NDArray[np.float64]:
    """Return the features of one work, in the order of :data:`FEATURES`; ``page`` and ``work`` are canonical codes.

    ``pairs_shared``: logarithm of retrieval's score. ``order_rarity``: logarithm of the chain's weight when the n-th
    agreement in one character counts 1/sqrt(n), so that a name said fifty times does not make a copy.
    ``order_pairs``: logarithm of the distinct neighbouring pairs in the chain. ``order_density``: logarithm of its score for
    each character of the page that it spans. ``order_cover``: logarithm of the share of the window that it spans.
    ``exact_run``: by how many hundred nats the heaviest unbroken run is heavier than a quotation, at most 3.
    ``names_kept``: share of the passage's names that the page has too. Its coefficient is negative: agreement that a
    shared cast explains (the same history told by another, another chapter) counts for less than agreement without it.
    """
    at = page[a.chain.page]
    codes, times = np.unique(at, return_counts=True)
    rarity = float((weights[codes] * np.sqrt(times)).sum())
    beside = (np.diff(a.chain.page) == 1) & (np.diff(a.chain.work) == 1)
    pairs = np.unique(at[:-1][beside].astype(np.uint32) << np.uint32(16) | at[1:][beside])
    span = int(a.chain.page[-1] - a.chain.page[0] + 1)
    whole = a.window.page_end - a.window.page_start
    i, j = trim(a.chain)
    return np.array(
        [
            log(max(a.window.score, 0.1)),
            log(1.0 + rarity),
            log(1.0 + len(pairs)),
            log(max(a.chain.score, 1.0) / span),
            log(max(span, 1) / max(whole, 1)),
            min(max(exact_run(a.chain, page, weights) - QUOTATION, 0.0) / 100.0, 3.0),
            names_kept(page[i[0] : i[-1] + 1], work[j[0] : j[-1] + 1], weights, SAID_OFTEN),
        ]
    )


@dataclass(frozen=True, slots=True)
class Naming:
    """What is taken for a name, or a thing of its own: a pair of characters that a passage says at least ``times`` times, that
    weighs at least ``weight`` nats, and that is at least the share ``together`` of all uses of either character."""

    times: int
    weight: float
    together: float


SAID_OFTEN = Naming(3, 6.0, 0.0)
"""For the probability: whatever a passage harps on."""
STRICT = Naming(2, 7.0, 0.5)
"""For the kind, where names proper matter."""


def names_kept(page: U16, work: U16, weights: F32, naming: Naming) -> float:
    """Return the share of the names of the work's passage that the page has, each counted as often as the passage says
    it; 1 when the passage has none."""
    if len(work) < 2 or len(page) < 2:
        return 1.0
    pairs, times = np.unique(_pairs(work), return_counts=True)
    first, second = (pairs >> np.uint32(16)).astype(np.int64), (pairs & np.uint32(0xFFFF)).astype(np.int64)
    alone = np.bincount(work, minlength=_CODES)
    name = (times >= naming.times) & (weights[first] + weights[second] >= naming.weight)
    name &= times >= naming.together * np.maximum(alone[first], alone[second])
    if not name.any():
        return 1.0
    return float(times[name & np.isin(pairs, _pairs(page))].sum() / times[name].sum())


def _pairs(codes: U16) -> NDArray[np.uint32]:
    return codes[:-1].astype(np.uint32) << np.uint32(16) | codes[1:]


QUOTATION = 150.0
"""Nats that a short attributed quotation (about thirty characters) may weigh."""
