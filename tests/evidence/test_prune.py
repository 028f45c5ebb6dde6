"""Pruning takes what became no lead, keeps the rest to the byte, and says in the chain what is gone."""

from __future__ import annotations

import hashlib
import os
import random
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import func, select
from typer.testing import CliRunner
from warcio.archiveiterator import ArchiveIterator

from patrol.cli import app
from patrol.config import Workspace
from patrol.db.casework import NoticeEvent
from patrol.db.models import Capture, CaptureText, Notice, Patrol
from patrol.db.session import Database
from patrol.errors import BusyError, EvidenceError
from patrol.evidence import prune as pruning
from patrol.evidence import record_removal
from patrol.evidence.chain import CHAIN_NAME, layout, read_chain
from patrol.evidence.custody import CUSTODY_NAME, read_custody
from patrol.evidence.db_claims import database_claims
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.findings import Fault, FolderReport
from patrol.evidence.prune import prune, settle
from patrol.evidence.vault import Vault
from patrol.evidence.verify import Against, repair_folder, verify_folder
from patrol.evidence.warc import prepare
from patrol.lock import patrol_lock
from tests.evidence.cases import add_lead, keep_patrol, seller_page, warc_files
from tests.evidence.pages import AT


def verified(workspace: Workspace, database: Database, patrol_id: int) -> FolderReport:
    folder = patrol_folder(workspace, patrol_id)
    return verify_folder(folder, Against(known=database_claims(workspace, database, [folder])))


LATER = AT + timedelta(days=1)


class Killed(BaseException):
    """Stands for a process that ends here."""


def rows_agree(workspace: Workspace, database: Database) -> int:
    """Every row's record stands where the row says, byte for byte; how many rows there are."""
    with database.session() as session:
        captures = session.scalars(select(Capture)).all()
        assert session.scalar(select(func.count()).select_from(CaptureText)) == len(captures)
    for capture in captures:
        with (workspace.root / capture.warc_path).open("rb") as file:
            file.seek(capture.warc_offset)
            data = file.read(capture.warc_length)
        assert hashlib.sha256(data).hexdigest() == capture.record_sha256
    return len(captures)


def chain_agrees(folder: Path) -> None:
    """Every record that the chain says is there is there, and each file holds nothing else."""
    found = layout(read_chain(folder / CHAIN_NAME).entries)
    for record in found.present.values():
        data = (folder / record.file).read_bytes()[record.offset : record.offset + record.length]
        assert hashlib.sha256(data).hexdigest() == record.sha256
    for name, end in found.ends().items():
        assert (folder / name).stat().st_size == end == sum(r.length for r in found.present.values() if r.file == name)
    assert not list(folder.glob("*.tmp"))


def test_captures_without_a_lead_go_and_the_chain_says_what_went(workspace: Workspace, database: Database) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 5)
    add_lead(database, patrol_id, [ids[1], ids[3]])
    folder = patrol_folder(workspace, patrol_id)
    before = read_chain(folder / CHAIN_NAME).entries
    (file,) = warc_files(workspace, patrol_id)
    old = file.read_bytes()
    done = prune(workspace, database, LATER)
    assert (done.captures, done.files) == (3, 1)
    assert rows_agree(workspace, database) == 2
    chain_agrees(folder)
    entries = read_chain(folder / CHAIN_NAME).entries
    assert entries[: len(before)] == before, "what was chained stays word for word"
    (note,) = entries[len(before) :]
    assert note.kind == "prune"
    assert note.body["was"]["sha256"] == hashlib.sha256(old).hexdigest()
    assert note.body["now"]["sha256"] == hashlib.sha256(file.read_bytes()).hexdigest()
    digests = {record.sha256 for entry in before if entry.kind == "capture" for record in entry.records}
    assert {gone["sha256"] for gone in note.body["removed"]} < digests
    with database.session() as session:
        assert session.scalar(select(Patrol.chain_head)) == done.heads[patrol_id] == note.digest
    with file.open("rb") as stream:
        kept = [
            r.rec_headers.get_header("WARC-Target-URI") for r in ArchiveIterator(stream) if r.rec_type == "response"
        ]
    assert kept == ["http://shop.example.cn/item/2", "http://shop.example.cn/item/4"]


def test_verification_says_what_is_gone_and_finds_nothing_wrong(workspace: Workspace, database: Database) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 5)
    add_lead(database, patrol_id, [ids[1]])
    prune(workspace, database, LATER)
    report = verified(workspace, database, patrol_id)
    assert report.clean, report.findings
    assert report.captures == 1
    (said,) = [f.says for f in report.findings if "清理" in f.says]
    assert "13 条记录已按规定清理" in said
    (file,) = warc_files(workspace, patrol_id)
    data = bytearray(file.read_bytes())
    data[-20] ^= 1
    file.write_bytes(data)
    assert not verified(workspace, database, patrol_id).sound


