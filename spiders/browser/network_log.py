"""Network log: notes what comes in while a browser builds one page: the document as sent, its JSON, how much, how long.

A page that sends more than its bytes, unpacked, or stays longer than its seconds is closed: responses without end,
decompression bombs, scripts that never return.
"""

from __future__ import annotations

import asyncio
import base64
import re
from collections.abc import Coroutine, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Error as BrowserError

from spiders.reading.page import parse_json

MAX_API = 200
MAX_API_BYTES = 2 * 1024 * 1024
_LONG_LIVED = frozenset({"websocket", "eventsource", "media", "ping"})
_WRITTEN = re.compile(r"text/|javascript|octet-stream|^$", re.I)
_CALLBACK = re.compile(r"(^|&)[\w.]*(callback|jsonp|cb)[\w.]*=", re.I)


@dataclass
class _Sent:
    """The bytes of the page's own document, as Chromium's network log tells them. ``length``: how many came, unpacked;
    ``parts``: those that it handed out."""

    request: str = ""
    length: int = 0
    parts: list[bytes] = field(default_factory=list)


class NetworkLog:
    """One page's log. ``most``: bytes that its responses may unpack to; ``seconds``: how long it may stay open."""

    def __init__(self, most: int, seconds: float) -> None:
        self._most, self._seconds = most, seconds
        self.ended = ""
        self._clear()

    def _clear(self) -> None:
        self._document, self._sent, self._main = b"", _Sent(), ""
        self.url, self.status = "", 0
        self.headers: tuple[tuple[str, str], ...] = ()
        self.request_headers: tuple[tuple[str, str], ...] = ()
        self.api: list[tuple[str, bytes]] = []
        self._bytes = 0
        self._page: Any = None
        self._flying: set[Any] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    async def watch(self, page: Any, request: Any = None) -> None:
        """Watch a page from before its first request (for ``playwright_page_init_callback``). A page opened again after
        its browser broke down begins anew."""
        self._clear()
        self._page = page
        page.on("response", self._note)
        page.on("request", self._begin)
        page.on("requestfinished", self._finish)
        page.on("requestfailed", self._finish)
        page.on("popup", lambda popup: self._spawn(popup.close()))
        page.on("framenavigated", lambda frame: self._spawn(self._measure(frame)))
        timer = asyncio.get_running_loop().call_later(self._seconds, self._end, "timeout")
        page.on("close", lambda _: timer.cancel())
        await self._measure(page)

    async def quiet(self, seconds: float, still: float = 0.3) -> None:
        """Wait until nothing has been under way for ``still`` seconds, ``seconds`` at most."""
        loop = asyncio.get_running_loop()
        end, since = loop.time() + seconds, loop.time()
        while loop.time() < min(end, since + still):
            await asyncio.sleep(0.05)
            if self._flying:
                since = loop.time()

    async def settled(self, seconds: float) -> None:
        """Wait for the bodies that are still being read, ``seconds`` at most; drop the rest."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=seconds)
        for task in self._tasks:
            task.cancel()

    async def _measure(self, page_or_frame: Any) -> None:
        """Count what arrives, unpacked. Frames of another site live in a process of their own and are counted apart."""
        if page_or_frame is not self._page and page_or_frame.parent_frame is None:
            return
        with suppress(BrowserError):
            session = await self._page.context.new_cdp_session(page_or_frame)
            session.on("Network.dataReceived", self._add)
            if page_or_frame is self._page:
                tree = await session.send("Page.getFrameTree")
                self._main = str(tree["frameTree"]["frame"]["id"])
                session.on("Network.responseReceived", lambda event: self._follow(session, event))
            await session.send(
                "Network.enable", {"maxTotalBufferSize": self._most, "maxResourceBufferSize": self._most}
            )

    def _follow(self, session: Any, event: Any) -> None:
        """Ask for the document's bytes from the moment it begins to come."""
        if event.get("type") == "Document" and event.get("frameId") == self._main:
            self._sent = _Sent(str(event["requestId"]))
            self._spawn(self._stream(session, self._sent))

    async def _stream(self, session: Any, sent: _Sent) -> None:
        given = await session.send("Network.streamResourceContent", {"requestId": sent.request})
        sent.parts.insert(0, base64.b64decode(given.get("bufferedData") or ""))

    def document(self, charset: str) -> bytes:
        """Return the document as it was sent, after content decoding. Chromium hands out text decoded; where its bytes
        came too late to be had, they are made again in the page's ``charset`` and held against the length that came."""
        sent, text = self._sent, self._document
        for raw in (b"".join(sent.parts), text, *_encoded(text, charset)):
            if raw and len(raw) == sent.length:
                return raw
        return text

    def _add(self, event: Any) -> None:
        if event.get("requestId") == self._sent.request:
            self._sent.length += int(event.get("dataLength") or 0)
            if event.get("data"):
                self._sent.parts.append(base64.b64decode(event["data"]))
        self._bytes += int(event.get("dataLength") or 0)
        if self._bytes > self._most:
            self._end("too_large")

    def _end(self, why: str) -> None:
        if not self.ended:
            self.ended = why
            self._spawn(self._page.close())

    def _begin(self, request: Any) -> None:
        if request.resource_type not in _LONG_LIVED:
            self._flying.add(request)

    def _finish(self, request: Any) -> None:
        self._flying.discard(request)

    def _note(self, response: Any) -> None:
        self._spawn(self._keep(response))

    def _spawn(self, work: Coroutine[Any, Any, None]) -> None:
        task = asyncio.ensure_future(_quietly(work))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _keep(self, response: Any) -> None:
        request = response.request
        if request.is_navigation_request() and response.frame.parent_frame is None:
            if not 300 <= response.status < 400:
                self.url, self.status = response.url, response.status
                self._document = b""
                self.headers = _pairs(await response.headers_array())
                self.request_headers = _pairs(await request.headers_array())
                self._document = await response.body()
        elif (certain := _is_json(request, response)) is not None and len(self.api) < MAX_API:
            body = _as_sent(await response.body(), response.headers.get("content-type") or "")
            if len(body) <= MAX_API_BYTES and (certain or _reads_as_json(body)) and len(self.api) < MAX_API:
                self.api.append((response.url, body))


