"""WARC record maker: makes one page into WARC 1.1 records (ISO 28500:2017), each its own gzip member, by warcio.

A page becomes, in this order: response, request, the same for every further part, resources that a browser gave
(rendered DOM, screenshot, the JSON that the page fetched) and a metadata record (JSON) that says which patrol, which
site file, over which connection and what was read off the page, so that the database row can be made again from the
file alone. An image of a page that became a lead is a response, a request and a metadata record of its own.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from patrol import clock
from patrol.errors import InputError
from patrol.files import Digests
from patrol.items import Exchange, ImageItem, ImportedFile, Origin, PageItem, Revisit
from patrol.text.storage import plain_extraction, storable, storable_extraction

# Level 3 takes less than half of level 6's time and 1 to 6 % more bytes on pages of Chinese text.
_LEVEL = 3
_GZIP = zlib.MAX_WBITS + 16
# The body is kept decoded, so these headers would no longer describe it; pywb and warcio use this prefix.
_STALE = {"content-encoding", "transfer-encoding", "content-length"}
_ORIGINAL = "X-Archive-Orig-"
# What would open a logged-in session to whoever reads the evidence.
_SECRET = {"cookie", "authorization", "proxy-authorization", "set-cookie", "set-cookie2"}
_PLAIN = "".join(map(chr, range(0x21, 0x7F)))


@dataclass(frozen=True, slots=True)
class Record:
    """A finished record: ``data`` is the gzip member as it stands in the file; digests are of ``data``."""

    type: str
    record_id: str
    target: str
    data: bytes
    sha256: str
    sm3: str


class _Sink(BytesIO):
    """Takes what warcio writes; flushed by it after each record, which must not empty the buffer."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A page or an image ready to be kept: its records (the first is the response, the last says ``said``), and the
    certificates (PEM) of its connection, which the vault keeps once."""

    said: dict[str, Any]
    records: tuple[Record, ...]
    chain_pem: bytes = b""


def prepare(page: PageItem, *, program: str) -> Prepared:
    """Make all records of one page. Costs the time (packing, digests); may run in any thread."""
    response_id = _new_id()
    said = described(page)
    fetched = page.origin is None
    records = list(
        _exchange(page.exchange, response_id, revisit=page.revisit) if fetched else _brought(page, response_id)
    )
    for part in page.parts:
        records.extend(_exchange(part, _new_id(), concurrent=response_id))
    records.extend(_resources(page.exchange, response_id))
    records.append(_metadata(page.exchange, said | {"program": program}, response_id))
    return Prepared(said, tuple(records), _chain_pem(page.exchange))


def prepare_image(image: ImageItem, *, program: str) -> Prepared:
    """Make all records of one image of a lead; it must have its exchange."""
    assert image.exchange is not None
    response_id = _new_id()
    said = described_image(image, image.exchange)
    records = [*_exchange(image.exchange, response_id)]
    records.append(_metadata(image.exchange, said | {"program": program}, response_id))
    return Prepared(said, tuple(records), _chain_pem(image.exchange))


def surroundings_record(at: datetime, said: str, patrol: str) -> Record:
    """Make a metadata record (JSON) of what was found out about the machine before it looked at anything."""
    headers = _record_headers(at, _new_id())
    return _record("metadata", f"urn:surroundings:{patrol}", headers, said.encode(), content_type="application/json")


def certificates_record(host: str, port: int, at: datetime, chain_pem: bytes) -> Record:
    """Make a record of a host's certificates as they came, leaf first."""
    headers = _record_headers(at, _new_id())
    target = f"urn:certificates:{host}:{port}"
    return _record("resource", target, headers, chain_pem, content_type="application/pem-certificate-chain")


def warcinfo_record(filename: str, fields: dict[str, str]) -> Record:
    """Make the record that opens a file: program, office, patrol, site."""
    writer, sink = _writer()
    record = writer.create_warcinfo_record(filename, fields)
    writer.write_record(record)
    return _finished("warcinfo", record.rec_headers.get_header("WARC-Record-ID"), filename, sink)


def payload_sha256(exchange: Exchange) -> str:
    return hashlib.sha256(exchange.response_body).hexdigest()


