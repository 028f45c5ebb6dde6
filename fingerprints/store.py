"""Index file: stores named arrays behind a header (``header.py``), mapped read-only, replaced whole."""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fingerprints.header import FORMAT, HEAD, MAGIC, aligned, read_header

Array = NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class Stored:
    """An opened file: ``meta`` as it was given, ``arrays`` mapped read-only, ``digest`` (32 hex) of the content."""

    meta: dict[str, Any]
    arrays: dict[str, Array]
    digest: str


def write(path: Path, meta: Mapping[str, Any], arrays: Mapping[str, Array]) -> None:
    """Write a new file beside ``path`` and put it in its place in one step, flushed to disk first."""
    table: dict[str, Any] = {}
    at = 0
    for name, array in arrays.items():
        solid = np.ascontiguousarray(array)
        table[name] = {
            "type": solid.dtype.str,
            "shape": list(solid.shape),
            "at": at,
            "bytes": solid.nbytes,
            "sum": zlib.crc32(solid.data.cast("B")) if solid.nbytes else 0,
        }
        at = aligned(at + solid.nbytes)
    header = json.dumps({"meta": meta, "arrays": table, "bytes": at}, ensure_ascii=False, sort_keys=True).encode()
    first = aligned(HEAD.size + len(header))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(HEAD.pack(MAGIC, FORMAT, len(header), hashlib.blake2b(header, digest_size=16).digest()))
            file.write(header)
            for name, array in arrays.items():
                file.seek(first + table[name]["at"])
                file.write(np.ascontiguousarray(array).data.cast("B") if array.nbytes else b"")
            file.truncate(first + at)
            file.flush()
            os.fsync(file.fileno())
        Path(unfinished).replace(path)
    except BaseException:
        Path(unfinished).unlink(missing_ok=True)
        raise
    _sync_folder(path.parent)


def read(path: Path) -> Stored:
    """Map the file at ``path``. The whole content is checked against its digests first.

    Raises FileNotFoundError, IndexVersion for a file of another format, DamagedIndex for anything else amiss.
    """
    with path.open("rb") as file:
        header = read_header(file, path)
        whole = np.memmap(file, np.uint8, "r") if header.size else np.zeros(0, np.uint8)
    arrays: dict[str, Array] = {}
    for name, entry in header.arrays.items():
        start = header.first + entry["at"]
        part = whole[start : start + entry["bytes"]]
        arrays[name] = part.view(np.dtype(entry["type"])).reshape(entry["shape"]).view(np.ndarray)
    return Stored(header.meta, arrays, header.digest)


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
