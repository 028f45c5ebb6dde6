"""Serves the shell, the script and the JSON: ``python -m tests.target_sites.spa.server --port N``.

Every address outside ``/api/`` and ``/static/`` answers with an empty shell, whatever it is, as such sites do: nothing
can be told from a status or from the source. The list comes by cursor, the description with a request of its own.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.target_sites.goods import Good, make_goods

STATIC = Path(__file__).with_name("static")
PRODUCTS, GONE = 120, 3
H5_PRODUCTS = 30
PER_PAGE = 12
LAG = 0.02
_TYPES = {".js": "text/javascript", ".css": "text/css", ".html": "text/html"}

GOODS = make_goods(PRODUCTS, gone=GONE, seed="spa")


def listed(face: str) -> list[Good]:
    """What a face lists, the gone ones among the rest."""
    if face == "h5":
        return [*GOODS[:H5_PRODUCTS], GOODS[PRODUCTS]]
    head, tail = GOODS[:PRODUCTS], GOODS[PRODUCTS:]
    return [*head[:20], tail[0], *head[20:70], tail[1], *head[70:], tail[2]]


def answer(path: str, query: dict[str, list[str]]) -> tuple[int, Any]:
    """Status and JSON of an API address."""
    pieces = path.strip("/").split("/")[1:]
    if pieces == ["goods"]:
        rows = listed(query.get("face", [""])[0])
        cursor = query.get("cursor", [""])[0]
        begin = int(cursor[1:], 36) if cursor.startswith("c") else 0
        following = begin + PER_PAGE
        return 200, {
            "items": [{"id": g.number, "name": g.title} for g in rows[begin:following]],
            "next": f"c{_base36(following)}" if following < len(rows) else None,
        }
    number = int(pieces[1]) if len(pieces) > 1 and pieces[1].isdigit() else 0
    good = next((g for g in GOODS if g.number == number), None)
    if pieces[0] != "goods" or good is None:
        return 404, {"error": "no such thing"}
    if len(pieces) == 3 and pieces[2] == "detail":
        return 200, {"html": "".join(f"<p>{part}。</p>" for part in good.description.rstrip("。").split("。"))}
    if good.gone:
        return 200, {"code": 4041}
    return 200, {
        "code": 0,
        "data": {
            "id": good.number, "name": good.title, "fen": int(good.price * 100), "sold": good.sales,
            "shop": {"id": good.number % 8, "name": good.seller}, "writer": good.author,
            "listed": int(time.mktime((*good.published.timetuple()[:3], 12, 0, 0, 0, 0, 0))),
        },
    }  # fmt: skip


def _base36(number: int) -> str:
    digits = "0123456789abcdefghijklmnopqrstuvwxyz"
    return digits[number] if number < 36 else _base36(number // 36) + digits[number % 36]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        if parts.path.startswith("/api/"):
            time.sleep(LAG)
            status, value = answer(parts.path, parse_qs(parts.query))
            self._send(status, "application/json", json.dumps(value, ensure_ascii=False).encode())
        elif parts.path.startswith("/static/") and (STATIC / Path(parts.path).name).is_file():
            file = STATIC / Path(parts.path).name
            self._send(200, _TYPES[file.suffix], file.read_bytes())
        elif parts.path in ("/robots.txt", "/favicon.ico"):
            self._send(404, "text/plain", b"")
        else:
            self._send(200, "text/html", (STATIC / "shell.html").read_bytes())

    def _send(self, status: int, kind: str, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", f"{kind}; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing is said of each request."""


def _end_with_parent() -> None:
    sys.stdin.buffer.read()
    os._exit(0)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, required=True)
    server = ThreadingHTTPServer(("127.0.0.1", parser.parse_args().port), _Handler)
    server.daemon_threads = True
    Thread(target=_end_with_parent, daemon=True).start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    server.serve_forever()


if __name__ == "__main__":
    main()
