"""Local fingerprints: hashes of k-grams thinned by winnowing, with a guarantee.

Method: Schleimer, Wilkerson and Aiken 2003, "Winnowing: local algorithms for document fingerprinting". Of every
``WINDOW`` neighbouring k-gram hashes the least is kept (the rightmost of equals), so that **every common run of at
least ``GUARANTEE`` canonical characters shares at least one kept hash**.
"""

from __future__ import annotations

import numpy as np
from numba import njit
from numpy.typing import NDArray

U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
I32 = NDArray[np.int32]

GRAM = 10
WINDOW = 11
GUARANTEE = GRAM + WINDOW - 1
"""Canonical characters: a common run of this length (20) or more is always found."""

COMMON = 8
"""A hash that more works than this hold is a set phrase (an idiom, a poem, a licence text) and seeds nothing."""


@njit(cache=True)
def _kept(codes: U16, hashes: U32, places: I32) -> int:
    n = len(codes) - GRAM + 1
    if n <= 0:
        return 0
    base = np.uint64(1099511628211)
    top = np.uint64(1)
    for _ in range(GRAM - 1):
        top = top * base
    rolled = np.uint64(0)
    for i in range(GRAM):
        rolled = rolled * base + np.uint64(codes[i]) + np.uint64(1)
    ring = np.empty(WINDOW, np.uint32)
    count, least, least_at, said = 0, np.uint32(0), -1, -1
    for i in range(n):
        if i > 0:
            rolled = (rolled - top * (np.uint64(codes[i - 1]) + np.uint64(1))) * base
            rolled = rolled + np.uint64(codes[i + GRAM - 1]) + np.uint64(1)
        mixed = (rolled ^ (rolled >> np.uint64(29))) * np.uint64(0xBF58476D1CE4E5B9)
        value = np.uint32(mixed >> np.uint64(32))
        ring[i % WINDOW] = value
        if least_at < 0 or value <= least:
            least, least_at = value, i
        elif i - least_at >= WINDOW:
            least, least_at = value, i
            for j in range(i - WINDOW + 1, i):
                if ring[j % WINDOW] < least or (ring[j % WINDOW] == least and j > least_at):
                    least, least_at = ring[j % WINDOW], j
        if least_at != said and (i >= WINDOW - 1 or i == n - 1):
            hashes[count], places[count] = least, least_at
            said = least_at
            count += 1
    return count


def fingerprints(codes: U16) -> tuple[U32, I32]:
    """The kept hashes of ``codes`` and the places of their k-grams, both ascending in place; about 2/(WINDOW+1) of
    the characters. Texts shorter than ``GRAM`` have none."""
    room = max(1, len(codes))
    hashes, places = np.empty(room, np.uint32), np.empty(room, np.int32)
    count = _kept(np.ascontiguousarray(codes), hashes, places)
    return hashes[:count], places[:count]


@njit(cache=True)
def _runs(
    page: U16, hashes: U32, places: I32, keys: U32, offsets: U32, where: U32, first: I32, text: U16, out: I32, most: int
) -> int:
    """Extend every seed to its whole run of equal characters; rows of ``out``: work, page start, work start, length."""
    count = 0
    works = len(first) - 1
    for h in range(len(hashes)):
        low, high = 0, len(keys)
        while low < high:
            middle = (low + high) >> 1
            if keys[middle] < hashes[h]:
                low = middle + 1
            else:
                high = middle
        if low == len(keys) or keys[low] != hashes[h]:
            continue
        for s in range(offsets[low], offsets[low + 1]):
            at = np.int64(where[s])
            a, b = 0, works
            while b - a > 1:
                middle = (a + b) >> 1
                if first[middle] <= at:
                    a = middle
                else:
                    b = middle
            i, j = np.int64(places[h]), at
            covered = False
            for r in range(count - 1, max(-1, count - 33), -1):
                if out[r, 0] == a and out[r, 1] - out[r, 2] == i - (at - first[a]) and out[r, 1] + out[r, 3] > i:
                    covered = True
                    break
            if covered:
                continue
            length = 0
            while i + length < len(page) and j + length < first[a + 1] and page[i + length] == text[j + length]:
                length += 1
            back = 0
            while i - back > 0 and j - back > first[a] and page[i - back - 1] == text[j - back - 1]:
                back += 1
            if length < GRAM:
                continue
            if count == most:
                return count
            out[count, 0] = a
            out[count, 1] = i - back
            out[count, 2] = j - back - first[a]
            out[count, 3] = length + back
            count += 1
    return count


class Winnowed:
    """The kept hashes of one set of works, in plain arrays that can be mapped from a file.

    ``keys`` ascending distinct hashes, ``offsets`` into ``where``, which counts characters of all works joined.
    """

    def __init__(self, keys: U32, offsets: U32, where: U32) -> None:
        self.keys = keys
        self.offsets = offsets
        self.where = where

    @classmethod
    def build(cls, codes: U16, first: I32) -> Winnowed:
        """``codes`` of all works joined; work ``n`` is ``codes[first[n]:first[n + 1]]``."""
        hashes, places = [np.zeros(0, np.uint32)], [np.zeros(0, np.uint32)]
        for start, end in zip(first[:-1].tolist(), first[1:].tolist(), strict=True):
            kept, at = fingerprints(codes[start:end])
            hashes.append(kept)
            places.append((at + start).astype(np.uint32))
        return cls._sorted(np.concatenate(hashes), np.concatenate(places), first)

    @classmethod
    def _sorted(cls, hashes: U32, places: U32, first: I32) -> Winnowed:
        order = np.lexsort((places, hashes))
        hashes, places = hashes[order], places[order]
        new = np.flatnonzero(np.concatenate([[True], hashes[1:] != hashes[:-1]])) if len(hashes) else np.zeros(0, int)
        owners = np.searchsorted(first, places, side="right")
        change = np.concatenate([[True], (owners[1:] != owners[:-1]) | (hashes[1:] != hashes[:-1])])[: len(hashes)]
        works = np.add.reduceat(change.astype(np.int64), new) if len(new) else np.zeros(0, np.int64)
        rare = works <= COMMON
        sizes = np.diff(np.concatenate([new, [len(hashes)]]))
        kept = np.repeat(rare, sizes)
        offsets = np.concatenate([[0], np.cumsum(sizes[rare])]).astype(np.uint32)
        return cls(hashes[new][rare], offsets, places[kept])

    def runs(self, page: U16, codes: U16, first: I32, most: int = 4096) -> I32:
        """Every common run that a kept hash seeds: rows of work, page start, work start, length (canonical characters).

        At most ``most`` rows, so that repeats cannot make it slow.
        """
        hashes, places = fingerprints(page)
        out = np.empty((most, 4), np.int32)
        count = _runs(page, hashes, places, self.keys, self.offsets, self.where, first, codes, out, most)
        return out[:count]
