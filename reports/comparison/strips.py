"""Strip cutter: cuts two aligned texts into pieces of about a sentence, at the same place on both sides."""

from __future__ import annotations

from bisect import bisect_left

import numpy as np
from numpy.typing import NDArray

from fingerprints import Canonical

MIN_STRIP_LENGTH = 24
"""Canonical characters of the page in a strip, at least: very short sentences stay together."""
MAX_STRIP_LENGTH = 320
"""Canonical characters after which a strip is cut even where no sentence ends (a text without marks)."""
NEAR = 12
"""Canonical characters by which the work's sentence may end before or after the place that stands against the page's."""
_LONG = 160
"""From here on a strip ends with the page's sentence even where none of the work's ends nearby."""

_ENDS = frozenset("。！？!?；;…\n")
_CLOSING = frozenset("”’」』）)】》 \t\u3000\r") | _ENDS


def cut_strips(
    left: Canonical, right: Canonical, page: str, work: str, onto: NDArray[np.int64]
) -> list[tuple[int, int]]:
    """Return the boundaries of the strips as offsets into ``page`` and ``work``, first (0, 0), last both ends,
    ascending.

    ``onto[i]`` says which canonical boundary of the work stands against boundary ``i`` of the page.
    """
    ends, theirs = _sentence_ends(left, page), _sentence_ends(right, work)
    cuts: list[tuple[int, int]] = [(0, 0)]
    for i in [*ends, len(left)]:
        while i - cuts[-1][0] > MAX_STRIP_LENGTH + MIN_STRIP_LENGTH:
            between = _anywhere(cuts[-1], onto)
            if between is None:
                break
            cuts.append(between)
        size = i - cuts[-1][0]
        if size < MIN_STRIP_LENGTH or len(left) - i < MIN_STRIP_LENGTH:
            continue
        j = _nearest(theirs, int(onto[i]))
        if j is None and (size >= _LONG or int(onto[i]) == int(onto[i - 1]) + 1):
            j = int(onto[i])
        if j is not None and cuts[-1][1] < j < len(right):
            cuts.append((i, j))
    return [(0, 0), *((_place(left, page, i), _place(right, work, j)) for i, j in cuts[1:]), (len(page), len(work))]


def _anywhere(last: tuple[int, int], onto: NDArray[np.int64]) -> tuple[int, int] | None:
    """The next place after a long stretch where character stands against character."""
    first = last[0] + MAX_STRIP_LENGTH
    exact = np.flatnonzero(np.diff(onto[first - 1 :]) == 1)
    if not len(exact):
        return None
    i = first + int(exact[0])
    j = int(onto[i])
    return (i, j) if i < len(onto) - 1 and j > last[1] else None


def _sentence_ends(text: Canonical, original: str) -> list[int]:
    """Canonical boundaries before which the original ends a sentence."""
    gaps = (np.flatnonzero(text.start[1:] > text.end[:-1]) + 1).tolist()
    return [i for i in gaps if not _ENDS.isdisjoint(original[int(text.end[i - 1]) : int(text.start[i])])]


def _nearest(ends: list[int], wanted: int) -> int | None:
    at = bisect_left(ends, wanted)
    near = [end for end in ends[max(0, at - 1) : at + 1] if abs(end - wanted) <= NEAR]
    return min(near, key=lambda end: abs(end - wanted), default=None)


def _place(text: Canonical, original: str, boundary: int) -> int:
    """Where boundary ``boundary`` lies in the original: after marks that close, before marks that open."""
    at, stop = int(text.end[boundary - 1]), int(text.start[boundary])
    closed = [place for place in range(at, stop) if original[place] in _CLOSING]
    return closed[-1] + 1 if closed else at
