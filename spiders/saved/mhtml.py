"""MHTML: reads a page with all that belongs to it in one MIME message (RFC 2557), as Chrome, Edge and IE save it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from email.message import Message
from email.parser import BytesParser
from email.policy import compat32
from email.utils import parsedate_to_datetime

from patrol import clock
from patrol.errors import InputError
from spiders.reading.encoding import decode_page
from spiders.saved.html import MAX_FRAMES, address_in
from spiders.saved.saved_page import (
    FILE_TIME,
    MAX_PAGE,
    MEGABYTE,
    Fault,
    SavedPage,
    Source,
    file_time,
    read_whole,
    web_address,
)

MAX_BYTES = 128 * MEGABYTE
MAX_PARTS = 10_000
_DOCUMENTS = ("text/html", "application/xhtml+xml")


def read_mhtml(source: Source) -> Iterator[SavedPage | Fault]:
    """Read the page that the message opens with; further HTML parts are its frames."""
    raw = read_whole(source, MAX_BYTES)
    try:
        message = BytesParser(policy=compat32).parsebytes(raw)
        documents = _documents(message)
    except RecursionError as error:
        raise InputError("这个 MHTML 的内部结构层层嵌套，无法读取") from error
    if not documents:
        raise InputError("这个 MHTML 里没有网页，文件可能不完整")
    snapshot = _location(message, "Snapshot-Content-Location")
    documents.sort(key=lambda part: _location(part, "Content-Location") != snapshot if snapshot else False)
    root, frames = documents[0], documents[1 : 1 + MAX_FRAMES]
    body = _payload(root)
    if len(body) > MAX_PAGE:
        raise InputError(f"网页正文超过 {MAX_PAGE // MEGABYTE} MB")
    if not body.strip():
        raise InputError("这个 MHTML 里的网页是空的，文件可能不完整")
    if any(type(defect).__name__ == "CloseBoundaryNotFoundDefect" for defect in message.defects):
        yield Fault("", "文件末尾不完整，只读到前面的部分")
    if root.defects:
        yield Fault("网页正文", "编码有损坏，可能有缺字", lost=False)
    own = snapshot or _location(root, "Content-Location")
    url, by = (own, "MHTML 文件头") if own else address_in(decode_page(body)[0])
    at = _date(_header(message, "Date"))
    yield SavedPage(
        "网页正文",
        body,
        url,
        by,
        at or file_time(source),
        "MHTML 文件头" if at else FILE_TIME,
        (("Content-Type", _content_type(root)),),
        frames=tuple(frame for part in frames if 0 < len(frame := _payload(part)) <= MAX_PAGE),
    )


def _documents(message: Message) -> list[Message]:
    found = []
    for number, part in enumerate(message.walk()):
        if number > MAX_PARTS:
            break
        if part.get_content_type() in _DOCUMENTS and not part.is_multipart():
            found.append(part)
    return found


def _payload(part: Message) -> bytes:
    """Quoted-printable and base64 undone; a broken base64 as far as it goes, as it stands."""
    payload = part.get_payload(decode=True)
    return payload if isinstance(payload, bytes) else b""


def _header(part: Message, name: str) -> str:
    return " ".join(str(part.get(name, "")).split())


def _location(part: Message, name: str) -> str:
    """An address in a header; one that was folded over lines is put together again."""
    return web_address(_header(part, name).replace(" ", ""))


def _content_type(part: Message) -> str:
    charset = part.get_content_charset()
    return f"text/html; charset={charset}" if charset and charset.isascii() else "text/html"


def _date(text: str) -> datetime | None:
    try:
        moment = parsedate_to_datetime(text)
        return clock.in_utc(moment)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
