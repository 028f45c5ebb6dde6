"""One page as WARC 1.1 records (ISO 28500:2017), each its own gzip member, made with warcio.

A page becomes, in this order: response, request, the same for every further part, resources that a browser gave
(rendered DOM, screenshot, the JSON that the page fetched) and a metadata record (JSON) that says which patrol, which
site file and what was read off the page, so that the database row can be made again from the file alone.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from http import HTTPStatus
from io import BytesIO
from typing import Any
from urllib.parse import quote
from uuid import uuid4

from warcio.statusandheaders import StatusAndHeaders
from warcio.warcwriter import WARCWriter

from patrol.items import Exchange, PageItem, Revisit
from patrol.storable import plain_extraction, storable, storable_extraction

# Level 3 takes less than half of level 6's time and 1 to 6 % more bytes on pages of Chinese text.
_LEVEL = 3
_GZIP = zlib.MAX_WBITS + 16
# The body is kept decoded, so these headers would no longer describe it; pywb and warcio use this prefix.
_STALE = {"content-encoding", "transfer-encoding", "content-length"}
_ORIGINAL = "X-Archive-Orig-"


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
    """A page ready to be kept: its records (the first is the response) and what its metadata record says."""

    said: dict[str, Any]
    records: tuple[Record, ...]


def prepare(page: PageItem, *, program: str) -> Prepared:
    """Make all records of one page. Costs the time (packing, digests); may run in any thread."""
    response_id = _new_id()
    said = described(page)
    records = list(_exchange(page.exchange, response_id, revisit=page.revisit))
    for part in page.parts:
        records.extend(_exchange(part, _new_id(), concurrent=response_id))
    records.extend(_resources(page.exchange, response_id))
    records.append(_metadata(page, said | {"program": program}, response_id))
    return Prepared(said, tuple(records))


def warcinfo_record(filename: str, fields: dict[str, str]) -> Record:
    """The record that opens a file: program, office, patrol, site."""
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
    request = StatusAndHeaders("HTTP/1.1", _clean_headers(exchange.request_headers), protocol=line)
    yield _record("request", exchange.url, headers, b"", http=request)


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


def _metadata(page: PageItem, said: dict[str, Any], response_id: str) -> Record:
    headers = _record_headers(page.exchange.fetched_at, _new_id())
    headers["WARC-Refers-To"] = response_id
    body = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    return _record("metadata", page.exchange.url, headers, body, content_type="application/json")


def described(page: PageItem) -> dict[str, Any]:
    """What the metadata record says; ``vault`` makes the database row from exactly this."""
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
        "parts": [storable(part.url) for part in page.parts],
        "extracted": plain_extraction(storable_extraction(page.extracted)),
    }


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
        _line(target),
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
        for name, value in _clean_headers(exchange.response_headers)
    ]
    return [*kept, ("Content-Length", str(len(exchange.response_body)))]


def _clean_headers(headers: tuple[tuple[str, str], ...]) -> list[tuple[str, str]]:
    """Header lines as warcio takes them; it percent-encodes values that are not ASCII, but not names."""
    return [(_line(name) if name.isascii() else quote(_line(name)), _line(value)) for name, value in headers]


def _line(text: str) -> str:
    """One line: a hostile header must not begin a record of its own."""
    return storable(text).replace("\r", " ").replace("\n", " ")


def _path(url: str) -> str:
    rest = url.split("://", 1)[-1]
    slash = rest.find("/")
    return _line(rest[slash:].split("#", 1)[0]).replace(" ", "%20") if slash >= 0 else "/"