def _encoded(text: bytes, charset: str) -> Iterator[bytes]:
    with suppress(LookupError, UnicodeError):
        characters = text.decode("utf-8")
        name = "gb18030" if charset.lower() in ("gbk", "gb2312") else charset
        yield characters.encode(name)
        yield {"utf-8": b"\xef\xbb\xbf", "utf-16le": b"\xff\xfe"}.get(name.lower(), b"") + characters.encode(name)


def _is_json(request: Any, response: Any) -> bool | None:
    """True where the server says so; False where it may be (text, JSONP); None where it is not."""
    kind = response.headers.get("content-type") or ""
    if "json" in kind:
        return True
    if request.resource_type in ("xhr", "fetch") and _WRITTEN.search(kind):
        return False
    if request.resource_type == "script" and _CALLBACK.search(urlsplit(response.url).query):
        return False
    return None


def _as_sent(body: bytes, kind: str) -> bytes:
    """Chromium hands text out decoded, as Windows-1252 where no encoding was named: UTF-8 that was read so is put right."""
    if "charset" in kind.lower() or body.isascii():
        return body
    try:
        return b"".join(map(_byte, body.decode("utf-8"))).decode("utf-8").encode("utf-8")
    except UnicodeError:
        return body


def _byte(character: str) -> bytes:
    return character.encode("latin-1" if ord(character) < 256 else "cp1252")


def _reads_as_json(body: bytes) -> bool:
    try:
        return isinstance(parse_json(body.decode("utf-8", "replace")), (dict, list))
    except (ValueError, RecursionError):
        return False


def _pairs(heads: list[dict[str, str]]) -> tuple[tuple[str, str], ...]:
    return tuple((head["name"], head["value"]) for head in heads)


async def _quietly(work: Coroutine[Any, Any, None]) -> None:
    """What a page does while it goes away is of no interest."""
    with suppress(BrowserError):
        await work
