"""Comparison: sets a match side by side, page left, work right, in strips of a sentence, each run of characters marked.

Both sides are aligned on their canonical characters (so a disguised run stands against what it disguises) and
shown in their own. The alignment is the least-edit script of Levenshtein (1966) as RapidFuzz computes it, bit-parallel
(Hyyrö 2003). What a passage costs is bounded: of a very long one the beginning is compared, and the rest is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from rapidfuzz.distance import Levenshtein

from fingerprints import Canonical, canonicalise
from patrol.leads.views import MatchView, PassageView
from reports.comparison.strips import cut_strips
from reports.comparison.structure import StructureRow, structure_rows

Mark = Literal["same", "replaced", "renamed", "disguised", ""]
Marks = NDArray[np.uint8]
Cover = Callable[[str], str]

MAX_COMPARED_LENGTH = 4000
"""Characters of a passage that are compared and shown, at most; of a longer one the beginning."""

SHORT_RUN = 2
"""Agreeing runs shorter than this are chance in reworded text, and are not marked."""

MAX_WORD_LENGTH = 4
"""Canonical characters of a replaced word or phrase, at most; what differs for longer is a sentence written anew."""

COVER_MARGIN = 200
"""Characters on either side of a passage that its cover sees, so that a number cut by the passage's end is known."""

_PLAIN, _SAME, _REPLACED, _RENAMED, _DISGUISED = range(5)
_MARKS: tuple[Mark, ...] = ("", "same", "replaced", "renamed", "disguised")
_BY_SOUND = frozenset({"homophone", "pinyin"})


class Segment(NamedTuple):
    """A run of text with one mark."""

    text: str
    mark: Mark


@dataclass(frozen=True, slots=True)
class Strip:
    """About a sentence of the page beside what stands against it in the work; either may be empty."""

    page: tuple[Segment, ...]
    work: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class AlignedPair:
    """One passage. ``identity``: share of the page's canonical characters that agree, 0..1 (of a passage that is not shown
    whole the engine's own figure). ``page_left_out`` and ``work_left_out``: characters at its end that are not shown."""

    passage: PassageView
    strips: tuple[Strip, ...]
    identity: float
    page_left_out: int = 0
    work_left_out: int = 0

    @property
    def page(self) -> tuple[Segment, ...]:
        """The page's side as one run, for forms that cannot set strips side by side."""
        return tuple(segment for strip in self.strips for segment in strip.page)

    @property
    def work(self) -> tuple[Segment, ...]:
        return tuple(segment for strip in self.strips for segment in strip.work)


@dataclass(frozen=True, slots=True)
class Renamed:
    """A name of the work and the page's name for it: ``support`` places where one stands against the other, and how often
    each stands in the passages shown."""

    old: str
    new: str
    support: int
    in_work: int
    on_page: int


@dataclass(frozen=True, slots=True)
class Comparison:
    """``structure`` is empty unless both texts are scripts of mystery games."""

    match: MatchView
    pairs: tuple[AlignedPair, ...]
    renamed: tuple[Renamed, ...]
    structure: tuple[StructureRow, ...]


def compare(match: MatchView, cover: Cover | None = None) -> Comparison:
    """Mark every passage of ``match``, in the order of the page.

    ``cover`` replaces characters one for one in what is shown (personal data); marks are made from the texts as they are.
    """
    names = _Names.of(match)
    heard = any(disguise.kind in _BY_SOUND for disguise in match.disguises)
    pairs = tuple(
        _pair(match, passage, names, heard, cover) for passage in sorted(match.passages, key=lambda p: p.page_start)
    )
    return Comparison(match, pairs, names.counted(match), structure_rows(match))


class _Names:
    """The renamings of a match as canonical strings, longest first, with how often each was met."""

    def __init__(self, olds: Sequence[str], news: Sequence[str]) -> None:
        self.olds, self.news = olds, news
        self.met_old, self.met_new = dict.fromkeys(olds, 0), dict.fromkeys(news, 0)

    @classmethod
    def of(cls, match: MatchView) -> _Names:
        return cls([_canonical(r.old) for r in match.renamings], [_canonical(r.new) for r in match.renamings])

    def mark(self, page: Canonical, work: Canonical, page_marks: Marks, work_marks: Marks) -> None:
        _mark_names(_string(page), self.met_new, page_marks)
        _mark_names(_string(work), self.met_old, work_marks)

    def counted(self, match: MatchView) -> tuple[Renamed, ...]:
        return tuple(
            Renamed(r.old, r.new, r.support, self.met_old[old], self.met_new[new])
            for r, old, new in zip(match.renamings, self.olds, self.news, strict=True)
        )


