"""Time-stamping (RFC 3161): asks for stamps over the head of a chain, checks them, and keeps them beside the chain.

What is stamped is the digest of the chain's last line, which is its first 64 characters, so that anybody can check with
``openssl ts -verify -digest HEAD -in X.tsr -CAfile X.pem``. In ``stamps/`` stand, for line N and an authority's host:
``N-HOST.tsr`` (the answer), ``N-HOST.tsq`` (what was asked) and ``N-HOST.pem`` (its certificates up to the root).
Nothing but that digest leaves the machine. An authority that does not answer costs a few seconds, never a patrol.
"""

from __future__ import annotations

import http.client
import queue
import re
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import Certificate, load_der_x509_certificate, load_pem_x509_certificates
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from patrol import clock
from patrol.config import Workspace
from patrol.errors import ConfigError, EvidenceError
from patrol.evidence.chain import CHAIN_NAME, Entry, read_chain
from patrol.evidence.manifest import add_to_manifest
from patrol.files import replace_file
from patrol.lock import patrol_lock

STAMPS_FOLDER = "stamps"
REQUEST_TIMEOUT = 10.0
"""Seconds that one authority has for one answer, however it delays."""
MAX_BYTES = 256 * 1024
_SHA256_OID = "2.16.840.1.101.3.4.2.1"
_REASONS = (
    ("status is not granted", "服务拒绝盖章"),
    ("nonce mismatch", "回执的随机数与请求不符，可能是重放的旧回执"),
    ("mismatch between messages", "回执盖的不是这条证据链"),
    ("error while verifying certificates", "签名不成立，或签名证书不是由所填根证书签发"),
    ("eku", "签名证书不是时间戳专用证书"),
    ("certificates neither found", "回执里没有签名证书"),
    ("signer", "回执的签名人不明"),
)


class StampError(EvidenceError):
    """A stamp could not be had, or what came is none. The Chinese message says why."""


@dataclass(frozen=True, slots=True)
class Stamp:
    """A stamp that holds: over which digest (lower-case hex), when by the authority's clock, signed by whom."""

    digest: str
    at: datetime
    signer: str
    root: str
    root_sha256: str


@dataclass(frozen=True, slots=True)
class StampOutcome:
    """One asking: ``error`` is Chinese, empty when the stamp is there."""

    folder: Path
    authority: str
    stamp: Stamp | None
    error: str = ""

    @property
    def words(self) -> str:
        if self.stamp is None:
            return f"{self.folder.name} 没有盖上时间戳：{self.error}"
        return f"{self.folder.name} 已加盖时间戳：{clock.show_second(self.stamp.at)}，{self.stamp.signer}"


@dataclass(frozen=True, slots=True)
class Authorities:
    """Whom to ask, and the root certificates that their stamps must lead to."""

    urls: tuple[str, ...]
    roots: tuple[Certificate, ...]

    @classmethod
    def of(cls, workspace: Workspace) -> Authorities:
        """Read the authorities of the settings. Raises ConfigError when an address or the certificate file is wrong."""
        settings = workspace.config.evidence
        for url in settings.timestamp_authorities:
            if urlsplit(url).scheme not in ("http", "https") or not urlsplit(url).hostname:
                raise ConfigError(f"patrol.toml 的 [evidence] timestamp_authorities：“{url}”不是网址")
        if settings.timestamp_authorities and not settings.timestamp_roots:
            raise ConfigError(
                "patrol.toml 的 [evidence] 填了 timestamp_authorities，还须在 timestamp_roots 填上服务机构公布的"
                "根证书文件（PEM），否则无从核验时间戳"
            )
        roots = read_roots(workspace.path(settings.timestamp_roots)) if settings.timestamp_roots else ()
        return cls(settings.timestamp_authorities, roots)


def read_roots(path: Path) -> tuple[Certificate, ...]:
    """Read the certificates of a PEM file. Raises ConfigError."""
    try:
        with path.open("rb") as file:
            return tuple(load_pem_x509_certificates(file.read(MAX_BYTES)))
    except OSError as error:
        raise ConfigError(f"根证书文件 {path} 读不了：{error.strerror}") from error
    except ValueError as error:
        raise ConfigError(f"根证书文件 {path} 不是 PEM 格式的证书，请向时间戳服务机构索取") from error


def stamp_workspace(workspace: Workspace) -> list[StampOutcome]:
    """Ask for every stamp that a workspace's evidence lacks, under the patrol lock.

    Raises ConfigError when the settings name no authority or are wrong, BusyError while a patrol runs.
    """
    authorities = Authorities.of(workspace)
    if not authorities.urls:
        raise ConfigError(
            "没有设置时间戳服务。请在 patrol.toml 的 [evidence] 填 timestamp_authorities（服务地址）"
            "和 timestamp_roots（服务机构公布的根证书文件）"
        )
    with patrol_lock(workspace.root):
        return stamp_folders(workspace.evidence.glob("patrol-*"), authorities)


