"""Filtering proxy: lets the browser out on one way only, resolves every name itself and asks the guard.

Playwright shows neither the hops of a redirect nor WebSockets, and between its check of a name and Chromium's own
lookup the answer may change (DNS rebinding). Here a name is looked up once, every address that came is judged, and the
connection goes to an address that was judged. Each site's crawl has a proxy, and so a port, of its own: what one site
file allows opens nothing for another. Plain HTTP comes in absolute form (RFC 9112, 3.2.2), one request a connection;
HTTPS and WebSockets come as CONNECT tunnels (RFC 9110, 9.3.6), whose bytes are not looked into.
"""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address
from urllib.parse import urlsplit

from spiders.guard import Guard, host_and_port, is_private

Resolve = Callable[[str], Awaitable[list[str]]]
"""A host name in, its addresses out; OSError when it has none."""

logger = logging.getLogger(__name__)

MAX_HEAD = 64 * 1024
MAX_ADDRESSES = 32
MAX_REMEMBERED = 2_000
CHUNK = 64 * 1024
_METHOD = re.compile(r"[A-Z]{1,20}")
_OURS = frozenset({"proxy-connection", "proxy-authorization", "connection", "keep-alive", "te", "upgrade"})
_SAID = {400: "Bad Request", 403: "Forbidden", 411: "Length Required", 502: "Bad Gateway", 503: "Service Unavailable"}


@dataclass(frozen=True, slots=True)
class Bounds:
    """What one connection may cost. ``idle``, ``connect``: seconds without a byte, and until connected; ``answer`` and
    ``tunnel``: bytes to the browser over a plain exchange and over a tunnel (which carries many); ``upload``: bytes the
    other way; ``at_once``: open connections."""

    idle: float = 30.0
    connect: float = 10.0
    answer: int = 64 * 1024 * 1024
    tunnel: int = 256 * 1024 * 1024
    upload: int = 8 * 1024 * 1024
    at_once: int = 64


class Refused(Exception):
    """A request that is not made. ``status``: the HTTP status that the browser gets; ``why``: a stat name."""

    def __init__(self, status: int, why: str) -> None:
        super().__init__(why)
        self.status, self.why = status, why


async def resolve_by_system(host: str) -> list[str]:
    """Resolve a name to its addresses as the machine does, in its order."""
    loop = asyncio.get_running_loop()
    found = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


