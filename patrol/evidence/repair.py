"""Repair: cuts files back to the last chained record after a crash, sets aside what it cuts, and notes it in the chain.

What is cut is never thrown away: it is copied into ``cut/`` first, because bytes that the chain does not name may also
be there because somebody shortened the chain. Whatever the moment of a second crash, the next mending comes to the same
end: pieces are set aside whole or not at all, files are cut only after that, and pieces without a line get theirs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from patrol.errors import EvidenceError
from patrol.evidence.chain import CHAIN_NAME, GENESIS, ChainState, ChainWriter, Entry, layout
from patrol.files import Digests, read_portions, replacing, sync_file

CUT_FOLDER = "cut"
WARC_PATTERN = "*.warc.gz"


@dataclass(frozen=True, slots=True)
class Tail:
    """Bytes at the end of ``path``, from ``keep`` on, that the chain does not name."""

    path: Path
    keep: int
    size: int


def check_present(folder: Path, ends: dict[str, int]) -> None:
    """Check that every chained file is there. Raises EvidenceError when one is gone or shorter than the chain says."""
    for name, end in ends.items():
        path = folder / name
        size = path.stat().st_size if path.is_file() else -1
        if size < end:
            what = "不见了" if size < 0 else f"短了 {end - size} 字节"
            raise EvidenceError(f"证据文件 {path} {what}，与证据链不符。请勿继续，先查明原因或从备份恢复")


def torn_tails(folder: Path, state: ChainState, ends: dict[str, int]) -> list[Tail]:
    """Find what stands behind the last whole line of the chain and behind the last chained record of each WARC file."""
    tails = []
    if state.torn_bytes:
        tails.append(Tail(folder / CHAIN_NAME, state.whole_bytes, state.torn_bytes))
    for path in sorted(folder.glob(WARC_PATTERN)):
        size, end = path.stat().st_size, ends.get(path.name, 0)
        if size > end:
            tails.append(Tail(path, end, size - end))
    return tails


def cut_back(folder: Path, tails: Sequence[Tail]) -> None:
    """Set the tails aside and cut them off. ``note_cuts`` must follow. Raises OSError."""
    for tail in tails:
        _set_aside(folder, tail)
    for tail in tails:
        with tail.path.open("r+b") as file:
            file.truncate(tail.keep)
            sync_file(file)


def note_cuts(folder: Path, entries: Sequence[Entry], chain: ChainWriter) -> list[str]:
    """Add a line to the chain for every piece set aside that has none yet (not committed); what was done, in Chinese."""
    noted = {entry.body.get("kept") for entry in entries if entry.kind == "cut"}
    said = []
    for piece in sorted((folder / CUT_FOLDER).glob("*.bin")):
        kept = f"{CUT_FOLDER}/{piece.name}"
        if kept in noted:
            continue
        name, offset = piece.name.removesuffix(".bin").rsplit("@", 1)
        size = piece.stat().st_size
        digest = Digests.of(piece).sha256
        cut: dict[str, Any] = {"file": name, "offset": int(offset.split("-")[0]), "bytes": size, "sha256": digest}
        chain.add("cut", cut | {"kept": kept})
        said.append(f"{name} 末尾有 {size} 字节未写完，已截回到最后一条完整记录，截下的部分另存为 {kept}")
    return said


def mend(folder: Path, state: ChainState) -> list[str]:
    """Cut back and note what a crash left in a patrol's folder whose chain is sound; what was done, in Chinese.

    Raises EvidenceError when chained bytes are missing, BusyError when a patrol is at work there, OSError.
    """
    ends = layout(state.entries).ends()
    check_present(folder, ends)
    head = state.entries[-1].digest if state.entries else GENESIS
    chain = ChainWriter(folder / CHAIN_NAME, head, len(state.entries))
    try:
        tails = torn_tails(folder, state, ends)
        cut_back(folder, tails)
        # The first line of a chain says whose it is; where a crash came before it, the vault notes the cut after it.
        if not state.entries:
            return [f"{tail.path.name} 末尾有 {tail.size} 字节未写完，已截下另存" for tail in tails]
        said = note_cuts(folder, state.entries, chain)
        chain.commit()
    finally:
        chain.close()
    return said


def _set_aside(folder: Path, tail: Tail) -> None:
    target = folder / CUT_FOLDER
    target.mkdir(exist_ok=True)
    with tail.path.open("rb") as source:
        source.seek(tail.keep)
        digest = hashlib.file_digest(source, "sha256").hexdigest()
        source.seek(tail.keep)
        with replacing(target / f"{tail.path.name}@{tail.keep}-{digest[:16]}.bin") as copy:
            for data in read_portions(source):
                copy.write(data)