def stamp_folders(
    folders: Iterable[Path],
    authorities: Authorities,
    *,
    seconds: float = float("inf"),
    patience: float = REQUEST_TIMEOUT,
) -> list[StampOutcome]:
    """Ask for every stamp that is missing over the heads of these patrols' chains, newest first, for at most about
    ``seconds``. An authority that did not answer is not asked again in the same call; a later call tries again."""
    outcomes: list[StampOutcome] = []
    silent: set[str] = set()
    end = time.monotonic() + seconds
    for folder in sorted(folders, reverse=True):
        entries: Sequence[Entry] | None = None
        for url in authorities.urls:
            if url in silent or time.monotonic() >= end:
                continue
            try:
                if entries is None:
                    entries = read_chain(folder / CHAIN_NAME).entries
                if not entries or stamp_path(folder, entries[-1], url).exists():
                    continue
                stamp = _stamp(folder, entries[-1], url, authorities.roots, min(patience, end - time.monotonic()))
                add_to_manifest(folder, entries)
                outcomes.append(StampOutcome(folder, url, stamp))
            except (StampError, EvidenceError) as error:
                outcomes.append(StampOutcome(folder, url, None, str(error)))
                silent.add(url)
            except (OSError, ValueError) as error:
                outcomes.append(StampOutcome(folder, url, None, f"时间戳写不进 {folder}：{error}"))
                silent.add(url)
    return outcomes


def stamp_path(folder: Path, entry: Entry, url: str) -> Path:
    """Return where the answer of an authority over this line stands."""
    parts = urlsplit(url)
    host = re.sub(r"[^A-Za-z0-9.-]", "_", f"{parts.hostname}-{parts.port}" if parts.port else str(parts.hostname))
    return folder / STAMPS_FOLDER / f"{entry.number:06d}-{host[:80]}.tsr"


def kept_stamps(folder: Path) -> Iterator[Path]:
    return iter(sorted((folder / STAMPS_FOLDER).glob("*.tsr")))


def _stamp(folder: Path, entry: Entry, url: str, roots: Sequence[Certificate], patience: float) -> Stamp:
    # The library hashes what it is given, and the head is the digest of the line's body.
    request = TimestampRequestBuilder().data(_body(folder, entry)).hash_algorithm(HashAlgorithm.SHA256).build()
    answer = _ask(url, request.as_bytes(), patience)
    stamp = check_stamp(answer, roots, entry.digest, request.nonce)
    path = stamp_path(folder, entry, url)
    path.parent.mkdir(exist_ok=True)
    replace_file(path.with_suffix(".tsq"), request.as_bytes())
    replace_file(path.with_suffix(".pem"), _certificates(_parse(answer), roots))
    replace_file(path, answer)
    return stamp


def _body(folder: Path, entry: Entry) -> bytes:
    with (folder / CHAIN_NAME).open("rb") as file:
        for number, line in enumerate(file, start=1):
            if number == entry.number:
                return line[65:-1]
    raise StampError(f"{folder / CHAIN_NAME} 没有第 {entry.number} 行")


def check_stamp(
    answer: bytes, roots: Sequence[Certificate], digest: str | None = None, nonce: int | None = None
) -> Stamp:
    """Check an answer: granted, signed by a time-stamping certificate that leads to one of ``roots`` and was valid at
    that time, over ``digest`` and with ``nonce`` where they are given. Raises StampError saying what is wrong."""
    if not roots:
        raise StampError("没有根证书，无从核验时间戳")
    response = _parse(answer)
    verifier = VerifierBuilder(roots=list(roots), nonce=nonce).build()
    try:
        if response.status != 0:
            raise StampError("；".join(["服务拒绝盖章", *response.status_string])[:300])
        info = response.tst_info
        if info.message_imprint.hash_algorithm.dotted_string != _SHA256_OID:
            raise StampError("回执用的不是 SHA-256 摘要")
        found = info.message_imprint.message.hex()
        if digest is not None and found != digest:
            raise StampError("回执盖的不是这条证据链")
        verifier.verify(response, bytes.fromhex(found))
        signer = _signer(response)
        at = info.gen_time
    except (VerificationError, ValueError) as error:
        raise StampError(_reason(error)) from error
    root = _root_of(signer, _loaded(response), roots)
    return Stamp(
        digest=found,
        at=clock.in_utc(at),
        signer=signer.subject.rfc4514_string(),
        root=root.subject.rfc4514_string(),
        root_sha256=root.fingerprint(SHA256()).hex(),
    )


def _parse(answer: bytes) -> TimeStampResponse:
    try:
        return decode_timestamp_response(_in_der_order(answer))
    except Exception as error:
        raise StampError("收到的不是 RFC 3161 时间戳回执") from error


