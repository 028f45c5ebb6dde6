"""A match as a reader compares it: page and work side by side, each run of characters with its mark.

Both sides are aligned on their canonical characters (so a disguised run stands against what it disguises) and
shown in their own characters. The alignment is the least-edit script of Levenshtein (1966) as RapidFuzz
computes it, bit-parallel (Hyyrö 2003) and with memory linear in the length.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
from rapidfuzz.distance import Levenshtein

from fingerprints import canonicalise
from patrol.leads.views import MatchView, PassageView

Mark = Literal["same", "renamed", "disguised", "gap", ""]

SHOWN = 1200
"""A passage longer than this many characters is shown by its two ends, with the length of the gap between."""

SHORT_RUN = 2
"""Agreeing runs shorter than this are chance in reworded text, and are not marked."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A run of text with one mark; for ``gap`` the text is the number of characters left out."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Pair:
    """One passage, both sides marked. ``identity``: share of the page's canonical characters that agree, 0..1."""

    passage: PassageView
    page: tuple[Segment, ...]
    work: tuple[Segment, ...]
    identity: float


@dataclass(frozen=True, slots=True)
class Comparison:
    match: MatchView
    pairs: tuple[Pair, ...]


def compare(match: MatchView) -> Comparison:
    """Mark every passage of ``match``, in the order of the page."""
    renamed = [(r.new, r.old) for r in match.renamings]
    ordered = sorted(match.passages, key=lambda p: p.page_start)
    return Comparison(match, tuple(_pair(passage, renamed) for passage in ordered))


def _pair(passage: PassageView, renamed: list[tuple[str, str]]) -> Pair:
    page, work = passage.page_text, passage.work_text
    page_marks, work_marks = (np.zeros(len(page), np.uint8), np.zeros(len(work), np.uint8))
    left, right = canonicalise(page), canonicalise(work)
    agreeing = 0
    for op in Levenshtein.opcodes(left.codes.tolist(), right.codes.tolist()):
        length = op.src_end - op.src_start
        if op.tag != "equal":
            continue
        agreeing += length
        if length < SHORT_RUN:
            continue
        for i, j in zip(range(op.src_start, op.src_end), range(op.dest_start, op.dest_end), strict=True):
            a, b = (slice(left.start[i], left.end[i]), slice(right.start[j], right.end[j]))
            mark = 1 if page[a] == work[b] else 3
            page_marks[a], work_marks[b] = mark, mark
    for new, old in renamed:
        _mark_all(page, new, page_marks)
        _mark_all(work, old, work_marks)
    identity = agreeing / max(1, len(left.codes))
    return Pair(passage, _segments(page, page_marks), _segments(work, work_marks), identity)


def _mark_all(text: str, name: str, marks: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> None:
    at = text.find(name) if name else -1
    while at >= 0:
        marks[at : at + len(name)] = 2
        at = text.find(name, at + len(name))


_MARKS: tuple[Mark, ...] = ("", "same", "renamed", "disguised")


def _segments(text: str, marks: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> tuple[Segment, ...]:
    if len(text) <= SHOWN:
        return _runs(text, marks)
    half = SHOWN // 2
    left_out = Segment(str(len(text) - 2 * half), "gap")
    return (*_runs(text[:half], marks[:half]), left_out, *_runs(text[-half:], marks[-half:]))


def _runs(text: str, marks: np.ndarray[tuple[int], np.dtype[np.uint8]]) -> tuple[Segment, ...]:
    if not text:
        return ()
    edges = [0, *(np.flatnonzero(np.diff(marks)) + 1).tolist(), len(text)]
    return tuple(Segment(text[a:b], _MARKS[marks[a]]) for a, b in pairwise(edges))
