"""Explanation: shows an alignment to a person as passages in the original characters, and how alike they are."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fingerprints.align import Chain, trim
from fingerprints.canonical import reading_ids
from fingerprints.features import STRICT, names_kept
from fingerprints.tables import SYLLABLE
from fingerprints.verdict_types import Disguise, Passage

U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

_SPLIT = 80
"""Canonical characters without agreement, on either side, that part two passages."""
_MIN_POINTS = 8


class _Offsets(Protocol):
    @property
    def codes(self) -> U16: ...

    @property
    def start(self) -> I32: ...

    @property
    def end(self) -> I32: ...


@dataclass(frozen=True, slots=True)
class Likeness:
    """A chain in figures: agreeing characters, the page's characters they span and which, the longest unbroken run (characters),
    the share of the span that agrees in runs of three and more, the share of the work's names that the page keeps, and the
    share of the page's own names that the work has."""

    points: int
    span: int
    place: tuple[int, int]
    longest: int
    identity: float
    names_kept: float
    names_known: float


def likeness(chain: Chain, page: U16, work: U16, weights: F32) -> Likeness:
    """Measure a chain; offsets are canonical."""
    i, j = trim(chain)
    span = int(i[-1] - i[0] + 1)
    lengths = _run_lengths(i, j)
    shown, passage = page[i[0] : i[-1] + 1], work[j[0] : j[-1] + 1]
    return Likeness(
        points=len(i),
        span=span,
        place=(int(i[0]), int(i[-1]) + 1),
        longest=int(lengths.max()),
        identity=float(lengths[lengths >= 3].sum()) / span,
        names_kept=names_kept(shown, passage, weights, STRICT),
        names_known=names_kept(passage, shown, weights, STRICT),
    )


def _run_lengths(i: I32, j: I32) -> NDArray[np.int64]:
    cuts = np.flatnonzero((np.diff(i) != 1) | (np.diff(j) != 1)) + 1
    return np.diff(np.concatenate([[0], cuts, [len(i)]]))


def passages(found: Sequence[Chain], page: _Offsets, work: U16, start: I32, end: I32) -> tuple[Passage, ...]:
    """Return the chains' passages, parted where nothing agrees for long, in original offsets of page and work, in page
    order."""
    shown = []
    for chain in found:
        i, j = trim(chain)
        cuts = np.flatnonzero((np.diff(i) > _SPLIT) | (np.diff(j) > _SPLIT)) + 1
        bounds = [0, *cuts.tolist(), len(i)]
        for a, b in itertools.pairwise(bounds):
            if b - a < _MIN_POINTS and len(bounds) > 2:
                continue
            i0, i1, j0, j1 = int(i[a]), int(i[b - 1]), int(j[a]), int(j[b - 1])
            longer = max(i1 - i0, j1 - j0) + 1
            shown.append(
                Passage(
                    page_start=int(page.start[i0]),
                    page_end=int(page.end[i1]),
                    work_start=int(start[j0]),
                    work_end=int(end[j1]),
                    identity=round((b - a) / longer, 4),
                )
            )
    return tuple(sorted(shown, key=lambda p: (p.page_start, p.page_end)))


_MAX_SOUND_LENGTH = 5
"""Characters in a row that may stand replaced by others of the same sound."""


def homophones(found: Sequence[Chain], page: _Offsets, work: U16) -> tuple[Disguise, ...]:
    """Count characters of the page that sound as the work's in the same place but are others; nothing when there are
    none."""
    page_at: list[NDArray[np.int64]] = []
    work_at: list[NDArray[np.int64]] = []
    for chain in found:
        i, j = trim(chain)
        steps = np.diff(i)
        for gap in range(1, _MAX_SOUND_LENGTH + 1):
            at = np.flatnonzero((steps == gap + 1) & (np.diff(j) == gap + 1))
            for place in range(1, gap + 1):
                page_at.append(i[at].astype(np.int64) + place)
                work_at.append(j[at].astype(np.int64) + place)
    if not page_at:
        return ()
    on_page, in_work = np.concatenate(page_at), np.concatenate(work_at)
    heard, meant = reading_ids(page.codes[on_page]), reading_ids(work[in_work])
    same = (heard == meant) & (heard > 0) & (page.codes[on_page] < SYLLABLE) & (page.codes[on_page] != work[in_work])
    if not same.any():
        return ()
    first = int(np.flatnonzero(same)[0])
    example, read_as = (chr(int(page.codes[on_page[first]])), chr(int(work[in_work[first]])))
    return (Disguise("homophone", int(same.sum()), example, read_as),)