class FilteringProxy:
    """One site's proxy. ``address``: how the browser is told of it; ``count`` is called with the reason of each refusal."""

    def __init__(
        self,
        guard: Guard,
        resolve: Resolve = resolve_by_system,
        bounds: Bounds = Bounds(),
        count: Callable[[str], None] = lambda why: None,
    ) -> None:
        self._guard, self._resolve, self._bounds, self._count = guard, resolve, bounds, count
        self._server: asyncio.Server | None = None
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._socket.getsockname()[1]}"
        self._open: set[asyncio.Task[None]] = set()
        self._answered: OrderedDict[str, str] = OrderedDict()

    async def start(self) -> None:
        """Answer, if it does not yet."""
        if self._server is None:
            self._server = await asyncio.start_server(self._accept, sock=self._socket, limit=MAX_HEAD)

    async def close(self) -> None:
        if self._server is None:
            self._socket.close()
            return
        self._server.close()
        for task in self._open:
            task.cancel()
        await asyncio.gather(*self._open, return_exceptions=True)
        await self._server.wait_closed()

    def address_of(self, url: str) -> str:
        """Return the address that last answered for a URL's host and port; "" when none did."""
        return self._answered.get(host_and_port(url)[1], "")

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._serve(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            async with asyncio.timeout(self._bounds.idle):
                head = await reader.readuntil(b"\r\n\r\n")
            if len(self._open) > self._bounds.at_once:
                raise Refused(503, "busy")
            await self._answer(head, reader, writer)
        except Refused as refused:
            self._count(refused.why)
            said = (
                f"HTTP/1.1 {refused.status} {_SAID[refused.status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n"
            )
            with suppress(OSError):
                writer.write(said.encode())
                await writer.drain()
        except (OSError, TimeoutError, asyncio.IncompleteReadError, asyncio.LimitOverrunError):
            pass  # The browser sees a connection that closes, as it would without us.
        finally:
            await _shut(writer)

    async def _answer(self, head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        line, _, rest = head.decode("latin-1").partition("\r\n")
        parts = line.split(" ")
        if len(parts) != 3 or not _METHOD.fullmatch(parts[0]) or not parts[2].startswith("HTTP/1."):
            raise Refused(400, "scheme")
        if parts[0] == "CONNECT":
            await self._tunnel(parts[1], reader, writer)
        else:
            await self._exchange(parts[0], parts[1], rest, reader, writer)

    async def _tunnel(self, target: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        url = f"https://{target}/"
        if urlsplit(url).netloc != target or "@" in target:
            raise Refused(400, "scheme")
        far_reader, far_writer = await self._connect(url)
        try:
            writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
            await writer.drain()
            up = asyncio.ensure_future(self._relay(reader, far_writer, self._bounds.tunnel, idle=None))
            down = asyncio.ensure_future(self._relay(far_reader, writer, self._bounds.tunnel, idle=self._bounds.idle))
            await _first(down, up)
        finally:
            await _shut(far_writer)

    async def _exchange(
        self, method: str, url: str, rest: str, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        if not url.startswith("http://"):
            raise Refused(400, "scheme")
        lines = [line for line in rest.split("\r\n") if line]
        heads = [(line.partition(":")[0].strip().lower(), line) for line in lines]
        length = _length(heads, self._bounds.upload)
        far_reader, far_writer = await self._connect(url)
        parts = urlsplit(url)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        kept = [line for name, line in heads if name not in _OURS and name != "host"]
        request = [
            f"{method} {target} HTTP/1.1",
            f"Host: {parts.netloc.rpartition('@')[2]}",
            *kept,
            "Connection: close",
        ]
        try:
            far_writer.write(("\r\n".join(request) + "\r\n\r\n").encode("latin-1"))
            while length > 0:
                async with asyncio.timeout(self._bounds.idle):
                    part = await reader.read(min(CHUNK, length))
                if not part:
                    return
                length -= len(part)
                far_writer.write(part)
                await far_writer.drain()
            # What the browser sends before the answer is over belongs to no request of this connection; it leaves, or
            # asks again on another one.
            left = asyncio.ensure_future(reader.read(1))
            down = asyncio.ensure_future(self._relay(far_reader, writer, self._bounds.answer, idle=self._bounds.idle))
            await _first(down, left)
        finally:
            await _shut(far_writer)

    async def _connect(self, url: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection to an address of the URL's host, each of which may be reached. Raises Refused."""
        host, place = host_and_port(url)
        if why := self._guard.refusal(url):
            raise Refused(403, why)
        try:
            async with asyncio.timeout(self._bounds.connect):
                addresses = [str(literal)] if (literal := _literal(host)) else await self._resolve(host)
        except (OSError, TimeoutError, UnicodeError):
            logger.debug("没有解析到 %s", host)
            raise Refused(502, "unresolved") from None
        bare = [address.partition("%")[0] for address in addresses[:MAX_ADDRESSES]]
        if not self._guard.permits(url) and any(is_private(address) for address in bare):
            logger.warning("拒绝了 %s：解析到内网地址 %s", url[:200], "、".join(bare))
            raise Refused(403, "private_address")
        for address in bare:
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(self._bounds.connect):
                    made = await asyncio.open_connection(address, int(place.rpartition(":")[2]), limit=CHUNK)
                self._answered[place] = address
                self._answered.move_to_end(place)
                if len(self._answered) > MAX_REMEMBERED:
                    self._answered.popitem(last=False)
                return made
        raise Refused(502, "unreachable")

    async def _relay(
        self, source: asyncio.StreamReader, sink: asyncio.StreamWriter, most: int, *, idle: float | None
    ) -> None:
        """Bytes from one end to the other until the source ends, is silent for ``idle`` seconds, or has sent ``most``."""
        while True:
            async with asyncio.timeout(idle):
                part = await source.read(CHUNK)
            if not part:
                if sink.can_write_eof():
                    with suppress(OSError):
                        sink.write_eof()
                return
            most -= len(part)
            if most < 0:
                self._count("too_large")
                return
            sink.write(part)
            async with asyncio.timeout(self._bounds.idle):
                await sink.drain()


def _length(heads: list[tuple[str, str]], most: int) -> int:
    """The length of the request's body. Raises Refused where it is not said, said twice, or too much."""
    said = {line.partition(":")[2].strip() for name, line in heads if name == "content-length"}
    if len(said) > 1 or any(name == "transfer-encoding" for name, _ in heads):
        raise Refused(411, "scheme")
    length = next(iter(said), "0")
    if not (length.isascii() and length.isdigit()) or len(length) > 12:
        raise Refused(400, "scheme")
    if int(length) > most:
        raise Refused(403, "too_large")
    return int(length)


def _literal(host: str) -> str:
    """The IP address that a host is already; "" for a name. Chromium has put the odd forms right before it asks."""
    try:
        ip = ip_address(host)
    except ValueError:
        return ""
    return "" if isinstance(ip, IPv6Address) and ip.scope_id else str(ip)


async def _first(down: asyncio.Task[None], other: asyncio.Task[None] | asyncio.Task[bytes]) -> None:
    """Wait until what comes down is over, or the other way broke off; then end both."""
    try:
        await asyncio.wait((down, other), return_when=asyncio.FIRST_COMPLETED)
        if not down.done() and other.exception() is None and other.result() is None:
            await down  # One half of a tunnel was closed in good order; the other may go on.
    finally:
        for task in (down, other):
            task.cancel()
        await asyncio.gather(down, other, return_exceptions=True)


async def _shut(writer: asyncio.StreamWriter) -> None:
    writer.close()
    with suppress(OSError, TimeoutError, asyncio.CancelledError):
        async with asyncio.timeout(1):
            await writer.wait_closed()
