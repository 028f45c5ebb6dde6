"""The loopback site of ``benchmarks.crawl``: shop pages of about 18 kB made beforehand, served by next to no code.

The server must cost as little as possible, for it shares two cores with what is measured.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Sequence
from html import escape

LIST_SIZE = 200
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: text/html; charset=utf-8\r\nContent-Length: %d\r\n\r\n"
MISSING = b"HTTP/1.1 404 Not Found\r\nContent-Type: text/plain\r\nContent-Length: 4\r\n\r\nnone"
_SCRIPT = "".join(f"window.__stat_{n}=function(e){{return e&&e.target?e.target.id:'{n:06d}'}};\n" for n in range(60))


def item_page(number: int, text: str, rng: random.Random) -> bytes:
    """A goods page with title, price, seller, sales and details, and around them what shops put there."""
    others = "".join(
        f"<li class='rec'><a href='/t/{rng.randrange(1_000_000)}?from=rec'><img src='/i/{n}.jpg' alt='推荐'>"
        f"<span class='rec-name'>看了又看的商品 {rng.randrange(1_000_000)}</span><em>￥{rng.randrange(5, 90)}.00</em></a></li>"
        for n in range(24)
    )
    menu = "".join(f"<li><a href='/c/{n}'>分类频道 {n}</a></li>" for n in range(40))
    rows = "".join(f"<tr><th>参数 {n}</th><td>取值 {rng.randrange(10_000)}</td></tr>" for n in range(20))
    details = "".join(f"<p>{escape(line)}</p>" for line in text.split("\n") if line.strip())
    return (
        f"<!doctype html><html lang='zh'><head><meta charset='utf-8'><title>商品 {number} - 测量书市</title>"
        f"<script>{_SCRIPT}</script><style>.a{{color:red}}</style></head><body><nav><ul>{menu}</ul></nav>"
        f"<main><h1 class='title'>测量商品第 {number} 号</h1><div class='buy'><span class='price'>￥{rng.randrange(5, 99)}.90</span>"
        f"<span class='sold'>已售 {rng.randrange(1, 9000)} 件</span></div><div class='shop'><a class='seller' href='/s/{number % 97}'>"
        f"第 {number % 97} 书店</a></div><table>{rows}</table><div id='detail'>{details}</div></main>"
        f"<aside><ul>{others}</ul></aside><footer>本站商品由卖家上传</footer></body></html>"
    ).encode()


def list_page(number: int, count: int) -> bytes:
    here = range((number - 1) * LIST_SIZE, min(number * LIST_SIZE, count))
    links = "".join(f"<li><a class='item' href='/t/{n}'>{n}</a></li>" for n in here)
    more = f"<a class='next' href='/list/{number + 1}'>下一页</a>" if number * LIST_SIZE < count else ""
    return f"<!doctype html><ul>{links}</ul>{more}".encode()


def site_answers(texts: Sequence[str]) -> dict[bytes, bytes]:
    """Path → whole answer, head included."""
    rng = random.Random(20261125)
    pages = {f"/t/{n}": item_page(n, text, rng) for n, text in enumerate(texts)}
    pages |= {f"/list/{n + 1}": list_page(n + 1, len(texts)) for n in range((len(texts) - 1) // LIST_SIZE + 1)}
    return {path.encode(): HEAD % len(body) + body for path, body in pages.items()}


class _Connection(asyncio.Protocol):
    """Answers GET after GET on one connection; reads nothing but the first line."""

    def __init__(self, answers: dict[bytes, bytes]) -> None:
        self._answers = answers
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._rest += data
        while (end := self._rest.find(b"\r\n\r\n")) >= 0:
            path = self._rest.split(b" ", 2)[1]
            self._rest = self._rest[end + 4 :]
            self._transport.write(self._answers.get(path, MISSING))  # type: ignore[attr-defined]


def serve(answers: dict[bytes, bytes], host: str, port: int) -> None:
    """Serve for ever; meant for a child process."""

    async def run() -> None:
        server = await asyncio.get_running_loop().create_server(lambda: _Connection(answers), host, port)
        await server.serve_forever()

    asyncio.run(run())