def test_verification_understands_a_pruning_that_was_cut_off_and_repair_ends_it(
    workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 4)
    add_lead(database, patrol_id, [ids[2]])

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(record_removal.Path, "replace", _not_warc(Path.replace, killed))
        with pytest.raises(Killed):
            prune(workspace, database, LATER)
    report = verified(workspace, database, patrol_id)
    assert report.sound, report.findings
    assert [f.says for f in report.findings if f.fault is Fault.TORN] == [
        "清理已登记而没有做完，新文件在旁边；可用 --repair 做完"
    ]
    repair_folder(patrol_folder(workspace, patrol_id))
    assert verified(workspace, database, patrol_id).clean
    chain_agrees(patrol_folder(workspace, patrol_id))
    prune(workspace, database, LATER)
    assert rows_agree(workspace, database) == 1


def test_what_is_young_unjudged_reviewed_or_of_a_lead_stays(workspace: Workspace, database: Database) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 2)
    add_lead(database, patrol_id, ids)
    _, (young, unjudged) = keep_patrol(workspace, database, 2, at=LATER)
    with database.session() as session:
        session.get_one(Capture, unjudged).judged_at = None
        session.get_one(Capture, unjudged).fetched_at = AT
    assert young
    done = prune(workspace, database, LATER)
    assert done.captures == 0
    assert rows_agree(workspace, database) == 4


def test_the_capture_that_shows_a_notified_page_gone_stays(workspace: Workspace, database: Database) -> None:
    patrol_id, (lead, gone, other) = keep_patrol(workspace, database, 3)
    add_lead(database, patrol_id, [lead])
    with database.session() as session:
        session.add(Notice(id=1, lead_id=1, kind="holder", recipient="甲平台", sent_at=AT))
        session.flush()
        session.add(NoticeEvent(notice_id=1, at=AT, kind="removed", who="程序", capture_id=gone))
    assert prune(workspace, database, LATER).captures == 1
    with database.session() as session:
        assert set(session.scalars(select(Capture.id))) == {lead, gone}
        assert session.get(Capture, other) is None


def test_a_dry_run_counts_and_changes_nothing(workspace: Workspace, database: Database) -> None:
    patrol_id, _ = keep_patrol(workspace, database, 3)
    folder = patrol_folder(workspace, patrol_id)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}
    told = prune(workspace, database, LATER, dry_run=True)
    assert told.captures == 3
    assert told.bytes > 0
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert prune(workspace, database, LATER).bytes == told.bytes


def test_pruning_twice_and_a_patrol_that_goes_on_afterwards(workspace: Workspace, database: Database) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 4)
    add_lead(database, patrol_id, [ids[3]])
    prune(workspace, database, LATER)
    vault = Vault.open(workspace, database, patrol_id)
    assert vault.mended == []
    vault.keep([prepare(seller_page(9, patrol_id), program=PROGRAM)])
    vault.close()
    assert rows_agree(workspace, database) == 2
    with database.session() as session:
        for capture in session.scalars(select(Capture)):
            capture.judged_at = AT
    assert prune(workspace, database, LATER).captures == 1
    assert rows_agree(workspace, database) == 1
    folder = patrol_folder(workspace, patrol_id)
    chain_agrees(folder)
    assert len(layout(read_chain(folder / CHAIN_NAME).entries).pruned) == 4 * 3 + 1
    assert prune(workspace, database, LATER).captures == 0


