"""Finalising: makes the index of each WARC file and the manifest of all files when a patrol has finished."""

from __future__ import annotations

from pathlib import Path

from patrol.errors import EvidenceError
from patrol.evidence.cdxj import write_indexes
from patrol.evidence.chain import CHAIN_NAME, read_chain
from patrol.evidence.manifest import write_manifest


def seal(folder: Path) -> None:
    """Write what is derived from a patrol's evidence: the index of every WARC file, then the manifest of all files.

    Raises OSError; EvidenceError when the chain is not sound or a record cannot be read.
    """
    entries = read_chain(folder / CHAIN_NAME).entries
    try:
        write_indexes(folder, entries)
    except ValueError as error:
        raise EvidenceError(f"{folder} 里有无法读取的记录，无法建立索引。请运行 patrol verify {folder} 查明") from error
    write_manifest(folder, entries)
