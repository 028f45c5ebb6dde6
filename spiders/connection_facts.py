"""Connection middleware: notes for the evidence over which connection each page came: resolvers, address, certificates.

Scrapy tells the address and the leaf certificate of every response, Chromium the address and the protocol. What they
do not tell, all resolvers' answers and the whole chain, is asked once per host and crawl, in a thread, with
bounds on time. The guard holds here too: no address is connected to that a page could not be fetched from.
"""

from __future__ import annotations

import asyncio
import logging
import select
import socket
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.serialization import Encoding
from OpenSSL import SSL
from scrapy import Request, signals
from scrapy.crawler import Crawler
from scrapy.http import Response
from service_identity import VerificationError
from service_identity.exceptions import CertificateError
from service_identity.pyopenssl import verify_hostname, verify_ip_address

from patrol import clock
from patrol.net.connection import Certificate, Connection, Tls, pem_sha256
from patrol.net.resolvers import ask_all
from spiders.guard import ALLOW_SETTING, Guard, host_and_port, is_private, literal_address

logger = logging.getLogger(__name__)

PROBE_SECONDS = 5.0
"""For one host's whole handshake; its names are asked for at the same time."""

WAIT_SECONDS = 12.0
"""The longest that a page waits for its host's facts."""

MAX_CERTIFICATES = 10
MAX_NAMES = 100
MAX_HOSTS = 2000
"""Hosts remembered in one crawl; beyond that the oldest is asked again."""


SESSION_SETTING = "PATROL_SESSION"
"""True where an officer's login is used: headers that would open it to others are then kept as digests only."""

_CONNECTION, _SESSION = "patrol_connection", "patrol_session"


class ConnectionMiddleware:
    """Puts on every response over which connection it came. Stands before ``GuardMiddleware`` in the settings, so that
    it sees only what the guard let through."""

    def __init__(self, crawler: Crawler) -> None:
        self._connections = Connections(Guard(crawler.settings.getlist(ALLOW_SETTING)))
        self._session = crawler.settings.getbool(SESSION_SETTING)

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> ConnectionMiddleware:
        made = cls(crawler)
        crawler.signals.connect(made.close, signals.spider_closed)
        return made

    async def process_response(self, request: Request, response: Response) -> Response:
        request.meta[_CONNECTION] = await self._connections.of(request, response)
        request.meta[_SESSION] = self._session
        return response

    def close(self) -> None:
        self._connections.close()


def provenance(response: Response) -> dict[str, Any]:
    """Return the fields of an ``Exchange`` that this middleware knows."""
    return {
        "connection": response.meta.get(_CONNECTION),
        "private_headers": bool(response.meta.get(_SESSION)),
    }


class Connections:
    """One per crawl. ``await of(request, response)`` costs a wait at a host's first page and next to nothing after it."""

    def __init__(self, guard: Guard) -> None:
        self._guard = guard
        self._known: dict[tuple[str, str, int], asyncio.Future[Connection]] = {}
        self._threads = ThreadPoolExecutor(4, thread_name_prefix="patrol-probe")

    async def of(self, request: Request, response: Response) -> Connection | None:
        """Return the connection that a response came over; None for an address that is none."""
        scheme = response.url.partition(":")[0].lower()
        host, with_port = host_and_port(response.url)
        if not host:
            return None
        port = int(with_port.rpartition(":")[2])
        answered = str(response.ip_address or "")
        key = (scheme, host, port)
        if key not in self._known:
            if len(self._known) >= MAX_HOSTS:
                del self._known[next(iter(self._known))]
            loop = asyncio.get_running_loop()
            self._known[key] = loop.run_in_executor(self._threads, self._look, response.url, host, port, answered)
        asking = self._known[key]
        if not asking.done():
            await asyncio.wait([asking], timeout=WAIT_SECONDS)
        try:
            found = asking.result()
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - a page is evidence without these facts too
            logger.warning("没有查到 %s 的解析与证书情况：%r", host, error)
            return Connection(host, port, address=answered)
        tls = _as_this_page_had_it(found.tls, request, response) if found.tls is not None else None
        return replace(found, address=answered or found.address, tls=tls)

    def close(self) -> None:
        self._threads.shutdown(wait=False, cancel_futures=True)

    def _look(self, url: str, host: str, port: int, answered: str) -> Connection:
        """In a thread: resolve, and for https fetch the chain from the address that answered."""
        dns = ask_all(host)
        if not url.startswith("https:"):
            return Connection(host, port, dns=dns)
        resolved = dns[0].addresses if dns else (str(literal_address(host)),)
        addresses = (answered, *resolved) if answered else resolved
        allowed = [a for a in addresses if self._guard.permits(url) or not is_private(a)]
        if not allowed:
            return Connection(host, port, dns=dns, tls=Tls(problem="没有可连接的公网地址，未另取证书链"))
        return Connection(host, port, dns=dns, tls=probe(host, port, allowed[0]))


