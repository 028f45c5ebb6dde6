"""Time and memory of a report of very many leads, each with its comparison.

    .venv/bin/python -m benchmarks.report [--leads 10000] [--form html|xlsx|csv|jsonl|docx] [--kind daily] [--keep FOLDER]

Works and pages are drawn as Chinese text uses characters: 200 works of 40,000 characters; every page is 2,000 characters of
which two passages of 400 are a work's, every twentieth character replaced. The report is written by a process of its own, whose time and
greatest resident memory are measured; the database is on SQLite. Several forms, with commas between, are written from the
same database. With ``--keep`` the report stays for a look at it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from sqlalchemy import insert

from patrol.config import Workspace
from patrol.db.models import Capture, CaptureText, Lead, Match, Patrol, Signal, Work, WorkText
from patrol.db.session import Database
from patrol.leads.views import LeadFilter
from patrol.vocabulary import Field, Grade, MatchKind
from patrol.workspace import make_workspace
from reports.data import basis
from reports.html import Period
from reports.kinds import form_named, kind_named
from reports.writer import Wish, make_files
from tests.fingerprints.prose import prose

WORKS, LONG, PAGE, PASSAGE = 200, 40_000, 2_000, 400
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def fill(database: Database, leads: int) -> None:
    """``leads`` leads with captures, texts, matches and signals."""
    rng = np.random.default_rng(7)
    with database.session() as session:
        session.add(Patrol(id=1, started_at=NOW, status="done"))
        texts = [prose(seed, LONG) for seed in range(WORKS)]
        for number, text in enumerate(texts):
            session.add(
                Work(
                    id=f"w{number}",
                    title=f"第{number}部作品",
                    holder="某某出版社",
                    imported_at=NOW,
                    text=WorkText(text=text),
                )
            )
        others = prose(WORKS, 400_000)
    rows = _rows(leads, texts, others, rng)
    while part := list(islice(rows, 500)):
        with database.session() as session:
            for table in (Capture, CaptureText, Lead, Match, Signal):
                session.execute(insert(table), [row[table] for row in part])


def _rows(leads: int, texts: list[str], others: str, rng: np.random.Generator) -> Iterator[dict[Any, dict[str, Any]]]:
    kinds, fields, grades = list(MatchKind), list(Field), list(Grade)
    for number in range(1, leads + 1):
        work = int(rng.integers(WORKS))
        starts = sorted(int(at) for at in rng.integers(0, LONG - PASSAGE, 2))
        page, passages = "", []
        for start in starts:
            at = int(rng.integers(len(others) - PAGE))
            page += others[at : at + PAGE // 2 - PASSAGE]
            copied = list(texts[work][start : start + PASSAGE])
            copied[::20] = others[at : at + len(copied[::20])]
            passages.append(
                {"page_start": len(page), "page_end": len(page) + PASSAGE, "work_start": start,
                 "work_end": start + PASSAGE, "identity": 0.85}
            )  # fmt: skip
            page += "".join(copied)
        found = NOW - timedelta(days=number % 30)
        yield {
            Capture: {
                "id": number, "patrol_id": 1, "site": "books", "page_kind": "article", "url": f"https://a.example.cn/{number}",
                "canonical_url": str(number), "http_status": 200, "fetched_at": found, "warc_path": "evidence/2026/a.warc.gz", "warc_offset": 0,
                "warc_length": 1, "record_id": f"r{number}", "payload_sha256": "0" * 64, "record_sha256": "1" * 64,
                "chain_sha256": "2" * 64, "title": f"第{number}个页面的标题", "extracted": {}, "judged_at": found,
            },
            CaptureText: {"capture_id": number, "text": page},
            Lead: {
                "id": number, "number": f"案线〔2026〕{number:05}号", "key": str(number), "site": "books", "field": fields[number % 9],
                "kind": kinds[number % 5], "work_id": f"w{work}", "title": f"第{number}个页面的标题", "url": f"https://a.example.cn/{number}",
                "seller": f"第{number % 700}家店铺", "grade": grades[number % 3], "score": float(number % 97), "found_at": found, "patrol_id": 1,
            },
            Match: {
                "capture_id": number, "lead_id": number, "work_id": f"w{work}", "kind": "verbatim", "probability": 0.97, "index_version": "4-bench",
                "passages": passages, "renamings": [{"old": texts[work][:2], "new": page[:2], "support": 3}],
                "disguises": [], "reasons": [{"code": "exact_run", "weight": 1.0, "values": [["longest", 80]]}],
            },
            Signal: {
                "lead_id": number, "capture_id": number, "code": "title_in_text", "points": 5.0,
                "values": {"named": "某书", "work": f"第{work}部作品"},
            },
        }  # fmt: skip


def write(office: Path, kind: str, form: str, folder: Path) -> tuple[float, float, float, int]:
    """Seconds, seconds of processor, MiB at most, bytes written."""
    workspace = Workspace.find(office)
    wanted = kind_named(kind)
    wish = Wish(wanted, form_named(wanted, form), basis(workspace, Period(), LeadFilter()))
    database = Database.ready(workspace.database_url)
    begun = time.perf_counter()
    with database.session() as session:
        make_files(session, workspace, wish, folder if form == "csv" else folder / f"report.{form}")
    seconds = time.perf_counter() - begun
    database.close()
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    used = resource.getrusage(resource.RUSAGE_SELF)
    return seconds, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024, size


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--leads", type=int, default=10_000)
    parser.add_argument("--form", default="html")
    parser.add_argument("--kind", default="daily")
    parser.add_argument("--keep", type=Path)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        workspace = make_workspace(Path(temporary) / "office")
        database = Database.ready(workspace.database_url)
        fill(database, asked.leads)
        database.close()
        folder = asked.keep or Path(temporary) / "reports"
        folder.mkdir(parents=True, exist_ok=True)
        for form in asked.form.split(","):
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                seconds, used, memory, size = pool.apply(write, (workspace.root, asked.kind, form, folder / form))
            print(
                f"{asked.kind} {form}, {asked.leads} leads: {seconds:.1f} s ({used:.1f} s of processor), "
                f"{memory:.0f} MiB at most, {size / 1e6:.1f} MB"
            )


if __name__ == "__main__":
    main()
