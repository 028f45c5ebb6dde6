"""Verification: whatever was done to a folder of evidence is found and named; what is whole is called whole."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import subprocess
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from patrol import clock
from patrol.config import Workspace
from patrol.db.models import Patrol
from patrol.db.session import Database
from patrol.errors import BusyError, EvidenceError
from patrol.evidence import chain as chain_module
from patrol.evidence.chain import CHAIN_NAME, GENESIS, read_chain
from patrol.evidence.db_claims import database_claims
from patrol.evidence.files import PROGRAM, patrol_folder
from patrol.evidence.findings import Fault, FolderReport
from patrol.evidence.record_reader import scan_members
from patrol.evidence.vault import Vault
from patrol.evidence.verify import Against, repair_folder, verify_folder, verify_folders
from patrol.evidence.warc import prepare
from patrol.workspace import make_workspace
from tests.evidence.pages import page

PAGES = 6


@dataclass(frozen=True)
class Office:
    """A workspace with two finished patrols; tests copy its evidence and never change it."""

    workspace: Workspace
    database: Database

    def copy(self, to: Path) -> Path:
        """The evidence copied elsewhere; returns the first patrol's folder."""
        shutil.copytree(self.workspace.evidence, to / "copy")
        return to / "copy" / "patrol-000001"


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    workspace = make_workspace(tmp_path_factory.mktemp("verify") / "office")
    database = Database(workspace.database_url)
    for number in (1, 2):
        with database.session() as session:
            session.add(Patrol(id=number, started_at=datetime.now(UTC)))
        vault = Vault.open(workspace, database, number)
        for n in range(PAGES):
            vault.keep([made(number, n)])
        vault.finish()
        vault.close()
    return Office(workspace, database)


def made(patrol_id: int, n: int) -> object:
    body = f"<html>第 {n} 件 {hashlib.sha256(str(n).encode()).hexdigest()}</html>".encode()
    item = page(
        f"http://shop.example.cn/item/{n}?b=2&a=1",
        patrol_id=patrol_id,
        body=body,
        title=f"第 {n} 件",
        screenshot_png=b"\x89PNG" + bytes(n),
    )
    return prepare(item, program=PROGRAM)


def faults(report: FolderReport) -> set[Fault]:
    return {finding.fault for finding in report.findings}


def said(report: FolderReport) -> str:
    return "\n".join(str(finding) for finding in report.findings)


def warc(folder: Path) -> Path:
    (found,) = folder.glob("*.warc.gz")
    return found


def lines(folder: Path) -> list[bytes]:
    return (folder / CHAIN_NAME).read_bytes().splitlines(keepends=True)


def rechained(bodies: list[dict[str, object]]) -> bytes:
    """A chain made anew over these bodies, as somebody would who knows how it is made."""
    last, made_lines = GENESIS, []
    for number, body in enumerate(bodies, start=1):
        encoded = json.dumps(body | {"n": number, "prev": last}, ensure_ascii=False, separators=(",", ":")).encode()
        last = hashlib.sha256(encoded).hexdigest()
        made_lines.append(last.encode() + b" " + encoded + b"\n")
    return b"".join(made_lines)


def bodies(folder: Path) -> list[dict[str, object]]:
    return [json.loads(line[65:]) for line in lines(folder)]


def unlisted(folder: Path) -> None:
    """Take away what is derived, so that nothing but chain and WARC is left to tell."""
    for name in ("manifest.json", "SHA256SUMS", "SM3SUMS", "shop-00001.cdxj"):
        (folder / name).unlink()


def test_whole_evidence_is_called_whole_wherever_it_is_copied(office: Office, tmp_path: Path) -> None:
    folder = office.copy(tmp_path)
    first, second = verify_folders([folder, folder.parent / "patrol-000002"])
    for report in (first, second):
        assert report.clean, said(report)
        assert (report.captures, report.finished) == (PAGES, True)
        assert faults(report) == {Fault.UNPROVEN}, "without a stamp it says what it does not prove"
    assert "不能排除整条链重新生成过" in said(first)
    alone = tmp_path / "alone"
    shutil.copytree(folder.parent / "patrol-000002", alone / "patrol-000002")
    (report,) = verify_folders([alone / "patrol-000002"])
    assert report.clean
    assert "前一次巡查（第 1 次）不在旁边" in said(report)


