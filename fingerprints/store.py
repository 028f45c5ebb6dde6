"""Index file: stores named arrays behind a versioned header, mapped read-only, replaced whole.

Layout, little-endian: magic (8 bytes), format version (u32), header length (u32), header digest (16 bytes), header
(JSON), then the arrays, each on a 64-byte boundary. The header names every array with its type, shape, place and
checksum, and the size of the whole file, so that a cut, changed or foreign file is refused and never read wrongly.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numba import njit
from numpy.typing import NDArray

from fingerprints.errors import DamagedIndex, IndexVersion

MAGIC = b"PTRLFPIX"
FORMAT = 3
_HEAD = struct.Struct("<8sII16s")
_ALIGN = 64
_CHUNK = 1 << 20

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
            "sum": checksum(solid),
        }
        at = _aligned(at + solid.nbytes)
    header = json.dumps({"meta": meta, "arrays": table, "bytes": at}, ensure_ascii=False, sort_keys=True).encode()
    first = _aligned(_HEAD.size + len(header))
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(_HEAD.pack(MAGIC, FORMAT, len(header), hashlib.blake2b(header, digest_size=16).digest()))
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
        head = file.read(_HEAD.size)
        if len(head) < _HEAD.size or head[:8] != MAGIC:
            raise DamagedIndex(f"{path} is not an index file")
        _, version, length, digest = _HEAD.unpack(head)
        if version != FORMAT:
            raise IndexVersion(f"{path} has format {version}, this engine reads {FORMAT}: build the index anew")
        header = file.read(length)
        if hashlib.blake2b(header, digest_size=16).digest() != digest:
            raise DamagedIndex(f"{path}: the header is damaged")
        known = json.loads(header)
        first = _aligned(_HEAD.size + length)
        if os.fstat(file.fileno()).st_size != first + known["bytes"]:
            raise DamagedIndex(f"{path} is cut short or has grown")
        for name, entry in known["arrays"].items():
            if _sum_of(file, first + entry["at"], entry["bytes"]) != entry["sum"]:
                raise DamagedIndex(f"{path}: array {name} is damaged")
        whole = np.memmap(file, np.uint8, "r") if known["bytes"] else np.zeros(0, np.uint8)
    arrays: dict[str, Array] = {}
    for name, entry in known["arrays"].items():
        start = first + entry["at"]
        part = whole[start : start + entry["bytes"]]
        arrays[name] = part.view(np.dtype(entry["type"])).reshape(entry["shape"]).view(np.ndarray)
    return Stored(known["meta"], arrays, digest.hex())


@njit(cache=True)
def _mix(words: NDArray[np.uint64], lanes: NDArray[np.uint64]) -> None:
    """Take ``words`` (a multiple of 8 of them) into eight lanes. Every step can be undone, so a change is never lost."""
    odd, half = np.uint64(0x9E3779B97F4A7C15), np.uint64(32)
    a, b, c, d = lanes[0], lanes[1], lanes[2], lanes[3]
    e, f, g, h = lanes[4], lanes[5], lanes[6], lanes[7]
    for i in range(0, len(words), 8):
        a, b = (a ^ words[i]) * odd, (b ^ words[i + 1]) * odd
        c, d = (c ^ words[i + 2]) * odd, (d ^ words[i + 3]) * odd
        e, f = (e ^ words[i + 4]) * odd, (f ^ words[i + 5]) * odd
        g, h = (g ^ words[i + 6]) * odd, (h ^ words[i + 7]) * odd
        a, b, c, d = a ^ (a >> half), b ^ (b >> half), c ^ (c >> half), d ^ (d >> half)
        e, f, g, h = e ^ (e >> half), f ^ (f >> half), g ^ (g >> half), h ^ (h >> half)
    lanes[0], lanes[1], lanes[2], lanes[3] = a, b, c, d
    lanes[4], lanes[5], lanes[6], lanes[7] = e, f, g, h


class _Sum:
    """A checksum of bytes that come in pieces, each but the last a multiple of 64 long."""

    def __init__(self) -> None:
        self._lanes = np.arange(1, 9, dtype=np.uint64)
        self._size = 0

    def add(self, piece: bytes | memoryview) -> None:
        self._size += len(piece)
        whole = len(piece) & ~63
        _mix(np.frombuffer(piece[:whole], np.uint64), self._lanes)
        if whole < len(piece):
            _mix(np.frombuffer(bytes(piece[whole:]).ljust(64, b"\0"), np.uint64), self._lanes)

    def hex(self) -> str:
        return hashlib.blake2b(self._lanes.tobytes() + struct.pack("<Q", self._size), digest_size=8).hexdigest()


def checksum(array: Array) -> str:
    """Compute 16 hex digits. Against accidents of disks and copying, at the speed of memory; no signature."""
    total = _Sum()
    if array.nbytes:
        total.add(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)
    return total.hex()


def _sum_of(file: Any, start: int, size: int) -> str:
    """The checksum by reading rather than through the map, so that checking leaves no pages in memory."""
    file.seek(start)
    total = _Sum()
    while size > 0:
        piece = file.read(min(_CHUNK, size))
        if not piece:
            return ""
        total.add(piece)
        size -= len(piece)
    return total.hex()


def _aligned(size: int) -> int:
    return -(-size // _ALIGN) * _ALIGN


def _sync_folder(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
