"""Aligning a page with a work: chains of equal characters that keep their order, and exact runs.

Two alignments, both bounded by length and deaf to adversarial repeats:

* :func:`chain` finds the best *local, order-keeping* chain of equal rare characters between two texts, with a
  price for every character skipped on either side. It is Smith-Waterman with linear gaps (Smith and Waterman
  1981), computed on the points where rare characters agree and on nothing else, with a Fenwick tree of prefix maxima
  (sparse dynamic programming: Eppstein, Galil, Giancarlo and Italiano 1992), in O(p log n) for p points instead of O(n m).
  What survives washing and even reskinning is order, and this is the measure that sees it.
* :func:`extend_runs` grows exact k-gram hits into maximal runs and merges runs whose gaps are small: the
  seed, extend and filter steps of text alignment (Potthast et al. 2013, PAN at CLEF).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

MAX_POINTS = 60_000
"""Points of agreement in one alignment, at most; beyond it only rarer characters are used."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain: its ``score`` in nats above chance and its points, ascending in both texts."""

    score: float
    page: I32
    work: I32


@njit(cache=True)
def _count_points(page: U16, work: U16, weights: F32, floor: float) -> int:
    counts = np.zeros(65536, np.int32)
    for i in range(len(page)):
        if weights[page[i]] > floor:
            counts[page[i]] += 1
    total = 0
    for j in range(len(work)):
        total += counts[work[j]]
    return total


@njit(cache=True)
def _points(page: U16, work: U16, weights: F32, floor: float, total: int) -> tuple[I32, I32]:
    """Points (page position, work position) by ascending work position, within it by *descending* page position."""
    head = np.full(65536, -1, np.int32)
    chain = np.empty(len(page), np.int32)
    for i in range(len(page)):
        code = page[i]
        if weights[code] > floor:
            chain[i] = head[code]
            head[code] = i
    pi = np.empty(total, np.int32)
    pj = np.empty(total, np.int32)
    n = 0
    for j in range(len(work)):
        i = head[work[j]]
        while i >= 0:
            pi[n] = i
            pj[n] = j
            n += 1
            i = chain[i]
    return pi, pj


@njit(cache=True)
def _chain_scores(
    pi: I32, pj: I32, page: U16, work: U16, weights: F32, gap: float, run_bonus: float, page_free: NDArray[np.uint8]
) -> tuple[F32, I32]:
    n = len(page)
    tree = np.full(n + 2, -1e30, np.float32)
    tree_at = np.full(n + 2, -1, np.int32)
    scores = np.empty(len(pi), np.float32)
    back = np.full(len(pi), -1, np.int32)
    for p in range(len(pi)):
        i = pi[p]
        j = pj[p]
        if page_free[i] == 0:
            scores[p] = 0.0
            continue
        best = np.float32(-1e30)
        at = -1
        k = i
        while k > 0:
            if tree[k] > best:
                best = tree[k]
                at = tree_at[k]
            k -= k & -k
        own = weights[page[i]]
        if i > 0 and j > 0 and page[i - 1] == work[j - 1]:
            own += np.float32(run_bonus)
        linked = best - np.float32(gap) * np.float32(i + j - 2)
        if linked > 0.0:
            scores[p] = own + linked
            back[p] = at
        else:
            scores[p] = own
        lifted = scores[p] + np.float32(gap) * np.float32(i + j)
        k = i + 1
        while k <= n:
            if lifted > tree[k]:
                tree[k] = lifted
                tree_at[k] = p
            k += k & -k
    return scores, back


def chains(
    page: U16,
    work: U16,
    weights: F32,
    *,
    gap: float,
    run_bonus: float,
    limit: int = 1,
    least: float = 0.0,
) -> list[Chain]:
    """The best chain, then the best of what it leaves free on the page, up to ``limit`` chains of at least ``least``.

    ``weights`` give for each code (65,536 of them) what an agreement in that character is worth; codes of weight 0
    do not count. ``gap`` is the price of each character skipped, on either side.
    """
    floor = 0.0
    total = _count_points(page, work, weights, floor)
    while total > MAX_POINTS:
        floor = max(2 * floor, 0.5)
        if floor > 20.0:
            return []
        total = _count_points(page, work, weights, floor)
    if not total:
        return []
    pi, pj = _points(page, work, weights, floor, total)
    free = np.ones(len(page), np.uint8)
    found: list[Chain] = []
    for _ in range(limit):
        scores, back = _chain_scores(pi, pj, page, work, weights, gap, run_bonus, free)
        top = int(np.argmax(scores))
        if scores[top] <= least:
            break
        path = _trace(top, back)
        at_page, at_work = pi[path], pj[path]
        found.append(Chain(float(scores[top]), at_page, at_work))
        free[at_page[0] : at_page[-1] + 1] = 0
    return found


@njit(cache=True)
def _trace(top: int, back: I32) -> I32:
    length = 0
    p = top
    while p >= 0:
        length += 1
        p = back[p]
    path = np.empty(length, np.int32)
    p = top
    while p >= 0:
        length -= 1
        path[length] = p
        p = back[p]
    return path
