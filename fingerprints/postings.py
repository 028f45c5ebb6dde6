"""Postings of character pairs: hold them in plain arrays, with the compiled passes of :mod:`fingerprints.candidates`.

For every pair of neighbouring characters the blocks that hold it, ascending: ``first[a]:first[a + 1]`` are the pairs
that begin with code ``a``, ``low`` their second codes, ``offsets`` where each pair's blocks begin in ``blocks``.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numba import njit
from numpy.typing import NDArray

U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

BLOCK = 150
"""Canonical characters in a block, the unit that postings name."""

BUDGET = 16
"""Postings read for one character of the page, at most: what keeps a query's cost from growing with the library."""

MAX_SHARE = 0.03
"""Pairs that stand in a larger share of all blocks than this say nothing about where a text comes from."""

REACH = 3
"""A wide passage is a block with so many on either side (about 1,000 characters); a narrow one is two blocks (300)."""

MAX_HOT = 4096
"""Blocks looked at more closely for one piece of a page, at most."""

_MIN_STORED = 64
"""Pairs in at most so many blocks are kept however small the library is."""

_HOT = np.float32(2.0)
"""Blocks that share less than this with the page (a pair found nowhere else weighs 1) are not looked at again."""


def pair_weights(block_count: int) -> F32:
    """Return the weight of a pair that stands in ``0, 1, 2, ...`` of ``block_count`` blocks: squared, relative idf, 1 …
    0.

    Relative to the largest possible idf, so that scores keep their meaning when the library grows. Pairs too common
    to be kept lie beyond the end.
    """
    size = max(_MIN_STORED, int(MAX_SHARE * block_count)) + 1
    frequency = np.maximum(np.arange(size), 1)
    relative = 1.0 - np.log(frequency) / np.log(max(block_count, _MIN_STORED) * 4.0)
    weights: F32 = (relative**2).astype(np.float32)
    return weights


class Postings(NamedTuple):
    """See the module; ``norms``: what all kept pairs of a block weigh together; ``first_block[n]``: where work ``n``'s
    blocks begin; ``common``: pairs too common to be kept, ascending, first code << 16 | second code."""

    first: U32
    low: U16
    offsets: U32
    blocks: U32
    norms: F32
    first_block: I32
    common: U32


