"""Alignment: finds local chains of equal characters that keep their order, between a page and a work.

:func:`best_chain` finds the best *local, order-keeping* chain of equal characters between two texts, each worth what
its rarity makes it worth, with a price for every character skipped on either side. It is Smith-Waterman with
linear gaps (Smith and Waterman 1981), computed on the points where characters agree and on nothing else, with a
Fenwick tree of prefix maxima (sparse dynamic programming: Eppstein, Galil, Giancarlo and Italiano 1992): O(p log n) for
p points instead of O(n m). What survives washing and even reskinning is order, and this is the measure that sees it.
:func:`chains` takes the best chain, then the best of what is left of the page, and so covers text whose
parts were moved.

Everything is bounded by length: when a text repeats itself so that the points grow towards n m, agreements in
common characters are left out until at most ``MAX_POINTS`` remain.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

MAX_POINTS = 120_000
"""Points of agreement looked at in one alignment, at most."""

GAP = 0.5
"""The price of a character skipped, in nats, on either side."""

RUN_BONUS = 3.0
"""What an agreement is worth more when the characters before it agree too."""

SURE = 1.0
"""Agreements worth less count only beside another agreement: a lone 的 says nothing and costs time."""


_LOOSE = 8
"""A stray agreement at a passage's end, further away than this, is chance unless enough agrees beyond it."""


@dataclass(frozen=True, slots=True)
class Chain:
    """One chain: its ``score`` in nats above chance and its points, ascending in both texts."""

    score: float
    page: I32
    work: I32


@njit(cache=True)
def _positions(page: U16, weights: F32) -> tuple[I32, I32]:
    """For each code its last position on the page, and for each position the one before it with the same code."""
    head = np.full(65536, -1, np.int32)
    before = np.empty(len(page), np.int32)
    for i in range(len(page)):
        code = page[i]
        if weights[code] > 0.0:
            before[i] = head[code]
            head[code] = i
    return head, before


@njit(cache=True)
def _floor_for(page: U16, work: U16, weights: F32) -> float:
    """The least weight that keeps the points of agreement within ``MAX_POINTS``; negative when none does."""
    counts = np.zeros(65536, np.int32)
    for i in range(len(page)):
        counts[page[i]] += 1
    floor = 0.0
    while floor < 16.0:
        total = 0
        for j in range(len(work)):
            if weights[work[j]] > floor:
                total += counts[work[j]]
        if total <= MAX_POINTS:
            return floor
        floor = 1.0 if floor == 0.0 else floor * 2.0
    return -1.0


@njit(cache=True)
def best_chain(page: U16, work: U16, weights: F32, sure: float) -> tuple[float, int, int, int, int]:
    """Find the best chain's score and its place: ``(score, page_start, page_end, work_start, work_end)``; no path.

    ``weights`` give for each of 65,536 codes what an agreement in that character is worth, in nats; 0: nothing.
    ``sure`` stands for :data:`SURE`; a larger one is faster and misses a little.
    """
    floor = _floor_for(page, work, weights)
    n = len(page)
    if floor < 0.0 or n == 0:
        return 0.0, 0, 0, 0, 0
    rows = len(work)
    head, before = _positions(page, weights)
    tree = np.full(n + 2, -1e30, np.float32)
    tree_i = np.zeros(n + 2, np.int32)
    tree_j = np.zeros(n + 2, np.int32)
    top = 0.0
    place = (0, 0, 0, 0)
    for j in range(rows):
        rarity = weights[work[j]]
        if rarity <= floor:
            continue
        left = np.int32(work[j - 1]) if j > 0 else np.int32(-1)
        right = np.int32(work[j + 1]) if j + 1 < rows else np.int32(-1)
        i = head[work[j]]
        while i >= 0:
            beside = i > 0 and np.int32(page[i - 1]) == left
            if beside or rarity >= sure or (i + 1 < n and np.int32(page[i + 1]) == right):
                own = rarity + RUN_BONUS if beside else rarity
                best = np.float32(-1e30)
                at = 0
                k = i
                while k > 0:
                    if tree[k] > best:
                        best = tree[k]
                        at = k
                    k -= k & -k
                score = own + best - GAP * (i + j - 2)
                if score > own:
                    start_i, start_j = tree_i[at], tree_j[at]
                else:
                    score = own
                    start_i, start_j = i, j
                if score > top:
                    top = score
                    place = (start_i, i + 1, start_j, j + 1)
                lifted = np.float32(score + GAP * (i + j))
                k = i + 1
                while k <= n:
                    if lifted > tree[k]:
                        tree[k] = lifted
                        tree_i[k] = start_i
                        tree_j[k] = start_j
                    k += k & -k
            i = before[i]
    return top, place[0], place[1], place[2], place[3]


