"""WARC: reads pages out of files (ISO 28500) that recorders and crawlers wrote, ours included; plain or gzipped.

One pass, nothing unpacked to disk. Gzip is undone here, not by warcio, so that what comes out is counted: a bomb ends
at the bound, and a file gzipped as a whole reads as well as one gzipped record by record.
"""

from __future__ import annotations

import hashlib
import io
import json
import re
import zlib
from collections import OrderedDict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from warcio.archiveiterator import ArchiveIterator
from warcio.exceptions import ArchiveLoadFailed

from patrol import clock
from patrol.errors import InputError
from patrol.items import Extracted
from spiders.reading.encoding import decode_page
from spiders.reading.page import is_text
from spiders.saved.pdf import TEXT_TYPE, pdf_extraction
from spiders.saved.saved_page import MAX_PAGE, MAX_UNPACKED, MEGABYTE, Fault, SavedPage, Source, web_address

MAX_RECORD = 1024 * MEGABYTE
REMEMBERED = 64 * MEGABYTE
MIN_JSON = 80
"""Chinese characters that make a JSON answer a page to be compared rather than a page's wiring."""

_PAGES = re.compile(r"^(text/html|application/xhtml\+xml|text/plain)", re.I)
_JSON = re.compile(r"^(application|text)/([\w.\-]+\+)?json", re.I)
_PDF = re.compile(r"^application/pdf", re.I)
_CHINESE = re.compile("[\u3400-\u9fff]")
_BROKEN = (EOFError, OSError, zlib.error, ArchiveLoadFailed, ValueError, IndexError, KeyError, TypeError)
"""What warcio and gzip raise on torn and crooked files."""


def read_warc(source: Source) -> Iterator[SavedPage | Fault]:
    """Read the pages of one WARC file."""
    try:
        with source.path.open("rb") as file:
            yield from WarcReader(file).pages()
    except OSError as error:
        raise InputError(f"无法读取这个文件（{error.strerror or error}）") from error


class _Gunzip:
    """Gzip undone, member after member. Python's own reader loses what it had when a later member is broken."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream
        self._packed = b""
        self._member: Any = None

    def read(self, size: int) -> bytes:
        """At most ``size`` bytes; b"" at the end. Raises EOFError or zlib.error where the packing breaks off."""
        while True:
            if self._member is None:
                self._packed = self._packed.lstrip(b"\0") or self._stream.read(MEGABYTE // 4).lstrip(b"\0")
                if not self._packed:
                    return b""
                self._member = zlib.decompressobj(zlib.MAX_WBITS + 16)
            data: bytes = self._member.decompress(self._packed, size)
            if self._member.eof:
                self._packed, self._member = self._member.unused_data, None
            else:
                self._packed = self._member.unconsumed_tail or self._stream.read(MEGABYTE // 4)
                if not self._packed and not data:
                    raise EOFError
            if data:
                return data


class _Counted(io.RawIOBase):
    """The unpacked bytes of a stream, at most so many of them. Where it breaks off it ends, and ``failure`` says why:
    an error raised here would take what was read before it along."""

    def __init__(self, stream: _Gunzip | io.BufferedReader, most: int) -> None:
        self._stream, self.left = stream, most
        self.failure: Exception | None = None

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        if self.failure is not None:
            return 0
        try:
            data = self._stream.read(len(buffer))
        except _BROKEN as error:
            self.failure = error
            return 0
        self.left -= len(data)
        if self.left < 0:
            self.failure = _TooMuch()
            return 0
        buffer[: len(data)] = data
        return len(data)


class _TooMuch(Exception):
    """More comes out of the file than is allowed."""


@dataclass(frozen=True, slots=True)
class _Answer:
    """What a response record held, for the records that say “the same again”."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    status: int