@pytest.mark.parametrize(
    "moment", ["while writing", "before the line", "after the line", "after the file", "before the rows"]
)
@pytest.mark.parametrize("how", ["settle", "prune", "vault"])
def test_a_kill_at_any_step_loses_nothing_that_stays(
    workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch, moment: str, how: str
) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 5)
    add_lead(database, patrol_id, [ids[0], ids[4]])
    folder = patrol_folder(workspace, patrol_id)

    def killed(*_: object, **__: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        if moment == "while writing":
            patched.setattr(os, "fsync", killed)
        elif moment == "before the line":
            patched.setattr(pruning, "reopen_chain", killed)
        elif moment == "after the line":
            patched.setattr(record_removal.Path, "replace", _not_warc(Path.replace, killed))
        elif moment == "after the file":
            patched.setattr(record_removal, "sync_folder", _only_first(record_removal.sync_folder, killed))
        else:
            patched.setattr(pruning, "agree_rows", killed)
        chained = moment in ("after the line", "after the file", "before the rows")
        # A killed process cleans nothing up.
        cleaning = pruning.finish_replacements
        patched.setattr(pruning, "finish_replacements", lambda path: cleaning(path) if chained else None)
        with pytest.raises(Killed):
            prune(workspace, database, LATER)
    if how == "settle":
        settle(workspace, database, patrol_id)
    elif how == "vault":
        Vault.open(workspace, database, patrol_id).close()
    else:
        prune(workspace, database, LATER)
    chain_agrees(folder)
    happened = any(entry.kind == "prune" for entry in read_chain(folder / CHAIN_NAME).entries)
    assert rows_agree(workspace, database) == (2 if happened else 5)
    assert happened == (how == "prune" or chained)
    assert prune(workspace, database, LATER).captures == (0 if happened else 3)
    assert rows_agree(workspace, database) == 2
    chain_agrees(folder)


def _not_warc(real: object, then: object) -> object:
    """Only a WARC file's replacement is the moment of the kill."""

    def called(path: Path, target: Path) -> object:
        return (then if path.name.endswith(".warc.gz.tmp") else real)(path, target)  # type: ignore[operator]

    return called


def _only_first(real: object, then: object) -> object:
    calls = []

    def called(path: Path) -> None:
        calls.append(path)
        (real if len(calls) == 1 else then)(path)  # type: ignore[operator]

    return called


@pytest.mark.parametrize("seed", range(6))
def test_a_torn_line_of_the_chain_means_that_nothing_was_pruned(
    workspace: Workspace, database: Database, seed: int
) -> None:
    """As a power cut would: the new file is whole, of the chain's line only a part is on disk."""
    chance = random.Random(seed)
    patrol_id, ids = keep_patrol(workspace, database, 3)
    add_lead(database, patrol_id, [ids[0]])
    folder = patrol_folder(workspace, patrol_id)
    (file,) = warc_files(workspace, patrol_id)
    old, chain = file.read_bytes(), (folder / CHAIN_NAME).read_bytes()
    prune(workspace, database, LATER)
    new, longer = file.read_bytes(), (folder / CHAIN_NAME).read_bytes()
    file.write_bytes(old)
    (folder / f"{file.name}.tmp").write_bytes(new)
    (folder / CHAIN_NAME).write_bytes(longer[: chance.randrange(len(chain), len(longer))])
    record_removal.finish_replacements(folder)
    assert file.read_bytes() == old
    (folder / f"{file.name}.tmp").write_bytes(new)
    (folder / CHAIN_NAME).write_bytes(longer)
    record_removal.finish_replacements(folder)
    assert file.read_bytes() == new


def test_damaged_evidence_is_not_made_smaller(workspace: Workspace, database: Database) -> None:
    patrol_id, ids = keep_patrol(workspace, database, 3)
    add_lead(database, patrol_id, [ids[2]])
    (file,) = warc_files(workspace, patrol_id)
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 1
    file.write_bytes(data)
    with pytest.raises(EvidenceError, match="与证据链不符。请先运行 patrol verify 核验"):
        prune(workspace, database, LATER)
    assert file.read_bytes() == data
    assert not list(file.parent.glob("*.tmp"))
    assert [e.kind for e in read_chain(file.parent / CHAIN_NAME).entries][-1] == "finish"


def test_a_full_disk_stops_the_pruning_and_changes_nothing(
    workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    patrol_id, _ = keep_patrol(workspace, database, 3)
    folder = patrol_folder(workspace, patrol_id)
    before = {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}

    def no_space(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdatasync", no_space)
        with pytest.raises(EvidenceError, match="磁盘空间"):
            prune(workspace, database, LATER)
    assert {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()} == before
    assert prune(workspace, database, LATER).captures == 3


def test_the_command_notes_who_pruned_and_why_and_waits_for_patrols(
    workspace: Workspace, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATROL_WORKSPACE", str(workspace.root))
    keep_patrol(workspace, database, 2, at=datetime.now(UTC) - timedelta(days=40))
    run = CliRunner().invoke
    assert "将清理 2 份" in run(app, ["evidence", "prune", "--older-than", "30", "--dry-run"]).output
    with patrol_lock(workspace.root):
        assert isinstance(run(app, ["evidence", "prune", "--older-than", "30", "--by", "王五"]).exception, BusyError)
    assert not (workspace.evidence / CUSTODY_NAME).exists(), "nothing happened, so there is nothing to note"
    done = run(app, ["evidence", "prune", "--older-than", "30", "--by", "王五"])
    assert "已清理 2 份" in done.output, done.exception
    acts = read_custody(workspace.evidence / CUSTODY_NAME)
    assert [act.act for act in acts] == ["建立流转记录", "清理无线索的取证快照", "清理完毕"]
    assert acts[1].officers == ("王五",)
    assert "30 天" in acts[1].why
    assert "没有可清理" in run(app, ["evidence", "prune", "--older-than", "30", "--by", "王五"]).output
