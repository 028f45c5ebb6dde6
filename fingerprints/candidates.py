"""Which works a page may have been rewritten from: weighted rare character pairs, whatever their order.

Winnowing sees runs that survive. A text that was washed (洗稿) or reskinned (换皮) keeps few runs, but it
keeps many *pairs* of neighbouring characters that are rare elsewhere: half a name, a number with its
measure, an object, a verb with its object. Every protected work is cut into blocks of ``BLOCK`` canonical
characters; for every pair the blocks that hold it are listed. A page is scored against all blocks at once
by adding the squared inverse document frequency of the pairs they share, and neighbouring blocks are added
up to passages of two sizes. Measured on the development data, the work that was rewritten is the best
candidate of all in every row of every washed and reskinned label (docs/benchmarks.md).

The cost of a query is bounded by the page's length alone: pairs are spent rarest first, until a fixed
budget of postings a character is used up, so that a library twelve times larger costs little more.

Method: inverted-file retrieval with impact-ordered early termination (Zobel and Moffat 2006, "Inverted
files for text search engines", sections 4 and 5), passages as in Kaszkiel and Zobel 1997.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numba import njit
from numpy.typing import NDArray

U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

BLOCK = 150
"""Canonical characters in a block, the unit that postings name."""

CHUNK = 800
"""A page is asked in pieces of about this many canonical characters, so that a copied part is not
drowned by what stands around it."""

BUDGET = 16
"""Postings read for one character of the page, at most: what keeps a query's cost from growing with the library."""

MAX_SHARE = 0.03
"""Pairs that stand in a larger share of all blocks than this say nothing about where a text comes from."""

_REACH = 3
"""A wide passage is a block with so many on either side (about 1,000 characters); a narrow one is two blocks (300)."""

_MIN_STORED = 64
"""Pairs in at most so many blocks are kept however small the library is."""

_HOT = np.float32(2.0)
"""Blocks that share less than this with the page (a pair found nowhere else weighs 1) are not looked at again."""

_MAX_HOT = 4096

_EVERYWHERE = 1 << 30

_FLOOR = 0.5
"""The rival's score when there is no rival to speak of."""


