"""``patrol import`` as a clerk types it: kept, compared and told apart from what was fetched; once; stopped and gone on."""

from __future__ import annotations

import gzip
import hashlib
import json
import os
import signal
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from patrol.cli import app
from patrol.config import Workspace
from patrol.db.models import Capture, Lead, Patrol
from patrol.db.session import Database
from patrol.errors import InputError
from patrol.evidence.chain import read_chain
from patrol.evidence.files import patrol_folder
from patrol.evidence.vault import Vault
from patrol.evidence.warc import SEGMENT
from patrol.items import ImportedFile
from patrol.leads.queries import lead_views
from patrol.leads.statistics import figures
from reports.html import Period, write_report
from tests.patrols.test_patrols import SQLITE, crawling_process, evidence_is_whole
from tests.patrols.tiny import COPY, office, town
from tests.spiders.test_saved import record
from tests.waiting import PATIENCE, running, wait_until

pytestmark = SQLITE


@pytest.fixture(autouse=True)
def environment(workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATROL_WORKSPACE", str(workspace.root))
    monkeypatch.setenv("PYTHONPATH", str(Path(__file__).resolve().parents[2]))
    monkeypatch.delenv("SCRAPY_SETTINGS_MODULE", raising=False)


def command(*words: object) -> list[str]:
    return [sys.executable, "-m", "patrol", "import", *map(str, words)]


def imported(*words: object) -> tuple[int, dict[str, Any]]:
    ended = CliRunner().invoke(app, ["import", *map(str, words), "--json"])
    assert isinstance(ended.exception, SystemExit | None), ended.exception
    return ended.exit_code, json.loads(ended.stdout)


def captures(database: Database) -> list[Capture]:
    with database.session() as session:
        found = list(session.scalars(select(Capture).order_by(Capture.id)))
        session.expunge_all()
    return found


def count(database: Database) -> int:
    with database.session() as session:
        return session.scalar(select(func.count(Capture.id))) or 0


def page(title: str, text: str, head: str = "") -> bytes:
    return f"<html>{head}<title>{title}</title><h1>{title}</h1><div id=d><p>{text}</p></div></html>".encode("gb18030")


def test_brought_files_are_kept_compared_and_never_look_fetched(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    brought = tmp_path / "材料"
    (brought / "文_files").mkdir(parents=True)
    (brought / "文_files" / "a.png").write_bytes(b"\x89PNG of the page")
    (brought / "文_files" / "saved_resource.html").write_bytes(page("框", COPY))
    (brought / "说明.txt").write_text("给您材料")
    (brought / "坏.pdf").write_bytes(b"%PDF-1.4")
    table = "商品名称,价格,店铺,链接\n雾港来信 1:1复刻 全套DM本,49,某某小店,https://s.example.cn/i/9\n文具,5,,\n"
    (brought / "出.csv").write_bytes(table.encode("gbk"))
    (brought / "又.csv").write_bytes(table.encode("gbk"))
    with town({1: "x"}) as site:
        office(workspace, database, 甲=site.url)
        saved = page("旧文", COPY, f'<!-- saved from url=(0022){site.url}/p/1 --><img src="{site.url}/p/1">')
        (brought / "文.html").write_bytes(saved)
        status, said = imported(brought, "--source", "权利人张三", "--note", "七月交来")
        assert site.seen == [], "nothing was asked of the network"
    ended = {one["file"].partition("/")[2]: (one["status"], one["counts"]["captures"]) for one in said["files"]}
    assert ended == {"坏.pdf": ("failed", 0), "出.csv": ("done", 2), "文.html": ("done", 1)}
    assert status == 1, "a file that could not be read is something to look at"
    assert said["twins"] == [{"file": "材料/又.csv", "same_as": "材料/出.csv"}]
    assert (said["new_leads"], said["passed"]) == (2, 1)
    with database.session() as session:
        assert session.get_one(Patrol, 1).filter == {"import": {"source": "权利人张三", "note": "七月交来"}}
        leads = {lead.title: lead for lead in lead_views(session, None)}
        counted = figures(session)
        write_report(session, None, "某站", "", Period(), tmp_path / "r.html")
    assert (counted.total.pages, counted.imported, counted.sites, counted.targets) == (3, 3, 0, 0)
    copy, sale = leads["旧文"], leads["雾港来信 1:1复刻 全套DM本"]
    assert (copy.url, copy.site, copy.field.value) == (f"{site.url}/p/1", "甲", "script_game")
    assert (sale.seller, sale.site) == ("某某小店", "导入")
    origin = copy.captures[0].imported
    assert origin is not None
    assert (origin.file, origin.source, origin.note) == ("材料/文.html", "权利人张三", "七月交来")
    assert origin.file_sha256 == hashlib.sha256(saved).hexdigest()
    assert origin.claimed_at is not None and origin.claimed_by == "文件修改时间"
    report = (tmp_path / "r.html").read_text(encoding="utf-8")
    assert "取证快照" not in report
    assert "导入：非本单位访问取得，出自文件“<bdi>材料/文.html</bdi>”" in report
    assert "未经核实" in report
    evidence_is_whole(workspace, database)
    kept = {}
    for file in patrol_folder(workspace, 1).glob("*.warc.gz"):
        with file.open("rb") as stream:
            for one in ArchiveIterator(stream):
                kept[one.rec_headers.get_header("WARC-Target-URI"), one.rec_type] = one.content_stream().read()
    assert not any(kind == "request" for _, kind in kept), "no request of ours is claimed"
    assert {saved, (brought / "文_files" / "a.png").read_bytes(), b"%PDF-1.4"} <= set(kept.values())
    about = json.loads(
        next(body for (url, kind), body in kept.items() if kind == "metadata" and str(url).endswith("html"))
    )
    assert about["import"]["sm3"] == hashlib.new("sm3", saved).hexdigest()
    assert (about["source"], len(about["companions"])) == ("权利人张三", 2)

    again, said = imported(brought / "文.html")
    assert (again, said["patrol"]) == (0, None)
    assert said["known"] == [{"file": "文.html", "patrol": 1, "captures": 1}]
    again, said = imported(brought / "文.html", "--again", "--url", "https://other.example.cn/", "--field", "图书")
    assert (again, said["patrol"], count(database)) == (0, 2, 4)
    assert captures(database)[-1].url == "https://other.example.cn/"
    with database.session() as session:
        assert session.scalars(select(Lead).order_by(Lead.id.desc())).first().field == "book"  # type: ignore[union-attr]


def many(tmp_path: Path, pages: int) -> Path:
    """An archive of so many pages, none of them a copy."""
    records = (record(f"https://a.example.cn/{n}", page(f"第{n}页", f"普通文字 {n}")) for n in range(pages))
    (tmp_path / "录.warc.gz").write_bytes(b"".join(records))
    return tmp_path / "录.warc.gz"


@pytest.mark.slow
def test_an_import_that_is_stopped_or_killed_goes_on_where_it_was(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    file = many(tmp_path, 600)
    office(workspace, database)

    with running(command(file), stderr=subprocess.PIPE) as killed:
        wait_until(lambda: count(database) >= 20, by=killed)
        os.kill(crawling_process(workspace), signal.SIGKILL)
        assert "巡查进程意外退出" in killed.communicate(timeout=PATIENCE)[1]
    assert killed.returncode == 2
    kept = count(database)
    with running(command(file), stderr=subprocess.PIPE) as stopped:
        wait_until(lambda: count(database) >= kept + 20, by=stopped)
        stopped.send_signal(signal.SIGINT)
        assert "已保存的内容不受影响" in stopped.communicate(timeout=PATIENCE)[1]
    assert stopped.returncode == 130
    assert kept < count(database) < 600, "the import was not ended early: make it longer"
    status, said = imported(file)
    assert (status, said["patrol"], said["resumed"]) == (0, 1, True)
    rows = captures(database)
    assert len({row.url for row in rows}) == len(rows) == 600
    assert all(row.judged_at is not None for row in rows)
    evidence_is_whole(workspace, database)
    entries = read_chain(patrol_folder(workspace, 1) / "chain.txt").entries
    assert sum(entry.kind == "import" for entry in entries) == 1, "the file itself is kept once"


def test_a_page_is_read_by_the_rules_and_signs_of_its_site(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    office(workspace, database)
    folder = workspace.root / "sites" / "书市"
    folder.mkdir(parents=True)
    (folder / "site.yaml").write_text(
        "name: 书市\nkind: listing\nstart: [https://www.books.example.cn/]\nstates: {gone: [商品已下架]}\n"
        "extract: {title: .t, seller: .s}\n",
        encoding="utf-8",
    )
    for name, key in (("站点地图站", "sitemap"), ("订阅源站", "feed")):
        (workspace.root / "sites" / name).mkdir()
        (workspace.root / "sites" / name / "site.yaml").write_text(
            f"name: {name}\nkind: listing\nstart:\n  - {key}: https://{key}.example.cn/s.xml\nextract: {{title: .t}}\n",
            encoding="utf-8",
        )
    body = "<html><title>x</title><div class=t>好书</div><div class=s>书店</div><p>详情</p>"
    (tmp_path / "录.warc").write_bytes(
        gzip.decompress(record("https://m.books.example.cn/1", body.encode("gbk")))
        + gzip.decompress(record("https://books.example.cn/2", "<p>商品已下架</p>".encode()))
        + gzip.decompress(record("https://elsewhere.example.cn/", body.encode()))
        + gzip.decompress(record("https://sitemap.example.cn/1", body.encode()))
        + gzip.decompress(record("https://feed.example.cn/1", body.encode()))
        + gzip.decompress(record("http://[broken/3", body.encode()))
    )
    status, said = imported(tmp_path / "录.warc", "--kind", "帖子")
    assert (status, said["files"][0]["reason"]) == (1, "1 页已删除或下架")
    first, gone, other, mapped, fed, broken = captures(database)
    assert (first.site, first.title, first.extracted["seller"], first.page_kind) == ("书市", "好书", "书店", "post")
    assert first.site_file_sha256
    assert (gone.site, gone.state) == ("书市", "gone")
    assert [(one.site, one.title) for one in (other, broken)] == [("导入", "x")] * 2
    assert [(one.site, one.title) for one in (mapped, fed)] == [("站点地图站", "好书"), ("订阅源站", "好书")]
    claimed = datetime.fromisoformat(first.extracted["imported"]["claimed_at"])
    assert claimed == datetime(2026, 11, 24, 8, tzinfo=UTC)
    assert first.fetched_at > claimed, "what we prove is when it was imported"


def test_a_file_is_done_only_when_all_its_pages_are_kept(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    office(workspace, database)
    file = tmp_path / "录.warc.gz"
    too_large = record("https://a.example.cn/1", b"<p>" + b"x" * (32 * 1024 * 1024))
    pages = [record(f"https://a.example.cn/{n}", page(f"第{n}页", "普通文字")) for n in (0, 2)]
    file.write_bytes(pages[0] + too_large + pages[1])
    status, said = imported(file)
    assert (status, said["files"][0]["status"], said["files"][0]["counts"]["captures"]) == (1, "failed", 2)
    assert "第2条记录：网页超过 32 MB" in said["files"][0]["reason"]
    status, said = imported(file)
    assert (status, said["patrol"], said["known"]) == (1, 2, []), "what is not done is tried again"
    assert said["files"][0]["status"] == "failed"
    assert count(database) == 2, "what was kept before is not kept twice"
    _, said = imported(file, "--again")
    assert (said["files"][0]["counts"]["captures"], count(database)) == (2, 4)


def test_a_page_that_does_not_reach_the_evidence_leaves_its_file_undone(
    workspace: Workspace, database: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    office(workspace, database)
    pages = [record(f"https://a.example.cn/{n}", page(n, "普通文字")) for n in ("taken", "refused")]
    (tmp_path / "录.warc.gz").write_bytes(b"".join(pages))
    with monkeypatch.context() as patch:
        patch.setenv("SCRAPY_SETTINGS_MODULE", "tests.patrols.refusing_settings")
        status, said = imported(tmp_path / "录.warc.gz")
    file = said["files"][0]
    assert (status, file["status"], file["reason"], count(database)) == (1, "failed", "1 页没有存进证据，详见日志", 1)
    status, said = imported(tmp_path / "录.warc.gz")
    assert (status, said["files"][0]["status"], said["files"][0]["reason"]) == (0, "done", "")
    assert [row.url.rpartition("/")[2] for row in captures(database)] == ["taken", "refused"]


def test_a_large_file_is_kept_in_segments_and_one_that_changed_not_at_all(
    workspace: Workspace, database: Database, tmp_path: Path
) -> None:
    with database.session() as session:
        session.add(Patrol(id=1, started_at=datetime(2026, 11, 24, tzinfo=UTC), status="running"))
    data = os.urandom(SEGMENT + 10)
    (tmp_path / "大.bin").write_bytes(data)
    vault = Vault.open(workspace, database, 1)
    try:
        wrong = ImportedFile(None, str(tmp_path / "大.bin"), "大.bin", "0" * 64)
        gone = ImportedFile(None, str(tmp_path / "无.bin"), "无.bin", "1" * 64)
        right = ImportedFile(None, str(tmp_path / "大.bin"), "大.bin", hashlib.sha256(data).hexdigest())
        changed, missing, kept = vault.keep_files([wrong, gone, right])
        assert "被改动" in changed
        assert "无法读取" in missing
        assert [kept, *vault.keep_files([right])] == ["", ""]
    finally:
        vault.close()
    (file,) = patrol_folder(workspace, 1).glob("*.warc.gz")
    parts, kinds = [], []
    with file.open("rb") as stream:
        for one in ArchiveIterator(stream, check_digests="raise"):
            kinds.append(one.rec_type)
            if one.rec_type in ("resource", "continuation"):
                parts.append(one.content_stream().read())
    assert kinds == ["warcinfo", "resource", "continuation", "metadata"]
    assert b"".join(parts) == data
    reopened = Vault.open(workspace, database, 1)
    try:
        assert reopened.mended == []
        size = file.stat().st_size
        assert reopened.keep_files([right]) == [""]
        assert file.stat().st_size == size, "what a patrol has, it keeps once"
    finally:
        reopened.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["没有.html"], "没有这个文件"),
        (["a.html", "--site", "没有"], "sites list"),
        (["a.html", "--kind", "诗"], "--kind"),
        (["a.html", "--field", "诗"], "--field"),
        (["a.html", "--map", "价格"], "列名=字段"),
        (["a.html", "--url", "a.cn"], "完整网址"),
        (["a.html", "b.html", "--url", "https://a.cn/"], "单个文件"),
        ([".hidden"], "没有可导入的文件"),
    ],
)
def test_wrong_use_is_told_before_anything_is_imported(
    workspace: Workspace,
    database: Database,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    words: list[str],
    said: str,
) -> None:
    for name in ("a.html", "b.html"):
        (tmp_path / name).write_text(f"<p>{name}")
    (tmp_path / ".hidden").mkdir()
    monkeypatch.chdir(tmp_path)
    ended = CliRunner().invoke(app, ["import", *words])
    assert isinstance(ended.exception, InputError)
    assert said in str(ended.exception)
    assert count(database) == 0
