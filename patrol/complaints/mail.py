"""Mail reader: takes an .eml file (RFC 822, MIME) apart into who wrote, when, what, and what is attached.

Mail programs in China still send GB2312 by name with GBK characters in it, and raw bytes where encoded words should be;
both are read as they were meant. Bounds: 64 MB a file, 200 parts, a million characters of text.
"""

from __future__ import annotations

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from email.header import decode_header
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from pathlib import Path

from lxml import etree, html

from patrol import clock
from patrol.errors import InputError
from patrol.text.encodings import decode
from patrol.text.sheets import read_bytes
from patrol.text.storage import storable

MAX_PARTS = 200
MAX_TEXT = 1_000_000
_WIDER = {"gb2312": "gb18030", "gb_2312-80": "gb18030", "gbk": "gb18030", "x-gbk": "gb18030", "big5": "big5hkscs"}


@dataclass(frozen=True, slots=True)
class Letter:
    """``attachments``: (file name, bytes) in the order of the letter, those of forwarded letters too."""

    sender_name: str
    sender: str
    subject: str
    day: date | None
    body: str
    attachments: tuple[tuple[str, bytes], ...]


def read_letter(path: Path) -> Letter:
    """Read an .eml file. Raises InputError when it cannot be read or is no letter."""
    message = email.message_from_bytes(read_bytes(path))
    if not message.keys():
        raise InputError(f"{path.name}：不是有效的电子邮件（.eml）。请在邮箱里用“另存为 eml”导出")
    name, address = parseaddr(header(message, "From"))
    plain: list[str] = []
    marked: list[str] = []
    attachments: list[tuple[str, bytes]] = []
    for part in _leaves(message, path.name):
        payload = part.get_payload(decode=True)
        if not isinstance(payload, bytes):
            continue
        filename = _filename(part)
        if filename or part.get_content_maintype() != "text":
            attachments.append((filename or f"无名附件.{part.get_content_subtype()}", payload))
        elif part.get_content_subtype() == "html":
            marked.append(_readable(_text(part, payload, path.name)))
        else:
            plain.append(_text(part, payload, path.name))
    body = "\n".join(plain).strip() or "\n".join(marked).strip()
    return Letter(
        name, address, header(message, "Subject"), _day(message), storable(body)[:MAX_TEXT], tuple(attachments)
    )


def header(message: Message, name: str) -> str:
    """Return a header as its writer meant it; "" when there is none."""
    return _words(_raw(message, name))


def _raw(message: Message, name: str) -> str:
    """A header as it stands in the file; bytes that are no ASCII read as they were most likely meant."""
    raw = next((str(value) for key, value in message.raw_items() if key.lower() == name.lower()), "")
    return raw if raw.isascii() else _meant(raw.encode("utf-8", "surrogateescape"))


def _words(raw: str) -> str:
    """Encoded words (RFC 2047) as text."""
    try:
        pieces = decode_header(raw)
    except (ValueError, LookupError):
        return _one_line(raw)
    words = [
        piece if isinstance(piece, str) else _decoded(piece, charset) if charset else _unmarked(piece)
        for piece, charset in pieces
    ]
    return _one_line("".join(words))


def _unmarked(piece: bytes) -> str:
    """What stands between encoded words; the library hands it over as its own escapes."""
    return piece.decode("raw-unicode-escape", "replace")


def _meant(raw: bytes) -> str:
    """Bytes that stand in a header as they are."""
    try:
        return _one_line(decode(raw, "信件"))
    except InputError:
        return _one_line(raw.decode("ascii", "replace"))


def _one_line(text: str) -> str:
    return re.sub(r"\s+", " ", storable(text)).strip()


def _decoded(raw: bytes, charset: str) -> str:
    try:
        return raw.decode(_WIDER.get(charset.lower(), charset))
    except (UnicodeDecodeError, LookupError):
        return _meant(raw)


def _leaves(message: Message, name: str) -> Iterator[Message]:
    for count, part in enumerate(message.walk()):
        if count >= MAX_PARTS:
            raise InputError(f"{name}：信里的附件太多（超过 {MAX_PARTS} 个），请拆开后再导入")
        if not part.is_multipart():
            yield part


def _filename(part: Message) -> str:
    """The attachment's name without any folder; "" for a part of the letter itself."""
    holder = Message()
    for name in ("Content-Disposition", "Content-Type"):
        if raw := _raw(part, name):
            holder[name] = raw
    return re.split(r"[/\\]", _words(holder.get_filename() or ""))[-1][:200]


def _text(part: Message, payload: bytes, name: str) -> str:
    charset = part.get_content_charset()
    if charset:
        return _decoded(payload, charset)
    try:
        return decode(payload, name)
    except InputError:
        return payload.decode("ascii", "replace")


def _readable(markup: str) -> str:
    try:
        tree = html.document_fromstring(markup[: 4 * MAX_TEXT], parser=html.HTMLParser(no_network=True))
    except (etree.ParserError, etree.XMLSyntaxError, ValueError):
        return ""
    for node in tree.xpath("//script|//style|//head"):
        node.drop_tree()
    for node in tree.xpath("//br|//p|//div|//li|//tr"):
        node.tail = "\n" + (node.tail or "")
    return str(tree.text_content())


def _day(message: Message) -> date | None:
    try:
        return clock.day_of(clock.in_utc(parsedate_to_datetime(str(message["Date"]))))
    except (TypeError, ValueError, IndexError):
        return None