def pair_weights(block_count: int) -> F32:
    """The weight of a pair that stands in ``0, 1, 2, ...`` of ``block_count`` blocks: squared, relative idf, 1 … 0.

    Relative to the largest possible idf, so that scores keep their meaning when the library grows. Pairs too common
    to be kept lie beyond the end.
    """
    size = max(_MIN_STORED, int(MAX_SHARE * block_count)) + 1
    frequency = np.maximum(np.arange(size), 1)
    relative = 1.0 - np.log(frequency) / np.log(max(block_count, _MIN_STORED) * 4.0)
    weights: F32 = (relative**2).astype(np.float32)
    return weights


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place in a work that a piece of the page may have been made from.

    ``page_start:page_end`` and ``work_start:work_end`` count canonical characters. ``score`` is the weight
    of the shared pairs of the best narrow passage divided by the root of the passage's own weight; ``margin`` is
    ``score`` divided by the score of the best *other* work on the same piece (1 and more for the best).
    """

    work: int
    page_start: int
    page_end: int
    work_start: int
    work_end: int
    score: float
    margin: float


@njit(cache=True)
def _fold(codes: U16, out: U32) -> None:
    for i in range(len(codes) - 1):
        out[i] = (np.uint32(codes[i]) << np.uint32(16)) | np.uint32(codes[i + 1])


def pair_keys(codes: NDArray[np.unsignedinteger]) -> U32:
    """One key for each pair of neighbouring characters, in order: ``len(codes) - 1`` numbers of 32 bits."""
    if len(codes) < 2:
        return np.zeros(0, np.uint32)
    low = codes.astype(np.uint16, copy=False)
    out = np.empty(len(low) - 1, np.uint32)
    _fold(low, out)
    return out


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
def _look_up(codes: U16, first: U32, low: U16, offsets: U32, slots: I32, seen: NDArray[np.uint8]) -> int:
    """Fill ``slots`` with the distinct known pairs of ``codes``; ``seen`` is left as it was found, all zero."""
    count = 0
    for i in range(len(codes) - 1):
        a = codes[i]
        slot = _find(low, first[a], first[np.int64(a) + 1], codes[i + 1])
        if slot >= 0 and seen[slot] == 0 and offsets[slot + 1] > offsets[slot]:
            seen[slot] = 1
            slots[count] = slot
            count += 1
    for i in range(count):
        seen[slots[i]] = 0
    return count


@njit(cache=True)
def _count(keys: U32, first: U32, low: U16, offsets: U32, frequencies: NDArray[np.int64]) -> None:
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
        for c in range(max(0, b - _REACH), min(len(scores), b + _REACH + 1)):
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
def _search(
    page: U16,
    cuts: I32,
    first: U32,
    low: U16,
    offsets: U32,
    blocks: U32,
    elsewhere: I32,
    norms: F32,
    owner: I32,
    weights: F32,
    seen: NDArray[np.uint8],
    scores: F32,
    hot: I32,
    best: F32,
    where: I32,
    top: I32,
    at: I32,
    value: F32,
) -> None:
    """The best works for each piece ``cuts[p]:cuts[p + 1]`` of a page, best first: their numbers into ``top`` (-1 where
    there are no more), the middle blocks into ``at``, the scores into ``value``. Scratch is zeroed again."""
    size = top.shape[1]
    longest = 1
    for p in range(len(cuts) - 1):
        longest = max(longest, cuts[p + 1] - cuts[p])
    slots = np.empty(longest, np.int32)
    works = np.empty(min(len(hot), len(best)) + 1, np.int32)
    for p in range(len(cuts) - 1):
        piece = page[cuts[p] : cuts[p + 1]]
        count = _look_up(piece, first, low, offsets, slots, seen)
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
        for w in range(total):
            best[works[w]] = 0.0
        scores[:] = 0.0


@dataclass(frozen=True, slots=True)
class Found:
    """The best works for each piece of a page: rows are pieces, columns ranks.

    ``works``: numbers, -1 where there are no more; ``blocks``: the middle block of the passage, counted within the work;
    ``values``: scores, 0 where there is no work; ``cuts``: where pieces begin, and the end of the last.
    """

    works: I32
    blocks: I32
    values: F32
    cuts: I32

    def margins(self, k: int) -> F32:
        """For the first ``k`` of each piece: the score divided by that of the best other work."""
        rivals = np.repeat(self.values[:, :1], k, axis=1)
        rivals[:, 0] = self.values[:, 1]
        return (self.values[:, :k] / np.maximum(rivals, np.float32(_FLOOR))).astype(np.float32)

    def candidates(self, k: int) -> list[Candidate]:
        """The first ``k`` of each piece, best first within a piece."""
        found = []
        margins = self.margins(k).tolist()
        bounds = self.cuts.tolist()
        for piece, (works, blocks, values) in enumerate(
            zip(self.works[:, :k].tolist(), self.blocks[:, :k].tolist(), self.values[:, :k].tolist(), strict=True)
        ):
            for work, block, value, margin in zip(works, blocks, values, margins[piece], strict=True):
                if work >= 0:
                    found.append(
                        Candidate(
                            work=work,
                            page_start=bounds[piece],
                            page_end=bounds[piece + 1],
                            work_start=max(0, block - _REACH) * BLOCK,
                            work_end=(block + _REACH + 1) * BLOCK,
                            score=value,
                            margin=margin,
                        )
                    )
        return found


def merged(parts: Sequence[tuple[Found, int]]) -> Found:
    """What several segments found on one page, ranked together; the number with each is added to its works' numbers."""
    if len(parts) == 1 and parts[0][1] == 0:
        return parts[0][0]
    works = np.concatenate([np.where(f.works >= 0, f.works + offset, -1) for f, offset in parts], axis=1)
    blocks = np.concatenate([f.blocks for f, _ in parts], axis=1)
    values = np.concatenate([f.values for f, _ in parts], axis=1)
    order = np.argsort(-values, axis=1, kind="stable")[:, : parts[0][0].values.shape[1]]
    return Found(
        np.take_along_axis(works, order, 1).astype(np.int32),
        np.take_along_axis(blocks, order, 1),
        np.take_along_axis(values, order, 1),
        parts[0][0].cuts,
    )


