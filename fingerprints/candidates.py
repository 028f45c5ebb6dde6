"""Candidate retrieval: finds which works a page may have been rewritten from, by rare character pairs whatever their order.

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
from numpy.typing import NDArray

from fingerprints.postings import BLOCK, MAX_HOT, REACH, Postings, build, count_blocks, norms, pair_weights, search

U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

CHUNK = 800
"""A page is asked in pieces of about this many canonical characters, so that a copied part is not
drowned by what stands around it."""

_EVERYWHERE = 1 << 30

FLOOR = 0.5
"""The rival's score when there is no rival to speak of."""


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


@dataclass(frozen=True, slots=True)
class CandidateWork:
    """The best works for each piece of a page: rows are pieces, columns ranks.

    ``works``: numbers, -1 where there are no more; ``blocks``: the middle block of the passage, counted within the work;
    ``values``: scores, 0 where there is no work; ``cuts``: where pieces begin, and the end of the last.
    """

    works: I32
    blocks: I32
    values: F32
    cuts: I32

    def margins(self, k: int) -> F32:
        """Divide, for the first ``k`` of each piece, the score by that of the best other work."""
        rivals = np.repeat(self.values[:, :1], k, axis=1)
        rivals[:, 0] = self.values[:, 1]
        return (self.values[:, :k] / np.maximum(rivals, np.float32(FLOOR))).astype(np.float32)

    def candidates(self, k: int) -> list[Candidate]:
        """Return the first ``k`` of each piece, best first within a piece."""
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
                            work_start=max(0, block - REACH) * BLOCK,
                            work_end=(block + REACH + 1) * BLOCK,
                            score=value,
                            margin=margin,
                        )
                    )
        return found


def merged(parts: Sequence[tuple[CandidateWork, int]]) -> CandidateWork:
    """Merge what several segments found on one page, ranked together; the number with each is added to its works'
    numbers."""
    if len(parts) == 1 and parts[0][1] == 0:
        return parts[0][0]
    works = np.concatenate([np.where(f.works >= 0, f.works + offset, -1) for f, offset in parts], axis=1)
    blocks = np.concatenate([f.blocks for f, _ in parts], axis=1)
    values = np.concatenate([f.values for f, _ in parts], axis=1)
    order = np.argsort(-values, axis=1, kind="stable")[:, : parts[0][0].values.shape[1]]
    return CandidateWork(
        np.take_along_axis(works, order, 1).astype(np.int32),
        np.take_along_axis(blocks, order, 1),
        np.take_along_axis(values, order, 1),
        parts[0][0].cuts,
    )


class Candidates:
    """The postings of one set of works, in plain arrays that can be mapped from a file.

    ``arrays`` gives them by name for the store and :meth:`from_arrays` takes them back without copying.
    """

    def __init__(self, postings: Postings) -> None:
        self._postings = postings
        works = len(postings.first_block) - 1
        self._owner = np.repeat(np.arange(works, dtype=np.int32), np.diff(postings.first_block))
        self._weights = pair_weights(len(postings.norms))
        self._norms = postings.norms
        self._elsewhere = np.zeros(0, np.int32)
        self._scores = np.zeros(len(postings.norms), np.float32)
        self._hot = np.zeros(MAX_HOT, np.int32)
        self._best = np.zeros(works, np.float32)
        self._where = np.zeros(works, np.int32)

    @classmethod
    def build(cls, works: Sequence[NDArray[np.unsignedinteger]]) -> Candidates:
        """Index the canonical codes of ``works``; a work's number is its place in the sequence."""
        return cls(build(works))

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """Return the arrays to store, by name."""
        return self._postings._asdict()

    @classmethod
    def from_arrays(cls, arrays: Mapping[str, NDArray[np.generic]]) -> Candidates:
        """Take back what :meth:`arrays` gave, mapped or not."""
        return cls(Postings(**{name: arrays[name] for name in Postings._fields}))  # type: ignore[arg-type]

    def forget(self, works: Sequence[int]) -> None:
        """Forget these works: they are never named again; their postings stay until the segment is built anew."""
        self._owner[np.isin(self._owner, np.asarray(works, np.int32))] = -1

    def beside(self, larger: Sequence[Candidates]) -> None:
        """Weigh pairs by how often ``larger`` segments have them as well: a small segment by itself knows too little
        of what is rare."""
        mine = self._postings
        keys = np.repeat(np.arange(65536, dtype=np.uint32), np.diff(mine.first)) << np.uint32(16) | mine.low
        own = np.diff(mine.offsets).astype(np.int64)
        total = own + sum(other._frequencies(keys) for other in larger)
        self._elsewhere = np.minimum(total - own, _EVERYWHERE).astype(np.int32)
        self._weights = pair_weights(sum(len(c._norms) for c in (self, *larger)))
        weight = np.append(self._weights, np.float32(0.0))[np.minimum(total, len(self._weights))]
        self._norms = norms(mine.blocks, own, weight, len(self._norms))

    def _frequencies(self, keys: U32) -> NDArray[np.int64]:
        """In how many blocks each of the pairs ``keys`` stands; very many where it was too common to keep."""
        frequencies = np.zeros(len(keys), np.int64)
        count_blocks(keys, self._postings.first, self._postings.low, self._postings.offsets, frequencies)
        frequencies[np.isin(keys, self._postings.common)] = _EVERYWHERE
        return frequencies

    def search(self, codes: NDArray[np.unsignedinteger], k: int) -> CandidateWork:
        """Find the ``k`` best works for each piece of a page. Time is linear in the page and in the number of blocks."""
        page = codes.astype(np.uint16, copy=False)
        pieces = max(1, round(len(page) / CHUNK))
        p = self._postings
        scratch = (self._scores, self._hot, self._best, self._where)
        weighing = (self._elsewhere, self._norms, self._owner, self._weights)
        return CandidateWork(
            *search(page, pieces, k, p.first, p.low, p.offsets, p.blocks, *weighing, *scratch, p.first_block)
        )

    def query(self, codes: NDArray[np.unsignedinteger], k: int = 4) -> list[Candidate]:
        """Find the ``k`` best works for each piece of a page as candidates, when there is one segment only."""
        return self.search(codes, k + 1).candidates(k)
