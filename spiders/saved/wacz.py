"""WACZ: reads a ZIP of WARC files and the list of pages that somebody visited (ArchiveWeb.page, Browsertrix).

Entries are read as streams and never written anywhere, so their names cannot lead out of a folder.
"""

from __future__ import annotations

import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from typing import cast

from patrol.errors import InputError
from spiders.saved.saved_page import MAX_PAGES, MAX_UNPACKED, MEGABYTE, Fault, SavedPage, Source, web_address
from spiders.saved.webarchive import WarcReader
from spiders.url_expansion import canonical

MAX_ENTRIES = 20_000
MAX_LIST = 64 * MEGABYTE
_LISTS = ("pages/pages.jsonl", "pages/extraPages.jsonl")
_ARCHIVES = (".warc", ".warc.gz")
_NAMED = 3


def read_wacz(source: Source) -> Iterator[SavedPage | Fault]:
    """Read the pages that the list names; all that look like pages where there is no list."""
    try:
        with zipfile.ZipFile(source.path) as archive:
            yield from _pages(archive)
    except (zipfile.BadZipFile, OSError, EOFError) as error:
        raise InputError("打不开，压缩包已损坏或不完整") from error


def _pages(archive: zipfile.ZipFile) -> Iterator[SavedPage | Fault]:
    entries = archive.infolist()
    if len(entries) > MAX_ENTRIES:
        raise InputError(f"压缩包里有 {len(entries)} 个文件，超过上限 {MAX_ENTRIES}")
    if sum(entry.file_size for entry in entries) > MAX_UNPACKED:
        raise InputError("压缩包解开后超过上限，疑似压缩炸弹")
    wanted = set()
    for name in _LISTS:
        try:
            wanted |= _listed(archive, name)
        except ValueError:
            yield Fault(name, "页面清单无法读取", lost=False)
    archives = [entry for entry in entries if entry.filename.lower().endswith(_ARCHIVES)]
    for entry in entries:
        if entry.filename.lower().endswith((".wacz", ".zip")):
            yield Fault(_shown(entry), "压缩包里还有压缩包，请先解开再导入")
    if not archives:
        raise InputError("压缩包里没有 WARC 文件，不是完整的 WACZ")
    found: set[str] = set()
    left = MAX_UNPACKED
    for entry in archives:
        inside = f"{_shown(entry)} " if len(archives) > 1 else ""
        try:
            with archive.open(entry) as stream:
                reader = WarcReader(
                    io.BufferedReader(cast(io.RawIOBase, stream)),
                    (lambda url: canonical(url) in wanted) if wanted else None,
                    left,
                )
                for page in reader.pages():
                    if isinstance(page, SavedPage):
                        found.add(canonical(page.url))
                    yield replace(page, place=f"{inside}{page.place}")
                left = reader.left
        except InputError as error:
            yield Fault(_shown(entry), str(error))
        except (zipfile.BadZipFile, RuntimeError, NotImplementedError) as error:
            said = "加了密码，无法读取" if isinstance(error, RuntimeError) else "已损坏，无法读取"
            yield Fault(_shown(entry), said)
    if missing := sorted(wanted - found):
        shown = "、".join(url[:120] for url in missing[:_NAMED])
        more = f"等 {len(missing)} 个" if len(missing) > _NAMED else ""
        yield Fault("页面清单", f"清单里的网页没有存下可用的内容：{shown}{more}", lost=False)


def _listed(archive: zipfile.ZipFile, name: str) -> set[str]:
    """Canonical addresses in a list of pages (one JSON object a line, the first being its head). Raises ValueError."""
    try:
        with archive.open(name) as stream:
            text = stream.read(MAX_LIST + 1)
    except KeyError:
        return set()
    except (zipfile.BadZipFile, RuntimeError, NotImplementedError, OSError) as error:
        raise ValueError(name) from error
    found = set()
    for line in text.splitlines()[: MAX_PAGES + 1]:
        if not line.strip():
            continue
        said = json.loads(line)
        if isinstance(said, dict) and (url := web_address(str(said.get("url", "")))):
            found.add(canonical(url))
    return found


def _shown(entry: zipfile.ZipInfo) -> str:
    return entry.filename.rpartition("/")[2][:80] or "（无名文件）"