def test_the_lists_of_digests_are_checked_by_the_usual_programs(office: Office, tmp_path: Path) -> None:
    folder = office.copy(tmp_path)
    done = subprocess.run(["sha256sum", "-c", "SHA256SUMS"], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    listed = (folder / "SM3SUMS").read_text(encoding="utf-8")
    names = [line.split("*", 1)[1] for line in listed.splitlines()]
    assert {"chain.txt", "manifest.json", "shop-00001.warc.gz", "shop-00001.cdxj"} <= set(names)
    printed = subprocess.run(["openssl", "dgst", "-sm3", "-r", *names], cwd=folder, capture_output=True, check=True)
    assert printed.stdout.decode() == listed
    manifest = json.loads((folder / "manifest.json").read_bytes())
    assert {f["name"]: f["size"] for f in manifest["files"]}["chain.txt"] == (folder / "chain.txt").stat().st_size


# -- tampering with the chain --------------------------------------------------------------------------------------------


def test_a_flipped_bit_in_the_chain_names_its_line(office: Office, tmp_path: Path) -> None:
    folder = office.copy(tmp_path)
    original = (folder / CHAIN_NAME).read_bytes()
    chance = random.Random(5)
    for _ in range(60):
        at, bit = chance.randrange(len(original)), 1 << chance.randrange(8)
        changed = bytearray(original)
        changed[at] ^= bit
        (folder / CHAIN_NAME).write_bytes(changed)
        line = original[:at].count(b"\n") + 1
        report = verify_folder(folder)
        assert not report.sound, (at, bit)
        assert any(f"chain.txt 第 {n} 行" in said(report) for n in (line, line + 1)), (at, line, said(report))


def edited_chain(kind: str, chance: random.Random, whole: list[bytes]) -> tuple[list[bytes], Fault, int]:
    """A change of whole lines; what it is, and the line of the changed file that must be named."""
    k = chance.randrange(1, len(whole) - 2)
    if kind == "take out":
        return whole[:k] + whole[k + 1 :], Fault.MISSING, k + 1
    if kind == "take out first":
        return whole[1:], Fault.MISSING, 1
    if kind == "swap":
        return [*whole[:k], whole[k + 1], whole[k], *whole[k + 2 :]], Fault.REORDERED, k + 1
    if kind == "move to end":
        return [*whole[:k], *whole[k + 1 :], whole[k]], Fault.REORDERED, len(whole)
    if kind == "double":
        at = chance.randrange(k + 1, len(whole) + 1)
        return [*whole[:at], whole[k], *whole[at:]], Fault.INSERTED, at + 1
    body = json.loads(whole[k][65:]) | {"at": "2026-01-01T00:00:00+00:00", "url": "http://evil.example.cn/"}
    if kind == "put in":
        encoded = json.dumps(body | {"prev": whole[k - 1][:64].decode()}).encode()
        new = hashlib.sha256(encoded).hexdigest().encode() + b" " + encoded + b"\n"
        return [*whole[:k], new, *whole[k:]], Fault.INSERTED, k + 1
    encoded = json.dumps(body).encode()
    new = hashlib.sha256(encoded).hexdigest().encode() + b" " + encoded + b"\n"
    return [*whole[:k], new, *whole[k + 1 :]], Fault.CHANGED, k + 1


@pytest.mark.parametrize(
    "kind", ["take out", "take out first", "swap", "move to end", "double", "put in", "rewritten with its own digest"]
)
def test_lines_taken_out_moved_or_put_in_are_named_as_such(office: Office, tmp_path: Path, kind: str) -> None:
    folder = office.copy(tmp_path)
    whole = lines(folder)
    unlisted(folder)
    for seed in range(8):
        changed, fault, line = edited_chain(kind, random.Random(seed), whole)
        (folder / CHAIN_NAME).write_bytes(b"".join(changed))
        report = verify_folder(folder)
        found = [f for f in report.of([fault]) if CHAIN_NAME in f.where]
        assert found, (kind, seed, said(report))
        if kind != "move to end":
            assert any(f"第 {line} 行" in f.where for f in found), (kind, seed, line, said(report))


def test_lines_cut_off_at_the_end_are_found_by_what_stands_beside_the_chain(office: Office, tmp_path: Path) -> None:
    folder = office.copy(tmp_path)
    (folder / CHAIN_NAME).write_bytes(b"".join(lines(folder)[:-2]))
    (report, _) = verify_folders([folder, folder.parent / "patrol-000002"])
    assert "清单所记的链头不在证据链中" in said(report)
    assert "后一次巡查 patrol-000002 所记的链头不在本证据链中" in said(report)
    unlisted(folder)
    alone = tmp_path / "alone" / "patrol-000001"
    shutil.copytree(folder, alone)
    report = verify_folder(alone)
    assert Fault.TORN in faults(report), "the page whose line is gone stands at the end of the file, unchained"
    kept = warc(alone).read_bytes()
    repair_folder(alone)
    (piece,) = (alone / "cut").iterdir()
    assert warc(alone).read_bytes() + piece.read_bytes() == kept, "what is cut off is kept aside"


def test_a_chain_made_anew_is_found_only_by_what_stands_outside_of_it(office: Office, tmp_path: Path) -> None:
    folder = office.copy(tmp_path)
    changed = bodies(folder)
    changed[3]["url"] = "http://somebody-else.example.cn/"
    (folder / CHAIN_NAME).write_bytes(rechained(changed))
    unlisted(folder)
    first, second = verify_folders([folder, folder.parent / "patrol-000002"])
    assert "后一次巡查 patrol-000002 所记的链头不在本证据链中" in said(first)
    assert "首行所记的前次链头不在 patrol-000001 的证据链中" in said(second)
    known = database_claims(office.workspace, office.database, [patrol_folder(office.workspace, 1)])
    remembered = Against(known={folder: next(iter(known.values()))})
    report = verify_folder(folder, remembered)
    assert "数据库登记的链头" in said(report)
    assert Fault.CHANGED in faults(report)
    alone = tmp_path / "alone" / "patrol-000001"
    shutil.copytree(folder, alone)
    report = verify_folder(alone)
    assert report.sound
    assert "也不能排除整条链重新生成过" in said(report), "what it cannot establish it says"


def test_a_record_made_anew_with_its_chain_is_given_away_by_its_own_digest(office: Office, tmp_path: Path) -> None:
    import zlib

    folder = office.copy(tmp_path)
    unlisted(folder)
    changed = bodies(folder)
    data = warc(folder).read_bytes()
    entry = changed[-2]["records"][0]  # type: ignore[index]
    start, end = entry["offset"], entry["offset"] + entry["length"]
    text = zlib.decompress(data[start:end], zlib.MAX_WBITS + 16).replace("件".encode(), "伪".encode())
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)
    forged = packer.compress(text) + packer.flush()
    shift = len(forged) - (end - start)
    warc(folder).write_bytes(data[:start] + forged + data[end:])
    entry |= {
        "length": len(forged),
        "sha256": hashlib.sha256(forged).hexdigest(),
        "sm3": hashlib.new("sm3", forged).hexdigest(),
    }
    for later in changed[-2]["records"][1:]:  # type: ignore[index]
        later["offset"] += shift
    (folder / CHAIN_NAME).write_bytes(rechained(changed))
    report = verify_folder(folder)
    assert "WARC-Block-Digest、WARC-Payload-Digest 与内容不符" in said(report)


