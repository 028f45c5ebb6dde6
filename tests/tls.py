"""A certificate authority of our own and an HTTPS server on loopback that shows its chain."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


@dataclass(frozen=True)
class Authority:
    """``root`` is what a machine would trust; ``chain``: leaf, then the authority in between."""

    root: Path
    chain: Path
    key: Path
    leaf: x509.Certificate
    between: x509.Certificate


def authority(folder: Path, *, days: int = 30, host: str = "127.0.0.1") -> Authority:
    """Root → 中间 CA → a leaf for ``host`` that is valid for ``days`` from yesterday (negative: expired)."""
    root_key, root = _made("测试根证书", None, None)
    between_key, between = _made("测试中间证书", root_key, root)
    leaf_key, leaf = _made("shop.example.cn", between_key, between, ca=False, days=days, host=host)
    held = Authority(folder / "root.pem", folder / "chain.pem", folder / "key.pem", leaf, between)
    held.root.write_bytes(root.public_bytes(serialization.Encoding.PEM))
    held.chain.write_bytes(b"".join(c.public_bytes(serialization.Encoding.PEM) for c in (leaf, between)))
    plain = serialization.NoEncryption()
    pkcs8 = serialization.PrivateFormat.PKCS8
    held.key.write_bytes(leaf_key.private_bytes(serialization.Encoding.PEM, pkcs8, plain))
    return held


def _made(
    name: str,
    signer: Key | None,
    issuer: x509.Certificate | None,
    *,
    ca: bool = True,
    days: int = 30,
    host: str = "127.0.0.1",
) -> tuple[Key, x509.Certificate]:
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC) - timedelta(days=60)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + timedelta(days=60 + days))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
    )
    if not ca:
        address = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
        names = x509.SubjectAlternativeName([x509.DNSName("shop.example.cn"), address])
        builder = builder.add_extension(names, critical=False)
    return key, builder.sign(signer or key, hashes.SHA256())


@dataclass
class HttpsServer:
    """``connections``: how many came; ``asked``: the paths that were requested."""

    port: int
    connections: int = 0
    asked: list[str] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"https://127.0.0.1:{self.port}"


@contextmanager
def https_server(held: Authority, page: Callable[[str], str]) -> Iterator[HttpsServer]:
    """``page`` gives the HTML of a path."""
    state = HttpsServer(0)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(held.chain, held.key)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            state.asked.append(self.path)
            body = page(self.path).encode()
            self.send_response(200 if body else 404)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True

        def get_request(self) -> Any:
            plain, address = super().get_request()
            state.connections += 1
            plain.settimeout(10)
            # Hands are shaken at the first read, in the connection's own thread.
            return context.wrap_socket(plain, server_side=True, do_handshake_on_connect=False), address

        def handle_error(self, *_: Any) -> None:
            pass  # whoever only shakes hands hangs up early

    server = Server(("127.0.0.1", 0), Handler)
    state.port = server.server_address[1]
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield state
    finally:
        server.shutdown()
        with suppress(OSError):
            server.server_close()
        thread.join()
