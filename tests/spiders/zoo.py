"""A small web of good and bad pages on loopback: what a test puts up is what a spider meets.

Every behaviour is written to the socket as it is, so that servers can lie, stall and break off as real ones do.
"""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Answer = Callable[[BaseHTTPRequestHandler], None]


@dataclass
class Zoo:
    """One server. ``asked``: the paths (with query) that were requested, in order; ``heads``: their headers."""

    port: int = 0
    answers: dict[str, Answer] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    heads: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.port}"

    def times(self, path: str) -> int:
        return self.asked.count(path)

    def page(
        self, path: str, body: str | bytes, status: int = 200, kind: str = "text/html; charset=utf-8", **heads: str
    ) -> None:
        """An ordinary answer; ``heads`` with ``_`` for ``-``."""
        data = body.encode() if isinstance(body, str) else body

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.send_response(status)
            if kind:
                request.send_header("Content-Type", kind)
            for name, value in heads.items():
                request.send_header(name.replace("_", "-"), value)
            request.send_header("Content-Length", str(len(data)))
            request.end_headers()
            request.wfile.write(data)

        self.answers[path] = answer

    def redirect(self, path: str, to: str, status: int = 302) -> None:
        self.page(path, "", status, Location=to)

    def drop(self, path: str) -> None:
        """Closes the connection without a word."""
        self.answers[path] = _hang_up

    def partial(self, path: str, body: str) -> None:
        """Promises more bytes than it sends."""
        data = body.encode()
        self._raw(
            path,
            b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: "
            + str(len(data) * 3).encode()
            + b"\r\n\r\n"
            + data,
        )

    def broken_chunks(self, path: str, body: str) -> None:
        """Chunked transfer that ends in the middle of a chunk."""
        data = body.encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nTransfer-Encoding: chunked\r\n\r\n"
        self._raw(path, head + hex(len(data))[2:].encode() + b"\r\n" + data + b"\r\nffff\r\nabc")

    def bad_header(self, path: str, body: str) -> None:
        """Header lines that are none, and bytes that no header may hold."""
        data = body.encode()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=\xb9\xe3\xd6\xdd\r\nX-Odd: \x01\x02\r\n"
        self._raw(path, head + b"Content-Length: " + str(len(data)).encode() + b"\r\n\r\n" + data)

    def drip(self, path: str, seconds: float) -> None:
        """Sends one byte now and then: never silent, never done."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            request.wfile.write(b"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n")
            end = time.monotonic() + seconds
            with suppress(OSError):
                while time.monotonic() < end:
                    request.wfile.write(b"<")
                    request.wfile.flush()
                    time.sleep(0.1)
            _hang_up(request)

        self.answers[path] = answer

    def endless(self, path: str, kind: str = "text/html", unit: bytes = b"<p>x</p>" * 4096) -> None:
        """Goes on sending until the other side hangs up."""

        def answer(request: BaseHTTPRequestHandler) -> None:
            with suppress(OSError):
                request.wfile.write(f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\nConnection: close\r\n\r\n".encode())
                while True:
                    request.wfile.write(unit)
            _hang_up(request)

        self.answers[path] = answer

    def _raw(self, path: str, data: bytes) -> None:
        def answer(request: BaseHTTPRequestHandler) -> None:
            request.wfile.write(data)
            _hang_up(request)

        self.answers[path] = answer


def _hang_up(request: BaseHTTPRequestHandler) -> None:
    request.close_connection = True
    with suppress(OSError):
        request.connection.shutdown(socket.SHUT_RDWR)


@contextmanager
def zoo_server(address: str = "127.0.0.1") -> Iterator[Zoo]:
    """Serve a zoo on a free port of loopback."""
    held = Zoo()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            held.asked.append(self.path)
            held.heads.append(dict(self.headers.items()))
            answer = held.answers.get(self.path) or held.answers.get(self.path.partition("?")[0])
            if answer is None:
                body = b"<title>404</title>"
                self.send_response(404)
                self.send_header("Content-Type", "text/html")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)
            else:
                answer(self)

        do_POST = do_GET  # noqa: N815 - http.server's name

        def log_message(self, *_: Any) -> None:
            pass

        def handle(self) -> None:
            # A spider that hangs up early is the spider's right.
            with suppress(ConnectionError):
                super().handle()

    server = ThreadingHTTPServer((address, 0), Handler)
    server.daemon_threads = True
    held.port = server.server_address[1]
    thread = threading.Thread(target=lambda: server.serve_forever(poll_interval=0.05), daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