def _exchange(
    exchange: Exchange, response_id: str, concurrent: str = "", revisit: Revisit | None = None
) -> Iterator[Record]:
    headers = _record_headers(exchange.fetched_at, response_id)
    if exchange.ip_address:
        headers["WARC-IP-Address"] = exchange.ip_address
    if concurrent:
        headers["WARC-Concurrent-To"] = concurrent
    body = exchange.response_body
    status = StatusAndHeaders(_status(exchange.status), _response_headers(exchange), protocol="HTTP/1.1")
    if revisit is not None:
        headers |= _refers_to(revisit)
        yield _record("revisit", exchange.url, headers, b"", http=status, payload_digest=revisit.payload_sha256)
    else:
        yield _record("response", exchange.url, headers, body, http=status, payload_digest=payload_sha256(exchange))
    headers = _record_headers(exchange.fetched_at, _new_id())
    headers["WARC-Concurrent-To"] = response_id
    line = f"{exchange.method} {_path(exchange.url)}"
    sent = _clean_headers(_shown(exchange.request_headers, exchange.private_headers))
    request = StatusAndHeaders("HTTP/1.1", sent, protocol=line)
    yield _record("request", exchange.url, headers, b"", http=request)


def _brought(page: PageItem, record_id: str) -> Iterator[Record]:
    """A page that was not fetched by us: a response only where the file it came in holds one, and never a request."""
    exchange = page.exchange
    headers = _record_headers(exchange.fetched_at, record_id)
    body = exchange.response_body
    if exchange.status:
        status = StatusAndHeaders(_status(exchange.status), _response_headers(exchange), protocol="HTTP/1.1")
        yield _record("response", exchange.url, headers, body, http=status, payload_digest=payload_sha256(exchange))
    else:
        kind = next((_line(value) for name, value in exchange.response_headers if name == "Content-Type"), "")
        yield _record("resource", exchange.url, headers, body, content_type=kind or "application/octet-stream")


_PROFILE = "http://netpreserve.org/warc/1.1/revisit/"


def _refers_to(revisit: Revisit) -> dict[str, str]:
    """What a ``revisit`` record says of the record whose payload still holds (ISO 28500:2017, 6.7)."""
    profile = "server-not-modified" if revisit.not_modified else "identical-payload-digest"
    return {
        "WARC-Profile": _PROFILE + profile,
        "WARC-Refers-To": revisit.record_id,
        "WARC-Refers-To-Target-URI": _line(revisit.url),
        "WARC-Refers-To-Date": _stamp(revisit.fetched_at),
    }


def _resources(exchange: Exchange, response_id: str) -> Iterator[Record]:
    found: list[tuple[str, str, bytes]] = []
    if exchange.rendered_dom is not None:
        found.append((f"urn:dom:{exchange.url}", "text/html; charset=utf-8", exchange.rendered_dom))
    if exchange.screenshot_png is not None:
        found.append((f"urn:view:{exchange.url}", "image/png", exchange.screenshot_png))
    found.extend((url, "application/json", body) for url, body in exchange.api_responses)
    for target, content_type, body in found:
        headers = _record_headers(exchange.fetched_at, _new_id())
        headers["WARC-Concurrent-To"] = response_id
        yield _record("resource", target, headers, body, content_type=content_type)


def _metadata(exchange: Exchange, said: dict[str, Any], response_id: str) -> Record:
    headers = _record_headers(exchange.fetched_at, _new_id())
    headers["WARC-Refers-To"] = response_id
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return _record("metadata", exchange.url, headers, body, content_type="application/json")


def described(page: PageItem) -> dict[str, Any]:
    """Return what the metadata record says; ``vault`` makes the database row from exactly this."""
    return {
        "patrol": page.patrol_id,
        "target": page.target_id,
        "site": page.site,
        "page_kind": page.page_kind.value,
        "state": page.state.value,
        "url": storable(page.url),
        "canonical_url": storable(page.canonical_url),
        "http_status": page.exchange.status,
        "fetched_at": page.exchange.fetched_at.astimezone(UTC).isoformat(),
        "ip_address": page.exchange.ip_address,
        "rendered": page.exchange.rendered_dom is not None,
        "payload_sha256": page.revisit.payload_sha256 if page.revisit else payload_sha256(page.exchange),
        **_revisited(page),
        "site_file_sha256": page.site_file_sha256,
        "authority": storable(page.authority),
        "connection": _connection(page.exchange),
        "session": page.exchange.private_headers,
        "parts": [storable(part.url) for part in page.parts],
        "extracted": plain_extraction(storable_extraction(page.extracted)),
    } | ({"imported": _origin(page.origin)} if page.origin else {})