def build(works: Sequence[NDArray[np.unsignedinteger]]) -> Postings:
    """Build the postings of ``works``, canonical codes each. Linear in their length (a radix sort)."""
    counts = [max(1, -(-len(codes) // BLOCK)) for codes in works]
    first_block = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
    block_count = int(first_block[-1])
    size = sum(max(0, len(codes) - 1) for codes in works)
    keys, blocks = np.empty(size, np.uint32), np.empty(size, np.uint32)
    at = 0
    for number, codes in enumerate(works):
        at = _pairs(codes.astype(np.uint16, copy=False), first_block[number], keys, blocks, at)
    keys, blocks = _sorted(keys, blocks)
    starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, np.int64)
    frequency = np.diff(np.append(starts, len(keys)))
    weights = pair_weights(block_count)
    kept = frequency < len(weights)
    distinct = keys[starts]
    common, distinct = distinct[~kept], distinct[kept]
    blocks = blocks[np.repeat(kept, frequency)]
    frequency = frequency[kept]
    offsets = np.append(0, np.cumsum(frequency)).astype(np.uint32)
    first = np.searchsorted(distinct >> np.uint32(16), np.arange(65537)).astype(np.uint32)
    low = (distinct & np.uint32(0xFFFF)).astype(np.uint16)
    return Postings(
        first, low, offsets, blocks, norms(blocks, frequency, weights[frequency], block_count), first_block, common
    )


def norms(blocks: U32, frequency: NDArray[np.int64], weight: F32, block_count: int) -> F32:
    """Return what the pairs of each block weigh together; ``frequency`` and ``weight`` have an entry for each pair."""
    total = np.zeros(block_count, np.float64)
    _add_weights(blocks, frequency, weight, total)
    return total.astype(np.float32)


@njit(cache=True)
def _pairs(codes: U16, block: int, keys: U32, blocks: U32, at: int) -> int:
    for i in range(len(codes) - 1):
        keys[at] = (np.uint32(codes[i]) << np.uint32(16)) | np.uint32(codes[i + 1])
        blocks[at] = block + i // BLOCK
        at += 1
    return at


@njit(cache=True)
def _scatter(keys: U32, blocks: U32, shift: int) -> tuple[U32, U32]:
    places = np.zeros(65537, np.int64)
    digit = np.uint32(shift)
    for i in range(len(keys)):
        places[((keys[i] >> digit) & np.uint32(0xFFFF)) + 1] += 1
    for d in range(65536):
        places[d + 1] += places[d]
    sorted_keys, sorted_blocks = np.empty_like(keys), np.empty_like(blocks)
    for i in range(len(keys)):
        d = (keys[i] >> digit) & np.uint32(0xFFFF)
        place = places[d]
        places[d] = place + 1
        sorted_keys[place], sorted_blocks[place] = keys[i], blocks[i]
    return sorted_keys, sorted_blocks


@njit(cache=True)
def _distinct(keys: U32, blocks: U32) -> int:
    count = 0
    for i in range(len(keys)):
        if count == 0 or keys[i] != keys[count - 1] or blocks[i] != blocks[count - 1]:
            keys[count], blocks[count] = keys[i], blocks[i]
            count += 1
    return count


def _sorted(keys: U32, blocks: U32) -> tuple[U32, U32]:
    """By key, then by block (they come in ascending), each pair of the two once."""
    keys, blocks = _scatter(*_scatter(keys, blocks, 0), 16)
    count = _distinct(keys, blocks)
    return keys[:count], blocks[:count]


@njit(cache=True)
def _add_weights(blocks: U32, frequency: NDArray[np.int64], weight: F32, total: NDArray[np.float64]) -> None:
    at = 0
    for slot in range(len(frequency)):
        for _ in range(frequency[slot]):
            total[blocks[at]] += weight[slot]
            at += 1


@njit(cache=True)
def _find(keys_low: U16, first: np.uint32, last: np.uint32, low: np.uint16) -> np.int64:
    # Halving without a branch in it: the processor cannot guess which way a search goes.
    start, size = np.int64(first), np.int64(last) - np.int64(first)
    if size <= 0:
        return np.int64(-1)
    while size > 1:
        half = size >> 1
        start += half if keys_low[start + half] <= low else 0
        size -= half
    return start if keys_low[start] == low else np.int64(-1)


@njit(cache=True)
def look_up(codes: U16, first: U32, low: U16, slots: I32, seen: U32) -> int:
    """Fill ``slots`` with the distinct known pairs of ``codes``; returns how many.

    ``seen`` is scratch for a hash table: a power of two, at least twice as long as ``codes``.
    """
    mask = np.uint32(len(seen) - 1)
    seen[:] = 0
    count = 0
    for i in range(len(codes) - 1):
        a = codes[i]
        key = (np.uint32(a) << np.uint32(16)) | np.uint32(codes[i + 1])
        at = ((key * np.uint32(2654435761)) >> np.uint32(12)) & mask
        while seen[at] != 0 and seen[at] != key:
            at = (at + np.uint32(1)) & mask
        if seen[at] == key:
            continue
        seen[at] = key
        slot = _find(low, first[a], first[np.int64(a) + 1], codes[i + 1])
        if slot >= 0:
            slots[count] = slot
            count += 1
    return count


@njit(cache=True)
def count_blocks(keys: U32, first: U32, low: U16, offsets: U32, frequencies: NDArray[np.int64]) -> None:
    for i in range(len(keys)):
        a = np.int64(keys[i] >> np.uint32(16))
        slot = _find(low, first[a], first[a + 1], np.uint16(keys[i] & np.uint32(0xFFFF)))
        if slot >= 0:
            frequencies[i] = np.int64(offsets[slot + 1]) - np.int64(offsets[slot])


@njit(cache=True)
def _accumulate(
    slots: I32, count: int, offsets: U32, blocks: U32, elsewhere: I32, weights: F32, budget: int, scores: F32, hot: I32
) -> int:
    """Add the weight of each pair to its blocks, rarest pairs first, until ``budget`` postings are read.

    ``elsewhere``: in how many blocks of other segments each pair stands; empty for none. Blocks that reach ``_HOT`` are
    noted in ``hot``; their number is returned.
    """
    volume = np.zeros(33, np.int64)
    for i in range(count):
        df = np.int64(offsets[slots[i] + 1]) - np.int64(offsets[slots[i]])
        level = 0
        while df >> (level + 1):
            level += 1
        volume[level] += df
    spent = 0
    limit = np.int64(1) << 40
    for level in range(33):
        if spent + volume[level] > budget and spent > 0:
            limit = np.int64(1) << level
            break
        spent += volume[level]
    found = 0
    for i in range(count):
        start = np.int64(offsets[slots[i]])
        end = np.int64(offsets[slots[i] + 1])
        if end - start >= limit:
            continue
        frequency = end - start
        if len(elsewhere) > 0:
            frequency += np.int64(elsewhere[slots[i]])
        if frequency >= len(weights):
            continue
        weight = weights[frequency]
        for k in range(start, end):
            block = blocks[k]
            before = scores[block]
            scores[block] = before + weight
            if before < _HOT and before + weight >= _HOT and found < len(hot):
                hot[found] = block
                found += 1
    return found


@njit(cache=True)
def _best_passages(hot: I32, found: int, scores: F32, norms: F32, owner: I32, best: F32, where: I32, works: I32) -> int:
    """For each work that owns a hot block: its best passage's score and middle block; returns how many works."""
    count = 0
    for h in range(found):
        b = hot[h]
        work = owner[b]
        if work < 0:
            continue
        left = scores[b - 1] if b > 0 and owner[b - 1] == work else np.float32(-1.0)
        right = scores[b + 1] if b + 1 < len(scores) and owner[b + 1] == work else np.float32(-1.0)
        narrow = scores[b]
        norm = norms[b]
        if left >= right and left >= 0.0:
            narrow += left
            norm += norms[b - 1]
        elif right >= 0.0:
            narrow += right
            norm += norms[b + 1]
        wide = np.float32(0.0)
        wide_norm = np.float32(0.0)
        for c in range(max(0, b - REACH), min(len(scores), b + REACH + 1)):
            if owner[c] == work:
                wide += scores[c]
                wide_norm += norms[c]
        value = narrow / np.sqrt(norm + np.float32(1.0)) + wide / np.sqrt(wide_norm + np.float32(1.0))
        if best[work] == 0.0:
            works[count] = work
            count += 1
        if value > best[work]:
            best[work] = value
            where[work] = b
    return count


@njit(cache=True)
def search(
    page: U16,
    pieces: int,
    size: int,
    first: U32,
    low: U16,
    offsets: U32,
    blocks: U32,
    elsewhere: I32,
    norms: F32,
    owner: I32,
    weights: F32,
    scores: F32,
    hot: I32,
    best: F32,
    where: I32,
    first_block: I32,
) -> tuple[I32, I32, F32, I32]:
    """Find the ``size`` best works for each of so many ``pieces`` of a page, best first: their numbers (-1 where there
    are no more), the middle blocks counted within the work, the scores, and where the pieces begin. Scratch is zeroed
    again."""
    top = np.full((pieces, size), -1, np.int32)
    at = np.zeros((pieces, size), np.int32)
    value = np.zeros((pieces, size), np.float32)
    cuts = np.empty(pieces + 1, np.int32)
    for p in range(pieces + 1):
        cuts[p] = np.int64(p) * len(page) // pieces
    longest = len(page) // pieces + 1
    slots = np.empty(longest, np.int32)
    room = 2
    while room < 2 * longest:
        room *= 2
    seen = np.empty(room, np.uint32)
    works = np.empty(min(len(hot), len(best)) + 1, np.int32)
    for p in range(len(cuts) - 1):
        piece = page[cuts[p] : cuts[p + 1]]
        count = look_up(piece, first, low, slots, seen)
        found = _accumulate(slots, count, offsets, blocks, elsewhere, weights, BUDGET * len(piece), scores, hot)
        total = _best_passages(hot, found, scores, norms, owner, best, where, works)
        filled = 0
        for w in range(total):
            work = works[w]
            score = best[work]
            place = filled
            while place > 0 and value[p, place - 1] < score:
                place -= 1
            if place < size:
                for m in range(min(filled, size - 1), place, -1):
                    top[p, m], at[p, m], value[p, m] = top[p, m - 1], at[p, m - 1], value[p, m - 1]
                top[p, place], at[p, place], value[p, place] = work, where[work], score
                filled = min(filled + 1, size)
        for rank in range(filled):
            at[p, rank] -= first_block[top[p, rank]]
        for w in range(total):
            best[works[w]] = 0.0
        scores[:] = 0.0
    return top, at, value, cuts