class WarcReader:
    """Reads one stream. ``wanted`` decides by address which answers are pages (None: all that look like it)."""

    def __init__(
        self,
        stream: io.BufferedReader,
        wanted: Callable[[str], bool] | None = None,
        most: int = MAX_UNPACKED,
    ) -> None:
        packed = stream.peek(2)[:2] == b"\x1f\x8b"
        self._counted = _Counted(_Gunzip(stream) if packed else stream, most)
        self._stream = io.BufferedReader(self._counted, MEGABYTE)
        self._wanted = wanted
        self._seen: set[tuple[str, str]] = set()
        self._remembered: OrderedDict[str, _Answer] = OrderedDict()
        self._bytes = 0

    @property
    def left(self) -> int:
        """How many bytes may still be unpacked."""
        return self._counted.left

    def pages(self) -> Iterator[SavedPage | Fault]:
        """Yield the pages in the order of the file; after a fault of the file itself what came before it stands."""
        number = 0
        held: SavedPage | None = None  # a page waits for the rendered document that may follow it
        try:
            for record in ArchiveIterator(self._stream):
                number += 1
                if (record.length or 0) > MAX_RECORD:
                    yield from _one(held)
                    yield Fault(f"第{number}条记录", "声称有 1 GB 以上，疑似损坏，后面的没有读")
                    return
                if held is not None and (dom := _dom(record, held)):
                    held = replace(held, dom=dom)
                    continue
                found = self._page(record, number)
                if isinstance(found, Fault):
                    yield found
                elif found is not None:
                    yield from _one(held)
                    held = found
        except _BROKEN as error:
            broken: Exception | None = error
        else:
            broken = None
        yield from _one(held)
        broken = self._counted.failure or broken
        if not number:
            said = _reason(broken) if broken else "里面没有任何记录"
            raise InputError(f"打不开，{said}，不是完整的 WARC 文件") from broken
        if broken:
            yield Fault(f"第{number}条记录之后", f"{_reason(broken)}，后面的没有读")

    def _page(self, record: Any, number: int) -> SavedPage | Fault | None:
        """The page that a record holds; None when it holds none."""
        place = f"第{number}条记录"
        target = web_address(record.rec_headers.get_header("WARC-Target-URI") or "")
        if record.rec_type not in ("response", "resource", "revisit") or not target:
            return None
        if record.rec_type == "revisit":
            answer = self._again(record)
            if answer is None:
                asked = self._wanted is not None and self._wanted(target)
                said = f"与此前的内容相同，但原件不在这个文件里：{target[:200]}"
                return Fault(place, said, lost=False) if asked else None
        else:
            read = self._answer(record, place)
            if not isinstance(read, _Answer):
                return read
            answer = read
            self._remember(record, target, answer)
        return self._saved(place, target, answer, _moment(record.rec_headers.get_header("WARC-Date")))

    def _answer(self, record: Any, place: str) -> _Answer | Fault | None:
        http = record.http_headers
        if record.rec_type == "response":
            status = http.get_statuscode() if http is not None else ""
            if status != "200":
                return None
            headers, code = tuple((str(name), str(value)) for name, value in http.headers), 200
        else:
            headers, code = (("Content-Type", str(record.content_type or "")),), 0
        kind = next((value for name, value in headers if name.lower() == "content-type"), "")
        if not (_PAGES.match(kind) or _JSON.match(kind) or _PDF.match(kind) or not kind):
            return None
        try:
            body = record.content_stream().read(MAX_PAGE + 1)
        except _BROKEN as error:
            return Fault(place, f"内容解不开，已损坏（{type(error).__name__}）")
        if len(body) > MAX_PAGE:
            return Fault(place, f"网页超过 {MAX_PAGE // MEGABYTE} MB，没有导入")
        if _is_cut(record):
            # Where it is the packing that broke, that is said once, at the end.
            return None if self._counted.failure else Fault(place, "文件在这条记录中间断了，没有导入这一条")
        return _Answer(body, headers, code)

    def _remember(self, record: Any, target: str, answer: _Answer) -> None:
        digest = record.rec_headers.get_header("WARC-Payload-Digest") or ""
        for key in (digest, target):
            if key and key not in self._remembered:
                self._remembered[key] = answer
                self._bytes += len(answer.body)
        while self._bytes > REMEMBERED:
            _, old = self._remembered.popitem(last=False)
            self._bytes -= len(old.body)

    def _again(self, record: Any) -> _Answer | None:
        header = record.rec_headers.get_header
        for name in ("WARC-Payload-Digest", "WARC-Refers-To-Target-URI", "WARC-Target-URI"):
            if found := self._remembered.get(header(name) or ""):
                return found
        return None

    def _saved(self, place: str, target: str, answer: _Answer, at: datetime | None) -> SavedPage | Fault | None:
        if self._wanted is not None and not self._wanted(target):
            return None
        digest = hashlib.sha256(answer.body).hexdigest()
        if (target, digest) in self._seen or not answer.body.strip():
            return None
        page = SavedPage(
            place, answer.body, target, "WARC 记录", at, "WARC 记录" if at else "", answer.headers, answer.status
        )
        if _PDF.match(page.content_type) or answer.body.startswith(b"%PDF"):
            try:
                extracted = pdf_extraction(answer.body, urlsplit(target).path.rpartition("/")[2])
            except InputError as error:
                return Fault(place, f"{error}（{target[:200]}）")
            page = replace(
                page, body=extracted.text.encode("utf-8", "replace"), headers=TEXT_TYPE, status=0, extracted=extracted
            )
        elif not is_text(answer.body, page.content_type):
            return None
        elif _JSON.match(page.content_type):
            text = _words(answer.body)
            if self._wanted is None and len(_CHINESE.findall(text)) < MIN_JSON:
                return None
            page = replace(page, extracted=Extracted(text=text, rules=(("text", "接口数据里的文字"),)))
        self._seen.add((target, digest))
        return page


def _reason(error: Exception) -> str:
    if isinstance(error, _TooMuch):
        return "解开后的内容超过上限，疑似压缩炸弹"
    if isinstance(error, (EOFError, zlib.error)):
        return "压缩数据不完整或已损坏"
    return "格式有误"


def _is_cut(record: Any) -> bool:
    """Whether the file ended before the record did."""
    while record.raw_stream.read(MEGABYTE):
        pass
    return bool(getattr(record.raw_stream, "limit", 0) > 0)


def _one(held: SavedPage | None) -> Iterator[SavedPage]:
    if held is not None:
        yield held


def _dom(record: Any, held: SavedPage) -> bytes | None:
    """The document that our browser had built for the page just read (see ``patrol.evidence.warc``)."""
    target = record.rec_headers.get_header("WARC-Target-URI") or ""
    if record.rec_type != "resource" or target != f"urn:dom:{held.url}":
        return None
    body: bytes = record.content_stream().read(MAX_PAGE + 1)
    return body if 0 < len(body) <= MAX_PAGE else None


def _words(body: bytes) -> str:
    """The written strings of a JSON answer, each on a line of its own; "" when it is none."""
    try:
        document = json.loads(decode_page(body)[0])
    except (ValueError, RecursionError):
        return ""
    found: list[str] = []
    waiting: list[Any] = [document]
    while waiting and len(found) < 100_000:
        value = waiting.pop()
        if isinstance(value, dict):
            waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))
        elif isinstance(value, str) and _CHINESE.search(value):
            found.append(value.strip())
    return "\n".join(found)


def _moment(text: str | None) -> datetime | None:
    try:
        moment = datetime.fromisoformat((text or "").strip())
    except ValueError:
        return None
    return clock.in_utc(moment)