def _string(text: Canonical) -> str:
    return "".join(map(chr, text.codes.tolist()))


def _canonical(name: str) -> str:
    return _string(canonicalise(name))


def _mark_names(text: str, met: dict[str, int], marks: Marks) -> None:
    for name in sorted(met, key=lambda name: (-len(name), name)):
        at = text.find(name) if name else -1
        while at >= 0:
            place = marks[at : at + len(name)]
            if not (place == _RENAMED).any():
                place[:] = _RENAMED
                met[name] += 1
            at = text.find(name, at + len(name))


def _pair(match: MatchView, passage: PassageView, names: _Names, heard: bool, cover: Cover | None) -> AlignedPair:
    page, work = _beginnings(passage.page_text, passage.work_text)
    left, right = canonicalise(page), canonicalise(work)
    left_marks, right_marks = np.zeros(len(left), np.uint8), np.zeros(len(right), np.uint8)
    names.mark(left, right, left_marks, right_marks)
    onto, agreeing = _align(left, right, page, work, left_marks, right_marks, heard)
    page_marks, work_marks = _spread(left, left_marks, page), _spread(right, right_marks, work)
    _mark_between(left, right, page, work, left_marks, onto, page_marks, work_marks)
    whole = len(page) == len(passage.page_text)
    shown_page = _covered(match.page_text, passage.page_start, page, cover)
    shown_work = _covered(match.work_text, passage.work_start, work, cover)
    cuts = cut_strips(left, right, page, work, onto)
    return AlignedPair(
        passage=passage,
        strips=tuple(
            Strip(_runs(shown_page[a:b], page_marks[a:b]), _runs(shown_work[c:d], work_marks[c:d]))
            for (a, c), (b, d) in pairwise(cuts)
        ),
        identity=agreeing / max(1, len(left)) if whole else passage.identity,
        page_left_out=len(passage.page_text) - len(page),
        work_left_out=len(passage.work_text) - len(work),
    )


