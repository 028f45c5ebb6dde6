"""Pages a second of a whole patrol beside a bare Scrapy spider on the same loopback server, side by side in one run.

    .venv/bin/python -m benchmarks.crawl [--pages 3000] [--rounds 3] [--works W] [--json OUT]

Rows: the bare spider with five fields by CSS; a patrol with everything on (evidence, extraction, matching, database);
the same patrol that only extracts, and only extracts and keeps evidence, to show what each step costs; then the same
with main text instead of selectors. Rounds are interleaved and the ratio is the median of the rounds' ratios. Texts are drawn as
Chinese text uses characters, two in a hundred pages copy a work of ``W`` (the development works, when they are here).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import os
import re
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.crawl_site import serve, site_answers
from benchmarks.patrol_e2e import DATA, command, read_rows
from patrol.config import CHECKOUT
from patrol.demo.server import HOST, free_ports
from tests.fingerprints.prose import prose

PIPELINES = {
    "extract": {},
    "keep": {"pipelines.evidence.EvidencePipeline": 100},
    "all": None,
}
RULES = {
    "fields": "extract: {title: h1.title, price: .price, seller: .seller, sales: .sold, text: '#detail'}\n",
    "main": "",
}


@dataclass(frozen=True, slots=True)
class Run:
    """``way``: bare, or how much of the house is on; ``reading``: five fields by CSS, or main text."""

    way: str
    reading: str

    @property
    def name(self) -> str:
        return f"{self.way} {self.reading}"


RUNS = tuple(Run(way, reading) for reading in RULES for way in ("bare", *PIPELINES))


def made_works(folder: Path) -> Path:
    """A stand-in for the development works where they are not here."""
    path = folder / "works.jsonl"
    rows = ({"id": f"w{n}", "title": f"测量作品 {n}", "text": prose(10**6 + n, 1700)} for n in range(700))
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def texts(count: int, works: Path) -> list[str]:
    """Page texts of about 1,200 characters; every fiftieth holds 500 characters of a work."""
    held = [row["text"] for row in read_rows(works)]
    made = [prose(number, 1200) for number in range(count)]
    for number in range(0, count, 50):
        work = held[number // 50 % len(held)]
        made[number] = made[number][:400] + "\n" + work[:500] + "\n" + made[number][400:700]
    return made


def bare(run: Run, first: str, folder: Path) -> None:
    words = [sys.executable, "-m", "scrapy", "crawl", f"bare_{run.reading}", "-a", f"first={first}"]
    environment = {
        **os.environ,
        "SCRAPY_SETTINGS_MODULE": "benchmarks.crawl_settings",
        "BENCH_OUT": str(folder / "out"),
    }
    subprocess.run(words, cwd=CHECKOUT, env=environment, check=True, capture_output=True)


def office(folder: Path, run: Run, first: str, works: Path) -> Path:
    """A workspace with the site and the works in it."""
    root = folder / f"office-{run.way}-{run.reading}"
    command(folder, "init", str(root))
    config = root / "patrol.toml"
    text = re.sub(
        r"(?m)^(delay|at_once) = .*$",
        lambda m: f"{m[1]} = {'0.0' if m[1] == 'delay' else 8}",
        config.read_text("utf-8"),
    )
    config.write_text(text, encoding="utf-8")
    site = root / "sites" / "bench" / "site.yaml"
    site.parent.mkdir(parents=True)
    site.write_text(
        f"name: 测量书市\nkind: listing\nstart: {first}\nallow_private: ['{first.split('/')[2]}']\n"
        "crawl: pagination_only\nitems: a.item@href\nnext: a.next@href\nlimit: {pages: 1000000, depth: 100000}\n"
        f"pace: {{delay: 0, at_once: 8}}\n{RULES[run.reading]}",
        encoding="utf-8",
    )
    (root / "directory.csv").write_text("名称,领域,站点,频次\n测量,图书,bench,手动\n", encoding="utf-8")
    if run.way == "all":
        command(root, "works", "import", str(works))
    command(root, "directory", "import", str(root / "directory.csv"))
    return root


def patrol(run: Run, root: Path, folder: Path) -> None:
    """One patrol of the site, with as many steps of the house as the run wants."""
    environment = {
        **os.environ,
        "PATROL_WORKSPACE": str(root),
        "SCRAPY_SETTINGS_MODULE": "benchmarks.crawl_settings",
        "BENCH_OUT": str(folder / "out"),
        "BENCH_PIPELINES": json.dumps(PIPELINES[run.way]),
    }
    words = [sys.executable, "-m", "patrol", "run", "--all"]
    done = subprocess.run(words, cwd=CHECKOUT, env=environment, check=False, capture_output=True, text=True)
    if done.returncode not in (0, 1):
        raise SystemExit(f"{run.name} ended with {done.returncode}: {done.stderr[-2000:]}")


def measure(args: argparse.Namespace) -> dict[str, list[dict[str, Any]]]:
    wanted = [run for run in RUNS if not args.only or run.reading == args.only]
    port = free_ports(8891)[0]
    first = f"http://{HOST}:{port}/list/1"
    answers = site_answers(texts(args.pages, args.works))
    server = multiprocessing.get_context("fork").Process(target=serve, args=(answers, HOST, port), daemon=True)
    server.start()
    sizes = [len(answer) for path, answer in answers.items() if path.startswith(b"/t/")]
    print(f"{args.pages} pages of {np.mean(sizes) / 1000:.1f} kB, load {os.getloadavg()[0]:.1f}")
    found: dict[str, list[dict[str, Any]]] = {run.name: [] for run in wanted}
    for number in range(args.rounds):
        for run in wanted:
            with tempfile.TemporaryDirectory(prefix="patrol-crawl-") as name:
                folder = Path(name)
                if run.way == "bare":
                    bare(run, first, folder)
                else:
                    patrol(run, office(folder, run, first, args.works), folder)
                said = json.loads((folder / "out").read_text(encoding="utf-8"))
            found[run.name].append(said)
            print(f"round {number + 1}, {run.name:14} {said['items'] / said['seconds']:7.1f} pages/s", flush=True)
            time.sleep(0.5)
    server.terminate()
    return found


def show(found: dict[str, list[dict[str, Any]]]) -> None:
    print(f"{'':14} pages/s  of bare  processor ms/page  memory MB at 1,000 / at the end  loop held over 50 ms")
    for name, rounds in found.items():
        beside = found[f"bare {name.split()[1]}"]
        speeds = [one["items"] / one["seconds"] for one in rounds]
        ratio = statistics.median(s / (b["items"] / b["seconds"]) for s, b in zip(speeds, beside, strict=True))
        cost = statistics.median(one["processor"] / one["items"] * 1000 for one in rounds)
        memory = rounds[-1]["memory"]
        grown = f"{memory.get('1000', 0):.0f} / {list(memory.values())[-1] if memory else 0:.0f}"
        holds = [hold for one in rounds for hold in one["holds"]]
        worst = max((hold["cpu_ms"] for hold in holds), default=0)
        print(
            f"{name:14} {statistics.median(speeds):7.1f}  {ratio:7.2f}  {cost:16.2f}  {grown:>31}  "
            f"{len(holds)}{f' (worst {worst:.0f} ms)' if holds else ''}"
        )
        for hold in sorted(holds, key=lambda h: -h["cpu_ms"])[:3]:
            print(f"    {hold['cpu_ms']:.0f} ms at page {hold['at_item']}: {' < '.join(reversed(hold['where']))}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--pages", type=int, default=3000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--only", choices=list(RULES), help="only with fields by CSS, or only with main text")
    parser.add_argument("--works", type=Path, default=DATA / "works_dev.jsonl.xz")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="patrol-crawl-works-") as folder:
        if not args.works.exists():
            print(f"{args.works} is not here: works are made up")
            args.works = made_works(Path(folder))
        found = measure(args)
    show(found)
    if args.json:
        args.json.write_text(json.dumps(found, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
