"""The whole program on real texts: serve suspects as web pages, patrol them, read the leads.

    .venv/bin/python -m benchmarks.patrol_e2e --works W --suspects S [--limit N] [--json OUT]

``W`` and ``S`` are JSON Lines (plain or .xz) in the format of ``../shared/data/detection``. Each suspect becomes
one page on one of four loopback sites that differ in shape and encoding. Works come in by ``patrol works
import``, pages by ``patrol run``; everything printed is read from the resulting database.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import lzma
import multiprocessing
import os
import re
import resource
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import uvicorn
from sqlalchemy import func, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from patrol.config import CHECKOUT, Workspace
from patrol.db.models import Capture, Lead, Match
from patrol.db.session import Database
from patrol.demo.score import found_pages, ranked_leads
from patrol.demo.server import HOST, free_ports

DATA = CHECKOUT.parent / "shared" / "data" / "detection"
LIST_SIZE = 200

Row = dict[str, Any]


def read_rows(path: Path) -> Iterator[Row]:
    opener: Callable[..., Any] = lzma.open if path.suffix == ".xz" else open
    with opener(path, "rt", encoding="utf-8") as lines:
        for line in lines:
            yield json.loads(line)


def paragraphs(text: str, tag: str = "p") -> str:
    return "\n".join(f"<{tag}>{escape(line)}</{tag}>" for line in text.split("\n") if line.strip())


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of site: the page around the text, the bytes' encoding, and what its header and meta tag claim."""

    name: str
    kind: str
    encoding: str
    header: str
    page: Callable[[str], str]
    text_selector: str | None


def _article(text: str) -> str:
    return (
        "<!doctype html><html><head><meta charset='utf-8'><title>阅读</title></head><body><nav><a href='/'>首页</a>"
        f"</nav><article><h1>阅读</h1>{paragraphs(text)}</article><footer>本站内容由网友上传</footer></body></html>"
    )


def _forum(text: str) -> str:
    return (
        "<html><head><meta http-equiv='Content-Type' content='text/html; charset=utf-8'><title>帖子</title></head>"
        f"<body><h1 class='subject'>帖子</h1><div class='post'>{paragraphs(text, 'div')}</div>"
        "<div class='reply'>沙发</div></body></html>"
    )


def _goods(text: str) -> str:
    return (
        "<!doctype html><html><head><meta charset='gbk'><title>商品</title></head><body><h1>商品</h1>"
        f"<span class='price'>￥19.90</span><div id='detail'>{'<br>'.join(escape(p) for p in text.splitlines())}</div>"
        "</body></html>"
    )


def _bare(text: str) -> str:
    return f"<title>文</title><body>{paragraphs(text)}"


SHAPES = (
    Shape("article", "article", "utf-8", "text/html; charset=utf-8", _article, None),
    Shape("forum", "post", "gb18030", "text/html", _forum, ".post"),
    Shape("goods", "listing", "gb18030", "text/html; charset=gbk", _goods, "#detail"),
    Shape("bare", "article", "utf-8", "text/html", _bare, "body"),
)


def _encode(html: str, encoding: str) -> bytes:
    return html.encode(encoding, "xmlcharrefreplace")


def shape_app(shape: Shape, rows: list[Row]) -> Starlette:
    async def index(request: Request) -> Response:
        number = int(request.query_params.get("page", "1"))
        here = range((number - 1) * LIST_SIZE, min(number * LIST_SIZE, len(rows)))
        links = "\n".join(f"<li><a class='item' href='/t/{i}'>{i}</a></li>" for i in here)
        more = f"<a class='next' href='/?page={number + 1}'>下一页</a>" if number * LIST_SIZE < len(rows) else ""
        filing = f"<footer>京ICP备2022{SHAPES.index(shape) + 1:06d}号-1</footer>"
        return Response(f"<!doctype html><ul>{links}</ul>{more}{filing}", media_type="text/html; charset=utf-8")

    async def page(request: Request) -> Response:
        row = rows[request.path_params["number"]]
        body = _encode(shape.page(row["text"]), shape.encoding)
        return Response(body, headers={"content-type": shape.header})

    async def robots(request: Request) -> Response:
        return PlainTextResponse("User-agent: *\nAllow: /\n")

    return Starlette(routes=[Route("/", index), Route("/t/{number:int}", page), Route("/robots.txt", robots)])


def serve(shares: dict[str, list[Row]], ports: list[int]) -> None:
    async def run() -> None:
        await asyncio.gather(
            *(
                uvicorn.Server(
                    uvicorn.Config(
                        shape_app(shape, shares[shape.name]), host=HOST, port=port, log_level="error", lifespan="off"
                    )
                ).serve()
                for shape, port in zip(SHAPES, ports, strict=True)
            )
        )

    asyncio.run(run())


