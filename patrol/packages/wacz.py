"""WACZ writer: packs the slices as one Web Archive Collection Zipped 1.1.1, which ReplayWeb.page and pywb open.

By the specification: ``archive/`` holds the WARC files, ``indexes/index.cdx`` a sorted CDXJ, ``pages/pages.jsonl`` the
pages, ``datapackage.json`` every file with its SHA-256, ``datapackage-digest.json`` the digest of that. All members are
stored, not packed, so that a reader can fetch any part of them.
"""

from __future__ import annotations

import hashlib
import json
import re
import zipfile
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from surt import surt

from patrol import clock
from patrol.packages.contents import Selection, SlicedRecord

VERSION = "1.1.1"
INDEX = "indexes/index.cdx"
PAGES = "pages/pages.jsonl"


def write_wacz(
    path: Path, root: Path, selection: Selection, sliced: Sequence[SlicedRecord], *, title: str, software: str
) -> None:
    """Write ``path`` from the slices under ``root``."""
    files = {sliced_file: f"archive/{_flat(sliced_file)}" for sliced_file in sorted({one.file for one in sliced})}
    resources: list[dict[str, Any]] = []
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as package:
        for source, name in files.items():
            package.write(root / source, name)
            with (root / source).open("rb") as file:
                digest = hashlib.file_digest(file, "sha256").hexdigest()
            resources.append(_resource(name, digest, (root / source).stat().st_size))
        for name, text in ((INDEX, _index(sliced)), (PAGES, _pages(selection, title))):
            package.writestr(name, text)
            resources.append(_resource(name, hashlib.sha256(text).hexdigest(), len(text)))
        first = selection.captures[0]
        described = _json(
            {
                "profile": "data-package",
                "wacz_version": VERSION,
                "title": title,
                "created": clock.now().strftime("%Y-%m-%dT%H:%M:%SZ"),
                "software": software,
                "mainPageUrl": first.view.url,
                "mainPageDate": _rfc3339(first.view.fetched_at),
                "resources": resources,
            }
        )
        package.writestr("datapackage.json", described)
        digest = f"sha256:{hashlib.sha256(described).hexdigest()}"
        package.writestr("datapackage-digest.json", _json({"path": "datapackage.json", "hash": digest}))


def _flat(name: str) -> str:
    """Two patrols may have files of the same name; ``archive/`` knows no folders."""
    return "-".join(name.split("/")[1:])


def _resource(path: str, digest: str, size: int) -> dict[str, Any]:
    return {"name": path.rsplit("/", 1)[1].lower(), "path": path, "hash": f"sha256:{digest}", "bytes": size}


def _index(sliced: Iterable[SlicedRecord]) -> bytes:
    """CDXJ: key, time of 14 digits, JSON; sorted by bytes. Only what can be replayed."""
    lines = []
    for one in sliced:
        if one.record.type not in ("response", "revisit", "resource") or not one.url:
            continue
        said: dict[str, Any] = {
            "url": one.url,
            "mime": "warc/revisit" if one.record.type == "revisit" else one.mime,
            "status": one.status if one.status is not None else 200,
            "digest": one.payload_digest,
            "length": one.record.length,
            "offset": one.offset,
            "filename": _flat(one.file),
        }
        stamp = re.sub(r"\D", "", one.at)[:14]
        lines.append(f"{_key(one.url)} {stamp} {json.dumps(said, ensure_ascii=False)}\n".encode())
    return b"".join(sorted(lines))


def _pages(selection: Selection, title: str) -> bytes:
    lines: list[dict[str, Any]] = [{"format": "json-pages-1.0", "id": "pages", "title": title}]
    for capture in selection.captures:
        view = capture.view
        lines.append(
            {"id": f"capture-{view.id}", "url": view.url, "ts": _rfc3339(view.fetched_at), "title": view.title}
        )
    return "".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines).encode()


def _rfc3339(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"


def _json(value: Any) -> bytes:
    return json.dumps(value, ensure_ascii=False, indent=1).encode()


def _key(url: str) -> str:
    """The sort key of an address: names turned round, so that a host's pages stand together."""
    try:
        return re.sub(r"\s", "%20", str(surt(url)))
    except Exception:  # noqa: BLE001 - a hostile address stands under itself, as other indexers have it
        return re.sub(r"\s", "%20", url)