def _as_this_page_had_it(tls: Tls, request: Request, response: Response) -> Tls:
    """The host's facts with what this very response told of its own."""
    details: dict[str, Any] = request.meta.get("playwright_security_details") or {}
    protocol = _PROTOCOLS.get(str(details.get("protocol") or ""), "") or tls.protocol
    leaf = ""
    if response.certificate is not None:
        leaf = response.certificate.original.to_cryptography().fingerprint(hashes.SHA256()).hex()
    return replace(tls, leaf_sha256=leaf, protocol=protocol)


_PROTOCOLS = {"TLS 1.0": "TLSv1", "TLS 1.1": "TLSv1.1", "TLS 1.2": "TLSv1.2", "TLS 1.3": "TLSv1.3", "QUIC": "QUIC"}


def probe(host: str, port: int, address: str, seconds: float = PROBE_SECONDS) -> Tls:
    """Shake hands with ``address`` as ``host`` and take down what it shows; nothing is asked of it. Never raises for
    what the other side does: ``problem`` says in Chinese what went wrong, be it that the chain is not trusted."""
    until = time.monotonic() + seconds
    faults: list[str] = []
    context = SSL.Context(SSL.TLS_CLIENT_METHOD)
    context.set_default_verify_paths()

    def look(_: SSL.Connection, __: Any, code: int, depth: int, ok: int) -> bool:
        if not ok:
            faults.append(f"第 {depth + 1} 张证书：{_VERIFY.get(code, f'校验错误 {code}')}")
        return True  # what is shown is taken down, trusted or not

    context.set_verify(SSL.VERIFY_PEER, look)
    at = clock.now()
    try:
        with socket.create_connection((address, port), timeout=seconds) as plain:
            connection = SSL.Connection(context, plain)
            connection.set_connect_state()
            literal = literal_address(host)
            if literal is None:
                connection.set_tlsext_host_name(host.encode("idna"))
            plain.setblocking(False)
            _shake(connection, plain, until)
            chain = [c.to_cryptography() for c in (connection.get_peer_cert_chain() or [])[:MAX_CERTIFICATES]]
            try:
                (verify_ip_address if literal is not None else verify_hostname)(connection, str(literal or host))
            except (VerificationError, CertificateError):
                faults.append("证书不是签发给这个域名的")
            protocol, cipher = connection.get_protocol_version_name(), connection.get_cipher_name() or ""
        pem = b"".join(certificate.public_bytes(Encoding.PEM) for certificate in chain)
        read = tuple(_certificate(c, is_leaf=not number) for number, c in enumerate(chain))
    except TimeoutError:
        return Tls(probed_at=at, problem=f"{seconds:.0f} 秒内没有完成加密握手")
    except (OSError, SSL.Error, ValueError) as error:
        return Tls(probed_at=at, problem=f"取不到证书链：{_reason(error)}")
    return Tls(
        protocol=protocol,
        cipher=cipher,
        chain=read,
        chain_sha256=pem_sha256(pem),
        probed_at=at,
        trusted=not faults,
        problem="；".join(dict.fromkeys(faults)),
        chain_pem=pem,
    )


# OpenSSL's numbers for what officers can be told in a few words (x509_vfy.h).
_VERIFY = {
    2: "缺少签发者证书",
    9: "尚未生效",
    10: "已过期",
    18: "自签名证书",
    19: "链中有不受信任的自签名根证书",
    20: "找不到签发者",
    21: "签名无法验证",
    23: "已被吊销",
}


def _shake(connection: SSL.Connection, plain: socket.socket, until: float) -> None:
    while True:
        try:
            connection.do_handshake()
            return
        except (SSL.WantReadError, SSL.WantWriteError) as wanted:
            left = until - time.monotonic()
            reading = isinstance(wanted, SSL.WantReadError)
            ready = left > 0 and select.select([plain] if reading else [], [] if reading else [plain], [], left)
            if not ready or not (ready[0] or ready[1]):
                raise TimeoutError from wanted


def _certificate(certificate: x509.Certificate, *, is_leaf: bool) -> Certificate:
    return Certificate(
        sha256=certificate.fingerprint(hashes.SHA256()).hex(),
        subject=certificate.subject.rfc4514_string()[:1000],
        issuer=certificate.issuer.rfc4514_string()[:1000],
        not_before=certificate.not_valid_before_utc,
        not_after=certificate.not_valid_after_utc,
        names=_names(certificate) if is_leaf else (),
    )


def _names(certificate: x509.Certificate) -> tuple[str, ...]:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except (x509.ExtensionNotFound, ValueError):
        return ()
    names = [*found.get_values_for_type(x509.DNSName), *map(str, found.get_values_for_type(x509.IPAddress))]
    return tuple(names[:MAX_NAMES])


def _reason(error: Exception) -> str:
    if isinstance(error, ConnectionRefusedError):
        return "连接被拒绝"
    if isinstance(error, SSL.Error):
        return "加密握手失败"
    return "证书读不懂" if isinstance(error, ValueError) else str(getattr(error, "strerror", "") or "连接中断")