class Candidates:
    """The postings of one set of works, in plain arrays that can be mapped from a file.

    ``arrays`` gives them by name for the store and :meth:`from_arrays` takes them back without copying.
    """

    def __init__(
        self, first: U32, low: U16, offsets: U32, blocks: U32, norms: F32, first_block: I32, common: U32
    ) -> None:
        self._first = first
        self._low = low
        self._offsets = offsets
        self._blocks = blocks
        self._norms = norms
        self._first_block = first_block
        self._common = common
        works = len(first_block) - 1
        self._owner = np.repeat(np.arange(works, dtype=np.int32), np.diff(first_block))
        self._weights = pair_weights(len(norms))
        self._norms_beside = norms
        self._elsewhere = np.zeros(0, np.int32)
        self._scores = np.zeros(len(norms), np.float32)
        self._seen = np.zeros(len(low), np.uint8)
        self._hot = np.zeros(_MAX_HOT, np.int32)
        self._best = np.zeros(works, np.float32)
        self._where = np.zeros(works, np.int32)

    @classmethod
    def build(cls, works: Sequence[NDArray[np.unsignedinteger]]) -> Candidates:
        """Index the canonical codes of ``works``; a work's number is its place in the sequence."""
        counts = [max(1, -(-len(codes) // BLOCK)) for codes in works]
        first_block = np.concatenate([[0], np.cumsum(counts)]).astype(np.int32)
        block_count = int(first_block[-1])
        parts = []
        for number, codes in enumerate(works):
            keys = pair_keys(codes)
            if len(keys):
                block = np.arange(len(keys), dtype=np.uint64) // np.uint64(BLOCK) + np.uint64(first_block[number])
                parts.append(keys.astype(np.uint64) << np.uint64(32) | block)
        postings = np.unique(np.concatenate(parts)) if parts else np.zeros(0, np.uint64)
        keys = (postings >> np.uint64(32)).astype(np.uint32)
        blocks = (postings & np.uint64(0xFFFFFFFF)).astype(np.uint32)
        starts = np.flatnonzero(np.concatenate([[True], keys[1:] != keys[:-1]])) if len(keys) else np.zeros(0, np.int64)
        frequency = np.diff(np.concatenate([starts, [len(keys)]]))
        weights = pair_weights(block_count)
        kept = frequency < len(weights)
        distinct = keys[starts]
        common, distinct = distinct[~kept], distinct[kept]
        blocks = blocks[np.repeat(kept, frequency)]
        frequency = frequency[kept]
        offsets = np.concatenate([[0], np.cumsum(frequency)]).astype(np.uint32)
        norms = np.bincount(blocks, weights=np.repeat(weights[frequency], frequency), minlength=block_count)
        first = np.searchsorted(distinct >> np.uint32(16), np.arange(65537)).astype(np.uint32)
        low = (distinct & np.uint32(0xFFFF)).astype(np.uint16)
        return cls(first, low, offsets, blocks, norms.astype(np.float32), first_block, common)

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The arrays to store, by name."""
        return {
            "first": self._first,
            "low": self._low,
            "offsets": self._offsets,
            "blocks": self._blocks,
            "norms": self._norms,
            "first_block": self._first_block,
            "common": self._common,
        }

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Candidates:
        """Take back what :meth:`arrays` gave, mapped or not."""
        names = ("first", "low", "offsets", "blocks", "norms", "first_block", "common")
        return cls(*(arrays[name] for name in names))  # type: ignore[arg-type]

    def forget(self, works: Sequence[int]) -> None:
        """Never name these works again; their postings stay until the segment is built anew."""
        self._owner[np.isin(self._owner, np.asarray(works, np.int32))] = -1

    def beside(self, larger: Sequence[Candidates]) -> None:
        """Weigh pairs by how often ``larger`` segments have them as well: a small segment by itself knows too little
        of what is rare."""
        keys = np.repeat(np.arange(65536, dtype=np.uint32), np.diff(self._first)) << np.uint32(16) | self._low
        elsewhere = np.zeros(len(keys), np.int64)
        for other in larger:
            elsewhere += other._frequencies(keys)
        self._elsewhere = np.minimum(elsewhere, np.iinfo(np.int32).max).astype(np.int32)
        self._weights = pair_weights(sum(len(c._norms) for c in (self, *larger)))
        own = np.diff(self._offsets).astype(np.int64)
        padded = np.append(self._weights, np.float32(0.0))
        weight = padded[np.minimum(own + elsewhere, len(self._weights))]
        norms = np.bincount(self._blocks, weights=np.repeat(weight, own), minlength=len(self._norms))
        self._norms_beside = norms.astype(np.float32)

    def _frequencies(self, keys: U32) -> NDArray[np.int64]:
        """In how many blocks each of the pairs ``keys`` (ascending) stands; very many where it was too common to keep."""
        frequencies = np.zeros(len(keys), np.int64)
        _count(keys, self._first, self._low, self._offsets, frequencies)
        frequencies[np.isin(keys, self._common)] = _EVERYWHERE
        return frequencies

    def search(self, codes: NDArray[np.unsignedinteger], k: int) -> Found:
        """The ``k`` best works for each piece of a page. Time is linear in the page and in the number of blocks."""
        page = codes.astype(np.uint16, copy=False)
        pieces = max(1, round(len(page) / CHUNK))
        cuts = (np.arange(pieces + 1) * len(page) // pieces).astype(np.int32)
        top = np.full((pieces, k), -1, np.int32)
        at = np.zeros((pieces, k), np.int32)
        value = np.zeros((pieces, k), np.float32)
        _search(
            page,
            cuts,
            self._first,
            self._low,
            self._offsets,
            self._blocks,
            self._elsewhere,
            self._norms_beside,
            self._owner,
            self._weights,
            self._seen,
            self._scores,
            self._hot,
            self._best,
            self._where,
            top,
            at,
            value,
        )
        at -= self._first_block[top]
        return Found(top, at, value, cuts)

    def query(self, codes: NDArray[np.unsignedinteger], k: int = 4) -> list[Candidate]:
        """The ``k`` best works for each piece of a page as candidates, when there is one segment only."""
        return self.search(codes, k + 1).candidates(k)
