"""How fast a newly protected work is compared with an archive of captured pages.

    python -m benchmarks.rescan --works W --suspects S [--pages N] [--workers K]

``W`` and ``S`` are JSON Lines (plain or .xz) in the format of ``../shared/data/detection``. The archive is filled with
clean suspects (repeated until there are ``N``), each after a first judgement; the whole library protects, and one of
its works is new. Timed is ``run_rescan`` as ``patrol rescan --work`` calls it, start of the processes included.
"""

from __future__ import annotations

import argparse
import itertools
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import insert

from benchmarks.detection_data import read_rows, read_works
from patrol.config import Workspace
from patrol.db.models import Capture, CaptureText, Patrol
from patrol.db.session import Database
from patrol.patrols.rescan import Asked, run_rescan
from patrol.works import library
from patrol.works.importing import NewWork, enter_works
from patrol.workspace import make_workspace

CHUNK = 1000


def fill(database: Database, texts: list[str], pages: int) -> None:
    """``pages`` captures that were judged before."""
    now = datetime.now(UTC)
    with database.session() as session:
        session.add(Patrol(id=1, started_at=now, status="done"))
    numbers = iter(range(1, pages + 1))
    source = itertools.cycle(texts)
    while chunk := list(itertools.islice(numbers, CHUNK)):
        rows = [
            {
                "id": n, "patrol_id": 1, "site": "shop", "page_kind": "article", "url": f"http://a.example.cn/{n}",
                "canonical_url": f"http://a.example.cn/{n}", "http_status": 200, "fetched_at": now, "warc_path": "x",
                "warc_offset": 0, "warc_length": 1, "record_id": f"<urn:{n}>", "payload_sha256": "0" * 64,
                "record_sha256": "0" * 64, "chain_sha256": "0" * 64, "title": "阅读", "judged_at": now,
                "extracted": {"title": "阅读", "rules": [["title", "h1"], ["text", "正文"]]},
            }
            for n in chunk
        ]  # fmt: skip
        with database.session() as session:
            session.execute(insert(Capture), rows)
            session.execute(insert(CaptureText), [{"capture_id": n, "text": next(source)} for n in chunk])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--works", type=Path, required=True)
    parser.add_argument("--suspects", type=Path, required=True)
    parser.add_argument("--pages", type=int, default=20_000)
    parser.add_argument("--workers", type=int, default=0)
    arguments = parser.parse_args()
    missing = [str(path) for path in (arguments.works, arguments.suspects) if not path.exists()]
    if missing:
        print("skipped: not here:", *missing)
        return
    os.environ.pop("PATROL_DATABASE", None)
    with tempfile.TemporaryDirectory() as folder:
        workspace = make_workspace(Path(folder) / "office")
        if arguments.workers:
            (workspace.root / "patrol.toml").write_text(f"[matching]\nworkers = {arguments.workers}\n")
            workspace = Workspace.find(workspace.root)
        database = Database(workspace.database_url)
        works = [NewWork(work.id, work.title, work.text, arguments.works.name) for work in read_works(arguments.works)]
        with database.session() as session:
            enter_works(session, works)
        library.refresh(workspace, database)
        fill(database, [row.text for row in read_rows(arguments.suspects) if row.label == "clean"], arguments.pages)
        outcome = run_rescan(workspace, database, Asked(works=(works[0].id,)))
        database.close()
    done = outcome.progress
    print(
        f"{done.compared} pages, {len(works)} works protected, one new: {outcome.seconds:.1f} s, "
        f"{done.compared / outcome.seconds:.0f} pages/s ({done.opened} leads, {done.failed} failed)"
    )


if __name__ == "__main__":
    main()
