"""Embedding: gives an optional second opinion on rewritten text: how alike two passages are in meaning, by a local model.

Off unless a model is handed to :meth:`fingerprints.Index.open`; nothing is ever downloaded. :class:`StaticModel` reads
a folder as model2vec writes it (``model.safetensors`` with one vector for each token, ``tokenizer.json``) with numpy
alone. Anything else that can compare two texts will do too: it only has to be a :class:`Scorer`.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import exp, log
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from fingerprints.errors import BadModel
from fingerprints.verdict_types import MatchKind, Reason, Verdict

_TYPES = {"F64": np.float64, "F32": np.float32, "F16": np.float16}
_MAX_HEADER_BYTES = 100_000_000
_MAX_CHARACTERS = 20_000
"""Characters of a passage that are read: more do not change a mean."""


class Scorer(Protocol):
    """Compares two passages of canonical text (simplified characters without punctuation)."""

    def similarity(self, page: str, work: str) -> float:
        """Return the cosine of the passages' vectors, -1..1; 0 when either has nothing that the model knows."""
        ...


@dataclass(frozen=True, slots=True)
class Embedding:
    """A scorer and what it counts for: ``slope`` log-odds for each unit of similarity above ``usual``, at most ``most``.

    ``usual`` is the similarity that unrelated passages of the same kind have; both depend on the model and stand in the
    settings beside its folder. Only what was rewritten is asked about: in copied text there is nothing to add.
    """

    scorer: Scorer
    usual: float = 0.7
    slope: float = 8.0
    most: float = 2.0

    def rescored(self, verdict: Verdict, page: str, work: str) -> Verdict:
        """Rescore ``verdict``: the model's opinion on its passages ``page`` and ``work`` is added as a reason."""
        if verdict.kind not in (MatchKind.WASHED, MatchKind.RESKINNED):
            return verdict
        cosine = self.scorer.similarity(page, work)
        weight = max(-self.most, min(self.most, self.slope * (cosine - self.usual)))
        stated = min(max(verdict.probability, 1e-12), 1 - 1e-12)
        odds = log(stated / (1 - stated)) + weight
        reason = Reason("embedding", round(weight, 3), (("cosine", round(cosine, 3)),))
        reasons = tuple(sorted((*verdict.reasons, reason), key=lambda r: -abs(r.weight)))
        return replace(verdict, probability=1 / (1 + exp(-odds)), reasons=reasons)


class StaticModel:
    """One vector for each token; a passage is the mean of its tokens' (model2vec: Tulkens and van Dongen 2024)."""

    def __init__(self, tokens: Sequence[str], vectors: NDArray[np.floating]) -> None:
        if vectors.ndim != 2 or len(tokens) > len(vectors):
            raise BadModel(f"{len(tokens)} tokens do not fit vectors of shape {vectors.shape}")
        self._rows: dict[str, int] = {}
        for row, token in enumerate(tokens):
            self._rows.setdefault(token.removeprefix("##").removeprefix("\u2581").lower(), row)
        self._rows.pop("", None)
        self._longest = max(map(len, self._rows), default=0)
        self._vectors = vectors

    @classmethod
    def open(cls, folder: Path | str) -> StaticModel:
        """Read the model in ``folder``; its vectors are mapped, not loaded. Raises BadModel."""
        root = Path(folder)
        try:
            model = json.loads((root / "tokenizer.json").read_text(encoding="utf-8"))["model"]
            vocabulary = model["vocab"]
            if isinstance(vocabulary, dict):
                tokens = [""] * (max(vocabulary.values(), default=-1) + 1)
                for token, row in vocabulary.items():
                    tokens[row] = str(token)
            else:
                tokens = [str(entry[0]) for entry in vocabulary]
            vectors = _vectors(root / "model.safetensors")
        except (OSError, ValueError, KeyError, TypeError, IndexError, struct.error) as error:
            raise BadModel(f"{root} holds no model2vec model that can be read: {error}") from error
        return cls(tokens, vectors)

    def tokens(self, text: str) -> list[int]:
        """Return the rows of the tokens of ``text``: the longest that fits at each place; unknown characters are passed
        over."""
        rows = []
        at = 0
        text = text[:_MAX_CHARACTERS].lower()
        while at < len(text):
            for size in range(min(self._longest, len(text) - at), 0, -1):
                row = self._rows.get(text[at : at + size])
                if row is not None:
                    rows.append(row)
                    at += size
                    break
            else:
                at += 1
        return rows

    def vector(self, text: str) -> NDArray[np.float64]:
        """Return the mean vector of ``text`` at length 1, or zeros when nothing in it is known."""
        rows = self.tokens(text)
        if not rows:
            return np.zeros(self._vectors.shape[1])
        mean: NDArray[np.float64] = self._vectors[rows].astype(np.float64).mean(axis=0)
        length = float(np.linalg.norm(mean))
        return mean / length if length else mean

    def similarity(self, page: str, work: str) -> float:
        """Compare two passages, see :class:`Scorer`."""
        return float(self.vector(page) @ self.vector(work))


def _vectors(path: Path) -> NDArray[np.floating]:
    """The tensor ``embeddings`` of a safetensors file, mapped read-only."""
    with path.open("rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        if length > _MAX_HEADER_BYTES:
            raise ValueError("the header is too long")
        entry = json.loads(file.read(length))["embeddings"]
    start, end = entry["data_offsets"]
    kind, shape = np.dtype(_TYPES[entry["dtype"]]), tuple(entry["shape"])
    if end - start != kind.itemsize * int(np.prod(shape)) or 8 + length + end > path.stat().st_size:
        raise ValueError("the vectors are cut short")
    return np.memmap(path, kind, "r", offset=8 + length + start, shape=shape)
