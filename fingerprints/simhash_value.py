"""Simhash value: sums up how a text reads in 64 bits, by the ``simhash`` package.

A bit is set when more than half of the features, counted as often as they stand, have it set (Charikar 2002, "Similarity
estimation techniques from rounding algorithms"). Features are runs of ``SHINGLE`` canonical characters, so that disguises
make no difference; their 64-bit hashes (FNV-1a over the codes, its halves mixed) are computed for all runs at once.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from simhash import Simhash

from fingerprints.simhash_bands import BITS

U16 = NDArray[np.uint16]

SHINGLE = 4
_HALF = np.uint64(33)


def simhash(codes: U16) -> int:
    """Compute the 64-bit simhash of canonical codes; 0 for an empty text. Linear in their number."""
    if not len(codes):
        return 0
    hashes, times = np.unique(feature_hashes(codes), return_counts=True)
    raw = {f"{value:x}".encode(): value.tobytes()[::-1] for value in hashes}
    counted = {name.decode(): int(count) for name, count in zip(raw, times, strict=True)}
    return int(Simhash(counted, f=BITS, hashfunc=lambda name: raw.get(name, b"")).value)


def feature_hashes(codes: U16) -> NDArray[np.uint64]:
    """Hash every run of ``SHINGLE`` codes (all of them, where they are fewer), in the order in which they stand."""
    size = min(SHINGLE, len(codes))
    runs = np.lib.stride_tricks.sliding_window_view(codes.astype(np.uint64), size)
    value = np.full(len(runs), 14695981039346656037, np.uint64)
    for place in range(size):
        value = (value ^ runs[:, place]) * np.uint64(1099511628211)
    value = (value ^ (value >> _HALF)) * np.uint64(0xFF51AFD7ED558CCD)
    return value ^ (value >> _HALF)
