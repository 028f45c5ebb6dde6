"""Segment: holds some works as one index keeps them, built once and never changed.

``codes`` of all works joined (2 bytes a character); the way home as one byte a character (how many original
characters were passed over before it) with a list of the few exceptions; pair postings; kept hashes; code counts.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from fingerprints.candidates import Candidates
from fingerprints.canonical import Canonical
from fingerprints.winnow import Kept, Winnowed

U8 = NDArray[np.uint8]
U16 = NDArray[np.uint16]
U32 = NDArray[np.uint32]
I32 = NDArray[np.int32]
Array = NDArray[np.generic]

_FAR = 255


@dataclass(frozen=True)
class Segment:
    """Works by their number within the segment; ``first[n]:first[n + 1]`` are work ``n``'s characters.

    ``gaps[i]``: original characters between the end of character ``i - 1`` (of the same work) and the start of ``i``;
    255 means: look in ``far``. ``wide``: rows of (character, length) where a character was written with more than one.
    """

    codes: U16
    first: I32
    gaps: U8
    far: U32
    wide: U32
    counts: U32
    candidates: Candidates
    winnowed: Winnowed
    forgotten: set[int] = field(default_factory=set)

    @classmethod
    def build(cls, works: Sequence[Canonical]) -> Segment:
        first = np.concatenate([[0], np.cumsum([len(w) for w in works])]).astype(np.int32)
        codes = np.concatenate([w.codes for w in works]) if works else np.zeros(0, np.uint16)
        gaps, lengths = [np.zeros(0, np.int64)], [np.zeros(0, np.int64)]
        for work in works:
            before = np.concatenate([[0], work.end[:-1]])
            gaps.append(work.start.astype(np.int64) - before[: len(work)])
            lengths.append(work.end.astype(np.int64) - work.start)
        gap, length = np.concatenate(gaps), np.concatenate(lengths)
        return cls.of(codes, first, gap, length)

    @classmethod
    def of(cls, codes: U16, first: I32, gap: NDArray[np.int64], length: NDArray[np.int64]) -> Segment:
        """Build a segment from characters whose ways home are known; everything else is derived."""
        far, wide = np.flatnonzero(gap >= _FAR), np.flatnonzero(length != 1)
        return cls(
            codes=codes,
            first=first,
            gaps=np.minimum(gap, _FAR).astype(np.uint8),
            far=np.stack([far, gap[far]], axis=1).astype(np.uint32),
            wide=np.stack([wide, length[wide]], axis=1).astype(np.uint32),
            counts=np.bincount(codes, minlength=65536).astype(np.uint32),
            candidates=Candidates.build([codes[a:b] for a, b in pairwise(first.tolist())]),
            winnowed=Winnowed.build(codes, first),
        )

    def without(self, works: Sequence[int]) -> Segment:
        """Return the same segment, its characters counted as if it did not hold these works; they are still to be
        forgotten."""
        gone = sum(np.bincount(self.codes_of(work), minlength=65536) for work in works)
        return replace(self, counts=(self.counts - gone).astype(np.uint32))

    def forget(self, works: Sequence[int]) -> None:
        """Forget these works: they are never found again."""
        self.candidates.forget(works)
        self.forgotten.update(works)

    def __len__(self) -> int:
        return len(self.first) - 1

    def span(self, work: int) -> tuple[int, int]:
        return int(self.first[work]), int(self.first[work + 1])

    def runs(self, page: Kept) -> I32:
        """Find long common runs with works that are not forgotten (:meth:`Winnowed.runs`)."""
        found = self.winnowed.runs(page, self.codes, self.first)
        return found[~np.isin(found[:, 0], list(self.forgotten))] if self.forgotten else found

    def codes_of(self, work: int) -> U16:
        return self.codes[self.first[work] : self.first[work + 1]]

    def gaps_and_lengths(self, start: int, end: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        gap = self.gaps[start:end].astype(np.int64)
        length = np.ones(end - start, np.int64)
        for table, into in ((self.far, gap), (self.wide, length)):
            a, b = np.searchsorted(table[:, 0], (start, end))
            into[table[a:b, 0].astype(np.int64) - start] = table[a:b, 1]
        return gap, length

    def origins(self, work: int) -> tuple[I32, I32]:
        """Return where each character of ``work`` starts and ends in the original text."""
        gap, length = self.gaps_and_lengths(int(self.first[work]), int(self.first[work + 1]))
        end = np.cumsum(gap + length)
        return (end - length).astype(np.int32), end.astype(np.int32)

    @cached_property
    def characters(self) -> int:
        return len(self.codes)

    def arrays(self) -> dict[str, Array]:
        own: dict[str, Array] = {
            "codes": self.codes,
            "works": self.first,
            "gaps": self.gaps,
            "far": self.far,
            "wide": self.wide,
            "counts": self.counts,
            "hash_keys": self.winnowed.keys,
            "hash_offsets": self.winnowed.offsets,
            "hash_where": self.winnowed.where,
            "hash_buckets": self.winnowed.buckets,
        }
        return own | {f"pairs_{name}": array for name, array in self.candidates.arrays().items()}

    @classmethod
    def from_arrays(cls, a: Mapping[str, Array]) -> Segment:
        pairs = {name.removeprefix("pairs_"): array for name, array in a.items() if name.startswith("pairs_")}
        return cls(
            codes=a["codes"],  # type: ignore[arg-type]
            first=a["works"],  # type: ignore[arg-type]
            gaps=a["gaps"],  # type: ignore[arg-type]
            far=a["far"],  # type: ignore[arg-type]
            wide=a["wide"],  # type: ignore[arg-type]
            counts=a["counts"],  # type: ignore[arg-type]
            candidates=Candidates.from_arrays(pairs),
            winnowed=Winnowed(a["hash_keys"], a["hash_offsets"], a["hash_where"], a["hash_buckets"]),  # type: ignore[arg-type]
        )


def joined(parts: Sequence[tuple[Segment, Sequence[tuple[int, int]]]]) -> Segment:
    """Join the works at the given spans of several segments into one, in order."""
    codes, gaps, lengths, sizes = [np.zeros(0, np.uint16)], [np.zeros(0, np.int64)], [np.zeros(0, np.int64)], [0]
    for segment, spans in parts:
        for start, end in spans:
            gap, length = segment.gaps_and_lengths(start, end)
            codes.append(segment.codes[start:end])
            gaps.append(gap)
            lengths.append(length)
            sizes.append(end - start)
    first = np.cumsum(sizes).astype(np.int32)
    return Segment.of(np.concatenate(codes), first, np.concatenate(gaps), np.concatenate(lengths))
