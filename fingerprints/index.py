"""The index of the works under protection: build it once, map it in every process, ask it what a page uses.

An index file holds *segments*; works added later make a new one, a segment that loses works is built anew from its
stored characters, and when segments are many the next change merges them. Every change writes a new file and puts it
in place of the old in one step, so that a reader sees the old or the new, whole; a reader that is open goes on with
the old.
"""

from __future__ import annotations

import fcntl
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from fingerprints import store, verdict
from fingerprints.candidates import CHUNK, Candidate
from fingerprints.canonical import Canonical, canonicalise
from fingerprints.errors import DuplicateWork, FingerprintError
from fingerprints.features import character_weights
from fingerprints.segment import Segment, joined
from fingerprints.verdict_types import Verdict, WorkText

U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

SEGMENTS = 6
"""More segments than this are merged at the next change: each costs a look-up a page."""

CANDIDATES = 4
"""Works looked at more closely for each piece of a page."""

EXACT_RUN = 20
"""Canonical characters: common runs from this length on make a candidate by themselves."""

_RUN_SCORE = 17.0
_RUN_MARGIN = 5.0
_MOST_RUNS = 24


@dataclass(frozen=True)
class _Library:
    """What the verdict sees of the works: one number a work, over all segments."""

    segments: tuple[Segment, ...]
    ids: tuple[tuple[str, ...], ...]
    weights: F32

    @cached_property
    def starts(self) -> list[int]:
        return list(accumulate((len(s) for s in self.segments), initial=0))

    def _at(self, work: int) -> tuple[int, int]:
        segment = int(np.searchsorted(self.starts, work, side="right")) - 1
        return segment, work - self.starts[segment]

    def codes(self, work: int) -> U16:
        segment, number = self._at(work)
        return self.segments[segment].codes_of(number)

    def origins(self, work: int) -> tuple[I32, I32]:
        segment, number = self._at(work)
        return self.segments[segment].origins(number)

    def work_id(self, work: int) -> str:
        segment, number = self._at(work)
        return self.ids[segment][number]


