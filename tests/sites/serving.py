"""A shape served on loopback, surveyed by the real spider and crawled with the file that came of it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.sites.shapes import Shape


@contextmanager
def served(shape: Shape) -> Iterator[str]:
    """Yields the address of the site's root."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path
            html = shape.pages.get(path)
            if path == "/robots.txt" and html is None:
                self.send_response(404)
                self.end_headers()
                return
            body = (html or "<p>没有这个页面</p>").encode(shape.charset, "xmlcharrefreplace")
            self.send_response(200 if html else 404)
            self.send_header("Content-Type", "text/html")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
