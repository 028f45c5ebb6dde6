"""A time-stamp authority on loopback: certificates by ``openssl``, answers by ``openssl ts -reply``, and bad manners
on demand."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

_CONFIG = """
[ req ]
distinguished_name = dn
prompt = no
[ dn ]
CN = {name}
[ ca ]
basicConstraints = critical, CA:TRUE
keyUsage = critical, keyCertSign, cRLSign
[ tsa_cert ]
basicConstraints = critical, CA:FALSE
keyUsage = critical, digitalSignature
extendedKeyUsage = critical, timeStamping
[ tsa ]
default_tsa = here
[ here ]
serial = {folder}/serial
crypto_device = builtin
signer_cert = {folder}/signer.pem
certs = {folder}/middle.pem
signer_key = {folder}/signer.key
default_policy = 1.2.3.4.1
digests = sha256
accepted_policies = {policies}
accuracy = secs:1
ess_cert_id_alg = sha256
signer_digest = sha256
"""


def openssl(*words: str | Path, given: bytes = b"") -> bytes:
    """Run openssl; its output. Fails the test when it does."""
    done = subprocess.run(["openssl", *map(str, words)], input=given, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout


@dataclass
class Authority:
    """``folder`` holds root.pem, middle.pem, signer.pem. ``manner`` is how the server answers:
    granted, other_digest, replay, refused, junk, empty, hang, drip, error, huge or redirect."""

    folder: Path
    url: str = ""
    manner: str = "granted"
    asked: list[bytes] = field(default_factory=list)
    answers: list[bytes] = field(default_factory=list)

    @property
    def roots(self) -> Path:
        return self.folder / "root.pem"

    def reply(self, query: bytes) -> bytes:
        if self.manner == "other_digest":
            query = openssl("ts", "-query", "-digest", "ab" * 32, "-sha256", "-cert")
        if self.manner == "refused":
            query = openssl("ts", "-query", "-digest", "ab" * 20, "-sha1", "-cert")
        if self.manner == "replay" and self.answers:
            return self.answers[0]
        path = self.folder / f"query-{len(self.asked)}.tsq"
        path.write_bytes(query)
        config = self.folder / "openssl.cnf"
        return openssl("ts", "-reply", "-config", config, "-queryfile", path)


def make_authority(folder: Path, name: str = "示例时间戳服务") -> Authority:
    """A root, an intermediate and a signer for time-stamps."""
    folder.mkdir(parents=True)
    config = folder / "openssl.cnf"
    config.write_text(_CONFIG.format(name="x", folder=folder, policies="1.2.3.4.1"), encoding="utf-8")
    (folder / "serial").write_text("01\n")

    def issue(who: str, subject: str, extensions: str, by: str = "") -> None:
        openssl("ecparam", "-name", "prime256v1", "-genkey", "-noout", "-out", folder / f"{who}.key")
        request = ["req", "-new", "-utf8", "-key", folder / f"{who}.key", "-subj", f"/CN={subject}", "-config", config]
        if not by:
            openssl(*request, "-x509", "-days", "3650", "-extensions", extensions, "-out", folder / f"{who}.pem")
            return
        openssl(*request, "-out", folder / f"{who}.csr")
        openssl(
            *("x509", "-req", "-in", folder / f"{who}.csr", "-CA", folder / f"{by}.pem", "-CAkey", folder / f"{by}.key"),
            *("-set_serial", str(len(who) + 1), "-days", "3650", "-extfile", config, "-extensions", extensions),
            *("-out", folder / f"{who}.pem"),
        )  # fmt: skip

    issue("root", f"{name} 根", "ca")
    issue("middle", f"{name} 中级", "ca", "root")
    issue("signer", name, "tsa_cert", "middle")
    return Authority(folder)


@contextmanager
def serving(authority: Authority) -> Iterator[Authority]:
    """Serve it on a free port."""
    ending = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = self.rfile.read(int(self.headers["Content-Length"]))
            authority.asked.append(query)
            if authority.manner == "hang":
                ending.wait(30)
                return
            if authority.manner == "error":
                self.send_error(503)
                return
            if authority.manner == "redirect":
                self.send_response(302)
                self.send_header("Location", "http://127.0.0.1:9/")
                self.end_headers()
                return
            made = {"junk": b"\x30\x82<html>busy</html>", "empty": b"", "huge": b"\x00" * (1 << 20)}
            answer = made[authority.manner] if authority.manner in made else authority.reply(query)
            authority.answers.append(answer)
            self.send_response(200)
            self.send_header("Content-Type", "application/timestamp-reply")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            if authority.manner == "drip":
                for byte in answer[:1000]:
                    self.wfile.write(bytes([byte]))
                    self.wfile.flush()
                    if ending.wait(0.2):
                        return
            with suppress(OSError):
                self.wfile.write(answer)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    authority.url = f"http://127.0.0.1:{server.server_address[1]}/tsa"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield authority
    finally:
        ending.set()
        server.shutdown()
        server.server_close()
        thread.join()
