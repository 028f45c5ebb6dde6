"""Public methods beside the engine, in the same run: same works, same pages, same thresholds.

Each gives for a page its best work and a score. They read plain text with nothing undone, as their users would run them.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from rapidfuzz import fuzz

from benchmarks import detection_metrics as metrics
from benchmarks.detection_data import Row, Work
from benchmarks.detection_metrics import Judged

Detector = Callable[[str], tuple[float, str]]

_PASSAGE = 300


def passages(works: Sequence[Work]) -> tuple[list[str], list[str]]:
    """Overlapping passages of 300 characters and the id of the work of each."""
    texts, owners = [], []
    for work in works:
        for start in range(0, max(1, len(work.text) - _PASSAGE // 2), _PASSAGE // 2):
            texts.append(work.text[start : start + _PASSAGE])
            owners.append(work.id)
    return texts, owners


def min_hash(works: Sequence[Work]) -> Detector:
    """rensa's MinHash over 5-grams of passages; the score is the estimated Jaccard similarity of the best."""
    from rensa import RMinHash

    def signature(text: str) -> np.ndarray:
        hashed = RMinHash(num_perm=128, seed=7)
        hashed.update([text[at : at + 5] for at in range(max(1, len(text) - 4))])
        return np.array(hashed.digest(), np.uint32)

    texts, owners = passages(works)
    table = np.stack([signature(text) for text in texts])

    def detect(page: str) -> tuple[float, str]:
        best, owner = 0.0, ""
        for start in range(0, max(1, len(page) - _PASSAGE // 2), _PASSAGE // 2):
            agree = (table == signature(page[start : start + _PASSAGE])).mean(axis=1)
            at = int(agree.argmax())
            if agree[at] > best:
                best, owner = float(agree[at]), owners[at]
        return best, owner

    return detect


def _winnow(text: str, k: int = 6, window: int = 4) -> set[int]:
    hashes = [hash(text[at : at + k]) for at in range(max(0, len(text) - k + 1))]
    return {min(hashes[at : at + window]) for at in range(max(0, len(hashes) - window + 1))}


def winnowing(works: Sequence[Work]) -> Detector:
    """Winnowing (Schleimer, Wilkerson and Aiken 2003), k=6, w=4; the score is the number of common fingerprints."""
    postings: dict[int, list[str]] = defaultdict(list)
    for work in works:
        for fingerprint in _winnow(work.text):
            postings[fingerprint].append(work.id)

    def detect(page: str) -> tuple[float, str]:
        hits = Counter(owner for fingerprint in _winnow(page) for owner in postings.get(fingerprint, ()))
        if not hits:
            return 0.0, ""
        owner, count = hits.most_common(1)[0]
        return float(count), owner

    return detect


class _TfIdf:
    """Characters 2-3, passages of 300, cosine."""

    def __init__(self, works: Sequence[Work]) -> None:
        from sklearn.feature_extraction.text import TfidfVectorizer

        texts, self._owners = passages(works)
        self._texts = texts
        self._vectorizer = TfidfVectorizer(analyzer="char", ngram_range=(2, 3), sublinear_tf=True, dtype=np.float32)
        self._matrix = self._vectorizer.fit_transform(texts)

    def best(self, page: str, count: int) -> list[tuple[float, str, str]]:
        """The ``count`` best passages of different works: score, work, passage."""
        scores = (self._matrix @ self._vectorizer.transform([page]).T).toarray().ravel()
        found: dict[str, tuple[float, str, str]] = {}
        for at in np.argsort(-scores)[: count * 20].tolist():
            found.setdefault(self._owners[at], (float(scores[at]), self._owners[at], self._texts[at]))
            if len(found) == count:
                break
        return list(found.values())

    def detect(self, page: str) -> tuple[float, str]:
        score, owner, _ = self.best(page, 1)[0]
        return score, owner


def fuzzy(works: Sequence[Work], ranked: _TfIdf) -> Detector:
    """RapidFuzz: five pieces of 120 characters, partial ratio, on TF-IDF's best five works."""
    texts = {work.id: work.text for work in works}

    def detect(page: str) -> tuple[float, str]:
        starts = np.linspace(0, max(0, len(page) - 120), 5).astype(int).tolist()
        best, owner = 0.0, ""
        for _, work, _ in ranked.best(page, 5):
            score = sum(fuzz.partial_ratio(page[start : start + 120], texts[work]) for start in starts) / 5
            if score > best:
                best, owner = score, work
        return best, owner

    return detect


def _measure(detect: Detector, rows: Sequence[Row]) -> dict[str, object]:
    start = time.perf_counter()
    judged = [Judged(row, *detect(row.text)) for row in rows]
    spent = time.perf_counter() - start
    clean = [j.score for j in judged if j.row.label == "clean"]
    one, tenth = (metrics.recall(judged, metrics.threshold(clean, rate)) for rate in (0.01, 0.001))
    return {
        "pages_a_second": len(rows) / spent,
        "recall": {group: {"1%": one[group], "0.1%": tenth[group]} for group in sorted(one)},
    }


def run_peers(works: Sequence[Work], rows: Sequence[Row]) -> dict[str, object]:
    """Every peer over every row."""
    ranked = _TfIdf(works)
    return {
        "rensa MinHash, 5-grams": _measure(min_hash(works), rows),
        "winnowing k=6 w=4": _measure(winnowing(works), rows),
        "TF-IDF characters 2-3, passages of 300": _measure(ranked.detect, rows),
        "RapidFuzz on TF-IDF's best five": _measure(fuzzy(works, ranked), rows),
    }