def _in_der_order(answer: bytes) -> bytes:
    """The same answer with its set of certificates sorted, which DER wants and the parser insists on, but
    authorities that run on OpenSSL do not do. The set is not signed, so a stamp holds in either order."""
    # TimeStampResp > timeStampToken > [0] > SignedData > certificates [0] (RFC 3161 2.4.2, RFC 5652 5.1)
    start, end = 0, len(answer)
    for place, tag in ((0, 0x30), (1, 0x30), (1, 0xA0), (0, 0x30), (3, 0xA0)):
        values = list(_values(answer, start, end))
        if place >= len(values) or answer[values[place][0]] != tag:
            return answer  # no certificates, or no answer at all: the parser says what it is
        _, start, end = values[place]
    sorted_set = sorted(answer[first:last] for first, _, last in _values(answer, start, end))
    return answer[:start] + b"".join(sorted_set) + answer[end:]


def _values(data: bytes, start: int, end: int) -> Iterator[tuple[int, int, int]]:
    """The DER values that stand between two places: where each begins, its content begins, and it ends.
    Raises ValueError."""
    while start < end:
        if start + 2 > end:
            raise ValueError("cut short")
        size, content = data[start + 1], start + 2
        if size & 0x80:
            content += size & 0x7F
            size = int.from_bytes(data[start + 2 : content], "big")
        if content + size > end:
            raise ValueError("cut short")
        yield start, content, content + size
        start = content + size


def _reason(error: Exception) -> str:
    said = str(error).lower()
    return next((chinese for english, chinese in _REASONS if english in said), f"时间戳核验不通过（{error}）")


def _loaded(response: TimeStampResponse) -> list[Certificate]:
    return [load_der_x509_certificate(der) for der in sorted(response.signed_data.certificates)]


def _signer(response: TimeStampResponse) -> Certificate:
    (info,) = response.signed_data.signer_infos
    for certificate in _loaded(response):
        if certificate.issuer == info.issuer and certificate.serial_number == info.serial_number:
            return certificate
    raise ValueError("no signer")


def _root_of(signer: Certificate, others: Sequence[Certificate], roots: Sequence[Certificate]) -> Certificate:
    """The root at which the signer's chain ends (by names; the signatures were checked before)."""
    current, seen = signer, 0
    while seen < 10:
        for root in roots:
            if root.subject == current.issuer:
                return root
        parent = next((other for other in others if other.subject == current.issuer and other != current), None)
        if parent is None:
            break
        current, seen = parent, seen + 1
    return roots[0]


def _certificates(response: TimeStampResponse, roots: Sequence[Certificate]) -> bytes:
    """PEM: signer, what else the token brought, and the root, each once."""
    signer, others = _signer(response), _loaded(response)
    wanted = [signer, *others, _root_of(signer, others, roots)]
    return b"".join(certificate.public_bytes(Encoding.PEM) for certificate in dict.fromkeys(wanted))


# -- asking ------------------------------------------------------------------------------------------------------------


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirect would send the question to an address that nobody entered in the settings."""

    def redirect_request(self, *_: object) -> None:
        return None


def _ask(url: str, question: bytes, patience: float) -> bytes:
    """Post a question and return the answer's bytes. In a thread of its own: a server that sends a byte a second would
    keep a socket's own time limit from ever running out. Raises StampError."""
    found: queue.SimpleQueue[bytes | StampError] = queue.SimpleQueue()

    def work() -> None:
        try:
            found.put(_post(url, question, patience))
        except StampError as error:
            found.put(error)
        except Exception as error:  # noqa: BLE001 - the thread must answer, whatever the server did
            found.put(StampError(f"时间戳服务 {url} 连不上：{getattr(error, 'reason', error)}"))

    threading.Thread(target=work, name="patrol-stamp", daemon=True).start()
    try:
        answer = found.get(timeout=max(0.1, patience))
    except queue.Empty:
        raise _silent(url, patience) from None
    if isinstance(answer, StampError):
        raise answer
    return answer


def _post(url: str, question: bytes, patience: float) -> bytes:
    headers = {"Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply"}
    request = urllib.request.Request(url, question, headers)
    try:
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=max(0.1, patience)) as reply:
            answer: bytes = reply.read(MAX_BYTES + 1)
    except urllib.error.HTTPError as error:
        error.close()
        raise StampError(f"时间戳服务 {url} 答复 HTTP {error.code}") from error
    except TimeoutError as error:
        raise _silent(url, patience) from error
    except http.client.HTTPException as error:
        raise StampError(f"时间戳服务 {url} 的答复不完整，下次再试") from error
    if len(answer) > MAX_BYTES:
        raise StampError(f"时间戳服务 {url} 的答复过大，不予采用")
    return answer


def _silent(url: str, patience: float) -> StampError:
    return StampError(f"时间戳服务 {url} 在 {patience:.0f} 秒内没有答复，下次再试")
