"""The index beside each WARC file: what pywb's own tools make of it."""

from __future__ import annotations

import json
import os
import subprocess
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from cdxj_indexer.main import CDXJIndexer

from patrol.config import Workspace
from patrol.db.models import Patrol
from patrol.db.session import Database
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.vault import Vault
from patrol.evidence.verify import verify_folder
from patrol.evidence.warc import prepare
from tests.evidence.pages import page

PYWB = os.environ.get("PATROL_TEST_PYWB", "")
"""A Python that has pywb (it wants older libraries than ours, so it has an environment of its own)."""

ADDRESSES = (
    "http://shop.example.cn/item/1?b=2&a=1",
    "https://WWW.Example.cn:443/夜航船/第一章.html",
    "http://shop.example.cn/a%20b;jsessionid=1?q=%E5%A4%9C#part",
    "http://user:secret@shop.example.cn:8080//x/../y",
    "http://127.0.0.1:8000/",
    "http://shop.example.cn/空 格",
    "http://[::1]/x",
    "http://shop.example.cn/" + "长" * 2000,
)


def kept(workspace: Workspace, database: Database, rotate_at: int = 1 << 40) -> Path:
    """A finished patrol of pages with awkward addresses; its folder."""
    with database.session() as session:
        session.add(Patrol(id=1, started_at=datetime.now(UTC)))
    vault = Vault.open(workspace, database, 1, rotate_at=rotate_at)
    for number, url in enumerate(ADDRESSES):
        item = page(
            url,
            body=f"<html><body>第 {number} 页 {os.urandom(300).hex()}</body></html>".encode(),
            response_headers=(("Content-Type", "text/html; charset=utf-8"), ("X-Long", "x" * 70_000)),
            rendered_dom=b"<p>dom</p>",
            screenshot_png=b"\x89PNG",
            api_responses=(("http://shop.example.cn/api", b"{}"),),
        )
        vault.keep([prepare(item, program=PROGRAM)])
    vault.finish()
    vault.close()
    return patrol_folder(workspace, 1)


def test_the_index_is_what_the_web_archives_own_indexer_makes(workspace: Workspace, database: Database) -> None:
    folder = kept(workspace, database)
    (warc,) = folder.glob("*.warc.gz")
    out = StringIO()
    CDXJIndexer(out, [str(warc)], sort=True, records="response,revisit,resource").process_all()
    mine = (folder / "shop-00001.cdxj").read_text()
    assert mine.splitlines() == out.getvalue().splitlines()
    assert len(mine.splitlines()) == len(ADDRESSES) * 4


def test_files_rotate_at_their_limit_and_each_has_its_index(workspace: Workspace, database: Database) -> None:
    folder = kept(workspace, database, rotate_at=2000)
    files = sorted(folder.glob("*.warc.gz"))
    assert len(files) > 2
    for file in files[:-1]:
        assert file.stat().st_size >= 2000
    pages = 0
    for file in files:
        lines = file.with_name(file.name.replace(".warc.gz", ".cdxj")).read_text().splitlines()
        entries = [json.loads(line.split(" ", 2)[2]) for line in lines]
        assert {entry["filename"] for entry in entries} == {file.name}
        pages += sum(entry.get("mime") == "text/html" and "status" in entry for entry in entries)
    assert pages == len(ADDRESSES)
    assert verify_folder(folder).clean


_REPLAY = """
import json, sys, shutil
from pathlib import Path
root, folder, urls = Path(sys.argv[1]), Path(sys.argv[2]), json.loads(sys.argv[3])
for name in ("archive", "indexes"):
    (root / "collections" / "patrol" / name).mkdir(parents=True)
for path in folder.glob("*.warc.gz"):
    shutil.copy(path, root / "collections" / "patrol" / "archive")
for path in folder.glob("*.cdxj"):
    shutil.copy(path, root / "collections" / "patrol" / "indexes")
import os
from urllib.parse import quote
os.chdir(root)
Path("config.yaml").write_text("framed_replay: false\\n")
from pywb.apps.frontendapp import FrontEndApp
from werkzeug.test import Client
from werkzeug.wrappers import Response
client = Client(FrontEndApp(), Response)
seen = []
for url in urls:
    path = "/patrol/20261124080000id_/" + quote(url.split("#")[0], safe="".join(map(chr, range(0x21, 0x7F))))
    # As pywb's own server gives it: the address as the browser sent it.
    answer = client.get(path, environ_overrides={"REQUEST_URI": path})
    seen.append([answer.status_code, answer.headers.get("Content-Type", ""), answer.get_data().decode("utf-8")])
print(json.dumps(seen))
"""


@pytest.mark.skipif(not PYWB, reason="no Python with pywb named (PATROL_TEST_PYWB)")
def test_pywb_replays_every_page_by_our_index(workspace: Workspace, database: Database, tmp_path: Path) -> None:
    folder = kept(workspace, database)
    asked = [url for url in ADDRESSES if "长长" not in url]
    (tmp_path / "pywb").mkdir()
    words = [PYWB, "-c", _REPLAY, str(tmp_path / "pywb"), str(folder), json.dumps(asked)]
    done = subprocess.run(words, capture_output=True, text=True, check=False, env={"PATH": os.environ["PATH"]})
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    for url, (status, kind, text) in zip(asked, seen, strict=True):
        assert status == 200, (url, text[:200])
        assert kind.startswith("text/html"), url
        assert f"第 {ADDRESSES.index(url)} 页" in text, url
