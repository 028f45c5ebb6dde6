"""The browser has one way out, and it does not lead inside: by name, redirect, rebinding, subresource or socket."""

from __future__ import annotations

import asyncio
import gzip
import re
import socket
import threading
from collections.abc import Awaitable, Callable, Iterator

import brotli
import pytest
from backports import zstd

from patrol import crawl_stats
from patrol.chromium import find_browser
from spiders.browser.proxy import Bounds, FilteringProxy
from spiders.guard import Guard
from tests.spiders.conftest import Crawl
from tests.spiders.zoo import Zoo, zoo_server

needs_browser = pytest.mark.skipif(find_browser() is None, reason="no Chromium on this machine")
BROWSER = "crawl: direct\nrender: browser\n"
FILLED = "<h1>正常页面</h1><p>" + "这是一段正文。" * 20 + "</p>"
USUAL = Bounds()


# -- the proxy by itself --------------------------------------------------------------------------------------------


class Names:
    """A resolver that gives the answers of a list, one after another, and counts the questions."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers, self.asked = list(answers), 0

    async def __call__(self, host: str) -> list[str]:
        self.asked += 1
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


def ask(
    request: bytes,
    *,
    allowed: tuple[str, ...] = (),
    names: Callable[[str], Awaitable[list[str]]] | None = None,
    bounds: Bounds = USUAL,
    then: bytes = b"",
) -> tuple[bytes, list[str]]:
    """What a fresh proxy answers to these bytes (after a tunnel stands, to ``then``), and the refusals that it counted."""

    async def talk() -> tuple[bytes, list[str]]:
        counted: list[str] = []
        proxy = FilteringProxy(Guard(allowed), names or Names(["127.0.0.1"]), bounds, counted.append)
        await proxy.start()
        try:
            reader, writer = await asyncio.open_connection("127.0.0.1", int(proxy.address.rpartition(":")[2]))
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n") if then else b""
            writer.write(then)
            got = head + await reader.read()
            writer.close()
        finally:
            await proxy.close()
        return got, counted

    return asyncio.run(talk())


def get(url: str) -> bytes:
    return f"GET {url} HTTP/1.1\r\nHost: x\r\nProxy-Connection: keep-alive\r\n\r\n".encode()


@pytest.mark.parametrize(
    "target",
    [
        "127.0.0.1", "localhost", "LOCALHOST.", "a.localhost", "printer.local", "[::1]", "[::ffff:127.0.0.1]", "127.1",
        "2130706433", "0x7f000001", "0177.0.0.1", "0", "10.0.0.8", "192.168.1.1", "169.254.169.254", "100.100.100.200",
        "[fe80::1]", "[fd00::1]", "[64:ff9b::7f00:1]", "metadata.google.internal", "shop.example",
    ],
)  # fmt: skip
def test_what_lies_inside_is_refused_plain_and_through_a_tunnel(zoo: Zoo, target: str) -> None:
    for request in (
        get(f"http://{target}:{zoo.port}/secret"),
        f"CONNECT {target}:{zoo.port} HTTP/1.1\r\n\r\n".encode(),
    ):
        answer, counted = ask(request)
        assert answer.startswith(b"HTTP/1.1 403 ")
        assert counted == ["private_address"]
    assert zoo.asked == []


def test_one_private_address_among_public_ones_is_enough_to_refuse(zoo: Zoo) -> None:
    answer, _ = ask(get(f"http://shop.example:{zoo.port}/"), names=Names(["93.184.216.34", "127.0.0.1"]))
    assert answer.startswith(b"HTTP/1.1 403 ")
    assert zoo.asked == []


def test_a_name_is_looked_up_once_and_the_address_that_was_judged_is_the_one_connected_to(zoo: Zoo) -> None:
    zoo.page("/1", "一")
    names = Names(["127.0.0.1"], ["127.0.0.9"])
    answer, _ = ask(get(f"http://shop.example:{zoo.port}/1"), names=names, allowed=(f"shop.example:{zoo.port}",))
    assert answer.endswith("一".encode())
    assert names.asked == 1


@pytest.mark.parametrize(
    "request_line",
    ["GET /1 HTTP/1.1", "GET https://a.cn/ HTTP/1.1", "GET ftp://a.cn/ HTTP/1.1", "GET file:///etc/passwd HTTP/1.1",
     "CONNECT a.cn:443/x HTTP/1.1", "CONNECT u@a.cn:443 HTTP/1.1", "hello", "GET http:// HTTP/1.1"],
)  # fmt: skip
def test_what_is_no_proxy_request_is_refused(request_line: str) -> None:
    answer, counted = ask(f"{request_line}\r\n\r\n".encode())
    assert answer.startswith((b"HTTP/1.1 400 ", b"HTTP/1.1 403 "))
    assert counted == ["scheme"]


def test_the_request_goes_on_in_origin_form_without_the_proxys_own_headers(zoo: Zoo) -> None:
    zoo.page("/1", "一")
    body = "作品".encode()
    ask(
        f"POST http://127.0.0.1:{zoo.port}/1?q=2 HTTP/1.1\r\nHost: elsewhere\r\nProxy-Authorization: Basic eDp5\r\n"
        f"X-Own: 1\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body,
        allowed=(zoo.host,),
    )  # fmt: skip
    assert zoo.asked == ["/1?q=2"]
    heads = {name.lower(): value for name, value in zoo.heads[0].items()}
    assert heads["host"] == zoo.host
    assert heads["x-own"] == "1"
    assert "proxy-authorization" not in heads


def test_a_second_request_on_the_same_connection_reaches_nobody(zoo: Zoo, other_zoo: Zoo) -> None:
    zoo.page("/1", "一")
    both = get(f"{zoo.url}/1") + get(f"{other_zoo.url}/secret") + get(f"{zoo.url}/2")
    ask(both, allowed=(zoo.host,))
    assert other_zoo.asked == []
    assert set(zoo.asked) <= {"/1"}


def test_a_tunnel_carries_bytes_both_ways(zoo: Zoo) -> None:
    zoo.page("/1", "一")
    connect = f"CONNECT {zoo.host} HTTP/1.1\r\n\r\n".encode()
    answer, _ = ask(
        connect, allowed=(zoo.host,), then=b"GET /1 HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    )  # fmt: skip
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert answer.endswith("一".encode())


def test_an_answer_without_end_is_cut_off(zoo: Zoo) -> None:
    zoo.endless("/1")
    answer, counted = ask(get(f"{zoo.url}/1"), allowed=(zoo.host,), bounds=Bounds(answer=500_000))
    assert len(answer) <= 500_000
    assert counted == ["too_large"]


def test_a_server_that_falls_silent_is_left(zoo: Zoo) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        place = f"127.0.0.1:{silent.getsockname()[1]}"
        assert ask(get(f"http://{place}/"), allowed=(place,), bounds=Bounds(idle=0.2)) == (b"", [])


def test_too_many_connections_at_once_are_turned_away() -> None:
    answer, counted = ask(get("http://a.cn/"), bounds=Bounds(at_once=0))
    assert answer.startswith(b"HTTP/1.1 503 ")
    assert counted == ["busy"]


# -- the real browser -----------------------------------------------------------------------------------------------

EVERY_WAY = """<h1>从各处去内网</h1><p>{filler}</p>
<iframe src="OTHER/iframe"></iframe><img src="OTHER/image.png"><link rel="stylesheet" href="OTHER/style.css">
<iframe src="ZOO/hop"></iframe><img src="ZOO/hop2"><script src="OTHER/script.js"></script>
<object data="OTHER/object"></object><video src="OTHER/video.mp4"></video>
<link rel="prefetch" href="OTHER/prefetch"><link rel="preconnect" href="OTHER">
<iframe srcdoc="&lt;img src='OTHER/srcdoc.png'&gt;"></iframe>
<iframe src="data:text/html,<img src='OTHER/data.png'>"></iframe>
<script>
const tried = [];
for (const host of HOSTS) {{
  tried.push(fetch(`http://${{host}}:PORT/fetch-` + encodeURIComponent(host), {{mode: 'no-cors'}}).catch(() => 0));
  try {{ const s = new WebSocket(`ws://${{host}}:PORT/ws-` + encodeURIComponent(host));
        tried.push(new Promise(done => {{ s.onclose = s.onerror = done; }})); }} catch (e) {{}}
}}
tried.push(fetch('ZOO/hop3').catch(() => 0));
navigator.sendBeacon('OTHER/beacon', 'x');
new EventSource('OTHER/events');
try {{ const peer = new RTCPeerConnection({{iceServers: [{{urls: 'stun:127.0.0.1:UDP'}}, {{urls: 'turn:127.0.0.1:UDP',
        username: 'a', credential: 'b'}}]}});
  peer.createDataChannel('x'); peer.createOffer().then(o => peer.setLocalDescription(o)); }} catch (e) {{}}