# -- tampering with the files --------------------------------------------------------------------------------------------


def test_a_flipped_bit_in_a_warc_file_names_the_record(office: Office, tmp_path: Path) -> None:
    folder = office.copy(tmp_path)
    original = warc(folder).read_bytes()
    records = [record for entry in read_chain(folder / CHAIN_NAME).entries for record in entry.records]
    chance = random.Random(7)
    for _ in range(60):
        at = chance.randrange(len(original))
        changed = bytearray(original)
        changed[at] ^= 1 << chance.randrange(8)
        warc(folder).write_bytes(changed)
        hit = next(r for r in records if r.offset <= at < r.offset + r.length)
        report = verify_folder(folder)
        named = [f for f in report.findings if f.record]
        assert {(f.fault, f.record) for f in named} == {(Fault.CHANGED, hit.id)}, (at, said(report))


def edited_warc(kind: str, chance: random.Random, members: list[bytes]) -> tuple[list[bytes], Fault, int]:
    k = chance.randrange(1, len(members) - 1)
    if kind == "take out":
        return members[:k] + members[k + 1 :], Fault.MISSING, k
    if kind == "swap":
        return [*members[:k], members[k + 1], members[k], *members[k + 2 :]], Fault.REORDERED, k
    if kind == "cut":
        return [*members[:k], members[k][: len(members[k]) // 2]], Fault.CHANGED, k
    if kind == "double":
        return [*members[:k], members[k], *members[k:]], Fault.INSERTED, -1
    if kind == "junk":
        return [*members[:k], chance.randbytes(300), *members[k:]], Fault.INSERTED, -1
    foreign = made(9, 1000 + k).records[0].data  # type: ignore[attr-defined]
    if kind == "put in":
        return [*members[:k], foreign, *members[k:]], Fault.INSERTED, -1
    return [*members, foreign], Fault.INSERTED, -1


@pytest.mark.parametrize("kind", ["take out", "swap", "cut", "double", "junk", "put in", "put in at the end"])
def test_records_taken_out_moved_or_put_in_are_named_as_such(office: Office, tmp_path: Path, kind: str) -> None:
    folder = office.copy(tmp_path)
    unlisted(folder)
    data = warc(folder).read_bytes()
    members = [data[m.offset : m.offset + m.length] for m in scan_members(warc(folder))]
    ids = [m.facts.id for m in scan_members(warc(folder)) if m.facts]
    for seed in range(6):
        changed, fault, k = edited_warc(kind, random.Random(seed), members)
        warc(folder).write_bytes(b"".join(changed))
        report = verify_folder(folder)
        found = report.of([fault])
        assert found, (kind, seed, said(report))
        if k >= 0:
            assert any(f.record in (ids[k], ids[k + 1]) for f in found), (kind, seed, said(report))
        others = [f for f in report.findings if f.fault.damage and f.fault is not fault]
        if kind != "cut":
            assert not others, (kind, seed, said(report))


@pytest.mark.parametrize(
    ("harm", "fault", "words"),
    [
        (lambda folder: warc(folder).unlink(), Fault.MISSING, "文件不见了"),
        (lambda folder: (folder / CHAIN_NAME).unlink(), Fault.MISSING, "证据链 chain.txt不见了"),
        (lambda folder: (folder / CHAIN_NAME).write_bytes(b""), Fault.MISSING, "证据链 chain.txt不见了"),
        (lambda folder: shutil.rmtree(folder / "stamps", ignore_errors=True), None, ""),
        (lambda folder: shutil.copy(warc(folder), folder / "另一站-00001.warc.gz"), Fault.INSERTED, "另行添加"),
        (lambda folder: (folder / "shop-00001.cdxj").write_text("x"), Fault.STALE, "索引与证据文件不符"),
        (lambda folder: (folder / "shop-00001.cdxj").unlink(), Fault.STALE, "没有索引"),
        (lambda folder: (folder / "manifest.json").unlink(), Fault.STALE, "没有清单"),
        (lambda folder: (folder / "manifest.json").write_text("["), Fault.STALE, "清单无法读取"),
        (lambda folder: (folder / "SM3SUMS").write_text("x"), Fault.STALE, "摘要表"),
        (lambda folder: (folder / "便条.txt").write_text("x"), Fault.STALE, "不在清单上"),
    ],
)
def test_files_that_are_gone_added_or_changed_are_named(
    office: Office, tmp_path: Path, harm: Callable[[Path], object], fault: Fault | None, words: str
) -> None:
    folder = office.copy(tmp_path)
    harm(folder)
    report = verify_folder(folder)
    assert words in said(report)
    assert (fault is None) or fault in faults(report), said(report)
    if fault is Fault.STALE:
        assert report.sound
        repair_folder(folder)
        assert verify_folder(folder).clean, said(verify_folder(folder))
    elif fault is not None:
        before = {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}
        with pytest.raises(EvidenceError, match="不能自动修复，未作任何变动"):
            repair_folder(folder)
        assert before == {p: p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.mark.parametrize(
    "change",
    [
        {"file": "../../../etc/passwd"},
        {"file": "/etc/passwd"},
        {"offset": -1},
        {"offset": "0"},
        {"length": True},
        {"length": 10**18},
        {"sha256": None},
        {"sm3": "0" * 64},
        {"id": "<urn:uuid:other>"},
    ],
)
def test_a_hostile_chain_reads_nothing_outside_its_folder_and_is_named(
    office: Office, tmp_path: Path, change: dict[str, object]
) -> None:
    folder = office.copy(tmp_path)
    unlisted(folder)
    changed = bodies(folder)
    changed[3]["records"][1] |= change  # type: ignore[index,operator]
    (folder / CHAIN_NAME).write_bytes(rechained(changed))
    report = verify_folder(folder)
    assert not report.sound
    assert "passwd" not in said(report)


def test_a_link_in_the_place_of_a_file_is_not_followed(office: Office, tmp_path: Path) -> None:
    folder = office.copy(tmp_path)
    moved = warc(folder).rename(tmp_path / "elsewhere.warc.gz")
    (folder / "shop-00001.warc.gz").symlink_to(moved)
    assert "文件不见了" in said(verify_folder(folder))


def test_a_member_that_unpacks_without_end_takes_no_memory(office: Office, tmp_path: Path) -> None:
    import tracemalloc
    import zlib

    folder = office.copy(tmp_path)
    packer = zlib.compressobj(wbits=zlib.MAX_WBITS + 16)
    bomb = packer.compress(b"WARC/1.1\r\nContent-Length: 5\r\n\r\n" + bytes(200_000_000)) + packer.flush()
    warc(folder).write_bytes(bomb)
    tracemalloc.start()
    report = verify_folder(folder)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not report.sound
    assert peak < 30_000_000


# -- crashes, clocks, and patrols at work ----------------------------------------------------------------------------------


@pytest.fixture
def halfway(tmp_path: Path, office: Office) -> Path:
    """A patrol that was stopped after its pages were kept, its folder alone."""
    folder = office.copy(tmp_path)
    unlisted(folder)
    (folder / CHAIN_NAME).write_bytes(b"".join(lines(folder)[:-1]))
    shutil.rmtree(folder.parent / "patrol-000002")
    return folder


def test_what_a_crash_tore_is_named_set_aside_and_noted_in_the_chain(halfway: Path) -> None:
    file = warc(halfway)
    whole, chained = file.read_bytes(), (halfway / CHAIN_NAME).read_bytes()
    file.write_bytes(whole + whole[:777])
    (halfway / CHAIN_NAME).write_bytes(chained + b"0123 half")
    report = verify_folder(halfway)
    assert report.sound
    assert not report.clean
    assert [f.fault for f in report.of([Fault.TORN])] == [Fault.TORN, Fault.TORN]
    done = repair_folder(halfway)
    assert "已截回到最后一条完整记录" in done[0]
    assert file.read_bytes() == whole
    assert (halfway / CHAIN_NAME).read_bytes().startswith(chained)
    cuts = [entry.body for entry in read_chain(halfway / CHAIN_NAME).entries if entry.kind == "cut"]
    assert {cut["file"]: cut["bytes"] for cut in cuts} == {file.name: 777, CHAIN_NAME: 9}
    for cut in cuts:
        assert hashlib.sha256((halfway / cut["kept"]).read_bytes()).hexdigest() == cut["sha256"]
    again = verify_folder(halfway)
    assert again.clean, said(again)
    assert repair_folder(halfway) == []


def test_mending_that_is_itself_interrupted_comes_to_the_same_end(
    halfway: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Killed after the cut and before its line: the next mending finds the piece and notes it."""
    file = warc(halfway)
    whole = file.read_bytes()
    file.write_bytes(whole + b"torn")

    def killed(_self: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(chain_module.ChainWriter, "commit", killed)
        with pytest.raises(KeyboardInterrupt):
            repair_folder(halfway)
    assert file.read_bytes() == whole
    repair_folder(halfway)
    (cut,) = [entry.body for entry in read_chain(halfway / CHAIN_NAME).entries if entry.kind == "cut"]
    assert (halfway / cut["kept"]).read_bytes() == b"torn"


def test_a_chain_torn_in_its_first_line_begins_anew(office: Office, tmp_path: Path) -> None:
    folder = tmp_path / "patrol-000001"
    folder.mkdir()
    (folder / CHAIN_NAME).write_bytes(b"0123 half")
    assert Fault.TORN in faults(verify_folder(folder))
    repair_folder(folder)
    assert verify_folder(folder).clean


def test_a_clock_set_back_between_captures_is_noted_and_harms_nothing(
    office: Office, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = make_workspace(tmp_path / "office")
    database = Database(workspace.database_url)
    with database.session() as session:
        session.add(Patrol(id=1, started_at=datetime.now(UTC)))
    vault = Vault.open(workspace, database, 1)
    vault.keep([made(1, 1)])

    with monkeypatch.context() as patched:
        patched.setattr(clock, "now", lambda: datetime(2026, 1, 1, tzinfo=UTC))
        vault.keep([made(1, 2)])
    vault.keep([made(1, 3)])
    vault.finish()
    vault.close()
    database.close()
    report = verify_folder(patrol_folder(workspace, 1))
    assert report.clean
    (note,) = report.of([Fault.NOTE])
    assert "第 4 行" in note.where
    assert "本机时钟曾被拨回" in note.says
    order = [entry.body["n"] for entry in read_chain(patrol_folder(workspace, 1) / CHAIN_NAME).entries]
    assert order == sorted(order)


def test_a_patrol_at_work_is_not_called_torn_and_is_not_repaired(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "office")
    database = Database(workspace.database_url)
    with database.session() as session:
        session.add(Patrol(id=1, started_at=datetime.now(UTC)))
    vault = Vault.open(workspace, database, 1)
    vault.keep([made(1, 1)])
    folder = patrol_folder(workspace, 1)
    with warc(folder).open("ab") as file:
        file.write(b"just being written")
    report = verify_folder(folder)
    assert report.clean
    assert "巡查正在进行" in said(report)
    with pytest.raises(BusyError, match="正在写证据链"):
        repair_folder(folder)
    with pytest.raises(BusyError, match="正在写证据链"):
        Vault.open(workspace, database, 1)
    assert warc(folder).read_bytes().endswith(b"just being written")
    vault.close()
    database.close()


# -- kinds of records and lines that others add ----------------------------------------------------------------------------


def test_what_was_pruned_by_rule_is_not_missing(office: Office, tmp_path: Path) -> None:
    """The second page's records leave the file; a line of the chain says so and where the others stand now."""
    folder = office.copy(tmp_path)
    entries = read_chain(folder / CHAIN_NAME).entries
    data = warc(folder).read_bytes()
    gone = {record.id for record in entries[3].records}
    rest, removed, kept = b"", [], []
    for record in (record for entry in entries for record in entry.records):
        if record.id in gone:
            removed.append({"id": record.id, "sha256": record.sha256, "sm3": record.sm3})
        else:
            kept.append({"id": record.id, "offset": len(rest)})
            rest += data[record.offset : record.offset + record.length]
    chain = chain_module.ChainWriter(folder / CHAIN_NAME, entries[-1].digest, len(entries))
    chain.add("prune", {"file": warc(folder).name, "removed": removed, "kept": kept})
    chain.commit()
    chain.close()
    warc(folder).write_bytes(rest)
    report = verify_folder(folder)
    assert report.sound, said(report)
    assert Fault.STALE in faults(report), "index and manifest are of before"
    repair_folder(folder)
    report = verify_folder(folder)
    assert report.clean, said(report)
    warc(folder).write_bytes(data)
    assert not verify_folder(folder).sound, "a file put back as it was before the pruning is not what the chain says"


def test_records_of_any_type_are_verified(tmp_path: Path) -> None:
    """A revisit's payload digest is of the record that it refers to; an unknown type is a record like any other."""
    from io import BytesIO

    from warcio.statusandheaders import StatusAndHeaders
    from warcio.warcwriter import WARCWriter

    folder = tmp_path / "patrol-000001"
    folder.mkdir()
    sink = BytesIO()
    writer = WARCWriter(sink, gzip=True, warc_version="WARC/1.1")
    headers = StatusAndHeaders("200 OK", [("Content-Type", "text/html")], protocol="HTTP/1.1")
    revisit = writer.create_revisit_record("http://a.example.cn/", "sha256:" + "ab" * 32, "http://a.example.cn/",
                                           "2026-11-24T08:00:00Z", http_headers=headers)  # fmt: skip
    other = writer.create_warc_record("http://a.example.cn/", "conversion", payload=BytesIO(b"text"), length=4)
    chain = chain_module.ChainWriter(folder / CHAIN_NAME, GENESIS, 0)
    chain.add("patrol", {"patrol": 1})
    for record in (revisit, other):
        start = sink.tell()
        writer.write_record(record)
        data = sink.getvalue()[start:]
        sha256, sm3 = hashlib.sha256(data).hexdigest(), hashlib.new("sm3", data).hexdigest()
        number = record.rec_headers.get_header("WARC-Record-ID")
        place = chain_module.RecordEntry(record.rec_type, number, "a-00001.warc.gz", start, len(data), sha256, sm3)
        chain.add("surroundings", {"whatever": "it says"}, [place])
    chain.commit()
    chain.close()
    (folder / "a-00001.warc.gz").write_bytes(sink.getvalue())
    report = verify_folder(folder)
    assert report.clean, said(report)
    assert report.records == 2