class Index:
    """Open with :meth:`open`; one instance a process (it keeps scratch space), any number of processes a file."""

    def __init__(self, segments: Sequence[Segment], ids: Sequence[Sequence[str]], digest: str) -> None:
        self._segments = tuple(segments)
        self._ids = tuple(tuple(i) for i in ids)
        self.version = digest
        """Digest (32 hex digits) of the content: the same works in the same order give the same."""

    # -- building and changing ------------------------------------------------------------------------------------

    @classmethod
    def build(cls, works: Iterable[WorkText], path: Path | str) -> Index:
        """Index ``works`` into a new file at ``path`` (replaced whole) and open it.

        Raises DuplicateWork when two works have the same id; then nothing is written.
        """
        segment, ids = _segment(works)
        with _changing(Path(path)):
            _write(Path(path), [segment], [ids])
        return cls.open(path)

    @classmethod
    def open(cls, path: Path | str) -> Index:
        """Map the file. Raises FileNotFoundError, IndexVersion or DamagedIndex (:func:`fingerprints.store.read`)."""
        stored = store.read(Path(path))
        segments = [
            Segment.from_arrays(
                {name.removeprefix(f"{n}/"): array for name, array in stored.arrays.items() if name.startswith(f"{n}/")}
            )
            for n in range(len(stored.meta["ids"]))
        ]
        return cls(segments, stored.meta["ids"], stored.digest)

    @classmethod
    def add(cls, path: Path | str, works: Iterable[WorkText]) -> Index:
        """Add ``works`` to the index at ``path`` without building the rest anew; works known by id are replaced."""
        segment, ids = _segment(works)
        with _changing(Path(path)):
            old = cls.open(path)
            segments, names = old._without(set(ids))
            _write(Path(path), [*segments, segment], [*names, ids])
        return cls.open(path)

    @classmethod
    def remove(cls, path: Path | str, ids: Iterable[str]) -> Index:
        """Take works out of the index at ``path``. Raises FingerprintError for an id that it does not hold."""
        gone = set(ids)
        with _changing(Path(path)):
            old = cls.open(path)
            if unknown := gone - set(old.works):
                raise FingerprintError(f"not in the index: {', '.join(sorted(unknown))}")
            _write(Path(path), *old._without(gone))
        return cls.open(path)

    def _without(self, removed: set[str]) -> tuple[list[Segment], list[list[str]]]:
        """The segments that stay: those that held a removed work are built anew from their stored characters, and all
        become one when they are many."""
        segments, names = list(self._segments), [list(i) for i in self._ids]
        kept = [[n for n, i in enumerate(ids) if i not in removed] for ids in names]
        if len(segments) >= SEGMENTS:
            parts = [(s, [s.span(n) for n in living]) for s, living in zip(segments, kept, strict=True)]
            return [joined(parts)], [[ids[n] for ids, living in zip(names, kept, strict=True) for n in living]]
        for at, living in enumerate(kept):
            if len(living) < len(names[at]):
                segments[at] = joined([(segments[at], [segments[at].span(n) for n in living])])
                names[at] = [names[at][n] for n in living]
        filled = [at for at, ids in enumerate(names) if ids]
        return [segments[at] for at in filled], [names[at] for at in filled]

    # -- asking ---------------------------------------------------------------------------------------------------

    @property
    def works(self) -> tuple[str, ...]:
        """Ids of the works, in the order in which they were added."""
        return tuple(i for ids in self._ids for i in ids)

    @cached_property
    def characters(self) -> int:
        """Canonical characters under protection."""
        return sum(s.characters for s in self._segments)

    @cached_property
    def library(self) -> _Library:
        counts = np.zeros(65536, np.int64)
        for segment in self._segments:
            counts += segment.counts
        return _Library(self._segments, self._ids, character_weights(counts))

    def judge(self, text: str, *, floor: float = 0.5) -> list[Verdict]:
        """The works that ``text`` uses, surest first, with a probability of at least ``floor`` (0..1).

        Never raises for what the text holds. Time is bounded by its length.
        """
        page, candidates, library = self.examine(text)
        return verdict.judge(page, candidates, library, floor=floor) if candidates else []

    def judge_many(self, texts: Iterable[str], *, floor: float = 0.5) -> list[list[Verdict]]:
        """:meth:`judge` for each text, in order."""
        return [self.judge(text, floor=floor) for text in texts]

    def examine(self, text: str) -> tuple[Canonical, list[Candidate], _Library]:
        """What :meth:`judge` starts from: the canonical page, the candidates in the order of the page, the works."""
        page = canonicalise(text)
        found: list[Candidate] = []
        library = self.library
        for segment, offset in zip(self._segments, library.starts, strict=False):
            mine = segment.candidates.query(page.codes, CANDIDATES)
            mine += _exact(segment, page)
            found += [_moved(c, offset) for c in mine] if offset else mine
        found.sort(key=lambda c: c.page_start)
        return page, found, library


def _exact(segment: Segment, page: Canonical) -> list[Candidate]:
    """Candidates from common runs: one a run, the longest first, in pieces no longer than retrieval's."""
    runs = segment.winnowed.runs(page.codes, segment.codes, segment.first)
    runs = runs[runs[:, 3] >= EXACT_RUN]
    runs = runs[np.argsort(-runs[:, 3], kind="stable")][:_MOST_RUNS]
    found = []
    for work, at, there, length in runs.tolist():
        for shift in range(0, length, CHUNK):
            size = min(CHUNK, length - shift)
            middle = at + shift + size // 2
            start = max(0, min(middle - CHUNK // 2, len(page) - CHUNK))
            found.append(
                Candidate(
                    work=work,
                    page_start=start,
                    page_end=min(len(page), start + CHUNK),
                    work_start=there + shift,
                    work_end=there + shift + size,
                    score=size / _RUN_SCORE,
                    margin=_RUN_MARGIN,
                )
            )
    return found


def _moved(c: Candidate, offset: int) -> Candidate:
    return Candidate(c.work + offset, c.page_start, c.page_end, c.work_start, c.work_end, c.score, c.margin)


def _segment(works: Iterable[WorkText]) -> tuple[Segment, list[str]]:
    ids: list[str] = []
    texts: list[Canonical] = []
    seen: set[str] = set()
    for work in works:
        if work.id in seen:
            raise DuplicateWork(f"two works have the id {work.id!r}")
        seen.add(work.id)
        ids.append(work.id)
        texts.append(canonicalise(work.text))
    return Segment.build(texts), ids


def _write(path: Path, segments: Sequence[Segment], ids: Sequence[Sequence[str]]) -> None:
    arrays = {f"{n}/{name}": array for n, segment in enumerate(segments) for name, array in segment.arrays().items()}
    store.write(path, {"ids": [list(i) for i in ids]}, arrays)


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """One change at a time: others wait. Readers are never locked out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