@njit(cache=True)
def _points(page: U16, work: U16, weights: F32, floor: float, free: NDArray[np.uint8]) -> tuple[I32, I32, F32]:
    """Points that count and their worth, by ascending work position, within it by *descending* page position."""
    head, before = _positions(page, weights)
    columns = len(page)
    rows = len(work)
    pi = np.empty(MAX_POINTS, np.int32)
    pj = np.empty(MAX_POINTS, np.int32)
    worth = np.empty(MAX_POINTS, np.float32)
    n = 0
    for j in range(rows):
        rarity = weights[work[j]]
        if rarity <= floor:
            continue
        left = np.int32(work[j - 1]) if j > 0 else np.int32(-1)
        right = np.int32(work[j + 1]) if j + 1 < rows else np.int32(-1)
        i = head[work[j]]
        while i >= 0:
            if free[i]:
                beside = i > 0 and np.int32(page[i - 1]) == left
                if beside or rarity >= SURE or (i + 1 < columns and np.int32(page[i + 1]) == right):
                    pi[n] = i
                    pj[n] = j
                    worth[n] = rarity + RUN_BONUS if beside else rarity
                    n += 1
            i = before[i]
    return pi[:n].copy(), pj[:n].copy(), worth[:n].copy()


@njit(cache=True)
def _link(pi: I32, pj: I32, worth: F32, n: int) -> tuple[F32, I32]:
    tree = np.full(n + 2, -1e30, np.float32)
    tree_at = np.full(n + 2, -1, np.int32)
    scores = np.empty(len(pi), np.float32)
    back = np.full(len(pi), -1, np.int32)
    for p in range(len(pi)):
        i = pi[p]
        best = np.float32(-1e30)
        at = -1
        k = i
        while k > 0:
            if tree[k] > best:
                best = tree[k]
                at = tree_at[k]
            k -= k & -k
        passed = GAP * (i + pj[p])
        score = worth[p] + best - (passed - 2.0 * GAP)
        if score > worth[p]:
            back[p] = at
        else:
            score = worth[p]
        scores[p] = score
        lifted = np.float32(score + passed)
        k = i + 1
        while k <= n:
            if lifted > tree[k]:
                tree[k] = lifted
                tree_at[k] = p
            k += k & -k
    return scores, back


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


def chains(page: U16, work: U16, weights: F32, *, limit: int = 1, least: float = 0.0) -> list[Chain]:
    """Find the best chain, then the best of what it leaves free of the page, up to ``limit`` chains scoring above
    ``least``."""
    floor = _floor_for(page, work, weights)
    if floor < 0.0 or not len(page) or not len(work):
        return []
    free = np.ones(len(page), np.uint8)
    found: list[Chain] = []
    while len(found) < limit:
        pi, pj, worth = _points(page, work, weights, floor, free)
        if not len(pi):
            break
        scores, back = _link(pi, pj, worth, len(page))
        top = int(np.argmax(scores))
        if scores[top] <= least:
            break
        path = _trace(top, back)
        found.append(Chain(float(scores[top]), pi[path], pj[path]))
        free[found[-1].page[0] : found[-1].page[-1] + 1] = 0
    return found


def trim(chain: Chain) -> tuple[I32, I32]:
    """Trim a chain's points: stray agreements at either end go."""
    i, j = chain.page, chain.work
    low, high = 0, len(i)
    steps = np.maximum(np.diff(i), np.diff(j))
    wide = np.flatnonzero(steps > _LOOSE)
    for at in wide.tolist():
        if at + 1 - low < steps[at] / 2:
            low = at + 1
        else:
            break
    for at in wide[::-1].tolist():
        if at < low:
            break
        if high - at - 1 < steps[at] / 2:
            high = at + 1
        else:
            break
    return i[low:high], j[low:high]