for (const url of ['file:///etc/passwd', 'chrome://version', 'ftp://127.0.0.1/']) {{
  const frame = document.createElement('iframe'); frame.src = url; document.body.append(frame); }}
Promise.allSettled(tried).then(() => setTimeout(() => {{
  const p = document.createElement('p'); p.id = 'done'; p.textContent = '都试过了'; document.body.append(p); }}, 700));
</script>"""
HOSTS = [
    "127.0.0.1",
    "localhost",
    "127.1",
    "2130706433",
    "0x7f.1",
    "[::ffff:127.0.0.1]",
    "[::1]",
    "0.0.0.0",
    "in.example",
]


@pytest.fixture
def datagrams() -> Iterator[tuple[int, list[bytes]]]:
    """A UDP port and what came to it."""
    held = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    held.bind(("127.0.0.1", 0))
    held.settimeout(0.1)
    came: list[bytes] = []
    over = threading.Event()

    def listen() -> None:
        while not over.is_set():
            try:
                came.append(held.recv(2000))
            except TimeoutError:
                continue

    thread = threading.Thread(target=listen)
    thread.start()
    yield held.getsockname()[1], came
    over.set()
    thread.join()
    held.close()


def put_up(zoo: Zoo, other: Zoo, udp: int) -> None:
    page = EVERY_WAY.format(filler="这是一段正文。" * 20)
    for name, value in (("HOSTS", str(HOSTS)), ("OTHER", other.url), ("ZOO", zoo.url), ("PORT", str(other.port)),
                        ("UDP", str(udp))):  # fmt: skip
        page = page.replace(name, value)
    zoo.page("/1", page)
    for number, path in enumerate(("/hop", "/hop2", "/hop3")):
        zoo.redirect(path, f"{zoo.url}/again{number}")
        zoo.redirect(f"/again{number}", f"{other.url}/hopped{number}")
    other.page("/iframe", "<p>里面</p>")


SITE = f"start: ZOO/1\n{BROWSER}load: [images, media, fonts]\nextract: {{description: '#done'}}\nsteps: [wait_for: '#done']\n"


@needs_browser
def test_no_page_reaches_what_lies_inside_by_any_way(
    zoo: Zoo, other_zoo: Zoo, datagrams: tuple[int, list[bytes]], crawl: Crawl
) -> None:
    put_up(zoo, other_zoo, datagrams[0])
    done = crawl(SITE, names={"in.example": ["127.0.0.1"]})
    assert [item.extracted.description for item in done.items] == ["都试过了"]
    assert zoo.times("/again0") == zoo.times("/again1") == zoo.times("/again2") == 1
    assert other_zoo.asked == []
    assert datagrams[1] == []
    assert crawl_stats.BROWSER_REFUSED.of(done.stats)["private_address"] >= 3


@needs_browser
def test_the_same_page_reaches_it_where_the_site_file_says_so(
    zoo: Zoo, other_zoo: Zoo, datagrams: tuple[int, list[bytes]], crawl: Crawl
) -> None:
    """The test above could not fail otherwise."""
    put_up(zoo, other_zoo, datagrams[0])
    hosts = [zoo.host, *(f"{host.strip('[]') if ':' not in host else host}:{other_zoo.port}" for host in HOSTS)]
    done = crawl(f"{SITE}allow_private: {hosts}\n", names={"in.example": ["127.0.0.1"]})
    assert len(done.items) == 1
    assert {"/iframe", "/image.png", "/style.css", "/hopped0", "/hopped1", "/hopped2", "/beacon", "/data.png"} <= set(
        other_zoo.asked
    )
    assert {"/fetch-127.0.0.1", "/ws-127.0.0.1", "/fetch-localhost", "/fetch-in.example"} <= set(other_zoo.asked)


@needs_browser
def test_a_page_that_sends_the_browser_inside_is_not_read(zoo: Zoo, other_zoo: Zoo, crawl: Crawl) -> None:
    zoo.redirect("/1", f"{other_zoo.url}/secret")
    zoo.page("/2", f"{FILLED}<script>location = '{other_zoo.url}/secret'</script>")
    zoo.page("/3", f'{FILLED}<meta http-equiv="refresh" content="0; url={other_zoo.url}/secret">')
    other_zoo.page("/secret", "<h1>密</h1>")
    done = crawl(f"start: [ZOO/1, ZOO/2, ZOO/3]\n{BROWSER}")
    assert other_zoo.asked == []
    assert not any("密" in item.extracted.title for item in done.items)


@needs_browser
def test_a_browsers_page_is_kept_with_the_address_that_answered_and_not_the_proxys(crawl: Crawl) -> None:
    with zoo_server("127.0.0.3") as zoo:
        zoo.page("/1", FILLED)
        site = f"start: http://shop.example:{zoo.port}/1\n{BROWSER}allow_private: ['shop.example:{zoo.port}']\n"
        (item,) = crawl(site, names={"shop.example": ["127.0.0.3"]}).items
    assert item.exchange.ip_address == "127.0.0.3"
    assert item.exchange.status == 200
    assert dict(item.exchange.response_headers)["Content-Type"].startswith("text/html")


@needs_browser
def test_the_browser_downloads_nothing_asks_for_nothing_and_leaves_no_window_open(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page(
        "/1",
        f"""{FILLED}<p id=p></p><script>
        window.open('/popup'); navigator.serviceWorker?.register('/worker.js').catch(() => 0);
        const a = document.createElement('a'); a.href = '/file.zip'; a.download = 'x.zip'; document.body.append(a); a.click();
        Promise.all(['geolocation', 'notifications', 'camera'].map(name => navigator.permissions.query({{name}}).then(
          s => s.state, () => 'denied'))).then(states => {{ p.textContent = states.join(); }});
        </script>""",
    )
    zoo.page("/popup", "<h1>弹窗</h1>")
    zoo.page("/worker.js", "", kind="text/javascript")
    zoo.page("/file.zip", b"PK\3\4", kind="application/zip", Content_Disposition="attachment")
    zoo.page("/2", b"PK\3\4" * 100, kind="application/zip", Content_Disposition="attachment")
    zoo.page("/3", FILLED)
    done = crawl(
        f"start: [ZOO/1, ZOO/2, ZOO/3]\n{BROWSER}extract: {{description: '#p'}}\npace: {{delay: 0, at_once: 1}}\n"
    )
    assert sorted(item.url[-2:] for item in done.items) == ["/1", "/3"]
    first = next(item for item in done.items if item.url.endswith("/1"))
    assert "granted" not in first.extracted.description
    assert zoo.times("/worker.js") == 0


# -- bombs ----------------------------------------------------------------------------------------------------------

BOMB = b"<p>" + b"0" * 60_000_000
PACKED = {"gzip": gzip.compress, "br": lambda data: brotli.compress(data, quality=1), "zstd": zstd.compress}
SMALL = {"DOWNLOAD_MAXSIZE": 1_000_000}


@pytest.mark.parametrize("encoding", [*PACKED, "deflate"])
def test_a_decompression_bomb_is_not_unpacked(zoo: Zoo, crawl: Crawl, encoding: str) -> None:
    import zlib

    zoo.page("/1", PACKED.get(encoding, zlib.compress)(BOMB), Content_Encoding=encoding)
    zoo.page("/2", PACKED.get(encoding, zlib.compress)(FILLED.encode()), Content_Encoding=encoding)
    done = crawl("start: [ZOO/1, ZOO/2]\ncrawl: direct\n", settings=SMALL)
    assert done.titles() == ["正常页面"]


def test_a_response_without_end_is_given_up(zoo: Zoo, crawl: Crawl) -> None:
    zoo.endless("/1")
    zoo.page("/2", FILLED)
    done = crawl("start: [ZOO/1, ZOO/2]\ncrawl: direct\n", settings=SMALL)
    assert done.titles() == ["正常页面"]


@needs_browser
def test_bombs_and_endless_things_in_a_browser_cost_their_page_only(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/bomb", gzip.compress(BOMB), Content_Encoding="gzip")
    zoo.endless("/endless")
    zoo.page("/holds-bomb", f"{FILLED}<script>fetch('/bomb').then(r => r.text())</script>")
    zoo.page("/frames-bomb", f"{FILLED}<iframe src='http://localhost:{zoo.port}/bomb'></iframe>")
    zoo.page("/good", FILLED)
    starts = "[ZOO/bomb, ZOO/endless, ZOO/holds-bomb, ZOO/frames-bomb, ZOO/good]"
    allowed = f"allow_private: ['{zoo.host}', 'localhost:{zoo.port}']\n"
    done = crawl(f"start: {starts}\n{BROWSER}{allowed}", settings=SMALL)
    assert [item.url for item in done.items] == [f"{zoo.url}/good"]
    # On a busy machine a page may run out of its time before it runs over its bytes: it is lost all the same, alone, and told.
    assert re.search("[1-4] 页上内容超过大小上限，没有读", crawl_stats.YELLOW.of(done.stats))


@needs_browser
def test_a_page_whose_script_never_returns_does_not_hold_up_the_crawl(zoo: Zoo, crawl: Crawl) -> None:
    zoo.page("/1", f"{FILLED}<script>window.onload = () => {{ setTimeout(() => {{ while (true) {{}} }}, 0) }}</script>")
    zoo.page("/2", FILLED)
    done = crawl(f"start: [ZOO/1, ZOO/2]\n{BROWSER}", settings={"PATROL_PAGE_SECONDS": 4})
    assert [item.url for item in done.items] == [f"{zoo.url}/2"]
