"""Winnowing: thins the hashes of k-grams to local fingerprints, with a guarantee.

Method: Schleimer, Wilkerson and Aiken 2003, "Winnowing: local algorithms for document fingerprinting". Of every
``WINDOW`` neighbouring k-gram hashes the least is kept; of equals the one that was kept before, or else the rightmost
(their "robust winnowing", which keeps few hashes of a text that repeats itself), so that **every common run of at least
``GUARANTEE`` canonical characters shares at least one kept hash**.
"""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

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

REPEATS = 4
"""Of the places where one work repeats a hash, so many are kept, from the first on."""

_EFFORT = 64
"""Characters compared for each character of a page, at most."""


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
        if least_at < 0 or value < least:
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


class Kept(NamedTuple):
    """A text's ``codes``, its kept ``hashes`` and the ``places`` of their k-grams, ascending."""

    codes: U16
    hashes: U32
    places: I32


def fingerprints(codes: U16) -> Kept:
    """Keep the hashes of ``codes`` that winnowing keeps: of about 2/(WINDOW+1) of the characters. Texts shorter than
    ``GRAM`` have none."""
    solid = np.ascontiguousarray(codes)
    room = max(1, len(codes))
    hashes, places = np.empty(room, np.uint32), np.empty(room, np.int32)
    count = _kept(solid, hashes, places)
    return Kept(solid, hashes[:count], places[:count])


@njit(cache=True)
def _bits(size: int) -> int:
    bits = 0
    while size > 1:
        size >>= 1
        bits += 1
    return bits


@njit(cache=True)
def _runs(
    page: U16,
    hashes: U32,
    places: I32,
    buckets: U32,
    keys: U32,
    offsets: U32,
    where: U32,
    first: I32,
    text: U16,
    covered: I32,
    least: int,
    out: I32,
) -> int:
    """Extend seeds to whole runs of equal characters; rows of ``out``: work, page start, work start, length.

    ``buckets`` (a power of two, and one more) say where in ``keys`` hashes with the same leading bits begin.
    ``covered[w]``: how far the page is accounted for by work ``w``; seeds before that are passed over, so that every
    character of the page is compared about once for each work, however often texts repeat themselves.
    """
    count = 0
    works = len(first) - 1
    shift = np.uint32(32 - _bits(len(buckets) - 1))
    effort = np.int64(_EFFORT) * (len(page) + 1000)
    for h in range(len(hashes)):
        bucket = hashes[h] >> shift
        low, high = np.int64(buckets[bucket]), np.int64(buckets[bucket + 1])
        while low < high and keys[low] < hashes[h]:
            low += 1
        if low == high or keys[low] != hashes[h]:
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
            if i + GRAM <= covered[a]:
                continue
            length = 0
            while i + length < len(page) and j + length < first[a + 1] and page[i + length] == text[j + length]:
                length += 1
            if length < GRAM:
                effort -= length + 1
                continue
            back = 0
            while i - back > covered[a] and j - back > first[a] and page[i - back - 1] == text[j - back - 1]:
                back += 1
            effort -= length + back
            if length + back >= least:
                covered[a] = i + length
                out[count, 0] = a
                out[count, 1] = i - back
                out[count, 2] = j - back - first[a]
                out[count, 3] = length + back
                count += 1
            if count == len(out) or effort < 0:
                return count
    return count


def _buckets(keys: U32) -> U32:
    bits = max(4, len(keys).bit_length() - 4)
    edges = np.arange(1 << bits, dtype=np.uint32) << np.uint32(32 - bits)
    return np.append(np.searchsorted(keys, edges), len(keys)).astype(np.uint32)


class Winnowed:
    """The kept hashes of one set of works, in plain arrays that can be mapped from a file.

    ``keys`` ascending distinct hashes, ``offsets`` into ``where``, which counts characters of all works joined,
    ``buckets`` where in ``keys`` those with the same leading bits begin.
    """

    def __init__(self, keys: U32, offsets: U32, where: U32, buckets: U32) -> None:
        self.keys = keys
        self.offsets = offsets
        self.where = where
        self.buckets = buckets

    @classmethod
    def build(cls, codes: U16, first: I32) -> Winnowed:
        """Thin ``codes`` of all works joined; work ``n`` is ``codes[first[n]:first[n + 1]]``."""
        hashes, places = [np.zeros(0, np.uint32)], [np.zeros(0, np.uint32)]
        for start, end in pairwise(first.tolist()):
            kept = fingerprints(codes[start:end])
            hashes.append(kept.hashes)
            places.append((kept.places + start).astype(np.uint32))
        return cls._sorted(np.concatenate(hashes), np.concatenate(places), first)

    @classmethod
    def _sorted(cls, hashes: U32, places: U32, first: I32) -> Winnowed:
        if not len(hashes):
            return cls(hashes, np.zeros(1, np.uint32), places, _buckets(hashes))
        both = np.sort(hashes.astype(np.uint64) << np.uint64(32) | places)
        hashes, places = (both >> np.uint64(32)).astype(np.uint32), both.astype(np.uint32)
        fresh = np.concatenate([[True], hashes[1:] != hashes[:-1]])
        owners = np.searchsorted(first, places, side="right")
        mine = fresh | np.concatenate([[True], owners[1:] != owners[:-1]])
        starts, owned = np.flatnonzero(fresh), np.flatnonzero(mine)
        rank = np.arange(len(hashes)) - np.repeat(owned, np.diff(np.append(owned, len(hashes))))
        rare = np.add.reduceat(mine.astype(np.int64), starts) <= COMMON
        kept = np.repeat(rare, np.diff(np.append(starts, len(hashes)))) & (rank < REPEATS)
        sizes = np.add.reduceat(kept.astype(np.int64), starts)[rare]
        keys = hashes[starts][rare]
        return cls(keys, np.append(0, np.cumsum(sizes)).astype(np.uint32), places[kept], _buckets(keys))

    def runs(self, page: Kept, codes: U16, first: I32, least: int = GUARANTEE, most: int = 1024) -> I32:
        """Find common runs of at least ``least`` canonical characters: rows of work, page start, work start, length.

        ``codes`` and ``first`` are those of :meth:`build`. Every part of the page that shares such a run with a work is
        accounted for once; where the work has it several times, by one of them. At most ``most`` rows, and an effort
        bounded by the page's length, so that repeats cannot make it slow.
        """
        out = np.empty((most, 4), np.int32)
        covered = np.zeros(len(first), np.int32)
        own = (self.buckets, self.keys, self.offsets, self.where)
        count = _runs(page.codes, page.hashes, page.places, *own, first, codes, covered, least, out)
        return out[:count]