def _origin(origin: Origin) -> dict[str, Any]:
    said = asdict(origin)
    said["claimed_at"] = origin.claimed_at.astimezone(UTC).isoformat() if origin.claimed_at else ""
    return {name: storable(value) for name, value in said.items() if value}


def described_image(image: ImageItem, exchange: Exchange) -> dict[str, Any]:
    """Return what the metadata record of an image says; ``vault`` makes its row from exactly this."""
    return {
        "patrol": image.patrol_id,
        "site": image.site,
        "page_record_id": image.page_record_id,
        "page_url": storable(image.page_url),
        "number": image.number,
        "url": storable(image.url),
        "answered_by": storable(exchange.url),
        "http_status": exchange.status,
        "content_type": next((v for n, v in exchange.response_headers if n.lower() == "content-type"), ""),
        "bytes": len(exchange.response_body),
        "fetched_at": exchange.fetched_at.astimezone(UTC).isoformat(),
        "ip_address": exchange.ip_address,
        "payload_sha256": payload_sha256(exchange),
        "connection": _connection(exchange),
        "session": exchange.private_headers,
    }


def _connection(exchange: Exchange) -> dict[str, Any] | None:
    return exchange.connection.as_json() if exchange.connection is not None else None


def _chain_pem(exchange: Exchange) -> bytes:
    tls = exchange.connection.tls if exchange.connection is not None else None
    return tls.chain_pem if tls is not None else b""


def _revisited(page: PageItem) -> dict[str, Any]:
    """What the next visit needs: the page's part in the crawl, its validators, a digest of what was read off it, and
    the capture it was found unchanged against."""
    headers = {name.lower(): value for name, value in page.exchange.response_headers}
    read = page.extracted
    content = "\0".join((read.title, read.text, read.seller, str(read.price)))
    said: dict[str, Any] = {
        "role": page.role,
        "validators": {name: storable(headers[name]) for name in ("etag", "last-modified") if headers.get(name)},
        "content_sha256": hashlib.sha256(content.encode("utf-8", "replace")).hexdigest(),
    }
    if page.revisit is not None:
        said["revisit"] = {"record": page.revisit.record_id, "judge": page.revisit.judge}
    return said


def _record(
    kind: str,
    target: str,
    headers: dict[str, str],
    body: bytes,
    *,
    http: StatusAndHeaders | None = None,
    content_type: str = "",
    payload_digest: str = "",
) -> Record:
    if payload_digest or http is None:
        headers["WARC-Payload-Digest"] = f"sha256:{payload_digest or hashlib.sha256(body).hexdigest()}"
    writer, sink = _writer()
    block = hashlib.sha256()
    if http is not None:
        # Fixed here, so that the block digest can be given and warcio need not read the body twice more.
        http.compute_headers_buffer()
        block.update(http.headers_buff)
        headers.setdefault("WARC-Payload-Digest", f"sha256:{hashlib.sha256(body).hexdigest()}")
    block.update(body)
    headers["WARC-Block-Digest"] = f"sha256:{block.hexdigest()}"
    record = writer.create_warc_record(
        _uri(target),
        kind,
        payload=BytesIO(body),
        length=len(body),
        warc_content_type=content_type,
        warc_headers_dict=headers,
        http_headers=http,
    )
    writer.write_record(record)
    return _finished(kind, headers["WARC-Record-ID"], target, sink)


def _finished(kind: str, record_id: str, target: str, sink: _Sink) -> Record:
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _GZIP)
    data = packer.compress(sink.getvalue()) + packer.flush()
    return Record(
        type=kind,
        record_id=record_id,
        target=target,
        data=data,
        sha256=hashlib.sha256(data).hexdigest(),
        sm3=hashlib.new("sm3", data).hexdigest(),
    )


def _writer() -> tuple[WARCWriter, _Sink]:
    sink = _Sink()
    return WARCWriter(sink, gzip=False, warc_version="WARC/1.1"), sink


def _new_id() -> str:
    return f"<urn:uuid:{uuid4()}>"


def _record_headers(at: datetime, record_id: str) -> dict[str, str]:
    return {"WARC-Record-ID": record_id, "WARC-Date": _stamp(at)}


