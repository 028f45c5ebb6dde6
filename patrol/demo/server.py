"""Demo servers: serve the town's six sites, each another real shape, on loopback only.

``serve_town`` runs them in one event loop; ``TownProcess`` starts that in a child process, as the demo, the
benchmarks and the tests use it. Run alone: ``python -m patrol.demo.server``.
"""

from __future__ import annotations

import asyncio
import json
import math
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import uvicorn
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from patrol.demo.town import SITES, DemoPage, build_town

HOST = "127.0.0.1"
FIRST_PORT = 8801
PER_PAGE = {"shop": 20, "forum": 20, "novel": 30, "netdisk": 30, "nft": 12, "video": 10}
CATEGORIES = ("图书教辅", "文具玩具", "食品茶饮", "家居百货", "桌游剧本")

_templates = Environment(
    loader=FileSystemLoader(Path(__file__).with_name("templates")),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


def _render(template: str, **values: object) -> str:
    return _templates.get_template(template).render(**values)


def _category(page: DemoPage) -> str:
    """Shop pages are spread over categories by their address, so that none tells what is planted."""
    return CATEGORIES[int(page.id) // 7 % len(CATEGORIES)]


def _sold(sales: int | None) -> str:
    if sales is None:
        return "新品"
    return f"已售 {sales / 10000:.1f}万+" if sales >= 10000 else f"已售 {sales} 件"


def _paged(pages: Sequence[DemoPage], number: int, size: int) -> tuple[Sequence[DemoPage], int]:
    return pages[(number - 1) * size : number * size], math.ceil(len(pages) / size)


def _number(request: Request) -> int:
    text = request.query_params.get("page", "1")
    return max(1, int(text)) if text.isdecimal() else 1


def _missing() -> Response:
    return HTMLResponse(
        "<!doctype html><title>找不到</title><p>您访问的页面不存在或已删除。</p>",
        status_code=404,
    )


def shop_app(pages: Sequence[DemoPage]) -> Starlette:
    """Serve a shop: UTF-8, categories, pagination, several sellers, prices and sales in words."""
    by_id = {p.id: p for p in pages}

    async def home(request: Request) -> Response:
        return HTMLResponse(_render("shop_home.html", categories=CATEGORIES))

    async def category(request: Request) -> Response:
        name = CATEGORIES[int(request.path_params["number"]) % len(CATEGORIES)]
        here = [p for p in pages if _category(p) == name]
        number = _number(request)
        shown, last = _paged(here, number, PER_PAGE["shop"])
        return HTMLResponse(
            _render(
                "shop_list.html",
                name=name,
                pages=shown,
                number=number,
                last=last,
                path=request.url.path,
            )
        )

    async def item(request: Request) -> Response:
        page = by_id.get(request.path_params["id"])
        if page is None:
            return _missing()
        return HTMLResponse(_render("shop_item.html", page=page, sold=_sold(page.sales)))

    return Starlette(
        routes=[
            Route("/", home),
            Route("/c/{number:int}", category),
            Route("/item/{id}.html", item),
        ]
    )


def video_app(pages: Sequence[DemoPage]) -> Starlette:
    """Serve a site with nothing without JavaScript: an empty shell, a JSON feed with a cursor, infinite scrolling."""
    by_id = {p.id: p for p in pages}

    async def shell(request: Request) -> Response:
        return HTMLResponse(_render("video.html"))

    async def feed(request: Request) -> Response:
        cursor = int(request.query_params.get("cursor", "0") or 0)
        size = PER_PAGE["video"]
        rows = [
            {"id": p.id, "title": p.title, "author": p.author, "plays": p.sales or 0}
            for p in pages[cursor : cursor + size]
        ]
        following = cursor + size if cursor + size < len(pages) else None
        return JSONResponse({"items": rows, "cursor": following})

    async def video(request: Request) -> Response:
        page = by_id.get(request.path_params["id"])
        if page is None:
            return JSONResponse({"error": "视频不见了"}, status_code=404)
        return JSONResponse(
            {
                "id": page.id,
                "title": page.title,
                "author": {
                    "name": page.author,
                    "url": f"/u/{abs(hash(page.author)) % 9000 + 1000}",
                },
                "plays": page.sales or 0,
                "subtitles": page.paragraphs,
            }
        )

    return Starlette(
        routes=[
            Route("/", shell),
            Route("/v/{id}", shell),
            Route("/api/feed", feed),
            Route("/api/video/{id}", video),
        ]
    )


def forum_app(pages: Sequence[DemoPage]) -> Starlette:
    """Serve a forum: GBK bytes, a meta tag that claims UTF-8, and no charset in the header, as old forums have it."""
    by_id = {p.id: p for p in pages}

    def gbk(html: str) -> Response:
        return Response(
            html.encode("gb18030"),
            media_type=None,
            headers={"content-type": "text/html"},
        )

    async def index(request: Request) -> Response:
        number = _number(request)
        shown, last = _paged(pages, number, PER_PAGE["forum"])
        return gbk(_render("forum_list.html", pages=shown, number=number, last=last))

    async def thread(request: Request) -> Response:
        page = by_id.get(request.path_params["id"])
        return gbk(_render("forum_thread.html", page=page)) if page else _missing()

    return Starlette(
        routes=[
            Route("/", index),
            Route("/forum", index),
            Route("/thread/{id}", thread),
        ]
    )


def novel_app(pages: Sequence[DemoPage]) -> Starlette:
    """Serve novels: a chapter is split over several pages, with the site's advertisement between the paragraphs."""
    by_id = {p.id: p for p in pages}

    async def index(request: Request) -> Response:
        number = _number(request)
        shown, last = _paged(pages, number, PER_PAGE["novel"])
        return HTMLResponse(_render("novel_list.html", pages=shown, number=number, last=last))

    async def chapter(request: Request) -> Response:
        name, _, part = request.path_params["name"].partition("_")
        page = by_id.get(name)
        number = int(part) if part.isdecimal() else 1
        if page is None or not 1 <= number <= len(page.parts()):
            return _missing()
        parts = page.parts()
        return HTMLResponse(
            _render(
                "novel_chapter.html",
                page=page,
                part=parts[number - 1],
                number=number,
                last=len(parts),
            )
        )

    return Starlette(routes=[Route("/", index), Route("/read/{name}.html", chapter)])


def netdisk_app(pages: Sequence[DemoPage]) -> Starlette:
    """Serve share pages with an extraction code, found through a list of new shares."""
    by_id = {p.id: p for p in pages}

    async def index(request: Request) -> Response:
        number = _number(request)
        shown, last = _paged(pages, number, PER_PAGE["netdisk"])
        return HTMLResponse(_render("netdisk_list.html", pages=shown, number=number, last=last))

    async def share(request: Request) -> Response:
        page = by_id.get(request.path_params["id"])
        return HTMLResponse(_render("netdisk_share.html", page=page)) if page else _missing()

    return Starlette(routes=[Route("/", index), Route("/s/{id}", share)])


def nft_app(pages: Sequence[DemoPage]) -> Starlette:
    """Serve a marketplace of digital collectibles whose facts stand in JSON-LD."""
    by_id = {p.id: p for p in pages}

    def facts(page: DemoPage) -> str:
        data = {
            "@context": "https://schema.org",
            "@type": "Product",
            "name": page.title,
            "description": page.text,
            "brand": {"@type": "Brand", "name": page.author},
            "offers": {
                "@type": "Offer",
                "price": str(page.price or 19.9),
                "priceCurrency": "CNY",
            },
        }
        return json.dumps(data, ensure_ascii=False).replace("<", "\\u003c")

    async def market(request: Request) -> Response:
        number = _number(request)
        shown, last = _paged(pages, number, PER_PAGE["nft"])
        return HTMLResponse(_render("nft_list.html", pages=shown, number=number, last=last))

    async def item(request: Request) -> Response:
        page = by_id.get(request.path_params["id"])
        return HTMLResponse(_render("nft_item.html", page=page, facts=facts(page))) if page else _missing()

    return Starlette(routes=[Route("/", market), Route("/market", market), Route("/nft/{id}", item)])


_APPS: dict[str, Callable[[Sequence[DemoPage]], Starlette]] = {
    "shop": shop_app,
    "video": video_app,
    "forum": forum_app,
    "novel": novel_app,
    "netdisk": netdisk_app,
    "nft": nft_app,
}


def town_apps() -> dict[str, Starlette]:
    """Make one application a site, over the town's pages. Every site has a robots.txt that allows all."""
    town = build_town()
    apps = {site: _APPS[site](town.on(site)) for site in SITES}
    for app in apps.values():
        app.router.routes.append(Route("/robots.txt", _robots))
    return apps


async def _robots(request: Request) -> Response:
    return PlainTextResponse("User-agent: *\nAllow: /\n")


async def serve_town(ports: Sequence[int]) -> None:
    """Serve all sites until cancelled; ``ports`` in the order of ``SITES``."""
    servers = [
        uvicorn.Server(uvicorn.Config(app, host=HOST, port=port, log_level="error", lifespan="off"))
        for app, port in zip(town_apps().values(), ports, strict=True)
    ]
    await asyncio.gather(*(server.serve() for server in servers))


def free_ports(first: int = FIRST_PORT) -> list[int]:
    """Find one port a site: the usual ones when all are free, so that addresses stay the same, else any free ones."""
    wanted = list(range(first, first + len(SITES)))
    held = []
    try:
        for port in wanted:
            sock = socket.socket()
            held.append(sock)
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            sock.bind((HOST, port))
        return wanted
    except OSError:
        others = [socket.socket() for _ in SITES]
        for sock in others:
            sock.bind((HOST, 0))
        ports = [sock.getsockname()[1] for sock in others]
        for sock in others:
            sock.close()
        return ports
    finally:
        for sock in held:
            sock.close()


@contextmanager
def town_process(ports: Sequence[int] | None = None) -> Iterator[dict[str, int]]:
    """Run the town in a child process for the length of the block; yields site → port.

    Raises TimeoutError when it does not answer within 20 seconds.
    """
    chosen = list(ports or free_ports())
    child = subprocess.Popen(
        [sys.executable, "-m", "patrol.demo.server", *map(str, chosen)],
        cwd=Path(__file__).resolve().parents[2],
    )
    try:
        deadline = time.monotonic() + 20
        for port in chosen:
            _await_port(port, deadline, child)
        yield dict(zip(SITES, chosen, strict=True))
    finally:
        child.terminate()
        child.wait(10)


def _await_port(port: int, deadline: float, child: subprocess.Popen[bytes]) -> None:
    while True:
        try:
            socket.create_connection((HOST, port), timeout=1).close()
            return
        except OSError:
            if child.poll() is not None or time.monotonic() > deadline:
                raise TimeoutError(f"演示站点没有启动（端口 {port}）") from None
            time.sleep(0.05)


if __name__ == "__main__":
    with suppress(KeyboardInterrupt):
        asyncio.run(serve_town([int(p) for p in sys.argv[1:]] or free_ports()))
