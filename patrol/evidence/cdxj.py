"""CDXJ index: lists the pages of each WARC file beside it, one sorted line a page, as pywb reads it.

A line is the address as a sort key (SURT), the time to the second, and a JSON object with ``url``, ``mime``,
``status``, ``digest`` and where the record stands. Requests, warcinfo and our metadata records are left out: a
metadata record has the page's own address and would be shown in the page's stead; a further segment of a file would be
shown in the first one's. The index is derived: it is made
from the WARC file and can be made again at any time.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import BinaryIO

from patrol.evidence.chain import Entry, RecordEntry, layout
from patrol.evidence.record_reader import RecordFacts, read_headers
from patrol.files import replace_file

_LEFT_OUT = frozenset({"warcinfo", "request", "metadata", "continuation"})


def index_path(warc: Path) -> Path:
    """Return the index's path: ``shop-00001.cdxj`` beside ``shop-00001.warc.gz``."""
    return warc.with_name(warc.name.removesuffix(".warc.gz") + ".cdxj")


def index_lines(warc: Path, records: Iterable[RecordEntry]) -> list[str]:
    """Return the index of one file, in order. Raises OSError; ValueError when a record cannot be read."""
    lines = set()
    with warc.open("rb") as file:
        for record in records:
            if record.type not in _LEFT_OUT:
                lines.add(_line(_facts(file, record), record))
    return sorted(lines)


def write_index(folder: Path, name: str, records: Iterable[RecordEntry]) -> None:
    """Write the index of one file anew. Raises OSError, ValueError."""
    warc = folder / name
    replace_file(index_path(warc), "".join(index_lines(warc, records)).encode())


def write_indexes(folder: Path, entries: Iterable[Entry]) -> None:
    """Write the index of every file of a chain. Raises OSError, ValueError."""
    for name, records in layout(entries).by_file().items():
        write_index(folder, name, records)


def _facts(file: BinaryIO, record: RecordEntry) -> RecordFacts:
    file.seek(record.offset)
    # The headers are within the first packed bytes; large pages need not be read whole.
    return read_headers(file.read(min(record.length, 1 << 17)))


def _line(facts: RecordFacts, record: RecordEntry) -> str:
    if facts.type == "revisit":
        mime = "warc/revisit"
    else:
        mime = (facts.http if facts.http else facts.headers).get("content-type", "")
        mime = mime.replace(";", " ").split(" ", 1)[0].strip()
    fields = {"url": facts.target}
    if mime:
        fields["mime"] = mime
    if facts.status:
        fields["status"] = facts.status
    digest = facts.headers.get("warc-payload-digest", "")
    if digest:
        fields["digest"] = digest
    fields |= {"length": str(record.length), "offset": str(record.offset), "filename": record.file}
    return f"{_key(facts.target)} {_time(facts.headers.get('warc-date', ''))} {json.dumps(fields)}\n"


def _key(url: str) -> str:
    # Loaded when an index is written, at a patrol's end: it brings an HTTP client along.
    from surt import surt

    try:
        return str(surt(url)).replace(" ", "%20")
    except Exception:  # noqa: BLE001 - a hostile address; it is found under itself, as other indexers do
        return url.replace(" ", "%20")


def _time(date: str) -> str:
    """``2026-11-24T08:00:00.123456Z`` as ``20261124080000``."""
    return "".join(c for c in date[:19] if c.isdigit())
