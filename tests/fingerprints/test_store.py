"""An index file is read whole and unharmed, or not at all; it is replaced in one step."""

from __future__ import annotations

import hashlib
import json
import struct
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from fingerprints import DamagedIndex, Index, IndexVersion, header, lists, store
from tests.fingerprints.texts import STORY, WORKS

ARRAYS = {
    "codes": np.arange(1000, dtype=np.uint16),
    "pairs": np.arange(12, dtype=np.float32).reshape(3, 4),
    "none": np.zeros(0, np.uint32),
}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    store.write(tmp_path / "x.idx", {"ids": ["甲", None]}, ARRAYS)
    return tmp_path / "x.idx"


def test_what_was_written_is_read_back(path: Path) -> None:
    stored = store.read(path)
    assert stored.meta == {"ids": ["甲", None]}
    assert stored.arrays.keys() == ARRAYS.keys()
    for name, array in ARRAYS.items():
        assert stored.arrays[name].dtype == array.dtype
        assert np.array_equal(stored.arrays[name], array)


def test_arrays_cannot_be_written_to(path: Path) -> None:
    with pytest.raises(ValueError, match="read-only"):
        store.read(path).arrays["codes"][0] = 7


def test_the_same_content_has_the_same_digest(path: Path, tmp_path: Path) -> None:
    store.write(tmp_path / "y.idx", {"ids": ["甲", None]}, ARRAYS)
    store.write(tmp_path / "z.idx", {"ids": ["甲", None]}, ARRAYS | {"codes": ARRAYS["codes"] + 1})
    assert store.read(path).digest == store.read(tmp_path / "y.idx").digest
    assert store.read(path).digest != store.read(tmp_path / "z.idx").digest


def test_no_unfinished_file_is_left(path: Path) -> None:
    assert [p.name for p in path.parent.iterdir()] == ["x.idx"]


def test_a_failed_write_leaves_the_old_file_and_nothing_else(path: Path) -> None:
    before = path.read_bytes()
    with pytest.raises(TypeError):
        store.write(path, {"ids": object()}, ARRAYS)
    assert path.read_bytes() == before
    assert [p.name for p in path.parent.iterdir()] == ["x.idx"]


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Index.open(tmp_path / "none.idx")


@pytest.mark.parametrize("content", [b"", b"PTRL", b"PK\x03\x04" + bytes(100), "并非索引".encode() * 20])
def test_a_foreign_file_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "x.idx").write_bytes(content)
    with pytest.raises(DamagedIndex):
        Index.open(tmp_path / "x.idx")


def test_a_file_of_another_version_is_refused_as_such(path: Path) -> None:
    raw = bytearray(path.read_bytes())
    struct.pack_into("<I", raw, 8, header.FORMAT + 1)
    path.write_bytes(raw)
    with pytest.raises(IndexVersion, match="build the index anew"):
        store.read(path)


@pytest.fixture(scope="module")
def index_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("index") / "works.idx"
    Index.build(WORKS, path)
    return path


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_any_changed_byte_is_noticed(index_file: Path, tmp_path: Path, data: st.DataObject) -> None:
    raw = bytearray(index_file.read_bytes())
    at = data.draw(st.integers(0, len(raw) - 1))
    raw[at] ^= data.draw(st.integers(1, 255))
    (tmp_path / "x.idx").write_bytes(raw)
    try:
        judged = Index.open(tmp_path / "x.idx").judge(STORY)
    except (DamagedIndex, IndexVersion):
        return
    # A byte between two arrays belongs to neither: nothing read has changed.
    assert judged == Index.open(index_file).judge(STORY)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(share=st.floats(0, 0.9999))
def test_a_truncated_file_is_refused(index_file: Path, tmp_path: Path, share: float) -> None:
    raw = index_file.read_bytes()
    (tmp_path / "x.idx").write_bytes(raw[: int(len(raw) * share)])
    with pytest.raises(DamagedIndex):
        Index.open(tmp_path / "x.idx")


def test_a_file_that_has_grown_is_refused(path: Path) -> None:
    path.write_bytes(path.read_bytes() + b"\0")
    with pytest.raises(DamagedIndex):
        store.read(path)


def test_a_header_that_promises_what_is_not_there_is_refused(path: Path) -> None:
    raw = path.read_bytes()
    length = struct.unpack_from("<I", raw, 12)[0]
    head = header.HEAD.size
    known = json.loads(raw[head : head + length])
    known["arrays"]["codes"]["bytes"] = 1 << 40
    forged = json.dumps(known, ensure_ascii=False, sort_keys=True).encode()
    digest = hashlib.blake2b(forged, digest_size=16).digest()
    path.write_bytes(header.HEAD.pack(header.MAGIC, header.FORMAT, len(forged), digest) + forged + raw[head + length :])
    with pytest.raises(DamagedIndex):
        store.read(path)


def test_what_an_index_holds_is_read_without_opening_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    index = Index.build(WORKS, tmp_path / "x.idx")
    held = header.read_holdings(tmp_path / "x.idx")
    assert (held.works, held.version) == (index.works, index.version)
    monkeypatch.setattr(lists, "version", lambda: "other")
    with pytest.raises(IndexVersion, match="tables"):
        header.read_holdings(tmp_path / "x.idx")
    (tmp_path / "x.idx").write_bytes((tmp_path / "x.idx").read_bytes()[:-1])
    with pytest.raises(DamagedIndex):
        header.read_holdings(tmp_path / "x.idx")
