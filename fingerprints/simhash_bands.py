"""Near-duplicate search: finds pages by 64-bit simhash of canonical text, looked up by bands instead of by scanning.

The simhash is that of the ``simhash`` package (Charikar 2002, "Similarity estimation techniques from rounding
algorithms"): a bit is set when more than half of the features, counted as often as they stand, have it set. Features
are runs of ``SHINGLE`` canonical characters, so that disguises make no difference; their hash is computed in compiled
code. Two values that differ in at most ``d`` bits agree wholly in one of ``d + 1`` bands (Manku, Jain and
Das Sarma 2007, "Detecting near-duplicates for web crawling"), so that no near duplicate is missed.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from numba import njit
from numpy.typing import NDArray

U16 = NDArray[np.uint16]

BITS = 64
SHINGLE = 4
DISTANCE = 3
"""Pages whose values differ in so many bits, at most, are near duplicates."""


@njit(cache=True)
def _feature(codes: U16, start: int, size: int) -> np.uint64:
    value = np.uint64(14695981039346656037)
    for i in range(start, start + size):
        value = (value ^ np.uint64(codes[i])) * np.uint64(1099511628211)
    value ^= value >> np.uint64(33)
    value *= np.uint64(0xFF51AFD7ED558CCD)
    return value ^ (value >> np.uint64(33))


@njit(cache=True)
def _simhash(codes: U16) -> np.uint64:
    size = min(SHINGLE, len(codes))
    count = len(codes) - size + 1
    sums = np.zeros(BITS, np.int64)
    for start in range(count):
        value = _feature(codes, start, size)
        for bit in range(BITS):
            sums[bit] += np.int64((value >> np.uint64(bit)) & np.uint64(1))
    result = np.uint64(0)
    for bit in range(BITS):
        if 2 * sums[bit] > count:
            result |= np.uint64(1) << np.uint64(bit)
    return result


def feature_hash(codes: U16) -> int:
    """Hash one feature, a few canonical codes, to 64 bits."""
    return int(_feature(np.ascontiguousarray(codes), 0, len(codes)))


def simhash(codes: U16) -> int:
    """Compute the 64-bit simhash of canonical codes; 0 for an empty text. Linear in their number."""
    return int(_simhash(np.ascontiguousarray(codes))) if len(codes) else 0


def distance(one: int, other: int) -> int:
    """Count in how many bits two values differ, 0..64."""
    return (one ^ other).bit_count()


class SimhashBands:
    """Values by key, found again by any value within ``most`` bits of them.

    >>> bands = SimhashBands([("a", 0b1010)])
    >>> bands.near(0b1011)
    [('a', 1)]
    """

    def __init__(self, pages: Iterable[tuple[str, int]] = (), *, most: int = DISTANCE) -> None:
        if not 0 <= most < BITS:
            raise ValueError(f"a distance lies in 0..{BITS - 1}, not {most}")
        self._most = most
        edges = [BITS * band // (most + 1) for band in range(most + 2)]
        self._bands = [(low, (1 << (high - low)) - 1) for low, high in pairwise(edges)]
        self._values: dict[str, int] = {}
        self._keys: list[dict[int, set[str]]] = [defaultdict(set) for _ in self._bands]
        for key, value in pages:
            self.add(key, value)

    def __len__(self) -> int:
        return len(self._values)

    def add(self, key: str, value: int) -> None:
        """Keep ``value`` under ``key``; an older value of the same key is forgotten."""
        self.discard(key)
        self._values[key] = value
        for (low, mask), band in zip(self._bands, self._keys, strict=True):
            band[value >> low & mask].add(key)

    def discard(self, key: str) -> None:
        """Forget ``key``, if it is there."""
        value = self._values.pop(key, None)
        if value is None:
            return
        for (low, mask), band in zip(self._bands, self._keys, strict=True):
            part = value >> low & mask
            band[part].discard(key)
            if not band[part]:
                del band[part]

    def near(self, value: int) -> list[tuple[str, int]]:
        """Find the keys whose values are within the distance, with it, nearest first."""
        found = set[str]().union(
            *(band.get(value >> low & mask, ()) for (low, mask), band in zip(self._bands, self._keys, strict=True))
        )
        apart = ((key, distance(self._values[key], value)) for key in found)
        return sorted(((key, bits) for key, bits in apart if bits <= self._most), key=lambda pair: (pair[1], pair[0]))