def _stamp(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _status(code: int) -> str:
    try:
        return f"{code} {HTTPStatus(code).phrase}"
    except ValueError:
        return f"{code} Unknown"


def _response_headers(exchange: Exchange) -> list[tuple[str, str]]:
    kept = [
        (_ORIGINAL + name if name.lower() in _STALE else name, value)
        for name, value in _clean_headers(_shown(exchange.response_headers, exchange.private_headers))
    ]
    return [*kept, ("Content-Length", str(len(exchange.response_body)))]


def _shown(headers: tuple[tuple[str, str], ...], private: bool) -> tuple[tuple[str, str], ...]:
    """Header lines as they may be kept: where a session is in use (``private``), what would open it is a digest."""
    return hidden(headers) if private else headers


def hidden(headers: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    """Return headers with cookies and authorisations replaced by their SHA-256, so that two can be told apart and none
    can be used.

    >>> hidden((("Accept", "*/*"), ("Cookie", "sid=1")))[1][1][:16]
    '（已隐去，SHA-256 125'
    """
    return tuple((name, _digest(value) if name.strip().lower() in _SECRET else value) for name, value in headers)


def _digest(value: str) -> str:
    return f"（已隐去，SHA-256 {hashlib.sha256(value.encode('utf-8', 'surrogatepass')).hexdigest()}）"


def _clean_headers(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Header lines as warcio takes them; it percent-encodes values that are not ASCII, but not names."""
    return [(_line(name) if name.isascii() else quote(_line(name)), _line(value)) for name, value in headers]


def _line(text: str) -> str:
    """One line: a hostile header must not begin a record of its own."""
    return storable(text).replace("\r", " ").replace("\n", " ")


def _path(url: str) -> str:
    rest = url.split("://", 1)[-1]
    slash = rest.find("/")
    return _uri(rest[slash:].split("#", 1)[0]) if slash >= 0 else "/"


def _uri(address: str) -> str:
    """As it goes over the wire (RFC 3986): what a URI cannot hold is percent-encoded, what is encoded stays."""
    return quote(_line(address), safe=_PLAIN)


SEGMENT = 16 * 1024 * 1024
"""Bytes of a brought file in one record; a larger file goes on in ``continuation`` records (ISO 28500, 5.9)."""


def file_records(brought: ImportedFile, program: str) -> Iterator[Record]:
    """Yield a brought file as records, one segment in memory at a time: its bytes, those of the resources beside it,
    and a metadata record that says who brought it, with SHA-256 and SM3 of the whole. Raises InputError when the file
    cannot be read or is not what was announced."""
    now = clock.now()
    first, kept = _new_id(), []
    for number, (name, path) in enumerate([(brought.name, brought.path), *brought.companions]):
        target = f"urn:import:{brought.sha256}/{quote(_line(name))}"
        said: dict[str, Any] = {"name": storable(name)}
        try:
            yield from _segments(Path(path), target, now, first if not number else _new_id(), said)
        except OSError as error:
            raise InputError(f"{name}：无法读取这个文件（{error.strerror or error}）") from error
        if not number and said["sha256"] != brought.sha256:
            raise InputError(f"{name}：文件在导入过程中被改动，请重新导入")
        kept.append(said)
    about = {"import": kept[0], "companions": kept[1:], "imported_at": now.isoformat(), "program": program}
    about |= {"source": storable(brought.source), "note": storable(brought.note), "by": storable(brought.by)}
    headers = _record_headers(now, _new_id()) | {"WARC-Refers-To": first}
    body = json.dumps(about, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    target = f"urn:import:{brought.sha256}/{quote(_line(brought.name))}"
    yield _record("metadata", target, headers, body, content_type="application/json")


def _segments(path: Path, target: str, now: datetime, first: str, said: dict[str, Any]) -> Iterator[Record]:
    digests, number = Digests(), 0
    with path.open("rb") as file:
        following = file.read(SEGMENT)
        while number == 0 or following:
            data, following = following, file.read(SEGMENT)
            number += 1
            digests.add(data)
            headers = _record_headers(now, first if number == 1 else _new_id())
            if number > 1 or following:
                headers["WARC-Segment-Number"] = str(number)
            if number > 1:
                headers["WARC-Segment-Origin-ID"] = first
                if not following:
                    headers["WARC-Segment-Total-Length"] = str(digests.size)
            kind = "resource" if number == 1 else "continuation"
            yield _record(kind, target, headers, data, content_type="application/octet-stream")
    said |= {"bytes": digests.size, "sha256": digests.sha256, "sm3": digests.sm3, "segments": number}
