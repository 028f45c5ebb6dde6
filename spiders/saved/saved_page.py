"""Saved pages: hold what the readers of saved files share: the file, a page found in it, a fault, and the bounds."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from patrol.errors import InputError
from patrol.items import Extracted
from patrol.vocabulary import PageKind

MEGABYTE = 1024 * 1024
MAX_PAGE = 32 * MEGABYTE
"""Bytes of one page; what is larger is named and left out."""

MAX_UNPACKED = 4 * 1024 * MEGABYTE
"""Bytes that one archive may unpack to."""

MAX_PAGES = 50_000
"""Pages (rows) that are taken from one file."""

_ADDRESS = re.compile(r"https?://[^/\s]\S*", re.I)


@dataclass(frozen=True, slots=True)
class Source:
    """A file to read. ``columns``: column head → field of ``Extracted``, as the person said; ``companions``: the files
    that a browser saved beside it."""

    path: Path
    name: str
    columns: Mapping[str, str] = field(default_factory=dict)
    companions: tuple[Path, ...] = ()


@dataclass(frozen=True, slots=True)
class SavedPage:
    """A page as the file holds it. ``place`` is unique in the file; ``headers`` are HTTP's own where the file has them
    (then ``status`` is set), else at most a Content-Type. ``frames``: documents shown inside the page; ``dom``: the
    page as a browser had built it; ``extracted``: set where there is nothing for a site's rules to read."""

    place: str
    body: bytes
    url: str = ""
    address_by: str = ""
    claimed_at: datetime | None = None
    claimed_by: str = ""
    headers: tuple[tuple[str, str], ...] = ()
    status: int = 0
    frames: tuple[bytes, ...] = ()
    dom: bytes | None = None
    extracted: Extracted | None = None
    kind: PageKind = PageKind.ARTICLE

    @property
    def content_type(self) -> str:
        return next((value for name, value in self.headers if name.lower() == "content-type"), "")


@dataclass(frozen=True, slots=True)
class Fault:
    """What could not be read, where (``place`` may be empty: the file as a whole), in Chinese. ``lost``: the file holds a
    page, or may hold one, that was not taken in; else it is a remark only."""

    place: str
    said: str
    lost: bool = True

    def __str__(self) -> str:
        return f"{self.place}：{self.said}" if self.place else self.said


def read_whole(source: Source, most: int) -> bytes:
    """Read the file's bytes. Raises InputError when it is larger than ``most`` or cannot be read."""
    try:
        size = source.path.stat().st_size
        if size > most:
            raise InputError(f"文件有 {size // MEGABYTE} MB，超过这类文件的上限 {most // MEGABYTE} MB")
        return source.path.read_bytes()
    except OSError as error:
        raise InputError(f"无法读取这个文件（{error.strerror or error}）") from error


def web_address(text: str) -> str:
    """Return ``text`` when it is an address on the web (http or https, within bounds), else ""."""
    found = text.strip()
    return found if len(found) <= 4000 and _ADDRESS.fullmatch(found) else ""


def file_time(source: Source) -> datetime:
    """Return when the file says that it was last changed."""
    return datetime.fromtimestamp(source.path.stat().st_mtime, UTC)


FILE_TIME = "文件修改时间"
