"""Work index: holds the protected works; built once, mapped in every process, asked what a page uses.

An index file holds *segments*. Works added later make a new one; works taken out are forgotten where they stand; small
segments are merged when they are many, and a segment of which much is forgotten is built anew from its stored
characters. Every change writes a new file and puts it in place of the old in one step, so that a reader sees the old
or the new, whole; a reader that is open goes on with the old.
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
from numba import njit
from numpy.typing import NDArray

from fingerprints import lists, store, verdict
from fingerprints.candidates import CHUNK, FLOOR, Candidate, CandidateWork, merged
from fingerprints.canonical import Canonical, canonicalise
from fingerprints.coefficients import Model, default_model
from fingerprints.embedding import Embedding
from fingerprints.errors import DuplicateWork, FingerprintError
from fingerprints.features import character_weights
from fingerprints.header import check_tables
from fingerprints.segment import Segment, joined
from fingerprints.verdict_types import Verdict, WorkText
from fingerprints.winnow import fingerprints

U16 = NDArray[np.uint16]
I32 = NDArray[np.int32]
F32 = NDArray[np.float32]

SEGMENTS = 4
"""More segments than this are merged: each costs a look-up a page."""

CANDIDATES = 4
"""Works looked at more closely for each piece of a page."""

_DEAD_SHARE = 0.2
"""A segment of whose characters more than this are forgotten is built anew."""
_WORTH_AN_OPINION = 0.1
"""Verdicts less probable than this are not shown to an embedding model."""
_NONE = np.zeros((0, CANDIDATES + 1), np.int32)
_NOTHING = CandidateWork(_NONE, _NONE, _NONE.astype(np.float32), np.zeros(1, np.int32))
_RUN_SCORE = 17.0
_RUN_MARGIN = 5.0
_MAX_RUNS = 24


@dataclass(frozen=True)
class _Library:
    """What the verdict sees of the works: one number a work, over all segments."""

    segments: tuple[Segment, ...]
    ids: tuple[tuple[str | None, ...], ...]
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
        return self.ids[segment][number] or ""


class Index:
    """Open with :meth:`open`. Any number of processes may share a file; within a process one thread at a time may ask,
    for an index keeps scratch space."""

    def __init__(
        self,
        segments: Sequence[Segment],
        ids: Sequence[Sequence[str | None]],
        digest: str,
        embedding: Embedding | None = None,
        model: Model | None = None,
    ) -> None:
        self._embedding = embedding
        self._model = model
        self._segments = tuple(segments)
        self._ids = tuple(tuple(i) for i in ids)
        self.version = digest
        """Digest (32 hex digits) of the content: the same works in the same order give the same."""
        for segment, names in zip(self._segments, self._ids, strict=True):
            if gone := [number for number, name in enumerate(names) if name is None]:
                segment.forget(gone)
        by_size = sorted(self._segments, key=lambda s: -s.characters)
        for place, segment in enumerate(by_size[1:], 1):
            segment.candidates.beside([larger.candidates for larger in by_size[:place]])

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
    def open(cls, path: Path | str, *, embedding: Embedding | None = None, model: Model | None = None) -> Index:
        """Map the file. Raises FileNotFoundError, IndexVersion or DamagedIndex (:func:`fingerprints.store.read`).

        An index whose works were read by other tables than today's is of another version too. With ``embedding``
        verdicts on rewritten text take a model's opinion in; none by default. ``model``: other coefficients than those
        that come with the engine (their gate is the engine's).
        """
        stored = store.read(Path(path))
        check_tables(stored.meta, Path(path))
        segments = [
            Segment.from_arrays(
                {name.removeprefix(f"{n}/"): array for name, array in stored.arrays.items() if name.startswith(f"{n}/")}
            )
            for n in range(len(stored.meta["ids"]))
        ]
        return cls(segments, stored.meta["ids"], stored.digest, embedding, model)

    @classmethod
    def add(cls, path: Path | str, works: Iterable[WorkText]) -> Index:
        """Add ``works`` to the index at ``path`` without building the rest anew; works known by id are replaced."""
        segment, ids = _segment(works)
        with _changing(Path(path)):
            segments, names = cls.open(path)._without({name for name in ids if name is not None})
            _write(Path(path), *_compact([*segments, segment], [*names, ids]))
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

    def _without(self, removed: set[str]) -> tuple[list[Segment], list[list[str | None]]]:
        """The segments and names that stay when the works ``removed`` are forgotten."""
        segments: list[Segment] = []
        names: list[list[str | None]] = []
        for segment, ids in zip(self._segments, self._ids, strict=True):
            gone = [number for number, name in enumerate(ids) if name in removed]
            kept = [None if name in removed else name for name in ids]
            if not any(kept):
                continue
            living = [number for number, name in enumerate(kept) if name is not None]
            alive = sum(end - start for start, end in map(segment.span, living))
            if gone and alive < (1 - _DEAD_SHARE) * segment.characters:
                segment, kept = joined([(segment, list(map(segment.span, living)))]), [kept[n] for n in living]
            elif gone:
                segment = segment.without(gone)
            segments.append(segment)
            names.append(kept)
        return segments, names

    # -- asking ---------------------------------------------------------------------------------------------------

    @property
    def works(self) -> tuple[str, ...]:
        """Ids of the works, in the order in which they were added."""
        return tuple(name for ids in self._ids for name in ids if name is not None)

    @cached_property
    def characters(self) -> int:
        """Canonical characters kept, those of works taken out included until their segment is built anew."""
        return sum(s.characters for s in self._segments)

    @cached_property
    def library(self) -> _Library:
        counts = np.zeros(65536, np.int64)
        for segment in self._segments:
            counts += segment.counts
        return _Library(self._segments, self._ids, character_weights(counts))

    def judge(self, text: str, *, floor: float = 0.5) -> list[Verdict]:
        """Find the works that ``text`` uses, surest first, with a probability of at least ``floor`` (0..1).

        Never raises for what the text holds. Time is bounded by its length.
        """
        page = canonicalise(text)
        found, runs = self._look_up(page)
        if not runs and not _resembles_any(found):
            return []
        candidates = _in_order(found, runs)
        if self._embedding is None:
            return verdict.judge(page, candidates, self.library, floor=floor, model=self._model)
        return self._with_opinion(self._embedding, page, candidates, floor)

    def _with_opinion(
        self, embedding: Embedding, page: Canonical, candidates: Sequence[Candidate], floor: float
    ) -> list[Verdict]:
        numbers = {name: n for n, name in enumerate(name for ids in self._ids for name in ids)}
        rescored = []
        lowest = min(floor, _WORTH_AN_OPINION)
        for found in verdict.judge(page, candidates, self.library, floor=lowest, model=self._model):
            work = numbers[found.work_id]
            codes, (start, _) = self.library.codes(work), self.library.origins(work)
            on_page = "".join(_text(page.codes, page.start, p.page_start, p.page_end) for p in found.passages)
            in_work = "".join(_text(codes, start, p.work_start, p.work_end) for p in found.passages)
            rescored.append(embedding.rescored(found, on_page, in_work))
        return sorted((v for v in rescored if v.probability >= floor), key=lambda v: (-v.probability, v.work_id))

    def judge_many(self, texts: Iterable[str], *, floor: float = 0.5) -> list[list[Verdict]]:
        """Do :meth:`judge` for each text, in order."""
        return [self.judge(text, floor=floor) for text in texts]

    def examine(self, text: str) -> tuple[Canonical, list[Candidate], _Library]:
        """Return what :meth:`judge` starts from: the canonical page, the candidates in the order of the page, the
        works."""
        page = canonicalise(text)
        return page, _in_order(*self._look_up(page)), self.library

    def _look_up(self, page: Canonical) -> tuple[CandidateWork, list[Candidate]]:
        parts: list[tuple[CandidateWork, int]] = []
        runs: list[Candidate] = []
        kept = fingerprints(page.codes)
        for segment, offset in zip(self._segments, self.library.starts, strict=False):
            parts.append((segment.candidates.search(page.codes, CANDIDATES + 1), offset))
            if len(rows := segment.runs(kept)):
                runs += _exact(rows, offset, len(page))
        return (merged(parts) if parts else _NOTHING), runs


def _text(codes: U16, start: I32, first: int, last: int) -> str:
    """The canonical text that stands for the original characters ``first:last``."""
    low, high = np.searchsorted(start, (first, last))
    return "".join(chr(code) for code in codes[low:high].tolist() if code < 0xD800)


def _resembles_any(found: CandidateWork) -> bool:
    """Whether any candidate passes the verdict's gate; as a rule none does, and then the page is done with."""
    gate = default_model().gate
    return bool(_passes(found.values, CANDIDATES, gate["sure_score"], gate["score_times_margin"], FLOOR))


@njit(cache=True)
def _passes(values: F32, k: int, sure: float, product: float, floor: float) -> bool:
    for piece in range(values.shape[0]):
        for rank in range(k):
            score = values[piece, rank]
            rival = values[piece, 0] if rank else values[piece, 1]
            if score >= sure or np.float64(score) * np.float64(score / np.float32(max(rival, floor))) >= product:
                return True
    return False


def _in_order(found: CandidateWork, runs: Sequence[Candidate]) -> list[Candidate]:
    return sorted([*found.candidates(CANDIDATES), *runs], key=lambda c: c.page_start)


def _exact(runs: I32, offset: int, length_of_page: int) -> list[Candidate]:
    """Candidates from common runs: one a run, the longest first, in pieces no longer than retrieval's."""
    longest = runs[np.argsort(-runs[:, 3], kind="stable")][:_MAX_RUNS]
    found = []
    for work, at, there, length in longest.tolist():
        for shift in range(0, length, CHUNK):
            size = min(CHUNK, length - shift)
            middle = at + shift + size // 2
            start = max(0, min(middle - CHUNK // 2, length_of_page - CHUNK))
            found.append(
                Candidate(
                    work=work + offset,
                    page_start=start,
                    page_end=min(length_of_page, start + CHUNK),
                    work_start=there + shift,
                    work_end=there + shift + size,
                    score=size / _RUN_SCORE,
                    margin=_RUN_MARGIN,
                )
            )
    return found


def _segment(works: Iterable[WorkText]) -> tuple[Segment, list[str | None]]:
    ids: list[str | None] = []
    texts: list[Canonical] = []
    seen: set[str] = set()
    for work in works:
        if work.id in seen:
            raise DuplicateWork(f"two works have the id {work.id!r}")
        seen.add(work.id)
        ids.append(work.id)
        texts.append(canonicalise(work.text))
    return Segment.build(texts), ids


def _compact(segments: list[Segment], names: list[list[str | None]]) -> tuple[list[Segment], list[list[str | None]]]:
    """Merge all segments but the largest when they are many, and that one too when it is no longer much larger: so that
    a character is moved a few times only, however works come in."""
    if len(segments) <= SEGMENTS:
        return segments, names
    sizes = [segment.characters for segment in segments]
    largest = max(range(len(sizes)), key=sizes.__getitem__)
    alone = 2 * (sum(sizes) - sizes[largest]) < sizes[largest]
    rest = [n for n in range(len(segments)) if n != largest or not alone]
    living = [[number for number, name in enumerate(names[n]) if name is not None] for n in rest]
    spans = [
        (segments[n], [segments[n].span(number) for number in alive]) for n, alive in zip(rest, living, strict=True)
    ]
    together = joined(spans), [names[n][number] for n, alive in zip(rest, living, strict=True) for number in alive]
    if not alone:
        return [together[0]], [together[1]]
    return [segments[largest], together[0]], [names[largest], together[1]]


def _write(path: Path, segments: Sequence[Segment], ids: Sequence[Sequence[str | None]]) -> None:
    arrays = {f"{n}/{name}": array for n, segment in enumerate(segments) for name, array in segment.arrays().items()}
    store.write(path, {"ids": [list(i) for i in ids], "tables": lists.version()}, arrays)


@contextmanager
def _changing(path: Path) -> Iterator[None]:
    """One change at a time: others wait. Readers are never locked out."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.with_name(path.name + ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
