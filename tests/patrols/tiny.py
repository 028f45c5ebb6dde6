"""A small real site on loopback and a small spider for it, so that patrols can be stopped, killed and counted.

The spider stands under the name of a real kind (``listing``), because patrols start spiders by kind.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import scrapy
from scrapy.http import Response, TextResponse
from sqlalchemy import insert, select

from patrol.config import Workspace
from patrol.db.models import Capture, Target, Work, WorkText
from patrol.db.session import Database
from patrol.items import Exchange, Extracted, PageItem
from patrol.vocabulary import PageKind, PageState

COPY = (
    "夜里潮水退去，码头上只剩下一盏没有熄灭的马灯。守灯的老人说，那封信是从雾里寄来的，信封上没有邮票，也没有落款。" * 6
)


@dataclass
class Town:
    """A running site: pages ``/p/N``, each after ``delay`` seconds. ``seen`` lists the numbers asked for."""

    url: str
    pages: dict[int, str]
    delay: float = 0.0
    seen: list[int] = field(default_factory=list)


@contextmanager
def town(pages: dict[int, str], delay: float = 0.0) -> Iterator[Town]:
    """Serve ``pages`` (number → HTML) on a free port."""
    held = Town("", pages, delay)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            path = self.path.removeprefix("/p/")
            if path.isdigit() and int(path) in pages:
                held.seen.append(int(path))
                time.sleep(held.delay)
                self._answer(200, pages[int(path)])
            elif self.path == "/":
                self._answer(200, json.dumps(sorted(pages)))
            else:
                self._answer(404, "")

        def _answer(self, status: int, text: str) -> None:
            body = text.encode("utf-8", "surrogatepass")
            self.send_response(status)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    held.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield held
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def listing(title: str, text: str, seller: str = "", price: str = "") -> str:
    """One page of the site, with the fields on lines of their own."""
    return json.dumps({"title": title, "text": text, "seller": seller, "price": price}, ensure_ascii=True)


class TinySpider(scrapy.Spider):
    """Reads ``/`` for the page numbers, then every page that this patrol has not kept yet."""

    name = "listing"

    def __init__(self, site: str = "", **options: Any) -> None:
        super().__init__(**options)
        self.site = site

    async def start(self) -> AsyncIterator[Any]:
        self._workspace = Workspace.find(self.settings.get("PATROL_WORKSPACE"))
        folder = self._workspace.root / "sites" / self.site
        self._base = (folder / "address").read_text(encoding="utf-8").strip()
        self._patrol_id = self.settings.getint("PATROL_PATROL_ID")
        database = Database(self._workspace.database_url)
        with database.session() as session:
            query = select(Capture.canonical_url).where(Capture.patrol_id == self._patrol_id)
            self._kept = set(session.scalars(query)) if self._patrol_id else set()
            self._target = session.scalar(select(Target.id).where(Target.site == self.site))
        database.close()
        yield scrapy.Request(f"{self._base}/", callback=self.parse_list, dont_filter=True)

    def parse_list(self, response: Response) -> Iterator[scrapy.Request]:
        for number in json.loads(response.body):
            url = f"{self._base}/p/{number}"
            if url not in self._kept:
                yield scrapy.Request(url, callback=self.parse_page)

    def parse_page(self, response: TextResponse) -> Iterator[PageItem]:
        said = json.loads(response.body)
        yield PageItem(
            patrol_id=self._patrol_id,
            target_id=self._target,
            site=self.site,
            page_kind=PageKind.LISTING,
            state=PageState.PRESENT,
            url=response.url,
            canonical_url=response.url,
            exchange=Exchange(
                method="GET",
                url=response.url,
                request_headers=(("User-Agent", "tiny"),),
                status=response.status,
                response_headers=tuple((k.decode(), v[0].decode()) for k, v in response.headers.items()),
                response_body=response.body,
                fetched_at=datetime.now(UTC),
                ip_address="127.0.0.1",
            ),
            extracted=Extracted(
                title=said["title"],
                text=said["text"],
                seller=said["seller"],
                price=Decimal(said["price"]) if said["price"] else None,
            ),
        )


def office(workspace: Workspace, database: Database, **sites: str) -> None:
    """Put a protected work into the library and one target per site (name → address) into the directory."""
    now = datetime.now(UTC)
    digest = hashlib.sha256(COPY.encode()).hexdigest()
    with database.session() as session:
        session.execute(
            insert(Work).values(
                id="w1", title="雾港来信", kind="script_game", list_price=500, imported_at=now, text_sha256=digest
            )
        )
        session.execute(insert(WorkText).values(work_id="w1", text=COPY))
        for name in sites:
            session.execute(insert(Target).values(name=f"{name}店", field="script_game", site=name, imported_at=now))
    for name, address in sites.items():
        folder = workspace.root / "sites" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "address").write_text(address, encoding="utf-8")
        (folder / "site.yaml").write_text(
            f"name: {name}店\nkind: listing\nstart: [{address}/]\nallow_private: true\n", encoding="utf-8"
        )


def tiny_environment(workspace: Workspace, database_url: str) -> dict[str, str]:
    """The environment of a process that patrols with the tiny spider."""
    checkout = str(Path(__file__).resolve().parents[2])
    return os.environ | {
        "PATROL_WORKSPACE": str(workspace.root),
        "PATROL_DATABASE": database_url,
        "SCRAPY_SETTINGS_MODULE": "tests.patrols.tiny_settings",
        "PYTHONPATH": os.pathsep.join(filter(None, [checkout, os.environ.get("PYTHONPATH", "")])),
    }
