"""Index header: says what an index file holds, and that the whole of it is unharmed, without numpy or compiled code.

Layout, little-endian: magic (8 bytes), format version (u32), header length (u32), header digest (16 bytes), header
(JSON), then the arrays, each on a 64-byte boundary. The header names every array with its type, shape, place and
checksum, and the size of the whole file, so that a cut, changed or foreign file is refused and never read wrongly.
"""

from __future__ import annotations

import hashlib
import json
import os
import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from fingerprints import lists
from fingerprints.errors import DamagedIndex, IndexVersion

MAGIC = b"PTRLFPIX"
FORMAT = 4
HEAD = struct.Struct("<8sII16s")
_ALIGN = 64
_CHUNK = 1 << 20


@dataclass(frozen=True, slots=True)
class Header:
    """``meta`` as it was given, the ``arrays`` by name (type, shape, at, bytes, sum), the offset of the ``first``, the
    ``size`` of all together, and the header's ``digest`` (32 hex digits): the same content has the same."""

    meta: dict[str, Any]
    arrays: dict[str, dict[str, Any]]
    first: int
    size: int
    digest: str


@dataclass(frozen=True, slots=True)
class Holdings:
    """What an index holds: the ids of its ``works`` in the order in which they were added, and its ``version``."""

    works: tuple[str, ...]
    version: str


def read_header(file: BinaryIO, name: Path) -> Header:
    """Read the header of an open index file and check the whole content against its digests.

    Raises IndexVersion for a file of another format, DamagedIndex for anything else amiss.
    """
    head = file.read(HEAD.size)
    if len(head) < HEAD.size or head[:8] != MAGIC:
        raise DamagedIndex(f"{name} is not an index file")
    _, version, length, digest = HEAD.unpack(head)
    if version != FORMAT:
        raise IndexVersion(f"{name} has format {version}, this engine reads {FORMAT}: build the index anew")
    raw = file.read(length)
    if hashlib.blake2b(raw, digest_size=16).digest() != digest:
        raise DamagedIndex(f"{name}: the header is damaged")
    known = json.loads(raw)
    header = Header(known["meta"], known["arrays"], aligned(HEAD.size + length), known["bytes"], digest.hex())
    if os.fstat(file.fileno()).st_size != header.first + header.size:
        raise DamagedIndex(f"{name} is cut short or has grown")
    for array, entry in header.arrays.items():
        if _sum_of(file, header.first + entry["at"], entry["bytes"]) != entry["sum"]:
            raise DamagedIndex(f"{name}: array {array} is damaged")
    return header


def read_holdings(path: Path) -> Holdings:
    """Read which works an index file holds. Raises FileNotFoundError, IndexVersion or DamagedIndex, as opening it does."""
    with path.open("rb") as file:
        header = read_header(file, path)
    check_tables(header.meta, path)
    works = tuple(name for ids in header.meta["ids"] for name in ids if name is not None)
    return Holdings(works, header.digest)


def check_tables(meta: dict[str, Any], name: Path) -> None:
    """Raise IndexVersion when the works of an index were read by other lists than today's."""
    if meta["tables"] != lists.version():
        raise IndexVersion(f"{name} was built with other tables of canonical text: build the index anew")


def aligned(size: int) -> int:
    """Round ``size`` up to where an array may begin."""
    return -(-size // _ALIGN) * _ALIGN


def _sum_of(file: BinaryIO, start: int, size: int) -> int:
    """The checksum by reading rather than through a map, so that checking leaves no pages in memory; -1 when cut short.

    CRC-32, against accidents of disks and copying, at the speed of memory; no signature."""
    file.seek(start)
    total = 0
    while size > 0:
        piece = file.read(min(_CHUNK, size))
        if not piece:
            return -1
        total = zlib.crc32(piece, total)
        size -= len(piece)
    return total