def write_sites(root: Path, ports: list[int]) -> None:
    # The office's own patience holds for every site; this one measures the machine.
    config = root / "patrol.toml"
    text = re.sub(
        r"(?m)^(delay|at_once) = .*$", lambda m: f"{m[1]} = {'0.0' if m[1] == 'delay' else 8}", config.read_text()
    )
    config.write_text(text, encoding="utf-8")
    rows = ["名称,领域,站点,频次"]
    for shape, port in zip(SHAPES, ports, strict=True):
        folder = root / "sites" / shape.name
        folder.mkdir(parents=True)
        lines = [
            f"name: 测量站点 {shape.name}",
            f"kind: {shape.kind}",
            f"start: ['http://{HOST}:{port}/']",
            f"allow_private: ['{HOST}:{port}']",
            "crawl: pagination_only",
            "items: a.item@href",
            "next: a.next@href",
            "limit: {pages: 100000, depth: 1000}",
            "pace: {delay: 0, at_once: 8}",
        ]
        if shape.text_selector:
            lines += ["extract:", f"  text: '{shape.text_selector}'"]
        (folder / "site.yaml").write_text("\n".join(lines) + "\n", encoding="utf-8")
        rows.append(f"测量 {shape.name},网络文学,{shape.name},手动")
    (root / "directory.csv").write_text("\n".join(rows) + "\n", encoding="utf-8")


def command(root: Path, *words: str) -> None:
    environment = {**os.environ, "PATROL_WORKSPACE": str(root)}
    done = subprocess.run([sys.executable, "-m", "patrol", *words], cwd=CHECKOUT, env=environment, check=False)
    if done.returncode not in (0, 1):
        raise SystemExit(f"patrol {' '.join(words)} ended with {done.returncode}")


def measure(args: argparse.Namespace) -> dict[str, Any]:
    rows = [row for row in read_rows(args.suspects) if row["text"].strip()]
    if args.limit:
        step = max(1, len(rows) // args.limit)
        rows = rows[::step]
    shares = {shape.name: rows[n :: len(SHAPES)] for n, shape in enumerate(SHAPES)}
    ports = free_ports(8871)[: len(SHAPES)]
    server = multiprocessing.get_context("fork").Process(target=serve, args=(shares, ports), daemon=True)
    server.start()
    with tempfile.TemporaryDirectory(prefix="patrol-e2e-") as folder:
        root = Path(folder) / "office"
        command(Path(folder), "init", str(root))
        write_sites(root, ports)
        command(root, "works", "import", str(args.works))
        command(root, "directory", "import", str(root / "directory.csv"))
        began = time.perf_counter()
        command(root, "run", "--all")
        seconds = time.perf_counter() - began
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        result = account(root, shares)
        result |= {"seconds": seconds, "pages_per_second": result["captures"] / seconds, "peak_mb": peak}
    server.terminate()
    return result


def account(root: Path, shares: dict[str, list[Row]]) -> dict[str, Any]:
    """Recall by label and strength, and false alarms, from the leads in the database."""
    database = Database(Workspace.find(root).database_url)
    with database.session() as session:
        found = {(f.site, urlsplit(f.path).path): f for f in found_pages(session)}
        ranked = ranked_leads(session)
        captures = session.scalar(select(func.count(Capture.id))) or 0
        leads = session.scalar(select(func.count(Lead.id))) or 0
        matches = session.scalar(select(func.count(Match.id))) or 0
    database.close()
    planted: Counter[str] = Counter()
    hit: Counter[str] = Counter()
    alarms: Counter[str] = Counter()
    clean = 0
    for name, rows in shares.items():
        for number, row in enumerate(rows):
            lead = found.get((name, f"/t/{number}"))
            if row["label"] == "clean":
                clean += 1
                if lead is not None:
                    alarms[row.get("strength", "")] += 1
                continue
            label = f"{row['label']} {row.get('strength', '')}".strip()
            planted[label] += 1
            hit[label] += lead is not None and bool(lead.works & set(row["works"]))
    guilty = {
        (name, f"/t/{number}"): set(row["works"])
        for name, rows in shares.items()
        for number, row in enumerate(rows)
        if row["label"] != "clean"
    }
    first = ranked[: len(guilty)]
    right = sum(any(f.works & guilty.get((f.site, f.path), set()) for f in lead) for lead in first)
    return {
        "first": [right, len(first)],
        "captures": captures,
        "leads": leads,
        "matches": matches,
        "served": sum(map(len, shares.values())),
        "recall": {label: [hit[label], planted[label]] for label in sorted(planted)},
        "clean": clean,
        "false_alarms": dict(alarms),
    }


def show(result: dict[str, Any]) -> None:
    print(f"pages served {result['served']}, captured {result['captures']}, leads {result['leads']}")
    print(f"{result['pages_per_second']:.1f} pages/s over {result['seconds']:.0f} s, peak {result['peak_mb']:.0f} MB")
    print(f"{'label':42} recall   found/planted")
    for label, (hit, planted) in result["recall"].items():
        print(f"{label:42} {hit / planted:.3f}    {hit}/{planted}")
    right, first = result["first"]
    print(f"first leads (as many as are planted) right {right}/{first} = {right / max(1, first):.4f}")
    alarms = sum(result["false_alarms"].values())
    print(f"false alarms {alarms}/{result['clean']} = {alarms / max(1, result['clean']):.4f}  {result['false_alarms']}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", type=Path, default=DATA / "works_dev.jsonl.xz")
    parser.add_argument("--suspects", type=Path, default=DATA / "suspects_dev.jsonl.xz")
    parser.add_argument("--limit", type=int, help="about how many suspects, evenly spread")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    for path in (args.works, args.suspects):
        if not path.exists():
            print(f"skipped: {path} is not here")
            return
    result = measure(args)
    show(result)
    if args.json:
        args.json.write_text(json.dumps(result, ensure_ascii=False, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