def _beginnings(page: str, work: str) -> tuple[str, str]:
    """Both texts, or of a long passage beginnings that are about as far into it."""
    longer = max(len(page), len(work))
    if longer <= MAX_COMPARED_LENGTH:
        return page, work
    return page[: len(page) * MAX_COMPARED_LENGTH // longer], work[: len(work) * MAX_COMPARED_LENGTH // longer]


def _covered(whole: str, start: int, text: str, cover: Cover | None) -> str:
    """``text`` (which begins at ``start`` of ``whole``) with its characters covered as they are within the whole."""
    if cover is None:
        return text
    if whole[start : start + len(text)] != text:
        return cover(text)
    first = max(0, start - COVER_MARGIN)
    return cover(whole[first : start + len(text) + COVER_MARGIN])[start - first :][: len(text)]


def _align(
    left: Canonical, right: Canonical, page: str, work: str, left_marks: Marks, right_marks: Marks, heard: bool
) -> tuple[NDArray[np.int64], int]:
    """Mark the canonical characters of both sides, names (which are marked already) left as they are. Returns where each
    boundary of the page's lies in the work's (so many and one), and how many agree."""
    onto = np.zeros(len(left) + 1, np.int64)
    onto[-1] = len(right)
    operations = Levenshtein.opcodes(left.codes.tolist(), right.codes.tolist())
    for op in operations:
        i0, i1, j0, j1 = op.src_start, op.src_end, op.dest_start, op.dest_end
        onto[i0:i1] = np.arange(j0, j1) if i1 - i0 == j1 - j0 else j0
    kinds = _kinds(left, right, page, work, onto)
    ours, theirs = np.zeros(len(left), np.uint8), np.zeros(len(right), np.uint8)
    agreeing = 0
    change: list[tuple[int, int, int, int, bool]] = []
    for op in operations:
        i0, i1, j0, j1 = op.src_start, op.src_end, op.dest_start, op.dest_end
        equal = op.tag == "equal"
        agreeing += i1 - i0 if equal else 0
        sounds = heard and op.tag == "replace" and _sound_alike(left, right, i0, i1, j0, j1)
        if sounds or (equal and i1 - i0 >= SHORT_RUN):
            _mark_change(change, left_marks, right_marks, ours, theirs)
            change = []
            ours[i0:i1] = theirs[j0:j1] = _DISGUISED if sounds else kinds[i0:i1]
        else:
            change.append((i0, i1, j0, j1, equal))
    _mark_change(change, left_marks, right_marks, ours, theirs)
    for marks, found in ((left_marks, ours), (right_marks, theirs)):
        np.copyto(marks, found, where=marks == _PLAIN)
    return onto, agreeing


def _sound_alike(left: Canonical, right: Canonical, i0: int, i1: int, j0: int, j1: int) -> bool:
    """Do characters that stand for each other sound the same (或写同音字，或写拼音)?"""
    ours, theirs = left.readings[i0:i1], right.readings[j0:j1]
    return len(ours) == len(theirs) and bool(((ours == theirs) & (ours > 0)).all())


def _kinds(left: Canonical, right: Canonical, page: str, work: str, onto: NDArray[np.int64]) -> Marks:
    """For each of the page's canonical characters, if it agrees with the one it stands against: is it written the same, or
    the same only after a disguise is undone?"""
    if not len(left) or not len(right):
        return np.zeros(len(left), np.uint8)
    against = np.minimum(onto[:-1], len(right) - 1)
    first, last, start, end = left.start, left.end, right.start[against], right.end[against]
    same = _points(page)[first] == _points(work)[start]
    for i in np.flatnonzero((last - first != 1) | (end - start != 1)).tolist():
        same[i] = page[first[i] : last[i]] == work[start[i] : end[i]]
    hidden = (left.undone & ~right.undone[against]) != 0
    return np.where(same & ~hidden, _SAME, _DISGUISED).astype(np.uint8)


def _points(text: str) -> NDArray[np.uint32]:
    return np.frombuffer(text.encode("utf-32-le", "surrogatepass"), np.uint32)


def _mark_change(
    change: Sequence[tuple[int, int, int, int, bool]], left_names: Marks, right_names: Marks, ours: Marks, theirs: Marks
) -> None:
    """What differs between two agreeing runs is a replaced word when it is short and stands on both sides."""
    first, last = 0, len(change)
    while first < last and change[first][4]:
        first += 1
    while last > first and change[last - 1][4]:
        last -= 1
    if first == last:
        return
    i0, i1 = _beside_names(left_names, change[first][0], change[last - 1][1])
    j0, j1 = _beside_names(right_names, change[first][2], change[last - 1][3])
    if i1 > i0 and j1 > j0 and max(i1 - i0, j1 - j0) <= MAX_WORD_LENGTH:
        ours[i0:i1] = _REPLACED
        theirs[j0:j1] = _REPLACED


def _beside_names(names: Marks, first: int, last: int) -> tuple[int, int]:
    """What is left of a stretch when the names at its ends are taken off: they have their own mark."""
    while first < last and names[first] == _RENAMED:
        first += 1
    while last > first and names[last - 1] == _RENAMED:
        last -= 1
    return first, last


def _spread(text: Canonical, marks: Marks, original: str) -> Marks:
    """Marks of canonical characters as marks of the original's."""
    spread = np.zeros(len(original), np.uint8)
    if len(text):
        sizes = text.end - text.start
        at = np.repeat(text.start - np.concatenate([[0], np.cumsum(sizes)[:-1]]), sizes) + np.arange(int(sizes.sum()))
        spread[at] = np.repeat(marks, sizes)
    return spread


def _mark_between(
    left: Canonical,
    right: Canonical,
    page: str,
    work: str,
    marks: Marks,
    onto: NDArray[np.int64],
    page_marks: Marks,
    work_marks: Marks,
) -> None:
    """What stands between two marked characters of a run (a comma, a space, an inserted star) takes their mark: the same
    where the work has the same there, disguised where something was put in that the engine took out."""
    for i in (np.flatnonzero(left.start[1:] > left.end[:-1]) + 1).tolist():
        j = int(onto[i])
        if marks[i - 1] not in (_SAME, _DISGUISED) or marks[i] not in (_SAME, _DISGUISED) or int(onto[i - 1]) != j - 1:
            continue
        a, b, c, d = int(left.end[i - 1]), int(left.start[i]), int(right.end[j - 1]), int(right.start[j])
        if page[a:b] == work[c:d]:
            page_marks[a:b] = _SAME
            work_marks[c:d] = _SAME
        elif c == d and left.undone[i]:
            page_marks[a:b] = _DISGUISED


def _runs(text: str, marks: Marks) -> tuple[Segment, ...]:
    if not text:
        return ()
    edges = [0, *(np.flatnonzero(np.diff(marks)) + 1).tolist(), len(text)]
    return tuple(Segment(text[a:b], _MARKS[marks[a]]) for a, b in pairwise(edges))
