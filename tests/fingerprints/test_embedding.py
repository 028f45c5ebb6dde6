"""A local model may be asked about rewritten text: read from its folder, with numpy alone, and only when it is named."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from fingerprints import BadModel, Embedding, Index, MatchKind, StaticModel
from fingerprints.verdict_types import Reason, Verdict
from tests.fingerprints.texts import STORY, WASHED, WORKS

VOCABULARY = {"[UNK]": 0, "蚕茧": 1, "茧": 2, "##镇": 3, "火": 4, "银元": 5, "雨": 6}
VECTORS = np.array([[0, 0, 0], [1, 0, 0], [1, 0, 0], [0, 1, 0], [0, 0.6, 0.8], [0.8, 0.6, 0], [0, 0, 1]])


def model_folder(root: Path, vocabulary: object = VOCABULARY, vectors: np.ndarray = VECTORS, kind: str = "F32") -> Path:
    root.mkdir(exist_ok=True)
    raw = vectors.astype({"F32": np.float32, "F16": np.float16}[kind]).tobytes()
    entry = {"dtype": kind, "shape": list(vectors.shape), "data_offsets": [0, len(raw)]}
    header = json.dumps({"embeddings": entry}).encode()
    (root / "model.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + raw)
    (root / "tokenizer.json").write_text(json.dumps({"model": {"vocab": vocabulary}}), encoding="utf-8")
    return root


@pytest.fixture
def model(tmp_path: Path) -> StaticModel:
    return StaticModel.open(model_folder(tmp_path / "m"))


def test_text_is_cut_into_the_longest_known_tokens(model: StaticModel) -> None:
    assert model.tokens("卖蚕茧的茧镇") == [1, 2, 3]


def test_a_passage_is_the_mean_of_its_tokens(model: StaticModel) -> None:
    assert model.vector("茧镇") == pytest.approx([0.5**0.5, 0.5**0.5, 0])
    assert model.similarity("茧", "银元") == pytest.approx(0.8)
    assert model.similarity("茧", "茧茧蚕茧") == pytest.approx(1.0)


def test_what_the_model_does_not_know_is_like_nothing(model: StaticModel) -> None:
    assert model.similarity("", "茧") == 0.0
    assert model.similarity("abc", "茧") == 0.0


def test_half_precision_and_lists_of_tokens_are_read_too(tmp_path: Path) -> None:
    listed = [[token, -1.0] for token in VOCABULARY]
    model = StaticModel.open(model_folder(tmp_path / "m", listed, kind="F16"))
    assert model.similarity("茧", "银元") == pytest.approx(0.8, abs=1e-3)


def test_a_folder_without_a_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="model2vec"):
        StaticModel.open(tmp_path)


def test_vectors_that_are_cut_short_are_refused(tmp_path: Path) -> None:
    root = model_folder(tmp_path / "m")
    raw = (root / "model.safetensors").read_bytes()
    (root / "model.safetensors").write_bytes(raw[:-4])
    with pytest.raises(BadModel, match="cut short"):
        StaticModel.open(root)


@pytest.mark.parametrize("content", [b"", b"\xff" * 64, struct.pack("<Q", 1 << 60) + b"{}"])
def test_a_damaged_model_is_refused(tmp_path: Path, content: bytes) -> None:
    root = model_folder(tmp_path / "m")
    (root / "model.safetensors").write_bytes(content)
    with pytest.raises(BadModel):
        StaticModel.open(root)


def test_more_tokens_than_vectors_are_refused(tmp_path: Path) -> None:
    with pytest.raises(BadModel, match="do not fit"):
        StaticModel.open(model_folder(tmp_path / "m", vectors=VECTORS[:3]))


class Says:
    """A scorer that says the same of everything and remembers what it was asked."""

    def __init__(self, cosine: float) -> None:
        self.cosine = cosine
        self.asked: list[tuple[str, str]] = []

    def similarity(self, page: str, work: str) -> float:
        self.asked.append((page, work))
        return self.cosine


def test_the_opinion_is_a_reason_with_its_weight() -> None:
    verdict = Verdict("茧", MatchKind.WASHED, 0.6, reasons=(Reason("order_rarity", 0.5),))
    rescored = Embedding(Says(0.8), usual=0.7, slope=10).rescored(verdict, "", "")
    assert rescored.reasons[0] == Reason("embedding", 1.0, (("cosine", 0.8),))
    assert rescored.probability == pytest.approx(0.6 * np.e / (0.6 * np.e + 0.4))
    assert rescored.work_id == "茧"


def test_no_model_can_carry_a_verdict_by_itself() -> None:
    verdict = Verdict("茧", MatchKind.WASHED, 0.1)
    assert Embedding(Says(1.0), slope=1000).rescored(verdict, "", "").probability < 0.5


def test_copied_text_needs_no_opinion(tmp_path: Path) -> None:
    says = Says(-1.0)
    Index.build(WORKS, tmp_path / "x.idx")
    plain, asking = Index.open(tmp_path / "x.idx"), Index.open(tmp_path / "x.idx", embedding=Embedding(says))
    assert asking.judge(STORY) == plain.judge(STORY)
    assert says.asked == []


@pytest.mark.parametrize(("cosine", "surer"), [(0.95, True), (0.3, False)])
def test_rewritten_text_is_shown_to_the_model(tmp_path: Path, cosine: float, surer: bool) -> None:
    says = Says(cosine)
    Index.build(WORKS, tmp_path / "x.idx")
    asking = Index.open(tmp_path / "x.idx", embedding=Embedding(says))
    (before,) = Index.open(tmp_path / "x.idx").judge(WASHED, floor=0.2)
    (after,) = asking.judge(WASHED, floor=0.2)
    assert (after.probability > before.probability) is surer
    assert after.passages == before.passages
    ((page, work),) = says.asked
    assert "蚕茧" in page and "蚕茧" in work and "，" not in page + work
